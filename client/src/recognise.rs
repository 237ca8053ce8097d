//! What a file is, by its content and never by its name. A file that holds a key or a bundle and more beside it is an
//! artifact: only of what is checked as a whole can nothing else be run.

use rekor_verifier::format::bundle;
use rekor_verifier::format::key::{KeyError, MAX_KEY_FILE, PublicKey};
use rekor_verifier::format::layout::Layout;
use rekor_verifier::format::link::Link;
use rekor_verifier::format::receipt::Receipt;
use rekor_verifier::format::rekor_entry::RekorEntry;

/// Files up to this size, in bytes, are looked into; larger ones can only be artifacts. Attestations with large
/// predicates fit.
pub const INSPECT_LIMIT: usize = 4 * 1024 * 1024;

/// What a file turned out to be.
#[derive(Clone, Debug)]
pub enum Recognised {
    /// Claims to be a link, well-formed or not.
    Link,
    /// Claims to be a layout, well-formed or not.
    Layout,
    /// Holds Sigstore bundles, in their order.
    Bundles(Vec<bundle::Found>),
    /// Begins as a receipt does.
    Receipt,
    /// Entries as Rekor v1's API answers them, well-formed or not.
    RekorEntries,
    /// A public key, or the signing keys of one certificate.
    Keys(Vec<PublicKey>),
    /// Looks like a key and is none that can be used; why.
    UnusableKey(KeyError),
    /// Anything else: a file whose origin may be in question.
    Artifact,
}

/// Recognises a file by its bytes.
pub fn recognise(bytes: &[u8]) -> Recognised {
    if Receipt::is_likely(bytes) {
        return Recognised::Receipt;
    }
    if let Some(bundles) = bundle::recognise(bytes) {
        return Recognised::Bundles(bundles);
    }
    if Layout::claims_to_be(bytes) {
        return Recognised::Layout;
    }
    if Link::claims_to_be(bytes) {
        return Recognised::Link;
    }
    if RekorEntry::claims_to_be(bytes) {
        return Recognised::RekorEntries;
    }
    if bytes.len() > MAX_KEY_FILE || !looks_like_key(bytes) {
        return Recognised::Artifact;
    }
    match PublicKey::parse_all(bytes) {
        Ok(keys) => Recognised::Keys(keys),
        Err(KeyError::NotAKey) => Recognised::Artifact,
        Err(error) => Recognised::UnusableKey(error),
    }
}

/// A bare line of base64 or hexadecimal digits is a key only where somebody asks for a key: among dropped files it
/// might be anything.
fn looks_like_key(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    [&b"-----BEGIN "[..], b"{", b"ssh-", b"ecdsa-sha2-", b"untrusted comment:"]
        .iter()
        .any(|mark| start.starts_with(mark))
}
