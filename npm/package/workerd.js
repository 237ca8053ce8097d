// The verifier in workers at the edge, which compile nothing at run time: they are given the modules by import.

import { create } from "./slim.js";
import core from "./rekor-wasm_bg.wasm";

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
  core: () => core,
  sigstore: async () => (await import("./rekor-sigstore-wasm_bg.wasm")).default,
  extras: async () => (await import("./rekor-extras-wasm_bg.wasm")).default,
});
