//! How much evidence a session holds: whoever makes up a folder decides how much there is in it, and everything in it is
//! parsed and checked.

use crate::recognise::Recognised;
use std::fmt;

/// The most bytes of links, layouts, bundles, receipts, entries and keys that a session holds.
pub const MAX_EVIDENCE: usize = 64 * 1024 * 1024;

/// The most links, layouts, bundles, receipts and files with keys that a session holds: large releases come with
/// hundreds. A file with several bundles counts once for each.
pub const MAX_EVIDENCE_FILES: usize = 1024;

/// The most keys that came along, whose only use is to be shown beside a signature by one of them: each is tried on
/// every signature.
pub const MAX_OFFERED_KEYS: usize = 64;

/// What a session holds.
#[derive(Default)]
pub(crate) struct Held {
    bytes: usize,
    files: usize,
    keys: usize,
}

/// Why a file is not held as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Bytes,
    Files,
    Keys,
}

impl Held {
    /// Makes room for a file of `size` bytes, all of it or none.
    pub fn take(&mut self, found: &Recognised, size: usize) -> Result<(), Full> {
        let (files, keys) = match found {
            Recognised::Bundles(bundles) => (bundles.len(), 0),
            Recognised::Keys(keys) => (1, keys.len()),
            _ => (1, 0),
        };
        let after = Held { bytes: self.bytes + size, files: self.files + files, keys: self.keys + keys };
        if after.keys > MAX_OFFERED_KEYS {
            return Err(Full::Keys);
        }
        if after.files > MAX_EVIDENCE_FILES {
            return Err(Full::Files);
        }
        if after.bytes > MAX_EVIDENCE {
            return Err(Full::Bytes);
        }
        *self = after;
        Ok(())
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Full::Bytes => {
                let mebibytes = MAX_EVIDENCE / (1024 * 1024);
                write!(f, "not looked at: with it there are more than {mebibytes} MiB of links, bundles and the like")
            }
            Full::Files => {
                write!(f, "not looked at: with it there are more than {MAX_EVIDENCE_FILES} links, bundles and the like")
            }
            Full::Keys => {
                write!(f, "not looked at: with it there are more keys than are looked at ({MAX_OFFERED_KEYS})")
            }
        }
    }
}
