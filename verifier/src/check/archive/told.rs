//! What an artifact holds, as bytes: it crosses from the module that reads archives to the one that verifies. Of a
//! member's digests SHA-256 crosses alone, since inspections record no other.

use super::{ArchiveError, Compression, Listing, Member};
use crate::Hash;
use crate::bytes::Cursor;
use crate::check::digest::Digests;
use crate::evidence::Contents;
use crate::extras::message;

/// The first byte: what follows the digests.
mod kind {
    pub(super) const PLAIN: u8 = 0;
    pub(super) const GZIP: u8 = 1;
    pub(super) const ERROR: u8 = 2;
    pub(super) const DAMAGE: u8 = 3;
}

impl Contents {
    /// SHA-256, SHA-384, SHA-512 and the size, empty where not known; then the error's text, or pairs: path and SHA-256
    /// of each member, an empty path, path and target of each symbolic link.
    pub fn to_bytes(&self) -> Vec<u8> {
        let digests = &self.digests;
        let size = digests.size.map(u64::to_be_bytes);
        let (sha384, sha512) = (digests.sha384.as_ref(), digests.sha512.as_ref());
        let mut parts: Vec<&[u8]> = vec![
            digests.sha256.as_bytes(),
            sha384.map_or(&[], |digest| digest),
            sha512.map_or(&[], |digest| digest),
            size.as_ref().map_or(&[], |size| size),
        ];
        match &self.listing {
            Ok(listing) => {
                let members = listing.members.iter();
                parts.extend(members.flat_map(|one| [one.path.as_bytes(), one.digests.sha256.as_bytes()]));
                parts.push(&[]);
                parts.extend(listing.symlinks.iter().flat_map(|(path, target)| [path.as_bytes(), target.as_bytes()]));
                let gzip = listing.compression == Compression::Gzip;
                message(if gzip { kind::GZIP } else { kind::PLAIN }, &parts)
            }
            Err(error) => {
                let text = error.to_string();
                parts.push(text.as_bytes());
                message(if error.is_damage() { kind::DAMAGE } else { kind::ERROR }, &parts)
            }
        }
    }

    /// What [`Self::to_bytes`] wrote; nothing for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let kind = cursor.u8()?;
        let digests = Digests {
            sha256: Hash::from_slice(cursor.prefixed()?)?,
            sha384: cursor.prefixed()?.try_into().ok(),
            sha512: cursor.prefixed()?.try_into().ok(),
            size: cursor.prefixed()?.try_into().ok().map(u64::from_be_bytes),
        };
        let listing = match kind {
            kind::PLAIN => Ok(listing(Compression::None, &mut cursor)?),
            kind::GZIP => Ok(listing(Compression::Gzip, &mut cursor)?),
            kind::ERROR | kind::DAMAGE => {
                Err(ArchiveError::Told { text: text(&mut cursor)?, is_damage: kind == kind::DAMAGE })
            }
            _ => return None,
        };
        Some(Self { digests, listing })
    }
}

fn listing(compression: Compression, cursor: &mut Cursor<'_>) -> Option<Listing> {
    let (mut members, mut symlinks) = (Vec::new(), Vec::new());
    loop {
        let path = text(cursor)?;
        if path.is_empty() {
            break;
        }
        members.push(Member { path, digests: Digests::known(Hash::from_slice(cursor.prefixed()?)?) });
    }
    while !cursor.is_empty() {
        symlinks.push((text(cursor)?, text(cursor)?));
    }
    Some(Listing { compression, members, symlinks })
}

fn text(cursor: &mut Cursor<'_>) -> Option<String> {
    String::from_utf8(cursor.prefixed()?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crosses_is_what_was_found_out() {
        let digests = Digests::of(b"archive");
        let member = |path: &str| Member { path: path.to_owned(), digests: Digests::known(digests.sha256) };
        let listing = |compression, members, symlinks| Ok(Listing { compression, members, symlinks });
        let link = ("b/l".to_owned(), "../a".to_owned());
        let not_emulated = ArchiveError::NotEmulated { member: "../x".into(), what: "leads out of the folder" };
        for found in [
            listing(Compression::Gzip, vec![member("a"), member("b/c")], vec![link.clone()]),
            listing(Compression::None, Vec::new(), vec![link]),
            listing(Compression::Gzip, vec![member("a")], Vec::new()),
            Err(ArchiveError::Truncated),
            Err(not_emulated),
        ] {
            let contents = Contents { digests, listing: found };
            let bytes = contents.to_bytes();
            let told = Contents::from_bytes(&bytes);
            let listing = told.as_ref().map(|told| told.listing.clone());
            match &contents.listing {
                Ok(found) => assert_eq!(listing, Some(Ok(found.clone()))),
                Err(error) => {
                    let told = ArchiveError::Told { text: error.to_string(), is_damage: error.is_damage() };
                    assert_eq!(listing, Some(Err(told.clone())));
                    assert_eq!((told.to_string(), told.is_damage()), (error.to_string(), error.is_damage()));
                }
            }
            assert_eq!(told.map(|told| told.digests), Some(digests));
            for short in 0..bytes.len() {
                assert_ne!(Contents::from_bytes(&bytes[..short]).map(|told| told.to_bytes()), Some(bytes.clone()));
            }
        }
    }
}
