//! From the first entry to the last: hashes, tiles, roots.

use super::entry::check_entry;
use super::{AuditError, Audited, Depth, Fault, Keep, KnownTree};
use crate::source::Source;
use crate::tree::{Completed, Frontier, leaf_hash};
use rekor_verifier::Hash;
use rekor_verifier::format::tile::{BundleId, TileId, WIDTH};
use std::collections::VecDeque;

/// An audit under way.
pub(super) struct Walk<'a> {
    source: &'a mut dyn Source,
    keep: &'a mut dyn Keep,
    depth: Depth,
    /// Number of entries in the whole tree.
    size: u64,
    /// The compact range of the entries that were compared with a tree so far.
    frontier: Frontier,
    /// Hashes of the entries behind it, of a bundle that was read already.
    ahead: VecDeque<Hash>,
    /// For each tile level above the leaves: the hashes since the last full tile.
    levels: Vec<Level>,
    /// The first eight bytes of each leaf hash, and its index: what finds duplicates.
    leaves: Vec<(u64, u64)>,
    pub(super) audited: Audited,
}

/// A tile that is being filled.
#[derive(Default)]
struct Level {
    index: u64,
    hashes: Vec<Hash>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a mut dyn Source, keep: &'a mut dyn Keep, depth: Depth, size: u64) -> Self {
        let (frontier, ahead) = (Frontier::new(), VecDeque::new());
        let (levels, leaves, audited) = (Vec::new(), Vec::new(), Audited::default());
        Self { source, keep, depth, size, frontier, ahead, levels, leaves, audited }
    }

    /// Goes on to the size of `tree`, and compares the root there.
    pub(super) fn compare(&mut self, tree: &KnownTree) -> Result<(), AuditError> {
        let KnownTree { size, root, from } = tree.clone();
        let done = self.frontier.size();
        if size < done {
            return Err(Fault::Shrunk { from: format!("a tree before {from}"), size: done, then: size }.into());
        }
        while self.frontier.size() < size {
            self.push_one()?;
        }
        let entries = self.frontier.root();
        if entries != root {
            return Err(Fault::Root { size, entries, signed: root, from }.into());
        }
        Ok(())
    }

    fn push_one(&mut self) -> Result<(), AuditError> {
        if self.ahead.is_empty() {
            self.read_bundle()?;
        }
        let mut completed = Vec::new();
        if let Some(leaf) = self.ahead.pop_front() {
            self.frontier.push(leaf, &mut completed);
        }
        completed.into_iter().filter(|node| node.level > 0).try_for_each(|node| self.fill(node))
    }

    /// The next bundle and the level-0 tile beside it.
    fn read_bundle(&mut self) -> Result<(), AuditError> {
        let first = self.frontier.size();
        let width = (self.size - first).min(WIDTH) as u16;
        let id = BundleId { index: first / WIDTH, width };
        let bytes = self.source.bundle(id)?;
        let entries = id.entries(&bytes).ok_or(Fault::Bundle(id))?;
        let hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        self.compare_tile(TileId { level: 0, index: id.index, width }, &hashes)?;
        if self.depth == Depth::Everything {
            for (index, (entry, hash)) in (first..).zip(entries.iter().zip(&hashes)) {
                check_entry(self.source, self.keep, index, entry, &mut self.audited)?;
                self.leaves.push((prefix(hash), index));
            }
        }
        self.keep.tile(&id.path(), width, &bytes)?;
        self.audited.tiles += 1;
        self.ahead.extend(hashes);
        self.keep.progress(first + u64::from(width), self.size);
        Ok(())
    }

    fn fill(&mut self, node: Completed) -> Result<(), AuditError> {
        if self.levels.len() < node.level {
            self.levels.resize_with(node.level, Level::default);
        }
        let level = &mut self.levels[node.level - 1];
        level.hashes.push(node.hash);
        if (level.hashes.len() as u64) < WIDTH {
            return Ok(());
        }
        let (index, hashes) = (level.index, std::mem::take(&mut level.hashes));
        level.index += 1;
        self.compare_tile(TileId { level: node.level as u8, index, width: WIDTH as u16 }, &hashes)
    }

    fn compare_tile(&mut self, id: TileId, expected: &[Hash]) -> Result<(), AuditError> {
        let bytes = self.source.tile(id)?;
        let wrong = |position| Fault::Tile { id, position };
        let shown = id.hashes(&bytes).ok_or_else(|| wrong(usize::from(id.width)))?;
        if let Some(position) = shown.iter().zip(expected).position(|(shown, expected)| shown != expected) {
            return Err(wrong(position).into());
        }
        self.audited.tiles += 1;
        self.keep.tile(&id.path(), id.width, &bytes)
    }

    /// What is left once every entry was read: the tiles that are not full, and duplicates.
    pub(super) fn finish(mut self) -> Result<Audited, AuditError> {
        for (level, filled) in (1u8..).zip(std::mem::take(&mut self.levels)) {
            if !filled.hashes.is_empty() {
                let width = filled.hashes.len() as u16;
                self.compare_tile(TileId { level, index: filled.index, width }, &filled.hashes)?;
            }
        }
        self.find_duplicates()?;
        self.audited.entries = self.size;
        Ok(self.audited)
    }

    /// Two entries with the same bytes have the same leaf hash; the few whose hashes begin alike are read again.
    fn find_duplicates(&mut self) -> Result<(), AuditError> {
        let mut leaves = std::mem::take(&mut self.leaves);
        leaves.sort_unstable();
        for pair in leaves.windows(2) {
            let [(one, first), (other, second)] = [pair[0], pair[1]];
            if one == other && self.leaf(first)? == self.leaf(second)? {
                return Err(Fault::Duplicate { indices: (first, second) }.into());
            }
        }
        Ok(())
    }

    /// A leaf hash from the level-0 tile that was compared before.
    fn leaf(&mut self, index: u64) -> Result<Option<Hash>, AuditError> {
        let Some(id) = TileId::containing(0, index, self.size) else { return Ok(None) };
        let hashes = id.hashes(&self.source.tile(id)?).unwrap_or_default();
        Ok(hashes.get((index % WIDTH) as usize).copied())
    }
}

fn prefix(hash: &Hash) -> u64 {
    hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
