//! The questions, put to somebody else.

use super::{Curve, Unavailable, keys, message, question};
use crate::bytes::Cursor;
use crate::format::key::{KeyError, OpenPgpHints, PublicKey};
use std::sync::OnceLock;

/// Takes a question to where it is answered, by `answer` of a program with the feature `extras`; `None` where that is
/// not at hand.
pub type Answer = fn(&[u8]) -> Option<Vec<u8>>;

/// A program is linked once, and so is this set once: it stands for what would be linked with the feature.
static ANSWER: OnceLock<Answer> = OnceLock::new();

/// Names who answers. Only the first call counts.
pub fn ask_with(answer: Answer) {
    ANSWER.get_or_init(|| answer);
}

fn ask(kind: u8, parts: &[&[u8]]) -> Result<Vec<u8>, Unavailable> {
    ANSWER.get().and_then(|answer| answer(&message(kind, parts))).ok_or(Unavailable)
}

/// A point in SEC 1 form as an uncompressed one; nothing where it is no point of the curve.
pub(crate) fn point(curve: Curve, point: &[u8]) -> Result<Option<Vec<u8>>, Unavailable> {
    let answer = ask(question::POINT, &[curve.name(), point])?;
    Ok(Some(answer).filter(|point| !point.is_empty()))
}

/// Whether an ECDSA signature in DER over a message with this digest holds (FIPS 186-5 §6.4.2).
pub(crate) fn ecdsa_holds(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> Result<bool, Unavailable> {
    Ok(ask(question::ECDSA, &[curve.name(), point, digest, signature])? == [1])
}

/// Whether an ML-DSA-44 signature holds (FIPS 204 §5.3, empty context).
pub(crate) fn ml_dsa_holds(key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, Unavailable> {
    Ok(ask(question::ML_DSA, &[key, message, signature])? == [1])
}

/// The signing keys of OpenPGP certificates in a row.
pub(crate) fn openpgp_keys(packets: &[u8]) -> Result<Vec<PublicKey>, KeyError> {
    let answer = ask(question::OPENPGP, &[packets]).map_err(KeyError::Unavailable)?;
    told(&answer).unwrap_or(Err(KeyError::Unavailable(Unavailable)))
}

/// What the answer tells; nothing where it cannot be read.
fn told(answer: &[u8]) -> Option<Result<Vec<PublicKey>, KeyError>> {
    let mut cursor = Cursor::new(answer);
    let kind = cursor.u8()?;
    if kind == keys::FOUND {
        return found(&mut cursor).map(Ok);
    }
    let text = String::from_utf8(cursor.prefixed()?.to_vec()).ok()?;
    Some(Err(match kind {
        keys::NOT_A_KEY => KeyError::NotAKey,
        keys::PRIVATE_KEY => KeyError::PrivateKey,
        keys::UNSUPPORTED => KeyError::Unsupported(text),
        keys::MALFORMED => KeyError::Malformed(text),
        keys::UNSUPPORTED_HASH => KeyError::UnsupportedHash(text.into()),
        keys::UNUSABLE => KeyError::Unusable(text.into()),
        _ => return None,
    }))
}

fn found(cursor: &mut Cursor<'_>) -> Option<Vec<PublicKey>> {
    let mut keys = Vec::new();
    while !cursor.is_empty() {
        let key = PublicKey::from_spki_der(cursor.prefixed()?).ok()?;
        let mut text = || String::from_utf8(cursor.prefixed()?.to_vec()).ok();
        let (fingerprint, expires) = (text()?, text()?);
        let hints = OpenPgpHints {
            fingerprint: Some(fingerprint).filter(|text| !text.is_empty()),
            expires: Some(expires).filter(|text| !text.is_empty()).map(|text| text.parse()).transpose().ok()?,
        };
        keys.push(key.for_openpgp(hints));
    }
    Some(keys)
}
