//! A disk that fails where a test wants it: every write, fsync, rename, truncation and creation passes here first.
//!
//! Only tests compile this. A fault belongs to a folder, so that tests beside each other do not meet.
#![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.

use crate::flat::Step;
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a sector of a disk.
const SECTOR: u64 = 512;

/// What happens at the chosen step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The step is not done, with this error, and everything after it is.
    Error(io::ErrorKind),
    /// An fsync fails, and what it should have made durable is partly gone when the log is opened again; another step as
    /// with [`Self::Error`].
    LostSync(u64),
    /// Of a write, one half is done before the disk is full; another step as with [`Self::Error`].
    Short,
    /// The process ends: of a write, one half is done, and nothing after it.
    Kill,
    /// The machine ends: as [`Self::Kill`], and of what no fsync made durable each file keeps only a beginning; the
    /// number decides how much.
    PowerCut(u64),
}

/// A write that is not durable yet, and what stood there before.
struct Undo {
    path: PathBuf,
    offset: u64,
    written: usize,
    before: Vec<u8>,
    length: u64,
}

#[derive(Default)]
struct State {
    steps: u64,
    struck: bool,
    dead: bool,
    undo: Vec<Undo>,
    renames: Vec<(PathBuf, PathBuf)>,
}

/// A folder whose disk fails once.
pub(crate) struct Plan {
    folder: PathBuf,
    at: u64,
    fault: Fault,
    state: Mutex<State>,
}

static PLANS: Mutex<Vec<Arc<Plan>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plan {
    /// From now on, the step `at`, counted from 0, meets `fault`.
    pub(crate) fn start(folder: &Path, at: u64, fault: Fault) -> Arc<Self> {
        let plan = Arc::new(Self { folder: folder.to_owned(), at, fault, state: Mutex::default() });
        lock(&PLANS).push(Arc::clone(&plan));
        plan
    }

    /// From now on, nothing fails, and no fsync is real: for what a test does beside its faults.
    pub(crate) fn calm(folder: &Path) -> Arc<Self> {
        Self::start(folder, u64::MAX, Fault::Kill)
    }

    /// The disk is sound again; whether the fault was met. After a power cut, what was not durable is partly gone.
    pub(crate) fn end(self: Arc<Self>) -> bool {
        lock(&PLANS).retain(|plan| !Arc::ptr_eq(plan, &self));
        let mut state = lock(&self.state);
        if let (Fault::PowerCut(choice) | Fault::LostSync(choice), true) = (self.fault, state.struck) {
            lose(&mut state, choice);
        }
        state.struck
    }

    /// Whether the step is to be done; of a write, how much before it fails.
    fn step(&self, path: &Path, step: Step) -> io::Result<()> {
        let mut state = lock(&self.state);
        if state.dead {
            return Err(io::Error::other("the process has ended"));
        }
        let number = state.steps;
        state.steps += 1;
        if number != self.at {
            return state.note(path, step, None);
        }
        state.struck = true;
        state.dead = matches!(self.fault, Fault::Kill | Fault::PowerCut(_));
        if let (Fault::Short | Fault::Kill | Fault::PowerCut(_), Step::Write(offset, bytes)) = (self.fault, step) {
            let file = OpenOptions::new().write(true).open(path)?;
            let done = half(offset, bytes.len(), file.metadata()?.len());
            state.note(path, step, Some(done))?;
            file.write_all_at(&bytes[..done], offset)?;
        }
        Err(match self.fault {
            Fault::Error(kind) => kind.into(),
            Fault::LostSync(_) => io::Error::other("the disk failed"),
            Fault::Short => io::ErrorKind::StorageFull.into(),
            Fault::Kill | Fault::PowerCut(_) => io::Error::other("the process has ended"),
        })
    }
}

/// How much of a write is done that is interrupted. A disk replaces what stands in one sector as a whole, or not at all.
fn half(offset: u64, bytes: usize, length: u64) -> usize {
    let end = offset + bytes as u64;
    let replaces_one_sector = end <= length && offset / SECTOR == end.saturating_sub(1) / SECTOR;
    if replaces_one_sector { 0 } else { bytes / 2 }
}

impl State {
    /// Remembers what a power cut would take back.
    fn note(&mut self, path: &Path, step: Step, written: Option<usize>) -> io::Result<()> {
        match step {
            Step::Write(offset, bytes) => {
                let written = written.unwrap_or(bytes.len());
                let file = OpenOptions::new().read(true).open(path)?;
                let length = file.metadata()?.len();
                let mut before = vec![0; (length.saturating_sub(offset) as usize).min(written)];
                file.read_exact_at(&mut before, offset)?;
                self.undo.push(Undo { path: path.to_owned(), offset, written, before, length });
            }
            Step::Sync => {
                self.undo.retain(|undo| undo.path != path);
                self.renames.retain(|(_, to)| to.parent() != Some(path));
            }
            Step::Rename(to) => {
                self.undo.iter_mut().filter(|undo| undo.path == path).for_each(|undo| undo.path = to.to_owned());
                self.renames.push((path.to_owned(), to.to_owned()));
            }
            Step::Other => {}
        }
        Ok(())
    }
}

/// Takes back what was not durable: of each file all writes but a number of the first, of the next one a half.
fn lose(state: &mut State, mut choice: u64) {
    let mut files: HashMap<PathBuf, Vec<Undo>> = HashMap::new();
    state.undo.drain(..).for_each(|undo| files.entry(undo.path.clone()).or_default().push(undo));
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    for (path, writes) in files {
        choice = choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let kept = (choice >> 33) as usize % (writes.len() + 1);
        let torn = choice >> 32 & 1 == 1;
        let Ok(file) = OpenOptions::new().write(true).open(&path) else { continue };
        for (number, undo) in writes.iter().enumerate().skip(kept).rev() {
            let half = if torn && number == kept { half(undo.offset, undo.written, undo.length) } else { 0 };
            let before = undo.before.get(half..).unwrap_or_default();
            file.write_all_at(before, undo.offset + half as u64).unwrap();
            file.set_len(undo.length.max(undo.offset + half as u64)).unwrap();
        }
    }
    for (from, to) in state.renames.drain(..).rev() {
        choice = choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if choice >> 33 & 1 == 1 {
            let _ = fs::rename(to, from);
        }
    }
}

/// Called before every step: an error is what comes of it.
pub(crate) fn before(path: &Path, step: Step) -> io::Result<()> {
    plan_for(path).map_or(Ok(()), |plan| plan.step(path, step))
}

/// Whether the disk of this path is played here: a real fsync is a waste of time.
pub(crate) fn is_simulated(path: &Path) -> bool {
    plan_for(path).is_some()
}

fn plan_for(path: &Path) -> Option<Arc<Plan>> {
    lock(&PLANS).iter().find(|plan| path.starts_with(&plan.folder)).cloned()
}
