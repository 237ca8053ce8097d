//! gzip (RFC 1952) in constant memory: members one after another, each with its CRC-32 and length checked.
//!
//! One thing that gzip refuses is not noticed: a reference to before the start of the data reads zeros. Only whoever
//! made the file could put it there, with a checksum to match.

use super::crc32::Crc32;
use super::{ArchiveError, FREE_UNPACKED, MAX_RATIO, MAX_UNPACKED};
use miniz_oxide::inflate::stream::{FullReset, InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How many members a file may have: each costs a window to be cleared.
const MAX_PARTS: usize = 1 << 16;

/// The longest header, in bytes: the extra field has at most 65,535, names and comments are short.
const MAX_HEADER: usize = 128 * 1024;

/// Bytes that are decompressed at a time.
const CHUNK: usize = 32 * 1024;

pub(super) struct Gunzip {
    stage: Stage,
    inflater: Box<InflateState>,
    out: Vec<u8>,
    crc: Crc32,
    /// Bytes that came out of this member.
    size: u64,
    /// Bytes that came out of all members.
    total: u64,
    parts: usize,
}

enum Stage {
    /// What is there of a header; behind a member, zeros may stand instead.
    Header(Vec<u8>),
    Body,
    /// What is there of CRC-32 and length.
    Trailer(Vec<u8>),
    /// Zeros to the end.
    Padding,
}

impl Default for Gunzip {
    fn default() -> Self {
        Self {
            stage: Stage::Header(Vec::new()),
            inflater: InflateState::new_boxed(DataFormat::Raw),
            out: vec![0; CHUNK],
            crc: Crc32::default(),
            size: 0,
            total: 0,
            parts: 0,
        }
    }
}

type Sink<'a> = dyn FnMut(&[u8]) -> Result<(), ArchiveError> + 'a;

impl Gunzip {
    /// Decompresses `input` into `sink`; `taken` counts all bytes that went in, this piece's included.
    pub(super) fn update(&mut self, mut input: &[u8], taken: u64, sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
        while !input.is_empty() {
            input = match &mut self.stage {
                Stage::Header(_) => self.header(input)?,
                Stage::Body => self.body(input, taken, sink)?,
                Stage::Trailer(have) => {
                    let (now, rest) = input.split_at((8 - have.len()).min(input.len()));
                    have.extend_from_slice(now);
                    if have.len() == 8 {
                        let trailer = std::mem::take(have);
                        self.trailer(&trailer)?;
                    }
                    rest
                }
                Stage::Padding if input.iter().all(|byte| *byte == 0) => &[],
                Stage::Padding => return Err(ArchiveError::TrailingData),
            };
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), ArchiveError> {
        match self.stage {
            Stage::Padding => Ok(()),
            Stage::Header(have) if have.is_empty() && self.parts > 0 => Ok(()),
            _ => Err(ArchiveError::Truncated),
        }
    }

    fn header<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], ArchiveError> {
        let Stage::Header(have) = &mut self.stage else { return Ok(input) };
        if have.is_empty() && self.parts > 0 && input.first() == Some(&0) {
            self.stage = Stage::Padding;
            return Ok(input);
        }
        let known = have.len();
        have.extend_from_slice(&input[..(MAX_HEADER - known).min(input.len())]);
        match header_length(have, self.parts == 0)? {
            Some(length) => {
                self.parts += 1;
                if self.parts > MAX_PARTS {
                    return Err(ArchiveError::TooManyMembers);
                }
                self.stage = Stage::Body;
                // What was there before was no whole header, so it ends in this piece.
                Ok(input.get(length.saturating_sub(known)..).unwrap_or_default())
            }
            None if have.len() >= MAX_HEADER => Err(ArchiveError::Gzip("a header without an end")),
            None => Ok(&[]),
        }
    }

    /// One step. What does not fit is held back for the next: behind the body there are always bytes to come.
    fn body<'a>(&mut self, input: &'a [u8], taken: u64, sink: &mut Sink<'_>) -> Result<&'a [u8], ArchiveError> {
        let step = inflate(&mut self.inflater, input, &mut self.out, MZFlush::None);
        let out = &self.out[..step.bytes_written];
        self.crc.update(out);
        self.size += out.len() as u64;
        self.total += out.len() as u64;
        if self.total > MAX_UNPACKED || self.total > FREE_UNPACKED.max(taken.saturating_mul(MAX_RATIO)) {
            return Err(ArchiveError::TooLarge);
        }
        sink(out)?;
        match step.status {
            Ok(MZStatus::StreamEnd) => self.stage = Stage::Trailer(Vec::with_capacity(8)),
            Ok(_) => {}
            Err(_) => return Err(ArchiveError::Gzip("the compressed data cannot be read")),
        }
        Ok(&input[step.bytes_consumed..])
    }

    fn trailer(&mut self, trailer: &[u8]) -> Result<(), ArchiveError> {
        let word = |at: usize| trailer.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
        if word(0) != Some(std::mem::take(&mut self.crc).finalize()) {
            return Err(ArchiveError::Gzip("its checksum is wrong"));
        }
        // RFC 1952 §2.3.1: the length modulo 2^32.
        if word(4) != Some(self.size as u32) {
            return Err(ArchiveError::Gzip("its length is wrong"));
        }
        self.size = 0;
        self.inflater.reset_as(FullReset(DataFormat::Raw));
        self.stage = Stage::Header(Vec::new());
        Ok(())
    }
}

/// Length of the header that `bytes` begin with (RFC 1952 §2.3); `None` where more bytes are needed.
fn header_length(bytes: &[u8], first: bool) -> Result<Option<usize>, ArchiveError> {
    const HEADER_CRC: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    if !bytes.starts_with(&MAGIC[..bytes.len().min(2)]) {
        return Err(if first { ArchiveError::NotAnArchive } else { ArchiveError::TrailingData });
    }
    let &[_, _, method, flags, _, _, _, _, _, _, ref rest @ ..] = bytes else { return Ok(None) };
    if method != 8 || flags & 0xe0 != 0 {
        return Err(ArchiveError::Gzip("a method or flag that gzip does not have"));
    }
    let mut at = 0;
    if flags & EXTRA != 0 {
        let &[low, high, ..] = rest else { return Ok(None) };
        at = 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for _ in [NAME, COMMENT].iter().filter(|flag| flags & **flag != 0) {
        let Some(end) = rest.get(at..).and_then(|text| text.iter().position(|byte| *byte == 0)) else {
            return Ok(None);
        };
        at += end + 1;
    }
    if flags & HEADER_CRC != 0 {
        at += 2;
    }
    Ok((rest.len() >= at).then_some(10 + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one more member of five bytes comes to where `total` bytes came out before.
    fn five_more(total: u64, taken: u64) -> Result<(), ArchiveError> {
        // One block that is not compressed (RFC 1951 §3.2.4).
        let member = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 0xfa, 0xff][..], b"hello"].concat();
        Gunzip { total, ..Gunzip::default() }.update(&member, taken, &mut |_| Ok(()))
    }

    #[test]
    fn what_comes_out_is_bounded_by_itself_and_by_what_went_in() {
        let enough = MAX_UNPACKED / MAX_RATIO;
        assert_eq!(five_more(MAX_UNPACKED - 5, enough + 1), Ok(()));
        assert_eq!(five_more(MAX_UNPACKED - 4, enough + 1), Err(ArchiveError::TooLarge));
        assert_eq!(five_more(MAX_UNPACKED, u64::MAX), Err(ArchiveError::TooLarge));
        assert_eq!(five_more(FREE_UNPACKED - 5, 0), Ok(()));
        assert_eq!(five_more(FREE_UNPACKED - 4, 0), Err(ArchiveError::TooLarge));
        let taken = FREE_UNPACKED / 100;
        assert_eq!(five_more(taken * MAX_RATIO - 5, taken), Ok(()));
        assert_eq!(five_more(taken * MAX_RATIO - 3, taken), Err(ArchiveError::TooLarge));
    }
}
