//! The report: what was checked, what came of it, and the verdict. Its JSON form is public; every shell renders it,
//! none decides anything.

use serde::Serialize;
use serde_json::{Map, Value};

/// The version of the report's JSON form.
pub const VERSION: u32 = 1;

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// The evidence contradicts the claim.
    Failed,
    /// Sound, but by nobody whom the reader named.
    Untrusted,
    /// Input was missing, its format is not supported, or nobody answered.
    NotChecked,
}

/// What the required checks amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every required check passed.
    Verified,
    /// A required check failed.
    NotVerified,
    /// None failed, but not all passed.
    CouldNotTell,
}

impl Verdict {
    /// The exit code: 0, 1 or 2.
    pub const fn exit_code(self) -> u8 {
        match self {
            Verdict::Verified => 0,
            Verdict::NotVerified => 1,
            Verdict::CouldNotTell => 2,
        }
    }

    /// The one rule: all passed, one failed, or neither. Without a single check there is nothing that could pass.
    pub fn of<'a>(required: impl Iterator<Item = &'a Check>) -> Self {
        let mut verdict = Verdict::CouldNotTell;
        for (i, check) in required.enumerate() {
            match check.outcome {
                Outcome::Failed => return Verdict::NotVerified,
                Outcome::Passed if i == 0 => verdict = Verdict::Verified,
                Outcome::Passed => {}
                Outcome::Untrusted | Outcome::NotChecked => verdict = Verdict::CouldNotTell,
            }
        }
        verdict
    }
}

/// The checks there are, each under the identifier that stays with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckId {
    /// The file is a well-formed link file.
    LinkFormat,
    /// The link is signed by the signers whom the reader named.
    LinkSignature,
    /// The artifact is a product of a link.
    ArtifactProduct,
    /// The log knows the file.
    Lookup,
    /// The leaf is what the link gives.
    EntryLeaf,
    /// The bytes that the log returned are those it recorded.
    EntryBody,
    /// The digest list is the one that the link gives.
    EntryDigestList,
    /// The leaf stands in the tree at its index.
    EntryInclusion,
    /// The proof that came with the entry agrees with the checkpoint.
    EntryAnswer,
    /// The checkpoint is signed by a log that the reader trusts.
    LogCheckpoint,
    /// Enough of the reader's witnesses cosigned the checkpoint.
    LogQuorum,
    /// The log kept the history that this reader saw before.
    LogConsistency,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What was checked.
    pub id: CheckId,
    /// On what: `artifact[1]`, `link[0]`, `entry <UUID>`, `log <origin>`.
    pub subject: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether the verdict depends on it.
    pub required: bool,
    /// One sentence for people.
    pub sentence: String,
    /// The evidence, for machines and for those who look closer.
    pub evidence: Map<String, Value>,
}

impl Check {
    pub(crate) fn new(id: CheckId, subject: &str, outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self {
            id,
            subject: subject.to_owned(),
            outcome,
            required: true,
            sentence: sentence.into(),
            evidence: Map::new(),
        }
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(key.to_owned(), value.into());
        self
    }

    pub(crate) fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// What the required checks amount to.
    pub verdict: Verdict,
    /// The verdict in plain words.
    pub headline: String,
    /// Every check, those that the verdict depends on marked as required.
    pub checks: Vec<Check>,
    /// The artifacts, in the order in which they were given.
    pub artifacts: Vec<ArtifactReport>,
    /// The links that were given, then those that were found and decided something.
    pub links: Vec<LinkReport>,
    /// Keys that came with the evidence: shown, never counted.
    pub keys: Vec<KeyReport>,
    /// Files that are nothing that can be read here.
    pub unrecognised: Vec<Unrecognised>,
    /// The log that was asked.
    pub log: Option<LogReport>,
}

impl Report {
    /// The report as pretty JSON; the same report always gives the same text.
    pub fn to_json(&self) -> String {
        // Serialising to a string fails only for maps with keys that are not strings, and there are none.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// An artifact and where it belongs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtifactReport {
    /// `artifact[i]`.
    pub subject: String,
    /// The name that it was given under; says nothing about what it is.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
    /// Hexadecimal.
    pub sha512: String,
    /// The outcome of its product check.
    pub outcome: Outcome,
    /// The product that it is, where it is one.
    pub product: Option<Product>,
}

/// A product of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    /// The link that names it: `link[i]`.
    pub link: String,
    /// Name of the step.
    pub step: String,
    /// Path under which the link names it.
    pub path: String,
    /// How many products the step has.
    pub of: usize,
}

/// A link file, given or found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkReport {
    /// `link[i]`.
    pub subject: String,
    /// The name that it was given under; `None` where it was found in the log.
    pub name: Option<String>,
    /// Name of the step; `None` where the body is not at hand.
    pub step: Option<String>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// The keys that have to do with it.
    pub keys: Vec<SignerReport>,
    /// The entry that decided.
    pub entry: Option<EntryReport>,
    /// Entries that decided nothing.
    pub others: Vec<OtherEntry>,
    /// How many more there are, beyond those that were fetched.
    pub more: u64,
}

/// A key that signed a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignerReport {
    /// SHA-256 of its SPKI DER, hexadecimal.
    pub fingerprint: String,
    /// The reader's name for it; `None` where the reader did not name it.
    pub name: Option<String>,
    /// in-toto's name of its scheme.
    pub scheme: &'static str,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryReport {
    /// Tree ID and leaf hash, 80 hexadecimal digits.
    pub uuid: String,
    /// Position in the tree, from 0.
    pub index: u64,
    /// When it was recorded, in seconds since 1970: the log's word.
    pub time: Option<i64>,
}

/// An entry that was looked at and decided nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherEntry {
    /// Tree ID and leaf hash, 80 hexadecimal digits.
    pub uuid: String,
    /// Position in the tree, from 0.
    pub index: u64,
    /// Why it decided nothing.
    pub sentence: String,
}

/// A key that came with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyReport {
    /// The name of its file.
    pub name: String,
    /// SHA-256 of its SPKI DER, hexadecimal.
    pub fingerprint: String,
    /// in-toto's name of its scheme.
    pub scheme: &'static str,
    /// The key as PEM.
    pub pem: String,
    /// Whether the reader has named it as a signer, apart from the evidence.
    pub expected: bool,
}

/// A file that is nothing that can be read here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unrecognised {
    /// The name of the file.
    pub name: String,
    /// What it looks like.
    pub sentence: String,
}

/// The log that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// Its base address.
    pub url: String,
    /// Its origin, where its checkpoint could be read.
    pub origin: Option<String>,
    /// Whether the reader's policy names the key that signed.
    pub trusted: bool,
    /// Number of entries.
    pub size: Option<u64>,
    /// Root hash, base64.
    pub root: Option<String>,
    /// What a person has to deal with: a changed key, a shrunk or forked tree.
    pub alarm: Option<String>,
}
