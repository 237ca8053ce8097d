//! What a log counts while it is open, for whoever watches it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How a log fares. What is counted is counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Entries in the newest tree.
    pub entries: u64,
    /// Batches that were made durable.
    pub batches: u64,
    /// Additions in these batches, duplicates included.
    pub additions: u64,
    /// Additions of entries that were there before.
    pub duplicates: u64,
    /// Time that the disk took to make batches durable.
    pub syncing: Duration,
    /// Additions that wait now.
    pub waiting: u64,
    /// Bytes of the additions that wait now.
    pub waiting_bytes: u64,
    /// Records of the index that are in memory alone, and would be derived again after a crash.
    pub index_in_memory: u64,
}

/// Counts that the sequencer keeps and any thread reads.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    batches: AtomicU64,
    additions: AtomicU64,
    duplicates: AtomicU64,
    syncing: AtomicU64,
}

impl Counts {
    /// A batch of `additions`, `duplicates` of them of what was there before, is done.
    pub(crate) fn batch(&self, additions: usize, duplicates: usize) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.additions.fetch_add(additions as u64, Ordering::Relaxed);
        self.duplicates.fetch_add(duplicates as u64, Ordering::Relaxed);
    }

    /// Does `work`, which waits for the disk.
    pub(crate) fn syncing<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.syncing.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        done
    }

    /// The counts so far.
    pub(crate) fn read(&self) -> Counters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counters {
            batches: read(&self.batches),
            additions: read(&self.additions),
            duplicates: read(&self.duplicates),
            syncing: Duration::from_nanos(read(&self.syncing)),
            ..Counters::default()
        }
    }
}
