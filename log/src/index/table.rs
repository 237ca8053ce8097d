//! The records of all commits: the newest in memory, the others in runs.

use super::filter::Filter;
use super::record::{Kind, Record};
use super::run::{Contents, Cursor, Run, UNFINISHED};
use crate::commit::Position;
use crate::flat::{FileError, trouble};
use crate::store::StoreError;
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many runs of one size become one run of the next size.
const FANOUT: usize = 8;

/// Records in memory, and a filter as a run has one: what an addition looks up is mostly nowhere.
#[derive(Debug)]
pub(crate) struct Memory {
    pub records: BTreeSet<Record>,
    filter: Filter,
}

impl Memory {
    /// None yet; the filter is for so many, where that is no more than a million.
    fn for_records(records: usize) -> Self {
        Self { records: BTreeSet::new(), filter: Filter::for_keys(records.min(1 << 20) as u64) }
    }

    fn extend(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            if record.is_filtered() {
                self.filter.insert(record.key);
            }
            self.records.insert(record);
        }
    }

    /// Positions under a key, newest first.
    fn positions(&self, kind: Kind, key: u128) -> impl Iterator<Item = u64> {
        let under_key = self.records.range(Record::first_of(key)..=Record::last_of(key));
        under_key.rev().filter_map(move |record| record.position(kind))
    }
}

/// Records in memory that are being written to a run.
#[derive(Debug)]
pub(crate) struct Frozen {
    pub memory: Memory,
    pub contents: Contents,
}

/// What becomes of a file that was never finished, or is no longer needed.
pub(crate) type Leftover = fn(&Path) -> Result<(), FileError>;

/// The index of a log, up to its last commit.
#[derive(Debug)]
pub(crate) struct Table {
    /// Records of the newest commits.
    active: Memory,
    /// Where the commits begin whose records are in `active`.
    from: Position,
    /// Records of the commits before these, if they are not in a run yet.
    frozen: Option<Arc<Frozen>>,
    /// Consecutive, oldest first.
    runs: Vec<Arc<Run>>,
    /// Records that `active` holds before it is frozen.
    enough: usize,
}

impl Table {
    /// The table of the runs in `folder`; `leftover` is called with each file there that is none of them. An error says
    /// which of them is missing or damaged.
    pub(crate) fn load(folder: &Path, enough: usize, leftover: Leftover) -> Result<Self, StoreError> {
        let mut table = Self::empty(enough);
        for (range, path) in list(folder, leftover)? {
            if range.end <= table.from.length {
                // A merge was interrupted between its last two steps: these are in the run before.
                leftover(&path)?;
                continue;
            }
            let run = Run::open(&path)?;
            let wrong = |what: &str| StoreError::Damaged { file: path.display().to_string(), what: what.to_owned() };
            if (run.contents.from, run.contents.to.length) != (range.start, range.end) {
                return Err(wrong("its name is not the one that its footer gives"));
            }
            if range.start != table.from.length {
                return Err(wrong("the run before it is missing"));
            }
            table.from = run.contents.to;
            table.runs.push(Arc::new(run));
        }
        Ok(table)
    }

    /// The table of a log without commits, which freezes what is in memory at `enough` records.
    pub(crate) fn empty(enough: usize) -> Self {
        let (active, from, runs) = (Memory::for_records(enough), Position::default(), Vec::new());
        Self { active, from, frozen: None, runs, enough: enough.max(1) }
    }

    /// Where the commits begin whose records are not in runs.
    pub(crate) fn covered(&self) -> &Position {
        &self.from
    }

    /// The runs, oldest first.
    pub(crate) fn runs(&self) -> &[Arc<Run>] {
        &self.runs
    }

    /// What is being written to a run.
    pub(crate) fn frozen(&self) -> Option<&Arc<Frozen>> {
        self.frozen.as_ref()
    }

    /// Records that are in memory alone.
    pub(crate) fn in_memory(&self) -> usize {
        self.memories().map(|memory| memory.records.len()).sum()
    }

    /// Takes in the records of the next commit.
    pub(crate) fn extend(&mut self, records: impl IntoIterator<Item = Record>) {
        self.active.extend(records);
    }

    /// Freezes what is in memory, where it is enough or `all` is wanted; `to` is behind its last commit. Whether there
    /// is something to be written to a run.
    pub(crate) fn freeze(&mut self, to: Position, all: bool) -> bool {
        let records = &self.active.records;
        let wanted = records.len() >= self.enough || (all && !records.is_empty());
        if self.frozen.is_none() && wanted {
            let filtered = records.iter().filter(|record| record.is_filtered()).count() as u64;
            let contents = Contents { records: records.len() as u64, filtered, from: self.from.length, to };
            let memory = std::mem::replace(&mut self.active, Memory::for_records(self.enough));
            self.frozen = Some(Arc::new(Frozen { memory, contents }));
            self.from = to;
        }
        self.frozen.is_some()
    }

    /// Whether the runs have fallen so far behind that additions have to wait.
    pub(crate) fn is_behind(&self) -> bool {
        self.active.records.len() >= self.enough.saturating_mul(8)
    }

    /// What was frozen is in `run` now.
    pub(crate) fn flushed(&mut self, run: Arc<Run>) {
        self.frozen = None;
        self.runs.push(run);
    }

    /// Which runs should become one: at least [`FANOUT`] at the end, none larger in kind than the last.
    pub(crate) fn due(&self) -> Option<Range<usize>> {
        let last = self.tier(self.runs.last()?);
        let same = self.runs.iter().rev().take_while(|run| self.tier(run) <= last).count();
        (same >= FANOUT).then(|| self.runs.len() - same..self.runs.len())
    }

    fn tier(&self, run: &Run) -> u32 {
        (run.contents.records / self.enough as u64).checked_ilog(FANOUT as u64).unwrap_or(0)
    }

    /// `run` has the records of these runs.
    pub(crate) fn merged(&mut self, range: Range<usize>, run: Arc<Run>) {
        self.runs.splice(range, [run]);
    }

    /// Positions under a filtered key, the newest first: one, or none, unless halves of hashes are equal.
    pub(crate) fn positions(&self, kind: Kind, key: u128) -> Result<Vec<u64>, StoreError> {
        let may_hold = self.memories().filter(|memory| memory.filter.may_hold(key));
        let mut found: Vec<u64> = may_hold.flat_map(|memory| memory.positions(kind, key)).collect();
        for run in self.runs.iter().rev().filter(|run| run.may_hold(key)) {
            let (mut at, mut cursor) = (Some(Record::last_of(key)), Cursor::default());
            while let Some(from) = at {
                let record = run.last_until(from, &mut cursor)?.filter(|record| record.key == key);
                found.extend(record.and_then(|record| record.position(kind)));
                at = record.and_then(Record::before);
            }
        }
        Ok(found)
    }

    /// All positions under a key that are in memory alone, newest first.
    pub(crate) fn positions_in_memory(&self, kind: Kind, key: u128) -> Vec<u64> {
        self.memories().flat_map(|memory| memory.positions(kind, key)).collect()
    }

    /// What is in memory, newest first.
    fn memories(&self) -> impl Iterator<Item = &Memory> {
        [&self.active].into_iter().chain(self.frozen.as_ref().map(|frozen| &frozen.memory))
    }
}

/// The runs in a folder, by where they begin, of two that begin together the longer first.
fn list(folder: &Path, leftover: Leftover) -> Result<Vec<(Range<u64>, PathBuf)>, FileError> {
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder).map_err(trouble("read", folder))? {
        let path = entry.map_err(trouble("read", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with(UNFINISHED) {
            leftover(&path)?;
        } else if let Some(range) = parse_name(name) {
            runs.push((range, path));
        }
    }
    runs.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    Ok(runs)
}

fn parse_name(name: &str) -> Option<Range<u64>> {
    let (from, to) = name.split_once('-')?;
    let number = |digits: &str| (digits.len() == 20).then(|| digits.parse().ok()).flatten();
    Some(number(from)?..number(to)?)
}
