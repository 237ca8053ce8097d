//! A small log with its key and its witnesses, in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)] // tests panic on purpose; not every test file uses all of it

use ed25519_dalek::{Signer, SigningKey};
use ml_dsa::signature::Keypair;
use rekor_verifier::Hash;
use rekor_verifier::check::merkle::{Tiles, leaf_hash, root_of_inclusion};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::{KeyType, Note, NoteSignature, Vkey};
use rekor_verifier::format::tile::TileId;

/// The time that cosignatures state, in seconds since 1970.
pub const TIME: u64 = 1_700_000_000;

/// A note's signer: the log's key, or a witness's.
pub struct NoteKey {
    seed: [u8; 32],
    pub vkey: Vkey,
}

impl NoteKey {
    pub fn new(name: &str, seed: u8, key_type: KeyType) -> Self {
        let seed = [seed; 32];
        let key = match key_type {
            KeyType::Ed25519 | KeyType::CosignatureV1 => {
                SigningKey::from_bytes(&seed).verifying_key().to_bytes().to_vec()
            }
            KeyType::MlDsa44 => lattice(&seed).verifying_key().encode().to_vec(),
            KeyType::EcdsaP256 => unreachable!("no key here is of this type"),
        };
        Self { seed, vkey: Vkey { name: name.into(), key_type, key } }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self.vkey.key_type {
            KeyType::Ed25519 | KeyType::CosignatureV1 => SigningKey::from_bytes(&self.seed).sign(message).to_vec(),
            KeyType::MlDsa44 => lattice(&self.seed).sign(message).encode().to_vec(),
            KeyType::EcdsaP256 => unreachable!("no key here is of this type"),
        }
    }

    pub fn log() -> Self {
        Self::new("log.example/1", 1, KeyType::Ed25519)
    }

    /// The signature line over `head`, as of `time` where it is a cosignature.
    pub fn line_at(&self, head: &Checkpoint, time: u64) -> NoteSignature {
        let text = head.encode();
        let signature = match self.vkey.key_type {
            KeyType::Ed25519 | KeyType::EcdsaP256 => self.sign(text.as_bytes()),
            KeyType::CosignatureV1 => {
                let signed = format!("cosignature/v1\ntime {time}\n{text}");
                [&time.to_be_bytes()[..], &self.sign(signed.as_bytes())].concat()
            }
            KeyType::MlDsa44 => {
                let signed = subtree(&self.vkey.name, time, head, 0);
                [&time.to_be_bytes()[..], &self.sign(&signed)].concat()
            }
        };
        self.with_signature(signature)
    }

    pub fn line(&self, head: &Checkpoint) -> NoteSignature {
        self.line_at(head, TIME)
    }

    /// An ML-DSA-44 signature line over a subtree that begins at `start`.
    pub fn subtree_line(&self, head: &Checkpoint, start: u64) -> NoteSignature {
        let signature = self.sign(&subtree(&self.vkey.name, 0, head, start));
        self.with_signature([&[0; 8][..], &signature].concat())
    }

    fn with_signature(&self, signature: Vec<u8>) -> NoteSignature {
        NoteSignature { name: self.vkey.name.clone(), key_id: self.vkey.key_id(), signature }
    }
}

fn lattice(seed: &[u8; 32]) -> ml_dsa::SigningKey<ml_dsa::MlDsa44> {
    ml_dsa::SigningKey::from_seed(&(*seed).into())
}

/// `cosigned_message` of C2SP tlog-cosignature.
fn subtree(cosigner: &str, time: u64, head: &Checkpoint, start: u64) -> Vec<u8> {
    let name = |name: &str| [&[name.len() as u8], name.as_bytes()].concat();
    [
        b"subtree/v1\n\0",
        &name(cosigner)[..],
        &time.to_be_bytes(),
        &name(&head.origin),
        &start.to_be_bytes(),
        &head.size.to_be_bytes(),
        head.root.as_bytes(),
    ]
    .concat()
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
