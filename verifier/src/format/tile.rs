//! Tiles and entry bundles: the static form of a log (C2SP tlog-tiles).
//!
//! A tile at level L holds up to 256 hashes, each the root of a full subtree of 256^L leaves.

use crate::Hash;
use crate::bytes::{decimal, split_once};
use std::fmt;

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u64 = 256;

/// The largest full entry bundle, in bytes: 256 entries of 65,535 bytes, each behind its length.
pub const MAX_BUNDLE: usize = 256 * (2 + 65_535);

/// The coordinates of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 (leaf hashes) to 7: levels above cannot be reached with 2⁶⁴ leaves.
    pub level: u8,
    /// Position among the tiles of its level, from 0.
    pub index: u64,
    /// Number of hashes, 1 to 256; 256 is a full tile.
    pub width: u16,
}

/// The coordinates of an entry bundle, which go in step with level 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundleId {
    /// Position among the bundles, from 0.
    pub index: u64,
    /// Number of entries, 1 to 256.
    pub width: u16,
}

impl TileId {
    /// The tile that holds the hash number `position` of `level` in a tree of `size` leaves, as wide as that tree
    /// makes it; `None` where the tree has no such hash.
    pub fn containing(level: u8, position: u64, size: u64) -> Option<Self> {
        let shift = 8 * u32::from(level);
        let hashes = size.checked_shr(shift).unwrap_or(0);
        if position >= hashes {
            return None;
        }
        let index = position / WIDTH;
        let width = (hashes - index * WIDTH).min(WIDTH) as u16;
        Some(Self { level, index, width })
    }

    /// `tile/<L>/<N>[.p/<W>]`.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, coordinates(self.index, self.width))
    }

    /// The same tile once it is full.
    pub fn full(&self) -> Self {
        Self { width: WIDTH as u16, ..*self }
    }

    /// Reads what follows `tile/`; `None` unless it is the one spelling of a tile's path.
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        let level = decimal(level).filter(|&level| level < 8)? as u8;
        let (index, width) = parse_coordinates(rest)?;
        Some(Self { level, index, width })
    }

    /// The hashes in a tile's bytes; `None` unless there are exactly `width`.
    pub fn hashes(&self, bytes: &[u8]) -> Option<Vec<Hash>> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let complete = rest.is_empty() && hashes.len() == usize::from(self.width);
        complete.then(|| hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect())
    }
}

impl BundleId {
    /// `tile/entries/<N>[.p/<W>]`.
    pub fn path(&self) -> String {
        format!("tile/entries/{}", coordinates(self.index, self.width))
    }

    /// Reads what follows `tile/entries/`.
    pub fn parse(path: &str) -> Option<Self> {
        let (index, width) = parse_coordinates(path)?;
        Some(Self { index, width })
    }

    /// The entries in a bundle's bytes (u16 big-endian length, entry, repeated); `None` unless there are exactly
    /// `width` and nothing follows.
    pub fn entries<'a>(&self, mut bytes: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let mut entries = Vec::new();
        for _ in 0..self.width {
            let (length, rest) = bytes.split_first_chunk::<2>()?;
            let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            entries.push(entry);
            bytes = rest;
        }
        bytes.is_empty().then_some(entries)
    }
}

/// Groups of three digits, all but the last behind an `x`: 1234067 is `x001/x234/067`.
fn coordinates(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    match u64::from(width) {
        WIDTH => path,
        partial => format!("{path}.p/{partial}"),
    }
}

fn parse_coordinates(path: &str) -> Option<(u64, u16)> {
    let (number, width) = match split_once(path, ".p/") {
        Some((number, width)) => (number, decimal(width).filter(|w| (1..WIDTH).contains(w))? as u16),
        None => (path, WIDTH as u16),
    };
    let mut index: u64 = 0;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    // One spelling only: no superfluous groups, `x` on all but the last.
    (coordinates(index, width) == path).then_some((index, width))
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_spelling() {
        let tile = TileId { level: 1, index: 1_234_067, width: 256 };
        assert_eq!(tile.path(), "tile/1/x001/x234/067");
        assert_eq!(TileId::parse("1/x001/x234/067"), Some(tile));
        assert_eq!(TileId::parse("0/000.p/5"), Some(TileId { level: 0, index: 0, width: 5 }));
        for bad in [
            "0/0",
            "0/0000",
            "0/x000/001",
            "0/001/002",
            "0/x001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/05",
            "8/000",
            "-1/000",
            "0/000/",
        ] {
            assert_eq!(TileId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn width_follows_the_tree() {
        assert_eq!(TileId::containing(0, 255, 256), Some(TileId { level: 0, index: 0, width: 256 }));
        assert_eq!(TileId::containing(1, 0, 256), Some(TileId { level: 1, index: 0, width: 1 }));
        assert_eq!(TileId::containing(1, 0, 255), None);
        assert_eq!(TileId::containing(7, 0, u64::MAX), Some(TileId { level: 7, index: 0, width: 255 }));
        assert_eq!(TileId::containing(8, 0, u64::MAX), None);
    }

    #[test]
    fn bundles_are_read_to_the_end() {
        let bundle = BundleId { index: 0, width: 2 };
        assert_eq!(bundle.entries(b"\0\x01a\0\x02bc"), Some(vec![&b"a"[..], b"bc"]));
        for bad in [&b"\0\x01a"[..], b"\0\x01a\0\x02b", b"\0\x01a\0\x02bcd", b""] {
            assert_eq!(bundle.entries(bad), None);
        }
    }
}
