// Measures the package beside its peers, in one run: size, start-up, throughput, verifications a second.
//   node package.mjs INPUT.json ESBUILD            all of it, as JSON
//   node package.mjs INPUT.json --start NAME       from the import to the first result, in this process (milliseconds)
// It runs in a folder whose node_modules holds them all.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { contenders } from "./contenders.mjs";

const [file, tool, started] = process.argv.slice(2);
const input = JSON.parse(readFileSync(file));
const HASHED = 64 * 1024 * 1024; // bytes
const STARTS = 9;
const SECONDS = 2;

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const seconds = () => Number(process.hrtime.bigint()) / 1e9;

async function start(name) {
  const begun = seconds();
  const work = await contenders[name].load(input);
  await work(new Uint8Array(1));
  return (seconds() - begun) * 1000;
}

// After Brotli, in bytes: what a bundler makes of it, and the modules that it loads.
function size({ entry, platform = "browser", does }) {
  if (!entry) return null;
  const folder = mkdtempSync("size-");
  writeFileSync(join(folder, "entry.mjs"), entry);
  const out = join(folder, "out.mjs");
  execFileSync(tool, [join(folder, "entry.mjs"), "--bundle", "--minify", "--format=esm", `--platform=${platform}`, `--outfile=${out}`, "--log-level=error"]);
  const packed = (bytes) => brotliCompressSync(bytes).length;
  const script = packed(readFileSync(out));
  if (!entry.includes("rekor-verifier")) return script;
  const { resolve } = createRequire(import.meta.url);
  const modules = does === "bundle" ? ["wasm", "sigstore-wasm"] : ["wasm"];
  return modules.reduce((sum, module) => sum + packed(readFileSync(resolve(`rekor-verifier/${module}`))), script);
}

// How often a second, once the engine has compiled what is hot.
async function rate(work, data) {
  for (const until = seconds() + SECONDS / 2; seconds() < until; ) await work(data);
  let count = 0;
  const begun = seconds();
  while (seconds() < begun + SECONDS) {
    await work(data);
    count += 1;
  }
  return count / (seconds() - begun);
}

async function measure(name) {
  const contender = contenders[name];
  const hashes = contender.does === "hash";
  const starts = Array.from({ length: STARTS }, () =>
    Number(execFileSync(process.execPath, [process.argv[1], file, "--start", name], { encoding: "utf8" })),
  );
  const each = await rate(await contender.load(input), new Uint8Array(hashes ? HASHED : 0).fill(0x61));
  return { name, does: contender.does, size: size(contender), start: median(starts), rate: hashes ? (each * HASHED) / 1e6 : each };
}

if (tool === "--start") {
  console.log(await start(started));
} else {
  const found = [];
  for (const name of Object.keys(contenders)) found.push(await measure(name));
  console.log(JSON.stringify(found));
}
