//! Step 3: Sigstore bundles, each with the artifact that it is about.

use super::Work;
use super::voucher::{as_far_as_it_decides, rank};
use crate::check::digest::Digests;
use crate::evidence::{BundleFile, Subject};
use crate::format::key::PublicKey;
use crate::policy::Quorum;
use crate::report::{ArtifactReport, BundleFileReport, Check, CheckId, Outcome, Verdict};
use crate::sigstore::{ArtifactDigests, BundleReport, BundleRequest, BundleVerifier, ManagedKey};
use crate::sorted::Set;
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
        self.hold_to_quorum();
    }

    /// A bundle does not have to say which files it is about; then each is tried.
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
        let tried = self.evidence.artifacts.iter().enumerate();
        let tried =
            tried.filter(|(_, one)| stated.is_empty() || stated.iter().any(|digest| is_of(digest, &one.digests)));
        let mut asked: Vec<(String, BundleReport)> =
            tried.map(|(i, one)| (Subject::Artifact(i).label(), ask(Some(&one.digests)))).collect();
        // Where one digest is the file's and another is not, that is told; where the bundle says nothing, it is about
        // the files that it fits.
        asked.retain(|(_, report)| !stated.is_empty() || names_it(report));
        let artifacts = asked.iter().map(|(artifact, _)| artifact.clone()).collect();
        let mut reports = asked.into_iter().map(|(_, report)| report);
        let mut report = reports.next().unwrap_or_else(|| ask(None));
        let subject_checks = reports.flat_map(|other| other.checks).filter(|check| check.id == CheckId::BundleSubject);
        report.checks.extend(subject_checks);
        BundleFileReport { subject: subject.to_owned(), name: file.name.clone(), artifacts, report }
    }

    /// A managed key is one of the signers whom the reader named; whether they are enough is for the reader's quorum to
    /// say, over all sound bundles about the same file.
    fn hold_to_quorum(&mut self) {
        let Some(signers) = &self.policy.signers else { return };
        let enough: Vec<bool> = self.bundles.iter().map(|bundle| self.is_signed_by_enough(bundle, signers)).collect();
        for (bundle, _) in self.bundles.iter_mut().zip(enough).filter(|(bundle, enough)| counts(bundle) && !enough) {
            for check in bundle.report.checks.iter_mut() {
                if check.id == CheckId::BundleIdentity && check.outcome == Outcome::Passed {
                    let text = "The key is one that you named, but not everyone whom you asked for has signed.";
                    *check = check.clone().turned(Outcome::Untrusted, text);
                }
            }
        }
    }

    /// Of every file that a bundle is about by itself: who signed one beside it has not signed another.
    fn is_signed_by_enough(&self, bundle: &BundleFileReport, signers: &Quorum<PublicKey>) -> bool {
        match &bundle.artifacts[..] {
            [] => signers.satisfied_by(&self.signers_of(signers, bundle, None)),
            files => files.iter().all(|file| signers.satisfied_by(&self.signers_of(signers, bundle, Some(file)))),
        }
    }

    /// The positions of the named signers with a sound bundle about `file`; without one, of who signed this bundle.
    fn signers_of(&self, signers: &Quorum<PublicKey>, bundle: &BundleFileReport, file: Option<&String>) -> Set<usize> {
        let about = |one: &BundleFileReport| match file {
            Some(file) => one.artifacts.contains(file),
            None => one.subject == bundle.subject,
        };
        let sound = self.bundles.iter().filter(|one| counts(one) && about(one));
        let keys = Set::from_iter(sound.filter_map(|one| one.report.signer.as_ref()?.fingerprint.clone()));
        let members = signers.members.iter().enumerate();
        Set::from_iter(members.filter(|(_, (_, key))| keys.contains(&key.fingerprint().to_string())).map(|(i, _)| i))
    }

    /// The bundle that decides about an artifact: the best of those that are about it.
    pub(super) fn bundle_for(&self, artifact: &str) -> Option<&BundleFileReport> {
        let about = self.bundles.iter().filter(|bundle| bundle.artifacts.iter().any(|one| one == artifact));
        about.min_by_key(|bundle| rank(bundle.report.verdict()))
    }

    /// The checks of all bundles. Where the origin of every artifact that one is about is shown by others, what else it
    /// says and cannot be told takes nothing away.
    pub(super) fn bundle_checks(&self, artifacts: &[ArtifactReport]) -> Vec<Check> {
        let decides = |bundle: &BundleFileReport| {
            let mut about = artifacts.iter().filter(|one| bundle.artifacts.contains(&one.subject)).peekable();
            about.peek().is_none() || about.any(|artifact| artifact.bundle.as_ref() == Some(&bundle.subject))
        };
        let checks = |bundle: &BundleFileReport| {
            let decides = decides(bundle);
            let all = bundle.report.checks.clone().into_iter();
            all.map(move |check| as_far_as_it_decides(&check, decides))
        };
        self.bundles.iter().flat_map(checks).collect()
    }
}

/// Whether a key that the reader named signed, without a certificate, and all about it holds.
fn counts(bundle: &BundleFileReport) -> bool {
    let report = &bundle.report;
    let managed = report.signer.as_ref().is_some_and(|one| one.identity.is_none() && one.fingerprint.is_some());
    managed && report.verdict() == Verdict::Verified
}

/// Whether the bundle turned out to be about the artifact that it was checked against.
fn names_it(report: &BundleReport) -> bool {
    report.checks.iter().any(|check| check.id == CheckId::BundleSubject && check.outcome == Outcome::Passed)
}

fn is_of(stated: &str, digests: &Digests) -> bool {
    ["sha256", "sha384", "sha512"].iter().any(|algorithm| digests.get(algorithm).as_deref() == Some(stated))
}
