//! Why bytes are not a key.

use super::{MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS};
use crate::extras::Unavailable;
use std::borrow::Cow;
use std::fmt;

/// Why bytes are not a public key that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// In none of the forms that are read here, or a key with something beside it.
    NotAKey,
    /// A private key: never to be handed to a verifier.
    PrivateKey,
    /// Several keys where one is expected; how many.
    Several(usize),
    /// A key of a type that is not supported; the text names it.
    Unsupported(String),
    /// The key is of a supported type but its bytes are wrong.
    Malformed(String),
    /// An OpenPGP certificate that vouches for its keys with this hash, which forgers can collide or nobody checks.
    UnsupportedHash(Cow<'static, str>),
    /// An OpenPGP certificate that gives no key to check signatures with; the text says why.
    Unusable(Cow<'static, str>),
    /// What reads it is not at hand, which says nothing about the key.
    Unavailable(Unavailable),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::NotAKey => f.write_str(
                "not a public key: expected PEM (-----BEGIN PUBLIC KEY-----), in-toto's JSON form, an OpenSSH, minisign \
                 or OpenPGP key, and nothing beside it",
            ),
            KeyError::PrivateKey => {
                f.write_str("this is a private key: keep it secret and give the public key instead")
            }
            KeyError::Several(count) => write!(f, "{count} keys where one is expected: give each in a file of its own"),
            KeyError::Unsupported(what) => write!(
                f,
                "{what} is not supported: use Ed25519, ECDSA (P-256, P-384, P-521) or RSA ({MIN_RSA_BITS} to \
                 {MAX_RSA_BITS} bits, with an exponent of at most {MAX_RSA_EXPONENT_BITS} bits)"
            ),
            KeyError::Malformed(why) => write!(f, "malformed public key: {why}"),
            KeyError::UnsupportedHash(hash) => write!(
                f,
                "this OpenPGP certificate vouches for its keys with {hash}, which is not supported: renew its \
                 self-signatures with SHA-256, SHA-384 or SHA-512"
            ),
            KeyError::Unavailable(why) => write!(f, "this key was not read: {why}"),
            KeyError::Unusable(why) => write!(f, "this OpenPGP certificate gives no signing key: {why}"),
        }
    }
}

impl std::error::Error for KeyError {}
