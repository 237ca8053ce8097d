// What the package takes and gives, in all of its entries. The report's own types are made from its schema: report.d.ts.

import type { Report } from "./report.js";

export type * from "./report.js";

/** The bytes of a file. A `ReadableStream` is read once; anything else may be read again, where a layout asks for it. */
export type Bytes = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | { stream(): ReadableStream<Uint8Array> };

/** A file of which nothing is at hand but its SHA-256, 64 lower-case hexadecimal digits. It can only be an artifact. */
export interface KnownDigest {
  sha256: string;
  name?: string;
}

/** A file under a name. What it is, is recognised by its content, unless `as` says so. */
export interface NamedFile {
  /** For display, and because layouts name files: with the folders in front of it where it came from one. */
  name: string;
  data: Bytes | KnownDigest;
  as?: "link" | "artifact";
}

/** Something that could not be read, and why: the report says so too. */
export interface UnreadFile {
  name: string;
  unread: string;
}

/** One file: a `File` has a name; without one it is called `file[0]` by its place. */
export type Input = Bytes | KnownDigest | NamedFile | UnreadFile;

/** A key that must have signed, in any form that is read: PEM, in-toto JSON, X.509, OpenPGP, OpenSSH, minisign. */
export interface Signer {
  name?: string;
  key: string | Uint8Array | ArrayBuffer;
}

/** Who must have signed a Sigstore bundle: exactly `identity`, or one that fits `pattern` (`*` is any text without `/`,
 * `**` any text), as `issuer` vouches for it. */
export type Identity = { identity: string; pattern?: undefined; issuer: string } | { identity?: undefined; pattern: string; issuer: string };

/** How far it is: a file is read, or a module that is needed for some of them is on its way. */
export type Progress = { kind: "reading"; name: string; file: number; done: number } | { kind: "loading" };

/** What can be watched, and ended. */
export interface Watch {
  /** Ends the call, which is then rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called several times a second at most. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** Whom the caller trusts, chosen apart from the evidence; nothing is trusted by default. */
export interface VerifyOptions extends Watch {
  /** The logs and witnesses that count: a C2SP tlog-policy file's text. */
  policy?: string | undefined;
  /** Who must have signed: keys, all of them; or the text of a signers file, which can ask for some of many. */
  signers?: Signer[] | string | undefined;
  /** Who must have signed a Sigstore bundle. */
  identity?: Identity | undefined;
  /** Whose word counts for Sigstore bundles: `production` unless given, `staging`, or a trusted_root.json's text. */
  trustedRoot?: "production" | "staging" | (string & {}) | undefined;
  /** What the parameters of layouts stand for. */
  parameters?: Record<string, string> | undefined;
  /**
   * The base address of the log to ask, or of several. Without it, those that the policy names. They are asked one after
   * the other, the next one only where those before it leave something open.
   */
  log?: string | URL | readonly (string | URL)[] | undefined;
  /** Ask no log: what the files prove by themselves. */
  offline?: boolean | undefined;
  /** What an earlier verification gave to be remembered. */
  seen?: string | null | undefined;
  /** The time of the checks, in seconds since 1970 where it is a number; without it, this computer's clock. */
  now?: Date | number | { seconds: number; source: string } | undefined;
  /** Makes the requests, instead of the environment's own. */
  fetch?: typeof globalThis.fetch | undefined;
  /** How long to wait for an answer, in milliseconds: 10,000 unless given. */
  timeout?: number | undefined;
}

/** The end of a verification. */
export interface Verification {
  /** The report; `report.verdict` is the answer. */
  report: Report;
  /** The report as text, as `rekor verify --json` prints it. */
  json: string;
  /** What is to be remembered of the log, and given again as `seen`: a log that rewrites its past is found out by it. */
  seen: string;
  /** The proofs of records, to be kept with the links, and checked offline. */
  receipts: { name: string; text: string }[];
}

/** The digests of a file, lower-case hexadecimal, and its size in bytes. */
export interface Digests {
  sha256: string;
  sha512: string;
  size: number;
}

/** A public key: the SHA-256 of its SPKI DER form, its signature scheme, and its one canonical form. */
export interface KeyDescription {
  fingerprint: string;
  scheme: string;
  pem: string;
}

/** What a policy says. */
export interface PolicyDescription {
  logs: { origin: string; vkey: string; fingerprint: string; url: string | null }[];
  witnesses: { name: string }[];
  quorum: "none" | "witnesses";
}

/** A checkpoint that a log of the policy signed. */
export interface SignedCheckpoint {
  origin: string;
  /** How many leaves the tree has, a decimal number that may pass 2⁵³. */
  size: string;
  /** Hexadecimal. */
  root: string;
  vkey: string;
  /** Witnesses of the policy whose cosignatures hold, and when each says that it signed, in seconds since 1970. */
  cosignatures: { name: string; time: number | null }[];
  /** Whether they are as many as the policy asks for. */
  quorum: boolean;
}

/** A receipt (C2SP tlog-proof) as read; nothing in it has been checked. */
export interface Receipt {
  /** The entry's place in the log, from 0, a decimal number that may pass 2⁵³. */
  index: string;
  /** The inclusion proof, hexadecimal, from the leaf's sibling up. */
  hashes: string[];
  /** A signed note, to be read by `openCheckpoint`. */
  checkpoint: string;
  /** Base64; in Rekor's own receipts, the entry's bytes. */
  extra: string;
}

/** A SHA-256: 32 bytes, 64 lower-case hexadecimal digits, or their base64. */
export type Hash = string | Uint8Array | ArrayBuffer;

/** A small file as a whole; a text stands for its UTF-8. */
export type SmallFile = string | Uint8Array | ArrayBuffer | Blob;

/** Whether a proof holds, and else why not. */
export type ProofResult = { holds: true } | { holds: false; why: string };

/** The package's functions. */
export interface Verifier {
  /**
   * Checks whatever came with a release, and reports: in-toto links and layouts, Sigstore bundles, receipts, entries of
   * Rekor logs, keys, and the files themselves, in any order.
   *
   * Rejected only for misuse, for a file that could not be read, and for an abort: whatever the files hold, and whatever
   * a log answers, gives a report.
   */
  verify(files: Input | Iterable<Input>, options?: VerifyOptions): Promise<Verification>;
  /** The digests of a file of any size, in constant memory. */
  digest(data: Bytes, watch?: Watch): Promise<Digests>;
  /** What key a file holds; rejected where it is none. Of a certificate with several, the first that signs. */
  describeKey(key: SmallFile): Promise<KeyDescription>;
  /** What a C2SP tlog-policy says; rejected where it cannot be read. */
  describePolicy(text: string): Promise<PolicyDescription>;
  /** Opens a log's checkpoint (C2SP signed note) under a policy; rejected where no log of it signed, or badly. */
  openCheckpoint(note: SmallFile, policy: string): Promise<SignedCheckpoint>;
  /** Reads a receipt; rejected where it is none. To have it checked, give it to `verify` with its link. */
  readReceipt(receipt: SmallFile): Promise<Receipt>;
  /** The hash of a leaf (RFC 6962 §2.1), hexadecimal. */
  leafHash(entry: SmallFile): Promise<string>;
  /** Whether leaf `index` of the tree of `size` leaves under `root` has the hash `leaf` (RFC 6962 §2.1.1). */
  verifyInclusion(claim: {
    index: number | bigint;
    size: number | bigint;
    leaf: Hash;
    proof: Hash[];
    root: Hash;
  }): Promise<ProofResult>;
  /** Whether the older tree is the beginning of the newer one (RFC 6962 §2.1.2). */
  verifyConsistency(claim: {
    oldSize: number | bigint;
    newSize: number | bigint;
    oldRoot: Hash;
    newRoot: Hash;
    proof: Hash[];
  }): Promise<ProofResult>;
  /** What is remembered, `seen`, without one log: for when a person has dealt with its alarm. */
  forgetLog(seen: string, vkey: string): Promise<string>;
  /** What is remembered now, `current`, with what a verification made of `before`: `after`. */
  mergeSeen(current: string, before: string, after: string): Promise<string>;
}
