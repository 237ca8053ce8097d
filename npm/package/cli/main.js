#!/usr/bin/env node
// `rekor-verifier verify`: what `rekor verify` does, in Node. Every verdict comes from the verifier; here are only
// options, files and a terminal.

import { readFile } from "node:fs/promises";
import { mergeSeen, verify } from "../node.js";
import { VERIFY_HELP, HELP, parse } from "./arguments.js";
import { given } from "./files.js";
import { Home } from "./home.js";
import { choices } from "./options.js";
import { escaped, human, printable } from "./render.js";
import { Trouble } from "./trouble.js";

const EXIT_CODES = { verified: 0, "not-verified": 1, "could-not-tell": 2 };

async function version() {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  return version;
}

async function check(words) {
  const options = parse(words);
  if (options.help) {
    process.stdout.write(VERIFY_HELP);
    return 0;
  }
  if (options.paths.length + options.linkfile.length + options.artifact.length === 0) {
    throw new Trouble("nothing to verify: give files or folders (see rekor-verifier verify --help)");
  }
  const home = new Home();
  const chosen = await choices(options, home);
  const before = await home.seen();
  const done = await verify(await given(options), { ...chosen, seen: before });
  await remember(home, before, done.seen);
  process.stdout.write(options.json ? escaped(done.json) : human(done.report, options.explain));
  return EXIT_CODES[done.report.verdict];
}

// Keeps what the visit saw. A report is not lost where that fails, but whoever reads it has to know.
async function remember(home, before, after) {
  if (after === (await mergeSeen(before ?? "", "", ""))) return;
  try {
    await home.changeSeen((now) => mergeSeen(now ?? "", before ?? "", after));
  } catch (error) {
    const why = printable(error.message);
    console.error(
      `rekor-verifier: what was seen of the log could not be kept, so the next visit will not compare with it: ${why}`,
    );
  }
}

async function run([command, ...words]) {
  switch (command) {
    case "verify":
      return check(words);
    case "--version":
    case "-V":
      console.log(`rekor-verifier ${await version()}`);
      return 0;
    case "--help":
    case "-h":
    case "help":
      process.stdout.write(HELP);
      return 0;
    default:
      throw new Trouble(command === undefined ? "which command? There is verify" : `there is no command ${command}: there is verify`);
  }
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`rekor-verifier: ${printable(String(error?.message ?? error))}`);
    process.exitCode = 2;
  },
);
