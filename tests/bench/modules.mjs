// Times the page's two modules in Node, and Sigstore's own verifier in JavaScript beside them.
//   node modules.mjs DIST INPUT.json [FOLDER with node_modules of the peer]
// Prints JSON: medians in milliseconds.

import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [dist, input, peer] = process.argv.slice(2);
const { link, bundle } = JSON.parse(readFileSync(input));
const ROUNDS = 60;

// The module as an ES module of Node: wasm-bindgen writes it for the web, with the ending .js.
async function load(name) {
  const folder = mkdtempSync(join(tmpdir(), "rekor-bench-"));
  copyFileSync(join(dist, `${name}.js`), join(folder, "module.mjs"));
  const module = await import(join(folder, "module.mjs"));
  module.initSync({ module: readFileSync(join(dist, `${name}_bg.wasm`)) });
  return module;
}

// The median, once the engine has compiled what is hot.
function median(run) {
  for (let i = 0; i < ROUNDS / 3; i++) run();
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.hrtime.bigint();
    run();
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2];
}

function verifyLink(core) {
  const { policy, key, now, files } = link;
  const signers = [{ name: "signer", key }];
  const session = new core.Session({ policy, signers, logs: [], seen: null, now, identity: null });
  for (const { name, digests, text } of files) session.add_file(name, digests, Buffer.from(text, "base64"));
  const { report } = session.step();
  session.free();
  if (report?.verdict !== "verified") throw new Error(`the link is ${report?.verdict}`);
}

function peerCheck() {
  if (!peer) return null;
  const require = createRequire(join(peer, "package.json"));
  const { bundleFromJSON } = require("@sigstore/bundle");
  const { TrustedRoot } = require("@sigstore/protobuf-specs");
  const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");
  const parsed = JSON.parse(bundle.request.bundle);
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(bundle.root)));
  const verifier = new Verifier(material);
  const artifact = Buffer.from(bundle.artifact, "base64");
  return median(() => verifier.verify(toSignedEntity(bundleFromJSON(parsed), artifact)));
}

const core = await load("rekor-wasm");
const second = await load("rekor-sigstore-wasm");
const request = JSON.stringify(bundle.request);
const sound = JSON.parse(second.verify_bundle(request)).checks.every((check) => !check.required || check.outcome === "passed" || check.id === "bundle-identity");
if (!sound) throw new Error("the bundle does not hold");
console.log(
  JSON.stringify({
    link: median(() => verifyLink(core)),
    bundle: median(() => second.verify_bundle(request)),
    peer: peerCheck(),
  }),
);
