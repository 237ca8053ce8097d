// What a badge does once it is in view: fetches the evidence, has the verifier judge it, and puts the result into words.

import { describeKey, verify } from "./index.js";
import { element } from "./badge.js";

// Whom the badge trusts: deployed beside its script, by whoever answers for it. The last is {identity | pattern, issuer}: who
// signs its Sigstore bundles.
const POLICY = new URL("./policy.txt", import.meta.url);
const SIGNERS = new URL("./signers.txt", import.meta.url);
const IDENTITY = new URL("./identity.json", import.meta.url);

// Links, receipts and keys are small; a file is fetched unasked up to this size (bytes).
const MAX_EVIDENCE = 1024 * 1024;
const SMALL_FILE = 1024 * 1024;

// The longest address that mail programs and browsers carry without loss.
const LONGEST_ADDRESS = 128 * 1024;

const OUTCOMES = { passed: "passed", failed: "FAILED", untrusted: "not trusted", "not-checked": "not checked" };

function ask(address, signal) {
  return fetch(address, { signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
}

// What is at hand already, as a file or {name, data}; everything else is an address.
const atHand = (given) => (typeof given === "string" ? null : given instanceof Blob ? { name: given.name, data: given } : given);

// A small file as a whole.
async function small(path, signal) {
  if (atHand(path)) return atHand(path);
  return whole(path, await answerOf(path, signal));
}

async function answerOf(path, signal) {
  const answer = await ask(new URL(path, document.baseURI), signal);
  if (!answer.ok) throw new Error(`${nameOf(path)}: the server answered ${answer.status}`);
  return answer;
}

async function whole(path, answer) {
  const pieces = [];
  let size = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const piece = await reader.read();
    if (piece.done) break;
    size += piece.value.length;
    if (size > MAX_EVIDENCE) {
      reader.cancel().catch(() => {}); // nobody waits for its end
      throw new Error(`${nameOf(path)}: larger than ${MAX_EVIDENCE} bytes`);
    }
    pieces.push(piece.value);
  }
  return { name: nameOf(path), data: new Blob(pieces) };
}

// The file itself: without being asked for only if it says that it is small, and then as a whole; else as a stream, for
// which the verifier has to load what looks into archives, since it can be read once.
async function large(path, withArtifact, signal) {
  if (atHand(path)) return atHand(path);
  const answer = await answerOf(path, signal);
  const stated = answer.headers.get("content-length");
  if (stated !== null && Number(stated) <= SMALL_FILE) return whole(path, answer);
  if (withArtifact) return { name: nameOf(path), data: answer.body };
  answer.body.cancel().catch(() => {}); // nobody waits for its end
  return null;
}

const nameOf = (path) => decodeURIComponent(new URL(path, document.baseURI).pathname.split("/").pop()) || "file";

// What is deployed beside the script; nothing where there is none.
async function deployed(address, signal) {
  const answer = await ask(address, signal);
  if (answer.status === 404) return "";
  if (!answer.ok) throw new Error(`${address}: the server answered ${answer.status}`);
  return answer.text();
}

/**
 * Checks what a badge claims: {state, title, detail, report, key, pending, address}. A claim is an address, or a file; there
 * may be several links.
 */
export async function run(claims, { withArtifact, signal, verifier }) {
  const [policy, signers] = await Promise.all([deployed(POLICY, signal), deployed(SIGNERS, signal)]);
  const given = [claims.link, claims.receipt].flat().filter(Boolean);
  const evidence = await Promise.all(given.map((path) => small(path, signal)));
  const identity = await identityFor(evidence, signal);
  if (evidence.length === 0 && !claims.artifact) throw new Error("the page names neither a link nor a file");
  const log = claims.log ? new URL(claims.log, document.baseURI).href : undefined;
  const judge = async (expected, identity) => {
    const file = claims.artifact ? await large(claims.artifact, withArtifact, signal) : null;
    const { report } = await verify([...evidence, ...(file ? [file] : [])], { policy, signers: expected, identity, log, signal });
    return { report, pending: Boolean(claims.artifact) && !file };
  };
  let found = signers || identity ? { ...(await judge(signers || [], identity)), named: true } : null;
  if (found?.report.verdict !== "verified" && claims.signer) {
    const key = await small(claims.signer, signal);
    const { fingerprint } = await describeKey(key.data);
    const claimed = await judge([{ name: key.name, key: new Uint8Array(await key.data.arrayBuffer()) }]);
    // Nothing that the page claims takes away what the deployed policy finds wrong.
    if (found?.report.verdict !== "not-verified") found = { ...claimed, key: fingerprint };
  }
  found ??= await judge([]);
  return { ...found, ...inWords(found), address: addressOf(verifier, evidence, found.report, claims) };
}

// Asked for only where there is a bundle.
async function identityFor(evidence, signal) {
  const texts = await Promise.all(evidence.map(({ data }) => data.text()));
  const text = texts.some((text) => text.includes("dev.sigstore.bundle")) ? await deployed(IDENTITY, signal) : "";
  return text ? JSON.parse(text) : undefined;
}

function inWords({ report, named, key, pending }) {
  const { verdict, headline } = report;
  const file = pending ? "; the file is not checked yet" : "";
  if (verdict === "not-verified") return { state: "failed", title: "Not as recorded", detail: headline };
  if (verdict === "verified" && named) {
    const names = signersIn(report).join(", ");
    return { state: "confirmed", title: `Signed by ${names}`, detail: `${recorded(report)}${file}` };
  }
  if (verdict === "verified" && key) {
    const detail = `${key.slice(0, 16)}…. ${recorded(report)}${file}`;
    return { state: "key", title: "Signed by the key that this page names", detail };
  }
  if (isRecorded(report)) {
    return { state: "recorded", title: "Recorded, signer not confirmed", detail: `${recorded(report)}${file}` };
  }
  return { state: "unknown", title: "Could not tell", detail: headline };
}

// Whether the record is proven: of a link under a log that the deployed policy names and as many witnesses as it asks for, of
// a bundle under one of Sigstore's own logs.
const RECORDS = [["entry-leaf", "entry-inclusion", "log-checkpoint"], ["bundle-log-entry", "bundle-inclusion", "bundle-checkpoint"]];
function isRecorded({ checks }) {
  const about = checks.filter(({ id, required }) => required && /^(entry|log|bundle-(log|inclusion|checkpoint|entry))-?/.test(id));
  const there = RECORDS.some((ids) => ids.every((id) => about.some((check) => check.id === id)));
  return there && about.every(({ outcome }) => outcome === "passed");
}

// Of links, bundles and the like those that the verdict rests on: anything may stand beside them, in anybody's name.
const deciding = ({ layouts, links, bundles, rekor_entries, checks }) => {
  const subjects = new Set(checks.filter(({ required }) => required).map(({ subject }) => subject));
  return [...layouts, ...links, ...bundles, ...rekor_entries].filter(({ subject }) => subjects.has(subject));
};

// A managed key is one that the deployed policy names, by a name that a bundle's report does not have.
const bundleSigner = ({ identity, fingerprint }) => identity ?? `the key ${fingerprint?.slice(0, 16)}…`;

const signersIn = (report) => {
  const names = ({ keys = [], key, signer }) => [...keys, key].map((one) => one?.name).concat(signer && bundleSigner(signer));
  return [...new Set(deciding(report).flatMap(names).filter(Boolean))];
};

// When, by whose word: a trusted witness's, or else the log's own.
function recorded(report) {
  const entries = deciding(report).map(({ entry }) => entry).filter(Boolean);
  const [entry] = entries;
  const number = entry ? `#${entry.index}` : "";
  const passed = report.checks.filter(({ outcome }) => outcome === "passed");
  const times = passed.flatMap(({ evidence }) => evidence.cosignatures ?? []).map(({ time }) => time).filter(Boolean);
  // Of several entries an early checkpoint may hold one and not the other; the newest holds them all.
  const bound = entries.length > 1 ? Math.max : Math.min;
  if (times.length > 0) return `Recorded no later than ${day(bound(...times))}, ${number}`;
  const time = entry?.time ?? entry?.integrated_time;
  return time ? `Recorded as ${number}; the log says ${day(time)}` : `Recorded as ${number}`;
}

const day = (seconds) =>
  new Date(seconds * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

// The verifier page with the evidence in its fragment: it takes no trust from there.
function addressOf(verifier, evidence, report, { artifact }) {
  if (!verifier) return Promise.resolve(null);
  const known = report.artifacts[0];
  const about = artifact && known ? [`artifact=${encodeURIComponent(`${known.sha256},${known.name}`)}`] : [];
  return Promise.all(evidence.map(inFragment)).then((files) => {
    const address = `${verifier}#verify?${["v=1", ...about, ...files].join("&")}`;
    return address.length > LONGEST_ADDRESS ? verifier : address;
  });
}

/** A file as a parameter of the verifier's address. */
export async function inFragment({ name, data }) {
  const bytes = new Uint8Array(await data.arrayBuffer());
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const text = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `file=${encodeURIComponent(`${name},${text}`)}`;
}

/** What the badge shows when it is opened. */
export function contents({ title, detail, report, key, pending, address }, checkFile) {
  const lines = [element("h2", { textContent: title }), element("p", { textContent: `${detail}.` })];
  lines.push(element("p", { textContent: report.headline }));
  if (key) {
    const about = "The page that you are on names this key. Compare its fingerprint with one that you have from elsewhere: ";
    lines.push(element("p", {}, about, element("code", { textContent: key })));
  }
  const checks = report.checks.map(({ outcome, sentence }) => {
    const said = element("li", {}, element("b", { textContent: OUTCOMES[outcome] }), `: ${sentence}`);
    said.dataset.outcome = outcome;
    return said;
  });
  lines.push(element("ul", {}, ...checks));
  const when = new Date(report.time.seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  lines.push(element("p", { textContent: `Checked in your browser, ${when} UTC, by ${report.time.source}.` }));
  const away = element("p", {}, "A page can show any badge that it likes. ");
  lines.push(away);
  address.then((href) => {
    if (href) away.append(element("a", { href, rel: "noopener noreferrer", target: "_blank", textContent: "Check it apart from this page" }));
  });
  if (pending) {
    const button = element("button", { type: "button", textContent: "Fetch and check the file" });
    button.addEventListener("click", checkFile);
    lines.push(button);
  }
  return lines;
}
