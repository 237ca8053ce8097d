// The package without its modules: `create` is given them, however they come into a program. The other entries are this
// one, with the way that an environment has of loading what lies beside the script.

import * as core from "./rekor-wasm.js";
import * as second from "./rekor-sigstore-wasm.js";
import { bundleChecker, digest as digestOf, drive, isTrap } from "./driver.js";
import { digestFiles, named, streamOf } from "./files.js";
import { optionsOf } from "./options.js";
import { exchangeWith } from "./transport.js";
import { bytesOf, hashOf, hashesOf, sizeOf, textIn } from "./values.js";

// Starts a module when it is first needed.
function starter(glue, source) {
  let starting = null;
  let running = false;
  async function begin() {
    await glue.default({ module_or_path: await source() });
    running = true;
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

// The log that a policy names, where the caller names none; of several nobody can guess which is meant.
function logIn(wasm, policy) {
  const { logs } = wasm.describe_policy(policy);
  const addresses = [...new Set(logs.map(({ url }) => url).filter(Boolean))];
  if (addresses.length > 1) throw new TypeError(`log: expected one of ${addresses.join(", ")}`);
  return addresses[0] ?? "";
}

const holds = (why) => (why === undefined ? { holds: true } : { holds: false, why });

/**
 * The package's functions over these modules. `sources` is {core, sigstore, request}: the first two give a module, as
 * bytes, an address, a `Response` or a `WebAssembly.Module`, or a promise of one, and are called when the module is first
 * needed; `request` are further members for each request of `fetch`.
 */
export function create(sources) {
  const started = starter(core, sources.core);
  const startedSecond = starter(second, sources.sigstore);

  // A module that trapped is started anew, by whoever asks for it next.
  async function using(work) {
    try {
      return await work(await started());
    } catch (error) {
      if (isTrap(error)) {
        started.anew();
        startedSecond.anew();
      }
      throw error;
    }
  }

  async function verify(files, options = {}) {
    const given = named(files);
    const sessionOptions = optionsOf(options);
    return using(async (wasm) => {
      const { signal, onProgress, fetch = globalThis.fetch, timeout } = options;
      signal?.throwIfAborted();
      // What is wrong with the options is said before anything is read.
      const log = sessionOptions.log ?? logIn(wasm, sessionOptions.policy);
      const session = new wasm.Session({ ...sessionOptions, log });
      let ready;
      try {
        ready = await digestFiles(wasm, given, { signal, onProgress });
      } catch (error) {
        if (!isTrap(error)) session.free();
        throw error;
      }
      return drive(wasm, session, ready, {
        exchange: exchangeWith(fetch, { signal, timeout, request: sources.request }),
        bundles: bundleChecker(startedSecond),
        signal,
        progress: ({ name, index }, done) => onProgress?.({ kind: "reading", name, file: index, done }),
        loading: () => onProgress?.({ kind: "loading" }),
      });
    });
  }

  return Object.freeze({
    verify,
    digest: (data, { signal, onProgress } = {}) =>
      using(async (wasm) => {
        const progress = (done) => onProgress?.({ kind: "reading", name: "", file: 0, done });
        return (await digestOf(wasm, streamOf(data), { signal, progress })).digests;
      }),
    describeKey: (key) => using(async (wasm) => wasm.describe_key(await bytesOf(key, "key"))),
    describePolicy: (text) => using((wasm) => wasm.describe_policy(textIn(text, "policy"))),
    openCheckpoint: (note, policy) =>
      using(async (wasm) => wasm.open_checkpoint(await bytesOf(note, "note"), textIn(policy, "policy"))),
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
