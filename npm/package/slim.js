// The package without its modules: `create` is given them, however they come into a program. The other entries are this
// one, with the way that an environment has of loading what lies beside the script.

import * as core from "./rekor-wasm.js";
import * as second from "./rekor-sigstore-wasm.js";
import * as third from "./rekor-extras-wasm.js";
import { bundleChecker, digest as digestOf, drive, extrasModule, isTrap } from "./driver.js";
import { digestFiles, named, sourceOf } from "./files.js";
import { optionsOf } from "./options.js";
import { exchangeWith } from "./transport.js";
import { bytesOf, hashOf, hashesOf, sizeOf, textIn } from "./values.js";

// Starts a module when it is first needed.
function starter(glue, source, begun = () => {}) {
  let starting = null;
  let running = false;
  async function begin() {
    await glue.default({ module_or_path: await source() });
    running = true;
    begun(glue);
    return glue;
  }
  function started() {
    starting ??= begin().catch((error) => {
      starting = null; // the next call tries again
      throw error;
    });
    return starting;
  }
  // With new memory: what trapped has left the old one in a state that nobody knows.
  started.anew = () => {
    if (running) glue.__wbg_reset_state();
  };
  return started;
}

// The logs that a policy names with their addresses.
function logsIn(wasm, policy) {
  const { logs } = wasm.describe_policy(policy);
  return [...new Set(logs.map(({ url }) => url).filter(Boolean))];
}

const holds = (why) => (why === undefined ? { holds: true } : { holds: false, why });

/**
 * The package's functions over these modules. `sources` is {core, sigstore, extras, request}: the first three give a module, as
 * bytes, an address, a `Response` or a `WebAssembly.Module`, or a promise of one, and are called when the module is first
 * needed; `request` are further members for each request of `fetch`.
 */
export function create(sources) {
  const startedSecond = starter(second, sources.sigstore);
  const startedThird = starter(third, sources.extras);
  const extras = extrasModule(startedThird);
  const started = starter(core, sources.core, extras.attach);

  // A module that trapped is started anew, by whoever asks for it next.
  async function using(work) {
    try {
      return await work(await started());
    } catch (error) {
      if (isTrap(error)) {
        started.anew();
        startedSecond.anew();
        startedThird.anew();
      }
      throw error;
    }
  }

  // A call that may ask for what few releases need.
  const calling = (call) =>
    using((wasm) => {
      extras.anew();
      return extras.complete(() => call(wasm));
    });

  async function verify(files, options = {}) {
    const given = named(files);
    const sessionOptions = optionsOf(options);
    return using(async (wasm) => {
      const { signal, onProgress, fetch = globalThis.fetch, timeout } = options;
      signal?.throwIfAborted();
      // What is wrong with the options is said before anything is read.
      const logs = sessionOptions.logs ?? logsIn(wasm, sessionOptions.policy);
      const loading = () => onProgress?.({ kind: "loading" });
      extras.anew();
      const session = await extras.complete(() => new wasm.Session({ ...sessionOptions, logs }), { signal, loading });
      let ready;
      try {
        ready = await digestFiles(wasm, given, { signal, onProgress, reader: () => extras.reader({ signal, loading }) });
      } catch (error) {
        if (!isTrap(error)) session.free();
        throw error;
      }
      return drive(session, ready, {
        exchange: exchangeWith(fetch, { signal, timeout, request: sources.request }),
        bundles: bundleChecker(startedSecond),
        extras,
        signal,
        progress: ({ name, index }, done) => onProgress?.({ kind: "reading", name, file: index, done }),
        loading,
      });
    });
  }

  return Object.freeze({
    verify,
    digest: (data, { signal, onProgress } = {}) =>
      using(async (wasm) => {
        const progress = (done) => onProgress?.({ kind: "reading", name: "", file: 0, done });
        return (await digestOf(wasm, sourceOf(data), { signal, progress })).digests;
      }),
    describeKey: async (key) => {
      const bytes = await bytesOf(key, "key");
      return calling((wasm) => wasm.describe_key(bytes));
    },
    describePolicy: (text) => using((wasm) => wasm.describe_policy(textIn(text, "policy"))),
    openCheckpoint: async (note, policy) => {
      const [bytes, trusted] = [await bytesOf(note, "note"), textIn(policy, "policy")];
      return calling((wasm) => wasm.open_checkpoint(bytes, trusted));
    },
    readReceipt: (receipt) => using(async (wasm) => wasm.read_receipt(await bytesOf(receipt, "receipt"))),
    leafHash: (entry) => using(async (wasm) => wasm.leaf_hash(await bytesOf(entry, "entry"))),
    verifyInclusion: ({ index, size, leaf, proof, root }) =>
      using((wasm) => {
        const tree = [sizeOf(index, "index"), sizeOf(size, "size")];
        return holds(wasm.verify_inclusion(...tree, hashOf(leaf, "leaf"), hashesOf(proof), hashOf(root, "root")));
      }),
    verifyConsistency: ({ oldSize, newSize, oldRoot, newRoot, proof }) =>
      using((wasm) => {
        const sizes = [sizeOf(oldSize, "oldSize"), sizeOf(newSize, "newSize")];
        const roots = [hashOf(oldRoot, "oldRoot"), hashOf(newRoot, "newRoot")];
        return holds(wasm.verify_consistency(...sizes, ...roots, hashesOf(proof)));
      }),
    forgetLog: (seen, vkey) => using((wasm) => wasm.forget_log(textIn(seen, "seen"), textIn(vkey, "vkey"))),
    mergeSeen: (current, before, after) =>
      using((wasm) => wasm.merge_seen(textIn(current, "current"), textIn(before, "before"), textIn(after, "after"))),
  });
}
