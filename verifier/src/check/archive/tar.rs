//! tar, block by block: headers of 512 bytes, each with its file behind it (POSIX.1-2017 pax, "ustar Interchange
//! Format", and GNU's long names).

mod header;
mod tree;

use super::{ArchiveError, Compression, Listing, MAX_PATH};
use crate::check::digest::Hasher;
use header::{BLOCK, Extensions, Header, c_string};
use tree::{Node, Tree, clean};

/// The longest pax header, in bytes: extended attributes may stand in it.
const MAX_PAX: u64 = 1 << 20;

/// The longest long name of GNU's, in bytes, its final NUL included.
const MAX_LONG_NAME: u64 = MAX_PATH as u64 + 1;

#[derive(Default)]
pub(super) struct TarReader {
    /// What is there of the next header.
    block: Vec<u8>,
    body: Body,
    /// Bytes that are left of the body.
    remaining: u64,
    /// Bytes that are left of the padding behind it.
    padding: u64,
    next: Extensions,
    tree: Tree,
    headers: u64,
    zero_blocks: u8,
}

/// What the bytes behind a header are for.
#[derive(Default)]
enum Body {
    #[default]
    None,
    File(String, Box<Hasher>),
    LongName(Vec<u8>),
    LongLink(Vec<u8>),
    Pax(Vec<u8>),
    GlobalPax(Vec<u8>),
}

impl Body {
    fn update(&mut self, data: &[u8]) {
        match self {
            Body::None => {}
            Body::File(_, hasher) => hasher.update(data),
            Body::LongName(text) | Body::LongLink(text) | Body::Pax(text) | Body::GlobalPax(text) => {
                text.extend_from_slice(data);
            }
        }
    }
}

impl TarReader {
    pub(super) fn update(&mut self, mut data: &[u8]) -> Result<(), ArchiveError> {
        while !data.is_empty() {
            if self.zero_blocks == 2 {
                return match data.iter().all(|byte| *byte == 0) {
                    true => Ok(()),
                    false => Err(ArchiveError::TrailingData),
                };
            }
            data = if self.remaining > 0 {
                self.fill_body(data)?
            } else if self.padding > 0 {
                let (now, rest) = split(data, self.padding);
                self.padding -= now.len() as u64;
                rest
            } else {
                self.fill_block(data)?
            };
        }
        Ok(())
    }

    /// The end of the archive is two blocks of zeros; like GNU tar, one or none will do.
    pub(super) fn finish(self, compression: Compression) -> Result<Listing, ArchiveError> {
        if self.headers == 0 && self.zero_blocks == 0 {
            return Err(ArchiveError::NotAnArchive);
        }
        let whole = self.remaining == 0 && self.padding == 0 && self.block.is_empty();
        match whole && self.next == Extensions::default() {
            true => Ok(self.tree.listing(compression)),
            false => Err(ArchiveError::Truncated),
        }
    }

    fn fill_body<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], ArchiveError> {
        let (now, rest) = split(data, self.remaining);
        self.body.update(now);
        self.remaining -= now.len() as u64;
        if self.remaining == 0 {
            self.end_of_body()?;
        }
        Ok(rest)
    }

    fn fill_block<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], ArchiveError> {
        let (now, rest) = split(data, (BLOCK - self.block.len()) as u64);
        self.block.extend_from_slice(now);
        if self.block.len() == BLOCK {
            let block = std::mem::take(&mut self.block);
            self.header(&block)?;
        }
        Ok(rest)
    }

    fn header(&mut self, block: &[u8]) -> Result<(), ArchiveError> {
        if block.iter().all(|byte| *byte == 0) {
            self.zero_blocks += 1;
            return Ok(());
        }
        if self.zero_blocks > 0 {
            return Err(ArchiveError::TrailingData);
        }
        let header = match Header::parse(block) {
            Err(_) if self.headers == 0 => return Err(ArchiveError::NotAnArchive),
            header => header?,
        };
        self.headers += 1;
        match header.kind {
            b'L' => self.text(Body::LongName(Vec::new()), header.size, MAX_LONG_NAME),
            b'K' => self.text(Body::LongLink(Vec::new()), header.size, MAX_LONG_NAME),
            b'x' => self.text(Body::Pax(Vec::new()), header.size, MAX_PAX),
            b'g' => self.text(Body::GlobalPax(Vec::new()), header.size, MAX_PAX),
            _ => self.member(&header),
        }
    }

    fn text(&mut self, body: Body, size: u64, most: u64) -> Result<(), ArchiveError> {
        match size > most {
            true => Err(ArchiveError::Tar("an extension header is too long")),
            false => self.expect(body, size),
        }
    }

    /// `size` bytes of `body` follow, and padding to a whole block.
    fn expect(&mut self, body: Body, size: u64) -> Result<(), ArchiveError> {
        self.body = body;
        self.remaining = size;
        self.padding = size.next_multiple_of(BLOCK as u64) - size;
        match size {
            0 => self.end_of_body(),
            _ => Ok(()),
        }
    }

    fn member(&mut self, header: &Header<'_>) -> Result<(), ArchiveError> {
        let next = std::mem::take(&mut self.next);
        let name = next.path.map_or_else(|| header.name(), Ok)?;
        let size = next.size.unwrap_or(header.size);
        let path = clean(&name)?;
        let not_emulated = |what| Err(ArchiveError::NotEmulated { member: name.clone(), what });
        let plain = matches!(header.kind, b'0' | b'\0' | b'7');
        if path.is_empty() && header.kind != b'5' && !(plain && name.ends_with('/')) {
            return not_emulated("has no name");
        }
        // Before there was a kind for folders, a final slash made one.
        if plain && !name.ends_with('/') {
            return self.expect(Body::File(path, Box::default()), size);
        }
        if size > 0 {
            return not_emulated("is no file and has content");
        }
        match header.kind {
            b'0' | b'\0' | b'7' | b'5' => self.tree.folder(&path),
            b'1' => {
                let target = next.link.map_or_else(|| header.link(), Ok)?;
                match self.tree.file(&clean(&target)?) {
                    Some(digests) => self.tree.insert(path, Node::File(digests)),
                    None => not_emulated("is a hard link to something that is no earlier file of the archive"),
                }
            }
            b'2' => {
                let target = next.link.map_or_else(|| header.link(), Ok)?;
                self.tree.insert(path, Node::Symlink(target))
            }
            b'3' | b'4' | b'6' => not_emulated("is a device or a pipe"),
            _ => not_emulated("is of a kind that not every tar unpacks alike"),
        }
    }

    fn end_of_body(&mut self) -> Result<(), ArchiveError> {
        match std::mem::take(&mut self.body) {
            Body::None => Ok(()),
            Body::File(path, hasher) => self.tree.insert(path, Node::File(hasher.finish())),
            Body::LongName(text) => self.next.set_path(c_string(&text)?),
            Body::LongLink(text) => self.next.set_link(c_string(&text)?),
            Body::Pax(text) => self.next.read_pax(&text),
            Body::GlobalPax(text) => {
                let mut global = Extensions::default();
                global.read_pax(&text)?;
                match global == Extensions::default() {
                    true => Ok(()),
                    false => Err(ArchiveError::Tar("one name or size for several members")),
                }
            }
        }
    }
}

fn split(data: &[u8], at: u64) -> (&[u8], &[u8]) {
    data.split_at(usize::try_from(at).unwrap_or(usize::MAX).min(data.len()))
}
