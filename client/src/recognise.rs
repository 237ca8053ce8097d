//! What a file is, by its content and never by its name.

use rekor_verifier::format::envelope::MAX_FILE;
use rekor_verifier::format::key::{KeyError, MAX_KEY_FILE, PublicKey};
use rekor_verifier::format::link::Link;

/// Files up to this size, in bytes, are looked into; larger ones can only be artifacts.
pub const INSPECT_LIMIT: usize = MAX_FILE;

/// What a file turned out to be.
#[derive(Clone, Debug)]
pub enum Recognised {
    /// Claims to be a link file, well-formed or not.
    Link,
    /// A public key.
    Key(PublicKey),
    /// Looks like a key and is none that can be used; why.
    UnusableKey(KeyError),
    /// Anything else: a file whose origin may be in question.
    Artifact,
}

/// Recognises a file by its bytes.
pub fn recognise(bytes: &[u8]) -> Recognised {
    if Link::claims_to_be(bytes) {
        return Recognised::Link;
    }
    if bytes.len() > MAX_KEY_FILE || !looks_like_key(bytes) {
        return Recognised::Artifact;
    }
    match PublicKey::parse(bytes) {
        Ok(key) => Recognised::Key(key),
        Err(KeyError::NotAKey) => Recognised::Artifact,
        Err(error) => Recognised::UnusableKey(error),
    }
}

/// A bare line of base64 or hexadecimal digits is a key only where somebody asks for a key: among dropped files it
/// might be anything.
fn looks_like_key(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    start.starts_with(b"-----BEGIN ") || start.starts_with(b"{")
}
