//! Checks in the report, and what they come to.

use crate::text::t;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The whole, of all required checks.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every required check passed.
    Verified,
    /// A required check failed.
    NotVerified,
    /// Neither.
    #[default]
    CouldNotTell,
}

impl Verdict {
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
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
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

impl Outcome {
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

    /// Where it stands in a list: what went wrong first.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Failed => 0,
            Self::Untrusted => 1,
            Self::NotChecked => 2,
            Self::Passed => 3,
        }
    }
}

/// One check.
#[derive(Clone, Debug, Deserialize, PartialEq)]
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
    #[serde(default)]
    pub explanation: String,
    /// What the outcome follows from.
    #[serde(default)]
    pub evidence: Map<String, Value>,
}
