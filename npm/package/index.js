// The verifier in a browser, from a bundler, a CDN or a server of files: the modules lie beside this script.

import { create } from "./slim.js";

// A server that calls the module something else than it is cannot have it compiled on the way.
async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: the server answered ${answer.status}`);
  return answer.headers.get("content-type") === "application/wasm" ? answer : answer.arrayBuffer();
}

export const {
  verify,
  digest,
  describeKey,
  describePolicy,
  openCheckpoint,
  readReceipt,
  leafHash,
  verifyInclusion,
  verifyConsistency,
  forgetLog,
  mergeSeen,
} = create({
  core: () => load(new URL("./rekor-wasm_bg.wasm", import.meta.url)),
  sigstore: () => load(new URL("./rekor-sigstore-wasm_bg.wasm", import.meta.url)),
  extras: () => load(new URL("./rekor-extras-wasm_bg.wasm", import.meta.url)),
  request: { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" },
});
