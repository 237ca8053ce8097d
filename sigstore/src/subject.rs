//! The artifact is what was signed.

use crate::finding::Finding;
use crate::read::{Reading, Statement};
use rekor_verifier::bytes::hex_decode;
use rekor_verifier::report::Outcome;
use rekor_verifier::sigstore::{ArtifactDigests, BundleSubject};
use sigstore_verify::types::{ArtifactDigest, HashAlgorithm, SignatureContent};

/// The digests that decide; weaker ones never do.
const STRONG: [&str; 3] = ["sha256", "sha384", "sha512"];

/// Whether the artifact is what was signed; `signature` is what came of the signature.
pub fn check(reading: &Reading, artifact: Option<&ArtifactDigests>, signature: Outcome) -> Finding {
    let Some(artifact) = artifact else {
        return Finding::not_checked("No file was compared with what was signed: give the one that it is about.")
            .optional();
    };
    match (&reading.bundle.content, &reading.statement) {
        (_, Some(statement)) => check_statement(statement, artifact),
        (SignatureContent::MessageSignature(message), _) => match &message.message_digest {
            Some(stated) => {
                let name = stated.algorithm.as_rekor_str();
                check_digest(name, &rekor_verifier::bytes::hex_encode(stated.digest.as_bytes()), artifact)
            }
            None if signature == Outcome::Passed => Finding::passed("The signature is over the digest of this file."),
            None => Finding::not_checked(
                "The bundle states no digest, and its signature does not show that it is over this file.",
            ),
        },
        _ => Finding::not_checked("The envelope holds no statement about files."),
    }
}

fn check_digest(algorithm: &str, stated: &str, artifact: &ArtifactDigests) -> Finding {
    match artifact.get(algorithm) {
        None => Finding::not_checked(format!("The {algorithm} digest of the file is not known.")),
        Some(found) if found == stated => {
            Finding::passed(format!("The file has the signed {algorithm} digest.")).with(algorithm, found)
        }
        Some(found) => Finding::failed("Another file was signed.").with("expected", stated).with("found", found),
    }
}

fn check_statement(statement: &Statement, artifact: &ArtifactDigests) -> Finding {
    let known = |subject: &BundleSubject| STRONG.iter().any(|name| agrees(subject, artifact, name).is_some());
    let named = |subject: &BundleSubject| STRONG.iter().any(|name| agrees(subject, artifact, name) == Some(true));
    match statement.subjects.iter().find(|subject| named(subject)) {
        Some(subject) if STRONG.iter().any(|name| agrees(subject, artifact, name) == Some(false)) => {
            Finding::failed("One digest of the file agrees with the statement, another does not.")
                .with("name", subject.name.clone())
        }
        Some(subject) => Finding::passed("The signed statement is about this file.").with("name", subject.name.clone()),
        None if statement.subjects.iter().any(known) => {
            Finding::failed("The signed statement is about other files.").with("found", artifact.sha256.clone())
        }
        None => Finding::not_checked("The statement names its files by digests that are not known of this one."),
    }
}

/// Whether the digest is the artifact's; `None` where one of the two is not known.
fn agrees(subject: &BundleSubject, artifact: &ArtifactDigests, algorithm: &str) -> Option<bool> {
    Some(subject.digests.get(algorithm)? == artifact.get(algorithm)?)
}

/// The digest under which `sigstore-verify` is asked for the artifact: it takes one. Without an artifact the one that was
/// signed is asked for, which settles everything but whose digest it is.
pub fn asked(reading: &Reading, artifact: Option<&ArtifactDigests>) -> Option<ArtifactDigest> {
    let hex = |algorithm, hex: &str| ArtifactDigest::new(algorithm, hex_decode(hex)?).ok();
    if let Some(statement) = &reading.statement {
        let by = |algorithm, name| match artifact {
            Some(artifact) => {
                let subject = |subject: &BundleSubject| agrees(subject, artifact, name) == Some(true);
                statement.subjects.iter().any(subject).then(|| hex(algorithm, artifact.get(name)?)).flatten()
            }
            None => hex(algorithm, statement.subjects.iter().find_map(|subject| subject.digests.get(name))?),
        };
        let found = by(HashAlgorithm::Sha2256, "sha256").or_else(|| by(HashAlgorithm::Sha2512, "sha512"));
        return found.or_else(|| hex(HashAlgorithm::Sha2256, &artifact?.sha256));
    }
    let stated = match &reading.bundle.content {
        SignatureContent::MessageSignature(message) => message.message_digest.as_ref(),
        _ => None,
    };
    match (artifact, stated) {
        (Some(artifact), stated) => {
            let algorithm = stated.map_or(HashAlgorithm::Sha2256, |stated| stated.algorithm);
            hex(algorithm, artifact.get(algorithm.as_rekor_str())?)
        }
        (None, Some(stated)) => ArtifactDigest::new(stated.algorithm, stated.digest.as_bytes()).ok(),
        (None, None) => None,
    }
}
