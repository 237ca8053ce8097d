//! What a reader could still bring. It decides nothing: the verdict stands as it is.

use super::{Report, Verdict};

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A file that the statements are about.
    Artifact,
    /// Anything that says something about a file.
    Statement,
    /// Whom to expect as the signer.
    Signer,
    /// A proof that a link is recorded.
    Record,
    /// Whom to trust as a log.
    Policy,
}

impl Missing {
    /// Its name on the page.
    pub fn id(self) -> &'static str {
        match self {
            Self::Artifact => "artifact",
            Self::Statement => "statement",
            Self::Signer => "signer",
            Self::Record => "record",
            Self::Policy => "policy",
        }
    }
}

impl Report {
    /// What would say more, where nothing is wrong. `named` is whether the reader expects somebody, `trusting` whether
    /// the page trusts a log.
    pub fn missing(&self, named: bool, trusting: bool) -> Vec<Missing> {
        if self.verdict == Verdict::NotVerified {
            return Vec::new();
        }
        let stated = [self.links.len(), self.layouts.len(), self.bundles.len(), self.rekor_entries.len()]
            .iter()
            .any(|it| *it > 0);
        let unrecorded = self.links.iter().any(|link| link.entry.is_none());
        let missing = [
            (Missing::Artifact, stated && self.artifacts.is_empty()),
            (Missing::Statement, !stated && !self.artifacts.is_empty()),
            (Missing::Signer, !named && self.unconfirmed_signer()),
            (Missing::Policy, !trusting && !self.links.is_empty()),
            (Missing::Record, trusting && unrecorded),
        ];
        missing.into_iter().filter(|(_, is)| *is).map(|(what, _)| what).collect()
    }
}
