//! The report: what was checked, what came of it, and the verdict. Its JSON form is public; every shell renders it,
//! none decides anything.

mod check;
mod evidence;
mod explain;
mod look_up;
mod proof;

pub use check::{Check, CheckId, Outcome, Verdict};
pub use look_up::{
    CosignatureReport, DigestReport, FilesReport, ItemReport, LinkContents, LookUpReport, RawReport, RoleReport,
    StatedFile,
};
pub use proof::inclusion_evidence;

use crate::policy::Policy;
use crate::sigstore::BundleReport;
use serde::Serialize;

/// The version of the report's JSON form.
pub const VERSION: u32 = 1;

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// The time that checks used which depend on time.
    pub time: Time,
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
    /// The layouts that were given, without those that stand for a step of another.
    pub layouts: Vec<LayoutReport>,
    /// The Sigstore bundles that were given.
    pub bundles: Vec<BundleFileReport>,
    /// The receipts that were given.
    pub receipts: Vec<ReceiptReport>,
    /// The entries of Rekor logs that were given.
    pub rekor_entries: Vec<RekorEntryReport>,
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

    /// Whether another log may know what the one that was asked leaves open: that it recorded a file, or that somebody
    /// did whom `policy` expects.
    pub fn another_log_may_know(&self, policy: &Policy) -> bool {
        self.verdict == Verdict::CouldNotTell && self.left_open(policy).next().is_some()
    }

    /// What another log may know.
    fn left_open(&self, policy: &Policy) -> impl Iterator<Item = &Check> {
        let is_open = |check: &&Check| check.required && check.outcome != Outcome::Passed;
        self.checks.iter().filter(is_open).filter(|check| self.turns_on_the_log(check, policy))
    }

    fn turns_on_the_log(&self, check: &Check, policy: &Policy) -> bool {
        let found = |link: &LinkReport| link.subject == check.subject && link.name.is_none();
        match check.id {
            CheckId::ArtifactProduct => self.artifacts.iter().any(|artifact| artifact.subject == check.subject),
            // Where nobody is expected, no record is better than another.
            CheckId::LinkSignature => policy.signers.is_some() && self.links.iter().any(found),
            CheckId::RekorEntrySignature => policy.signers.is_some() || policy.sigstore.identity.is_some(),
            CheckId::BundleIdentity => policy.sigstore.identity.is_some(),
            CheckId::Lookup
            | CheckId::EntryLeaf
            | CheckId::EntryBody
            | CheckId::EntryDigestList
            | CheckId::EntryInclusion
            | CheckId::EntryAnswer
            | CheckId::LogCheckpoint
            | CheckId::LogQuorum
            | CheckId::LogConsistency
            | CheckId::RekorEntryStatement
            | CheckId::RekorEntryTimestamp => true,
            _ => false,
        }
    }

    /// How many of the required checks passed.
    pub fn passed(&self) -> usize {
        self.checks.iter().filter(|check| check.required && check.outcome == Outcome::Passed).count()
    }

    /// Notes what came of another log that was asked the same under `policy`: it decides nothing.
    pub fn asked_too(&mut self, other: &Report, policy: &Policy) {
        let Some(log) = &other.log else { return };
        let found = other.left_open(policy).next().map_or(&other.headline[..], |check| &check.sentence);
        let text = format!("Another log of your policy was asked too, and decides nothing here. {found}");
        let subject = format!("log {}", log.url);
        self.checks.push(Check::new(CheckId::Lookup, &subject, Outcome::NotChecked, text).optional());
    }
}

/// A time, and who vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Time {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Who says so: `this computer's clock`, say.
    pub source: String,
}

/// An artifact and where it belongs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ArtifactReport {
    /// `artifact[i]`.
    pub subject: String,
    /// The name that it was given under; says nothing about what it is.
    pub name: String,
    /// Bytes; none where the file is not at hand, only its SHA-256.
    pub size: Option<u64>,
    /// Hexadecimal.
    pub sha256: String,
    /// Hexadecimal; none where the file is not at hand.
    pub sha512: Option<String>,
    /// The outcome of its product check.
    pub outcome: Outcome,
    /// The product that it is, where it is one.
    pub product: Option<Product>,
    /// The bundle that it is the subject of: `bundle[i]`.
    pub bundle: Option<String>,
    /// The entry of a Rekor log that records it: `rekor-entry[i]`.
    pub rekor_entry: Option<String>,
}

/// A product of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Product {
    /// The link that names it: `link[i]`.
    pub link: String,
    /// Name of the step; empty for provenance, which names a builder instead.
    pub step: String,
    /// Who built, a URI; only provenance says so.
    pub builder: Option<String>,
    /// Path under which the link names it.
    pub path: String,
    /// How many products the step has.
    pub of: usize,
}

impl Product {
    /// What it comes from, in words.
    pub fn source(&self) -> String {
        match &self.builder {
            Some(builder) => format!("the build by {builder}"),
            None => format!("the step {}", self.step),
        }
    }
}

/// A link file, given or found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkReport {
    /// `link[i]`.
    pub subject: String,
    /// The name that it was given under; `None` where it was found in the log.
    pub name: Option<String>,
    /// How it was written: `metablock-link`, `dsse-link`, `statement-link` or `statement-provenance`; `None` where it
    /// could not be read.
    pub form: Option<&'static str>,
    /// Name of the step; `None` where the file could not be read, and for provenance, which names none.
    pub step: Option<String>,
    /// Who built, a URI; only provenance says so.
    pub builder: Option<String>,
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

/// A key that signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntryReport {
    /// Tree ID and leaf hash, 80 hexadecimal digits.
    pub uuid: String,
    /// Position in the tree, from 0.
    pub index: u64,
    /// When it was recorded, in seconds since 1970: the log's word.
    pub time: Option<i64>,
    /// The receipt that proves it: `receipt[i]`; `None` where the log itself did.
    pub receipt: Option<String>,
}

/// An entry that was looked at and decided nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OtherEntry {
    /// Tree ID and leaf hash, 80 hexadecimal digits.
    pub uuid: String,
    /// Position in the tree, from 0.
    pub index: u64,
    /// Why it decided nothing.
    pub sentence: String,
}

/// A layout: the owner's rule for a chain of steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayoutReport {
    /// `layout[i]`.
    pub subject: String,
    /// The name that it was given under.
    pub name: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// The keys that signed it.
    pub keys: Vec<SignerReport>,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
    /// The steps, in the order in which they are carried out.
    pub steps: Vec<StepReport>,
    /// What the receiver does with the product.
    pub inspections: Vec<InspectionReport>,
}

/// A step of a layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepReport {
    /// Its name.
    pub name: String,
    /// How many people have to carry it out.
    pub threshold: u64,
    /// The links that count for it: `link[i]`.
    pub links: Vec<String>,
    /// What its checks come to.
    pub outcome: Outcome,
}

/// An inspection of a layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InspectionReport {
    /// Its name.
    pub name: String,
    /// The command, word by word.
    pub run: Vec<String>,
    /// What its checks come to.
    pub outcome: Outcome,
}

/// A Sigstore bundle of the reader's.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundleFileReport {
    /// `bundle[i]`.
    pub subject: String,
    /// The name that it was given under.
    pub name: String,
    /// The artifacts that it is about: `artifact[i]`; none where nothing that was given is.
    pub artifacts: Vec<String>,
    /// What came of it. Its checks stand in the report's list.
    #[serde(flatten)]
    pub report: BundleReport,
}

/// A receipt: the proof of an entry, kept as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReceiptReport {
    /// `receipt[i]`.
    pub subject: String,
    /// The name that it was given under.
    pub name: String,
    /// Origin of the log, where the checkpoint could be read.
    pub origin: Option<String>,
    /// Number of entries under its checkpoint.
    pub size: Option<u64>,
    /// Position of the entry that it proves, from 0.
    pub index: Option<u64>,
}

/// An entry of a Rekor log, kept as a file, which may hold several, or given by a log that the policy names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RekorEntryReport {
    /// `rekor-entry[i]`.
    pub subject: String,
    /// The name that the file was given under.
    pub name: String,
    /// Kind and version: `hashedrekord 0.0.1`; `None` where they could not be read.
    pub kind: Option<String>,
    /// The log's base address, where the trusted root or the policy names the log.
    pub log: Option<String>,
    /// The index over all trees of the log, from 0; `None` where the file could not be read.
    pub index: Option<u64>,
    /// When the log took it, in seconds since 1970, where the log signed that: its word.
    pub time: Option<i64>,
    /// The artifact that it records: `artifact[i]`.
    pub artifact: Option<String>,
    /// The key by which the signature in the entry holds.
    pub key: Option<SignerReport>,
}

/// A key that came with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unrecognised {
    /// The name of the file.
    pub name: String,
    /// What it looks like.
    pub sentence: String,
}

/// The log that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
