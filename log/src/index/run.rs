//! A sorted run: records of some consecutive commits in one file that never changes.
//!
//! ```text
//! block     up to 170 records of 24 bytes, zeros up to byte 4080, u64be number of the block,
//!           u32be number of records, u32be CRC-32 of all before it        4096 bytes, repeated
//! fences    the first record of each block
//! filter    of the keys that additions look up
//! footer    see `Footer`, with the CRC-32 of fences, filter and footer
//! ```
//!
//! Fences and filter are held in memory: 24 bytes for 170 records, and sixteen bits a filtered key. A block is one `pread`.

use super::filter::Filter;
use super::record::{RECORD, Record};
use crate::commit::Position;
use crate::flat::{FileError, Flat, sync_folder};
use crate::store::{StoreError, damaged};
use std::path::Path;

/// Bytes of a block.
const BLOCK: usize = 4096;

/// Records in a full block.
const PER_BLOCK: usize = 170;

/// Blocks that a merge reads, and any writer writes, at once.
const STRIDE: usize = 64;

/// A writer makes durable what it wrote after so many strides: the commits' own `fdatasync` must not find hundreds of
/// megabytes before it.
const SYNC_EVERY: u32 = 16;

/// What a footer begins with.
const MAGIC: [u8; 16] = *b"rekor index 1\0\0\0";

/// Bytes of a footer.
const FOOTER: usize = 16 + 3 * 8 + Position::BYTES + 4;

/// The records that a run has, and of which commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Number of records.
    pub records: u64,
    /// Number of those whose keys are in the filter.
    pub filtered: u64,
    /// Length of `commits` before the first commit that it covers.
    pub from: u64,
    /// Behind the last commit that it covers.
    pub to: Position,
}

/// A run that is complete and open.
#[derive(Debug)]
pub(crate) struct Run {
    file: Flat,
    fences: Vec<Record>,
    filter: Filter,
    pub contents: Contents,
}

impl Run {
    /// The name of the run of these commits: in the order of names, runs are in the order of commits.
    pub(crate) fn name(contents: &Contents) -> String {
        format!("{:020}-{:020}", contents.from, contents.to.length)
    }

    /// Opens the run at `path`, and checks all of it but its blocks.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = Flat::open_to_read(path.to_owned())?;
        let wrong = |what: &str| damaged(&file, what.to_owned());
        let length = file.length()?;
        let start = length.checked_sub(FOOTER as u64).ok_or_else(|| wrong("it is too short"))?;
        let footer = file.read(start, FOOTER)?;
        let contents = decode_footer(&footer).ok_or_else(|| wrong("its footer is none"))?;
        let blocks = contents.records.div_ceil(PER_BLOCK as u64);
        let (fences, filter) = (blocks * RECORD as u64, Filter::words(contents.filtered) as u64 * 8);
        if blocks.checked_mul(BLOCK as u64).and_then(|blocks| blocks.checked_add(fences + filter)) != Some(start) {
            return Err(wrong("its length is not the one that its footer gives"));
        }
        let mut tail = file.read(blocks * BLOCK as u64, (fences + filter) as usize)?;
        let sum = checksum(&[&tail, &footer[..FOOTER - 4]]);
        if footer[FOOTER - 4..] != sum {
            return Err(wrong("the checksum of its footer is wrong"));
        }
        let filter = Filter::decode(&tail[fences as usize..]);
        tail.truncate(fences as usize);
        let fences = tail.chunks_exact(RECORD).filter_map(Record::decode).collect();
        Ok(Self { file, fences, filter, contents })
    }

    /// Its file.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether a filtered key may be there; certain if not.
    pub(crate) fn may_hold(&self, key: u128) -> bool {
        self.filter.may_hold(key)
    }

    /// The last record that is not behind `at`; blocks are read through `cursor`.
    pub(crate) fn last_until(&self, at: Record, cursor: &mut Cursor) -> Result<Option<Record>, StoreError> {
        let Some(block) = self.fences.partition_point(|fence| *fence <= at).checked_sub(1) else {
            return Ok(None);
        };
        if cursor.block != Some(block) {
            cursor.records = self.read_blocks(block, 1)?;
            cursor.block = Some(block);
        }
        let behind = cursor.records.partition_point(|record| *record <= at);
        Ok(behind.checked_sub(1).map(|last| cursor.records[last]))
    }

    /// Records of `count` blocks from block `first` on, checked.
    fn read_blocks(&self, first: usize, count: usize) -> Result<Vec<Record>, StoreError> {
        let bytes = self.file.read((first * BLOCK) as u64, count * BLOCK)?;
        let mut records = Vec::with_capacity(count * PER_BLOCK);
        for (number, block) in (first..).zip(bytes.chunks_exact(BLOCK)) {
            let wrong = || damaged(&self.file, format!("the checksum of block {number} is wrong"));
            let (content, sum) = block.split_at(BLOCK - 4);
            let held = u64::from_be_bytes(content[4080..4088].try_into().unwrap_or_default());
            let filled = u32::from_be_bytes(content[4088..].try_into().unwrap_or_default()) as usize;
            if checksum(&[content]) != sum || held != number as u64 || filled > PER_BLOCK {
                return Err(wrong());
            }
            records.extend(content[..filled * RECORD].chunks_exact(RECORD).filter_map(Record::decode));
        }
        Ok(records)
    }

    /// Every record in order.
    pub(crate) fn records(&self) -> impl Iterator<Item = Result<Record, StoreError>> + '_ {
        let strides = (0..self.fences.len()).step_by(STRIDE);
        strides.flat_map(|first| {
            let count = STRIDE.min(self.fences.len() - first);
            let (records, error) = match self.read_blocks(first, count) {
                Ok(records) => (records, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            records.into_iter().map(Ok).chain(error)
        })
    }
}

/// The block that was read last through it. One cursor belongs to one run.
#[derive(Default)]
pub(crate) struct Cursor {
    block: Option<usize>,
    records: Vec<Record>,
}

/// Writes a run, in `folder`, of records that come in order; it gets its name when it is complete and durable. Until then
/// its name is `purpose`, dot, [`UNFINISHED`].
///
/// `pause` is called now and then, between two strides; if it fails, the run is given up.
pub(crate) fn write_run<E: From<StoreError>>(
    folder: &Path,
    purpose: &str,
    contents: Contents,
    records: impl Iterator<Item = Result<Record, StoreError>>,
    mut pause: impl FnMut() -> Result<(), E>,
) -> Result<Run, E> {
    let unfinished = folder.join(format!("{purpose}.{UNFINISHED}"));
    let file = Flat::create(unfinished).map_err(StoreError::from)?;
    let mut writer = Writer::new(file, &contents);
    for record in records {
        if writer.push(record?)? {
            pause()?;
        }
    }
    writer.finish(&contents)?;
    let path = folder.join(Run::name(&contents));
    writer.file.rename(path.clone()).map_err(StoreError::from)?;
    sync_folder(folder).map_err(StoreError::from)?;
    Ok(Run::open(&path)?)
}

/// How the name of a run ends that is being written.
pub(crate) const UNFINISHED: &str = "unfinished";

struct Writer {
    file: Flat,
    /// Bytes before the buffer.
    written: u64,
    buffer: Vec<u8>,
    /// Records of the block that is being filled.
    block: Vec<Record>,
    fences: Vec<Record>,
    filter: Filter,
    records: u64,
    filtered: u64,
    strides: u32,
}

impl Writer {
    fn new(file: Flat, contents: &Contents) -> Self {
        Self {
            file,
            written: 0,
            buffer: Vec::with_capacity(STRIDE * BLOCK),
            block: Vec::with_capacity(PER_BLOCK),
            fences: Vec::new(),
            filter: Filter::for_keys(contents.filtered),
            records: 0,
            filtered: 0,
            strides: 0,
        }
    }

    /// Takes the next record; whether a stride was written.
    fn push(&mut self, record: Record) -> Result<bool, StoreError> {
        if record.is_filtered() {
            self.filter.insert(record.key);
            self.filtered += 1;
        }
        self.records += 1;
        self.block.push(record);
        if self.block.len() < PER_BLOCK {
            return Ok(false);
        }
        self.end_block();
        if self.buffer.len() < STRIDE * BLOCK {
            return Ok(false);
        }
        self.write()?;
        Ok(true)
    }

    fn end_block(&mut self) {
        let Some(first) = self.block.first() else { return };
        let start = self.buffer.len();
        let number = self.fences.len() as u64;
        self.fences.push(*first);
        self.block.iter().for_each(|record| self.buffer.extend(record.encode()));
        self.buffer.resize(start + 4080, 0);
        self.buffer.extend(number.to_be_bytes());
        self.buffer.extend((self.block.len() as u32).to_be_bytes());
        let sum = checksum(&[&self.buffer[start..]]);
        self.buffer.extend(sum);
        self.block.clear();
    }

    fn write(&mut self) -> Result<(), FileError> {
        self.file.write(self.written, &self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        self.strides += 1;
        if self.strides.is_multiple_of(SYNC_EVERY) {
            self.file.sync()?;
        }
        Ok(())
    }

    fn finish(&mut self, contents: &Contents) -> Result<(), StoreError> {
        self.end_block();
        self.write()?;
        if (self.records, self.filtered) != (contents.records, contents.filtered) {
            let what = format!("{} records were promised to it, {} came", contents.records, self.records);
            return Err(damaged(&self.file, what));
        }
        self.fences.iter().for_each(|fence| self.buffer.extend(fence.encode()));
        self.buffer.extend(self.filter.encode());
        let footer = encode_footer(contents);
        let sum = checksum(&[&self.buffer, &footer]);
        self.buffer.extend(footer);
        self.buffer.extend(sum);
        self.write()?;
        Ok(self.file.sync()?)
    }
}

/// Magic, records, filtered, from, to: everything but the checksum.
fn encode_footer(contents: &Contents) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for number in [contents.records, contents.filtered, contents.from] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(contents.to.encode());
    bytes
}

fn decode_footer(bytes: &[u8]) -> Option<Contents> {
    let mut rest = bytes.strip_prefix(&MAGIC)?;
    let mut number = || {
        let (number, behind) = rest.split_first_chunk::<8>()?;
        rest = behind;
        Some(u64::from_be_bytes(*number))
    };
    let (records, filtered, from) = (number()?, number()?, number()?);
    // Numbers that no file can reach would overflow in the arithmetic above.
    let sane = filtered <= records && records < 1 << 48;
    let to = Position::decode(rest.get(..Position::BYTES)?)?;
    sane.then_some(Contents { records, filtered, from, to })
}

fn checksum(parts: &[&[u8]]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().to_be_bytes()
}
