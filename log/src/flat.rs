//! A flat file, written at its end and read anywhere.
//!
//! It knows nothing of its own length: how much of it counts is what the last commit record says.

use rustix::io::{ReadWriteFlags, preadv2};
use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes at the end of a file that may not have been durable when the process ended: more than a batch has.
const SETTLED: u64 = 64 << 20;

/// Trouble with one file of the store: which one, and what was being done.
#[derive(Debug)]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// What was being done: "read", "write", …
    pub action: &'static str,
    /// What the operating system said.
    pub source: io::Error,
}

impl FileError {
    /// The thread that was to make files beside `path` durable has ended: nobody knows what is durable.
    pub(crate) fn panicked(path: &Path) -> Self {
        let source = io::Error::other("a thread has panicked");
        Self { path: path.to_owned(), action: "make durable what belongs to", source }
    }
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {} {}: {}", self.action, self.path.display(), self.source)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Makes a [`FileError`] of an [`io::Error`].
pub(crate) fn trouble<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + 'a {
    move |source| FileError { path: path.to_owned(), action, source }
}

/// What is about to be done to a file.
#[derive(Clone, Copy)]
#[cfg_attr(not(test), allow(dead_code))] // Only `faults` looks into it.
pub(crate) enum Step<'a> {
    /// To write bytes at an offset.
    Write(u64, &'a [u8]),
    /// To make a file, or the names in a folder, durable.
    Sync,
    /// To give a file this name.
    Rename(&'a Path),
    /// To cut, create or remove a file.
    Other,
}

/// Does `work` to a file, unless a test has the disk fail there.
fn step<T>(
    action: &'static str,
    path: &Path,
    step: Step,
    work: impl FnOnce() -> io::Result<T>,
) -> Result<T, FileError> {
    #[cfg(test)]
    crate::faults::before(path, step).map_err(trouble(action, path))?;
    let _ = step;
    work().map_err(trouble(action, path))
}

/// Makes a file durable, or the names in a folder; with its length where `all`.
fn sync(path: &Path, file: &File, all: bool) -> Result<(), FileError> {
    step("make durable", path, Step::Sync, || {
        #[cfg(test)]
        if crate::faults::is_simulated(path) {
            return Ok(());
        }
        if all { file.sync_all() } else { file.sync_data() }
    })
}

/// Removes a file.
pub(crate) fn remove(path: &Path) -> Result<(), FileError> {
    step("remove", path, Step::Other, || fs::remove_file(path))
}

/// One file of the store.
#[derive(Debug)]
pub(crate) struct Flat {
    file: File,
    path: PathBuf,
}

impl Flat {
    /// Opens `path`, which must exist, for reading and writing.
    pub(crate) fn open(path: PathBuf) -> Result<Self, FileError> {
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(trouble("open", &path))?;
        Ok(Self { file, path })
    }

    /// Opens `path`, which must exist, to be read only.
    pub(crate) fn open_to_read(path: PathBuf) -> Result<Self, FileError> {
        let file = File::open(&path).map_err(trouble("open", &path))?;
        Ok(Self { file, path })
    }

    /// Creates `path`, or empties it, for reading and writing.
    pub(crate) fn create(path: PathBuf) -> Result<Self, FileError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let file = step("create", &path, Step::Other, || options.open(&path))?;
        Ok(Self { file, path })
    }

    /// Gives it another name, which is durable once its folder is.
    pub(crate) fn rename(&mut self, to: PathBuf) -> Result<(), FileError> {
        rename(&self.path, &to)?;
        self.path = to;
        Ok(())
    }

    /// Its path, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its length on disk, in bytes: at least what was committed, more after a crash.
    pub(crate) fn length(&self) -> Result<u64, FileError> {
        let metadata = self.file.metadata().map_err(trouble("read", &self.path))?;
        Ok(metadata.len())
    }

    /// Writes `bytes` at `offset`.
    pub(crate) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), FileError> {
        if bytes.is_empty() {
            return Ok(());
        }
        step("write", &self.path, Step::Write(offset, bytes), || self.file.write_all_at(bytes, offset))
    }

    /// Makes everything written so far durable.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        sync(&self.path, &self.file, false)
    }

    /// Makes everything durable, and forgets the end of the file, so that it is read from the disk again.
    ///
    /// After an `fsync` that failed, Linux keeps in memory, as if they were written, bytes that never reached the disk. A
    /// process that is started after that must not take them for durable.
    pub(crate) fn settle(&self) -> Result<(), FileError> {
        self.sync()?;
        let start = self.length()?.saturating_sub(SETTLED);
        let forgotten = rustix::fs::fadvise(&self.file, start, None, rustix::fs::Advice::DontNeed);
        forgotten.map_err(io::Error::from).map_err(trouble("read again", &self.path))
    }

    /// Cuts the file to `length` bytes, durably.
    pub(crate) fn truncate(&self, length: u64) -> Result<(), FileError> {
        step("shorten", &self.path, Step::Other, || self.file.set_len(length))?;
        sync(&self.path, &self.file, true)
    }

    /// `length` bytes at `offset`. The caller bounds `length` by what was committed.
    pub(crate) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset).map_err(trouble("read", &self.path))?;
        Ok(bytes)
    }

    /// As [`Self::read`] where the operating system has the bytes in memory; else an error, without waiting for the disk.
    pub(crate) fn read_cached(&self, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = vec![0; length];
        let read = preadv2(&self.file, &mut [IoSliceMut::new(&mut bytes)], offset, ReadWriteFlags::NOWAIT);
        let whole = match read {
            Ok(count) if count == length => Ok(bytes),
            Ok(_) => Err(io::ErrorKind::WouldBlock.into()),
            Err(error) => Err(error.into()),
        };
        whole.map_err(trouble("read", &self.path))
    }
}

/// Creates `path` with `bytes`, readable by its owner alone where `private`, and makes the bytes durable.
pub(crate) fn create(path: &Path, bytes: &[u8], private: bool) -> Result<(), FileError> {
    let mode = if private { 0o600 } else { 0o644 };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(mode);
    let file = step("create", path, Step::Other, || options.open(path))?;
    step("write", path, Step::Write(0, bytes), || file.write_all_at(bytes, 0))?;
    sync(path, &file, true)
}

/// Replaces `path`, or creates it, durably: after a crash it holds the old bytes or the new ones. There is one writer.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let unfinished = path.with_extension("new");
    let file = Flat::create(unfinished.clone())?;
    file.write(0, bytes)?;
    sync(&unfinished, &file.file, true)?;
    rename(&unfinished, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Gives a file another name, which is durable once its folder is.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    step("rename", from, Step::Rename(to), || fs::rename(from, to))
}

/// Creates a folder in one that exists, unless it is there, durably.
pub(crate) fn create_folder(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    step("create", path, Step::Other, || fs::create_dir(path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable: without it a crash may lose a file whose bytes were synced.
pub(crate) fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = File::open(path).map_err(trouble("open", path))?;
    sync(path, &folder, true)
}

/// Bytes that are free for us on the file system of `path`.
pub(crate) fn free_space(path: &Path) -> Result<u64, FileError> {
    let space =
        rustix::fs::statvfs(path).map_err(io::Error::from).map_err(trouble("measure the free space of", path))?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;

    #[test]
    fn what_was_just_written_is_read_without_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = Flat::create(folder.path().join("file")).unwrap();
        file.write(0, b"some bytes").unwrap();
        assert_eq!(file.read_cached(5, 5).unwrap(), b"bytes");
        // Nothing is given that is not whole.
        assert_eq!(file.read_cached(5, 6).unwrap_err().source.kind(), io::ErrorKind::WouldBlock);
    }
}
