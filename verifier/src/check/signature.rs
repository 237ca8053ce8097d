//! One signature, one key, one message.

use crate::format::key::{Material, PublicKey};
use rsa::signature::Verifier;
use sha2::Sha256;
use std::fmt;

/// The signature does not verify under the key, or is not even of the key's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not match")
    }
}

impl std::error::Error for BadSignature {}

/// Checks that `signature` over `message` was made with `key`, by the scheme that belongs to the key:
///
/// - Ed25519 (RFC 8032 §5.1.7), strict: no small-order points, no non-canonical encodings, cofactorless equation;
/// - ECDSA P-256 with SHA-256, signature in strict DER (RFC 3279 §2.2.3);
/// - RSASSA-PSS with SHA-256 and MGF1-SHA-256 (RFC 8017 §8.1.2), any salt length.
pub fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    match &key.material {
        Material::Ed25519(key) => {
            let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| BadSignature)?;
            key.verify_strict(message, &signature).map_err(|_| BadSignature)
        }
        Material::P256(key) => {
            let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| BadSignature)?;
            key.verify(message, &signature).map_err(|_| BadSignature)
        }
        Material::Rsa(key) => {
            let signature = rsa::pss::Signature::try_from(signature).map_err(|_| BadSignature)?;
            let key = rsa::pss::VerifyingKey::<Sha256>::new_with_auto_salt_len((**key).clone());
            key.verify(message, &signature).map_err(|_| BadSignature)
        }
    }
}
