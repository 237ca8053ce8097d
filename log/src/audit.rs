//! The whole of a log, derived again from its entries and compared with what the log shows.
//!
//! An auditor believes nothing but a checkpoint whose signature was verified before. From the entries come the leaf
//! hashes, from these every tile and the roots; from the bodies come the entries themselves, signatures included. What
//! was compared can be kept on the way ([`Keep`]): an export or a mirror holds nothing else.

mod entry;
mod walk;

pub use entry::EntryFault;

use crate::source::{Source, SourceError};
use rekor_verifier::Hash;
use rekor_verifier::format::tile::{BundleId, TileId};
use std::fmt;
use walk::Walk;

/// A tree that must be the beginning of the one that is audited: the log signed it, or showed it earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTree {
    /// Number of entries.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
    /// Where it comes from, for messages: "commit record 7".
    pub from: String,
}

/// How much is derived again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Leaf hashes, tiles, roots.
    Tree,
    /// Also what entries, digest lists and bodies say of each other, signatures included.
    Everything,
}

/// What an audit found in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Entries whose hashes make the root.
    pub entries: u64,
    /// Tiles and entry bundles, partial ones included.
    pub tiles: u64,
    /// Known trees that are beginnings of this one.
    pub known_trees: u64,
    /// Bodies whose entry was made again from them, byte for byte.
    pub bodies: u64,
    /// Entries of kind `link` whose body the log never kept.
    pub without_body: u64,
    /// Entries of kind `link` whose body the log says it erased.
    pub erased_bodies: u64,
    /// Entries of kind `link` whose digest list the log says it erased.
    pub erased_lists: u64,
    /// Signatures that were verified over bodies.
    pub signatures: u64,
    /// Entries of kinds that are not read here: hashed, and nothing else.
    pub other_kinds: u64,
    /// Records of the log's index, where it is at hand, which are those that the entries give.
    pub index_records: Option<u64>,
}

/// The first thing that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A part that the checkpoint commits to is missing or damaged.
    Part(SourceError),
    /// What the log keeps about its earlier trees is damaged; the text says where.
    History(String),
    /// These bytes are not an entry bundle.
    Bundle(BundleId),
    /// A tile's hash is not the one that the entries give.
    Tile {
        /// Which tile.
        id: TileId,
        /// Position of the first wrong hash in it, from 0; its width where the tile is too short or too long.
        position: usize,
    },
    /// The entries give another root than the one that was signed.
    Root {
        /// Number of entries.
        size: u64,
        /// What the entries give.
        entries: Hash,
        /// What was signed.
        signed: Hash,
        /// Where: "the checkpoint", "commit record 7".
        from: String,
    },
    /// A known tree is larger than the one that followed it.
    Shrunk {
        /// Where the larger one comes from.
        from: String,
        /// Its number of entries.
        size: u64,
        /// The smaller number that followed.
        then: u64,
    },
    /// Something is wrong with an entry.
    Entry {
        /// Its index.
        index: u64,
        /// What it is.
        fault: EntryFault,
    },
    /// Two entries are the same.
    Duplicate {
        /// The indices of both.
        indices: (u64, u64),
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(error) => error.fmt(f),
            Self::History(why) => f.write_str(why),
            Self::Bundle(id) => write!(f, "{} is not a bundle of {} entries", id.path(), id.width),
            Self::Tile { id, position } if *position == usize::from(id.width) => {
                write!(f, "{id} does not have {} hashes", id.width)
            }
            Self::Tile { id, position } => write!(f, "hash {position} of {id} is not the one that the entries give"),
            Self::Root { size, entries, signed, from } => {
                write!(f, "the first {size} entries give the root {entries}, {from} says {signed}")
            }
            Self::Shrunk { from, size, then } => write!(f, "{from} has {size} entries, what came later {then}"),
            Self::Entry { index, fault } => write!(f, "entry {index}: {fault}"),
            Self::Duplicate { indices: (one, other) } => write!(f, "entries {one} and {other} are the same"),
        }
    }
}

/// Why an audit ended early.
#[derive(Debug)]
pub enum AuditError {
    /// The log is not what it must be.
    Fault(Fault),
    /// It could not be read, or what was to be kept could not be written; this says nothing about the log.
    Trouble(String),
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Trouble(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for AuditError {}

impl From<Fault> for AuditError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<SourceError> for AuditError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Unreadable(why) => Self::Trouble(why),
            error => Self::Fault(Fault::Part(error)),
        }
    }
}

/// What happens with the parts of a log once they were compared: nothing, unless an implementation says otherwise.
pub trait Keep {
    /// A tile or a bundle with its path below the log's address; `width` as in [`TileId`].
    fn tile(&mut self, _path: &str, _width: u16, _bytes: &[u8]) -> Result<(), AuditError> {
        Ok(())
    }

    /// A blob.
    fn blob(&mut self, _hash: &Hash, _bytes: &[u8]) -> Result<(), AuditError> {
        Ok(())
    }

    /// The log says that it erased a blob.
    fn erased(&mut self, _hash: &Hash) -> Result<(), AuditError> {
        Ok(())
    }

    /// So many entries of the tree are done.
    fn progress(&mut self, _done: u64, _size: u64) {}
}

/// Keeps nothing, and tells nobody how far the audit is.
impl Keep for () {}

/// Audits the tree of `size` entries with root `root`, which a verified checkpoint states.
///
/// `known` are trees that must be its beginnings, the smallest first.
pub fn audit(
    source: &mut dyn Source,
    head: (u64, Hash),
    known: impl Iterator<Item = Result<KnownTree, AuditError>>,
    depth: Depth,
    keep: &mut dyn Keep,
) -> Result<Audited, AuditError> {
    let (size, root) = head;
    let mut walk = Walk::new(source, keep, depth, size);
    for tree in known {
        let tree = tree?;
        if tree.size > size {
            return Err(Fault::Shrunk { from: tree.from, size: tree.size, then: size }.into());
        }
        walk.compare(&tree)?;
        walk.audited.known_trees += 1;
    }
    walk.compare(&KnownTree { size, root, from: "the checkpoint".to_owned() })?;
    let mut audited = walk.finish()?;
    if depth == Depth::Everything {
        audited.index_records = source.compare_index()?;
    }
    Ok(audited)
}
