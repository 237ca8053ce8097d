// The files of a verification, as callers give them, on the way to the driver.

import { digest, isTrap } from "./driver.js";
import { bytesIn, misuse, textIn } from "./values.js";

const KINDS = ["link", "artifact"];

/** What was given, as [{index, name, data, as, unread}]: `data` is bytes, what has a stream, a stream, or {sha256}. */
export function named(files) {
  const list = isOne(files) ? [files] : [...iterable(files)];
  return list.map((given, index) => {
    const { data = given, as, unread } = isWrapped(given) ? given : {};
    const name = given?.name ?? data?.name ?? `file[${index}]`;
    const where = `files[${index}]`;
    if (typeof name !== "string") throw misuse(`${where}.name`, "a text", name);
    if (unread !== undefined) return { index, name, unread: textIn(unread, `${where}.unread`) };
    if (as !== undefined && !KINDS.includes(as)) throw new TypeError(`${where}.as: expected link or artifact`);
    if (isDigest(data) && as === "link") throw new TypeError(`${where}: a link has to be there as a whole`);
    if (!isReadable(data) && !isDigest(data)) {
      throw misuse(where, "bytes, a Blob, a ReadableStream, or {sha256} of 64 lower-case digits", data);
    }
    return { index, name, data, as };
  });
}

const isObject = (value) => typeof value === "object" && value !== null;
const isDigest = (data) => isObject(data) && typeof data.sha256 === "string" && /^[0-9a-f]{64}$/.test(data.sha256);
const isReadable = (data) =>
  bytesIn(data) !== undefined || data instanceof ReadableStream || (isObject(data) && typeof data.stream === "function");
const isWrapped = (given) => isObject(given) && !isReadable(given) && ("data" in given || "unread" in given);
const isOne = (files) => isReadable(files) || isWrapped(files) || isDigest(files);

function iterable(files) {
  if (typeof files?.[Symbol.iterator] !== "function") throw misuse("files", "a file, or a list of files", files);
  return files;
}

/** A stream of the bytes of what was given. */
export function streamOf(data) {
  if (data instanceof ReadableStream) return data;
  const bytes = bytesIn(data);
  if (!bytes && isReadable(data)) return data.stream();
  if (!bytes) throw misuse("data", "bytes, a Blob or a ReadableStream", data);
  // Large ones in pieces, so that an abort is noticed on the way.
  const PIECE = 4 * 1024 * 1024;
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += PIECE)));
      else controller.close();
    },
  });
}

/** What was given, as the driver digests it. */
export function sourceOf(data) {
  if (data instanceof Blob) return data;
  const stream = () => streamOf(data);
  const bytes = bytesIn(data);
  // A copy: the caller's own may change while it is looked at.
  return bytes ? { size: bytes.length, arrayBuffer: async () => new Uint8Array(bytes).buffer, stream } : { stream };
}

/** The same files as the driver takes them, read once. */
export async function digestFiles(wasm, files, { signal, onProgress, reader }) {
  // A stream is read once: whatever another file, a layout say, may ask of it is found out on the way.
  const reading = files.length > 1 ? reader : async () => null;
  const ready = [];
  for (const file of files) {
    const watch = {
      signal,
      progress: (done) => onProgress?.({ kind: "reading", name: file.name, file: file.index, done }),
    };
    ready.push(known(file) ?? (await read(wasm, file, watch, reading)));
  }
  return ready;
}

// A file of which nothing is there but its digest, or the reason why it was not read.
function known({ index, name, data, unread }) {
  if (unread !== undefined) return { index, name, add: (session) => session.add_unread(name, unread) };
  if (isDigest(data)) return { index, name, add: (session) => session.add_digest(name, data.sha256) };
  return undefined;
}

async function read(wasm, { index, name, data, as }, watch, reading) {
  const reader = data instanceof ReadableStream ? await reading() : undefined;
  let digested;
  try {
    digested = await digest(wasm, sourceOf(data), watch, reader && ((piece) => reader.update(piece)));
  } catch (error) {
    if (!isTrap(error)) reader?.free();
    throw error;
  }
  const contents = reader ? reader.finish() : reader; // which frees it
  return { index, name, ...digested, contents, add: adding(as, name, digested), stream: () => streamOf(data) };
}

// How a file is added that is not to be recognised by its content.
function adding(as, name, { digests, bytes }) {
  switch (as) {
    case "artifact":
      return (session) => session.add_artifact(name, digests);
    case "link":
      if (!bytes) throw new TypeError(`${name}: too large for a link`);
      return (session) => session.add_link(name, bytes);
    default:
      return undefined;
  }
}
