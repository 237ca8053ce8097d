// The verifier's worker. It has the driver take files to a report, and lets the page perform the requests that the
// verifier asks for. It decides nothing, and touches no network after its start.
// What is said to and fro stands in src/worker.rs.

import init, {
  Hasher,
  Session,
  ask_extras_with,
  describe_key,
  describe_policy,
  forget_log,
  inspect_limit,
} from "./rekor-wasm.js";
import { bundleChecker, digest, drive, extrasModule, isTrap, textOf } from "./driver.js";

// By the build: what the browser has to find in these files.
const INTEGRITY = {
  "rekor-wasm_bg.wasm": "",
  "rekor-sigstore-wasm_bg.wasm": "",
  "rekor-extras-wasm_bg.wasm": "",
  "rekor-explorer-wasm_bg.wasm": "",
};

const modules = { Hasher, inspect_limit }; // what the driver uses of the verifier
const memories = new Set(); // of the modules that run
let current = 0; // the run under way; 0: none. Whatever belongs to another run is dropped.
let cancelling = new AbortController(); // of the current run
const waiting = new Map(); // id → {resolve, reject}: the requests of the current run that the page makes
const bundles = bundleChecker(startSecond);
const extras = extrasModule(startThird);
const read = new Map(); // file id → {digests, bytes}: a file is hashed once, not once a run

const used = () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
const post = (message) => postMessage({ ...message, memory: used() });
const wasm = (name) => fetch(new URL(`./${name}`, import.meta.url), { integrity: INTEGRITY[name] });

function stop() {
  current = 0;
  cancelling.abort();
  waiting.clear();
}

function fail(run, error) {
  if (run !== current) return;
  stop();
  // After a trap the page starts another worker.
  post({ type: "failed", run, message: textOf(error), fatal: isTrap(error) });
}

// In the reader's words where the browser refuses to read a file.
function unreadable(name, error) {
  if (!(error instanceof DOMException)) return error;
  return new Error(`${name} could not be read. A file that changed meanwhile cannot be checked: remove it here and bring it again. (${error.message})`);
}

async function digestOnce({ id, name, file }, watch) {
  try {
    if (read.has(id)) {
      await file.slice(0, 1).arrayBuffer(); // refused by the browser if the file changed on disk
      return read.get(id);
    }
    return await digest(modules, file, watch);
  } catch (error) {
    throw unreadable(name, error);
  }
}

// A session, or null where what is remembered of earlier visits cannot be read.
async function open(run, options, watch) {
  try {
    extras.anew();
    return await extras.complete(() => new Session(options), watch);
  } catch (error) {
    if (options.seen === null) throw error;
    new Session({ ...options, seen: null }).free(); // throws if something else is wrong
    stop();
    post({ type: "unreadable", run, message: textOf(error) });
    return null;
  }
}

async function start(run, files, options, signal) {
  const progress = (id, done) => post({ type: "progress", run, file: id, done });
  const digested = [];
  for (const given of files) {
    const { id, name, file } = given;
    const result = await digestOnce(given, { signal, progress: (done) => progress(id, done) });
    signal.throwIfAborted();
    read.set(id, result);
    digested.push({ id, name, ...result, stream: () => file.stream() });
    post({ type: "hashed", run, file: id, sha256: result.digests.sha256 });
  }
  const wanted = new Set(files.map(({ id }) => id));
  for (const id of read.keys()) if (!wanted.has(id)) read.delete(id);
  const loading = () => post({ type: "loading", run });
  const session = await open(run, options, { signal, loading });
  if (session === null) return;
  const done = await drive(session, digested, {
    exchange: (asks) => exchange(run, asks),
    bundles,
    extras,
    signal,
    progress: ({ id }, done) => progress(id, done),
    rereading: (files) => post({ type: "rereading", run, files: files.map(({ id }) => id) }),
    loading,
    unreadable: ({ name }, error) => unreadable(name, error),
  });
  stop();
  post({ type: "report", run, ...done });
}

// The report on a few files by themselves, whatever is being checked meanwhile. No log is asked.
async function reportOn(files, options) {
  const digested = [];
  for (const { name, file } of files) {
    digested.push({ name, ...(await digest(modules, file)), stream: () => file.stream() });
  }
  extras.anew();
  const session = await extras.complete(() => new Session(options));
  return (await drive(session, digested, { exchange: () => [], bundles, extras })).report;
}

async function verifyBeside({ request, files, options }) {
  try {
    post({ type: "look-verified", request, report: await reportOn(files, options) });
  } catch (error) {
    post({ type: "look-unverified", request, message: textOf(error), fatal: isTrap(error) });
  }
}

async function startSecond() {
  const { default: init, trusted_root, verify_bundle } = await import("./rekor-sigstore-wasm.js");
  const { memory } = await init({ module_or_path: wasm("rekor-sigstore-wasm_bg.wasm") });
  memories.add(memory);
  return { trusted_root, verify_bundle };
}

async function startThird() {
  const { default: init, ContentsReader, answer } = await import("./rekor-extras-wasm.js");
  const { memory } = await init({ module_or_path: wasm("rekor-extras-wasm_bg.wasm") });
  memories.add(memory);
  return { ContentsReader, answer };
}

// The page makes the requests.
function exchange(run, asks) {
  post({ type: "asks", run, asks });
  return asks.map(({ id }) => new Promise((resolve, reject) => waiting.set(id, { resolve, reject })));
}

function answered({ run, id }, give) {
  if (run !== current || !waiting.has(id)) return;
  give(waiting.get(id));
  waiting.delete(id);
}

// What looks around in a log is a module of its own, loaded with the first look-up. It asks the third one as the core does.
const lookExtras = extrasModule(startThird);
let explorer = null; // a promise of it

async function startExplorer() {
  const { default: init, ...module } = await import("./rekor-explorer-wasm.js");
  const { memory } = await init({ module_or_path: wasm("rekor-explorer-wasm_bg.wasm") });
  memories.add(memory);
  lookExtras.attach(module);
  return module;
}

async function looking() {
  lookExtras.anew();
  try {
    return await (explorer ??= startExplorer());
  } catch (error) {
    explorer = null; // the next look-up tries again
    throw new Error(`What looks things up could not be loaded: ${textOf(error)}`);
  }
}

// A look-up goes on until it needs the page, or has a page of its answer.
const looks = new Map(); // look → {explorer, waiting}

function failLook(look, error) {
  const fatal = isTrap(error);
  if (!fatal) endLook({ look });
  post({ type: "look-failed", look, message: textOf(error), fatal });
}

function endLook({ look }) {
  looks.get(look)?.explorer?.free();
  looks.delete(look);
}

async function advanceLook(look, change) {
  const it = looks.get(look);
  if (!it) return;
  try {
    change(it);
    if (it.waiting.size > 0) return;
    const step = await lookExtras.complete(() => (looks.has(look) ? it.explorer.step() : null));
    if (step === null) return; // it was ended meanwhile
    const { asks, page } = JSON.parse(step);
    it.waiting = new Set(asks?.map(({ id }) => id));
    if (asks) post({ type: "look-asks", look, asks });
    else post({ type: "look-page", look, page });
  } catch (error) {
    failLook(look, error);
  }
}

async function startLook({ look, options }) {
  const it = { explorer: null, waiting: new Set() };
  looks.set(look, it);
  try {
    const { Explorer } = await looking();
    it.explorer = await lookExtras.complete(() => new Explorer(options));
    if (looks.has(look)) advanceLook(look, () => {});
    else it.explorer.free();
  } catch (error) {
    failLook(look, error);
  }
}

function answeredLook({ look, id }, give) {
  advanceLook(look, (it) => {
    if (it.waiting.delete(id)) give(it.explorer);
  });
}

// What is looked up with a file: a key or a small file by what it is, a large one by its digest.
async function questionOf(file) {
  if (file.size <= inspect_limit()) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { question_of_file } = await looking();
    return lookExtras.complete(() => question_of_file(bytes));
  }
  return `sha256:${(await digest(modules, file)).digests.sha256}`;
}

async function questionOfText(text) {
  const { question_of_text } = await looking();
  return lookExtras.complete(() => question_of_text(text));
}

async function question({ request, text, file }) {
  try {
    const found = await (file ? questionOf(file) : questionOfText(text));
    post({ type: "question", request, question: found });
  } catch (error) {
    post({ type: "question-refused", request, message: textOf(file ? unreadable(file.name, error) : error) });
  }
}

async function describe(kind, extra, value) {
  try {
    extras.anew();
    post({ type: kind, ...extra, [kind]: await extras.complete(value) });
  } catch (error) {
    post({ type: `${kind}-refused`, ...extra, message: textOf(error) });
  }
}

const handlers = {
  policy: ({ text }) => describe("policy", {}, () => describe_policy(text)),
  key: ({ request, bytes }) => describe("key", { request }, () => describe_key(bytes)),
  run({ run, files, options }) {
    stop();
    current = run;
    cancelling = new AbortController();
    start(run, files, options, cancelling.signal).catch((error) => fail(run, error));
  },
  answer: (message) => answered(message, (it) => it.resolve(message)),
  "no-answer": (message) => answered(message, (it) => it.reject(message.reason)),
  beside: verifyBeside,
  look: startLook,
  "look-on": ({ look }) => advanceLook(look, (it) => it.explorer.next_page()),
  "look-answer": (message) =>
    answeredLook(message, (it) => it.answer(message.id, message.status, message.body, message.truncated)),
  "look-no-answer": (message) => answeredLook(message, (it) => it.no_answer(message.id, message.reason)),
  "look-end": endLook,
  question,
  forget: ({ seen, vkey }) => describe("forgotten", {}, () => forget_log(seen, vkey)),
  ping: () => post({ type: "pong" }),
  cancel: stop,
};

addEventListener("message", ({ data }) => handlers[data.type](data));

// What the verifier must confirm, and must refuse where the file is another one, before it is ready: a browser that
// calculates wrongly is found out, and the first file is not the one that waits for code that never ran. Made with
// `rekor add --receipt` in a log that is gone.
const KNOWN = {
  link: `{"signatures":[{"keyid":"818abcd63ca18f012ceda17c0c79c5a6596f9f37d9b8e71da89442db015cf89d","sig":"7dee11caeebb2668eb54f802916e7dd716ff2619e200c522628bff384d1c8e29f64bbc249a6557fd6a10b46436c324921bf47e2d9c6f72c4980e0719a2b7ad0d"}],"signed":{"_type":"link","byproducts":{},"command":[],"environment":{},"materials":{},"name":"test","products":{"known":{"sha256":"7117fff2d0fd294462b3c802b7cb8753579f23f3946b99cf55f38e873f013f10"}}}}`,
  key: `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEADVoSDwqjH45v1wbe3nc0n355pPxgkQwSm9FKkHzOI9s=
-----END PUBLIC KEY-----
`,
  receipt: `c2sp.org/tlog-proof@v1
extra eyJhcGlWZXJzaW9uIjoiMC4wLjEiLCJraW5kIjoibGluayIsInNwZWMiOnsiZGlnZXN0TGlzdCI6eyJhbGdvcml0aG0iOiJzaGEyNTYiLCJ2YWx1ZSI6IjU5YzEyODMzMDMzNjgwNzExZmRiYTQwZmMxZmFmNDY5MTIxNTQxYTdjM2JiZGFkYTYyNjdhZTM1YWM4OTBmOTkifSwiZmlsZSI6eyJoYXNoIjp7ImFsZ29yaXRobSI6InNoYTI1NiIsInZhbHVlIjoiMWFhNWU0NjZkMGJmZjg4Y2M5ZjBhMmM5NDU5MmY2OGQzYWJhMTc3MWY2ODk3MTE5N2M1NzlmNjk5YjU5OTdiYiJ9LCJzaXplIjo0MzB9LCJmb3JtYXQiOiJtZXRhYmxvY2siLCJzaWduYXR1cmVzIjpbeyJwdWJsaWNLZXkiOiJNQ293QlFZREsyVndBeUVBRFZvU0R3cWpINDV2MXdiZTNuYzBuMzU1cFB4Z2tRd1NtOUZLa0h6T0k5cz0iLCJzY2hlbWUiOiJlZDI1NTE5Iiwic2lnbmF0dXJlIjoiZmU0Unl1NjdKbWpyVlBnQ2tXNTkxeGIvSmhuaUFNVWlZb3YvT0UwY2ppbjJTN3drbW1WWC9Xb1F0R1Eyd3lTU0cvUitMWnh2Y3NTWURnY1pvcmV0RFE9PSIsInNpZ25lZEhhc2giOnsiYWxnb3JpdGhtIjoic2hhMjU2IiwidmFsdWUiOiJjZmRlMjJjNzUyNGI1ODhlY2E1NDY3ZGE0M2ZmMzY0YzIwMjZmZjViYmE3Nzk0OWY5ZTExNGJjMzM2YmMxYzk2In19XX19
index 0

known.invalid
1
GrhUBlLSAzDDeaDyqCcgX8HJ1MYMka8bm86tSTUIFCs=

— known.invalid iA9LzzFPrrjnLnLyqVMQYTc9Ee/HnFpbv71mkMTlrWxRUh8RRbl1XWS+YIf0aaNaZk0eW5Tc1EoQaPY7TEvLrk1p4wQ=
`,
  policy: `log known.invalid+880f4bcf+AdhED+byT6UJpwKGS8GxcEjsI+SefvA/kZQzmgJH9YKT
quorum none
`,
};

async function verdictOn(artifact) {
  const signers = [{ name: "known", key: KNOWN.key }];
  const named = { known: artifact, "known.link": KNOWN.link, "known.tlog-proof": KNOWN.receipt };
  const files = Object.entries(named).map(([name, text]) => ({ name, file: new Blob([text]) }));
  return (await reportOn(files, { policy: KNOWN.policy, signers, logs: [], seen: null, identity: null, now: 0 })).verdict;
}

async function testItself() {
  const verdicts = [await verdictOn("known"), await verdictOn("unknown")];
  if (verdicts.join() !== "verified,not-verified") {
    throw new Error(`The verifier does not work in this browser: what is known to hold, or not to, came out as ${verdicts}`);
  }
}

try {
  const { memory } = await init({ module_or_path: wasm("rekor-wasm_bg.wasm") });
  memories.add(memory);
  extras.attach({ ask_extras_with });
  await testItself();
  post({ type: "ready" });
} catch (error) {
  post({ type: "broken", message: textOf(error) });
}
