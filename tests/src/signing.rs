//! Signing what a log signs, with whatever key a lie needs.

use ed25519_dalek::{Signer, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey};

use crate::files::read;
use crate::rekor::Log;
use crate::text::{base64, hex, sha256, unbase64};

/// The text of a signed note: everything up to its last empty line, with the line end before it.
pub fn note_text(note: &str) -> &str {
    let end = note.rfind("\n\n").expect("a signed note");
    &note[..=end]
}

/// A note with `text` and one Ed25519 signature line by `name` (C2SP signed-note).
pub fn sign_note(text: &str, name: &str, key: &SigningKey) -> String {
    let mut id_of = format!("{name}\n").into_bytes();
    id_of.push(1);
    id_of.extend_from_slice(key.verifying_key().as_bytes());
    let mut signature = sha256(&id_of)[..4].to_vec();
    signature.extend_from_slice(&key.sign(text.as_bytes()).to_bytes());
    format!("{text}\n\u{2014} {name} {}\n", base64(&signature))
}

/// The verifier key of `key` under `name`, as a log's.
pub fn vkey(name: &str, key: &SigningKey) -> String {
    typed_vkey(1, name, key)
}

/// The verifier key of `key` under `name`, as that of a witness (timestamped cosignatures).
pub fn witness_vkey(name: &str, key: &SigningKey) -> String {
    typed_vkey(4, name, key)
}

fn typed_vkey(kind: u8, name: &str, key: &SigningKey) -> String {
    let mut raw = vec![kind];
    raw.extend_from_slice(key.verifying_key().as_bytes());
    let id = sha256(&[format!("{name}\n").as_bytes(), &raw].concat());
    format!("{name}+{}+{}", hex(&id[..4]), base64(&raw))
}

/// The signed note with a cosignature of the witness `name`, who says that it is `time` (C2SP tlog-cosignature, v1).
pub fn cosign(note: &str, name: &str, key: &SigningKey, time: u64) -> String {
    let message = format!("cosignature/v1\ntime {time}\n{}", note_text(note));
    let id = [format!("{name}\n").as_bytes(), &[4], key.verifying_key().as_bytes()].concat();
    let mut signature = sha256(&id)[..4].to_vec();
    signature.extend_from_slice(&time.to_be_bytes());
    signature.extend_from_slice(&key.sign(message.as_bytes()).to_bytes());
    format!("{note}\u{2014} {name} {}\n", base64(&signature))
}

/// A key that no log has.
pub fn foreign_key() -> SigningKey {
    SigningKey::from_bytes(&sha256(b"a key that no log has"))
}

/// The checkpoint with another root (one bit), or another size, signed anew with `key`.
pub fn forge_checkpoint(note: &str, key: &SigningKey, size: Option<u64>, flip_root: bool) -> String {
    let mut lines = note_text(note).lines().map(str::to_owned).collect::<Vec<_>>();
    let origin = lines[0].clone();
    if let Some(size) = size {
        lines[1] = size.to_string();
    }
    if flip_root {
        let mut root = unbase64(&lines[2]);
        root[0] ^= 1;
        lines[2] = base64(&root);
    }
    sign_note(&(lines.join("\n") + "\n"), &origin, key)
}

/// The log's own Ed25519 key, from its data folder: with it, its lies are its own.
pub fn log_key(log: &Log) -> SigningKey {
    let file = String::from_utf8(read(&log.folder().join("ed25519.key"))).expect("a text file");
    // PRIVATE+KEY+<origin>+<key ID>+base64(01 ‖ seed); base64 may hold a + as well.
    let encoded = file.trim_end().splitn(5, '+').nth(4).expect("a note signer's key");
    let seed: [u8; 32] = unbase64(encoded)[1..].try_into().expect("32 bytes");
    SigningKey::from_bytes(&seed)
}

/// The log's own P-256 key, which signs what Rekor v1's clients verify.
pub fn v1_key(log: &Log) -> V1Key {
    let file = String::from_utf8(read(&log.folder().join("p256.key"))).expect("a text file");
    let key = p256::ecdsa::SigningKey::from_pkcs8_pem(&file).expect("a PKCS#8 PEM");
    let spki = key.verifying_key().to_public_key_der().expect("SPKI DER");
    V1Key { log_id: sha256(spki.as_bytes()), key }
}

/// A P-256 key with Rekor v1's log ID.
pub struct V1Key {
    /// SHA-256 of the public key's SPKI DER.
    pub log_id: [u8; 32],
    key: p256::ecdsa::SigningKey,
}

impl V1Key {
    /// ECDSA over SHA-256, in DER.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let signature: p256::ecdsa::DerSignature = p256::ecdsa::signature::Signer::sign(&self.key, bytes);
        signature.as_bytes().to_vec()
    }

    /// The note with `text`, signed under `name` as Rekor v1's clients expect it.
    pub fn sign_note(&self, text: &str, name: &str) -> String {
        let signature = [&self.log_id[..4], &self.sign(text.as_bytes())].concat();
        format!("{text}\n\u{2014} {name} {}\n", base64(&signature))
    }
}
