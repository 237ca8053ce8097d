//! What one check found, before it becomes part of the report.

use rekor_verifier::format::json::Value;
use rekor_verifier::report::{Check, CheckId, Outcome};

/// An outcome with its sentence and evidence.
#[derive(Clone, Debug)]
pub struct Finding {
    pub outcome: Outcome,
    sentence: String,
    required: bool,
    evidence: Value,
}

impl Finding {
    fn new(outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self { outcome, sentence: sentence.into(), required: true, evidence: Value::Object(Vec::new()) }
    }

    pub fn passed(sentence: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, sentence)
    }

    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, sentence)
    }

    pub fn untrusted(sentence: impl Into<String>) -> Self {
        Self::new(Outcome::Untrusted, sentence)
    }

    pub fn not_checked(sentence: impl Into<String>) -> Self {
        Self::new(Outcome::NotChecked, sentence)
    }

    /// One that the verdict does not depend on.
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// One that the verdict depends on.
    pub fn needed(mut self) -> Self {
        self.required = true;
        self
    }

    pub fn required(&self) -> bool {
        self.required
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.evidence.set(key, value.into());
        self
    }

    pub fn with_all(mut self, evidence: &Value) -> Self {
        for (key, value) in evidence.as_object().unwrap_or_default() {
            self.evidence.set(key, value.clone());
        }
        self
    }

    /// The one that decides among several of a kind: all must hold.
    pub fn worst(findings: impl Iterator<Item = Finding>) -> Option<Finding> {
        let rank = |finding: &Finding| match (finding.required, finding.outcome) {
            (true, Outcome::Failed) => 0,
            (true, Outcome::Untrusted) => 1,
            (true, Outcome::NotChecked) => 2,
            (true, Outcome::Passed) => 3,
            (false, _) => 4,
        };
        findings.min_by_key(rank)
    }

    pub fn into_check(self, id: CheckId, subject: &str) -> Check {
        let mut check = Check::new(id, subject, self.outcome, self.sentence);
        check.required = self.required;
        check.evidence = self.evidence;
        check
    }
}
