//! minisign's public keys, which are OpenBSD signify's: a comment line, and base64 of `Ed`, a key number and the key.

use super::{KeyError, PublicKey, is_plain};
use crate::bytes::base64_decode;

/// `Ed`, 8 bytes of key number, 32 bytes of Ed25519 key.
const PUBLIC_KEY: usize = 42;

/// The smallest secret key, signify's of 104 bytes; signatures have 74.
const SECRET_KEY: usize = 104;

pub(super) fn claims(text: &str) -> bool {
    text.starts_with("untrusted comment:")
}

/// Reads the two lines of a public key file, whose comment is plain words.
pub(super) fn read(text: &str) -> Result<PublicKey, KeyError> {
    if !text.lines().all(is_plain) {
        return Err(KeyError::NotAKey);
    }
    let mut lines = text.lines().skip(1);
    match (lines.next().and_then(|line| base64_decode(line.trim())), lines.next()) {
        (Some(bytes), None) => read_bytes(&bytes),
        _ => Err(KeyError::NotAKey),
    }
}

/// Reads the bytes behind the base64; [`KeyError::NotAKey`] if they are no minisign key.
///
/// The key number is chosen at random by whoever makes the key: it is not looked at.
pub(super) fn read_bytes(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    if !bytes.starts_with(b"Ed") {
        return Err(KeyError::NotAKey);
    }
    match bytes.get(10..).and_then(|key| <&[u8; 32]>::try_from(key).ok()) {
        Some(key) if bytes.len() == PUBLIC_KEY => PublicKey::from_ed25519(key),
        _ if bytes.len() >= SECRET_KEY => Err(KeyError::PrivateKey),
        _ => Err(KeyError::NotAKey),
    }
}
