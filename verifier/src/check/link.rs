//! A link file and its signers: who signed it, and the log entry that it gives.

use super::digest::sha256;
use super::signature;
use crate::Hash;
use crate::format::entry::{EntrySignature, LinkEntry, MAX_ENTRY, MAX_SIGNATURES};
use crate::format::key::PublicKey;
use crate::format::link::{Link, LinkError, LinkSignature};
use std::fmt;

/// What the signatures of a link say about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// A signature verifies under the key; of several, the bytewise smallest.
    Yes(Vec<u8>),
    /// A signature claims the key by its key ID, and none verifies under it.
    Claimed,
    /// An OpenPGP signature claims the key; such signatures are not supported.
    Unsupported,
    /// No signature has to do with the key.
    No,
}

/// Tries every signature of `link` with `key`: key IDs are hints, so a signature with another ID may still be its.
pub fn signed_by(link: &Link, key: &PublicKey) -> SignedBy {
    let good = |one: &&LinkSignature| {
        one.signature.as_ref().is_some_and(|bytes| signature::verify(key, &link.signed_bytes, bytes).is_ok())
    };
    if let Some(smallest) = link.signatures.iter().filter(good).filter_map(|one| one.signature.clone()).min() {
        return SignedBy::Yes(smallest);
    }
    let keyids = key.in_toto_keyids();
    match link.signatures.iter().find(|one| keyids.contains(&one.keyid)) {
        Some(LinkSignature { signature: Some(_), .. }) => SignedBy::Claimed,
        Some(LinkSignature { signature: None, .. }) => SignedBy::Unsupported,
        None => SignedBy::No,
    }
}

/// A link file that may enter a log: it parsed, and every key that came with it has a good signature.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The leaf.
    pub entry: LinkEntry,
    /// The link.
    pub link: Link,
    /// The digest list, to be kept beside the leaf.
    pub digest_list: String,
}

/// Why a link file may not enter a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdmitError {
    /// It is no link file, or a malformed one.
    Link(LinkError),
    /// No key came with it.
    NoKey,
    /// No signature of the file verifies under this key.
    NotSignedBy {
        /// The key's fingerprint.
        key: Hash,
        /// Whether a signature claims the key by its ID.
        claimed: bool,
    },
    /// More keys than one entry holds; how many.
    TooManyKeys(usize),
    /// The entry would be larger than a log can hold; its size in bytes.
    TooLarge(usize),
}

impl fmt::Display for AdmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AdmitError::Link(error) => error.fmt(f),
            AdmitError::NoKey => {
                f.write_str("no public key was given: a link is recorded together with its signer's key")
            }
            AdmitError::NotSignedBy { key, claimed: true } => {
                write!(f, "the signature that names the key {key} does not match the link's content")
            }
            AdmitError::NotSignedBy { key, claimed: false } => {
                write!(f, "the link carries no signature by the key {key}")
            }
            AdmitError::TooManyKeys(count) => {
                write!(f, "{count} keys were given, one entry holds at most {MAX_SIGNATURES}")
            }
            AdmitError::TooLarge(size) => {
                write!(f, "its entry would take {size} bytes, at most {MAX_ENTRY} fit: give fewer keys")
            }
        }
    }
}

impl std::error::Error for AdmitError {}

/// Checks that `file` is a link signed by every one of `keys`, and makes its entry.
///
/// The same file and keys, in any order, always give the same entry.
pub fn admit(file: &[u8], keys: &[PublicKey]) -> Result<Admitted, AdmitError> {
    let link = Link::parse(file).map_err(AdmitError::Link)?;
    let entry = entry_of(file, &link, keys)?;
    let digest_list = link.digest_list();
    Ok(Admitted { entry, link, digest_list })
}

/// The entry that `file` gives with `keys`: what an honest log must hold for it.
pub fn entry_of(file: &[u8], link: &Link, keys: &[PublicKey]) -> Result<LinkEntry, AdmitError> {
    if keys.is_empty() {
        return Err(AdmitError::NoKey);
    }
    let mut sorted: Vec<&PublicKey> = keys.iter().collect();
    sorted.sort_by(|a, b| a.spki_der().cmp(b.spki_der()));
    sorted.dedup();
    if sorted.len() > MAX_SIGNATURES {
        return Err(AdmitError::TooManyKeys(sorted.len()));
    }
    let signed = sha256(&link.signed_bytes);
    let mut signatures = Vec::with_capacity(sorted.len());
    for key in sorted {
        match signed_by(link, key) {
            SignedBy::Yes(signature) => signatures.push(EntrySignature { key: key.clone(), signature, signed }),
            other => {
                return Err(AdmitError::NotSignedBy { key: key.fingerprint(), claimed: other == SignedBy::Claimed });
            }
        }
    }
    let digest_list = sha256(link.digest_list().as_bytes());
    let entry = LinkEntry { file: sha256(file), size: file.len() as u64, signatures, digest_list };
    match entry.encode().len() {
        size if size > MAX_ENTRY => Err(AdmitError::TooLarge(size)),
        _ => Ok(entry),
    }
}
