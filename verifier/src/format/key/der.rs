//! DER that holds a key: which of its forms it is, and the walk to the key in an X.509 certificate.

use super::{KeyError, PublicKey, spki};
use crate::bytes::der::tag::{INTEGER, OBJECT_IDENTIFIER, SEQUENCE};
use crate::bytes::der::{Element, sequence};

/// The position of subjectPublicKeyInfo in a tbsCertificate without its optional version (RFC 5280 §4.1).
const SPKI_POSITION: usize = 5;

/// The explicit tag of the version, `[0]`.
const VERSION: u8 = 0xa0;

/// Reads SPKI, PKCS#1 or an X.509 certificate; [`KeyError::NotAKey`] if the bytes have the shape of none of them.
pub(super) fn read(der: &[u8]) -> Result<PublicKey, KeyError> {
    let outer = sequence(der).ok_or(KeyError::NotAKey)?;
    let tags: Vec<u8> = outer.iter().map(|element| element.tag).collect();
    match (outer.as_slice(), tags.as_slice()) {
        ([algorithm, _], [SEQUENCE, _]) if first_tag(algorithm) == Some(OBJECT_IDENTIFIER) => spki::read(der),
        (_, [SEQUENCE, SEQUENCE, _]) => spki::read(spki_of_certificate(der)?),
        (_, [INTEGER, INTEGER]) => spki::from_pkcs1(der),
        // PKCS#8, PKCS#1 and SEC1 private keys begin with a version of one byte, and have more than one element after.
        ([version, ..], [INTEGER, _, _, ..]) if version.body.len() == 1 => Err(KeyError::PrivateKey),
        _ => Err(KeyError::NotAKey),
    }
}

/// Whether the bytes have the shape of an X.509 certificate, and of no bare key.
pub(super) fn is_certificate(der: &[u8]) -> bool {
    let tags = |elements: Vec<Element>| elements.iter().map(|element| element.tag).collect::<Vec<_>>();
    matches!(sequence(der).map(tags).as_deref(), Some([SEQUENCE, SEQUENCE, _]))
}

/// The subjectPublicKeyInfo of an X.509 certificate. Nothing else of it is looked at.
pub(super) fn spki_of_certificate(der: &[u8]) -> Result<&[u8], KeyError> {
    let walk = || {
        let to_be_signed = sequence(sequence(der)?.first()?.whole)?;
        let has_version = to_be_signed.first()?.tag == VERSION;
        to_be_signed.get(SPKI_POSITION + usize::from(has_version)).map(|spki| spki.whole)
    };
    walk().ok_or_else(|| KeyError::Malformed("this X.509 certificate cannot be read".into()))
}

fn first_tag(element: &Element<'_>) -> Option<u8> {
    Some(sequence(element.whole)?.first()?.tag)
}
