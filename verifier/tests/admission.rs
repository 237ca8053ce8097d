//! What a log may take in: the bounds of an entry.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use ed25519_dalek::{Signer, SigningKey};
use rekor_verifier::bytes::hex_encode;
use rekor_verifier::check::link::{AdmitError, admit};
use rekor_verifier::format::entry::{LinkEntry, MAX_SIGNATURES};
use rekor_verifier::format::json;
use rekor_verifier::format::key::PublicKey;
use serde_json::json;

/// A link that this many people signed, and their keys.
fn signed_by(count: usize) -> (Vec<u8>, Vec<PublicKey>) {
    let signed = json!({
        "_type": "link", "name": "package", "command": [], "materials": {}, "products": {}, "byproducts": {},
        "environment": {},
    });
    let bytes = json::parse(signed.to_string().as_bytes()).unwrap().to_olpc().unwrap();
    let secrets: Vec<SigningKey> = (1..=count).map(|i| SigningKey::from_bytes(&[i as u8; 32])).collect();
    let public = |secret: &SigningKey| PublicKey::from_ed25519(secret.verifying_key().as_bytes()).unwrap();
    let keys: Vec<PublicKey> = secrets.iter().map(public).collect();
    let signature = |(secret, key): (&SigningKey, &PublicKey)| json!({ "keyid": key.keyids()[0], "sig": hex_encode(&secret.sign(&bytes).to_bytes()) });
    let signatures: Vec<_> = secrets.iter().zip(&keys).map(signature).collect();
    (json!({ "signatures": signatures, "signed": signed }).to_string().into_bytes(), keys)
}

#[test]
fn an_entry_holds_as_many_signatures_as_can_be_read_again() {
    let (link, keys) = signed_by(MAX_SIGNATURES);
    let entry = admit(&link, &keys).unwrap().entry;
    assert_eq!(LinkEntry::parse(&entry.encode()).unwrap().signatures.len(), MAX_SIGNATURES);
    let (link, keys) = signed_by(MAX_SIGNATURES + 1);
    assert_eq!(admit(&link, &keys).unwrap_err(), AdmitError::TooManyKeys(MAX_SIGNATURES + 1));
    // One key twice is one.
    assert_eq!(admit(&link, &[keys[0].clone(), keys[0].clone()]).unwrap().entry.signatures.len(), 1);
    assert_eq!(admit(&link, &[]).unwrap_err(), AdmitError::NoKey);
}
