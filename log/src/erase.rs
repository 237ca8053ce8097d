//! Forgetting: a link file's bytes, and its digest list where that is asked for, are overwritten where they stand.
//!
//! The tree stays as it is. Order, so that a crash at any point forgets nothing of the wish: the tombstone, in the file
//! `erased`, is made durable; the index goes, where digests are to be forgotten; the bytes are overwritten and made durable;
//! the blob's state byte says so. What a crash left undone is done when the log is opened. A tombstone stays: adding the file again does not bring its bytes back.

use crate::at_rest::AtRest;
use crate::flat::{FileError, Flat, replace, trouble};
use crate::folder::{OpenError, lock};
use crate::store::{BlobPlace, StoreError};
use rekor_verifier::Hash;
use rekor_verifier::format::entry::LinkEntry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The name of the file of tombstones, also in a log's static form: one SHA-256 in hexadecimal a line, sorted.
pub(crate) const FILE: &str = "erased";

/// Bytes that are overwritten at once.
const STRIDE: usize = 64 * 1024;

/// What became of a blob that was to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// SHA-256 of the bytes.
    pub hash: Hash,
    /// Whether it is the digest list of an entry; a link file otherwise.
    pub digest_list: bool,
    /// Number of bytes that were overwritten; `None` where the log did not have them, or had forgotten them before.
    pub overwritten: Option<u64>,
}

/// Why nothing was forgotten.
#[derive(Debug)]
pub enum EraseError {
    /// The log cannot be opened: it is in use, or damaged.
    Open(OpenError),
    /// The log has no entry of a link file with this SHA-256.
    NoEntry(Hash),
    /// The digest list of a file is also that of another one.
    Shared {
        /// SHA-256 of the file that was named.
        file: Hash,
        /// The entry of the other file.
        index: u64,
        /// SHA-256 of the other file.
        other: Hash,
    },
}

impl fmt::Display for EraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => error.fmt(f),
            Self::NoEntry(file) => write!(f, "the log has no entry of a link file with the SHA-256 {file}"),
            Self::Shared { file, index, other } => write!(
                f,
                "the digest list of {file} is also that of entry {index}, of another link file: \
                 to forget its digests, name that file too ({other})"
            ),
        }
    }
}

impl std::error::Error for EraseError {}

impl<E: Into<OpenError>> From<E> for EraseError {
    fn from(error: E) -> Self {
        Self::Open(error.into())
    }
}

/// Forgets the bytes of the link files with these SHA-256 in the log in `folder`, and their digest lists where
/// `digests_too`. The log must not be open; its private keys are not needed. Every entry is read once, or twice.
pub fn erase(folder: &Path, files: &[Hash], digests_too: bool) -> Result<Vec<Erased>, EraseError> {
    let _lock = lock(&folder.join("lock"))?.ok_or_else(|| OpenError::InUse(folder.to_owned()))?;
    let mut log = AtRest::open(folder)?;
    let lists = lists_of(&mut log, files)?;
    if digests_too {
        check_unshared(&log, files, &lists)?;
    }
    let blob = |digest_list| move |hash: &Hash| Erased { hash: *hash, digest_list, overwritten: None };
    let mut erased: Vec<Erased> = files.iter().map(blob(false)).collect();
    erased.extend(lists.keys().filter(|_| digests_too).map(blob(true)));
    let mut stones = tombstones(folder)?;
    stones.extend(erased.iter().map(|one| one.hash));
    replace(&folder.join(FILE), list(&stones).as_bytes())?;
    if digests_too {
        forget_index(folder)?;
    }
    let blobs = Flat::open(folder.join("blobs"))?;
    for one in &mut erased {
        if let Some(place) = log.blob_place(&one.hash)? {
            one.overwritten = overwrite(&blobs, place)?;
        }
    }
    Ok(erased)
}

/// For each digest list of one of the files that file. A list without digests is everybody's, and tells nothing.
fn lists_of(log: &mut AtRest, files: &[Hash]) -> Result<BTreeMap<Hash, Hash>, EraseError> {
    let (mut lists, mut recorded) = (BTreeMap::new(), BTreeSet::new());
    each_entry(log, files, |_, entry| {
        if files.contains(&entry.file) {
            lists.insert(entry.digest_list, entry.file);
            recorded.insert(entry.file);
        }
        Ok(())
    })?;
    if let Some(file) = files.iter().find(|file| !recorded.contains(file)) {
        return Err(EraseError::NoEntry(*file));
    }
    for list in lists.keys().copied().collect::<Vec<_>>() {
        if log.blob_place(&list)?.is_some_and(|place| place.length == 0) {
            lists.remove(&list);
        }
    }
    Ok(lists)
}

fn check_unshared(log: &AtRest, files: &[Hash], lists: &BTreeMap<Hash, Hash>) -> Result<(), EraseError> {
    let wanted: Vec<Hash> = lists.keys().copied().collect();
    each_entry(log, &wanted, |index, entry| match lists.get(&entry.digest_list) {
        Some(file) if !files.contains(&entry.file) => Err(EraseError::Shared { file: *file, index, other: entry.file }),
        _ => Ok(()),
    })
}

/// Visits the entries of kind `link` that name one of `hashes`.
fn each_entry(
    log: &AtRest,
    hashes: &[Hash],
    mut visit: impl FnMut(u64, LinkEntry) -> Result<(), EraseError>,
) -> Result<(), EraseError> {
    let names: Vec<String> = hashes.iter().map(Hash::to_string).collect();
    log.each_leaf(|index, leaf| {
        // To read each entry in full takes most of the time.
        let text = std::str::from_utf8(leaf).unwrap_or_default();
        match names.iter().any(|name| text.contains(name)).then(|| LinkEntry::parse(leaf)) {
            Some(Ok(entry)) => visit(index, entry),
            _ => Ok(()),
        }
    })
}

/// The hashes of what is to stay forgotten.
pub(crate) fn tombstones(folder: &Path) -> Result<BTreeSet<Hash>, StoreError> {
    let file = folder.join(FILE);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(trouble("read", &file)(error).into()),
    };
    parse_erased(&text).map_err(|line| {
        let what = format!("line {line} is not a SHA-256 in hexadecimal");
        StoreError::Damaged { file: file.display().to_string(), what }
    })
}

/// A list of what was erased; the error is the number of the line that cannot be read, from 1.
pub fn parse_erased(text: &str) -> Result<BTreeSet<Hash>, usize> {
    text.lines().enumerate().map(|(i, line)| Hash::from_hex(line).ok_or(i + 1)).collect()
}

/// The list as a text.
pub(crate) fn list(erased: &BTreeSet<Hash>) -> String {
    erased.iter().map(|hash| format!("{hash}\n")).collect()
}

/// Overwrites a blob with zeros, durably, unless that was done before; how many bytes.
pub(crate) fn overwrite(blobs: &Flat, place: BlobPlace) -> Result<Option<u64>, FileError> {
    if place.is_erased(blobs)? {
        return Ok(None);
    }
    let (mut at, end) = (place.offset, place.offset + u64::from(place.length));
    while at < end {
        let zeros = vec![0; STRIDE.min((end - at) as usize)];
        blobs.write(at, &zeros)?;
        at += zeros.len() as u64;
    }
    blobs.sync()?;
    place.mark_erased(blobs)?;
    blobs.sync()?;
    Ok(Some(u64::from(place.length)))
}

/// Removes what finds entries by their digests: it is made again when the log is opened.
pub(crate) fn forget_index(folder: &Path) -> Result<(), FileError> {
    let index = folder.join("index");
    match fs::remove_dir_all(&index) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(trouble("remove", &index)(error)),
        _ => Ok(()),
    }
}
