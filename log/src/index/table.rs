//! The records of all commits: the newest in memory, the others in runs.

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

/// Records in memory that are being written to a run.
#[derive(Debug)]
pub(crate) struct Frozen {
    pub records: BTreeSet<Record>,
    pub contents: Contents,
}

/// What becomes of a file that was never finished, or is no longer needed.
pub(crate) type Leftover = fn(&Path) -> Result<(), FileError>;

/// The index of a log, up to its last commit.
#[derive(Debug)]
pub(crate) struct Table {
    /// Records of the newest commits.
    active: BTreeSet<Record>,
    /// Where the commits begin whose records are in `active`.
    from: Position,
    /// Records of the commits before these, if they are not in a run yet.
    frozen: Option<Arc<Frozen>>,
    /// Consecutive, oldest first.
    runs: Vec<Arc<Run>>,
    /// Records that `active` holds before it is frozen.
    memory: usize,
}

impl Table {
    /// The table of the runs in `folder`; `leftover` is called with each file there that is none of them. An error says
    /// which of them is missing or damaged.
    pub(crate) fn load(folder: &Path, memory: usize, leftover: Leftover) -> Result<Self, StoreError> {
        let mut table = Self::empty(memory);
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

    /// The table of a log without commits, which freezes what is in memory at `memory` records.
    pub(crate) fn empty(memory: usize) -> Self {
        let (active, from, runs) = (BTreeSet::new(), Position::default(), Vec::new());
        Self { active, from, frozen: None, runs, memory: memory.max(1) }
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
        self.active.len() + self.frozen.as_ref().map_or(0, |frozen| frozen.records.len())
    }

    /// Takes in the records of the next commit.
    pub(crate) fn extend(&mut self, records: impl IntoIterator<Item = Record>) {
        self.active.extend(records);
    }

    /// Freezes what is in memory, where it is enough or `all` is wanted; `to` is behind its last commit. Whether there
    /// is something to be written to a run.
    pub(crate) fn freeze(&mut self, to: Position, all: bool) -> bool {
        let enough = self.active.len() >= self.memory || (all && !self.active.is_empty());
        if self.frozen.is_none() && enough {
            let records = std::mem::take(&mut self.active);
            let filtered = records.iter().filter(|record| record.is_filtered()).count() as u64;
            let contents = Contents { records: records.len() as u64, filtered, from: self.from.length, to };
            self.frozen = Some(Arc::new(Frozen { records, contents }));
            self.from = to;
        }
        self.frozen.is_some()
    }

    /// Whether the runs have fallen so far behind that additions have to wait.
    pub(crate) fn is_behind(&self) -> bool {
        self.active.len() >= self.memory.saturating_mul(8)
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
        (run.contents.records / self.memory as u64).checked_ilog(FANOUT as u64).unwrap_or(0)
    }

    /// `run` has the records of these runs.
    pub(crate) fn merged(&mut self, range: Range<usize>, run: Arc<Run>) {
        self.runs.splice(range, [run]);
    }

    /// Positions under a filtered key, the newest first: one, or none, unless halves of hashes are equal.
    pub(crate) fn positions(&self, kind: Kind, key: u128) -> Result<Vec<u64>, StoreError> {
        let mut found = in_memory(&self.active, kind, key);
        if let Some(frozen) = &self.frozen {
            found.extend(in_memory(&frozen.records, kind, key));
        }
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
        let mut found = in_memory(&self.active, kind, key);
        if let Some(frozen) = &self.frozen {
            found.extend(in_memory(&frozen.records, kind, key));
        }
        found
    }
}

fn in_memory(records: &BTreeSet<Record>, kind: Kind, key: u128) -> Vec<u64> {
    let under_key = records.range(Record::first_of(key)..=Record::last_of(key));
    under_key.rev().filter_map(|record| record.position(kind)).collect()
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
