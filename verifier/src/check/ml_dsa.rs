//! ML-DSA-44 signatures (FIPS 204), as witnesses make them.

use super::signature::BadSignature;
use ml_dsa::{EncodedSignature, EncodedVerifyingKey, MlDsa44, Signature, VerifyingKey};

/// Checks `signature` (2,420 bytes) over `message` by `key` (1,312 bytes): pure ML-DSA-44, empty context string
/// (FIPS 204 §5.3). Anything of another size, or not in its one encoding, is a bad signature.
pub fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    let key = EncodedVerifyingKey::<MlDsa44>::try_from(key).map_err(|_| BadSignature::Mismatch)?;
    let signature = EncodedSignature::<MlDsa44>::try_from(signature).map_err(|_| BadSignature::Mismatch)?;
    let signature = Signature::<MlDsa44>::decode(&signature).ok_or(BadSignature::Mismatch)?;
    match VerifyingKey::<MlDsa44>::decode(&key).verify_with_context(message, b"", &signature) {
        true => Ok(()),
        false => Err(BadSignature::Mismatch),
    }
}
