// What callers hand over, as the modules take it. Whatever is not what it should be is misuse: a TypeError that says so.

export function misuse(name, expected, found) {
  return new TypeError(`${name}: expected ${expected}, found ${found === null ? "null" : typeof found}`);
}

export function textIn(value, name) {
  if (typeof value !== "string") throw misuse(name, "a text", value);
  return value;
}

// Bytes that are in memory, as they lie there; undefined for anything else.
export function bytesIn(data) {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return undefined;
}

export function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

// A small file as a whole: a text stands for its UTF-8.
export async function bytesOf(data, name) {
  if (typeof data === "string") return new TextEncoder().encode(data);
  const bytes = data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : bytesIn(data);
  if (!bytes) throw misuse(name, "a text, bytes or a Blob", data);
  return bytes;
}

// A number of leaves, or the place of one: beyond 2⁵³ only a bigint says it exactly.
export function sizeOf(value, name) {
  if (typeof value === "bigint" ? value >= 0n && value < 1n << 64n : Number.isSafeInteger(value) && value >= 0) {
    return BigInt(value);
  }
  throw misuse(name, "a whole number from 0 on, or a bigint below 2⁶⁴", value);
}

// A SHA-256: 32 bytes, lower-case hexadecimal, or base64.
export function hashOf(value, name) {
  const bytes = typeof value === "string" ? hashInText(value) : bytesIn(value);
  if (bytes?.length !== 32) throw misuse(name, "a SHA-256: 32 bytes, 64 hexadecimal digits, or their base64", value);
  return bytes;
}

function hashInText(text) {
  if (/^[0-9a-f]{64}$/.test(text)) return Uint8Array.from(text.match(/../g), (byte) => Number.parseInt(byte, 16));
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return undefined;
}

// The hashes of a proof, one behind the other.
export function hashesOf(proof) {
  if (!Array.isArray(proof)) throw misuse("proof", "an array of hashes", proof);
  const joined = new Uint8Array(32 * proof.length);
  proof.forEach((hash, i) => joined.set(hashOf(hash, `proof[${i}]`), 32 * i));
  return joined;
}
