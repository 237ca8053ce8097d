// Made of docs/report.schema.json by the test that compares the two: do not edit.

/** The result of a verification. */
export interface Report {
  /** `VERSION`. */
  version: number;
  /** The time that checks used which depend on time. */
  time: Time;
  /** What the required checks amount to. */
  verdict: Verdict;
  /** The verdict in plain words. */
  headline: string;
  /** Every check, those that the verdict depends on marked as required. */
  checks: Check[];
  /** The artifacts, in the order in which they were given. */
  artifacts: ArtifactReport[];
  /** The links that were given, then those that were found and decided something. */
  links: LinkReport[];
  /** The layouts that were given, without those that stand for a step of another. */
  layouts: LayoutReport[];
  /** The Sigstore bundles that were given. */
  bundles: BundleFileReport[];
  /** The receipts that were given. */
  receipts: ReceiptReport[];
  /** The entries of Rekor logs that were given. */
  rekor_entries: RekorEntryReport[];
  /** Keys that came with the evidence: shown, never counted. */
  keys: KeyReport[];
  /** Files that are nothing that can be read here. */
  unrecognised: Unrecognised[];
  /** The log that was asked. */
  log: LogReport | null;
}

/** A time, and who vouches for it. */
export interface Time {
  /** Seconds since 1970. */
  seconds: number;
  /** Who says so: `this computer's clock`, say. */
  source: string;
}

/** What the required checks amount to. */
export type Verdict =
  /** Every required check passed. */
  | "verified"
  /** A required check failed. */
  | "not-verified"
  /** None failed, but not all passed. */
  | "could-not-tell";

/** One check. */
export interface Check {
  /** What was checked. */
  id: CheckId;
  /** On what: `artifact[1]`, `link[0]`, `entry <UUID>`, `log <origin>`. */
  subject: string;
  /** What came of it. */
  outcome: Outcome;
  /** Whether the verdict depends on it. */
  required: boolean;
  /** One sentence for people. */
  sentence: string;
  /** What the check is about, what its outcome means and what to do, for those who want to know. */
  explanation: string;
  /** The evidence, for machines and for those who look closer. */
  evidence: Record<string, unknown>;
}

/** The checks there are, each under the identifier that stays with it. */
export type CheckId =
  /** The file is a well-formed link file. */
  | "link-format"
  /** The link is signed by the signers whom the reader named. */
  | "link-signature"
  /** The artifact is a product of a link. */
  | "artifact-product"
  /** The log knows the file. */
  | "lookup"
  /** The leaf is what the link gives. */
  | "entry-leaf"
  /** The bytes that the log returned are those it recorded. */
  | "entry-body"
  /** The digest list is the one that the link gives. */
  | "entry-digest-list"
  /** The leaf stands in the tree at its index. */
  | "entry-inclusion"
  /** The proof that came with the entry agrees with the checkpoint. */
  | "entry-answer"
  /** The checkpoint is signed by a log that the reader trusts. */
  | "log-checkpoint"
  /** Enough of the reader's witnesses cosigned the checkpoint. */
  | "log-quorum"
  /** The log kept the history that this reader saw before. */
  | "log-consistency"
  /** The file is a well-formed receipt. */
  | "receipt-format"
  /** The file is a well-formed layout. */
  | "layout-format"
  /** The layout is signed by the signers whom the reader named. */
  | "layout-signature"
  /** The layout has not expired at the time used. */
  | "layout-expiry"
  /** Enough of the people whom the layout names carried out the step. */
  | "step-links"
  /** The links of one step state the same materials and products. */
  | "step-agreement"
  /** The command that was run is the one that the layout expects. */
  | "step-command"
  /** What the step took and made follows the layout's rules. */
  | "step-rules"
  /** The layout that stands for a step holds by itself. */
  | "sublayout"
  /** The inspection was carried out. */
  | "inspection-run"
  /** What the inspection found follows the layout's rules. */
  | "inspection-rules"
  /** The file is a well-formed Sigstore bundle. */
  | "bundle-format"
  /** The signer's certificate leads to an authority of the trusted root. */
  | "bundle-certificate"
  /** A certificate transparency log of the trusted root promised to record the certificate. */
  | "bundle-sct"
  /** Somebody whom the trusted root names vouches for the time of signing. */
  | "bundle-timestamp"
  /** The signature is by the key of the certificate, or by the managed key that the reader named. */
  | "bundle-signature"
  /** The artifact is what was signed. */
  | "bundle-subject"
  /** The log entry is about this bundle. */
  | "bundle-log-entry"
  /** The log entry stands in the log's tree. */
  | "bundle-inclusion"
  /** The tree head is signed by a log of the trusted root. */
  | "bundle-checkpoint"
  /** The log's signed statement of when it took the entry holds. */
  | "bundle-entry-timestamp"
  /** The certificate was issued to whom the reader expects. */
  | "bundle-identity"
  /** The file is a well-formed answer of a Rekor log. */
  | "rekor-entry-format"
  /** A Rekor log's entry is about the artifact. */
  | "rekor-entry-statement"
  /** The signature in a Rekor log's entry is by the signers whom the reader named. */
  | "rekor-entry-signature"
  /** A Rekor log's signed statement of when it took the entry holds. */
  | "rekor-entry-timestamp";

/** What came of one check. */
export type Outcome =
  /** It holds. */
  | "passed"
  /** The evidence contradicts the claim. */
  | "failed"
  /** Sound, but by nobody whom the reader named. */
  | "untrusted"
  /** Input was missing, its format is not supported, or nobody answered. */
  | "not-checked";

/** An artifact and where it belongs. */
export interface ArtifactReport {
  /** `artifact[i]`. */
  subject: string;
  /** The name that it was given under; says nothing about what it is. */
  name: string;
  /** Bytes; none where the file is not at hand, only its SHA-256. */
  size: number | null;
  /** Hexadecimal. */
  sha256: string;
  /** Hexadecimal; none where the file is not at hand. */
  sha512: string | null;
  /** The outcome of its product check. */
  outcome: Outcome;
  /** The product that it is, where it is one. */
  product: Product | null;
  /** The bundle that it is the subject of: `bundle[i]`. */
  bundle: string | null;
  /** The entry of a Rekor log that records it: `rekor-entry[i]`. */
  rekor_entry: string | null;
}

/** A product of a step. */
export interface Product {
  /** The link that names it: `link[i]`. */
  link: string;
  /** Name of the step; empty for provenance, which names a builder instead. */
  step: string;
  /** Who built, a URI; only provenance says so. */
  builder: string | null;
  /** Path under which the link names it. */
  path: string;
  /** How many products the step has. */
  of: number;
}

/** A link file, given or found. */
export interface LinkReport {
  /** `link[i]`. */
  subject: string;
  /** The name that it was given under; `None` where it was found in the log. */
  name: string | null;
  /** How it was written: `metablock-link`, `dsse-link`, `statement-link` or `statement-provenance`; `None` where it could not be read. */
  form: string | null;
  /** Name of the step; `None` where the file could not be read, and for provenance, which names none. */
  step: string | null;
  /** Who built, a URI; only provenance says so. */
  builder: string | null;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
  /** The keys that have to do with it. */
  keys: SignerReport[];
  /** The entry that decided. */
  entry: EntryReport | null;
  /** Entries that decided nothing. */
  others: OtherEntry[];
  /** How many more there are, beyond those that were fetched. */
  more: number;
}

/** A key that signed. */
export interface SignerReport {
  /** SHA-256 of its SPKI DER, hexadecimal. */
  fingerprint: string;
  /** The reader's name for it; `None` where the reader did not name it. */
  name: string | null;
  /** in-toto's name of its scheme. */
  scheme: string;
}

/** An entry of a log. */
export interface EntryReport {
  /** Tree ID and leaf hash, 80 hexadecimal digits. */
  uuid: string;
  /** Position in the tree, from 0. */
  index: number;
  /** When it was recorded, in seconds since 1970: the log's word. */
  time: number | null;
  /** The receipt that proves it: `receipt[i]`; `None` where the log itself did. */
  receipt: string | null;
}

/** An entry that was looked at and decided nothing. */
export interface OtherEntry {
  /** Tree ID and leaf hash, 80 hexadecimal digits. */
  uuid: string;
  /** Position in the tree, from 0. */
  index: number;
  /** Why it decided nothing. */
  sentence: string;
}

/** A layout: the owner's rule for a chain of steps. */
export interface LayoutReport {
  /** `layout[i]`. */
  subject: string;
  /** The name that it was given under. */
  name: string;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
  /** The keys that signed it. */
  keys: SignerReport[];
  /** When it ends, in seconds since 1970. */
  expires: number;
  /** The steps, in the order in which they are carried out. */
  steps: StepReport[];
  /** What the receiver does with the product. */
  inspections: InspectionReport[];
}

/** A step of a layout. */
export interface StepReport {
  /** Its name. */
  name: string;
  /** How many people have to carry it out. */
  threshold: number;
  /** The links that count for it: `link[i]`. */
  links: string[];
  /** What its checks come to. */
  outcome: Outcome;
}

/** An inspection of a layout. */
export interface InspectionReport {
  /** Its name. */
  name: string;
  /** The command, word by word. */
  run: string[];
  /** What its checks come to. */
  outcome: Outcome;
}

/** A Sigstore bundle of the reader's. */
export interface BundleFileReport {
  /** `bundle[i]`. */
  subject: string;
  /** The name that it was given under. */
  name: string;
  /** The artifacts that it is about: `artifact[i]`; none where nothing that was given is. */
  artifacts: string[];
  /** What kind of bundle it is. */
  kind: BundleKind;
  /** Its media type, which states the version of its format. */
  media_type: string | null;
  /** What a signed statement is about, as it says itself. */
  subjects: BundleSubject[];
  /** The type of a signed statement's predicate. */
  predicate_type: string | null;
  /** Who signed, as the certificate says; trusted as far as the checks go. */
  signer: BundleSigner | null;
  /** The log entry, as the bundle says. */
  entry: BundleEntry | null;
  /** The times that somebody whom the trusted root names vouches for. */
  times: BundleTime[];
  /** Whose word counted. */
  trust: TrustReport;
  /** Every check. */
  checks: Check[];
}

/** What kind of bundle it is. */
export type BundleKind =
  /** How an npm package was built, or that it was published. */
  | "npm-attestation"
  /** How a Python distribution was published, or built (PEP 740). */
  | "pypi-attestation"
  /** An attestation made by GitHub's own action. */
  | "github-attestation"
  /** Any other signed statement about artifacts. */
  | "attestation"
  /** A signed envelope that holds something else. */
  | "envelope"
  /** A signature over a file, as `cosign sign-blob` and the signing clients of Python and JavaScript make it. */
  | "blob"
  /** What cosign wrote before there was a bundle format: a signature, and the log's promise to record it. */
  | "cosign-bundle"
  /** It could not be read. */
  | "unknown";

/** An artifact that a statement is about. */
export interface BundleSubject {
  /** Its name; may be empty. */
  name: string;
  /** Hexadecimal digests by algorithm. */
  digests: Record<string, string>;
}

/** Who signed. */
export interface BundleSigner {
  /** The e-mail address or URI of the certificate; `None` for a managed key. */
  identity: string | null;
  /** The OpenID Connect issuer. */
  issuer: string | null;
  /** SHA-256 of the SPKI DER of the key, hexadecimal. */
  fingerprint: string | null;
  /** Start of the certificate's validity, seconds since 1970. */
  not_before: number | null;
  /** End of the certificate's validity, seconds since 1970. */
  not_after: number | null;
  /** What the certificate says of the build, by name: `source_repository`, `source_ref`, `source_digest`, `workflow`, `workflow_digest`, `trigger`, `run`, `runner`. */
  claims: Record<string, string>;
}

/** The entry of a transparency log. */
export interface BundleEntry {
  /** The log's ID, hexadecimal. */
  log_id: string;
  /** The log's base address, where the trusted root names the log. */
  log: string | null;
  /** The index over all trees of the log, from 0. */
  index: number;
  /** Kind and version: `hashedrekord 0.0.1`. */
  kind: string;
  /** When the log says it took the entry, seconds since 1970; `None` where it says nothing. */
  integrated_time: number | null;
}

/** A time of signing, and who vouches for it. */
export interface BundleTime {
  /** Seconds since 1970. */
  time: number;
  /** A timestamp authority by its address, or a log. */
  voucher: string;
}

/** Whose word counted. */
export interface TrustReport {
  /** In words: `Sigstore's public instance`. */
  name: string;
  /** The date of an embedded root, `2026-10-23`; `None` for the reader's own. */
  taken: string | null;
}

/** A receipt: the proof of an entry, kept as a file. */
export interface ReceiptReport {
  /** `receipt[i]`. */
  subject: string;
  /** The name that it was given under. */
  name: string;
  /** Origin of the log, where the checkpoint could be read. */
  origin: string | null;
  /** Number of entries under its checkpoint. */
  size: number | null;
  /** Position of the entry that it proves, from 0. */
  index: number | null;
}

/** An entry of a Rekor log, kept as a file, which may hold several, or given by a log that the policy names. */
export interface RekorEntryReport {
  /** `rekor-entry[i]`. */
  subject: string;
  /** The name that the file was given under. */
  name: string;
  /** Kind and version: `hashedrekord 0.0.1`; `None` where they could not be read. */
  kind: string | null;
  /** The log's base address, where the trusted root or the policy names the log. */
  log: string | null;
  /** The index over all trees of the log, from 0; `None` where the file could not be read. */
  index: number | null;
  /** When the log took it, in seconds since 1970, where the log signed that: its word. */
  time: number | null;
  /** The artifact that it records: `artifact[i]`. */
  artifact: string | null;
  /** The key by which the signature in the entry holds. */
  key: SignerReport | null;
}

/** A key that came with the evidence. */
export interface KeyReport {
  /** The name of its file. */
  name: string;
  /** SHA-256 of its SPKI DER, hexadecimal. */
  fingerprint: string;
  /** in-toto's name of its scheme. */
  scheme: string;
  /** The key as PEM. */
  pem: string;
  /** Whether the reader has named it as a signer, apart from the evidence. */
  expected: boolean;
}

/** A file that is nothing that can be read here. */
export interface Unrecognised {
  /** The name of the file. */
  name: string;
  /** What it looks like. */
  sentence: string;
}

/** The log that was asked. */
export interface LogReport {
  /** Its base address. */
  url: string;
  /** Its origin, where its checkpoint could be read. */
  origin: string | null;
  /** Whether the reader's policy names the key that signed. */
  trusted: boolean;
  /** Number of entries. */
  size: number | null;
  /** Root hash, base64. */
  root: string | null;
  /** What a person has to deal with: a changed key, a shrunk or forked tree. */
  alarm: string | null;
}
