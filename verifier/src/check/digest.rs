//! Digests of files: SHA-256 and SHA-512 in one pass, SHA-384 when asked for, in constant memory.
//!
//! SHA-1, MD5 and SHA-224 are not computed: two files can be made to share the first two, and nobody uses the third.

use crate::Hash;
use crate::bytes::hex_encode;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// SHA-256 of `bytes` (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash::from_bytes(Sha256::digest(bytes).into())
}

/// Computes the digests of a file that is handed over in pieces.
#[derive(Clone, Default)]
pub struct Hasher {
    sha256: Sha256,
    sha384: Option<Sha384>,
    sha512: Sha512,
    size: u64,
}

/// The digests of a file, and its size in bytes, as far as they are known: of a file that is not at hand it may be SHA-256
/// alone ([`Digests::known`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256, 32 bytes.
    pub sha256: Hash,
    /// SHA-384, 48 bytes, if it was asked for (see [`Hasher::with_sha384`]).
    pub sha384: Option<[u8; 48]>,
    /// SHA-512, 64 bytes; `None` only where the file is not at hand.
    pub sha512: Option<[u8; 64]>,
    /// Size of the file in bytes; `None` only where the file is not at hand.
    pub size: Option<u64>,
}

impl Hasher {
    /// Computes SHA-384 as well. It costs as much as SHA-512 and few links name it, so that it is not the default.
    pub fn with_sha384() -> Self {
        Self { sha384: Some(Sha384::new()), ..Self::default() }
    }

    /// Takes the next piece of the file.
    pub fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        self.sha512.update(piece);
        if let Some(sha384) = &mut self.sha384 {
            sha384.update(piece);
        }
        self.size += piece.len() as u64;
    }

    /// The digests of all pieces.
    pub fn finish(self) -> Digests {
        Digests {
            sha256: Hash::from_bytes(self.sha256.finalize().into()),
            sha384: self.sha384.map(|sha384| sha384.finalize().into()),
            sha512: Some(self.sha512.finalize().into()),
            size: Some(self.size),
        }
    }
}

impl Digests {
    /// The digests of bytes that are in memory as a whole, SHA-384 left out.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Those of a file of which nothing but its SHA-256 is at hand.
    pub fn known(sha256: Hash) -> Self {
        Self { sha256, sha384: None, sha512: None, size: None }
    }

    /// The digest under in-toto's name for its algorithm, in hexadecimal; `None` where it is not computed here.
    pub fn get(&self, algorithm: &str) -> Option<String> {
        match algorithm {
            "sha256" => Some(self.sha256.to_string()),
            "sha384" => self.sha384.map(|sha384| hex_encode(&sha384)),
            "sha512" => self.sha512.map(|sha512| hex_encode(&sha512)),
            _ => None,
        }
    }
}
