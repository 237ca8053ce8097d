//! Step 3: Sigstore bundles, each with the artifact that it is about.

use super::Work;
use crate::check::digest::Digests;
use crate::evidence::{BundleFile, Subject};
use crate::report::{ArtifactReport, BundleFileReport, Check, CheckId, Outcome, Verdict};
use crate::sigstore::{ArtifactDigests, BundleReport, BundleRequest, BundleVerifier, ManagedKey};
use std::borrow::Cow;

impl Work<'_> {
    /// Has every bundle checked by `verifier`.
    pub(super) fn bundles(&mut self, verifier: &dyn BundleVerifier) {
        let keys: Vec<ManagedKey> =
            self.policy.signers.iter().flat_map(|signers| &signers.members).map(|(_, key)| key.into()).collect();
        for (i, file) in self.evidence.bundles.iter().enumerate() {
            let subject = format!("bundle[{i}]");
            let report = self.bundle(&subject, file, &keys, verifier);
            self.bundles.push(report);
        }
    }

    /// A bundle does not have to say which file it is about; then each is tried.
    fn bundle(
        &self,
        subject: &str,
        file: &BundleFile,
        keys: &[ManagedKey],
        verifier: &dyn BundleVerifier,
    ) -> BundleFileReport {
        let ask = |artifact: Option<&Digests>| {
            verifier.verify(&BundleRequest {
                subject: Cow::Borrowed(subject),
                bundle: Cow::Borrowed(&file.bundle.json),
                container: file.bundle.container,
                artifact: artifact.map(ArtifactDigests::from),
                identity: self.policy.sigstore.identity.clone(),
                keys: Cow::Borrowed(keys),
                trust: self.policy.sigstore.trust.clone(),
                now: self.time.seconds,
            })
        };
        let stated = file.bundle.stated_digests();
        let artifacts = self.evidence.artifacts.iter().enumerate();
        let about = artifacts
            .filter(|(_, artifact)| stated.is_empty() || stated.iter().any(|one| is_of(one, &artifact.digests)))
            .map(|(i, artifact)| (Subject::Artifact(i).label(), ask(Some(&artifact.digests))))
            .find(|(_, report)| names_it(report));
        let (artifact, report) = match about {
            Some((artifact, report)) => (Some(artifact), report),
            None => (None, ask(None)),
        };
        BundleFileReport { subject: subject.to_owned(), name: file.name.clone(), artifact, report }
    }

    /// The bundle that decides about an artifact: the best of those that are about it.
    pub(super) fn bundle_for(&self, artifact: &str) -> Option<&BundleFileReport> {
        let about = self.bundles.iter().filter(|bundle| bundle.artifact.as_deref() == Some(artifact));
        about.min_by_key(|bundle| rank(&bundle.report))
    }

    /// The checks of all bundles. Where an artifact's origin is shown, what else there is about it and cannot be told
    /// takes nothing away.
    pub(super) fn bundle_checks(&self, artifacts: &[ArtifactReport]) -> Vec<Check> {
        let mut checks = Vec::new();
        for bundle in &self.bundles {
            let about = artifacts.iter().find(|artifact| Some(&artifact.subject) == bundle.artifact.as_ref());
            let decides = about.is_none_or(|artifact| artifact.bundle.as_ref() == Some(&bundle.subject));
            let all = bundle.report.checks.iter().cloned();
            checks.extend(all.map(|check| match decides || check.outcome == Outcome::Failed {
                true => check,
                false => check.optional(),
            }));
        }
        checks
    }
}

fn rank(report: &BundleReport) -> u8 {
    match report.verdict() {
        Verdict::Verified => 0,
        Verdict::CouldNotTell => 1,
        Verdict::NotVerified => 2,
    }
}

/// Whether the bundle turned out to be about the artifact that it was checked against.
fn names_it(report: &BundleReport) -> bool {
    report.checks.iter().any(|check| check.id == CheckId::BundleSubject && check.outcome == Outcome::Passed)
}

fn is_of(stated: &str, digests: &Digests) -> bool {
    ["sha256", "sha384", "sha512"].iter().any(|algorithm| digests.get(algorithm).as_deref() == Some(stated))
}
