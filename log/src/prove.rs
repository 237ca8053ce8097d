//! Proofs from stored tile hashes: RFC 6962 §2.1.1 (inclusion) and §2.1.2 (consistency).

use crate::tree::{Frontier, TILE_HEIGHT, empty_root, node_hash};
use rekor_verifier::Hash;
use std::ops::Range;

/// Reads what the tiles store.
pub(crate) trait HashReader {
    /// Why a read failed.
    type Error;

    /// `count` hashes of tile level `level`, from position `start` on. Position `i` is the root of the
    /// complete subtree over entries `i·256^level .. (i+1)·256^level`. 1 ≤ `count` ≤ 256.
    fn hashes(&self, level: usize, start: u64, count: u64) -> Result<Vec<Hash>, Self::Error>;

    /// The root of a complete subtree of 2^`height` entries, the `index`-th of its kind.
    fn subtree(&self, height: u32, index: u64) -> Result<Hash, Self::Error> {
        node(self, height, index)
    }
}

/// The largest power of two smaller than `n`; n ≥ 2.
fn split(n: u64) -> u64 {
    1 << (u64::BITS - 1 - (n - 1).leading_zeros())
}

/// The root of a complete subtree from what the tiles store below it.
pub(crate) fn node<R: HashReader + ?Sized>(reader: &R, height: u32, index: u64) -> Result<Hash, R::Error> {
    let below_tile = height % TILE_HEIGHT;
    let level = (height / TILE_HEIGHT) as usize;
    let mut hashes = reader.hashes(level, index << below_tile, 1 << below_tile)?;
    for _ in 0..below_tile {
        hashes = hashes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    Ok(hashes[0])
}

/// MTH(D[start:end]), where `start` is a multiple of the smallest power of two ≥ `end - start`, as in
/// every range that the definitions of the RFC reach.
fn range_hash<R: HashReader>(reader: &R, range: Range<u64>) -> Result<Hash, R::Error> {
    let length = range.end - range.start;
    if length == 0 {
        return Ok(empty_root());
    }
    if length.is_power_of_two() {
        let height = length.trailing_zeros();
        return reader.subtree(height, range.start >> height);
    }
    let middle = range.start + split(length);
    let left = range_hash(reader, range.start..middle)?;
    let right = range_hash(reader, middle..range.end)?;
    Ok(node_hash(&left, &right))
}

/// The root of the tree of the first `size` entries, from the stored tiles at its right edge.
pub(crate) fn root<R: HashReader>(reader: &R, size: u64) -> Result<Hash, R::Error> {
    range_hash(reader, 0..size)
}

/// The compact range of the first `size` entries, from the stored tiles at the tree's right edge.
pub(crate) fn frontier<R: HashReader>(reader: &R, size: u64) -> Result<Frontier, R::Error> {
    let heights = (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1);
    // The subtree of each binary digit stands behind those of all larger ones.
    let roots = heights.map(|height| node(reader, height, (size >> height) - 1));
    Ok(Frontier::of(size, roots.collect::<Result<_, _>>()?))
}

/// PATH(index, D[size]), lowest node first; `index` < `size`.
pub(crate) fn inclusion<R: HashReader>(reader: &R, index: u64, size: u64) -> Result<Vec<Hash>, R::Error> {
    let mut range = 0..size;
    let mut siblings = Vec::new();
    while range.end - range.start > 1 {
        let middle = range.start + split(range.end - range.start);
        if index < middle {
            siblings.push(middle..range.end);
            range.end = middle;
        } else {
            siblings.push(range.start..middle);
            range.start = middle;
        }
    }
    siblings.into_iter().rev().map(|sibling| range_hash(reader, sibling)).collect()
}

/// PROOF(old, D[new]); `old` ≤ `new`. Empty where there is nothing to prove: old = 0 or old = new.
pub(crate) fn consistency<R: HashReader>(reader: &R, old: u64, new: u64) -> Result<Vec<Hash>, R::Error> {
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    // SUBPROOF: walk down to the subtree that ends where the old tree ends.
    let mut range = 0..new;
    let mut parts = Vec::new();
    while range.end != old {
        let middle = range.start + split(range.end - range.start);
        if old <= middle {
            parts.push(middle..range.end);
            range.end = middle;
        } else {
            parts.push(range.start..middle);
            range.start = middle;
        }
    }
    // The reader of the proof has the old root; where that subtree is not the whole old tree it needs its hash.
    if range.start != 0 {
        parts.push(range);
    }
    parts.into_iter().rev().map(|part| range_hash(reader, part)).collect()
}
