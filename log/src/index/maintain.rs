//! Keeps the index's files in shape, on a thread of its own, so that no addition waits for it.

use super::record::Record;
use super::run::{Contents, Run, write_run};
use super::table::{Frozen, Table};
use crate::flat::{self, free_space};
use crate::sequencer::Shared;
use crate::store::StoreError;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

/// Why a run was not finished.
#[derive(Debug)]
pub(crate) enum Unfinished {
    /// The log is being closed.
    Closing,
    /// The disk failed, or a run is damaged.
    Store(StoreError),
}

impl From<StoreError> for Unfinished {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Writes the run of what was frozen.
pub(crate) fn flush(folder: &Path, frozen: &Frozen) -> Result<Arc<Run>, StoreError> {
    let records = frozen.memory.records.iter().copied().map(Ok);
    let run = write_run(folder, "flush", frozen.contents.clone(), records, || Ok::<_, StoreError>(()))?;
    Ok(Arc::new(run))
}

/// Writes one run of consecutive ones. `pause` as in [`write_run`].
pub(crate) fn merge<E: From<StoreError>>(
    folder: &Path,
    runs: &[Arc<Run>],
    pause: impl FnMut() -> Result<(), E>,
) -> Result<Arc<Run>, E> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        let what = "there is nothing to merge".to_owned();
        return Err(StoreError::Damaged { file: folder.display().to_string(), what }.into());
    };
    let contents = Contents {
        records: runs.iter().map(|run| run.contents.records).sum(),
        filtered: runs.iter().map(|run| run.contents.filtered).sum(),
        from: first.contents.from,
        to: last.contents.to,
    };
    Ok(Arc::new(write_run(folder, "merge", contents, Merged::new(runs), pause)?))
}

/// The files of runs that are in a merged one are not needed any more; who reads them still can.
pub(crate) fn remove(runs: &[Arc<Run>]) -> Result<(), StoreError> {
    for run in runs {
        flat::remove(run.path())?;
    }
    Ok(())
}

/// The records of several runs in one order.
struct Merged<'a> {
    sources: Vec<Box<dyn Iterator<Item = Result<Record, StoreError>> + 'a>>,
    /// The next record of each source that has one.
    next: BinaryHeap<Reverse<(Record, usize)>>,
    error: Option<StoreError>,
}

impl<'a> Merged<'a> {
    fn new(runs: &'a [Arc<Run>]) -> Self {
        let sources: Vec<_> = runs.iter().map(|run| Box::new(run.records()) as Box<dyn Iterator<Item = _>>).collect();
        let mut merged = Self { next: BinaryHeap::new(), error: None, sources };
        (0..runs.len()).for_each(|source| merged.pull(source));
        merged
    }

    fn pull(&mut self, source: usize) {
        match self.sources[source].next() {
            Some(Ok(record)) => self.next.push(Reverse((record, source))),
            Some(Err(error)) => self.error = Some(error),
            None => {}
        }
    }
}

impl Iterator for Merged<'_> {
    type Item = Result<Record, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let Reverse((record, source)) = self.next.pop()?;
        self.pull(source);
        Some(Ok(record))
    }
}

/// The thread that writes runs of an open log.
pub(crate) struct Maintainer {
    pub shared: Arc<Shared>,
    /// The folder of the runs.
    pub folder: PathBuf,
    /// Bytes of disk space that are left free.
    pub reserve: u64,
}

impl Maintainer {
    /// Serves until every sender is gone, then writes what is in memory, so that the next start has nothing to read.
    pub(crate) fn run(self, wake: &Receiver<()>) {
        while wake.recv().is_ok() {
            match self.flush().map_err(Unfinished::from).and_then(|()| self.merge(wake)) {
                Ok(()) => {}
                Err(Unfinished::Closing) => break,
                Err(Unfinished::Store(error)) => drop(self.shared.index_failed(&error)),
            }
        }
        if self.shared.stopped().is_none()
            && let Err(error) = self.close()
        {
            drop(self.shared.index_failed(&error));
        }
    }

    fn close(&self) -> Result<(), StoreError> {
        self.flush()?;
        self.shared.write_view().freeze(true);
        self.flush()
    }

    fn flush(&self) -> Result<(), StoreError> {
        let frozen = self.shared.view().table().frozen().cloned();
        if let Some(frozen) = frozen {
            let run = flush(&self.folder, &frozen)?;
            self.shared.write_view().table_mut().flushed(run);
        }
        Ok(())
    }

    fn merge(&self, wake: &Receiver<()>) -> Result<(), Unfinished> {
        while let Some((range, runs)) = self.due()? {
            // A large merge takes longer than memory takes to fill.
            let run = merge(&self.folder, &runs, || match wake.try_recv() {
                Ok(()) => Ok(self.flush()?),
                Err(TryRecvError::Empty) => Ok(()),
                Err(TryRecvError::Disconnected) => Err(Unfinished::Closing),
            })?;
            self.shared.write_view().table_mut().merged(range, run);
            remove(&runs)?;
        }
        Ok(())
    }

    /// What is to be merged, if the disk has room for a copy of it.
    fn due(&self) -> Result<Option<Due>, StoreError> {
        let due = {
            let view = self.shared.view();
            due(view.table())
        };
        let Some((range, runs)) = due else { return Ok(None) };
        let bytes: u64 = runs.iter().map(|run| run.contents.records * 32).sum();
        let room = free_space(&self.folder)? >= self.reserve.saturating_add(bytes);
        Ok(room.then_some((range, runs)))
    }
}

/// Runs that should become one, and where they are.
pub(crate) type Due = (Range<usize>, Vec<Arc<Run>>);

/// Which runs should become one.
pub(crate) fn due(table: &Table) -> Option<Due> {
    let range = table.due()?;
    Some((range.clone(), table.runs()[range].to_vec()))
}
