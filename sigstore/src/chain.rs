//! Times of signing, the path to Fulcio, and the promise to record the certificate.

use crate::finding::Finding;
use crate::trust::Anchors;
use rekor_verifier::sigstore::BundleTime;
use sigstore_verify::error::{CertificateError, Error, TimestampError, TransparencyLogError};
use sigstore_verify::tsa;
use sigstore_verify::types::{ArtifactDigest, Bundle, SignatureBytes, SignatureContent, TimestampToken};
use sigstore_verify::{VerificationPolicy, VerificationResult};

/// The RFC 3161 timestamps: every one that is there must hold. `accepted` is what `sigstore-verify` gave.
pub fn check_stamps(
    bundle: &Bundle,
    anchors: &Anchors,
    accepted: Option<&VerificationResult>,
    now: i64,
) -> (Finding, Vec<BundleTime>) {
    let tokens = &bundle.verification_material.timestamp_verification_data.rfc3161_timestamps;
    let signature = match &bundle.content {
        SignatureContent::MessageSignature(message) => &message.signature,
        SignatureContent::DsseEnvelope(envelope) => &envelope.signature.sig,
        _ => return (Finding::not_checked("This kind of signed content is not supported."), Vec::new()),
    };
    let mut times = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let known = accepted.and_then(|result| known_time(result, i, tokens.len()));
        let found = match known {
            Some(time) => Ok(BundleTime { time: time.as_second(), voucher: voucher(anchors, time) }),
            None => check_stamp(&token.signed_timestamp, signature, anchors),
        };
        match found {
            Ok(found) if found.time > now => {
                return (Finding::failed("A timestamp is from the future.").with("found", found.time), times);
            }
            Ok(found) => times.push(found),
            Err(finding) => return (finding, times),
        }
    }
    let finding = match times.first() {
        Some(first) => Finding::passed(format!("{} vouches for the time.", first.voucher)).with("time", first.time),
        None => Finding::not_checked("No timestamp authority vouches for a time.").optional(),
    };
    (finding, times)
}

/// The time of token `i` of `of` in an accepted bundle: timestamps come first for a certificate, last for a managed key.
fn known_time(result: &VerificationResult, i: usize, of: usize) -> Option<jiff::Timestamp> {
    let times = result.verified_timestamps();
    let start = if result.certificate().is_some() { 0 } else { times.len().checked_sub(of)? };
    times.get(start + i).copied()
}

/// The authority of a timestamp that holds; where several were valid at the time, which of them it was is not known.
fn voucher(anchors: &Anchors, time: jiff::Timestamp) -> String {
    let valid = |authority: &tsa::TsaAuthority| authority.valid_for.is_none_or(|window| window.contains(time));
    let mut names = anchors.authorities.iter().filter(|(_, authority)| valid(authority)).map(|(name, _)| name);
    match (names.next(), names.next()) {
        (Some(name), None) => name.clone(),
        _ => "A timestamp authority of the trusted root".to_owned(),
    }
}

/// How `sigstore-tsa` says that none of an authority's certificates is the signer's: a text, under its exact version.
const FOREIGN: &str = "CMS signer does not match any trusted TSA certificate";

fn check_stamp(token: &TimestampToken, signature: &SignatureBytes, anchors: &Anchors) -> Result<BundleTime, Finding> {
    // Of several authorities the one that knows the signer has the reason.
    let mut reason = None;
    for (name, authority) in &anchors.authorities {
        match tsa::verify_timestamp_for_authority(token, signature, authority) {
            Ok(time) => return Ok(BundleTime { time: time.as_second(), voucher: name.clone() }),
            Err(tsa::Error::SignatureVerificationError(why)) if why == FOREIGN => {}
            Err(error) => reason = Some(error),
        }
    }
    Err(match reason {
        None => Finding::untrusted("No timestamp authority of the trusted root made the timestamp."),
        Some(error @ tsa::Error::TimestampOutsideValidity { .. }) => {
            Finding::failed("The timestamp is from a time for which its authority is not trusted.")
                .with("detail", error.to_string())
        }
        Some(error @ tsa::Error::HashMismatch { .. }) => {
            Finding::failed("The timestamp is for another signature.").with("detail", error.to_string())
        }
        Some(error) => Finding::failed("The timestamp does not hold.").with("detail", error.to_string()),
    })
}

/// Certificate and SCT of a bundle that `sigstore-verify` refused: asked again without the log, it goes on to the first
/// thing that is wrong, and its order is times, path, SCT, all else. The proofs are left out, since it does not even
/// begin where one of them is malformed.
pub fn probe(bundle: &Bundle, anchors: &Anchors, artifact: &ArtifactDigest) -> (Finding, Finding) {
    let mut bundle = bundle.clone();
    for entry in &mut bundle.verification_material.tlog_entries {
        entry.inclusion_proof = None;
    }
    let policy = VerificationPolicy::any_identity().skip_tlog_unsafe();
    let unknown = |why: &str| (Finding::not_checked(why), Finding::not_checked(why));
    match anchors.verifier.verify(artifact.clone(), &bundle, &policy) {
        Err(Error::Certificate(CertificateError::Sct(why))) => {
            let sct = Finding::failed("No certificate log of the trusted root promised to record the certificate.");
            (path_holds(), sct.with("detail", why))
        }
        Err(Error::Certificate(error)) => {
            (path_fault(&error), Finding::not_checked("Who gave out the certificate is not known."))
        }
        // The root was read before; what it can lack here is a certificate log.
        Err(Error::InvalidTrustRoot(_)) => {
            (path_holds(), Finding::untrusted("The trusted root names no certificate log."))
        }
        Err(Error::Timestamp(TimestampError::NoVerifiedTimestamp(_))) => {
            unknown("Nobody vouches for the time of signing, so the certificate may have run out before it.")
        }
        Err(Error::Timestamp(_) | Error::TransparencyLog(TransparencyLogError::InclusionPromise(_))) => {
            unknown("The times of signing do not hold.")
        }
        // What is found wrong only after certificate and SCT have passed.
        Err(
            Error::SignatureInvalid(_)
            | Error::ArtifactMismatch(_)
            | Error::UnsupportedArtifact(_)
            | Error::TransparencyLog(TransparencyLogError::EntryMismatch(_) | TransparencyLogError::MalformedEntry(_)),
        )
        | Ok(_) => (path_holds(), sct_holds()),
        Err(error) => unknown(&format!("The bundle is refused before: {error}.")),
    }
}

/// What is wrong with the path. The exact version of `sigstore-verify` has its reasons as text only.
fn path_fault(error: &CertificateError) -> Finding {
    let detail = error.to_string();
    let finding = match error {
        CertificateError::Malformed(_) => Finding::failed("The certificate is malformed."),
        CertificateError::NoValidAuthority { .. } => {
            Finding::untrusted("The trusted root names no authority for the time of signing.")
        }
        CertificateError::ChainInvalid(why) if why.contains("UnknownIssuer") => {
            Finding::untrusted("No authority of the trusted root gave out the certificate.")
        }
        CertificateError::ChainInvalid(why) if why.contains("CertExpired") || why.contains("CertNotValidYet") => {
            Finding::failed("The certificate was not valid at the time of signing.")
        }
        CertificateError::NotYetValid { .. } | CertificateError::Expired { .. } => {
            Finding::failed("The certificate was not valid at the time of signing.")
        }
        _ => Finding::failed("The path from the certificate to an authority does not hold."),
    };
    finding.with("detail", detail)
}

/// The certificate's path, as it reads where it holds.
pub fn path_holds() -> Finding {
    Finding::passed(
        "The certificate leads to an authority of the trusted root, and was valid at every time of signing.",
    )
}

/// The SCT, as it reads where it holds.
pub fn sct_holds() -> Finding {
    Finding::passed("A certificate log of the trusted root promised to record the certificate.")
}
