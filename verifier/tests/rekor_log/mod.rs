//! Rekor logs in memory: their keys, and what they sign and answer.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)] // tests panic on purpose; not every test file uses all of it

use p256::ecdsa::signature::Signer;
use p256::pkcs8::EncodePublicKey;
use rekor_verifier::Hash;
use rekor_verifier::bytes::base64_encode;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::note::{Note, NoteSignature};
use rekor_verifier::format::rekor_entry::RekorEntry;
use serde_json::{Value, json};

pub const URL: &str = "https://rekor.example";

/// When the logs took their entries, in seconds since 1970.
pub const TIME: i64 = 1_700_000_000;

/// A private key, of a log or of whoever signs.
pub enum Secret {
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl Secret {
    pub fn p256(seed: u8) -> Self {
        Secret::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn ed25519(seed: u8) -> Self {
        Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Secret::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            Secret::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
        }
    }

    pub fn public(&self) -> PublicKey {
        match self {
            Secret::P256(key) => {
                PublicKey::from_spki_der(key.verifying_key().to_public_key_der().unwrap().as_bytes()).unwrap()
            }
            Secret::Ed25519(key) => PublicKey::from_ed25519(&key.verifying_key().to_bytes()).unwrap(),
        }
    }

    /// A note over `head` under this key's ID.
    pub fn note(&self, head: &Checkpoint, name: &str, id: Hash) -> String {
        let [a, b, c, d, ..] = *id.as_bytes();
        let signature = self.sign(head.encode().as_bytes());
        let line = NoteSignature { name: name.into(), key_id: [a, b, c, d], signature };
        Note { text: head.encode(), signatures: vec![line] }.encode()
    }
}

/// The entry with the signed entry timestamp.
pub fn promised(entry: RekorEntry, secret: &Secret) -> RekorEntry {
    let message = format!(
        r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}}"#,
        base64_encode(&entry.leaf),
        entry.time.unwrap(),
        entry.log_id,
        entry.index
    );
    RekorEntry { promise: Some(secret.sign(message.as_bytes())), ..entry }
}

/// The answer of v1's API.
pub fn api_json(entry: &RekorEntry) -> Value {
    let proof = entry.proof.as_ref().unwrap();
    json!({ entry.id.clone().unwrap(): {
        "body": base64_encode(&entry.leaf),
        "integratedTime": entry.time,
        "logID": entry.log_id.to_string(),
        "logIndex": entry.index,
        "verification": {
            "inclusionProof": {
                "checkpoint": proof.checkpoint,
                "hashes": proof.hashes.iter().map(Hash::to_string).collect::<Vec<_>>(),
                "logIndex": proof.index,
                "rootHash": proof.root.to_string(),
                "treeSize": proof.size,
            },
            "signedEntryTimestamp": entry.promise.as_ref().map(|set| base64_encode(set)),
        },
    }})
}

/// A trusted root that names `logs`.
pub fn trusted_root(logs: &[Value]) -> Value {
    json!({
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": logs,
        "certificateAuthorities": [],
    })
}

pub fn tlog(key: &PublicKey, id: Hash) -> Value {
    json!({
        "baseUrl": "https://rekor.example/",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": base64_encode(key.spki_der()),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": { "start": "2021-01-12T11:53:27.000Z", "end": "2026-01-01T00:00:00Z" },
        },
        "logId": { "keyId": id.to_base64() },
    })
}
