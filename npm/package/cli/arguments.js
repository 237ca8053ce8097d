// The command line, as `rekor verify` takes it.

import { parseArgs } from "node:util";
import { Trouble } from "./trouble.js";

export const HELP = `Check on this machine who signed a file, and whether a log recorded it

Usage: rekor-verifier <COMMAND>

Commands:
  verify  Check whatever came with a release, and report

Options:
  -h, --help     Print help
  -V, --version  Print version

Exit codes: 0 verified, 1 not verified, 2 could not tell (or trouble).
`;

export const VERIFY_HELP = `Check whatever came with a release, and report

Files are recognised by their content: links (metablock, DSSE, statements, SLSA provenance), layouts, Sigstore bundles,
receipts, entries of Rekor logs, public keys; everything else is an artifact whose origin is in question. Keys among the
files are shown and never counted: name the signer that you expect. Nothing leaves this machine but digests and public
keys.

Usage: rekor-verifier verify [OPTIONS] [PATH]...

Arguments:
  [PATH]...  Files, and folders of them

Options:
      --linkfile <F>                A link, whatever it looks like; may be given several times
      --artifact <A>                A file whose origin is in question; may be given several times
      --offline                     Ask no log: what the files prove by themselves
      --tlog_id <N>                 The log's tree ID, a decimal number
      --server <URL>                The server's address [env: REKOR_SERVER=]
      --log-key <VKEY|FILE>         Trust this log: its vkey, or a file that holds it
      --policy <FILE>               Trust the logs and witnesses of this C2SP tlog-policy file
      --signers <FILE>              Expect the signers of this file
      --public-key <K>              Expect a signature by this key; given several times, by every one of them
      --time <TIME>                 Check as of this time, 2026-01-31T12:00:00Z say
      --timeout <SECONDS>           Give up on a request after so many seconds [default: 10]
      --identity <WHO>              Expect a Sigstore bundle by this identity
      --identity-pattern <PATTERN>  The same as a pattern: * is any text without /, ** any text
      --issuer <URL>                Who vouches for the identity
      --trusted-root <FILE>         Take Sigstore's authorities and logs from this trusted_root.json
      --staging                     Use Sigstore's staging instance, which is for tests
      --param <NAME=VALUE>          What a parameter of the layout stands for
      --json                        Print the report as JSON
      --explain                     Explain each check at length
  -h, --help                        Print help

The logs that are trusted, and what was seen of them, are those of the rekor command: ~/.rekor (REKOR_HOME).

Exit codes: 0 verified, 1 not verified, 2 could not tell (or trouble).
`;

const text = { type: "string", multiple: true };
const flag = { type: "boolean", multiple: true };

const OPTIONS = {
  linkfile: text,
  artifact: text,
  offline: flag,
  tlog_id: text,
  "tlog-id": text,
  server: text,
  "log-key": text,
  policy: text,
  signers: text,
  "public-key": text,
  time: text,
  timeout: text,
  identity: text,
  "certificate-identity": text,
  "identity-pattern": text,
  issuer: text,
  "certificate-oidc-issuer": text,
  "trusted-root": text,
  staging: flag,
  param: text,
  json: flag,
  explain: flag,
  help: { ...flag, short: "h" },
};

const SEVERAL = ["linkfile", "artifact", "public-key", "param"];
const SAME = { "tlog-id": "tlog_id", "certificate-identity": "identity", "certificate-oidc-issuer": "issuer" };
const EXCLUSIVE = [
  ["log-key", "policy"],
  ["identity", "identity-pattern"],
  ["staging", "trusted-root"],
];

/** The options by their names; those that can be given several times as lists. */
export function parse(words) {
  let parsed;
  try {
    parsed = parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Trouble(error.message);
  }
  const options = { paths: parsed.positionals };
  for (const name of SEVERAL) options[name] = parsed.values[name] ?? [];
  for (const [given, values] of Object.entries(parsed.values)) {
    const name = SAME[given] ?? given;
    if (SEVERAL.includes(name)) continue;
    if (values.length > 1 || name in options) throw new Trouble(`--${name} cannot be used several times`);
    options[name] = values[0];
  }
  for (const [one, other] of EXCLUSIVE) {
    if (one in options && other in options) throw new Trouble(`--${one} cannot be used with --${other}`);
  }
  return options;
}
