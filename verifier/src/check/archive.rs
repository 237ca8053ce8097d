//! What `tar x` would put on disk, computed on the archive's bytes: each file's path and digests.
//!
//! GNU tar's reading of the ustar, GNU and pax formats (POSIX.1-2017 pax, "ustar Interchange Format"), plain or in gzip
//! (RFC 1952). Nothing is left out in silence: whatever could end up elsewhere, or differently from one tar to the
//! next, is an error that says so. The archive is handed over in pieces; what is kept are the names and digests.

mod crc32;
mod gzip;
mod tar;
mod told;

use super::digest::Digests;
use crate::extras::Unavailable;
use gzip::Gunzip;
use std::fmt;
use tar::TarReader;

/// How many files and folders an archive may hold; Linux's source has less than half of it.
pub const MAX_MEMBERS: usize = 1 << 18;

/// Bytes of all paths together, the folders' included: what the listing may take in memory.
pub const MAX_NAMES: usize = 32 << 20;

/// The longest path in bytes (Linux's `PATH_MAX`).
pub const MAX_PATH: usize = 4096;

/// The longest part of a path between slashes, in bytes (Linux's `NAME_MAX`).
pub const MAX_NAME: usize = 255;

/// How many bytes an archive may unpack to: hashing more takes minutes in a browser.
pub const MAX_UNPACKED: u64 = 16 << 30;

/// How many bytes may come out for each one that goes in, once [`FREE_UNPACKED`] came out. Deflate reaches 1032; what
/// people pack stays below 100.
pub const MAX_RATIO: u64 = 200;

/// What any archive may unpack to, whatever its ratio.
pub const FREE_UNPACKED: u64 = 64 << 20;

/// How the archive is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, one member or several.
    Gzip,
}

/// What an archive holds, each path once, as the last entry for it left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// How the archive is compressed.
    pub compression: Compression,
    /// The regular files, sorted by path. Paths are relative, without `.`, `..` and empty parts.
    pub members: Vec<Member>,
    /// Symbolic links, sorted by path: path and target.
    pub symlinks: Vec<(String, String)>,
}

/// A regular file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it would be written, below the working directory.
    pub path: String,
    /// Its digests and its size.
    pub digests: Digests,
}

/// Why it cannot be said what an archive would put on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveError {
    /// The bytes are no tar archive.
    NotAnArchive,
    /// Compressed in a way that is not read here; its name.
    Compression(&'static str),
    /// It ends too early.
    Truncated,
    /// The gzip layer is damaged; how.
    Gzip(&'static str),
    /// A tar header holds what cannot be read; what.
    Tar(&'static str),
    /// Something follows after the end of the archive.
    TrailingData,
    /// This member is of a kind, or has a name, that not every program unpacks alike.
    NotEmulated {
        /// The member's name.
        member: String,
        /// What it is about it.
        what: &'static str,
    },
    /// More than [`MAX_MEMBERS`] members, or more than [`MAX_NAMES`] bytes of names.
    TooManyMembers,
    /// The file is not at hand, only its digest.
    NotAtHand,
    /// What reads archives is not at hand.
    Unavailable(Unavailable),
    /// What another module that reads archives says.
    Told {
        /// The error in words.
        text: String,
        /// See [`Self::is_damage`].
        is_damage: bool,
    },
    /// Unpacks to more than [`MAX_UNPACKED`], or to more than [`MAX_RATIO`] times its size.
    TooLarge,
}

impl ArchiveError {
    /// Whether every tar fails on this file; with other errors it is only not known here what it would do.
    pub fn is_damage(&self) -> bool {
        match self {
            ArchiveError::NotAnArchive | ArchiveError::Truncated | ArchiveError::Gzip(_) => true,
            ArchiveError::Told { is_damage, .. } => *is_damage,
            _ => false,
        }
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArchiveError::Unavailable(why) => why.fmt(f),
            ArchiveError::Told { text, .. } => f.write_str(text),
            ArchiveError::NotAtHand => f.write_str("only the digest of the archive is at hand"),
            ArchiveError::NotAnArchive => f.write_str("it is no tar archive"),
            ArchiveError::Compression(name) => write!(f, "{name} is not unpacked here, only tar and tar in gzip are"),
            ArchiveError::Truncated => f.write_str("the archive ends too early"),
            ArchiveError::Gzip(why) => write!(f, "its gzip layer is damaged: {why}"),
            ArchiveError::Tar(what) => write!(f, "its tar layer cannot be read: {what}"),
            ArchiveError::TrailingData => f.write_str("something follows after the end of the archive"),
            ArchiveError::NotEmulated { member, what } => write!(f, "its member {member:?} {what}"),
            ArchiveError::TooManyMembers => {
                write!(f, "it holds more than {MAX_MEMBERS} members or {MAX_NAMES} bytes of names")
            }
            ArchiveError::TooLarge => {
                write!(f, "it unpacks to more than {MAX_RATIO} times its size, or to more than {MAX_UNPACKED} bytes")
            }
        }
    }
}

impl std::error::Error for ArchiveError {}

/// Lists an archive that is handed over in pieces.
pub struct ArchiveLister {
    layers: Layers,
    taken: u64,
    failed: Option<ArchiveError>,
}

enum Layers {
    /// Too few bytes yet to tell what they are.
    Unknown(Vec<u8>),
    Plain(TarReader),
    Gzip(Box<Gunzip>, TarReader),
}

/// The first bytes of what tar programs would pass on to a decompressor.
const MAGICS: [(&[u8], &str); 7] = [
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"LZIP", "lzip"),
    (b"\x1f\x9d", "compress"),
    (b"\x5d\x00\x00", "lzma"),
    (b"PK\x03\x04", "zip"),
];

/// The longest of [`MAGICS`], in bytes.
const MAGIC_LENGTH: usize = 6;

impl Default for ArchiveLister {
    fn default() -> Self {
        Self { layers: Layers::Unknown(Vec::new()), taken: 0, failed: None }
    }
}

impl ArchiveLister {
    /// Takes the next piece of the archive. After an error nothing more is read, and [`Self::finish`] gives it again.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), ArchiveError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.taken += piece.len() as u64;
        let done = self.pass_on(piece);
        self.failed = done.clone().err();
        done
    }

    /// What the archive holds, once its last piece was taken.
    pub fn finish(mut self) -> Result<Listing, ArchiveError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Layers::Unknown(start) = &mut self.layers {
            let start = std::mem::take(start);
            self.recognise(&start)?;
        }
        match self.layers {
            Layers::Unknown(_) => Err(ArchiveError::NotAnArchive),
            Layers::Plain(tar) => tar.finish(Compression::None),
            Layers::Gzip(gunzip, tar) => {
                gunzip.finish()?;
                tar.finish(Compression::Gzip)
            }
        }
    }

    fn pass_on(&mut self, piece: &[u8]) -> Result<(), ArchiveError> {
        match &mut self.layers {
            Layers::Unknown(start) => {
                start.extend_from_slice(piece);
                if start.len() < MAGIC_LENGTH {
                    return Ok(());
                }
                let start = std::mem::take(start);
                self.recognise(&start)
            }
            Layers::Plain(tar) => tar.update(piece),
            Layers::Gzip(gunzip, tar) => gunzip.update(piece, self.taken, &mut |out| tar.update(out)),
        }
    }

    fn recognise(&mut self, start: &[u8]) -> Result<(), ArchiveError> {
        if let Some((_, name)) = MAGICS.iter().find(|(magic, _)| start.starts_with(magic)) {
            return Err(ArchiveError::Compression(name));
        }
        self.layers = match start.starts_with(&gzip::MAGIC) {
            true => Layers::Gzip(Box::default(), TarReader::default()),
            false => Layers::Plain(TarReader::default()),
        };
        self.pass_on(start)
    }
}
