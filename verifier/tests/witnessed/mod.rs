//! A small log with its key and its witnesses, in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)] // tests panic on purpose; not every test file uses all of it

use ed25519_dalek::{Signer, SigningKey};
use rekor_verifier::Hash;
use rekor_verifier::check::merkle::{Tiles, leaf_hash, root_of_inclusion};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::{KeyType, Note, NoteSignature, Vkey};
use rekor_verifier::format::tile::TileId;

/// The time that cosignatures state, in seconds since 1970.
pub const TIME: u64 = 1_700_000_000;

/// A note's signer: the log's key, or a witness's.
pub struct NoteKey {
    secret: SigningKey,
    pub vkey: Vkey,
}

impl NoteKey {
    pub fn new(name: &str, seed: u8, key_type: KeyType) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let vkey = Vkey { name: name.into(), key_type, key: secret.verifying_key().to_bytes() };
        Self { secret, vkey }
    }

    pub fn log() -> Self {
        Self::new("log.example/1", 1, KeyType::Ed25519)
    }

    pub fn line(&self, head: &Checkpoint) -> NoteSignature {
        let text = head.encode();
        let signature = match self.vkey.key_type {
            KeyType::Ed25519 => self.secret.sign(text.as_bytes()).to_bytes().to_vec(),
            KeyType::CosignatureV1 => {
                let signed = format!("cosignature/v1\ntime {TIME}\n{text}");
                [&TIME.to_be_bytes()[..], &self.secret.sign(signed.as_bytes()).to_bytes()].concat()
            }
        };
        NoteSignature { name: self.vkey.name.clone(), key_id: self.vkey.key_id(), signature }
    }
}

/// The signed note of a tree head.
pub fn note(head: &Checkpoint, keys: &[&NoteKey]) -> String {
    Note { text: head.encode(), signatures: keys.iter().map(|key| key.line(head)).collect() }.encode()
}

/// The tree head over `leaves` (at most 256), and the inclusion proof of the one at `index`.
pub fn tree(leaves: &[&[u8]], index: u64) -> (Checkpoint, Vec<Hash>) {
    let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let (size, leaf) = (hashes.len() as u64, hashes[index as usize]);
    let mut tiles = Tiles::default();
    tiles.insert(TileId { level: 0, index: 0, width: size as u16 }, hashes);
    let proof = tiles.inclusion_proof(index, size).unwrap();
    let root = root_of_inclusion(index, size, leaf, &proof).unwrap();
    (Checkpoint { origin: NoteKey::log().vkey.name, size, root, extensions: Vec::new() }, proof)
}
