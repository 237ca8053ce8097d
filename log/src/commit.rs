//! Commit records: one JSON line each, the SHA-256 of the line before in every one.
//!
//! The last valid record is what the log holds. A record that was being written when the process or the
//! machine stopped is the last line of the file and not a valid record; nobody was told of it, so it is
//! cut off. An invalid line with others behind it was damaged later, and the log refuses to open.

use crate::flat::{FileError, Flat, trouble};
use crate::store::Extent;
use crate::tree::sha256;
use rekor_verifier::Hash;
use rekor_verifier::bytes::decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// What is signed about a tree, and the time at which it became durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// How much of each file counts.
    pub extent: Extent,
    /// Seconds since 1970: the log's word. Never less than the record's before.
    pub time: u64,
    /// The tree's root.
    pub root: Hash,
    /// The C2SP checkpoint, signed with Ed25519.
    pub checkpoint: String,
    /// Rekor v1's rendering of the same tree, signed with ECDSA P-256.
    pub checkpoint_v1: String,
}

/// A commit as the file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    version: u8,
    size: u64,
    entries: u64,
    blobs: u64,
    time: u64,
    root: String,
    checkpoint: String,
    checkpoint_v1: String,
    previous: String,
    /// SHA-256 of the line without this: no signature covers the time, and nothing follows the last line. Version 1 was
    /// without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
}

impl Line {
    fn to_json(&self) -> Vec<u8> {
        // Numbers and strings alone: there is nothing in a `Line` that JSON cannot express.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The hash of a line that is still without it.
    fn hash(&self) -> String {
        sha256(&self.to_json()).to_string()
    }
}

/// The commit records do not say what the log holds.
#[derive(Debug)]
pub enum CommitError {
    /// The operating system refused.
    File(FileError),
    /// The file's first record is not valid.
    None,
    /// A record that is not the last line is not valid.
    Damaged {
        /// The byte at which it begins.
        at: u64,
    },
    /// The high-water mark is not `<20 digits> <base64 root>`.
    Mark,
    /// There is no high-water mark at this path.
    NoMark(PathBuf),
    /// The last valid record is older than a tree that was already signed.
    Behind {
        /// Size of the last recorded tree.
        recorded: u64,
        /// Size of the tree that was signed.
        signed: u64,
    },
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::None => write!(f, "the file `commits` holds no valid record"),
            Self::Damaged { at } => {
                write!(f, "the record at byte {at} of the file `commits` is damaged, and others follow it")
            }
            Self::Mark => write!(f, "the high-water mark is not a size of 20 digits and a base64 root hash"),
            Self::NoMark(path) => write!(
                f,
                "{} is missing: without it nobody can tell whether this is an old copy of the log. \
                 If it is not, write the size (20 digits), a space and the root hash of the newest checkpoint there",
                path.display()
            ),
            Self::Behind { recorded, signed } => write!(
                f,
                "the last commit record has {recorded} entries, but a tree of {signed} entries was signed: \
                 this is an old copy or a damaged one, and going on from it would fork the log"
            ),
        }
    }
}

impl std::error::Error for CommitError {}

impl From<FileError> for CommitError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// A place between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// Bytes of `commits` before it.
    pub length: u64,
    /// SHA-256 of the record before it.
    pub previous: Hash,
    /// What the other files hold there.
    pub extent: Extent,
}

impl Default for Position {
    /// Before the first record.
    fn default() -> Self {
        Self { length: 0, previous: Hash::from_bytes([0; 32]), extent: Extent::default() }
    }
}

impl Position {
    /// Bytes of an encoded one.
    pub(crate) const BYTES: usize = 4 * 8 + 32;

    /// Length, size, bytes of entries and of blobs, big-endian, and the hash.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let Extent { size, entries, blobs } = self.extent;
        let mut bytes: Vec<u8> = [self.length, size, entries, blobs].into_iter().flat_map(u64::to_be_bytes).collect();
        bytes.extend(self.previous.as_bytes());
        bytes
    }

    /// The position in [`Self::BYTES`] bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (numbers, previous) = bytes.split_first_chunk::<32>()?;
        let (numbers, _) = numbers.as_chunks::<8>();
        let [length, size, entries, blobs] = [0, 1, 2, 3].map(|i| u64::from_be_bytes(numbers[i]));
        Some(Self { length, previous: Hash::from_slice(previous)?, extent: Extent { size, entries, blobs } })
    }
}

/// The open `commits` file.
#[derive(Debug)]
pub(crate) struct Commits {
    file: Flat,
    end: Position,
}

/// What the end of the `commits` file says at start.
pub(crate) struct Recovered {
    /// The file, its torn end cut off.
    pub commits: Commits,
    /// The last valid record.
    pub last: Commit,
}

impl Commits {
    /// The file's bytes for a new log whose first record is `commit`.
    pub(crate) fn first(commit: &Commit) -> Vec<u8> {
        encode(commit, &Hash::from_bytes([0; 32]))
    }

    /// Reads the end of `folder/commits` and cuts off a record that was never finished.
    pub(crate) fn recover(folder: &Path) -> Result<Recovered, CommitError> {
        let file = Flat::open(folder.join("commits"))?;
        // The last record may be one that was written, but not yet made durable, when the process ended.
        file.settle()?;
        let (last, lines) = last_commit(folder)?;
        let commits = Self { file, end: lines.position() };
        if lines.torn {
            commits.file.truncate(commits.end.length)?;
        }
        Ok(Recovered { commits, last })
    }

    /// Writes a record and makes it durable.
    pub(crate) fn append(&mut self, commit: &Commit) -> Result<(), FileError> {
        let line = encode(commit, &self.end.previous);
        self.file.write(self.end.length, &line)?;
        self.file.sync()?;
        self.end.length += line.len() as u64;
        self.end.previous = sha256(&line);
        self.end.extent = commit.extent;
        Ok(())
    }

    /// Behind the last record.
    pub(crate) fn end(&self) -> &Position {
        &self.end
    }

    /// Whether `folder/commits` has a record that ends at `position`.
    pub(crate) fn ends_at(folder: &Path, position: &Position) -> Result<bool, FileError> {
        let file = Flat::open_to_read(folder.join("commits"))?;
        if position.length > file.length()? {
            return Ok(false);
        }
        let start = position.length.saturating_sub(MAX_LINE as u64);
        let bytes = file.read(start, (position.length - start) as usize)?;
        let before = bytes.strip_suffix(b"\n").unwrap_or_default();
        let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        Ok(position.length == 0 || sha256(&bytes[line..]) == position.previous)
    }
}

/// The last valid record of `folder/commits`, read from somewhere near the file's end, and the reader behind it.
pub(crate) fn last_commit(folder: &Path) -> Result<(Commit, CommitLines), CommitError> {
    let mut lines = CommitLines::near_end(folder)?;
    let mut last = None;
    for commit in &mut lines {
        last = Some(commit?);
    }
    Ok((last.ok_or(CommitError::None)?, lines))
}

/// The records of a `commits` file, oldest first; an error is the last that comes.
pub(crate) struct CommitLines {
    path: PathBuf,
    lines: BufReader<File>,
    /// Before the record that came last.
    pub before: Position,
    /// Behind it.
    position: Position,
    /// Whether the first record need not be the successor of `position`, which nobody knows.
    anywhere: bool,
    /// Whether a record that was never finished stands at the end.
    torn: bool,
}

impl CommitLines {
    /// All records of `folder/commits`.
    pub(crate) fn open(folder: &Path) -> Result<Self, FileError> {
        Self::after(folder, &Position::default())
    }

    /// The records behind `position`.
    pub(crate) fn after(folder: &Path, position: &Position) -> Result<Self, FileError> {
        let path = folder.join("commits");
        let mut file = File::open(&path).map_err(trouble("open", &path))?;
        file.seek(SeekFrom::Start(position.length)).map_err(trouble("read", &path))?;
        let lines = BufReader::new(file);
        Ok(Self { path, lines, before: *position, position: *position, anywhere: false, torn: false })
    }

    /// The last few records.
    fn near_end(folder: &Path) -> Result<Self, FileError> {
        let mut lines = Self::open(folder)?;
        let length = lines.lines.get_ref().metadata().map_err(trouble("read", &lines.path))?.len();
        // Room for one whole record, and for one that was never finished.
        if let Some(start) = length.checked_sub(3 * MAX_LINE as u64) {
            lines.lines.seek(SeekFrom::Start(start)).map_err(trouble("read", &lines.path))?;
            lines.position.length = start + lines.line()?.len() as u64;
            lines.anywhere = true;
        }
        Ok(lines)
    }

    /// Behind the record that came last.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// One line with its end; less, or nothing, at the end of the file or after [`MAX_LINE`] bytes.
    fn line(&mut self) -> Result<Vec<u8>, FileError> {
        let mut line = Vec::new();
        let mut limited = std::io::Read::take(&mut self.lines, MAX_LINE as u64);
        limited.read_until(b'\n', &mut line).map_err(trouble("read", &self.path))?;
        Ok(line)
    }
}

impl Iterator for CommitLines {
    type Item = Result<Commit, CommitError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.line() {
            Ok(line) if line.is_empty() || self.torn => return None,
            Ok(line) => line,
            Err(error) => return Some(Err(error.into())),
        };
        let previous = (!self.anywhere).then_some(&self.position.previous);
        if let Some(commit) = decode(&line, previous) {
            self.anywhere = false;
            self.before = self.position;
            self.position.length += line.len() as u64;
            self.position.previous = sha256(&line);
            self.position.extent = commit.extent;
            return Some(Ok(commit));
        }
        self.torn = true;
        match self.line() {
            Ok(behind) if behind.is_empty() => None,
            Ok(_) => Some(Err(CommitError::Damaged { at: self.position.length })),
            Err(error) => Some(Err(error.into())),
        }
    }
}

fn encode(commit: &Commit, previous: &Hash) -> Vec<u8> {
    let mut line = Line {
        version: 2,
        size: commit.extent.size,
        entries: commit.extent.entries,
        blobs: commit.extent.blobs,
        time: commit.time,
        root: commit.root.to_base64(),
        checkpoint: commit.checkpoint.clone(),
        checkpoint_v1: commit.checkpoint_v1.clone(),
        previous: previous.to_string(),
        hash: None,
    };
    line.hash = Some(line.hash());
    let mut bytes = line.to_json();
    bytes.push(b'\n');
    bytes
}

fn decode(line: &[u8], previous: Option<&Hash>) -> Option<Commit> {
    let mut line: Line = serde_json::from_slice(line.strip_suffix(b"\n")?).ok()?;
    let whole = match (line.version, line.hash.take()) {
        (1, None) => true,
        (2, Some(hash)) => hash == line.hash(),
        _ => false,
    };
    let named = Hash::from_hex(&line.previous)?;
    if !whole || previous.is_some_and(|previous| *previous != named) {
        return None;
    }
    Some(Commit {
        extent: Extent { size: line.size, entries: line.entries, blobs: line.blobs },
        time: line.time,
        root: Hash::from_base64(&line.root)?,
        checkpoint: line.checkpoint,
        checkpoint_v1: line.checkpoint_v1,
    })
}

/// The high-water mark: size and root of the newest tree that this log signed, in a file outside the
/// log's folder.
///
/// It is written after the commit record is durable and before anybody hears of the commit, without
/// waiting for the disk: a crash of the machine may leave it behind the record, never ahead of it. So a
/// record behind the mark is a lost or an old one, and the log must not go on from there.
#[derive(Debug)]
pub(crate) struct Mark(Flat);

impl Mark {
    /// The file's bytes for a tree.
    pub(crate) fn text(size: u64, root: &Hash) -> String {
        // Always the same length, within one sector: written at once or not at all.
        format!("{size:020} {}\n", root.to_base64())
    }

    /// Opens the mark at `path` with `open` and returns the tree in it.
    pub(crate) fn open(
        path: &Path,
        open: impl FnOnce(PathBuf) -> Result<Flat, FileError>,
    ) -> Result<(Self, u64, Hash), CommitError> {
        let file = open(path.to_owned()).map_err(|error| match error.source.kind() {
            ErrorKind::NotFound => CommitError::NoMark(path.to_owned()),
            _ => CommitError::File(error),
        })?;
        let length = file.length()?.min(MAX_LINE as u64) as usize;
        let bytes = file.read(0, length)?;
        let (size, root) = parse_mark(&bytes).ok_or(CommitError::Mark)?;
        Ok((Self(file), size, root))
    }

    /// Moves the mark.
    pub(crate) fn write(&self, size: u64, root: &Hash) -> Result<(), FileError> {
        self.0.write(0, Self::text(size, root).as_bytes())
    }
}

fn parse_mark(bytes: &[u8]) -> Option<(u64, Hash)> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (size, root) = text.split_once(' ')?;
    let digits = size.trim_start_matches('0');
    let size = if digits.is_empty() { 0 } else { decimal(digits)? };
    Some((size, Hash::from_base64(root)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;

    #[test]
    fn a_flipped_bit_anywhere_in_a_record_is_noticed() {
        let commit = Commit {
            extent: Extent { size: 300, entries: 40_000, blobs: 70 },
            time: 1_795_856_686,
            root: sha256(b"a root"),
            checkpoint: "log.example\n300\n…".to_owned(),
            checkpoint_v1: "log.example - 7\n300\n…".to_owned(),
        };
        let line = encode(&commit, &sha256(b"the line before"));
        assert_eq!(decode(&line, Some(&sha256(b"the line before"))).as_ref(), Some(&commit));
        for at in 0..line.len() {
            for bit in 0..8 {
                let mut wrong = line.clone();
                wrong[at] ^= 1 << bit;
                assert_eq!(decode(&wrong, None), None, "bit {bit} of byte {at}");
            }
        }
        // As it was written before there was a hash.
        let (before, _) = std::str::from_utf8(&line).unwrap().split_once(",\"hash\"").unwrap();
        let older = before.replacen("\"version\":2", "\"version\":1", 1) + "}\n";
        assert_eq!(decode(older.as_bytes(), None), Some(commit));
        assert_eq!(decode(format!("{before}}}\n").as_bytes(), None), None);
    }
}
