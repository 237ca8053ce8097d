//! What may enter the log, and under what it is found again.

use crate::tree::{leaf_hash, sha256};
use rekor_verifier::Hash;
use rekor_verifier::check::link::{AdmitError, admit_by};
use rekor_verifier::format::entry::{EntryError, LinkEntry, MAX_ENTRY};
use rekor_verifier::format::key::{KeyError, PublicKey};
use std::fmt;

/// The most keys that one submission may name, in all its key files together: a certificate may hold hundreds, and each
/// is tried on each signature.
pub const MAX_KEYS: usize = rekor_verifier::format::entry::MAX_SIGNATURES;

/// A link file with the keys of those who signed it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The link file's bytes, at most 1 MiB.
    pub content: Vec<u8>,
    /// Key files in any form that [`PublicKey::parse_all`] reads, with 1 to [`MAX_KEYS`] keys in all. Of a file with
    /// several keys those count that signed.
    pub keys: Vec<Vec<u8>>,
    /// Check the file, but do not keep its body.
    pub digest_only: bool,
}

/// Why a submission may not enter.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// More than [`MAX_KEYS`] keys; how many.
    TooManyKeys(usize),
    /// A key file cannot be used; its position from 0.
    Key(usize, KeyError),
    /// The link file or a signature of it is refused.
    Link(AdmitError),
    /// The digest list is too long to be kept; its length in bytes.
    DigestList(usize),
    /// A raw leaf is longer than [`MAX_ENTRY`]; its length in bytes.
    TooLong(usize),
    /// A raw leaf is an entry of kind `link`, which enters with its file alone.
    LinkEntry,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyKeys(count) => write!(f, "{count} keys were given, at most {MAX_KEYS} are accepted"),
            Self::Key(position, error) => write!(f, "public key {}: {error}", position + 1),
            Self::Link(error) => error.fmt(f),
            Self::TooLong(length) => write!(f, "the leaf has {length} bytes, at most {MAX_ENTRY} are accepted"),
            Self::LinkEntry => f.write_str("an entry of kind link is added with its link file, not as a leaf"),
            Self::DigestList(length) => write!(f, "its digest list has {length} bytes, which is too long"),
        }
    }
}

impl std::error::Error for Refusal {}

/// What the index finds an entry under.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Term {
    /// A digest, as `<algorithm>:<lower-case hex>`, of the file, of its signed bytes or of a product.
    Digest(String),
    /// A digest of a material, written likewise. Who asks for a digest gets these too, after the others: a file may be
    /// the product of one link and the material of thousands.
    Material(String),
    /// A signer's key, by SHA-256 of its SPKI DER.
    Key(Hash),
}

impl Term {
    /// The term for a digest.
    pub fn digest(algorithm: &str, hex: &str) -> Self {
        Self::Digest(format!("{algorithm}:{hex}"))
    }

    /// The term under which the same digest is found as a material.
    pub(crate) fn as_material(&self) -> Self {
        match self {
            Self::Digest(digest) => Self::Material(digest.clone()),
            other => other.clone(),
        }
    }
}

/// A blob to be kept beside the tree.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    /// SHA-256 of the bytes.
    pub hash: Hash,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        Self { hash: sha256(&bytes), bytes }
    }
}

/// A checked submission, ready to be sequenced.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The leaf, at most [`MAX_ENTRY`] bytes.
    pub(crate) leaf: Vec<u8>,
    /// Its RFC 6962 hash: two additions are the same when these are.
    pub(crate) leaf_hash: Hash,
    /// What is kept beside the tree: the digest list, and the link file, unless that is not to be kept.
    pub(crate) blobs: Vec<Blob>,
    /// What the entry is found under, each once.
    pub(crate) terms: Vec<Term>,
}

impl Candidate {
    /// A leaf of the caller's own making, which nothing is known of and which is found by its hash alone.
    pub fn raw(leaf: Vec<u8>) -> Result<Self, Refusal> {
        if leaf.len() > MAX_ENTRY {
            return Err(Refusal::TooLong(leaf.len()));
        }
        match LinkEntry::parse(&leaf) {
            Err(EntryError::OtherKind(_) | EntryError::Json(_)) => {}
            Ok(_) | Err(_) => return Err(Refusal::LinkEntry),
        }
        Ok(Self { leaf_hash: leaf_hash(&leaf), leaf, blobs: Vec::new(), terms: Vec::new() })
    }

    /// The leaf: the entry's bytes.
    pub fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    /// The RFC 6962 hash of the leaf: two additions are the same when these are.
    pub fn leaf_hash(&self) -> Hash {
        self.leaf_hash
    }

    /// What the entry is found under; the digests of a list that was to be forgotten do not come back.
    pub(crate) fn terms_without(&self, erased: impl Fn(&Hash) -> bool) -> Vec<Term> {
        if !self.blobs.iter().any(|blob| erased(&blob.hash)) {
            return self.terms.clone();
        }
        match LinkEntry::parse(&self.leaf) {
            Ok(entry) if erased(&entry.digest_list) => terms(&entry, ""),
            _ => self.terms.clone(),
        }
    }

    /// Bytes that it takes while it waits.
    pub(crate) fn weight(&self) -> usize {
        self.leaf.len() + self.blobs.iter().map(|blob| blob.bytes.len()).sum::<usize>()
    }
}

/// Checks a submission: the link parses, and every key has a good signature on it. This takes the time of the signatures'
/// verification, and may run on any thread.
pub fn admit(submission: Submission) -> Result<Candidate, Refusal> {
    if submission.keys.len() > MAX_KEYS {
        return Err(Refusal::TooManyKeys(submission.keys.len()));
    }
    let mut keys = Vec::with_capacity(submission.keys.len());
    for (position, key) in submission.keys.iter().enumerate() {
        keys.push(PublicKey::parse_all(key).map_err(|error| Refusal::Key(position, error))?);
    }
    let count = keys.iter().map(Vec::len).sum();
    if count > MAX_KEYS {
        return Err(Refusal::TooManyKeys(count));
    }
    let keys: Vec<&[PublicKey]> = keys.iter().map(Vec::as_slice).collect();
    let admitted = admit_by(&submission.content, &keys).map_err(Refusal::Link)?;
    let leaf = admitted.entry.encode();
    if u32::try_from(admitted.digest_list.len()).is_err() {
        return Err(Refusal::DigestList(admitted.digest_list.len()));
    }
    let terms = terms(&admitted.entry, &admitted.digest_list);
    let mut blobs = vec![Blob::new(admitted.digest_list.into_bytes())];
    if !submission.digest_only {
        blobs.push(Blob::new(submission.content));
    }
    Ok(Candidate { leaf_hash: leaf_hash(&leaf), leaf, blobs, terms })
}

/// The RFC 6962 leaf hash of the entry that a submission would give: two are the same when these are.
pub fn leaf_hash_of(submission: Submission) -> Result<Hash, Refusal> {
    Ok(admit(submission)?.leaf_hash)
}

/// What an entry with this digest list is found under.
pub(crate) fn terms(entry: &LinkEntry, digest_list: &str) -> Vec<Term> {
    let mut terms = vec![Term::digest("sha256", &entry.file.to_string())];
    for signature in &entry.signatures {
        terms.push(Term::digest("sha256", &signature.signed.to_string()));
        terms.push(Term::Key(signature.key.fingerprint()));
    }
    for line in digest_list.lines() {
        // `product|material <algorithm> <hex>`
        let mut words = line.split(' ');
        if let (Some(role), Some(algorithm), Some(hex)) = (words.next(), words.next(), words.next()) {
            let term = Term::digest(algorithm, hex);
            terms.push(if role == "material" { term.as_material() } else { term });
        }
    }
    terms.sort();
    terms.dedup();
    terms
}
