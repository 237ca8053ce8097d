// A worker that hashes a file with the page's hasher, with hash-wasm and with WebCrypto, and tells how fast each was.

import init, { Hasher } from "./rekor-wasm.js";
import { createSHA256, createSHA512 } from "./hash-wasm.js";

const ROUNDS = 5;
const SMALL = 1_000_000;
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const median = (values) => values.sort((one, other) => one - other)[values.length >> 1];

async function streamed(file, take) {
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    take(value);
  }
}

async function ours(file) {
  const hasher = new Hasher();
  await streamed(file, (piece) => hasher.update(piece));
  const { sha256 } = hasher.finish();
  hasher.free();
  return sha256;
}

// The page's hasher computes both at once.
async function peerBoth(file) {
  const hashers = [await createSHA256(), await createSHA512()];
  hashers.forEach((hasher) => hasher.init());
  await streamed(file, (piece) => hashers.forEach((hasher) => hasher.update(piece)));
  return hashers.map((hasher) => hasher.digest())[0];
}

async function peer(file) {
  const hasher = await createSHA256();
  hasher.init();
  await streamed(file, (piece) => hasher.update(piece));
  return hasher.digest();
}

const webcrypto = async (file) => hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));

// In turns, so that what else the machine does falls on all of them. Milliseconds.
async function measure(file, ways) {
  const times = ways.map(() => []);
  const digests = new Set();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, way] of ways.entries()) {
      const start = performance.now();
      digests.add(await way(file));
      times[i].push(performance.now() - start);
    }
  }
  if (digests.size !== 1) throw new Error(`the digests differ: ${[...digests]}`);
  return times.map(median);
}

addEventListener("message", async ({ data: file }) => {
  await init();
  const speeds = (await measure(file, [ours, peerBoth, peer, webcrypto])).map((time) => file.size / 1000 / time);
  const [small, smallByWebCrypto] = await measure(file.slice(0, SMALL), [ours, webcrypto]);
  const [own, both, others, byWebCrypto] = speeds;
  postMessage({ ours: own, peer_both: both, peer: others, webcrypto: byWebCrypto, ours_small: small, webcrypto_small: smallByWebCrypto });
});
