//! Has anything changed since the last build? Answered from contents, not from times: a fresh
//! checkout or a touched file is no change.

use crate::place;
use crate::trouble::{Doing, Result};
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

/// A digest of these files and folders (relative to the root), but for what has one of the names `except`.
/// Not for security: it notices a change, and a newer Rust may give other values.
pub fn digest(paths: &[&str], except: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        for file in files(&place::root().join(path), except)? {
            add_file(&mut hasher, &file)?;
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add_file(hasher: &mut DefaultHasher, file: &Path) -> Result<()> {
    let bytes = fs::read(file).doing("reading", file)?;
    hasher.write(file.as_os_str().as_encoded_bytes());
    hasher.write_usize(bytes.len());
    hasher.write(&bytes);
    Ok(())
}

/// The files at or below a path, in order; none where there is nothing.
fn files(path: &Path, except: &[&str]) -> Result<Vec<PathBuf>> {
    if path.file_name().is_some_and(|name| except.iter().any(|other| name == *other)) {
        return Ok(Vec::new());
    }
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).doing("reading", path)? {
        entries.push(entry.doing("reading", path)?.path());
    }
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        found.extend(files(&entry, except)?);
    }
    Ok(found)
}
