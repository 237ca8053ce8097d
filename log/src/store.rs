//! The files that hold a log's content, all of them only ever appended to.
//!
//! | file | content |
//! |---|---|
//! | `entries` | tlog-tiles bundle bytes: u16be length ‖ leaf, repeated |
//! | `offsets` | for each entry the u64be offset in `entries` at which it ends |
//! | `tiles.L` | the hashes of tile level L: 32 bytes for each complete subtree of 256^L entries |
//! | `blobs` | u8 state (1 present, 2 erased: zeros) ‖ u32be length ‖ SHA-256 ‖ bytes, repeated: link files and digest lists |
//!
//! [`Extent`] says how much of each counts. Readers take it from a commit record, so they never see a
//! batch that is still being written.

use crate::admit::Blob;
use crate::erase::{list, overwrite, tombstones};
use crate::flat::{FileError, Flat, create};
use crate::prove::HashReader;
use crate::tree::{Completed, sha256};
use rekor_verifier::Hash;
use rekor_verifier::format::entry::MAX_ENTRY;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// Tile levels with a file: enough for 256^5 ≈ 10^12 entries.
const LEVELS: usize = 5;

/// The most entries that a log can hold.
pub(crate) const MAX_ENTRIES: u64 = 1 << (8 * LEVELS as u32);

/// Length of what stands before a blob's bytes.
const BLOB_HEADER: usize = 1 + 4 + 32;

/// State byte of a blob that is there in full.
const BLOB_PRESENT: u8 = 1;

/// State byte of a blob whose bytes were overwritten.
const BLOB_ERASED: u8 = 2;

/// How much of each file counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Number of entries: `offsets` has 8 bytes, and `tiles.L` 32 bytes every 256^L entries, for each.
    pub size: u64,
    /// Bytes of `entries`.
    pub entries: u64,
    /// Bytes of `blobs`.
    pub blobs: u64,
}

/// Where a blob's bytes are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlobPlace {
    /// Where they begin.
    pub offset: u64,
    /// How many they are.
    pub length: u32,
}

impl BlobPlace {
    /// Whether the state byte says that the bytes were overwritten.
    pub(crate) fn is_erased(&self, blobs: &Flat) -> Result<bool, FileError> {
        Ok(blobs.read(self.header(), 1)? == [BLOB_ERASED])
    }

    /// Has the state byte say so.
    pub(crate) fn mark_erased(&self, blobs: &Flat) -> Result<(), FileError> {
        blobs.write(self.header(), &[BLOB_ERASED])
    }

    /// Where what stands before the bytes begins.
    pub(crate) fn header(&self) -> u64 {
        self.offset - BLOB_HEADER as u64
    }

    /// Where the bytes end, and the next blob begins.
    pub(crate) fn end(&self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

/// The store does not hold what its commit record says.
#[derive(Debug)]
pub enum StoreError {
    /// The operating system refused.
    File(FileError),
    /// Bytes are not what was committed.
    Damaged {
        /// The file.
        file: String,
        /// What is wrong, and where.
        what: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Damaged { file, what } => write!(f, "{file} is damaged: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<FileError> for StoreError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// How bytes are read: [`Flat::read`], or [`Flat::read_cached`].
pub(crate) type Read = fn(&Flat, u64, usize) -> Result<Vec<u8>, FileError>;

/// The open files of one log.
#[derive(Debug)]
pub(crate) struct Store {
    blobs: Flat,
    entries: Flat,
    offsets: Flat,
    levels: Vec<Flat>,
    /// What is to stay forgotten.
    erased: BTreeSet<Hash>,
}

/// Bytes in `tiles.level` when the tree has `size` entries.
fn level_length(level: usize, size: u64) -> u64 {
    (size >> (8 * level)) * 32
}

impl Store {
    /// Creates the empty files in `folder`.
    pub(crate) fn create(folder: &Path) -> Result<(), FileError> {
        for name in ["blobs", "entries", "offsets"] {
            create(&folder.join(name), b"", false)?;
        }
        for level in 0..LEVELS {
            create(&folder.join(format!("tiles.{level}")), b"", false)?;
        }
        Ok(())
    }

    /// Opens the files in `folder` and cuts off whatever lies behind the last commit.
    pub(crate) fn recover(folder: &Path, extent: &Extent) -> Result<Self, StoreError> {
        let store = Self::open(folder, Flat::open)?;
        for (file, committed) in store.lengths(extent) {
            cut_tail(file, committed)?;
        }
        Ok(store)
    }

    /// Opens the files in `folder` to be read only, up to `extent`; another process may be adding to them.
    pub(crate) fn open_to_read(folder: &Path, extent: &Extent) -> Result<Self, StoreError> {
        let store = Self::open(folder, Flat::open_to_read)?;
        for (file, committed) in store.lengths(extent) {
            check_length(file, committed)?;
        }
        Ok(store)
    }

    fn open(folder: &Path, open: impl Fn(PathBuf) -> Result<Flat, FileError>) -> Result<Self, StoreError> {
        let levels: Result<Vec<_>, _> = (0..LEVELS).map(|level| open(folder.join(format!("tiles.{level}")))).collect();
        Ok(Self {
            blobs: open(folder.join("blobs"))?,
            entries: open(folder.join("entries"))?,
            offsets: open(folder.join("offsets"))?,
            levels: levels?,
            erased: tombstones(folder)?,
        })
    }

    /// Every file with its length at `extent`.
    fn lengths(&self, extent: &Extent) -> Vec<(&Flat, u64)> {
        let mut lengths =
            vec![(&self.blobs, extent.blobs), (&self.entries, extent.entries), (&self.offsets, extent.size * 8)];
        for (level, file) in self.levels.iter().enumerate() {
            lengths.push((file, level_length(level, extent.size)));
        }
        lengths
    }

    /// Writes blobs, each shorter than 4 GiB, behind `extent`; returns their places.
    pub(crate) fn write_blobs(&self, extent: &mut Extent, blobs: &[&Blob]) -> Result<Vec<BlobPlace>, StoreError> {
        let mut buffer = Vec::new();
        let mut places = Vec::with_capacity(blobs.len());
        for blob in blobs {
            buffer.push(BLOB_PRESENT);
            let length = blob.bytes.len() as u32;
            buffer.extend_from_slice(&length.to_be_bytes());
            buffer.extend_from_slice(blob.hash.as_bytes());
            let offset = extent.blobs + buffer.len() as u64;
            places.push(BlobPlace { offset, length });
            buffer.extend_from_slice(&blob.bytes);
        }
        self.blobs.write(extent.blobs, &buffer)?;
        extent.blobs += buffer.len() as u64;
        Ok(places)
    }

    /// Writes entries and what they complete in the tiles behind `extent`.
    pub(crate) fn write_entries(
        &self,
        extent: &mut Extent,
        leaves: &[&[u8]],
        completed: &[Completed],
    ) -> Result<(), StoreError> {
        let (mut bundle, mut ends) = (Vec::new(), Vec::new());
        for leaf in leaves {
            bundle.extend_from_slice(&(leaf.len() as u16).to_be_bytes());
            bundle.extend_from_slice(leaf);
            ends.extend_from_slice(&(extent.entries + bundle.len() as u64).to_be_bytes());
        }
        self.entries.write(extent.entries, &bundle)?;
        self.offsets.write(extent.size * 8, &ends)?;
        for (level, file) in self.levels.iter().enumerate() {
            let hashes = level_hashes(completed, level);
            file.write(level_length(level, extent.size), &hashes.concat())?;
        }
        extent.entries += bundle.len() as u64;
        extent.size += leaves.len() as u64;
        Ok(())
    }

    /// Makes durable what was written between two extents: all files at once, so that the file system's journal commits
    /// once for all of them.
    pub(crate) fn sync(&self, from: &Extent, to: &Extent) -> Result<(), StoreError> {
        let lengths = self.lengths(from).into_iter().zip(self.lengths(to));
        let changed: Vec<&Flat> =
            lengths.filter(|((_, old), (_, new))| old != new).map(|((file, _), _)| file).collect();
        let Some((first, others)) = changed.split_first() else { return Ok(()) };
        std::thread::scope(|scope| {
            let others: Vec<_> = others.iter().map(|file| scope.spawn(|| file.sync())).collect();
            let mut outcome = first.sync();
            for other in others {
                let panicked = || Err(FileError::panicked(first.path()));
                outcome = outcome.and(other.join().unwrap_or_else(|_| panicked()));
            }
            Ok(outcome?)
        })
    }

    /// The tlog-tiles bundle bytes of entries `start .. start + count`, within the extent.
    pub(crate) fn bundle(&self, start: u64, count: u64, read: Read) -> Result<Vec<u8>, StoreError> {
        let begin = self.entry_end(start, read)?;
        let end = self.entry_end(start + count, read)?;
        let most = count * (2 + MAX_ENTRY as u64);
        let length = end.checked_sub(begin).filter(|length| *length <= most);
        let Some(length) = length else {
            let what = format!("entries {start} to {} lie between bytes {begin} and {end}", start + count);
            return Err(damaged(&self.offsets, what));
        };
        Ok(read(&self.entries, begin, length as usize)?)
    }

    /// The leaves of entries `start .. start + count`.
    pub(crate) fn leaves(&self, start: u64, count: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let bundle = self.bundle(start, count, Flat::read)?;
        let mut rest = bundle.as_slice();
        let mut leaves = Vec::new();
        while let Some((length, behind)) = rest.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let Some((leaf, behind)) = behind.split_at_checked(length) else { break };
            leaves.push(leaf.to_vec());
            rest = behind;
        }
        if leaves.len() as u64 != count || !rest.is_empty() {
            let what = format!("entries {start} to {} are not a bundle", start + count);
            return Err(damaged(&self.entries, what));
        }
        Ok(leaves)
    }

    /// Whether every entry of the bundle that begins with entry `start` ends where `offsets` says.
    pub(crate) fn compare_offsets(&self, start: u64, mut bundle: &[u8]) -> Result<(), StoreError> {
        let mut end = self.entry_end(start, Flat::read)?;
        let mut ends = Vec::new();
        while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            end += 2 + length as u64;
            ends.push(end.to_be_bytes());
            bundle = rest.get(length..).unwrap_or_default();
        }
        let stored = self.offsets.read(start * 8, ends.len() * 8)?;
        match stored.chunks_exact(8).zip(&ends).position(|(stored, end)| stored != end) {
            Some(wrong) => {
                let (index, end) = (start + wrong as u64, u64::from_be_bytes(ends[wrong]));
                Err(damaged(&self.offsets, format!("entry {index} does not end at byte {end}")))
            }
            None => Ok(()),
        }
    }

    /// The offset in `entries` at which entry `index` begins, which is where the one before it ends.
    fn entry_end(&self, index: u64, read: Read) -> Result<u64, StoreError> {
        if index == 0 {
            return Ok(0);
        }
        let bytes = read(&self.offsets, (index - 1) * 8, 8)?;
        Ok(bytes.try_into().map(u64::from_be_bytes).unwrap_or_default())
    }

    /// The offset at which the last of `size` entries ends.
    pub(crate) fn entries_length(&self, size: u64) -> Result<u64, StoreError> {
        self.entry_end(size, Flat::read)
    }

    /// Whether the bytes with this hash were forgotten, and are not to be kept again.
    pub(crate) fn is_erased(&self, hash: &Hash) -> bool {
        self.erased.contains(hash)
    }

    /// The hashes of everything that was forgotten, one a line.
    pub(crate) fn erased(&self) -> String {
        list(&self.erased)
    }

    /// Overwrites what a crash left of the blobs that are to be forgotten; `find` knows where they are. Whether there
    /// was any.
    pub(crate) fn finish_erasing(
        &self,
        find: impl Fn(&Hash) -> Result<Option<BlobPlace>, StoreError>,
    ) -> Result<bool, StoreError> {
        let mut any = false;
        for hash in &self.erased {
            if let Some(place) = find(hash)? {
                any |= overwrite(&self.blobs, place)?.is_some();
            }
        }
        Ok(any)
    }

    /// A blob's bytes, compared with its hash.
    pub(crate) fn blob(&self, hash: &Hash, place: BlobPlace) -> Result<Vec<u8>, StoreError> {
        let bytes = self.blobs.read(place.offset, place.length as usize)?;
        if sha256(&bytes) != *hash {
            let what = format!("the blob at byte {} is not {hash}", place.offset);
            return Err(damaged(&self.blobs, what));
        }
        Ok(bytes)
    }

    /// Hash and place of every blob between two extents, from the headers alone; an error is the last that comes.
    pub(crate) fn blobs(
        &self,
        from: &Extent,
        to: &Extent,
    ) -> impl Iterator<Item = Result<(Hash, BlobPlace), StoreError>> + '_ {
        let (mut at, end) = (from.blobs, to.blobs);
        std::iter::from_fn(move || {
            if at == end {
                return None;
            }
            let blob = self.blob_header(at).and_then(|(hash, place)| {
                at = place.end();
                match at <= end {
                    true => Ok((hash, place)),
                    false => Err(damaged(&self.blobs, format!("the last blob ends at byte {at}, expected {end}"))),
                }
            });
            if blob.is_err() {
                at = end;
            }
            Some(blob)
        })
    }

    /// All of [`Self::blobs`].
    pub(crate) fn blob_places(&self, from: &Extent, to: &Extent) -> Result<Vec<(Hash, BlobPlace)>, StoreError> {
        self.blobs(from, to).collect()
    }

    /// Hash and place of the blob that begins at byte `at`.
    pub(crate) fn blob_header(&self, at: u64) -> Result<(Hash, BlobPlace), StoreError> {
        let header = self.blobs.read(at, BLOB_HEADER)?;
        let length = header[1..5].try_into().map(u32::from_be_bytes).ok();
        let hash = Hash::from_slice(&header[5..]);
        match (header[0], length, hash) {
            (BLOB_PRESENT | BLOB_ERASED, Some(length), Some(hash)) => {
                let place = BlobPlace { offset: at + BLOB_HEADER as u64, length };
                // The length may be damaged: so many bytes are about to be read.
                check_length(&self.blobs, place.end())?;
                Ok((hash, place))
            }
            _ => Err(damaged(&self.blobs, format!("no blob begins at byte {at}"))),
        }
    }

    /// Compares the tile hashes written between two extents with those that the entries complete.
    pub(crate) fn compare_tiles(&self, from: &Extent, completed: &[Completed]) -> Result<(), StoreError> {
        for (level, file) in self.levels.iter().enumerate() {
            let expected = level_hashes(completed, level).concat();
            let at = level_length(level, from.size);
            if file.read(at, expected.len())? != expected {
                let what = format!("the hashes from byte {at} on are not those of the entries");
                return Err(damaged(file, what));
            }
        }
        Ok(())
    }
}

impl HashReader for Store {
    type Error = StoreError;

    fn hashes(&self, level: usize, start: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        let bytes = self.tile_bytes(level, start, count, Flat::read)?;
        Ok(bytes.chunks_exact(32).filter_map(Hash::from_slice).collect())
    }
}

impl Store {
    /// The bytes of `count` ≤ 256 hashes of a tile level, from position `start` on.
    pub(crate) fn tile_bytes(&self, level: usize, start: u64, count: u64, read: Read) -> Result<Vec<u8>, StoreError> {
        let Some(file) = self.levels.get(level) else {
            let what = format!("there are no tiles of level {level}");
            return Err(StoreError::Damaged { file: "tiles".to_owned(), what });
        };
        Ok(read(file, start * 32, count as usize * 32)?)
    }
}

fn level_hashes(completed: &[Completed], level: usize) -> Vec<[u8; 32]> {
    completed.iter().filter(|node| node.level == level).map(|node| *node.hash.as_bytes()).collect()
}

/// The file's length, at least what was committed of it.
fn check_length(file: &Flat, committed: u64) -> Result<u64, StoreError> {
    let length = file.length()?;
    if length < committed {
        let what = format!("it has {length} bytes, the last commit has {committed}");
        return Err(damaged(file, what));
    }
    Ok(length)
}

fn cut_tail(file: &Flat, committed: u64) -> Result<(), StoreError> {
    if check_length(file, committed)? > committed {
        file.truncate(committed)?;
    }
    // A killed process may have left in the page cache what never reached the disk: nothing is shown
    // before it is durable.
    Ok(file.settle()?)
}

/// Damage of a file.
pub(crate) fn damaged(file: &Flat, what: String) -> StoreError {
    StoreError::Damaged { file: file.path().display().to_string(), what }
}
