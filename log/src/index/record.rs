//! What the index is made of: records of one size, in one order.
//!
//! A record says that something with a key is at a position. Keys are the first half of a SHA-256, so they are spread
//! evenly and an equal key is an equal thing, as far as a search is concerned; deduplication compares the whole hash
//! with the one that is stored at the position.

use crate::admit::Term;
use crate::tree::sha256;
use rekor_verifier::Hash;

/// Bytes of an encoded record.
pub(crate) const RECORD: usize = 24;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The entry with this leaf hash is at this index.
    Leaf = 0,
    /// The blob with this SHA-256 begins at this byte of `blobs`.
    Blob = 1,
    /// The entry at this index has this term.
    Term = 2,
}

/// One fact. Records are in the order of their keys, and under one key in the order of their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    /// First half of a SHA-256, big-endian.
    pub key: u128,
    /// position · 4 + kind; positions stay below 2^62.
    value: u64,
}

impl Record {
    /// The record of one fact.
    pub(crate) fn new(kind: Kind, key: u128, position: u64) -> Self {
        Self { key, value: position << 2 | kind as u64 }
    }

    /// More than any position.
    pub(crate) const MAX_POSITION: u64 = u64::MAX >> 2;

    /// The first record that there can be under a key.
    pub(crate) fn first_of(key: u128) -> Self {
        Self { key, value: 0 }
    }

    /// The last record that there can be under a key.
    pub(crate) fn last_of(key: u128) -> Self {
        Self { key, value: u64::MAX }
    }

    /// The position, if the record is of this kind.
    pub(crate) fn position(self, kind: Kind) -> Option<u64> {
        (self.value & 3 == kind as u64).then_some(self.value >> 2)
    }

    /// The last record before this one that there can be under its key.
    pub(crate) fn before(self) -> Option<Self> {
        Some(Self { value: self.value.checked_sub(1)?, ..self })
    }

    /// Whether it is looked up by whoever adds, who mostly finds nothing: such keys are in the filter of a run.
    pub(crate) fn is_filtered(self) -> bool {
        self.value & 3 != Kind::Term as u64
    }

    /// Key and value, big-endian: encoded records are in the order of records.
    pub(crate) fn encode(self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..16].copy_from_slice(&self.key.to_be_bytes());
        bytes[16..].copy_from_slice(&self.value.to_be_bytes());
        bytes
    }

    /// The record in [`RECORD`] bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (key, value) = bytes.split_first_chunk::<16>()?;
        let value = u64::from_be_bytes(value.try_into().ok()?);
        Some(Self { key: u128::from_be_bytes(*key), value })
    }
}

/// The key under which something with this hash is found.
pub(crate) fn hash_key(hash: &Hash) -> u128 {
    hash.as_bytes().first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
}

/// The key of a search term. Terms are hashed: whoever adds a link chooses what stands in a digest.
pub(crate) fn term_key(term: &Term) -> u128 {
    let text = match term {
        Term::Digest(digest) => format!("digest {digest}"),
        Term::Material(digest) => format!("material {digest}"),
        Term::Key(key) => format!("key {key}"),
    };
    hash_key(&sha256(text.as_bytes()))
}
