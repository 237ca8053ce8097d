// What this user keeps between calls, where the rekor command keeps it: the logs that they trust (C2SP tlog-policy) and
// the checkpoints that they have seen. `$REKOR_HOME`, or `~/.rekor`.

import { lstat, mkdir, open, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { Trouble } from "./trouble.js";

export class Home {
  #folder = process.env.REKOR_HOME || path.join(homedir(), ".rekor");

  get logsFile() {
    return path.join(this.#folder, "trusted-logs");
  }

  /** The policy with the trusted logs; undefined where nothing was stored yet. */
  trustedLogs() {
    return read(this.logsFile);
  }

  /** The remembered checkpoints; undefined on a first visit. An unreadable memory is trouble, never an empty one. */
  seen() {
    return read(path.join(this.#folder, "seen.json"));
  }

  /** Changes the remembered checkpoints as they are now: other calls may have stored theirs meanwhile. */
  async changeSeen(change) {
    const file = path.join(this.#folder, "seen.json");
    await mkdir(this.#folder, { recursive: true });
    const temporary = path.join(this.#folder, `seen.${process.pid}.new`);
    const text = await change(await this.seen());
    const out = await open(temporary, "w");
    try {
      await out.writeFile(text);
      await out.sync();
    } finally {
      await out.close();
    }
    // As a whole, so that a crash leaves the old one or the new one.
    await rename(temporary, file);
  }
}

// The text of a file, undefined where there is none. A symbolic link that leads nowhere is trouble: what it led to may
// only be out of reach, and is not to be replaced.
async function read(file) {
  try {
    await lstat(file);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
  }
  return readFile(file, "utf8").catch((error) => {
    throw new Trouble(`${file}: ${error.message}`);
  });
}
