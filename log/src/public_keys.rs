//! A log's two public keys, and what they say about a tree.

use crate::keys::KeyError;
use crate::v1_signer::V1Verifier;
use ed25519_dalek::VerifyingKey;
use p256::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding};
use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::{KeyType, Note, NoteSignature, Vkey};

/// Both checkpoints of one tree.
pub(crate) struct Checkpoints {
    /// C2SP.
    pub c2sp: String,
    /// Rekor v1's rendering.
    pub v1: String,
}

/// What a log is known by.
#[derive(Debug)]
pub(crate) struct PublicKeys {
    tree_id: u64,
    vkey: Vkey,
    ed25519: VerifyingKey,
    v1: V1Verifier,
    pem: String,
    log_id: Hash,
}

impl PublicKeys {
    /// The keys of the log `tree_id`, whose origin is `origin`.
    pub(crate) fn new(
        tree_id: u64,
        origin: &str,
        ed25519: VerifyingKey,
        p256: p256::ecdsa::VerifyingKey,
    ) -> Result<Self, KeyError> {
        let spki = p256.to_public_key_der().map_err(|_| KeyError::Malformed("p256.key"))?;
        let pem = p256.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Malformed("p256.key"))?;
        let log_id = sha256(spki.as_bytes());
        let vkey = Vkey { name: origin.to_owned(), key_type: KeyType::Ed25519, key: ed25519.to_bytes().to_vec() };
        Ok(Self { tree_id, vkey, ed25519, v1: V1Verifier::new(&p256), pem, log_id })
    }

    /// The keys as `log.json` states them.
    pub(crate) fn parse(tree_id: u64, vkey: &str, pem: &str) -> Result<Self, KeyError> {
        let malformed = |_| KeyError::Malformed("log.json");
        let vkey: Vkey = vkey.parse().map_err(|_| KeyError::Malformed("log.json"))?;
        let key = <[u8; 32]>::try_from(vkey.key.as_slice()).map_err(|_| KeyError::Malformed("log.json"))?;
        let ed25519 = VerifyingKey::from_bytes(&key).map_err(|_| KeyError::Malformed("log.json"))?;
        let p256 = p256::ecdsa::VerifyingKey::from_public_key_pem(pem).map_err(malformed)?;
        Self::new(tree_id, &vkey.name, ed25519, p256)
    }

    /// The tree's ID.
    pub(crate) fn tree_id(&self) -> u64 {
        self.tree_id
    }

    /// The Ed25519 key in C2SP's form; its name is the origin.
    pub(crate) fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// The P-256 key as PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Rekor v1's log ID: SHA-256 of the P-256 key's SPKI DER.
    pub(crate) fn log_id(&self) -> Hash {
        self.log_id
    }

    /// The name that v1 checkpoints are signed under: the origin up to its first slash.
    pub(crate) fn host(&self) -> &str {
        self.vkey.name.split('/').next().unwrap_or(&self.vkey.name)
    }

    /// The ID that v1 checkpoints are signed under: the first four bytes of the log ID.
    pub(crate) fn v1_key_id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = *self.log_id.as_bytes();
        [a, b, c, d]
    }

    /// What is signed about a tree: C2SP's text, and Rekor v1's, whose origin is the host and the tree's ID.
    pub(crate) fn texts(&self, size: u64, root: &Hash) -> [String; 2] {
        let text = |origin| Checkpoint { origin, size, root: *root, extensions: Vec::new() }.encode();
        [text(self.vkey.name.clone()), text(format!("{} - {}", self.host(), self.tree_id))]
    }

    /// Checks that these are this log's checkpoints of that tree.
    pub(crate) fn verify_tree(&self, size: u64, root: &Hash, signed: &Checkpoints) -> Result<(), KeyError> {
        let [c2sp, v1] = self.texts(size, root);
        let signature = only_signature(&signed.c2sp, &c2sp, &self.vkey.name, self.vkey.key_id());
        let signature = signature.and_then(|bytes| bytes.try_into().ok());
        let signature = signature.map(|bytes: [u8; 64]| ed25519_dalek::Signature::from_bytes(&bytes));
        let good = |signature| self.ed25519.verify_strict(c2sp.as_bytes(), &signature).is_ok();
        if !signature.is_some_and(good) {
            return Err(KeyError::BadSignature("Ed25519"));
        }
        let signature = only_signature(&signed.v1, &v1, self.host(), self.v1_key_id());
        if !signature.is_some_and(|signature| self.verify_v1(v1.as_bytes(), &signature)) {
            return Err(KeyError::BadSignature("ECDSA"));
        }
        Ok(())
    }

    /// Whether the P-256 key signed SHA-256 of `bytes`; the signature is in DER.
    pub(crate) fn verify_v1(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.v1.verify(bytes, signature)
    }
}

/// The one signature of a note with this text, if it bears this name and ID: the signature itself does not cover them.
fn only_signature(note: &str, text: &str, name: &str, key_id: [u8; 4]) -> Option<Vec<u8>> {
    let note = Note::parse(note.as_bytes()).ok().filter(|note| note.text == text)?;
    let [only] = <[NoteSignature; 1]>::try_from(note.signatures).ok()?;
    (only.name == name && only.key_id == key_id).then_some(only.signature)
}
