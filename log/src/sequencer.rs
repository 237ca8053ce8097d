//! The one writer of a log: takes what arrived while the last batch was being made durable as the next batch.
//!
//! Order of a commit, so that a crash at any point loses nothing that was acknowledged: blobs, entries,
//! offsets and tiles are written and made durable; all of it is read again and checked; the tree is signed;
//! the commit record is made durable; the high-water mark moves; readers see it; callers hear of it. Whatever
//! fails on the way stops the log for good: a write or an fsync that failed is never tried again.

use crate::admit::{Blob, Candidate};
use crate::commit::{Commit, Commits, Mark};
use crate::counters::Counts;
use crate::flat::{self, FileError, Flat, free_space};
use crate::folder::mark_frozen;
use crate::index::record::Record;
use crate::index::replay::{blob_record, entry_records};
use crate::keys::{KeyError, Keys};
use crate::public_keys::Checkpoints;
use crate::queue::{AddError, Added, Job, Message, next_batch};
use crate::scrub::Progress;
use crate::self_check::{self, CheckError};
use crate::store::{BlobPlace, Extent, MAX_ENTRIES, Store, StoreError};
use crate::times;
use crate::tree::{Completed, Frontier};
use crate::view::View;
use crate::witnesses::Cosigning;
use rekor_verifier::Hash;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{SystemTime, UNIX_EPOCH};

/// What readers, the sequencer and whoever looks after the index share.
pub(crate) struct Shared {
    pub store: Store,
    pub keys: Keys,
    pub counts: Counts,
    pub cosigning: Cosigning,
    pub scrub: Progress,
    /// `commits`, to be read.
    commits: Flat,
    view: RwLock<View>,
    frozen: AtomicBool,
    stopped: OnceLock<String>,
}

impl Shared {
    pub(crate) fn new(store: Store, keys: Keys, commits: Flat, view: View, frozen: bool) -> Self {
        let (counts, scrub) = (Counts::default(), Progress::default());
        let (view, frozen) = (RwLock::new(view), AtomicBool::new(frozen));
        let cosigning = Cosigning::new();
        Self { store, keys, counts, cosigning, scrub, commits, view, frozen, stopped: OnceLock::new() }
    }

    /// The last durable commit and what is derived from it.
    pub(crate) fn view(&self) -> RwLockReadGuard<'_, View> {
        // A panic while the view was written ends the sequencer, and with it all additions; what was
        // readable before stays so.
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The view, to be moved on.
    pub(crate) fn write_view(&self) -> RwLockWriteGuard<'_, View> {
        self.view.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time at which entry `index` became durable, in seconds since 1970; `None` where there is no such entry.
    pub(crate) fn time_of(&self, index: u64) -> Result<Option<u64>, FileError> {
        let length = {
            let view = self.view();
            if let Some(time) = view.recent_time_of(index) {
                return Ok(Some(time));
            }
            view.position.length
        };
        times::time_of(&self.commits, length, index)
    }

    /// Stops the log because of what its index said. A damaged run is removed: the index is made again from the entries
    /// when the log is opened.
    pub(crate) fn index_failed(&self, error: &StoreError) -> AddError {
        let mut why = error.to_string();
        if let StoreError::Damaged { file, .. } = error
            && self.view().table().runs().iter().any(|run| run.path() == Path::new(file))
        {
            why += ". Nothing is lost: this is the index, which is made again when the log is opened";
            // Where it cannot be removed, it is found damaged again.
            let _ = flat::remove(Path::new(file));
        }
        self.stop(why)
    }

    /// Whether additions are accepted, and why not.
    pub(crate) fn accepts(&self) -> Result<(), AddError> {
        match self.stopped() {
            Some(why) => Err(AddError::Stopped(why.to_owned())),
            None if self.frozen() => Err(AddError::Frozen),
            None => Ok(()),
        }
    }

    /// Stops the log for good; the first reason is the one that counts.
    pub(crate) fn stop(&self, why: String) -> AddError {
        AddError::Stopped(self.stopped.get_or_init(|| why).clone())
    }

    /// Whether the log is finished.
    pub(crate) fn frozen(&self) -> bool {
        self.frozen.load(Ordering::Acquire)
    }

    /// Why the log accepts nothing any more.
    pub(crate) fn stopped(&self) -> Option<&str> {
        self.stopped.get().map(String::as_str)
    }
}

/// Why a commit failed.
#[derive(Debug)]
enum CommitFailure {
    File(FileError),
    Store(StoreError),
    Check(CheckError),
    Key(KeyError),
    Clock,
    Entries,
}

impl fmt::Display for CommitFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Check(error) => write!(f, "self-check before signing: {error}"),
            Self::Key(error) => error.fmt(f),
            Self::Clock => f.write_str("the clock is set before 1970"),
            Self::Entries => write!(f, "it holds {MAX_ENTRIES} entries, which is all that fit"),
        }
    }
}

impl From<FileError> for CommitFailure {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<StoreError> for CommitFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CheckError> for CommitFailure {
    fn from(error: CheckError) -> Self {
        Self::Check(error)
    }
}

impl From<KeyError> for CommitFailure {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// The writing half of a log.
pub(crate) struct Sequencer {
    pub shared: Arc<Shared>,
    pub commits: Commits,
    pub mark: Mark,
    pub frontier: Frontier,
    pub folder: PathBuf,
    /// Bytes of disk space that are left free.
    pub reserve: u64,
    /// Tells whoever looks after the index that there is something to do.
    pub wake: SyncSender<()>,
}

/// What a batch adds, duplicates taken out.
#[derive(Default)]
struct Plan<'a> {
    entries: Vec<&'a Candidate>,
    blobs: Vec<&'a Blob>,
    outcomes: Vec<Added>,
}

impl Sequencer {
    /// Serves additions until every sender is gone.
    pub(crate) fn run(mut self, messages: &Receiver<Message>) {
        while let Some(batch) = next_batch(messages) {
            self.serve(batch.jobs);
            if let Some(reply) = batch.freeze {
                // A caller that went away no longer wants to know.
                let _ = reply.send(self.freeze());
            }
        }
    }

    fn serve(&mut self, batch: Vec<Job>) {
        match self.sequence(&batch) {
            Ok(outcomes) => batch.into_iter().zip(outcomes).for_each(|(job, added)| job.finish(Ok(added))),
            Err(error) => batch.into_iter().for_each(|job| job.finish(Err(error.clone()))),
        }
    }

    /// Makes a batch durable; what became of each addition, in order.
    fn sequence(&mut self, batch: &[Job]) -> Result<Vec<Added>, AddError> {
        self.shared.accepts()?;
        if self.shared.view().table().is_behind() {
            return Err(AddError::Busy);
        }
        let plan = plan(&self.shared.store, &self.shared.view(), batch);
        let plan = plan.map_err(|error| self.shared.index_failed(&error))?;
        if !plan.entries.is_empty() || !plan.blobs.is_empty() {
            self.check_space()?;
            self.commit(&plan).map_err(|failure| self.shared.stop(failure.to_string()))?;
        }
        let duplicates = plan.outcomes.iter().filter(|added| added.duplicate).count();
        self.shared.counts.batch(batch.len(), duplicates);
        Ok(plan.outcomes)
    }

    fn check_space(&self) -> Result<(), AddError> {
        let free = free_space(&self.folder).map_err(|error| self.shared.stop(error.to_string()))?;
        if free >= self.reserve {
            return Ok(());
        }
        let (folder, mebibytes) = (self.folder.display(), |bytes: u64| bytes >> 20);
        let (free, reserve) = (mebibytes(free), mebibytes(self.reserve));
        Err(AddError::Full(format!("{folder} has {free} MiB free, and {reserve} MiB are kept in reserve")))
    }

    /// Ends the log: what is signed stays the last thing that is signed.
    fn freeze(&self) -> Result<(), AddError> {
        self.shared.accepts()?;
        mark_frozen(&self.folder).map_err(|error| self.shared.stop(error.to_string()))?;
        self.shared.frozen.store(true, Ordering::Release);
        Ok(())
    }

    fn commit(&mut self, plan: &Plan) -> Result<(), CommitFailure> {
        let head = self.shared.view().head.clone();
        if head.extent.size + plan.entries.len() as u64 > MAX_ENTRIES {
            return Err(CommitFailure::Entries);
        }
        let (frontier, completed) = self.grow(plan);
        let (extent, places) = self.write(&head.extent, plan, &completed)?;
        let root = frontier.root();
        let batch = self_check::Batch {
            leaves: plan.entries.iter().map(|entry| entry.leaf_hash).collect(),
            blobs: plan.blobs.iter().map(|blob| blob.hash).collect(),
            extent,
            root,
        };
        self_check::check(&self.shared.store, &head, &self.frontier, &batch)?;
        let commit = self.sign(&head, extent, root)?;
        self.shared.counts.syncing(|| self.commits.append(&commit))?;
        self.mark.write(extent.size, &root)?;
        let before = std::mem::replace(&mut self.frontier, frontier);
        self.publish(commit, plan, &places, &before);
        Ok(())
    }

    /// The compact range with the new leaves, and what they complete in the tiles.
    fn grow(&self, plan: &Plan) -> (Frontier, Vec<Completed>) {
        let mut frontier = self.frontier.clone();
        let mut completed = Vec::new();
        for entry in &plan.entries {
            frontier.push(entry.leaf_hash, &mut completed);
        }
        (frontier, completed)
    }

    fn write(
        &self,
        from: &Extent,
        plan: &Plan,
        completed: &[Completed],
    ) -> Result<(Extent, Vec<BlobPlace>), CommitFailure> {
        let store = &self.shared.store;
        let mut extent = *from;
        let leaves: Vec<&[u8]> = plan.entries.iter().map(|entry| entry.leaf.as_slice()).collect();
        let places = store.write_blobs(&mut extent, &plan.blobs)?;
        store.write_entries(&mut extent, &leaves, completed)?;
        self.shared.counts.syncing(|| store.sync(from, &extent))?;
        Ok((extent, places))
    }

    fn sign(&self, head: &Commit, extent: Extent, root: Hash) -> Result<Commit, CommitFailure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| CommitFailure::Clock)?;
        let time = now.as_secs().max(head.time);
        let signed = match extent.size == head.extent.size {
            // Blobs alone: the tree is the one that was signed before.
            true => Checkpoints { c2sp: head.checkpoint.clone(), v1: head.checkpoint_v1.clone() },
            false => self.shared.keys.sign_tree(extent.size, &root)?,
        };
        Ok(Commit { extent, time, root, checkpoint: signed.c2sp, checkpoint_v1: signed.v1 })
    }

    fn publish(&self, commit: Commit, plan: &Plan, places: &[BlobPlace], before: &Frontier) {
        let first = before.size();
        let blobs = plan.blobs.iter().zip(places).map(|(blob, place)| blob_record(&blob.hash, place));
        let entries = (first..).zip(&plan.entries);
        let erased = |hash: &Hash| self.shared.store.is_erased(hash);
        let entries = entries.flat_map(|(index, entry)| {
            let terms = entry.terms_without(erased);
            entry_records(index, &entry.leaf_hash, &terms).collect::<Vec<_>>()
        });
        let records: Vec<Record> = blobs.chain(entries).collect();
        let leaves = plan.entries.iter().map(|entry| entry.leaf_hash).collect();
        let edge = Arc::new(self.shared.view().edge.grown(before, leaves));
        let mut view = self.shared.write_view();
        view.edge = edge;
        let due = view.advance(commit, *self.commits.end(), records);
        drop(view);
        if due {
            // A signal that was not taken yet is as good as this one.
            let _ = self.wake.try_send(());
        }
        self.shared.cosigning.ring();
    }
}

/// Sorts a batch into new entries and duplicates. A duplicate still brings a body that nobody brought before.
fn plan<'a>(store: &Store, view: &View, batch: &'a [Job]) -> Result<Plan<'a>, StoreError> {
    let mut plan = Plan::default();
    let mut new_leaves: HashMap<Hash, u64> = HashMap::new();
    let mut new_blobs: HashSet<Hash> = HashSet::new();
    for job in batch {
        let candidate = &job.candidate;
        let known = match new_leaves.get(&candidate.leaf_hash) {
            Some(index) => Some(*index),
            None => view.index_of(store, &candidate.leaf_hash)?,
        };
        let index = known.unwrap_or(view.head.extent.size + plan.entries.len() as u64);
        if known.is_none() {
            new_leaves.insert(candidate.leaf_hash, index);
            plan.entries.push(candidate);
        }
        plan.outcomes.push(Added { index, duplicate: known.is_some() });
        for blob in &candidate.blobs {
            // What was erased does not come back.
            let known = new_blobs.contains(&blob.hash) || store.is_erased(&blob.hash);
            if !known && view.blob(store, &blob.hash)?.is_none() {
                new_blobs.insert(blob.hash);
                plan.blobs.push(blob);
            }
        }
    }
    Ok(plan)
}
