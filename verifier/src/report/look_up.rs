//! What a look-up shows: entries of a log, each with what was checked about it. Nobody's word counts here but that of
//! the log which the reader's policy names; a key in an entry is shown and never trusted.

use super::{Check, LogReport, Outcome, SignerReport};
use crate::format::key::Holder;
use serde::Serialize;

/// The answer of one log, checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LookUpReport {
    /// The log.
    pub log: LogReport,
    /// Its checkpoint as it came, a signed note; `None` where there was none, or it is not text.
    pub checkpoint: Option<String>,
    /// Who signed the checkpoint, the log first.
    pub signatures: Vec<CosignatureReport>,
    /// How many entries the tree had that this reader remembers; `None` on a first visit.
    pub remembered_size: Option<u64>,
    /// The checks on the log.
    pub checks: Vec<Check>,
    /// The entries, in the order of the answer.
    pub entries: Vec<ItemReport>,
}

/// A signature line of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CosignatureReport {
    /// The name on the line: anybody may write any name.
    pub name: String,
    /// The policy's name for the key, where the policy names it and the signature holds.
    pub known: Option<String>,
    /// Whether it is the log's own.
    pub log: bool,
    /// When a witness signed, in seconds since 1970: its word; `None` for other signatures, and for unknown keys.
    pub time: Option<u64>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemReport {
    /// The entry's ID; what was asked for where nothing came.
    pub uuid: String,
    /// Position in the log, from 0.
    pub index: Option<u64>,
    /// When the log says that it was recorded, in seconds since 1970.
    pub time: Option<i64>,
    /// Kind and version, `link 0.0.1`; `None` where they could not be read.
    pub kind: Option<String>,
    /// What the checks come to, those on the log included.
    pub outcome: Outcome,
    /// The checks on this entry.
    pub checks: Vec<Check>,
    /// What the entry has to do with the digest that was asked about.
    pub roles: Vec<RoleReport>,
    /// The digests that it commits to.
    pub digests: Vec<DigestReport>,
    /// The keys in it whose signatures hold. Who they belong to, the entry cannot tell.
    pub keys: Vec<SignerReport>,
    /// Whom the certificate in it names; nothing here has checked whether the certificate counts.
    pub holder: Option<Holder>,
    /// The link that it records, where the log has the file and it is the recorded one.
    pub link: Option<LinkContents>,
    /// Its bytes, where they were asked for.
    pub raw: Option<RawReport>,
}

/// What an entry has to do with a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleReport {
    /// `link-file`, `signed-content`, `product`, `material`, `artifact`, `payload`, `envelope`, or `subject` of the
    /// attestation whose payload the entry commits to.
    pub role: &'static str,
    /// The path under which a link names it.
    pub path: Option<String>,
}

/// A digest that an entry commits to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DigestReport {
    /// What it is of: `link-file`, `digest-list`, `artifact`, `payload` or `envelope`.
    pub of: &'static str,
    /// `sha256`, …
    pub algorithm: String,
    /// Lower-case hexadecimal.
    pub value: String,
}

/// What a link states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkContents {
    /// `metablock-link`, `dsse-link`, `statement-link` or `statement-provenance`.
    pub form: &'static str,
    /// Name of the step; empty for provenance.
    pub step: String,
    /// Who built, a URI; only provenance says so.
    pub builder: Option<String>,
    /// The command, word by word.
    pub command: Vec<String>,
    /// What went in.
    pub materials: FilesReport,
    /// What came out.
    pub products: FilesReport,
    /// What else the step gave, as JSON text; `None` where it is empty or was not asked for.
    pub byproducts: Option<String>,
    /// Where it ran, as JSON text; `None` where it is empty or was not asked for.
    pub environment: Option<String>,
}

/// Files that a link states, the first of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilesReport {
    /// How many there are.
    pub count: usize,
    /// The first ones, in the order of the link.
    pub first: Vec<StatedFile>,
}

/// A file as a link states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatedFile {
    /// Its path, or its name or URI in a statement.
    pub path: String,
    /// SHA-256, lower-case hexadecimal, where it is stated.
    pub sha256: Option<String>,
    /// Other digests, as `algorithm:value`.
    pub others: Vec<String>,
}

/// The bytes of an entry, in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawReport {
    /// The leaf: what is hashed into the tree.
    pub leaf: String,
    /// The file that it records, where the log gave the recorded one.
    pub body: Option<String>,
    /// The inclusion proof as a C2SP tlog-proof receipt, where every check on the entry passed.
    pub receipt: Option<String>,
}
