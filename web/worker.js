// The verifier's worker. It reads and hashes files in pieces, drives the verifier's session, and lets
// the page perform the requests that the session asks for. It decides nothing, and touches no network
// after its start.
//
// From the page:  policy {text} · key {request, bytes} · run {run, files: [{id, name, file}], options}
//                 answer {run, id, status, body, truncated} · no-answer {run, id, reason} · cancel
//                 forget {seen, vkey} · ping · question {request, text | file}: what is looked up with it
//                 look {look, options} · look-on {look} · look-answer, look-no-answer {look, …} · look-end {look}
// To the page:    ready · broken {message} · policy {policy} · policy-refused {message}
//                 key {request, key} · key-refused {request, message} · progress {run, file, done}
//                 hashed {run, file, sha256} · rereading {run, files: [id]}: some are read once more · loading {run}:
//                 the module for Sigstore bundles is on its way · asks {run, asks} · report {run, report, seen, json, receipts}
//                 failed {run, message, fatal} · unreadable {run, message}: what is remembered cannot be used
//                 question {request, question} · question-refused {request, message}
//                 look-asks {look, asks} · look-page {look, page} · look-failed {look, message, fatal}
//                 forgotten {forgotten}: the memory without one log · forgotten-refused {message} · pong
// Each message to the page also carries `memory`: the size of the verifier's memory in bytes.

import init, {
  ContentsReader,
  Explorer,
  Hasher,
  Session,
  describe_key,
  describe_policy,
  forget_log,
  inspect_limit,
  question_of_file,
  question_of_text,
} from "./rekor-wasm.js";

// By the build: what the browser has to find in these files.
const INTEGRITY = { "rekor-wasm_bg.wasm": "", "rekor-sigstore-wasm_bg.wasm": "" };

// A report of progress, and a look at what the page says meanwhile, at most this often (milliseconds).
const PAUSE = 100;

const memories = []; // of the modules that run
let current = 0; // the run under way; 0: none. Whatever belongs to another run is dropped.
let session = null; // of the current run, once its files are read
let waiting = new Set(); // the asks that the session still waits for
let artifacts = new Map(); // number in the session → {id, name, file}
let second = null; // the module that checks Sigstore bundles, once a bundle has asked for it: a promise
let trap = null; // what stopped it, if anything did
const read = new Map(); // file id → {digests, bytes}: a file is hashed once, not once a run

const textOf = (error) => String(error?.message ?? error);
const used = () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
const post = (message) => postMessage({ ...message, memory: used() });
const wasm = (name) => fetch(new URL(`./${name}`, import.meta.url), { integrity: INTEGRITY[name] });
const pause = () => new Promise((resolve) => setTimeout(resolve));

function stop() {
  current = 0;
  session?.free();
  session = null;
  waiting = new Set();
  artifacts = new Map();
}

function fail(run, error) {
  if (run !== current) return;
  current = 0;
  // After a trap the verifier's memory is not to be relied on: the page starts another worker.
  const fatal = error instanceof WebAssembly.RuntimeError;
  if (!fatal) stop();
  post({ type: "failed", run, message: textOf(error), fatal });
}

// Hands over a file in pieces; false when the run was cancelled meanwhile.
async function pieces(run, id, file, take) {
  const reader = file.stream().getReader();
  let done = 0;
  let paused = performance.now();
  try {
    for (;;) {
      const piece = await reader.read();
      if (run !== current) return false;
      if (piece.done) return true;
      take(piece.value);
      done += piece.value.length;
      if (performance.now() - paused > PAUSE) {
        post({ type: "progress", run, file: id, done });
        await pause(); // pieces that are already there would otherwise keep "cancel" waiting
        paused = performance.now();
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // nothing to tell: the file is read, or no longer wanted
  }
}

// The digests of a file, and its bytes where they may be looked into; null when the run was cancelled.
async function digest(run, id, file) {
  const hasher = new Hasher();
  const kept = file.size <= inspect_limit() ? [] : null;
  const take = (piece) => {
    hasher.update(piece);
    kept?.push(piece);
  };
  try {
    if (!(await pieces(run, id, file, take))) return null;
    const bytes = kept && new Uint8Array(await new Blob(kept).arrayBuffer());
    return { digests: hasher.finish(), bytes };
  } finally {
    hasher.free();
  }
}

// In the reader's words where the browser refuses to read a file.
function unreadable(name, error) {
  if (!(error instanceof DOMException)) return error;
  return new Error(`${name} could not be read. A file that changed meanwhile cannot be checked: remove it here and bring it again. (${error.message})`);
}

async function digestOnce(run, id, name, file) {
  try {
    if (read.has(id)) {
      await file.slice(0, 1).arrayBuffer(); // refused by the browser if the file changed on disk
      return read.get(id);
    }
    return await digest(run, id, file);
  } catch (error) {
    throw unreadable(name, error);
  }
}

// A session, or null where what is remembered of earlier visits cannot be read.
function open(run, options) {
  try {
    return new Session(options);
  } catch (error) {
    if (options.seen === null) throw error;
    new Session({ ...options, seen: null }).free(); // throws if something else is wrong
    stop();
    post({ type: "unreadable", run, message: textOf(error) });
    return null;
  }
}

async function start(run, files, options) {
  const digested = [];
  for (const { id, name, file } of files) {
    const result = await digestOnce(run, id, name, file);
    if (run !== current || result === null) return;
    read.set(id, result);
    digested.push(result);
    post({ type: "hashed", run, file: id, sha256: result.digests.sha256 });
  }
  const wanted = new Set(files.map(({ id }) => id));
  for (const id of read.keys()) if (!wanted.has(id)) read.delete(id);
  session = open(run, options);
  if (session === null) return;
  digested.forEach(({ digests, bytes }, i) => {
    const number = session.add_file(files[i].name, digests, bytes ?? undefined);
    if (number !== undefined) artifacts.set(number, files[i]);
  });
  await advance(run);
}

// Goes on until the session needs the page, or is done.
async function advance(run) {
  while (run === current) {
    const step = session.step();
    if (trap) throw trap;
    if (step.report) {
      stop();
      post({ type: "report", run, ...step });
    } else if (step.read) {
      await look(run, step.read);
    } else if (step.load) {
      await load(run);
    } else if (step.asks.length === 0) {
      throw new Error("the verifier stopped without a report");
    } else {
      waiting = new Set(step.asks.map(({ id }) => id));
      post({ type: "asks", run, asks: step.asks });
      return;
    }
  }
}

// Reads artifacts once more, for what they hold.
async function look(run, numbers) {
  post({ type: "rereading", run, files: numbers.map((number) => artifacts.get(number).id) });
  for (const number of numbers) {
    const { id, name, file } = artifacts.get(number);
    const reader = new ContentsReader();
    try {
      if (!(await pieces(run, id, file, (piece) => reader.update(piece)))) return reader.free();
    } catch (error) {
      reader.free();
      throw unreadable(name, error);
    }
    session.contents(number, reader);
    post({ type: "progress", run, file: id, done: file.size });
  }
}

// Gives the session what checks Sigstore bundles; where that cannot be loaded, the report says why.
async function load(run) {
  post({ type: "loading", run });
  let functions;
  try {
    functions = await (second ??= startSecond());
  } catch (error) {
    second = null; // the next run tries again
    const missing = () => {
      throw new Error(`it could not be loaded: ${textOf(error)}`);
    };
    functions = [missing, missing];
  }
  if (run === current) session.check_bundles_with(...functions);
}

async function startSecond() {
  const { default: init, trusted_root, verify_bundle } = await import("./rekor-sigstore-wasm.js");
  const { memory } = await init({ module_or_path: wasm("rekor-sigstore-wasm_bg.wasm") });
  memories.push(memory);
  const watched = (call) => (argument) => {
    try {
      return call(argument);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) trap = error;
      throw error;
    }
  };
  return [watched(verify_bundle), watched(trusted_root)];
}

function answered({ run, id }, give) {
  if (run !== current || !waiting.delete(id)) return;
  try {
    give(session);
    if (waiting.size === 0) advance(run).catch((error) => fail(run, error));
  } catch (error) {
    fail(run, error);
  }
}

// A look-up goes on until it needs the page, or has a page of its answer.
const looks = new Map(); // look → {explorer, waiting}

function failLook(look, error) {
  const fatal = error instanceof WebAssembly.RuntimeError;
  if (!fatal) endLook({ look });
  post({ type: "look-failed", look, message: textOf(error), fatal });
}

function endLook({ look }) {
  looks.get(look)?.explorer.free();
  looks.delete(look);
}

function advanceLook(look, change) {
  const it = looks.get(look);
  if (!it) return;
  try {
    change(it);
    if (it.waiting.size > 0) return;
    const { asks, page } = it.explorer.step();
    it.waiting = new Set(asks?.map(({ id }) => id));
    if (asks) post({ type: "look-asks", look, asks });
    else post({ type: "look-page", look, page: JSON.parse(page) });
  } catch (error) {
    failLook(look, error);
  }
}

function startLook({ look, options }) {
  try {
    looks.set(look, { explorer: new Explorer(options), waiting: new Set() });
    advanceLook(look, () => {});
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
  if (file.size <= inspect_limit()) return question_of_file(new Uint8Array(await file.arrayBuffer()));
  const hasher = new Hasher();
  try {
    for (const reader = file.stream().getReader(); ; ) {
      const piece = await reader.read();
      if (piece.done) return `sha256:${hasher.finish().sha256}`;
      hasher.update(piece.value);
    }
  } finally {
    hasher.free();
  }
}

async function question({ request, text, file }) {
  try {
    const found = file ? await questionOf(file) : question_of_text(text);
    post({ type: "question", request, question: found });
  } catch (error) {
    post({ type: "question-refused", request, message: textOf(file ? unreadable(file.name, error) : error) });
  }
}

function describe(kind, extra, value) {
  try {
    post({ type: kind, ...extra, [kind]: value() });
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
    start(run, files, options).catch((error) => fail(run, error));
  },
  answer: (message) => answered(message, (it) => it.answer(message.id, message.status, message.body, message.truncated)),
  "no-answer": (message) => answered(message, (it) => it.no_answer(message.id, message.reason)),
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

try {
  const { memory } = await init({ module_or_path: wasm("rekor-wasm_bg.wasm") });
  memories.push(memory);
  post({ type: "ready" });
} catch (error) {
  post({ type: "broken", message: textOf(error) });
}
