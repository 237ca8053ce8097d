//! What answers questions about a log's content: derived from the files, rebuilt whenever the log is opened.

use crate::admit::{Term, terms};
use crate::commit::{Commit, note_time};
use crate::prove;
use crate::store::{BlobPlace, Extent, Store, StoreError};
use crate::tree::{Frontier, leaf_hash};
use rekor_verifier::Hash;
use rekor_verifier::format::entry::{EntryError, LinkEntry};
use std::collections::{HashMap, HashSet};

/// Entries read at once while the view is rebuilt.
const STRIDE: u64 = 256;

/// How the terms of a search are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Entries that have every term.
    And,
    /// Entries that have one of the terms.
    Or,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Indices of entries: newest first, and after all others those that have a digest as a material.
    pub indices: Vec<u64>,
    /// Whether there are more than were asked for.
    pub truncated: bool,
}

/// The last commit and everything that is derived from the entries up to it.
pub(crate) struct View {
    /// The last durable commit.
    pub head: Commit,
    /// Size and time of every commit that added entries.
    times: Vec<(u64, u64)>,
    by_leaf: HashMap<Hash, u64>,
    by_term: HashMap<Term, Vec<u64>>,
    blobs: HashMap<Hash, BlobPlace>,
    /// Leaf hash of every entry.
    leaves: Vec<Hash>,
}

/// What a commit adds to the view.
#[derive(Default)]
pub(crate) struct Addition {
    /// Leaf hash and terms of each new entry, in order.
    pub entries: Vec<(Hash, Vec<Term>)>,
    /// New blobs.
    pub blobs: Vec<(Hash, BlobPlace)>,
}

impl View {
    /// The view of a log whose files hold nothing yet.
    fn empty(head: Commit, times: Vec<(u64, u64)>) -> Self {
        let (by_leaf, by_term, blobs) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { head, times, by_leaf, by_term, blobs, leaves: Vec::new() }
    }

    /// Reads every entry and digest list, and on the way checks the whole store against the commit: each
    /// leaf, each stored tile hash, the root.
    pub(crate) fn rebuild(store: &Store, head: Commit, times: Vec<(u64, u64)>) -> Result<(Self, Frontier), StoreError> {
        let extent = head.extent;
        check_entries_length(store, &extent)?;
        let mut view = Self::empty(head, times);
        view.blobs.extend(store.blob_places(&Extent::default(), &extent)?);
        let mut frontier = Frontier::new();
        while frontier.size() < extent.size {
            let start = Extent { size: frontier.size(), ..Extent::default() };
            let mut completed = Vec::new();
            for leaf in store.leaves(start.size, STRIDE.min(extent.size - start.size))? {
                let terms = view.read_terms(store, &leaf)?;
                let hash = leaf_hash(&leaf);
                frontier.push(hash, &mut completed);
                view.insert(hash, terms);
            }
            store.compare_tiles(&start, &completed)?;
        }
        check_root(store, &view.head, frontier.root())?;
        Ok((view, frontier))
    }

    fn read_terms(&self, store: &Store, leaf: &[u8]) -> Result<Vec<Term>, StoreError> {
        let damaged = |what: String| StoreError::Damaged { file: "entries".to_owned(), what };
        let index = self.leaves.len();
        let entry = match LinkEntry::parse(leaf) {
            Ok(entry) => entry,
            Err(EntryError::OtherKind(_) | EntryError::Json(_)) => return Ok(Vec::new()),
            Err(error) => return Err(damaged(format!("entry {index}: {error}"))),
        };
        let place = self.blobs.get(&entry.digest_list);
        let place = place.ok_or_else(|| damaged(format!("the digest list of entry {index} is not in blobs")))?;
        let digest_list = store.blob(&entry.digest_list, *place)?;
        let digest_list = String::from_utf8_lossy(&digest_list);
        Ok(terms(&entry, &digest_list))
    }

    fn insert(&mut self, leaf: Hash, terms: Vec<Term>) {
        let index = self.leaves.len() as u64;
        self.leaves.push(leaf);
        self.by_leaf.insert(leaf, index);
        for term in terms {
            self.by_term.entry(term).or_default().push(index);
        }
    }

    /// Takes in a durable commit.
    pub(crate) fn advance(&mut self, commit: Commit, addition: Addition) {
        note_time(&mut self.times, &commit);
        for (leaf, terms) in addition.entries {
            self.insert(leaf, terms);
        }
        self.blobs.extend(addition.blobs);
        self.head = commit;
    }

    /// The index of the entry with this leaf hash.
    pub(crate) fn index_of(&self, leaf: &Hash) -> Option<u64> {
        self.by_leaf.get(leaf).copied()
    }

    /// The leaf hash of an entry.
    pub(crate) fn leaf_hash(&self, index: u64) -> Option<Hash> {
        self.leaves.get(usize::try_from(index).ok()?).copied()
    }

    /// Where a blob is.
    pub(crate) fn blob(&self, hash: &Hash) -> Option<BlobPlace> {
        self.blobs.get(hash).copied()
    }

    /// The time of the commit that made entry `index` durable, in seconds since 1970.
    pub(crate) fn time_of(&self, index: u64) -> Option<u64> {
        let position = self.times.partition_point(|(size, _)| *size <= index);
        self.times.get(position).map(|(_, time)| *time)
    }

    /// At most `limit` entries with all or one of `terms`, none for no terms: the newest first, those that have a digest
    /// as a material after all others.
    pub(crate) fn find(&self, terms: &[Term], operator: Operator, limit: usize) -> Found {
        let mut indices = self.search(terms, operator, limit + 1);
        let as_materials: Vec<Term> = terms.iter().map(Term::as_material).collect();
        if indices.len() <= limit && as_materials != terms {
            let known: HashSet<u64> = indices.iter().copied().collect();
            let materials = self.search(&as_materials, operator, limit + 1);
            indices.extend(materials.into_iter().filter(|index| !known.contains(index)));
        }
        let truncated = indices.len() > limit;
        indices.truncate(limit);
        Found { indices, truncated }
    }

    fn search(&self, terms: &[Term], operator: Operator, limit: usize) -> Vec<u64> {
        let lists: Vec<&[u64]> =
            terms.iter().map(|term| self.by_term.get(term).map_or(&[][..], Vec::as_slice)).collect();
        match operator {
            Operator::And => find_all(lists, limit),
            Operator::Or => find_any(lists, limit),
        }
    }
}

/// Walks the shortest list from its end and looks each entry up in the others, so that a flood of entries
/// under one term costs nothing to who asks for another beside it.
fn find_all(mut lists: Vec<&[u64]>, limit: usize) -> Vec<u64> {
    lists.sort_by_key(|list| list.len());
    let Some((shortest, others)) = lists.split_first() else {
        return Vec::new();
    };
    let in_all = |index: &&u64| others.iter().all(|list| list.binary_search(index).is_ok());
    shortest.iter().rev().filter(in_all).take(limit).copied().collect()
}

fn find_any(lists: Vec<&[u64]>, limit: usize) -> Vec<u64> {
    let newest = lists.into_iter().flat_map(|list| list.iter().rev().take(limit));
    let mut indices: Vec<u64> = newest.copied().collect();
    indices.sort_unstable_by(|a, b| b.cmp(a));
    indices.dedup();
    indices.truncate(limit);
    indices
}

fn check_entries_length(store: &Store, extent: &Extent) -> Result<(), StoreError> {
    let found = store.entries_length(extent.size)?;
    if found == extent.entries {
        return Ok(());
    }
    let what = format!("the last entry ends at byte {found}, expected {}", extent.entries);
    Err(StoreError::Damaged { file: "offsets".to_owned(), what })
}

fn check_root(store: &Store, head: &Commit, from_entries: Hash) -> Result<(), StoreError> {
    let from_tiles = prove::root(store, head.extent.size)?;
    if from_entries == head.root && from_tiles == head.root {
        return Ok(());
    }
    let what =
        format!("the last commit's root is {}, the entries give {from_entries} and the tiles {from_tiles}", head.root);
    Err(StoreError::Damaged { file: "the store".to_owned(), what })
}
