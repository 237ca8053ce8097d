//! Checks Sigstore bundles: bytes in, one outcome a check out. No I/O; the clock that `sigstore-verify` reads decides
//! nothing that the time given here does not decide first.
//!
//! Every bundle goes through the crate `sigstore-verify`, which says yes or no, and through checks of our own, which say
//! which part holds and are stricter: a proof without a checkpoint is not a proof, the size of the tree comes from the
//! checkpoint, the log that signed it is the one that the entry names, and the artifact is what was signed. A bundle is
//! verified if both agree.
//!
//! ```text
//! read        strict reading; malformed and unsupported apart
//! cosign      cosign's older form, as a bundle
//! recorded    what a log answered, as a bundle
//! trust       the trusted roots
//! signer      whose key, and the signature
//! subject     the artifact is what was signed
//! entry, log  the entry is about the bundle; inclusion, checkpoint, entry timestamp
//! chain       timestamps, certificate, SCT
//! identity    who had to sign
//! last_word   what sigstore-verify says
//! provider    the cryptography under it
//! ```

mod chain;
mod cosign;
mod entry;
mod finding;
mod identity;
mod last_word;
mod log;
mod read;
mod recorded;
mod signer;
mod subject;
mod trust;
mod work;

pub use trust::EMBEDDED_TAKEN;

use read::Unread;
use rekor_verifier::report::{Check, CheckId, Outcome};
use rekor_verifier::sigstore::{BundleReport, BundleRequest, BundleVerifier, Trust};
use std::borrow::Cow;
use trust::Roots;

/// The checks, in the order of the report.
const CHECKS: [CheckId; 11] = [
    CheckId::BundleFormat,
    CheckId::BundleCertificate,
    CheckId::BundleSct,
    CheckId::BundleTimestamp,
    CheckId::BundleSignature,
    CheckId::BundleSubject,
    CheckId::BundleLogEntry,
    CheckId::BundleInclusion,
    CheckId::BundleCheckpoint,
    CheckId::BundleEntryTimestamp,
    CheckId::BundleIdentity,
];

/// The verifier. Keeps the embedded trusted roots as read, so that a second bundle costs less than the first.
#[derive(Default)]
pub struct Sigstore {
    roots: Roots,
}

impl Sigstore {
    /// A verifier that has read nothing yet.
    pub fn new() -> Self {
        rekor_sigstore_provider::install();
        Self::default()
    }
}

impl BundleVerifier for Sigstore {
    fn verify(&self, request: &BundleRequest) -> BundleReport {
        rekor_sigstore_provider::forget();
        let mut report = BundleReport::unknown(trust::describe(&request.trust));
        let anchors = match self.roots.get(&request.trust) {
            Ok(anchors) => anchors,
            Err(why) => {
                let why = format!("The trusted root cannot be used: {why}.");
                report.checks = CHECKS.map(|id| Check::new(id, &request.subject, Outcome::NotChecked, &why)).into();
                return report;
            }
        };
        match read::read(&request.bundle, request.container) {
            Ok(reading) => work::Work::new(request, &anchors, &reading).fill(&mut report),
            Err(unread) => report.checks = unread_checks(&request.subject, &unread),
        }
        report
    }

    fn trusted_root<'a>(&self, trust: &'a Trust) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(trust::json(trust)))
    }
}

fn unread_checks(subject: &str, unread: &Unread) -> Vec<Check> {
    let (outcome, why) = match unread {
        Unread::Malformed(why) => (Outcome::Failed, format!("The bundle is malformed: {why}.")),
        Unread::Unsupported(what) => (Outcome::NotChecked, format!("Not supported: {what}.")),
    };
    let of = |id| match id {
        CheckId::BundleFormat => Check::new(id, subject, outcome, &why),
        _ => Check::new(id, subject, Outcome::NotChecked, "The bundle was not read."),
    };
    CHECKS.map(of).into()
}
