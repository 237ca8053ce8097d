//! What else than a link shows where an artifact comes from: a Sigstore bundle, or the entry of a Rekor log.

use super::Work;
use super::artifact::STRONG;
use crate::evidence::Artifact;
use crate::format::link::FileRecord;
use crate::report::{Check, CheckId, Outcome, Verdict};

/// The best of what is about an artifact.
pub(super) struct Voucher {
    /// `bundle[i]` or `rekor-entry[i]`.
    subject: String,
    is_bundle: bool,
    /// What it says of the artifact.
    text: String,
    /// What its checks come to.
    pub(super) verdict: Verdict,
}

impl Voucher {
    pub(super) fn bundle(&self) -> Option<String> {
        self.is_bundle.then(|| self.subject.clone())
    }

    pub(super) fn rekor_entry(&self) -> Option<String> {
        (!self.is_bundle).then(|| self.subject.clone())
    }

    /// The product check of the artifact that it is about.
    pub(super) fn check(&self, artifact: &str) -> Check {
        let key = if self.is_bundle { "bundle" } else { "rekor_entry" };
        Check::new(CheckId::ArtifactProduct, artifact, Outcome::Passed, &self.text).with(key, self.subject.clone())
    }
}

impl Work<'_> {
    /// The best of what is about `artifact`; of equals, a bundle, since that says more.
    pub(super) fn voucher(&self, artifact: &Artifact, label: &str) -> Option<Voucher> {
        let bundle = self.bundle_for(label).map(|bundle| Voucher {
            subject: bundle.subject.clone(),
            is_bundle: true,
            text: format!("The file is what {} is about ({}).", bundle.name, bundle.report.kind.words()),
            verdict: bundle.report.verdict(),
        });
        let entry = self.rekor_entry_for(&artifact.digests).map(|entry| Voucher {
            subject: entry.report.subject.clone(),
            is_bundle: false,
            text: format!("The file is what {} records.", entry.report.name),
            verdict: entry.verdict(),
        });
        bundle.into_iter().chain(entry).min_by_key(|one| rank(one.verdict))
    }
}

impl Work<'_> {
    /// Whether what was given may be about `artifact` without anybody here being able to tell: only its SHA-256 is known,
    /// and something is named by another digest.
    pub(super) fn may_be_known_otherwise(&self, artifact: &Artifact) -> bool {
        let other = |algorithm: &String| STRONG.contains(&algorithm.as_str()) && algorithm != "sha256";
        let only_other = |record: &FileRecord| {
            record.digests.iter().any(|(algorithm, _)| other(algorithm))
                && !record.digests.iter().any(|(algorithm, _)| algorithm == "sha256")
        };
        artifact.digests.sha512.is_none()
            && (self.given_links().any(|(_, link)| link.products.iter().any(only_other))
                || self.evidence.bundles.iter().flat_map(|file| file.bundle.stated_digests()).any(|hex| hex.len() > 64)
                || self.records_by(|committed| other(&committed.algorithm)))
    }
}

/// The best first.
pub(super) fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Verified => 0,
        Verdict::CouldNotTell => 1,
        Verdict::NotVerified => 2,
    }
}

/// A check of something that decides about an artifact, or does not: then only its fault counts.
pub(super) fn as_far_as_it_decides(check: &Check, decides: bool) -> Check {
    match decides || check.outcome == Outcome::Failed {
        true => check.clone(),
        false => check.clone().optional(),
    }
}
