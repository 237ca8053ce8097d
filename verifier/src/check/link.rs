//! A link file and its signers: who signed it, and the log entry that it gives.

use super::digest::sha256;
use super::envelope::{SignedBy, signed_by};
use crate::Hash;
use crate::extras::Unavailable;
use crate::format::entry::{EntrySignature, LinkEntry, MAX_ENTRY, MAX_SIGNATURES};
use crate::format::key::PublicKey;
use crate::format::link::{Link, LinkError};
use crate::sorted;
use std::fmt;

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
    /// The signature that claims this key is of a kind that is not supported.
    Unsupported {
        /// The key's fingerprint.
        key: Hash,
        /// Why it was not checked.
        what: String,
    },
    /// What checks signatures by the key is not at hand.
    Unavailable(Unavailable),
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
            AdmitError::Unsupported { key, what } => {
                write!(f, "the signature that names the key {key} was not checked: {what}")
            }
            AdmitError::Unavailable(why) => why.fmt(f),
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
    admit_by(file, &keys.iter().map(std::slice::from_ref).collect::<Vec<_>>())
}

/// Like [`admit`] with key files, some of which hold several keys, as an OpenPGP certificate does: of each file those
/// keys count that signed, and there has to be one.
pub fn admit_by(file: &[u8], key_files: &[&[PublicKey]]) -> Result<Admitted, AdmitError> {
    let link = Link::parse(file).map_err(AdmitError::Link)?;
    let keys: Vec<PublicKey> = key_files.iter().flat_map(|keys| signing_keys(&link, keys)).collect();
    let entry = entry_of(file, &link, &keys)?;
    let digest_list = link.digest_list();
    Ok(Admitted { entry, link, digest_list })
}

/// Those of `keys`, which one file holds, that signed; the first where none did, so that it is named as missing.
pub fn signing_keys(link: &Link, keys: &[PublicKey]) -> Vec<PublicKey> {
    if let [_] = keys {
        return keys.to_vec();
    }
    let signed = |key: &&PublicKey| matches!(signed_by(&link.envelope, key), SignedBy::Yes { .. });
    match keys.iter().filter(signed).cloned().collect::<Vec<_>>() {
        none if none.is_empty() => keys.iter().take(1).cloned().collect(),
        signed => signed,
    }
}

/// The entry that `file` gives with `keys`: what an honest log must hold for it.
pub fn entry_of(file: &[u8], link: &Link, keys: &[PublicKey]) -> Result<LinkEntry, AdmitError> {
    if keys.is_empty() {
        return Err(AdmitError::NoKey);
    }
    let signatures = keys.iter().map(|key| entry_signature(link, key)).collect::<Result<Vec<_>, _>>()?;
    let mut signatures = sorted::sort(signatures, |a, b| a.key.spki_der().cmp(b.key.spki_der()));
    signatures.dedup();
    if signatures.len() > MAX_SIGNATURES {
        return Err(AdmitError::TooManyKeys(signatures.len()));
    }
    let (size, format) = (file.len() as u64, link.envelope.format);
    let digest_list = sha256(link.digest_list().as_bytes());
    let entry = LinkEntry { file: sha256(file), size, format, signatures, digest_list };
    match entry.encode().len() {
        size if size > MAX_ENTRY => Err(AdmitError::TooLarge(size)),
        _ => Ok(entry),
    }
}

/// The signature under `key`, as a leaf holds it.
///
/// A leaf holds the key's bytes, and nothing that a key file said of its scheme: of all the signatures that verify
/// under these bytes it is the smallest, whatever file the key came in.
fn entry_signature(link: &Link, key: &PublicKey) -> Result<EntrySignature, AdmitError> {
    let mut signed = signed_by(&link.envelope, key);
    if let (SignedBy::Yes { .. }, Ok(bare)) = (&signed, PublicKey::from_spki_der(key.spki_der()))
        && bare.schemes() != key.schemes()
    {
        signed = signed_by(&link.envelope, &bare);
    }
    let fingerprint = key.fingerprint();
    match signed {
        SignedBy::Yes { scheme, signature, signed } => {
            Ok(EntrySignature { key: key.clone(), scheme, signature, signed })
        }
        SignedBy::Unsupported(what) => Err(AdmitError::Unsupported { key: fingerprint, what }),
        SignedBy::Unavailable(why) => Err(AdmitError::Unavailable(why)),
        SignedBy::Claimed => Err(AdmitError::NotSignedBy { key: fingerprint, claimed: true }),
        SignedBy::No => Err(AdmitError::NotSignedBy { key: fingerprint, claimed: false }),
    }
}
