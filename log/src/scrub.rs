//! Derives a log again from its entries and compares: before a small log is open, and beside the work of a larger one.
//!
//! This is the audit of the tree, over the files of a log that is open, and a reading of every blob and every block of
//! the index. What is found wrong is named, and nothing is signed after it.

use crate::audit::{AuditError, Depth, Fault, Keep, KnownTree, audit};
use crate::commit::{Commit, CommitLines};
use crate::flat::Flat;
use crate::sequencer::Shared;
use crate::source::{Kept, Source, SourceError};
use crate::store::{Extent, Store};
use rekor_verifier::Hash;
use rekor_verifier::format::tile::{BundleId, TileId, WIDTH};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// A log that is read beside its work is read for one part of the time in so many.
const SHARE: u32 = 5;

/// How far the reading beside the work is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Entries that were hashed again.
    pub done: AtomicU64,
    /// To give up: the log is being closed.
    pub closing: AtomicBool,
}

/// Tree, commits and blobs, up to the commit `last`; `pace` is called again and again, with the entries that are done.
pub(crate) fn scrub(
    folder: &Path,
    store: &Store,
    last: &Commit,
    pace: &mut dyn FnMut(Option<u64>) -> Result<(), AuditError>,
) -> Result<(), AuditError> {
    let size = last.extent.size;
    let trouble = |error: crate::flat::FileError| AuditError::Trouble(error.to_string());
    let lines = CommitLines::open(folder).map_err(trouble)?;
    let known = lines.map(|commit| match commit {
        Ok(commit) => Ok(KnownTree { size: commit.extent.size, root: commit.root, from: "a commit record".to_owned() }),
        Err(error) => Err(Fault::History(error.to_string()).into()),
    });
    // What is added meanwhile was checked before it was signed.
    let known = known.take_while(|tree| tree.as_ref().map_or(true, |tree| tree.size <= size));
    audit(&mut Stored(store), (size, last.root), known, Depth::Tree, &mut Pace(&mut *pace))?;
    scrub_blobs(store, &last.extent, pace)
}

fn scrub_blobs(
    store: &Store,
    extent: &Extent,
    pace: &mut dyn FnMut(Option<u64>) -> Result<(), AuditError>,
) -> Result<(), AuditError> {
    for (number, blob) in store.blobs(&Extent::default(), extent).enumerate() {
        let (hash, place) = blob.map_err(SourceError::from)?;
        if !store.is_erased(&hash) {
            store.blob(&hash, place).map_err(SourceError::from)?;
        }
        if number % 64 == 63 {
            pace(None)?;
        }
    }
    Ok(())
}

/// The store of an open log, as an auditor reads it.
pub(crate) struct Stored<'a>(pub &'a Store);

impl Source for Stored<'_> {
    /// The one who asks knows the head.
    fn checkpoint(&mut self) -> Result<Vec<u8>, SourceError> {
        Err(SourceError::Missing("checkpoint".to_owned()))
    }

    fn tile(&mut self, id: TileId) -> Result<Vec<u8>, SourceError> {
        Ok(self.0.tile_bytes(usize::from(id.level), id.index * WIDTH, u64::from(id.width), Flat::read)?)
    }

    fn bundle(&mut self, id: BundleId) -> Result<Vec<u8>, SourceError> {
        let start = id.index * WIDTH;
        let bundle = self.0.bundle(start, u64::from(id.width), Flat::read)?;
        self.0.compare_offsets(start, &bundle)?;
        Ok(bundle)
    }

    fn blob(&mut self, _: &Hash) -> Result<Kept, SourceError> {
        Ok(Kept::Nothing)
    }

    fn erased(&mut self) -> Result<BTreeSet<Hash>, SourceError> {
        Ok(BTreeSet::new())
    }
}

/// Keeps nothing, and is called all the time.
struct Pace<'a>(&'a mut dyn FnMut(Option<u64>) -> Result<(), AuditError>);

impl Keep for Pace<'_> {
    fn tile(&mut self, _: &str, _: u16, _: &[u8]) -> Result<(), AuditError> {
        (self.0)(None)
    }

    fn progress(&mut self, done: u64, _: u64) {
        // A pace that fails here fails at the next tile too.
        let _ = (self.0)(Some(done));
    }
}

/// The thread that reads a log beside its work.
pub(crate) struct Scrubber {
    pub shared: Arc<Shared>,
    pub folder: PathBuf,
}

impl Scrubber {
    /// Reads everything once. Damage stops the log.
    pub(crate) fn run(self) {
        let (shared, last) = (&self.shared, self.shared.view().head.clone());
        let mut worked = Instant::now();
        let mut pace = |done: Option<u64>| {
            if let Some(done) = done {
                shared.scrub.done.store(done, Ordering::Relaxed);
            }
            if shared.scrub.closing.load(Ordering::Relaxed) {
                return Err(AuditError::Trouble("the log is being closed".to_owned()));
            }
            std::thread::sleep(worked.elapsed() * (SHARE - 1));
            worked = Instant::now();
            Ok(())
        };
        let sound = scrub(&self.folder, &shared.store, &last, &mut pace).and_then(|()| self.scrub_index(&mut pace));
        match sound {
            Err(AuditError::Fault(fault)) => drop(shared.stop(format!("what it keeps was read again: {fault}"))),
            Err(AuditError::Trouble(why)) if !shared.scrub.closing.load(Ordering::Relaxed) => {
                drop(shared.stop(format!("what it keeps cannot be read again: {why}")));
            }
            Ok(()) | Err(AuditError::Trouble(_)) => {}
        }
    }

    fn scrub_index(&self, pace: &mut dyn FnMut(Option<u64>) -> Result<(), AuditError>) -> Result<(), AuditError> {
        let runs = self.shared.view().table().runs().to_vec();
        for run in runs {
            for (number, record) in run.records().enumerate() {
                if let Err(error) = record {
                    drop(self.shared.index_failed(&error));
                    return Ok(());
                }
                if number % 16_384 == 16_383 {
                    pace(None)?;
                }
            }
        }
        Ok(())
    }
}
