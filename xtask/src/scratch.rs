//! Folders for what is half done, so that it is never taken for the finished thing.

use crate::trouble::{Doing, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

/// A folder that is gone when it goes out of scope.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// An empty folder on the same file system as `folder`, so that a rename is enough at the end.
    pub fn beside(folder: &Path) -> Result<Self> {
        let parent = folder.parent().unwrap_or(folder);
        let prefix = format!(".{}-", folder.file_name().unwrap_or_default().to_string_lossy());
        fs::create_dir_all(parent).doing("creating", parent)?;
        remove_abandoned(parent, &prefix)?;
        let path = parent.join(format!("{prefix}{}", process::id()));
        fs::create_dir(&path).doing("creating", &path)?;
        Ok(Self { path })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Where it stays, the next run removes it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Ctrl-C leaves a folder behind, and up to a gigabyte in it. Those of processes that still run stay.
fn remove_abandoned(parent: &Path, prefix: &str) -> Result<()> {
    for entry in fs::read_dir(parent).doing("reading", parent)? {
        let entry = entry.doing("reading", parent)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(owner) = name.strip_prefix(prefix) else { continue };
        if !Path::new("/proc").join(owner).exists() {
            fs::remove_dir_all(entry.path()).doing("removing", &entry.path())?;
        }
    }
    Ok(())
}
