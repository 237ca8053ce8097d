//! The last word is `sigstore-verify`'s: what it refuses is refused, whatever the checks here make of it.

use crate::finding::Finding;
use rekor_verifier::report::CheckId;
use sigstore_verify::crypto;
use sigstore_verify::error::{CertificateError, Error, TimestampError, TransparencyLogError};

/// The check to which an error of `sigstore-verify` belongs, and what it comes to.
pub fn blame(error: &Error) -> (CheckId, Finding) {
    let failed = || Finding::failed(format!("It does not hold: {error}."));
    let not_checked = || Finding::not_checked(format!("It could not be checked: {error}."));
    match error {
        Error::IdentityMismatch { .. } | Error::IssuerMismatch { .. } => {
            (CheckId::BundleIdentity, Finding::untrusted(format!("The signer is another: {error}.")))
        }
        Error::SignatureInvalid(_) => (CheckId::BundleSignature, failed()),
        Error::ArtifactMismatch(_) => (CheckId::BundleSubject, failed()),
        Error::UnsupportedArtifact(_) | Error::ArtifactRead(_) => (CheckId::BundleSubject, not_checked()),
        Error::Certificate(CertificateError::Sct(_)) => (CheckId::BundleSct, failed()),
        Error::Certificate(_) => (CheckId::BundleCertificate, failed()),
        Error::TransparencyLog(error) => (blame_log(error), failed()),
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(_)) => (CheckId::BundleTimestamp, not_checked()),
        Error::Timestamp(_) => (CheckId::BundleTimestamp, failed()),
        Error::UnsupportedBundle(_) => (CheckId::BundleFormat, not_checked()),
        Error::Crypto(crypto::Error::UnsupportedAlgorithm(_)) => (CheckId::BundleSignature, not_checked()),
        Error::InvalidTrustRoot(_) => (CheckId::BundleSct, not_checked()),
        Error::TrustRoot(_) | Error::TrustedCertificate(_) => (CheckId::BundleCertificate, not_checked()),
        _ => (CheckId::BundleFormat, failed()),
    }
}

fn blame_log(error: &TransparencyLogError) -> CheckId {
    match error {
        TransparencyLogError::InclusionProof(_) => CheckId::BundleInclusion,
        TransparencyLogError::UnknownLog { .. } | TransparencyLogError::Checkpoint(_) => CheckId::BundleCheckpoint,
        TransparencyLogError::InclusionPromise(_) | TransparencyLogError::IntegratedTime(_) => {
            CheckId::BundleEntryTimestamp
        }
        _ => CheckId::BundleLogEntry,
    }
}
