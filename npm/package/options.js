// The reader's choices, as the session takes them. They are the caller's own, so whatever cannot be read is misuse.

import { base64, bytesIn, misuse, textIn } from "./values.js";

/** The session's options, with everything that was left out as it is without it. */
export function optionsOf(options) {
  if (typeof options !== "object" || options === null) throw misuse("options", "an object", options);
  const { policy = "", signers = [], identity, trustedRoot, parameters = {}, log, offline = false, seen, now } = options;
  return {
    policy: textIn(policy, "policy"),
    signers: signersOf(signers),
    identity: identity === undefined ? null : identityOf(identity),
    trust: trustedRoot === undefined ? null : textIn(trustedRoot, "trustedRoot"),
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value: textIn(value, `parameters.${name}`) })),
    logs: offline ? [] : log === undefined ? null : [log].flat().map(logOf),
    seen: seen === undefined || seen === null ? null : textIn(seen, "seen"),
    ...timeOf(now),
  };
}

// One text is a signers file; a list names keys, all of which must have signed.
function signersOf(signers) {
  if (typeof signers === "string") return signers;
  if (!Array.isArray(signers)) throw misuse("signers", "a signers file as text, or a list of {name, key}", signers);
  return signers.map(({ name, key }, i) => ({
    name: textIn(name ?? `signer[${i}]`, `signers[${i}].name`),
    ...keyOf(key, `signers[${i}].key`),
  }));
}

// A key as text, or as the bytes of a file that may be no text.
function keyOf(key, name) {
  const bytes = bytesIn(key);
  if (bytes) return { base64: base64(bytes) };
  return { key: textIn(key, name) };
}

function identityOf({ identity, pattern, issuer }) {
  if ((identity === undefined) === (pattern === undefined)) {
    throw new TypeError("identity: expected either identity or pattern, beside issuer");
  }
  const issued = textIn(issuer, "identity.issuer");
  if (identity !== undefined) return { identity: textIn(identity, "identity.identity"), issuer: issued };
  return { pattern: textIn(pattern, "identity.pattern"), issuer: issued };
}

function logOf(log) {
  const text = textIn(log instanceof URL ? log.href : log, "log");
  if (!/^https?:\/\//.test(text)) throw new TypeError(`log: expected an address that starts with http:// or https://`);
  return text;
}

function timeOf(now) {
  if (Number.isSafeInteger(now?.seconds)) return { now: now.seconds, clock: textIn(now.source, "now.source") };
  const milliseconds = now instanceof Date ? now.getTime() : now === undefined ? Date.now() : Number(now) * 1000;
  const seconds = Math.floor(milliseconds / 1000);
  if (!Number.isSafeInteger(seconds)) throw misuse("now", "a Date, or seconds since 1970", now);
  return { now: seconds, clock: now === undefined ? "this computer's clock" : "the caller" };
}
