//! Keys from their numbers, and the one DER that each has: SubjectPublicKeyInfo (RFC 5280 §4.1).

use super::{KeyError, MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS, Material, PublicKey, RsaNumbers};
use crate::bytes::der::{self, Element, tag};
use crate::extras;
use p256::elliptic_curve::point::AffineCoordinates;

/// Object identifiers of algorithms and curves, as they stand in DER.
const ED25519_OID: &[u8] = &[0x2b, 0x65, 0x70];
const RSA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC_OID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256_OID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384_OID: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521_OID: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

/// SPKI DER of an Ed25519 key up to its 32 bytes (RFC 8410 §4).
const ED25519_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// SPKI DER of keys on NIST's curves up to the uncompressed point (RFC 5480 §2).
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const P384_PREFIX: [u8; 23] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22, 0x03, 0x62, 0x00,
];
const P521_PREFIX: [u8; 25] = [
    0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
    0x00, 0x23, 0x03, 0x81, 0x86, 0x00,
];

/// Types of keys and curves that people do have, by their object identifiers.
const UNSUPPORTED: [(&str, &str); 13] = [
    ("1.3.101.113", "an Ed448 key"),
    ("1.3.101.110", "an X25519 key, which cannot sign,"),
    ("1.3.101.111", "an X448 key, which cannot sign,"),
    ("1.2.840.10040.4.1", "a DSA key"),
    ("1.2.840.113549.1.1.10", "an RSA key that is bound to PSS (RSASSA-PSS)"),
    ("2.16.840.1.101.3.4.3.17", "an ML-DSA-44 key"),
    ("2.16.840.1.101.3.4.3.18", "an ML-DSA-65 key"),
    ("2.16.840.1.101.3.4.3.19", "an ML-DSA-87 key"),
    ("1.3.132.0.10", "the elliptic curve secp256k1"),
    ("1.3.132.0.33", "the elliptic curve P-224"),
    ("1.3.36.3.3.2.8.1.1.7", "the elliptic curve brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "the elliptic curve brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "the elliptic curve brainpoolP512r1"),
];

/// NIST's curves, by the size of their keys in bits.
#[derive(Clone, Copy)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

fn malformed(why: &str) -> KeyError {
    KeyError::Malformed(why.to_owned())
}

/// Reads SubjectPublicKeyInfo; nothing may follow it.
pub(super) fn read(der: &[u8]) -> Result<PublicKey, KeyError> {
    let (algorithm, parameters, key) = parts(der).ok_or_else(|| malformed("it is no SubjectPublicKeyInfo"))?;
    match algorithm {
        ED25519_OID => from_ed25519(key.try_into().map_err(|_| malformed("an Ed25519 key has 32 bytes"))?),
        EC_OID => {
            let oid = parameters.and_then(|parameters| parameters.expect(tag::OBJECT_IDENTIFIER));
            from_point(curve(oid.ok_or_else(|| malformed("its curve is not named"))?)?, key)
        }
        RSA_OID => from_pkcs1(key),
        oid => Err(unsupported(oid, "a key of type")),
    }
}

/// The algorithm, its parameters and the key.
fn parts(der: &[u8]) -> Option<(&[u8], Option<Element<'_>>, &[u8])> {
    let [algorithm, key] = der::sequence(der)?.try_into().ok()?;
    let key = key.bits()?;
    match der::sequence(algorithm.whole)?.as_slice() {
        [oid] => Some((oid.expect(tag::OBJECT_IDENTIFIER)?, None, key)),
        [oid, parameters] => Some((oid.expect(tag::OBJECT_IDENTIFIER)?, Some(*parameters), key)),
        _ => None,
    }
}

fn curve(oid: &[u8]) -> Result<Curve, KeyError> {
    match oid {
        P256_OID => Ok(Curve::P256),
        P384_OID => Ok(Curve::P384),
        P521_OID => Ok(Curve::P521),
        oid => Err(unsupported(oid, "the elliptic curve")),
    }
}

fn unsupported(oid: &[u8], what: &str) -> KeyError {
    let Some(oid) = der::dotted(oid) else { return malformed("an object identifier that cannot be read") };
    let named = UNSUPPORTED.iter().find(|(known, _)| *known == oid);
    KeyError::Unsupported(named.map_or_else(|| format!("{what} {oid}"), |(_, name)| (*name).to_owned()))
}

/// The Ed25519 key with these bytes; points of low order are refused.
pub(super) fn from_ed25519(raw: &[u8; 32]) -> Result<PublicKey, KeyError> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(raw)
        .map_err(|_| malformed("these 32 bytes are no point of the curve"))?;
    if key.is_weak() {
        return Err(malformed("an Ed25519 key of low order"));
    }
    Ok(PublicKey::new([&ED25519_PREFIX[..], raw].concat(), Material::Ed25519(key)))
}

/// The key of a point in SEC 1 form (§2.3.3), compressed or not.
pub(super) fn from_point(curve: Curve, point: &[u8]) -> Result<PublicKey, KeyError> {
    // Hybrid and compact forms exist in other standards; RFC 5480 §2.2 has these alone.
    if !matches!(point.first(), Some(2..=4)) {
        return Err(malformed("its point is neither compressed nor uncompressed"));
    }
    match curve {
        Curve::P256 => {
            let point = match point.first() {
                Some(4) => point.to_vec(),
                _ => uncompressed(extras::Curve::P256, point)?,
            };
            let key = p256_key(&point).ok_or_else(no_point)?;
            Ok(PublicKey::new([&P256_PREFIX[..], &point].concat(), Material::P256(key)))
        }
        Curve::P384 => {
            let point = uncompressed(extras::Curve::P384, point)?;
            Ok(PublicKey::new([&P384_PREFIX[..], &point].concat(), Material::P384(point)))
        }
        Curve::P521 => {
            let point = uncompressed(extras::Curve::P521, point)?;
            Ok(PublicKey::new([&P521_PREFIX[..], &point].concat(), Material::P521(point)))
        }
    }
}

fn no_point() -> KeyError {
    malformed("these bytes are no point of the curve")
}

/// The key of an uncompressed point. The curve's own reader takes square roots for the sake of compressed ones.
fn p256_key(point: &[u8]) -> Option<p256::ecdsa::VerifyingKey> {
    let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
    let point = p256::AffinePoint::from_coordinates(x.try_into().ok()?, y.try_into().ok()?);
    p256::ecdsa::VerifyingKey::from_affine(point.into_option()?).ok()
}

/// The point of a curve that few keys are on. Where nothing is at hand that knows the curve, an uncompressed one is taken
/// as it stands: no signature by it can be checked then either, and what names the key is not wrong for that.
fn uncompressed(curve: extras::Curve, point: &[u8]) -> Result<Vec<u8>, KeyError> {
    match extras::point(curve, point) {
        Ok(Some(point)) => Ok(point),
        Ok(None) => Err(no_point()),
        Err(_) if point.first() == Some(&4) && point.len() == curve.point_length() => Ok(point.to_vec()),
        Err(why) => Err(KeyError::Unavailable(why)),
    }
}

/// Reads RSAPublicKey (RFC 8017 A.1.1); nothing may follow it.
pub(super) fn from_pkcs1(der: &[u8]) -> Result<PublicKey, KeyError> {
    let numbers = |der| {
        let [modulus, exponent] = der::sequence(der)?.try_into().ok()?;
        Some((modulus.unsigned()?, exponent.unsigned()?))
    };
    let (modulus, exponent) = numbers(der).ok_or_else(|| malformed("it is no RSAPublicKey"))?;
    from_rsa(modulus, exponent)
}

/// SPKI DER of an RSA key (RFC 3279 §2.3.1).
fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = der::encode(tag::SEQUENCE, &[&der::encode_unsigned(modulus), &der::encode_unsigned(exponent)]);
    let algorithm = [der::encode(tag::OBJECT_IDENTIFIER, &[RSA_OID]), der::encode(tag::NULL, &[])].concat();
    let algorithm = der::encode(tag::SEQUENCE, &[&algorithm]);
    der::encode(tag::SEQUENCE, &[&algorithm, &der::encode(tag::BIT_STRING, &[&[0], &key])])
}

/// The RSA key with this modulus and public exponent, both big-endian.
pub(crate) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, KeyError> {
    // Before any arithmetic, whose time and memory these sizes bound.
    let bits = bit_length(modulus);
    if !(MIN_RSA_BITS as usize..=MAX_RSA_BITS as usize).contains(&bits) {
        return Err(KeyError::Unsupported(format!("an RSA key of {bits} bits")));
    }
    let bits_of_exponent = bit_length(exponent);
    if bits_of_exponent > MAX_RSA_EXPONENT_BITS as usize {
        return Err(KeyError::Unsupported(format!("an RSA key with an exponent of {bits_of_exponent} bits")));
    }
    if bits_of_exponent < 2 || exponent.last().is_some_and(|low| low % 2 == 0) {
        return Err(malformed("an RSA exponent is odd and at least 3"));
    }
    // What its signatures are checked with refuses it too; but that may not be at hand.
    if modulus.last().is_some_and(|low| low % 2 == 0) {
        return Err(malformed("its numbers are none of an RSA key"));
    }
    let key = RsaNumbers { modulus: without_zeros(modulus).to_vec(), exponent: exponent.to_vec() };
    Ok(PublicKey::new(rsa_spki(modulus, exponent), Material::Rsa(key)))
}

/// The number of bits in a big-endian number, leading zeros aside.
fn bit_length(number: &[u8]) -> usize {
    let number = without_zeros(number);
    let leading = number.first().map_or(0, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - leading
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}
