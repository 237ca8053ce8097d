//! What readers see of a log: its last durable commit, and the index up to it.

use crate::admit::Term;
use crate::commit::{Commit, Position};
use crate::edge::Edge;
use crate::index::record::Record;
use crate::index::replay::{find_blob, find_leaf};
use crate::index::search::{Operator, Search};
use crate::index::table::Table;
use crate::store::{BlobPlace, Store, StoreError};
use rekor_verifier::Hash;
use std::collections::VecDeque;
use std::sync::Arc;

/// Commits whose times are held in memory: whoever added an entry asks for its time at once.
const RECENT: usize = 4096;

/// The last commit and the index up to it: one moment of the log.
pub(crate) struct View {
    /// The last durable commit.
    pub head: Commit,
    /// Behind it in `commits`.
    pub position: Position,
    /// Where the tree grew last.
    pub edge: Arc<Edge>,
    table: Table,
    /// Size and time of the newest commits since the log was opened.
    recent: VecDeque<(u64, u64)>,
}

impl View {
    /// The view of a log that was just opened.
    pub(crate) fn new(head: Commit, position: Position, table: Table) -> Self {
        Self { head, position, edge: Arc::new(Edge::still()), table, recent: VecDeque::new() }
    }

    /// Takes in a durable commit and what finds what it added. Whether records are to be written to a run.
    pub(crate) fn advance(&mut self, commit: Commit, position: Position, records: Vec<Record>) -> bool {
        self.recent.truncate(RECENT - 1);
        self.recent.push_front((self.head.extent.size, commit.time));
        (self.head, self.position) = (commit, position);
        self.table.extend(records);
        self.freeze(false)
    }

    /// As [`Table::freeze`].
    pub(crate) fn freeze(&mut self, all: bool) -> bool {
        self.table.freeze(self.position, all)
    }

    /// The index.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The index, whose runs change.
    pub(crate) fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }

    /// The index of the entry with this leaf hash.
    pub(crate) fn index_of(&self, store: &Store, leaf: &Hash) -> Result<Option<u64>, StoreError> {
        find_leaf(&self.table, store, leaf)
    }

    /// Where a blob is.
    pub(crate) fn blob(&self, store: &Store, hash: &Hash) -> Result<Option<BlobPlace>, StoreError> {
        find_blob(&self.table, store, hash)
    }

    /// The time of the commit that made entry `index` durable, if that was since the log was opened and not long ago.
    pub(crate) fn recent_time_of(&self, index: u64) -> Option<u64> {
        let newer = self.recent.partition_point(|(size_before, _)| *size_before > index);
        self.recent.get(newer).map(|(_, time)| *time)
    }

    /// A search, which runs without the view.
    pub(crate) fn search(&self, terms: &[Term], operator: Operator) -> Search {
        Search::new(&self.table, terms, operator)
    }
}
