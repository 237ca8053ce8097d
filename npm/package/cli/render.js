// The report on a terminal, word for word as the rekor command prints it. It says what the report says, and decides
// nothing.

// Whatever could steer a terminal, end a line, or turn the reading direction.
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

/** A text on one line that steers nothing: names and sentences come from strangers. */
export function printable(text) {
  return text.replace(STEERING, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/** JSON that steers nothing. Its own line feeds stand between tokens. */
export function escaped(json) {
  const escape = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.replace(STEERING, (character) => (character === "\n" ? character : escape(character)));
}

const VERDICTS = { verified: "VERIFIED", "not-verified": "NOT VERIFIED", "could-not-tell": "COULD NOT TELL" };

const MARKS = {
  passed: "passed     ",
  failed: "FAILED     ",
  untrusted: "untrusted  ",
  "not-checked": "not checked",
};

const BUNDLE_KINDS = {
  "npm-attestation": "npm attestation",
  "pypi-attestation": "PyPI attestation (PEP 740)",
  "github-attestation": "GitHub artifact attestation",
  attestation: "signed statement",
  envelope: "signed envelope",
  blob: "signature",
  "cosign-bundle": "cosign bundle (older form)",
  unknown: "Sigstore bundle",
};

const INDENT = " ".repeat(27);

/** The whole report as text: verdict, what belongs where, every check; with `explain`, what each is about. */
export function human(report, explain = false) {
  // Each line is made printable by itself, so that no name or sentence can forge a line.
  const lines = [
    `${VERDICTS[report.verdict]}: ${report.headline}`,
    "",
    ...report.artifacts.flatMap(artifact),
    ...report.layouts.flatMap(layout),
    // Whose signature a link needs, a layout says.
    ...report.links.flatMap((one) => link(one, report.layouts.length === 0 ? "a key that you did not name" : "the key")),
    ...report.bundles.flatMap((one) => bundle(one, report.checks)),
    ...report.receipts.map(receipt),
    ...report.rekor_entries.flatMap(rekorEntry),
    ...report.keys.filter(({ expected }) => !expected).map(offeredKey),
    ...report.unrecognised.map(({ name, sentence }) => `not read  ${name}: ${sentence}`),
    "",
    ...report.checks.flatMap((one) => [...check(one), ...(explain ? [INDENT + one.explanation] : [])]),
    "",
    `As of ${utc(report.time.seconds)}, by ${report.time.source}.`,
    ...alarm(report.log?.alarm),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function artifact({ subject, name, sha256, product, bundle, rekor_entry }) {
  const lines = [`${subject}  ${name}  sha256:${sha256}`];
  if (product) {
    const source = product.builder === null ? `the step ${product.step}` : `the build by ${product.builder}`;
    lines.push(`    product ${product.path} of ${source} (${product.link})`);
  }
  if (bundle) lines.push(`    what ${bundle} is about`);
  if (rekor_entry) lines.push(`    what ${rekor_entry} records`);
  return lines;
}

const signedBy = ({ name, fingerprint, scheme }, stranger) =>
  `    signed by ${name ?? stranger}: ${fingerprint} (${scheme})`;

function link({ subject, name, sha256, keys, entry, others, more }, stranger) {
  const lines = [`${subject}  ${name ?? "(found in the log)"}  sha256:${sha256}`];
  lines.push(...keys.map((key) => signedBy(key, stranger)));
  if (entry) lines.push(`    entry #${entry.index} ${entry.uuid}${logsWord(entry.time)}`);
  const count = others.length + more;
  if (count > 0) {
    lines.push(`    ${count === 1 ? "1 other entry decides" : `${count} other entries decide`} nothing`);
  }
  return lines;
}

const logsWord = (time) => (time === null ? "" : `, at ${utc(time)} (the log's word)`);

// The chain of steps, each with the links that count for it.
function layout({ subject, name, expires, keys, steps, inspections }) {
  const lines = [`${subject}  ${name}  valid until ${utc(expires)}`];
  lines.push(...keys.map((key) => signedBy(key, "a key that you did not name")));
  for (const { outcome, name, threshold, links } of steps) {
    const counted = links.length === 0 ? "no link" : links.join(", ");
    lines.push(`    ${MARKS[outcome]}  step ${name} (needs ${threshold}): ${counted}`);
  }
  for (const { outcome, name, run } of inspections) {
    lines.push(`    ${MARKS[outcome]}  inspection ${name}: ${run.join(" ")}`);
  }
  return lines;
}

// Whether the signature is by whom the bundle names: anybody can make a certificate in anybody's name.
function signerHolds({ subject, signer }, checks) {
  const holds = (id) => checks.some((one) => one.subject === subject && one.id === id && one.outcome === "passed");
  return holds("bundle-signature") && (signer.identity === null || holds("bundle-certificate"));
}

function bundle(report, checks) {
  const { subject, name, kind, signer, times, entry, predicate_type } = report;
  const lines = [`${subject}  ${name}  ${BUNDLE_KINDS[kind]}`];
  if (signer) {
    const { identity, fingerprint, issuer } = signer;
    const voucher = issuer === null ? "" : `, vouched for by ${issuer}`;
    const how = signerHolds(report, checks) ? "signed by" : "says that it is signed by";
    lines.push(`    ${how} ${identity ?? fingerprint ?? "an unnamed key"}${voucher}`);
  }
  if (predicate_type !== null) lines.push(`    states ${predicate_type}`);
  lines.push(...times.map(({ time, voucher }) => `    at ${utc(time)}, by ${voucher}`));
  if (entry) {
    lines.push(`    entry #${entry.index} of ${entry.log ?? "a log that the trusted root does not name"} (${entry.kind})`);
  }
  return lines;
}

function receipt({ subject, name, index, origin }) {
  const entry = index === null ? "" : `  entry #${index}`;
  return `${subject}  ${name}${entry}${origin === null ? "" : ` of ${origin}`}`;
}

function rekorEntry({ subject, name, kind, key, index, log, time }) {
  const lines = [`${subject}  ${name}  ${kind ?? "not read"}`];
  if (key) lines.push(signedBy(key, "a key that you did not name"));
  if (index !== null) {
    lines.push(`    entry #${index} of ${log ?? "a log that the trusted root does not name"}${logsWord(time)}`);
  }
  return lines;
}

const offeredKey = ({ name, fingerprint }) => `key  ${name}  ${fingerprint} came along with the files, and is not counted`;

function check({ outcome, subject, sentence, required, evidence }) {
  // The long names of entries and logs stand above; here `entry` and `log` say enough.
  const short = subject.split(" ")[0].padEnd(12);
  const lines = [`${MARKS[outcome]}  ${short} ${sentence}${required ? "" : " (decides nothing)"}`];
  if (outcome === "failed") {
    const shown = ["path", "expected", "found"].filter((key) => key in evidence);
    lines.push(...shown.map((key) => `${INDENT}${key}: ${JSON.stringify(evidence[key])}`));
  }
  return lines;
}

function alarm(text) {
  if (!text) return [];
  const advice = "Do not rely on this log. Once you know what happened: `rekor log forget` with its address or its key.";
  return ["", `ALARM: ${text}`, advice];
}

// Seconds since 1970 as `2026-03-03 12:00:00 UTC`.
function utc(seconds) {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  // Beyond the year 9999; a log may say anything.
  if (!(year >= 0 && year <= 9999)) return `${seconds} seconds after 1970`;
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
