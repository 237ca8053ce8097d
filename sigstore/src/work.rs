//! One bundle on its way to the report.

use crate::chain;
use crate::entry::Expected;
use crate::finding::Finding;
use crate::log::LogEntry;
use crate::read::Reading;
use crate::signer::Signer;
use crate::trust::Anchors;
use crate::{identity, last_word, subject};
use rekor_verifier::report::{CheckId, Outcome};
use rekor_verifier::sigstore::{BundleKind, BundleReport, BundleRequest};
use sigstore_verify::bundle::{Error as StructureError, ValidationOptions, validate_bundle_with_options};
use sigstore_verify::error::Error;
use sigstore_verify::types::ArtifactDigest;
use sigstore_verify::{Policy, PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult};

/// A bundle, what the reader chose, and what `sigstore-verify` says.
pub struct Work<'a> {
    request: &'a BundleRequest<'a>,
    anchors: &'a Anchors,
    reading: &'a Reading,
    signer: Signer,
    digest: Option<ArtifactDigest>,
    accepted: Result<VerificationResult, Error>,
}

impl<'a> Work<'a> {
    pub fn new(request: &'a BundleRequest<'a>, anchors: &'a Anchors, reading: &'a Reading) -> Self {
        let digest = subject::asked(reading, request.artifact.as_ref());
        let signer = Signer::of(&reading.bundle, request, digest.as_ref());
        let accepted = ask(anchors, reading, &signer, digest.as_ref());
        Self { request, anchors, reading, signer, digest, accepted }
    }

    /// Puts everything that is known of the bundle into the report.
    pub fn fill(&self, report: &mut BundleReport) {
        report.kind = self.reading.kind;
        report.media_type = self.media_type().map(str::to_owned);
        if let Some(statement) = &self.reading.statement {
            report.subjects.clone_from(&statement.subjects);
            report.predicate_type = Some(statement.predicate_type.clone());
        }
        report.signer = self.signer.describe();
        report.entry = self.entries().next().map(|entry| entry.describe());
        let mut findings = self.findings(report);
        self.last_word(&mut findings);
        let subject = &self.request.subject;
        report.checks = findings.into_iter().map(|(id, finding)| finding.into_check(id, subject)).collect();
    }

    fn findings(&self, report: &mut BundleReport) -> Vec<(CheckId, Finding)> {
        let settled = self.accepted.is_ok();
        let bundle = &self.reading.bundle;
        let (stamps, mut times) =
            chain::check_stamps(bundle, self.anchors, self.accepted.as_ref().ok(), self.request.now);
        let promises: Vec<_> = self.entries().map(|entry| entry.check_promise(settled)).collect();
        times.extend(promises.iter().filter_map(|(_, time)| time.clone()));
        let promise = Finding::worst(promises.into_iter().map(|(finding, _)| finding));
        let (certificate, sct) = self.certificate();
        let signature = self.signer.check_signature(bundle, self.digest.as_ref(), settled);
        let subject = subject::check(self.reading, self.request.artifact.as_ref(), signature.outcome);
        let identity = identity::check(&self.signer, self.request.identity.as_ref(), signature.outcome);
        let expected = Expected { bundle, signer: &self.signer, digest: self.digest.as_ref() };
        let timeless = times.is_empty() && bundle.signing_certificate().is_some();
        report.times = times;
        vec![
            (CheckId::BundleFormat, self.structure()),
            (CheckId::BundleCertificate, certificate),
            (CheckId::BundleSct, sct),
            (CheckId::BundleTimestamp, if timeless { stamps.needed() } else { stamps }),
            (CheckId::BundleSignature, signature),
            (CheckId::BundleSubject, subject),
            (CheckId::BundleLogEntry, self.each(|entry| expected.check(entry.entry))),
            (CheckId::BundleInclusion, self.each(|entry| entry.check_inclusion())),
            (CheckId::BundleCheckpoint, self.each(|entry| entry.check_checkpoint())),
            (CheckId::BundleEntryTimestamp, promise.unwrap_or_else(|| no_entry().optional())),
            (CheckId::BundleIdentity, identity),
        ]
    }

    fn entries(&self) -> impl Iterator<Item = LogEntry<'_>> {
        let entries = self.reading.bundle.verification_material.tlog_entries.iter();
        entries.map(|entry| LogEntry { entry, anchors: self.anchors, now: self.request.now })
    }

    /// What came of the check over all entries: every one must hold.
    fn each(&self, check: impl Fn(LogEntry) -> Finding) -> Finding {
        Finding::worst(self.entries().map(check)).unwrap_or_else(no_entry)
    }

    /// The bundle's media type; cosign's older form has none.
    fn media_type(&self) -> Option<&'static str> {
        (self.reading.kind != BundleKind::CosignBundle).then(|| self.reading.bundle.media_type.as_str())
    }

    /// The shape that the version of the format asks for; what concerns the proofs is said at the proofs.
    fn structure(&self) -> Finding {
        let options = ValidationOptions::new().with_require_inclusion_proof(false);
        match validate_bundle_with_options(&self.reading.bundle, &options) {
            Err(
                error @ (StructureError::CertificateChainNotAllowed(_) | StructureError::MissingInclusionPromise(_)),
            ) => Finding::failed(format!("The bundle breaks its format: {error}.")),
            _ => Finding::passed(match self.media_type() {
                Some(media_type) => format!("A well-formed bundle of the format {media_type}."),
                None => "A well-formed bundle in cosign's older form.".to_owned(),
            }),
        }
    }

    fn certificate(&self) -> (Finding, Finding) {
        match (&self.signer, &self.accepted, &self.digest) {
            (Signer::Managed { .. } | Signer::Unnamed, ..) => {
                let none = || Finding::not_checked("Signed by a managed key, which needs no certificate.").optional();
                (none(), none())
            }
            (Signer::Malformed(why), ..) => (
                Finding::failed(format!("The certificate cannot be read: {why}.")),
                Finding::not_checked("There is no certificate to look into."),
            ),
            (_, Ok(result), _) if result.certificate_verified() && result.sct_verified() => {
                (chain::path_holds(), chain::sct_holds())
            }
            (_, _, Some(digest)) => chain::probe(&self.reading.bundle, self.anchors, digest),
            (_, _, None) => {
                let unknown = || Finding::not_checked("There is no digest of a file to check the bundle with.");
                (unknown(), unknown())
            }
        }
    }

    /// What `sigstore-verify` refuses and no check here found fault with becomes the fault of the check it belongs to.
    fn last_word(&self, findings: &mut [(CheckId, Finding)]) {
        let Err(error) = &self.accepted else { return };
        let sound = |(id, finding): &(CheckId, Finding)| {
            *id == CheckId::BundleIdentity || !finding.required() || finding.outcome == Outcome::Passed
        };
        if !findings.iter().all(sound) {
            return;
        }
        let (id, fault) = last_word::blame(error);
        for (_, finding) in findings.iter_mut().filter(|(other, _)| *other == id) {
            *finding = fault.clone();
        }
    }
}

fn no_entry() -> Finding {
    Finding::not_checked("The bundle holds no entry of a log.")
}

/// What `sigstore-verify` makes of the bundle. Whose identity it is, is asked here and not there.
fn ask(
    anchors: &Anchors,
    reading: &Reading,
    signer: &Signer,
    digest: Option<&ArtifactDigest>,
) -> Result<VerificationResult, Error> {
    let policy: Box<dyn Policy> = match signer {
        Signer::Managed { key, .. } => Box::new(PublicKeyVerificationPolicy::new(key.clone())),
        _ => Box::new(VerificationPolicy::any_identity()),
    };
    let digest = digest.ok_or_else(|| Error::UnsupportedArtifact("no digest of a file was given".to_owned()))?;
    anchors.verifier.verify(digest.clone(), &reading.bundle, policy.as_ref())
}
