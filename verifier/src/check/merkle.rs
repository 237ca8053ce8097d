//! RFC 6962 Merkle trees: leaf and node hashes, inclusion and consistency proofs, and proofs read out of tiles.

use crate::Hash;
use crate::format::tile::{TileId, WIDTH};
use crate::sorted::{Map, Set};
use sha2::{Digest, Sha256};
use std::fmt;

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// There is no such leaf, or the sizes are in the wrong order.
    OutOfRange {
        /// Index of the leaf, or size of the smaller tree.
        position: u64,
        /// Size of the tree, or of the larger one.
        size: u64,
    },
    /// The proof has another number of hashes than these positions need.
    Length {
        /// Hashes that are needed.
        expected: usize,
        /// Hashes that the proof has.
        found: usize,
    },
    /// The proof leads to another root than the (larger) tree has.
    Root {
        /// The root that should come out.
        expected: Hash,
        /// The root that does.
        found: Hash,
    },
    /// The larger tree is what it should be, and the smaller one is not its beginning: the history was rewritten.
    Forked {
        /// The root of the smaller tree.
        expected: Hash,
        /// The root that the larger tree had at that size.
        found: Hash,
    },
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProofError::OutOfRange { position, size } => {
                write!(f, "position {position} lies outside a tree of {size} entries")
            }
            ProofError::Length { expected, found } => write!(f, "the proof has {found} hashes, {expected} are needed"),
            ProofError::Root { expected, found } => {
                write!(f, "the proof leads to the root {found}, expected {expected}")
            }
            ProofError::Forked { expected, found } => {
                write!(f, "at that size the tree now has the root {found}, and it was {expected} before")
            }
        }
    }
}

impl std::error::Error for ProofError {}

/// Hash of a leaf: SHA-256(00 ‖ entry) (RFC 6962 §2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::from_bytes(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// Hash of an inner node: SHA-256(01 ‖ left ‖ right) (RFC 6962 §2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let digest = Sha256::new().chain_update([1]).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Hash::from_bytes(digest.finalize().into())
}

/// Root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).
pub fn empty_root() -> Hash {
    super::digest::sha256(b"")
}

/// On which side a sibling stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before the node.
    Left,
    /// After it.
    Right,
}

/// One step of an audit path, from the leaf to the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// On which side the proof's hash stands.
    pub side: Side,
    /// The hash that the proof gives.
    pub sibling: Hash,
    /// The hash of both, computed: a node one level up.
    pub node: Hash,
}

/// The steps from `leaf` at `index` to the root of a tree of `size` leaves, as `proof` (leaf to root) makes them.
///
/// RFC 9162 §2.1.3.2: `inner` steps where the path may turn, then `border` steps along the right edge.
pub fn audit_path(index: u64, size: u64, leaf: Hash, proof: &[Hash]) -> Result<Vec<PathStep>, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { position: index, size });
    }
    let inner = bit_length(index ^ (size - 1));
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    let expected = (inner + border) as usize;
    if proof.len() != expected {
        return Err(ProofError::Length { expected, found: proof.len() });
    }
    let mut node = leaf;
    let step = |(step, sibling): (usize, &Hash)| {
        let right = step < inner as usize && (index >> step) & 1 == 0;
        node = if right { node_hash(&node, sibling) } else { node_hash(sibling, &node) };
        PathStep { side: if right { Side::Right } else { Side::Left }, sibling: *sibling, node }
    };
    Ok(proof.iter().enumerate().map(step).collect())
}

/// The root of the tree of `size` leaves that holds `leaf` at `index`, as `proof` (leaf to root) makes it.
pub fn root_of_inclusion(index: u64, size: u64, leaf: Hash, proof: &[Hash]) -> Result<Hash, ProofError> {
    Ok(audit_path(index, size, leaf, proof)?.last().map_or(leaf, |step| step.node))
}

/// Checks that `leaf` stands at `index` in the tree of `size` leaves with this `root`.
pub fn verify_inclusion(index: u64, size: u64, leaf: Hash, proof: &[Hash], root: Hash) -> Result<(), ProofError> {
    match root_of_inclusion(index, size, leaf, proof)? {
        found if found == root => Ok(()),
        found => Err(ProofError::Root { expected: root, found }),
    }
}

/// Checks that the tree of `old` leaves with `old_root` is the beginning of the tree of `new` leaves with `new_root`.
///
/// RFC 9162 §2.1.4.2. An empty old tree is refused: there is nothing to be consistent with. A result of
/// [`ProofError::Forked`] is itself proof: the hashes lead to `new_root`, so they are that tree's. (Where `old` is a
/// power of two it cannot come: see [`verify_history`].)
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: Hash,
    new_root: Hash,
) -> Result<(), ProofError> {
    if old == 0 || old > new {
        return Err(ProofError::OutOfRange { position: old, size: new });
    }
    let expected = consistency_length(old, new);
    if proof.len() != expected {
        return Err(ProofError::Length { expected, found: proof.len() });
    }
    // 1. The proof starts at the largest full subtree that ends where the old tree ends; where that is the whole old
    //    tree, the hash is left out.
    let (mut seed, mut rest) = (old_root, proof);
    if !old.is_power_of_two()
        && let Some((first, others)) = proof.split_first()
    {
        (seed, rest) = (*first, others);
    }
    // 2. The new root decides whether the hashes are the new tree's; the old root, whether that tree kept its past.
    let (old_found, new_found) = climb(old, new, seed, rest);
    if new_found != new_root {
        return Err(ProofError::Root { expected: new_root, found: new_found });
    }
    match old_found == old_root {
        true => Ok(()),
        false => Err(ProofError::Forked { expected: old_root, found: old_found }),
    }
}

/// The roots of both trees, from the root `seed` of the subtree that both begin with. The paths climb together: the old
/// one only ever takes siblings on its left.
fn climb(old: u64, new: u64, seed: Hash, siblings: &[Hash]) -> (Hash, Hash) {
    let (mut old_node, mut new_node) = ((old - 1) >> old.trailing_zeros(), (new - 1) >> old.trailing_zeros());
    let (mut old_hash, mut new_hash) = (seed, seed);
    if old == new {
        new_node = 0;
        old_node = 0;
    }
    for sibling in siblings {
        if old_node & 1 == 1 || old_node == new_node {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while old_node & 1 == 0 && old_node != 0 {
                old_node >>= 1;
                new_node >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        old_node >>= 1;
        new_node >>= 1;
    }
    (old_hash, new_hash)
}

/// The roots, of the trees of `old` and of `new` leaves, to which a proof as [`verify_history`] takes it leads; `None`
/// where it has not the number of hashes that these sizes need.
pub fn roots_of_history(old: u64, new: u64, proof: &[Hash]) -> Option<(Hash, Hash)> {
    let (seed, siblings) = proof.split_first()?;
    let needed = consistency_length(old, new) + usize::from(old.is_power_of_two());
    (0 < old && old < new && proof.len() == needed).then(|| climb(old, new, *seed, siblings))
}

/// As [`verify_consistency`], for a proof that always starts with a hash of the new tree: where `old` is a power of
/// two, RFC 9162 leaves out the root of that subtree, and with it what tells a bad proof from a rewritten history.
/// [`Tiles::history_proof`] makes such proofs.
pub fn verify_history(old: u64, new: u64, proof: &[Hash], old_root: Hash, new_root: Hash) -> Result<(), ProofError> {
    if !old.is_power_of_two() || old >= new {
        return verify_consistency(old, new, proof, old_root, new_root);
    }
    let expected = consistency_length(old, new) + 1;
    let Some((found, rest)) = proof.split_first() else { return Err(ProofError::Length { expected, found: 0 }) };
    verify_consistency(old, new, rest, *found, new_root)?;
    match *found == old_root {
        true => Ok(()),
        false => Err(ProofError::Forked { expected: old_root, found: *found }),
    }
}

/// Number of hashes in a consistency proof.
fn consistency_length(old: u64, new: u64) -> usize {
    if old == new {
        return 0;
    }
    let start = old.trailing_zeros();
    let inner = bit_length((old - 1) ^ (new - 1)).saturating_sub(start);
    let border = ((old - 1) >> start).checked_shr(inner).unwrap_or(0).count_ones();
    let seed = u32::from(!old.is_power_of_two());
    (inner + border + seed) as usize
}

fn bit_length(n: u64) -> u32 {
    u64::BITS - n.leading_zeros()
}

/// Tiles at hand, from which proofs are put together. What is missing is named, so that it can be fetched.
///
/// Nothing here is trusted: a wrong tile gives a proof that does not hold.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    tiles: Map<TileId, Vec<Hash>>,
}

impl Tiles {
    /// Adds a tile that a log served.
    pub fn insert(&mut self, id: TileId, hashes: Vec<Hash>) {
        self.tiles.insert(id, hashes);
    }

    /// The inclusion proof of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1), or the tiles it lacks.
    /// Empty where `index` lies outside the tree.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, Set<TileId>> {
        let mut reader = Reader { tiles: self, size, missing: Set::new() };
        let mut proof = Vec::new();
        if index < size {
            reader.path(index, 0, size, &mut proof);
        }
        reader.finish(proof)
    }

    /// The consistency proof between the trees of `old` and `new` leaves (RFC 6962 §2.1.2), or the tiles it lacks.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, Set<TileId>> {
        self.proof_between(old, new, true)
    }

    /// The proof that [`verify_history`] checks: the consistency proof with its first hash never left out.
    pub fn history_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, Set<TileId>> {
        self.proof_between(old, new, false)
    }

    /// SUBPROOF(old, D[0:new], whole); empty where there is nothing to prove.
    fn proof_between(&self, old: u64, new: u64, whole: bool) -> Result<Vec<Hash>, Set<TileId>> {
        let mut reader = Reader { tiles: self, size: new, missing: Set::new() };
        let mut proof = Vec::new();
        if 0 < old && old < new {
            reader.subproof(old, 0, new, whole, &mut proof);
        }
        reader.finish(proof)
    }
}

struct Reader<'a> {
    tiles: &'a Tiles,
    size: u64,
    missing: Set<TileId>,
}

impl Reader<'_> {
    fn finish(self, proof: Vec<Hash>) -> Result<Vec<Hash>, Set<TileId>> {
        if self.missing.is_empty() { Ok(proof) } else { Err(self.missing) }
    }

    /// PATH(index, D[start:end]) of RFC 6962 §2.1.1.
    fn path(&mut self, index: u64, start: u64, end: u64, proof: &mut Vec<Hash>) {
        if end - start <= 1 {
            return;
        }
        let middle = start + largest_power_below(end - start);
        if index < middle {
            self.path(index, start, middle, proof);
            proof.push(self.tree_hash(middle, end));
        } else {
            self.path(index, middle, end, proof);
            proof.push(self.tree_hash(start, middle));
        }
    }

    /// SUBPROOF(old, D[start:end], whole) of RFC 6962 §2.1.2.
    fn subproof(&mut self, old: u64, start: u64, end: u64, whole: bool, proof: &mut Vec<Hash>) {
        if old == end {
            if !whole {
                proof.push(self.tree_hash(start, end));
            }
            return;
        }
        let middle = start + largest_power_below(end - start);
        if old <= middle {
            self.subproof(old, start, middle, whole, proof);
            proof.push(self.tree_hash(middle, end));
        } else {
            self.subproof(old, middle, end, false, proof);
            proof.push(self.tree_hash(start, middle));
        }
    }

    /// MTH(D[start:end]) of RFC 6962 §2.1; `start` is a multiple of the largest full subtree's size.
    fn tree_hash(&mut self, start: u64, end: u64) -> Hash {
        let count = end - start;
        if count.is_power_of_two() {
            return self.full_subtree(count.trailing_zeros(), start >> count.trailing_zeros());
        }
        let middle = start + largest_power_below(count);
        let left = self.tree_hash(start, middle);
        node_hash(&left, &self.tree_hash(middle, end))
    }

    /// The root of the full subtree number `index` of height `height`, folded from up to 128 hashes of one tile.
    fn full_subtree(&mut self, height: u32, index: u64) -> Hash {
        let (level, fold) = ((height / 8) as u8, height % 8);
        let first = index << fold;
        let count = 1usize << fold;
        let Some(id) = TileId::containing(level, first, self.size) else {
            // Cannot happen: every subtree that is asked for lies within the tree.
            return empty_root();
        };
        let offset = (first % WIDTH) as usize;
        match self.tiles.tiles.get(&id).and_then(|hashes| hashes.get(offset..offset + count)) {
            Some(hashes) => fold_hashes(hashes),
            None => {
                self.missing.insert(id);
                empty_root()
            }
        }
    }
}

fn fold_hashes(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => empty_root(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            node_hash(&fold_hashes(left), &fold_hashes(right))
        }
    }
}

/// The largest power of two below `n` (n ≥ 2).
fn largest_power_below(n: u64) -> u64 {
    1 << (bit_length(n - 1) - 1)
}
