//! One signature, one key, one message.

use super::digest::sha256;
use super::rsa::{self, Padding, Salt};
use crate::Hash;
use crate::bytes::der::{self, Element};
use crate::extras::{self, Curve, Unavailable};
use crate::format::key::{Material, PublicKey, Scheme};
#[cfg(feature = "extras")]
use crate::format::openpgp::mpi_values;
use crate::format::openpgp::{Headers, HeadersError, algorithm};
use p256::ecdsa::signature::Verifier;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::fmt;

/// Why a signature does not count. Only [`Mismatch`](Self::Mismatch) speaks against it: see [`Self::is_unsupported`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSignature {
    /// It does not verify under the key, or is not even of the key's form.
    Mismatch,
    /// The key is for this scheme, by its own file, and the signature is of another.
    OtherScheme(Scheme),
    /// The headers of an OpenPGP signature cannot be read.
    Headers,
    /// An OpenPGP signature of this version, expected 4.
    Version(u8),
    /// An OpenPGP signature of this type, expected 0x00, over a document (RFC 4880 §5.2.1).
    Kind(u8),
    /// An OpenPGP signature with this hash algorithm, expected 8, SHA-256 (RFC 4880 §9.4).
    Hash(u8),
    /// An OpenPGP signature with this public-key algorithm, which is not the key's (RFC 4880 §9.1).
    Algorithm(u8),
    /// An OpenPGP signature with a subpacket of this type that must be understood, and is not.
    Critical(u8),
    /// An OpenPGP signature that states its own end; there is no clock to hold it against.
    Ends,
    /// What checks it is not at hand.
    Unavailable(Unavailable),
}

impl BadSignature {
    /// Whether the signature was not checked, because it is of a kind that is not supported for the key.
    pub const fn is_unsupported(self) -> bool {
        !matches!(self, BadSignature::Mismatch | BadSignature::Headers)
    }
}

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadSignature::Mismatch => f.write_str("the signature does not match"),
            BadSignature::OtherScheme(scheme) => {
                write!(f, "the key is for {} only, and the signature is of another scheme", scheme.name())
            }
            BadSignature::Headers => f.write_str("the headers of the OpenPGP signature cannot be read"),
            BadSignature::Version(version) => write!(f, "an OpenPGP signature of version {version}, expected 4"),
            BadSignature::Kind(kind) => {
                write!(f, "an OpenPGP signature of type 0x{kind:02x}, expected 0x00 (over a document)")
            }
            BadSignature::Hash(hash) => write!(f, "an OpenPGP signature with {}, expected SHA-256", hash_name(*hash)),
            BadSignature::Algorithm(algorithm) => {
                write!(f, "an OpenPGP signature of public-key algorithm {algorithm}, which is not the key's")
            }
            BadSignature::Critical(kind) => {
                write!(f, "an OpenPGP signature with a critical subpacket of type {kind}, which is not understood")
            }
            BadSignature::Unavailable(why) => why.fmt(f),
            BadSignature::Ends => f.write_str("an OpenPGP signature that states its own end, which is not supported"),
        }
    }
}

impl std::error::Error for BadSignature {}

/// Checks that `signature` over `message` was made with `key`, and tells by which of [`PublicKey::schemes`]:
///
/// - Ed25519 (RFC 8032 §5.1.7), strict: no small-order points, no non-canonical encodings, cofactorless equation;
/// - ECDSA P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512, signature in strict DER (RFC 3279 §2.2.3);
/// - RSASSA-PSS with SHA-256 and MGF1-SHA-256 (RFC 8017 §8.1.2), any salt length, and then RSASSA-PKCS1-v1_5 with
///   SHA-256 (§8.2.2).
pub fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<Scheme, BadSignature> {
    let mut bad = BadSignature::OtherScheme(key.scheme());
    for scheme in key.schemes().iter().copied().filter(|scheme| !scheme.is_openpgp()) {
        if holds_as(key, scheme, message, signature).map_err(BadSignature::Unavailable)? {
            return Ok(scheme);
        }
        bad = BadSignature::Mismatch;
    }
    Err(bad)
}

fn holds_as(key: &PublicKey, scheme: Scheme, message: &[u8], signature: &[u8]) -> Result<bool, Unavailable> {
    match &key.material {
        Material::Ed25519(key) => Ok(verify_ed25519(key, message, signature)),
        Material::P256(key) => {
            Ok(p256_signature(signature).is_some_and(|signature| key.verify(message, &signature).is_ok()))
        }
        Material::P384(point) => extras::ecdsa_holds(Curve::P384, point, &Sha384::digest(message), signature),
        Material::P521(point) => extras::ecdsa_holds(Curve::P521, point, &Sha512::digest(message), signature),
        Material::Rsa(key) => {
            let padding = if scheme == Scheme::RsaPssSha256 { Padding::Pss(Salt::Any) } else { Padding::Pkcs1v15 };
            Ok(rsa::holds(key, padding, &Sha256::digest(message), signature))
        }
    }
}

/// A signature on P-256 from its DER (RFC 3279 §2.2.3).
pub(super) fn p256_signature(der: &[u8]) -> Option<p256::ecdsa::Signature> {
    let [r, s]: [Element<'_>; 2] = der::sequence(der)?.try_into().ok()?;
    let scalar = |number: &[u8]| {
        let mut scalar = [0; 32];
        scalar.get_mut(32usize.checked_sub(number.len())?..)?.copy_from_slice(number);
        Some(scalar)
    };
    p256::ecdsa::Signature::from_scalars(scalar(r.unsigned()?)?, scalar(s.unsigned()?)?).ok()
}

fn verify_ed25519(key: &ed25519_dalek::VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    ed25519_dalek::Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

/// Checks an OpenPGP signature as securesystemslib keeps it: `other_headers` run from its version to its last hashed
/// subpacket, and `signature` holds the RSA number, or the 64 bytes of Ed25519 (RFC 4880 §5.2.3, §5.2.4).
///
/// It must be of version 4, over a document (type 0x00), with SHA-256 and the key's own algorithm, must hold no critical
/// subpacket that is not understood, and must not state its own end.
pub fn verify_openpgp(
    key: &PublicKey,
    message: &[u8],
    other_headers: &[u8],
    signature: &[u8],
) -> Result<Scheme, BadSignature> {
    let headers = Headers::parse(other_headers).map_err(|error| match error {
        HeadersError::Version(version) => BadSignature::Version(version),
        HeadersError::Malformed => BadSignature::Headers,
    })?;
    if headers.kind != 0 {
        return Err(BadSignature::Kind(headers.kind));
    }
    if headers.hash != hash::SHA256 {
        return Err(BadSignature::Hash(headers.hash));
    }
    if let Some(kind) = headers.unknown_critical() {
        return Err(BadSignature::Critical(kind));
    }
    if headers.ends() {
        return Err(BadSignature::Ends);
    }
    let scheme = openpgp_scheme(key, &headers)?;
    let signature = fitted(key, signature).ok_or(BadSignature::Mismatch)?;
    let digest = openpgp_digest(message, other_headers);
    verify_digest(key, digest.as_bytes(), &signature)?;
    Ok(scheme)
}

/// What an OpenPGP signature with SHA-256 signs: SHA-256 of the message, the headers and their length (RFC 4880 §5.2.4).
pub fn openpgp_digest(message: &[u8], other_headers: &[u8]) -> Hash {
    sha256(&[message, other_headers, &trailer(other_headers)].concat())
}

/// Checks a signature packet over the concatenation of `parts`, with any of the three hashes of the SHA-2 family that
/// certificates are made with; `numbers` is the algorithm's own part of the packet.
#[cfg(feature = "extras")]
pub(super) fn verify_packet(
    key: &PublicKey,
    headers: &Headers<'_>,
    parts: &[&[u8]],
    numbers: &[u8],
) -> Result<Scheme, BadSignature> {
    let scheme = openpgp_scheme(key, headers)?;
    // Before anything is hashed: what has no room for a signature is not worth the time.
    let signature = signature_bytes(scheme, numbers).and_then(|bytes| fitted(key, &bytes));
    let signature = signature.ok_or(BadSignature::Mismatch)?;
    let signed = [&parts.concat(), headers.bytes, &trailer(headers.bytes)].concat();
    let digest = match headers.hash {
        hash::SHA256 => Sha256::digest(&signed).to_vec(),
        hash::SHA384 => Sha384::digest(&signed).to_vec(),
        hash::SHA512 => Sha512::digest(&signed).to_vec(),
        other => return Err(BadSignature::Hash(other)),
    };
    verify_digest(key, &digest, &signature)?;
    Ok(scheme)
}

/// The scheme of an OpenPGP signature with these headers, if it is one of the key's.
fn openpgp_scheme(key: &PublicKey, headers: &Headers<'_>) -> Result<Scheme, BadSignature> {
    let scheme = key.schemes().iter().copied().find(|scheme| scheme.is_openpgp());
    match (scheme, headers.algorithm) {
        (Some(scheme @ Scheme::OpenPgpRsa), algorithm::RSA | algorithm::RSA_SIGN_ONLY) => Ok(scheme),
        (Some(scheme @ Scheme::OpenPgpEd25519), algorithm::EDDSA) => Ok(scheme),
        (Some(_), other) => Err(BadSignature::Algorithm(other)),
        (None, _) => Err(BadSignature::OtherScheme(key.scheme())),
    }
}

fn verify_digest(key: &PublicKey, digest: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    let holds = match &key.material {
        Material::Ed25519(key) => verify_ed25519(key, digest, signature),
        Material::Rsa(key) => rsa::holds(key, Padding::Pkcs1v15, digest, signature),
        _ => false,
    };
    if holds { Ok(()) } else { Err(BadSignature::Mismatch) }
}

/// The signature at the length that the key's signatures have.
fn fitted(key: &PublicKey, signature: &[u8]) -> Option<Vec<u8>> {
    match &key.material {
        Material::Rsa(key) => padded(signature, key.modulus.len()),
        _ => Some(signature.to_vec()),
    }
}

/// The bytes of a signature from the numbers in its packet (RFC 4880 §5.2.3), Ed25519's halves filled up to 32 bytes.
#[cfg(feature = "extras")]
fn signature_bytes(scheme: Scheme, numbers: &[u8]) -> Option<Vec<u8>> {
    if scheme == Scheme::OpenPgpRsa {
        return mpi_values::<1>(numbers).map(|[number]| number.to_vec());
    }
    let halves: [&[u8]; 2] = mpi_values(numbers)?;
    let [mut r, s] = [padded(halves[0], 32)?, padded(halves[1], 32)?];
    r.extend(s);
    Some(r)
}

/// `number` with the zeros in front that OpenPGP leaves out.
fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    // A chance signature lacks eight bytes once in 2^64. Refusing shorter ones keeps the number of checks in
    // proportion to the size of a certificate.
    let missing = length.checked_sub(number.len()).filter(|missing| *missing <= 8)?;
    Some([&[0; 8][..missing], number].concat())
}

fn trailer(headers: &[u8]) -> [u8; 6] {
    let [a, b, c, d] = u32::try_from(headers.len()).unwrap_or(u32::MAX).to_be_bytes();
    [4, 0xff, a, b, c, d]
}

/// Hash algorithms (RFC 4880 §9.4).
mod hash {
    pub(super) const SHA256: u8 = 8;
    pub(super) const SHA384: u8 = 9;
    pub(super) const SHA512: u8 = 10;
}

/// The name of an OpenPGP hash algorithm (RFC 4880 §9.4).
pub(super) const fn hash_name(algorithm: u8) -> &'static str {
    match algorithm {
        1 => "MD5",
        2 => "SHA-1",
        3 => "RIPEMD-160",
        hash::SHA256 => "SHA-256",
        hash::SHA384 => "SHA-384",
        hash::SHA512 => "SHA-512",
        11 => "SHA-224",
        _ => "an unknown hash",
    }
}
