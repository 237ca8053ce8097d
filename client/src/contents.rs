//! What an artifact holds: read once more, where a layout or a digest that is rarely used asks for it.

use rekor_verifier::check::archive::{ArchiveError, ArchiveLister};
use rekor_verifier::check::digest::Hasher;
use rekor_verifier::evidence::Contents;

/// Reads a file that is handed over in pieces, in constant memory beside the list of what it holds.
pub struct ContentsReader {
    hasher: Hasher,
    lister: Result<ArchiveLister, ArchiveError>,
}

impl Default for ContentsReader {
    fn default() -> Self {
        Self { hasher: Hasher::with_sha384(), lister: Ok(ArchiveLister::default()) }
    }
}

impl ContentsReader {
    /// Takes the next piece of the file.
    pub fn update(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        if let Ok(lister) = &mut self.lister
            && let Err(error) = lister.update(piece)
        {
            self.lister = Err(error);
        }
    }

    /// All digests of the file, and what unpacking it would give.
    pub fn finish(self) -> Contents {
        Contents { digests: self.hasher.finish(), listing: self.lister.and_then(ArchiveLister::finish) }
    }
}
