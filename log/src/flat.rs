//! A flat file, written at its end and read anywhere.
//!
//! It knows nothing of its own length: how much of it counts is what the last commit record says.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

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
        self.file.write_all_at(bytes, offset).map_err(trouble("write", &self.path))
    }

    /// Makes everything written so far durable.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        self.file.sync_data().map_err(trouble("make durable", &self.path))
    }

    /// Cuts the file to `length` bytes, durably.
    pub(crate) fn truncate(&self, length: u64) -> Result<(), FileError> {
        self.file.set_len(length).map_err(trouble("shorten", &self.path))?;
        self.file.sync_all().map_err(trouble("make durable", &self.path))
    }

    /// `length` bytes at `offset`. The caller bounds `length` by what was committed.
    pub(crate) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset).map_err(trouble("read", &self.path))?;
        Ok(bytes)
    }
}

/// Creates `path` with `bytes`, readable by its owner alone where `private`, and makes the bytes durable.
pub(crate) fn create(path: &Path, bytes: &[u8], private: bool) -> Result<(), FileError> {
    let mode = if private { 0o600 } else { 0o644 };
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(path).map_err(trouble("create", path))?;
    file.write_all_at(bytes, 0).map_err(trouble("write", path))?;
    file.sync_all().map_err(trouble("make durable", path))
}

/// Replaces `path`, or creates it, durably: after a crash it holds the old bytes or the new ones. There is one writer.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, bytes).map_err(trouble("write", &unfinished))?;
    let file = File::open(&unfinished).map_err(trouble("open", &unfinished))?;
    file.sync_all().map_err(trouble("make durable", &unfinished))?;
    fs::rename(&unfinished, path).map_err(trouble("rename", &unfinished))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable: without it a crash may lose a file whose bytes were synced.
pub(crate) fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = File::open(path).map_err(trouble("open", path))?;
    folder.sync_all().map_err(trouble("make durable", path))
}

/// Bytes that are free for us on the file system of `path`.
pub(crate) fn free_space(path: &Path) -> Result<u64, FileError> {
    let space =
        rustix::fs::statvfs(path).map_err(io::Error::from).map_err(trouble("measure the free space of", path))?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}
