//! Checks in the report, and what they come to.

use crate::json::{Json, read_fields, read_name};
use crate::text::t;

/// The whole, of all required checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Every required check passed.
    Verified,
    /// A required check failed.
    NotVerified,
    /// Neither.
    #[default]
    CouldNotTell,
}

read_name!(Verdict);

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CouldNotTell, Self::NotVerified, Self::Verified];

    /// The verdict's name in the report.
    pub fn id(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not-verified",
            Self::CouldNotTell => "could-not-tell",
        }
    }

    /// The verdict in words that promise no more than was checked.
    pub fn words(self) -> &'static str {
        match self {
            Self::Verified => t("verdict.verified"),
            Self::NotVerified => t("verdict.not-verified"),
            Self::CouldNotTell => t("verdict.could-not-tell"),
        }
    }
}

/// What a single check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The evidence bears the claim out.
    Passed,
    /// The evidence contradicts the claim.
    Failed,
    /// Sound, but by nobody whom the policy names.
    Untrusted,
    /// Input missing, format unsupported, or no answer.
    NotChecked,
}

read_name!(Outcome);

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NotChecked, Self::Failed, Self::Untrusted, Self::Passed];

    /// All of them, as they stand in a list: what went wrong first.
    pub const BY_URGENCY: [Self; 4] = [Self::Failed, Self::Untrusted, Self::NotChecked, Self::Passed];

    /// The outcome's name in the report.
    pub fn id(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Untrusted => "untrusted",
            Self::NotChecked => "not-checked",
        }
    }

    /// The outcome in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => t("outcome.passed"),
            Self::Failed => t("outcome.failed"),
            Self::Untrusted => t("outcome.untrusted"),
            Self::NotChecked => t("outcome.not-checked"),
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was checked, e.g. `entry-inclusion`.
    pub id: String,
    /// On what, e.g. `artifact[0]` or `entry <uuid>`.
    pub subject: String,
    /// What it came to.
    pub outcome: Outcome,
    /// Whether the verdict rests on it.
    pub required: bool,
    /// The outcome in one sentence.
    pub sentence: String,
    /// What the check is about, what the outcome means and what to do.
    pub explanation: String,
    /// What the outcome follows from: an object.
    pub evidence: Json,
}

read_fields!(Check { id, subject, outcome, required, sentence, explanation, evidence });
