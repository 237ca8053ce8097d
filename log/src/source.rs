//! A log as a reader gets it: checkpoint, tiles, bundles and blobs, from wherever they are.

use rekor_verifier::Hash;
use rekor_verifier::format::tile::{BundleId, TileId};
use std::collections::BTreeSet;
use std::fmt;

/// Why a part of a log cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// It is not there.
    Missing(String),
    /// It is there, and not what it must be; the text names it.
    Damaged(String),
    /// It may be there, and cannot be had now: a network or a disk that fails.
    Unreadable(String),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) => write!(f, "{what} is missing"),
            Self::Damaged(what) | Self::Unreadable(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SourceError {}

/// What a log has of a link file or a digest list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The bytes.
    Bytes(Vec<u8>),
    /// Nothing any more: it was asked to forget them.
    Erased,
    /// Nothing, and it says no more.
    Nothing,
}

/// The parts of a log in the form of C2SP tlog-tiles, and its blobs. Nothing that comes from it is true before it was
/// compared with something that is.
pub trait Source {
    /// The signed note of the newest tree.
    fn checkpoint(&mut self) -> Result<Vec<u8>, SourceError>;

    /// The hashes of a tile, 32 bytes each.
    fn tile(&mut self, id: TileId) -> Result<Vec<u8>, SourceError>;

    /// An entry bundle: u16 big-endian length ‖ entry, repeated.
    fn bundle(&mut self, id: BundleId) -> Result<Vec<u8>, SourceError>;

    /// The bytes with this SHA-256, a link file or a digest list.
    fn blob(&mut self, hash: &Hash) -> Result<Kept, SourceError>;

    /// The SHA-256 of everything that the log was asked to forget.
    fn erased(&mut self) -> Result<BTreeSet<Hash>, SourceError>;

    /// Compares what the log finds things by with its entries, where it is at hand: the number of records.
    fn compare_index(&mut self) -> Result<Option<u64>, SourceError> {
        Ok(None)
    }
}
