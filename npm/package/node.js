// The verifier in Node, Deno and Bun: the modules are files beside this script.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { create } from "./slim.js";

// In a bundle they no longer lie beside the script; then the installed package still has them.
async function load(url, entry) {
  try {
    return await readFile(url);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    const { resolve } = createRequire(import.meta.url);
    return readFile(resolve(`rekor-verifier/${entry}`));
  }
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
  core: () => load(new URL("./rekor-wasm_bg.wasm", import.meta.url), "wasm"),
  sigstore: () => load(new URL("./rekor-sigstore-wasm_bg.wasm", import.meta.url), "sigstore-wasm"),
  extras: () => load(new URL("./rekor-extras-wasm_bg.wasm", import.meta.url), "extras-wasm"),
});
