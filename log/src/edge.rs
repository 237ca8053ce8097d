//! The edge at which the tree grows, in memory: whoever just added an entry asks for its proof at once, and most of what
//! that needs was computed a moment ago. What is not here is read from the tiles.

use crate::prove::{HashReader, node};
use crate::tree::{Frontier, node_hash};
use rekor_verifier::Hash;

/// The complete subtrees that the last two batches touched: a caller may ask when the next batch is there already.
pub(crate) struct Edge {
    /// The tree before these batches.
    before: Frontier,
    /// For each height the subtrees that end behind it; the first has the number `before.size() >> height`.
    levels: Vec<Vec<Hash>>,
    /// The tree before the last batch, and the leaf hashes of that batch.
    last: (Frontier, Vec<Hash>),
}

impl Edge {
    /// The edge of a tree that has not grown since it was opened.
    pub(crate) fn still() -> Self {
        Self { before: Frontier::new(), levels: Vec::new(), last: (Frontier::new(), Vec::new()) }
    }

    /// The edge after another batch: `leaves`, behind the tree `before`.
    pub(crate) fn grown(&self, before: &Frontier, leaves: Vec<Hash>) -> Self {
        let (base, older) = &self.last;
        let joined = base.size() + older.len() as u64 == before.size();
        let (base, older) = if joined { (base, older.as_slice()) } else { (before, &[][..]) };
        let levels = subtrees(base, [older, &leaves].concat());
        Self { before: base.clone(), levels, last: (before.clone(), leaves) }
    }

    /// The root of the `index`-th complete subtree of 2^`height` entries, where it is known.
    fn node(&self, height: u32, index: u64) -> Option<Hash> {
        let first = self.before.size() >> height;
        match index.checked_sub(first) {
            Some(position) => self.levels.get(height as usize)?.get(usize::try_from(position).ok()?).copied(),
            None if index + 1 == first => self.before.subtree(height),
            None => None,
        }
    }
}

/// The subtrees of every height that `leaves` complete behind the tree `before`.
fn subtrees(before: &Frontier, leaves: Vec<Hash>) -> Vec<Vec<Hash>> {
    let mut levels = vec![leaves];
    for height in 0.. {
        // A left neighbour that stands before these is one of the older tree's own.
        let left = before.subtree(height);
        let below: Vec<Hash> = left.into_iter().chain(levels[height as usize].iter().copied()).collect();
        let above: Vec<Hash> = below.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
        if above.is_empty() {
            break;
        }
        levels.push(above);
    }
    levels
}

/// Reads from the edge what is there, and from the tiles what is not.
pub(crate) struct AtEdge<'a, R> {
    pub edge: &'a Edge,
    pub tiles: &'a R,
}

impl<R: HashReader> HashReader for AtEdge<'_, R> {
    type Error = R::Error;

    fn hashes(&self, level: usize, start: u64, count: u64) -> Result<Vec<Hash>, Self::Error> {
        self.tiles.hashes(level, start, count)
    }

    fn subtree(&self, height: u32, index: u64) -> Result<Hash, Self::Error> {
        self.edge.node(height, index).map_or_else(|| node(self.tiles, height, index), Ok)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;
    use crate::prove::{inclusion, root};
    use crate::tree::leaf_hash;
    use rekor_verifier::check::merkle::verify_inclusion;

    /// There are no tiles: all must be at the edge.
    struct Nothing;

    impl HashReader for Nothing {
        type Error = ();

        fn hashes(&self, _: usize, _: u64, _: u64) -> Result<Vec<Hash>, ()> {
            Err(())
        }
    }

    #[test]
    fn entries_of_the_last_two_batches_are_proven_without_reading() {
        for sizes in [vec![1, 1, 1, 1, 1, 1, 1, 1], vec![5, 3, 1, 7], vec![300, 1, 212, 513, 2], vec![1024, 1024]] {
            let (mut edge, mut frontier) = (Edge::still(), Frontier::new());
            let (mut leaves, mut starts) = (Vec::new(), vec![0]);
            for size in sizes {
                let batch: Vec<Hash> = (0..size).map(|i| leaf_hash(&[leaves.len() + i].map(|n| n as u8))).collect();
                let before = frontier.clone();
                batch.iter().for_each(|leaf| frontier.push(*leaf, &mut Vec::new()));
                edge = edge.grown(&before, batch.clone());
                leaves.extend(batch);
                starts.push(leaves.len());
                let reader = AtEdge { edge: &edge, tiles: &Nothing };
                let size = leaves.len() as u64;
                assert_eq!(root(&reader, size), Ok(frontier.root()));
                let newest = starts[starts.len().saturating_sub(3)];
                for (index, leaf) in (0..).zip(&leaves).skip(newest) {
                    let proof = inclusion(&reader, index, size).unwrap();
                    verify_inclusion(index, size, *leaf, &proof, frontier.root()).unwrap();
                }
                // The neighbours of the first of more entries are in the tiles alone.
                assert!(size <= 600 || starts.len() <= 3 || inclusion(&reader, 0, size).is_err(), "{size}");
            }
        }
    }
}
