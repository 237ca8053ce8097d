//! What must hold before a tree is signed. A log that signs once wrongly is dead; one that stops can be repaired.

use crate::commit::Commit;
use crate::prove;
use crate::store::{Extent, Store, StoreError};
use crate::tree::{Frontier, leaf_hash};
use rekor_verifier::Hash;
use rekor_verifier::check::merkle::{ProofError, verify_consistency};
use std::fmt;

/// Why a tree is not signed.
#[derive(Debug)]
pub(crate) enum CheckError {
    /// The store cannot be read, or is damaged.
    Store(StoreError),
    /// An entry on disk is not the one that was admitted; its index.
    Entry(u64),
    /// The blobs on disk are not those that were admitted.
    Blobs,
    /// The offset at which the last entry ends is wrong.
    Offset,
    /// The root of the running compact range is not the one that the stored tiles give.
    Root { running: Hash, stored: Hash },
    /// The new tree does not contain the one signed before.
    Consistency(ProofError),
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Entry(index) => write!(f, "entry {index} on disk is not the one that was admitted"),
            Self::Blobs => f.write_str("the blobs on disk are not those that were admitted"),
            Self::Offset => f.write_str("the offset of the last entry's end is wrong"),
            Self::Root { running, stored } => {
                write!(f, "the running root is {running}, the stored tiles give {stored}")
            }
            Self::Consistency(error) => write!(f, "the tree does not contain the one signed before: {error}"),
        }
    }
}

impl From<StoreError> for CheckError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What was admitted and should now be on disk.
pub(crate) struct Batch {
    /// Leaf hashes of the new entries.
    pub leaves: Vec<Hash>,
    /// Hashes of the new blobs.
    pub blobs: Vec<Hash>,
    /// The files' extent with the batch.
    pub extent: Extent,
    /// Root of the running compact range.
    pub root: Hash,
}

/// Entries read at once.
const STRIDE: u64 = 256;

/// Reads again what was written behind the commit `head`, whose compact range is `frontier`.
pub(crate) fn check(store: &Store, head: &Commit, frontier: &Frontier, batch: &Batch) -> Result<(), CheckError> {
    check_blobs(store, head, batch)?;
    check_entries(store, head, frontier, batch)?;
    check_consistency(store, head, batch)
}

fn check_blobs(store: &Store, head: &Commit, batch: &Batch) -> Result<(), CheckError> {
    let places = store.blob_places(&head.extent, &batch.extent)?;
    if !places.iter().map(|(hash, _)| hash).eq(&batch.blobs) {
        return Err(CheckError::Blobs);
    }
    for (hash, place) in places {
        store.blob(&hash, place)?;
    }
    Ok(())
}

fn check_entries(store: &Store, head: &Commit, frontier: &Frontier, batch: &Batch) -> Result<(), CheckError> {
    let mut from_disk = frontier.clone();
    let mut completed = Vec::new();
    let mut admitted = batch.leaves.iter();
    while from_disk.size() < batch.extent.size {
        let start = from_disk.size();
        for leaf in store.leaves(start, STRIDE.min(batch.extent.size - start))? {
            let hash = leaf_hash(&leaf);
            if admitted.next() != Some(&hash) {
                return Err(CheckError::Entry(from_disk.size()));
            }
            from_disk.push(hash, &mut completed);
        }
    }
    if store.entries_length(batch.extent.size)? != batch.extent.entries {
        return Err(CheckError::Offset);
    }
    store.compare_tiles(&head.extent, &completed)?;
    let stored = prove::root(store, batch.extent.size)?;
    if stored != batch.root || from_disk.root() != batch.root {
        return Err(CheckError::Root { running: batch.root, stored });
    }
    Ok(())
}

/// Every tree contains the empty one, for which there is no proof.
fn check_consistency(store: &Store, head: &Commit, batch: &Batch) -> Result<(), CheckError> {
    let (old, new) = (head.extent.size, batch.extent.size);
    if old == 0 {
        return Ok(());
    }
    let proof = prove::consistency(store, old, new)?;
    verify_consistency(old, new, &proof, head.root, batch.root).map_err(CheckError::Consistency)
}
