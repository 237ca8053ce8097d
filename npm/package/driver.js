// Drives the verifier from files to a report. The page's worker and the package run this one loop: where the modules
// come from, who makes the requests, and who is told how far it is, is the caller's to say. It decides nothing, and
// touches no network.

// A word on progress, and a look at what the caller wants meanwhile, at most this often (milliseconds).
const PAUSE = 100;

export const textOf = (error) => String(error?.message ?? error);

// After a trap a module's memory is not to be relied on: whoever meets one starts the module anew.
export const isTrap = (error) => error instanceof WebAssembly.RuntimeError;

const pause = () => new Promise((resolve) => setTimeout(resolve));

// Works with a value that lives in a module's memory, and frees it there.
async function using(value, work) {
  try {
    const result = await work(value);
    value.free();
    return result;
  } catch (error) {
    if (!isTrap(error)) value.free();
    throw error;
  }
}

// Hands over a stream of bytes in pieces; gives its length in bytes.
export async function pieces(stream, take, { signal, progress } = {}) {
  const reader = stream.getReader();
  let done = 0;
  let paused = performance.now();
  try {
    for (;;) {
      const piece = await reader.read();
      signal?.throwIfAborted();
      if (piece.done) return done;
      take(piece.value);
      done += piece.value.length;
      if (performance.now() - paused > PAUSE) {
        progress?.(done);
        await pause(); // pieces that are already there would otherwise keep an abort waiting
        paused = performance.now();
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // nothing to tell: the stream is read, or no longer wanted
  }
}

// The digests of a file, and its bytes where they are few enough to be looked into: these the platform hashes, as a
// whole, since code that has just been loaded takes longer. `source` is a Blob, or what gives such a `stream()` and,
// where it has a `size`, such an `arrayBuffer()`. `also` sees every piece.
export async function digest(modules, source, watch, also) {
  const whole = source.size <= modules.inspect_limit() && globalThis.crypto?.subtle;
  if (!whole) return digestPieces(modules, source.stream(), watch, also);
  const bytes = new Uint8Array(await source.arrayBuffer());
  const [sha256, sha512] = await Promise.all(["SHA-256", "SHA-512"].map((name) => platformDigest(name, bytes)));
  watch?.signal?.throwIfAborted();
  watch?.progress?.(bytes.length);
  also?.(bytes);
  return { digests: { sha256, sha512, size: bytes.length }, bytes };
}

async function platformDigest(name, bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest(name, bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function digestPieces({ Hasher, inspect_limit }, stream, watch, also) {
  return using(new Hasher(), async (hasher) => {
    let kept = [];
    let size = 0;
    const take = (piece) => {
      hasher.update(piece);
      also?.(piece);
      size += piece.length;
      if (size <= inspect_limit()) kept.push(piece);
      else kept = null;
    };
    await pieces(stream, take, watch);
    const bytes = kept && new Uint8Array(await new Blob(kept).arrayBuffer());
    return { digests: hasher.finish(), bytes };
  });
}

// The module that checks Sigstore bundles, started by `start` once a bundle has asked for it.
export function bundleChecker(start) {
  let starting = null;
  let trap = null;
  const watched = (call) => (argument) => {
    try {
      return call(argument);
    } catch (error) {
      if (isTrap(error)) trap = error;
      throw error;
    }
  };
  return {
    // Where it cannot be loaded, the report says why.
    async functions() {
      try {
        const { verify_bundle, trusted_root } = await (starting ??= start());
        return [watched(verify_bundle), watched(trusted_root)];
      } catch (error) {
        starting = null; // the next run tries again
        const missing = () => {
          throw new Error(`it could not be loaded: ${textOf(error)}`);
        };
        return [missing, missing];
      }
    },
    // The verifier takes what is thrown for the lack of an answer: a trap in there has to be noticed here.
    check() {
      if (trap) throw trap;
    },
  };
}

// The module of what few releases need, started by `start` once the core has asked for it. Where it cannot be loaded, the
// report says what could not be checked.
export function extrasModule(start) {
  let core = null; // who asks
  let module = null; // once it runs
  let starting = null; // while it is loaded: once, whoever waits for it
  let failed = false;
  let wanted = false; // by the call of the core that is under way
  let trap = null;

  function answer(question) {
    wanted ||= !module && !failed;
    try {
      return module?.answer(question);
    } catch (error) {
      if (isTrap(error)) trap = error;
      throw error;
    }
  }

  async function load({ signal, loading } = {}) {
    if (module || failed) return;
    loading?.();
    starting ??= start()
      .then(
        (started) => (module = started),
        () => (failed = true),
      )
      .finally(() => (starting = null));
    await unlessAborted(signal, starting);
  }

  return {
    // Whose calls ask it.
    attach(asking) {
      core = asking;
    },
    // What could not be loaded is tried again.
    anew() {
      failed = false;
      trap = null;
    },
    // What a call of the core gives, made again once what it asked for is there.
    async complete(call, watch) {
      for (;;) {
        wanted = false;
        core.ask_extras_with(answer); // of several verifiers in one program, the one that calls
        const result = attempt(call);
        if (trap) throw trap;
        if (!wanted) return result.get();
        result.value?.free?.();
        await load(watch);
      }
    },
    // What reads a file once more, for what it holds; nothing where it cannot be loaded.
    async reader(watch) {
      await load(watch);
      return module && new module.ContentsReader();
    },
  };
}

function attempt(call) {
  try {
    const value = call();
    return { value, get: () => value };
  } catch (error) {
    return {
      get() {
        throw error;
      },
    };
  }
}

// A promise that is not waited for any longer once `signal` is aborted.
function unlessAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal?.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal?.removeEventListener("abort", stop));
  });
}

// Has the requests made that the session asks for, and hands over what came of each.
async function answer(session, asks, { exchange, signal }) {
  const made = await unlessAborted(signal, Promise.allSettled(exchange(asks)));
  asks.forEach(({ id }, i) => {
    const { value, reason } = made[i];
    if (value) session.answer(id, value.status, value.body, value.truncated);
    else session.no_answer(id, textOf(reason));
  });
}

// Reads artifacts once more, for what they hold.
async function reread(session, files, host) {
  for (const [number, file] of files) {
    session.contents(number, (file.contents === undefined ? await contents(file, host) : file.contents) ?? undefined);
  }
}

async function contents(file, host) {
  const { extras, signal, progress, unreadable } = host;
  const reader = await extras.reader(host);
  if (!reader) return null;
  try {
    const watch = { signal, progress: (done) => progress?.(file, done) };
    progress?.(file, await pieces(file.stream(), (piece) => reader.update(piece), watch));
    return reader.finish(); // which frees it
  } catch (error) {
    if (!isTrap(error)) reader.free();
    throw unreadable?.(file, error) ?? error;
  }
}

// Takes a session with these files to its end, and frees it. A file is {name, digests, bytes, add, stream, contents}:
// `add(session)` where it is not to be recognised by its content; `stream()` opens it once more, unless `contents` is
// what a ContentsReader made of it already, or null where there was none. Gives {report, seen, json, receipts}.
//
// `host` is {exchange(asks), bundles, extras} and, where they are wanted, {signal, progress(file, done),
// rereading(files), loading(), unreadable(file, error)}: `exchange` gives a promise for each request, of {status, body,
// truncated}, rejected where there is no answer; `bundles` is a bundleChecker, `extras` an extrasModule; `unreadable` puts into words that a file could not be read again.
export function drive(session, files, host) {
  return using(session, async () => {
    const artifacts = new Map();
    for (const file of files) {
      const number = file.add ? file.add(session) : session.add_file(file.name, file.digests, file.bytes ?? undefined);
      if (number !== undefined) artifacts.set(number, file);
    }
    for (;;) {
      host.signal?.throwIfAborted();
      const step = await host.extras.complete(() => session.step(), host);
      host.bundles.check();
      if (step.report) return step;
      if (step.read) {
        const files = step.read.map((number) => [number, artifacts.get(number)]);
        host.rereading?.(files.map(([, file]) => file));
        await reread(session, files, host);
      } else if (step.load) {
        host.loading?.();
        session.check_bundles_with(...(await unlessAborted(host.signal, host.bundles.functions())));
      } else if (step.asks.length === 0) {
        throw new Error("the verifier stopped without a report");
      } else {
        await answer(session, step.asks, host);
      }
    }
  });
}
