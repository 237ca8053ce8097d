//! The answers themselves.

use super::{Curve, Unavailable, keys, message, question};
use crate::bytes::Cursor;
use crate::check::{ml_dsa, openpgp};
use crate::format::key::{KeyError, PublicKey};
use crate::format::openpgp::certificates;
use p256::ecdsa::signature::hazmat::PrehashVerifier;

/// A point in SEC 1 form as an uncompressed one; nothing where it is no point of the curve.
pub(crate) fn point(curve: Curve, point: &[u8]) -> Result<Option<Vec<u8>>, Unavailable> {
    Ok(match curve {
        Curve::P256 => p256_key(point).map(|key| key.to_sec1_point(false).as_bytes().to_vec()),
        Curve::P384 => p384_key(point).map(|key| key.to_sec1_point(false).as_bytes().to_vec()),
        Curve::P521 => p521_key(point).map(|key| key.to_sec1_point(false).as_bytes().to_vec()),
    })
}

/// Whether an ECDSA signature in DER over a message with this digest holds (FIPS 186-5 §6.4.2).
pub(crate) fn ecdsa_holds(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> Result<bool, Unavailable> {
    let holds = match curve {
        Curve::P256 => {
            let signature = p256::ecdsa::Signature::from_der(signature);
            p256_key(point).zip(signature.ok()).map(|(key, signature)| key.verify_prehash(digest, &signature).is_ok())
        }
        Curve::P384 => {
            let signature = p384::ecdsa::Signature::from_der(signature);
            p384_key(point).zip(signature.ok()).map(|(key, signature)| key.verify_prehash(digest, &signature).is_ok())
        }
        Curve::P521 => {
            let signature = p521::ecdsa::Signature::from_der(signature);
            p521_key(point).zip(signature.ok()).map(|(key, signature)| key.verify_prehash(digest, &signature).is_ok())
        }
    };
    Ok(holds == Some(true))
}

fn p256_key(point: &[u8]) -> Option<p256::ecdsa::VerifyingKey> {
    p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()
}

fn p384_key(point: &[u8]) -> Option<p384::ecdsa::VerifyingKey> {
    p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()
}

fn p521_key(point: &[u8]) -> Option<p521::ecdsa::VerifyingKey> {
    p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()
}

/// Whether an ML-DSA-44 signature holds: see [`ml_dsa::verify`].
pub(crate) fn ml_dsa_holds(key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, Unavailable> {
    Ok(ml_dsa::verify(key, message, signature).is_ok())
}

/// The signing keys of OpenPGP certificates in a row.
pub(crate) fn openpgp_keys(packets: &[u8]) -> Result<Vec<PublicKey>, KeyError> {
    let certificates = certificates(packets)?;
    let keys = certificates.iter().map(openpgp::signing_keys);
    Ok(keys.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Answers a question from a program without the feature `extras`; nothing where it cannot be read.
pub fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(question);
    let kind = cursor.u8()?;
    if kind == question::OPENPGP {
        return Some(tell(openpgp_keys(cursor.prefixed()?)));
    }
    if kind == question::ML_DSA {
        let [key, message, signature] = [cursor.prefixed()?, cursor.prefixed()?, cursor.prefixed()?];
        return Some(yes_or_no(ml_dsa_holds(key, message, signature)));
    }
    let name = cursor.prefixed()?;
    let curve = [Curve::P256, Curve::P384, Curve::P521].into_iter().find(|curve| curve.name() == name)?;
    let given = cursor.prefixed()?;
    match kind {
        question::POINT => Some(point(curve, given).ok().flatten().unwrap_or_default()),
        question::ECDSA => Some(yes_or_no(ecdsa_holds(curve, given, cursor.prefixed()?, cursor.prefixed()?))),
        _ => None,
    }
}

fn yes_or_no(holds: Result<bool, Unavailable>) -> Vec<u8> {
    vec![1; usize::from(holds == Ok(true))]
}

fn tell(found: Result<Vec<PublicKey>, KeyError>) -> Vec<u8> {
    let error = |kind: u8, text: &str| message(kind, &[text.as_bytes()]);
    match found {
        Ok(found) => {
            let hints: Vec<[String; 2]> = found.iter().map(PublicKey::openpgp_words).collect();
            let parts = found.iter().zip(&hints);
            let parts: Vec<&[u8]> = parts
                .flat_map(|(key, [fingerprint, expires])| [key.spki_der(), fingerprint.as_bytes(), expires.as_bytes()])
                .collect();
            message(keys::FOUND, &parts)
        }
        Err(KeyError::PrivateKey) => error(keys::PRIVATE_KEY, ""),
        Err(KeyError::Unsupported(what)) => error(keys::UNSUPPORTED, &what),
        Err(KeyError::Malformed(why)) => error(keys::MALFORMED, &why),
        Err(KeyError::UnsupportedHash(hash)) => error(keys::UNSUPPORTED_HASH, &hash),
        Err(KeyError::Unusable(why)) => error(keys::UNUSABLE, &why),
        Err(KeyError::NotAKey | KeyError::Several(_) | KeyError::Unavailable(_)) => error(keys::NOT_A_KEY, ""),
    }
}
