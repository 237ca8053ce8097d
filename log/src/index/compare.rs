//! Whether the index holds what the log's files give, and nothing else.

use super::record::Record;
use super::replay::{blob_records, of_these_commits, records_of_entries};
use super::table::Table;
use crate::commit::{CommitError, CommitLines};
use crate::source::SourceError;
use crate::store::{Store, StoreError};
use crate::tree::sha256;
use std::path::Path;

/// How often a folder that changes is listed again.
const RETRIES: usize = 3;

/// Records in any order: their number, and the sum of their hashes. Enough against accidents; whoever can write to the
/// folder has no need to find two sets with one sum.
#[derive(Default, PartialEq, Eq)]
struct Sum {
    records: u64,
    hashes: u128,
}

impl Sum {
    fn add(&mut self, record: Record) {
        let half = sha256(&record.encode()).as_bytes().first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
        self.records += 1;
        self.hashes = self.hashes.wrapping_add(half);
    }
}

/// Compares the runs in `log/index` with the commits that they cover, without changing anything; the number of records.
/// What no run covers yet is made again whenever the log is opened.
pub(crate) fn compare(log: &Path, store: &Store) -> Result<u64, SourceError> {
    let folder = log.join("index");
    if !folder.is_dir() {
        return Ok(0);
    }
    let table = load(&folder)?;
    of_these_commits(log, &folder, &table)?;
    let found = in_runs(&table)?;
    if found != derived(log, store, &table)? {
        let what = "it does not hold what the entries give: remove it, and the log makes it again when it is opened";
        return Err(StoreError::Damaged { file: folder.display().to_string(), what: what.to_owned() }.into());
    }
    Ok(found.records)
}

/// Whoever serves the log may be merging runs: what was listed is gone a moment later, until the merge is done.
fn load(folder: &Path) -> Result<Table, StoreError> {
    let load = || Table::load(folder, usize::MAX, |_| Ok(()));
    (0..RETRIES).find_map(|_| load().ok()).map_or_else(load, Ok)
}

fn in_runs(table: &Table) -> Result<Sum, StoreError> {
    let mut sum = Sum::default();
    table
        .runs()
        .iter()
        .try_for_each(|run| run.records().try_for_each(|record| record.map(|record| sum.add(record))))?;
    Ok(sum)
}

fn derived(log: &Path, store: &Store, table: &Table) -> Result<Sum, SourceError> {
    let (mut sum, mut lines) = (Sum::default(), CommitLines::open(log).map_err(StoreError::from)?);
    while lines.position().length < table.covered().length {
        let Some(commit) = lines.next() else { break };
        let (from, to) = (lines.before.extent, commit.map_err(unreadable)?.extent);
        blob_records(store, &from, &to)?.into_iter().for_each(|record| sum.add(record));
        records_of_entries(table, store, &from, &to)?.into_iter().for_each(|record| sum.add(record));
    }
    Ok(sum)
}

fn unreadable(error: CommitError) -> SourceError {
    match error {
        CommitError::File(error) => StoreError::from(error).into(),
        other => SourceError::Damaged(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;
    use crate::commit::last_commit;
    use crate::index::maintain::flush;
    use crate::index::record::Kind;
    use crate::index::table::Frozen;
    use crate::{Log, flat};
    use std::fs;

    /// Whether an index of these records is that of a log of three entries; `change` makes them from the right ones.
    fn compared(change: impl FnOnce(&mut Vec<Record>)) -> Result<u64, SourceError> {
        let data = tempfile::tempdir().unwrap();
        let log = Log::create(data.path(), None).unwrap();
        for leaf in [b"one", b"two", b"six"] {
            log.append_raw(leaf.to_vec()).unwrap();
        }
        let folder = data.path().join(log.tree_id().to_string());
        drop(log);
        let (last, lines) = last_commit(&folder).unwrap();
        let store = Store::open_to_read(&folder, &last.extent).unwrap();
        let mut table = Table::empty(usize::MAX);
        let mut records = records_of_entries(&table, &store, &Default::default(), &last.extent).unwrap();
        change(&mut records);
        table.extend(records);
        table.freeze(lines.position(), true);
        let index = folder.join("index");
        fs::remove_dir_all(&index).unwrap();
        flat::create_folder(&index).unwrap();
        let frozen: &Frozen = table.frozen().unwrap();
        flush(&index, frozen).unwrap();
        compare(&folder, &store)
    }

    #[test]
    fn an_index_is_what_the_entries_give() {
        assert_eq!(compared(|_| ()), Ok(3));
        let other = Record::new(Kind::Leaf, 7, 1);
        for wrong in [compared(|it| it.truncate(2)), compared(|it| it.push(other)), compared(|it| it[1] = other)] {
            let why = wrong.unwrap_err().to_string();
            assert!(why.contains("does not hold what the entries give"), "{why}");
        }
    }
}
