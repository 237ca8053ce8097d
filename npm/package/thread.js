// The worker's side of worker.js: calls in, results out.
//
// From the page:  {id, name, given, progress}: a call of that function · {id, abort}
// To the page:    {id, progress} · {id, value} or {id, error}

import * as verifier from "./index.js";

const running = new Map(); // id → AbortController

async function run({ id, name, given, progress }) {
  const aborting = new AbortController();
  running.set(id, aborting);
  const [first, options] = given;
  const watch = { signal: aborting.signal, onProgress: progress ? (step) => postMessage({ id, progress: step }) : undefined };
  try {
    const call = typeof options === "object" && options !== null ? [first, { ...options, ...watch }] : given;
    postMessage({ id, value: await verifier[name](...call) });
  } catch (error) {
    postMessage({ id, error });
  } finally {
    running.delete(id);
  }
}

addEventListener("message", ({ data }) => {
  if (data.abort) running.get(data.id)?.abort();
  else run(data);
});
