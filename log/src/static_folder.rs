//! A log as a folder of files that any web host can serve: C2SP tlog-tiles, and blobs beside them.
//!
//! ```text
//! DIR/checkpoint  DIR/vkey
//! DIR/tile/<L>/<N>[.p/<W>]  DIR/tile/entries/<N>[.p/<W>]
//! DIR/blob/<sha256>  DIR/erased
//! ```

use crate::erase;
use crate::flat::{FileError, create, sync_folder, trouble};
use crate::source::{Kept, Source, SourceError};
use rekor_verifier::Hash;
use rekor_verifier::format::tile::{BundleId, TileId, WIDTH};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

/// A log's static form on this machine.
#[derive(Clone, Debug)]
pub struct StaticFolder(PathBuf);

impl StaticFolder {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Whether a checkpoint is there: what is written last.
    pub fn is_complete(&self) -> bool {
        self.0.join("checkpoint").is_file()
    }

    /// The key that the folder names as the log's; `None` where it names none. It vouches for nothing.
    pub fn vkey(&self) -> Option<String> {
        let text = fs::read_to_string(self.0.join("vkey")).ok()?;
        Some(text.trim().to_owned())
    }

    /// Writes a tile or a bundle under its path. A full one takes the place of its partial ones.
    pub fn write_tile(&self, path: &str, width: u16, bytes: &[u8]) -> Result<(), FileError> {
        self.write(path, bytes)?;
        if u64::from(width) == WIDTH {
            let partial = self.0.join(format!("{path}.p"));
            match fs::remove_dir_all(&partial) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(trouble("remove", &partial)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes a blob under its SHA-256.
    pub fn write_blob(&self, hash: &Hash, bytes: &[u8]) -> Result<(), FileError> {
        self.write(&format!("blob/{hash}"), bytes)
    }

    /// Writes the list of what the log was asked to forget.
    pub fn write_erased(&self, erased: &BTreeSet<Hash>) -> Result<(), FileError> {
        match erased.is_empty() && !self.0.join(erase::FILE).exists() {
            true => Ok(()),
            false => self.write(erase::FILE, erase::list(erased).as_bytes()),
        }
    }

    /// Removes a blob that is on that list.
    pub fn remove_blob(&self, hash: &Hash) -> Result<(), FileError> {
        let copy = self.0.join(format!("blob/{hash}"));
        match fs::remove_file(&copy) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(trouble("remove", &copy)(error)),
            _ => Ok(()),
        }
    }

    /// Writes the log's key and, last of all, its checkpoint: until then the folder shows the tree that it showed
    /// before, or none.
    pub fn finish(&self, vkey: &str, checkpoint: &[u8]) -> Result<(), FileError> {
        self.write("vkey", format!("{vkey}\n").as_bytes())?;
        self.write("checkpoint", checkpoint)?;
        sync_folder(&self.0)
    }

    /// A file is there in full or not at all. One that holds these bytes already is left alone.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let file = self.0.join(path);
        if fs::read(&file).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        let folder = file.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder).map_err(trouble("create", folder))?;
        let unfinished = folder.join(".unfinished");
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(trouble("remove", &unfinished)(error)),
            _ => {}
        }
        create(&unfinished, bytes, false)?;
        fs::rename(&unfinished, &file).map_err(trouble("rename", &unfinished))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        let file = self.0.join(path);
        fs::read(&file).map_err(|error| match error.kind() {
            ErrorKind::NotFound => SourceError::Missing(file.display().to_string()),
            _ => SourceError::Unreadable(trouble("read", &file)(error).to_string()),
        })
    }
}

impl Source for StaticFolder {
    fn checkpoint(&mut self) -> Result<Vec<u8>, SourceError> {
        self.read("checkpoint")
    }

    fn tile(&mut self, id: TileId) -> Result<Vec<u8>, SourceError> {
        self.read(&id.path())
    }

    fn bundle(&mut self, id: BundleId) -> Result<Vec<u8>, SourceError> {
        self.read(&id.path())
    }

    fn blob(&mut self, hash: &Hash) -> Result<Kept, SourceError> {
        match self.read(&format!("blob/{hash}")) {
            Err(SourceError::Missing(_)) if self.erased()?.contains(hash) => Ok(Kept::Erased),
            Err(SourceError::Missing(_)) => Ok(Kept::Nothing),
            read => read.map(Kept::Bytes),
        }
    }

    fn erased(&mut self) -> Result<BTreeSet<Hash>, SourceError> {
        Ok(erase::tombstones(&self.0)?)
    }
}
