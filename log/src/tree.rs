//! The Merkle tree of RFC 6962 §2.1, as it grows: node hashes and the running compact range.
//!
//! This is the proving half. It shares no code with the checking half in `rekor-verifier`, so that
//! each can show the other's mistakes.

use rekor_verifier::Hash;
use sha2::{Digest, Sha256};

/// Tree levels in one tile: a tile level stores every eighth level of the tree.
pub(crate) const TILE_HEIGHT: u32 = 8;

/// SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Hash::from_bytes(Sha256::digest(bytes).into())
}

/// MTH({}): the root of the tree without entries.
pub(crate) fn empty_root() -> Hash {
    sha256(b"")
}

/// The hash of a leaf: SHA-256(0x00 ‖ entry).
pub(crate) fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0x00]);
    hasher.update(entry);
    Hash::from_bytes(hasher.finalize().into())
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0x01]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    Hash::from_bytes(hasher.finalize().into())
}

/// A complete subtree of 256^`level` entries, whose root belongs into the tiles of that level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    /// Tile level, 0 for the leaves themselves.
    pub level: usize,
    /// Root of the subtree.
    pub hash: Hash,
}

/// The compact range of the first `size` leaves: the roots of the complete subtrees that the size's
/// binary digits name, largest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the tree without entries.
    pub(crate) fn new() -> Self {
        let roots = Vec::new();
        Self { size: 0, roots }
    }

    /// The frontier of `size` leaves with these subtree roots, the largest first.
    pub(crate) fn of(size: u64, roots: Vec<Hash>) -> Self {
        Self { size, roots }
    }

    /// Number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The last complete subtree of 2^`height` leaves, where the size's binary digits name it.
    pub(crate) fn subtree(&self, height: u32) -> Option<Hash> {
        let digits = self.size.checked_shr(height)?;
        // Those of higher digits stand before it.
        let position = (digits >> 1).count_ones() as usize;
        (digits & 1 == 1).then(|| self.roots.get(position).copied())?
    }

    /// Appends a leaf. What it completed for the tiles is added to `completed`, lowest level first.
    pub(crate) fn push(&mut self, leaf: Hash, completed: &mut Vec<Completed>) {
        let mut hash = leaf;
        completed.push(Completed { level: 0, hash });
        // Each trailing one of the old size is a complete subtree that the new leaf joins.
        for height in 1..=self.size.trailing_ones() {
            let Some(left) = self.roots.pop() else { break };
            hash = node_hash(&left, &hash);
            if height % TILE_HEIGHT == 0 {
                let level = (height / TILE_HEIGHT) as usize;
                completed.push(Completed { level, hash });
            }
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The tree's root: MTH of all leaves so far.
    pub(crate) fn root(&self) -> Hash {
        let mut smallest_first = self.roots.iter().rev();
        let Some(&last) = smallest_first.next() else {
            return empty_root();
        };
        smallest_first.fold(last, |right, left| node_hash(left, &right))
    }
}
