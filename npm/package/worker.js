// The verifier in a worker, so that a page stays free while files are read. A worker cannot be started from another
// origin than the page's: there everything runs beside the page, in slices.

import * as beside from "./index.js";

// What a message cannot carry stays here: the caller's own `fetch` would.
const refuseFetch = (options) => {
  if (options?.fetch !== undefined) throw new TypeError("fetch: a worker makes its requests itself");
};

function started() {
  try {
    return new Worker(new URL("./thread.js", import.meta.url), { type: "module", name: "rekor-verifier" });
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

// Streams go over to the worker, and are no longer readable here.
function streamsIn(value) {
  if (value instanceof ReadableStream) return [value];
  if (Array.isArray(value)) return value.flatMap(streamsIn);
  return value?.data instanceof ReadableStream ? [value.data] : [];
}

/** The package's functions, in a worker of their own until `terminate` is called. */
export function start() {
  if (typeof Worker === "undefined") throw new TypeError("there are no Web Workers here: import rekor-verifier itself");
  const worker = started();
  if (!worker) return Object.freeze({ ...beside, terminate() {} });
  const calls = new Map(); // id → {resolve, reject, onProgress}
  let last = 0;

  function endAll(error) {
    for (const { reject } of calls.values()) reject(error);
    calls.clear();
  }

  worker.addEventListener("message", ({ data: { id, progress, value, error } }) => {
    const call = calls.get(id);
    if (!call) return;
    if (progress) return call.onProgress?.(progress);
    calls.delete(id);
    if (error) call.reject(error);
    else call.resolve(value);
  });
  // A script that cannot be loaded comes as a plain event, without a message.
  worker.addEventListener("error", ({ message }) => endAll(new Error(message ?? "the worker could not be loaded")));

  function call(name, given) {
    const options = given[1];
    const { signal, onProgress, ...rest } = typeof options === "object" && options !== null ? options : {};
    const sent = typeof options === "object" && options !== null ? [given[0], rest] : given;
    return new Promise((resolve, reject) => {
      refuseFetch(options);
      signal?.throwIfAborted();
      const id = (last += 1);
      calls.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, name, given: sent, progress: onProgress !== undefined }, streamsIn(given[0]));
      signal?.addEventListener("abort", () => {
        if (calls.delete(id)) worker.postMessage({ id, abort: true });
        reject(signal.reason);
      });
    });
  }

  const functions = Object.keys(beside).map((name) => [name, (...given) => call(name, given)]);
  return Object.freeze({
    ...Object.fromEntries(functions),
    terminate() {
      worker.terminate();
      endAll(new DOMException("the worker was terminated", "AbortError"));
    },
  });
}
