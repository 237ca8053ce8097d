//! What few releases need: the curves P-384 and P-521, ML-DSA-44, OpenPGP certificates.
//!
//! With the feature `extras`, which is on unless it is turned off, it is called directly. The browser's core is built
//! without: there each question goes, as bytes, to the function that was named with `ask_with`, and from there to a
//! module that has the feature, loaded only once something is asked. Until then, and where it cannot be loaded, there is
//! no answer, which speaks neither for a signature nor against it: [`Unavailable`].

#[cfg(any(not(feature = "extras"), test))]
mod elsewhere;
#[cfg(feature = "extras")]
mod here;
#[cfg(all(test, feature = "extras"))]
mod tests;

#[cfg(not(feature = "extras"))]
pub use elsewhere::{Answer, ask_with};
#[cfg(not(feature = "extras"))]
pub(crate) use elsewhere::{ecdsa_holds, ml_dsa_holds, openpgp_keys, point};
#[cfg(feature = "extras")]
pub use here::answer;
#[cfg(feature = "extras")]
pub(crate) use here::{ecdsa_holds, ml_dsa_holds, openpgp_keys, point};

use std::fmt;

/// The part of the verifier that was asked is not at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the part of the verifier that checks it could not be loaded")
    }
}

impl std::error::Error for Unavailable {}

/// A curve, of the two that few keys are on, and of the one that few write compressed points of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    /// NIST's P-256.
    P256,
    /// NIST's P-384.
    P384,
    /// NIST's P-521.
    P521,
}

impl Curve {
    /// Bytes of an uncompressed point (SEC 1 §2.3.3).
    #[cfg_attr(feature = "extras", allow(dead_code))]
    pub(crate) const fn point_length(self) -> usize {
        match self {
            Curve::P256 => 1 + 2 * 32,
            Curve::P384 => 1 + 2 * 48,
            Curve::P521 => 1 + 2 * 66,
        }
    }
}

/// The first byte of a question, as it crosses between modules; its parts follow, each behind its length.
mod question {
    /// A point in SEC 1 form: it uncompressed, or nothing where it is none. The curve's size in bits, the point.
    pub(super) const POINT: u8 = 1;
    /// An ECDSA signature: one byte where it holds. The curve, an uncompressed point, the digest, the signature in DER.
    pub(super) const ECDSA: u8 = 2;
    /// An ML-DSA-44 signature: one byte where it holds. The key, the message, the signature.
    pub(super) const ML_DSA: u8 = 3;
    /// The packets of OpenPGP certificates: their signing keys, or why there are none.
    pub(super) const OPENPGP: u8 = 4;
}

/// How keys cross, or the error: the first byte of the answer to [`question::OPENPGP`].
mod keys {
    /// For each key its SPKI, its fingerprint, and the second at which it expires, each behind its length.
    pub(super) const FOUND: u8 = 0;
    /// An error of this kind, and its text.
    pub(super) const NOT_A_KEY: u8 = 1;
    pub(super) const PRIVATE_KEY: u8 = 2;
    pub(super) const UNSUPPORTED: u8 = 3;
    pub(super) const MALFORMED: u8 = 4;
    pub(super) const UNSUPPORTED_HASH: u8 = 5;
    pub(super) const UNUSABLE: u8 = 6;
}

/// A question, or an answer: a first byte, then each part behind its length.
pub(crate) fn message(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut message = vec![first];
    for part in parts {
        message.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        message.extend_from_slice(part);
    }
    message
}

impl Curve {
    /// The curve's name in a question.
    const fn name(self) -> &'static [u8] {
        match self {
            Curve::P256 => b"256",
            Curve::P384 => b"384",
            Curve::P521 => b"521",
        }
    }
}
