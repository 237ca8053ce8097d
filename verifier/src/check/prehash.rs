//! Signatures where only the digest of what was signed is at hand, as in Rekor's `hashedrekord` entries.

use super::rsa::{self, Padding, Salt};
use super::signature::p256_signature;
use crate::extras::{self, Curve, Unavailable};
use crate::format::key::{KeyError, Material, PublicKey, Scheme};
use crate::format::rekor_body::{BodySignature, Committed, EntryStatement};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use std::fmt;

/// Why a signature over a digest does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrehashError {
    /// It does not verify under the key.
    Mismatch,
    /// It cannot be checked; the text says why. That speaks neither for it nor against it.
    Unsupported(&'static str),
    /// What checks it is not at hand.
    Unavailable(Unavailable),
    /// The key that it is to be checked with cannot be used.
    Key(KeyError),
}

impl fmt::Display for PrehashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrehashError::Mismatch => f.write_str("the signature does not match"),
            PrehashError::Unsupported(why) => f.write_str(why),
            PrehashError::Unavailable(why) => why.fmt(f),
            PrehashError::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PrehashError {}

impl From<Unavailable> for PrehashError {
    fn from(why: Unavailable) -> Self {
        PrehashError::Unavailable(why)
    }
}

/// Checks that the signature in an entry is over the artifact's digest in it; the key is the one that made it, and
/// whose that is, nobody has said.
pub fn verify_entry(entry: &EntryStatement) -> Result<PublicKey, PrehashError> {
    let (artifact, only, signature) = signed(entry)?;
    let key = PublicKey::parse(&only.verifier).map_err(PrehashError::Key)?;
    verify(&key, &artifact.algorithm, &artifact.digest, signature)?;
    Ok(key)
}

/// Checks that the signature in an entry is over the artifact's digest in it, and by `key`, which may allow fewer
/// schemes than the entry's own form of it.
pub fn verify_entry_by(entry: &EntryStatement, key: &PublicKey) -> Result<(), PrehashError> {
    let (artifact, _, signature) = signed(entry)?;
    verify(key, &artifact.algorithm, &artifact.digest, signature)
}

/// The digest of an entry's artifact, and the one signature over it.
fn signed(entry: &EntryStatement) -> Result<(&Committed, &BodySignature, &[u8]), PrehashError> {
    let (Some(artifact), [only]) = (entry.artifact(), &entry.signatures[..]) else {
        return Err(PrehashError::Unsupported("the entry holds no signature over an artifact"));
    };
    match only.signature.as_ref().filter(|_| only.format == "x509") {
        Some(signature) => Ok((artifact, only, signature)),
        None => Err(PrehashError::Unsupported("the signature is of a format that signs more than the artifact")),
    }
}

/// Checks that `signature` was made with `key` over a message with this `digest`, by ECDSA (FIPS 186-5 §6.4.2),
/// RSASSA-PKCS1-v1_5 or, with SHA-256, RSASSA-PSS (RFC 8017 §8). `algorithm` is `sha256`, `sha384` or `sha512`.
pub fn verify(key: &PublicKey, algorithm: &str, digest: &[u8], signature: &[u8]) -> Result<(), PrehashError> {
    if !matches!((algorithm, digest.len()), ("sha256", 32) | ("sha384", 48) | ("sha512", 64)) {
        return Err(PrehashError::Unsupported("the digest is none of SHA-256, SHA-384 or SHA-512"));
    }
    let holds = match &key.material {
        Material::P256(key) => {
            p256_signature(signature).is_some_and(|signature| key.verify_prehash(digest, &signature).is_ok())
        }
        Material::P384(point) => extras::ecdsa_holds(Curve::P384, point, digest, signature)?,
        // The curve takes digests of 33 bytes and more.
        Material::P521(_) if algorithm == "sha256" => {
            return Err(PrehashError::Unsupported("ECDSA P-521 with SHA-256 is not supported"));
        }
        Material::P521(point) => extras::ecdsa_holds(Curve::P521, point, digest, signature)?,
        Material::Rsa(numbers) => {
            let holds =
                |scheme, padding| key.schemes().contains(&scheme) && rsa::holds(numbers, padding, digest, signature);
            let holds_by_pkcs1 = holds(Scheme::RsaPkcs1Sha256, Padding::Pkcs1v15);
            if !holds_by_pkcs1 && algorithm != "sha256" {
                return Err(PrehashError::Unsupported("RSA-PSS with another hash than SHA-256 is not supported"));
            }
            holds_by_pkcs1 || holds(Scheme::RsaPssSha256, Padding::Pss(Salt::Any))
        }
        Material::Ed25519(_) => {
            return Err(PrehashError::Unsupported("Ed25519 signs the artifact itself, and only its digest is here"));
        }
    };
    if holds { Ok(()) } else { Err(PrehashError::Mismatch) }
}
