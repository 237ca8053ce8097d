// The files that are named on the command line.

import { createReadStream } from "node:fs";
import { readFile, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { Trouble } from "./trouble.js";

// Bytes read at once.
const PIECE = 1024 * 1024;

// The most files that a folder may hold to be checked as a whole.
const MAX_FILES = 4096;

function trouble(file) {
  return (error) => {
    throw new Trouble(`${file}: ${error.message}`);
  };
}

export function readText(file) {
  return readFile(file, "utf8").catch(trouble(file));
}

/** All that the command line names, as `verify` takes it. */
export async function given({ linkfile, artifact, paths }) {
  const files = [
    ...linkfile.map((file) => ({ name: path.basename(file), data: opened(file), as: "link" })),
    ...artifact.map((file) => ({ name: path.basename(file), data: opened(file), as: "artifact" })),
  ];
  for (const root of paths) files.push(...(await walk(root)));
  return files;
}

// What opens a file anew each time that it is read.
function opened(file) {
  return { stream: () => Readable.toWeb(createReadStream(file, { highWaterMark: PIECE })) };
}

// The files under `root`: `root` itself, or all that a folder holds, and by name what is not read there.
//
// A folder may be of somebody else's making: links in it lead to files in it and nowhere else, so that the walk ends and
// no file of the reader's is taken for one of the folder's. What is no file is not opened: a pipe would never end.
async function walk(root) {
  const kind = await stat(root).catch(trouble(root));
  if (kind.isFile()) return [{ name: path.basename(root), data: opened(root) }];
  if (!kind.isDirectory()) throw new Trouble(`${root}: neither a file nor a folder`);
  const found = { files: [], unread: [] };
  await folder(root, "", await realpath(root), found);
  if (found.files.length + found.unread.length === 0) throw new Trouble(`${root}: an empty folder`);
  return [...found.files, ...found.unread];
}

async function folder(at, prefix, root, found) {
  const entries = await readdir(at, { withFileTypes: true }).catch(trouble(at));
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const entry of entries) {
    const [file, name] = [path.join(at, entry.name), prefix + entry.name];
    if (entry.isDirectory()) {
      await folder(file, `${name}/`, root, found);
    } else {
      const unread = await whyNot(file, entry, root);
      if (unread === undefined) found.files.push({ name, data: opened(file) });
      else found.unread.push({ name, unread });
    }
    if (found.files.length + found.unread.length > MAX_FILES) {
      throw new Trouble(`${at}: more than ${MAX_FILES} files`);
    }
  }
}

// Why what stands there is not read; undefined for a file.
async function whyNot(file, entry, root) {
  if (!entry.isSymbolicLink()) return entry.isFile() ? undefined : "neither a file nor a folder";
  let kind;
  let target;
  try {
    [kind, target] = [await stat(file), await realpath(file)];
  } catch {
    return "a link that leads nowhere";
  }
  if (kind.isDirectory()) return "a link to a folder";
  if (!kind.isFile()) return "a link to what is neither a file nor a folder";
  const inside = target === root || target.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
  return inside ? undefined : "a link to a file outside the folder that was given";
}
