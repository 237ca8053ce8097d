//! One check: its identifier, its outcome, and the one rule that makes a verdict of many.

use super::explain::explain;
use crate::format::json::Value;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "kebab-case"))]
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

impl Outcome {
    /// The outcome as it stands in JSON: `not-checked`.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Untrusted => "untrusted",
            Outcome::NotChecked => "not-checked",
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What the required checks amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "kebab-case"))]
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
    /// The file is a well-formed receipt.
    ReceiptFormat,
    /// The file is a well-formed layout.
    LayoutFormat,
    /// The layout is signed by the signers whom the reader named.
    LayoutSignature,
    /// The layout has not expired at the time used.
    LayoutExpiry,
    /// Enough of the people whom the layout names carried out the step.
    StepLinks,
    /// The links of one step state the same materials and products.
    StepAgreement,
    /// The command that was run is the one that the layout expects.
    StepCommand,
    /// What the step took and made follows the layout's rules.
    StepRules,
    /// The layout that stands for a step holds by itself.
    Sublayout,
    /// The inspection was carried out.
    InspectionRun,
    /// What the inspection found follows the layout's rules.
    InspectionRules,
    /// The file is a well-formed Sigstore bundle.
    BundleFormat,
    /// The signer's certificate leads to an authority of the trusted root.
    BundleCertificate,
    /// A certificate transparency log of the trusted root promised to record the certificate.
    BundleSct,
    /// Somebody whom the trusted root names vouches for the time of signing.
    BundleTimestamp,
    /// The signature is by the key of the certificate, or by the managed key that the reader named.
    BundleSignature,
    /// The artifact is what was signed.
    BundleSubject,
    /// The log entry is about this bundle.
    BundleLogEntry,
    /// The log entry stands in the log's tree.
    BundleInclusion,
    /// The tree head is signed by a log of the trusted root.
    BundleCheckpoint,
    /// The log's signed statement of when it took the entry holds.
    BundleEntryTimestamp,
    /// The certificate was issued to whom the reader expects.
    BundleIdentity,
    /// The file is a well-formed answer of a Rekor log.
    RekorEntryFormat,
    /// A Rekor log's entry is about the artifact.
    RekorEntryStatement,
    /// The signature in a Rekor log's entry is by the signers whom the reader named.
    RekorEntrySignature,
    /// A Rekor log's signed statement of when it took the entry holds.
    RekorEntryTimestamp,
}

impl CheckId {
    /// Every check there is.
    pub const ALL: [Self; 38] = [
        Self::LinkFormat,
        Self::LinkSignature,
        Self::ArtifactProduct,
        Self::Lookup,
        Self::EntryLeaf,
        Self::EntryBody,
        Self::EntryDigestList,
        Self::EntryInclusion,
        Self::EntryAnswer,
        Self::LogCheckpoint,
        Self::LogQuorum,
        Self::LogConsistency,
        Self::ReceiptFormat,
        Self::LayoutFormat,
        Self::LayoutSignature,
        Self::LayoutExpiry,
        Self::StepLinks,
        Self::StepAgreement,
        Self::StepCommand,
        Self::StepRules,
        Self::Sublayout,
        Self::InspectionRun,
        Self::InspectionRules,
        Self::BundleFormat,
        Self::BundleCertificate,
        Self::BundleSct,
        Self::BundleTimestamp,
        Self::BundleSignature,
        Self::BundleSubject,
        Self::BundleLogEntry,
        Self::BundleInclusion,
        Self::BundleCheckpoint,
        Self::BundleEntryTimestamp,
        Self::BundleIdentity,
        Self::RekorEntryFormat,
        Self::RekorEntryStatement,
        Self::RekorEntrySignature,
        Self::RekorEntryTimestamp,
    ];

    /// The identifier as it stands in JSON: `link-signature`.
    pub const fn name(self) -> &'static str {
        match self {
            CheckId::LinkFormat => "link-format",
            CheckId::LinkSignature => "link-signature",
            CheckId::ArtifactProduct => "artifact-product",
            CheckId::Lookup => "lookup",
            CheckId::EntryLeaf => "entry-leaf",
            CheckId::EntryBody => "entry-body",
            CheckId::EntryDigestList => "entry-digest-list",
            CheckId::EntryInclusion => "entry-inclusion",
            CheckId::EntryAnswer => "entry-answer",
            CheckId::LogCheckpoint => "log-checkpoint",
            CheckId::LogQuorum => "log-quorum",
            CheckId::LogConsistency => "log-consistency",
            CheckId::ReceiptFormat => "receipt-format",
            CheckId::LayoutFormat => "layout-format",
            CheckId::LayoutSignature => "layout-signature",
            CheckId::LayoutExpiry => "layout-expiry",
            CheckId::StepLinks => "step-links",
            CheckId::StepAgreement => "step-agreement",
            CheckId::StepCommand => "step-command",
            CheckId::StepRules => "step-rules",
            CheckId::Sublayout => "sublayout",
            CheckId::InspectionRun => "inspection-run",
            CheckId::InspectionRules => "inspection-rules",
            CheckId::BundleFormat => "bundle-format",
            CheckId::BundleCertificate => "bundle-certificate",
            CheckId::BundleSct => "bundle-sct",
            CheckId::BundleTimestamp => "bundle-timestamp",
            CheckId::BundleSignature => "bundle-signature",
            CheckId::BundleSubject => "bundle-subject",
            CheckId::BundleLogEntry => "bundle-log-entry",
            CheckId::BundleInclusion => "bundle-inclusion",
            CheckId::BundleCheckpoint => "bundle-checkpoint",
            CheckId::BundleEntryTimestamp => "bundle-entry-timestamp",
            CheckId::BundleIdentity => "bundle-identity",
            CheckId::RekorEntryFormat => "rekor-entry-format",
            CheckId::RekorEntryStatement => "rekor-entry-statement",
            CheckId::RekorEntrySignature => "rekor-entry-signature",
            CheckId::RekorEntryTimestamp => "rekor-entry-timestamp",
        }
    }
}

impl Serialize for CheckId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// What the check is about, what its outcome means and what to do, for those who want to know.
    pub explanation: Cow<'static, str>,
    /// The evidence, for machines and for those who look closer.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub evidence: Value,
}

impl Check {
    /// A required check without evidence.
    pub fn new(id: CheckId, subject: &str, outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self {
            id,
            subject: subject.to_owned(),
            outcome,
            required: true,
            sentence: sentence.into(),
            explanation: explain(id, outcome),
            evidence: Value::Object(Vec::new()),
        }
    }

    /// The check with one more piece of evidence.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.evidence.set(key, value.into());
        self
    }

    /// The check with more pieces of evidence.
    pub fn with_all(mut self, evidence: &Value) -> Self {
        for (key, value) in evidence.as_object().unwrap_or_default() {
            self.evidence.set(key, value.clone());
        }
        self
    }

    /// The check as one that the verdict does not depend on.
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// The check with another outcome and sentence.
    pub(crate) fn turned(self, outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self { outcome, sentence: sentence.into(), explanation: explain(self.id, outcome), ..self }
    }
}
