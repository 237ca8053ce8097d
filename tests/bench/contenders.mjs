// Who is measured beside whom, and what each does: `NAME: {entry, does, load(input)}`, where `load` imports it anew and gives
// a function that does the work once. `entry` is what a program writes to use it, for its size.

import { createPublicKey, webcrypto } from "node:crypto";

const bytes = (base64) => Uint8Array.from(Buffer.from(base64, "base64"));

const must = (holds, who) => {
  if (!holds) throw new Error(`${who} does not verify it`);
};

export const contenders = {
  "rekor-verifier, digest": {
    does: "hash",
    entry: 'export { digest } from "rekor-verifier";',
    async load() {
      const { digest } = await import("rekor-verifier");
      return (data) => digest(data);
    },
  },
  "hash-wasm": {
    does: "hash",
    entry: 'export { createSHA256 } from "hash-wasm";',
    async load() {
      const { createSHA256 } = await import("hash-wasm");
      const hasher = await createSHA256();
      return (data) => hasher.init().update(data).digest();
    },
  },
  "@noble/hashes": {
    does: "hash",
    entry: 'export { sha256 } from "@noble/hashes/sha2.js";',
    async load() {
      const { sha256 } = await import("@noble/hashes/sha2.js");
      return (data) => sha256(data);
    },
  },
  "Node's WebCrypto": {
    does: "hash",
    entry: "",
    async load() {
      return (data) => webcrypto.subtle.digest("SHA-256", data);
    },
  },
  "rekor-verifier, verify": {
    does: "bundle",
    entry: 'export { verify } from "rekor-verifier";',
    async load({ bundle, artifact, identity, issuer, root, now }) {
      const { verify } = await import("rekor-verifier");
      const data = bytes(artifact);
      const files = [{ name: "artifact", data }, { name: "bundle.json", data: new TextEncoder().encode(bundle) }];
      const options = { offline: true, identity: { identity, issuer }, trustedRoot: root, now };
      return async () => must((await verify(files, options)).report.verdict === "verified", "rekor-verifier");
    },
  },
  "@sigstore/verify": {
    does: "bundle",
    platform: "node", // it uses Node's own cryptography, which its size does not hold
    entry: 'export * from "@sigstore/verify"; export { bundleFromJSON } from "@sigstore/bundle";',
    async load({ bundle, artifact, identity, issuer, root }) {
      const { bundleFromJSON } = (await import("@sigstore/bundle")).default;
      const { TrustedRoot } = (await import("@sigstore/protobuf-specs")).default;
      const { Verifier, toSignedEntity, toTrustMaterial } = (await import("@sigstore/verify")).default;
      const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root))));
      const data = Buffer.from(artifact, "base64");
      const policy = { subjectAlternativeName: identity, extensions: { issuer } };
      return () => verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle)), data), policy);
    },
  },
  "@freedomofpress/sigstore-browser": {
    does: "bundle",
    entry: 'export { SigstoreVerifier } from "@freedomofpress/sigstore-browser";',
    async load({ bundle, artifact, identity, issuer, root }) {
      const { SigstoreVerifier } = await import("@freedomofpress/sigstore-browser");
      const verifier = new SigstoreVerifier();
      await verifier.loadSigstoreRoot(JSON.parse(root));
      const data = bytes(artifact);
      return async () => must(await verifier.verifyArtifact(identity, issuer, JSON.parse(bundle), data), "sigstore-browser");
    },
  },
  "rekor-verifier, openCheckpoint": {
    does: "checkpoint",
    entry: 'export { openCheckpoint } from "rekor-verifier";',
    async load({ checkpoint, policy }) {
      const { openCheckpoint } = await import("rekor-verifier");
      return async () => must((await openCheckpoint(checkpoint, policy)).size > 0, "rekor-verifier");
    },
  },
  "@noble/curves, ed25519": {
    does: "checkpoint",
    entry: 'export { ed25519 } from "@noble/curves/ed25519.js";',
    async load({ signed }) {
      const { ed25519 } = await import("@noble/curves/ed25519.js");
      const [signature, message, key] = [signed.signature, signed.message, signed.key].map(bytes);
      return () => must(ed25519.verify(signature, message, key), "@noble/curves");
    },
  },
  "Node's WebCrypto, Ed25519": {
    does: "checkpoint",
    entry: "",
    async load({ signed }) {
      const [signature, message, key] = [signed.signature, signed.message, signed.key].map(bytes);
      const jwk = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]), format: "der", type: "spki" });
      const imported = await webcrypto.subtle.importKey("jwk", jwk.export({ format: "jwk" }), "Ed25519", false, ["verify"]);
      return async () => must(await webcrypto.subtle.verify("Ed25519", imported, signature, message), "WebCrypto");
    },
  },
};
