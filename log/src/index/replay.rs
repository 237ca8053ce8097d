//! Makes the index of commits that no run covers: a few after a crash, all where the index is missing or damaged.

use super::maintain::{due, flush, merge, remove};
use super::record::{Kind, Record, hash_key, term_key};
use super::table::Table;
use crate::admit::{Term, terms};
use crate::commit::{CommitLines, Commits, Position};
use crate::flat::{self, create_folder, trouble};
use crate::folder::OpenError;
use crate::prove::HashReader as _;
use crate::store::{BlobPlace, Extent, Store, StoreError};
use crate::tree::leaf_hash;
use rekor_verifier::Hash;
use rekor_verifier::format::entry::{EntryError, LinkEntry};
use std::fs;
use std::path::Path;

/// Entries read at once.
const STRIDE: u64 = 256;

/// The index of a log, and why it had to be made again, if so.
pub(crate) struct Loaded {
    pub table: Table,
    pub rebuilt: Option<String>,
}

/// Opens the index in `log/index`, up to the commit `last`. `memory` as in [`Table::empty`]; every block is read where
/// `every_block`.
pub(crate) fn open(
    log: &Path,
    store: &Store,
    last: &Position,
    memory: usize,
    every_block: bool,
) -> Result<Loaded, OpenError> {
    let folder = log.join("index");
    create_folder(&folder)?;
    let (mut table, rebuilt) = match load(log, &folder, last, memory, every_block) {
        Ok(table) => (table, None),
        Err(StoreError::File(error)) => return Err(error.into()),
        Err(StoreError::Damaged { file, what }) => {
            clear(&folder)?;
            (Table::empty(memory), Some(format!("{file} was damaged, and the index was made again: {what}")))
        }
    };
    let mut lines = CommitLines::after(log, table.covered())?;
    while let Some(commit) = lines.next() {
        let from = lines.before;
        absorb(&mut table, store, &from.extent, &commit?.extent)?;
        if table.freeze(lines.position(), false) {
            spill(&mut table, &folder)?;
        }
    }
    Ok(Loaded { table, rebuilt })
}

fn load(log: &Path, folder: &Path, last: &Position, memory: usize, every_block: bool) -> Result<Table, StoreError> {
    let table = Table::load(folder, memory, flat::remove)?;
    if table.covered().length > last.length {
        return Err(of_other_commits(folder, &table));
    }
    of_these_commits(log, folder, &table)?;
    if every_block {
        table.runs().iter().try_for_each(|run| run.records().try_for_each(|record| record.map(drop)))?;
    }
    Ok(table)
}

/// Whether the runs are of commits that the log has.
pub(crate) fn of_these_commits(log: &Path, folder: &Path, table: &Table) -> Result<(), StoreError> {
    if Commits::ends_at(log, table.covered())? { Ok(()) } else { Err(of_other_commits(folder, table)) }
}

fn of_other_commits(folder: &Path, table: &Table) -> StoreError {
    let what = format!("it covers {} bytes of other commits than these", table.covered().length);
    StoreError::Damaged { file: folder.display().to_string(), what }
}

fn clear(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(trouble("read", folder))? {
        let path = entry.map_err(trouble("read", folder))?.path();
        flat::remove(&path)?;
    }
    Ok(())
}

/// Writes to runs what was frozen.
fn spill(table: &mut Table, folder: &Path) -> Result<(), StoreError> {
    if let Some(frozen) = table.frozen().cloned() {
        table.flushed(flush(folder, &frozen)?);
    }
    while let Some((range, runs)) = due(table) {
        table.merged(range, merge(folder, &runs, || Ok::<_, StoreError>(()))?);
        remove(&runs)?;
    }
    Ok(())
}

/// Takes in what the files have between two commits.
fn absorb(table: &mut Table, store: &Store, from: &Extent, to: &Extent) -> Result<(), StoreError> {
    table.extend(blob_records(store, from, to)?);
    let records = records_of_entries(table, store, from, to)?;
    table.extend(records);
    Ok(())
}

/// What finds the blobs between two commits.
pub(crate) fn blob_records(store: &Store, from: &Extent, to: &Extent) -> Result<Vec<Record>, StoreError> {
    let blobs = store.blob_places(from, to)?;
    Ok(blobs.iter().map(|(hash, place)| blob_record(hash, place)).collect())
}

/// What finds the entries between two commits, whose digest lists are in `table`.
pub(crate) fn records_of_entries(
    table: &Table,
    store: &Store,
    from: &Extent,
    to: &Extent,
) -> Result<Vec<Record>, StoreError> {
    let (mut records, mut index) = (Vec::new(), from.size);
    while index < to.size {
        let leaves = store.leaves(index, STRIDE.min(to.size - index))?;
        let stored = store.hashes(0, index, leaves.len() as u64)?;
        for (leaf, stored) in leaves.iter().zip(stored) {
            if leaf_hash(leaf) != stored {
                let what = format!("entry {index} does not have the hash in the tiles");
                return Err(StoreError::Damaged { file: "entries".to_owned(), what });
            }
            let terms = read_terms(table, store, index, leaf)?;
            records.extend(entry_records(index, &stored, &terms));
            index += 1;
        }
    }
    Ok(records)
}

fn read_terms(table: &Table, store: &Store, index: u64, leaf: &[u8]) -> Result<Vec<Term>, StoreError> {
    let damaged = |what: String| StoreError::Damaged { file: "entries".to_owned(), what };
    let entry = match LinkEntry::parse(leaf) {
        Ok(entry) => entry,
        Err(EntryError::OtherKind(_) | EntryError::Json(_)) => return Ok(Vec::new()),
        Err(error) => return Err(damaged(format!("entry {index}: {error}"))),
    };
    let place = find_blob(table, store, &entry.digest_list)?;
    let place = place.ok_or_else(|| damaged(format!("the digest list of entry {index} is not in blobs")))?;
    if store.is_erased(&entry.digest_list) {
        return Ok(terms(&entry, ""));
    }
    let digest_list = store.blob(&entry.digest_list, place)?;
    Ok(terms(&entry, &String::from_utf8_lossy(&digest_list)))
}

/// Where the blob with this hash is.
pub(crate) fn find_blob(table: &Table, store: &Store, hash: &Hash) -> Result<Option<BlobPlace>, StoreError> {
    for position in table.positions(Kind::Blob, hash_key(hash))? {
        let (found, place) = store.blob_header(position)?;
        if found == *hash {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// The index of the entry with this leaf hash: exact, whatever other hashes begin alike.
pub(crate) fn find_leaf(table: &Table, store: &Store, hash: &Hash) -> Result<Option<u64>, StoreError> {
    for index in table.positions(Kind::Leaf, hash_key(hash))? {
        if store.hashes(0, index, 1)?.first() == Some(hash) {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// What finds a blob.
pub(crate) fn blob_record(hash: &Hash, place: &BlobPlace) -> Record {
    Record::new(Kind::Blob, hash_key(hash), place.header())
}

/// What finds an entry.
pub(crate) fn entry_records(index: u64, leaf: &Hash, terms: &[Term]) -> impl Iterator<Item = Record> {
    let terms = terms.iter().map(move |term| Record::new(Kind::Term, term_key(term), index));
    std::iter::once(Record::new(Kind::Leaf, hash_key(leaf), index)).chain(terms)
}
