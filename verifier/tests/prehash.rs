//! Signatures over digests: the same outcome as over the message itself, on every vector of schemes that allow it.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::bytes::{base64_encode, hex_decode, hex_encode};
use rekor_verifier::check::digest::Hasher;
use rekor_verifier::check::prehash::{PrehashError, verify, verify_entry};
use rekor_verifier::check::signature;
use rekor_verifier::format::key::{PublicKey, Scheme};
use rekor_verifier::format::rekor_body::EntryStatement;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

mod vectors;

fn bytes(value: &Value) -> Vec<u8> {
    hex_decode(value.as_str().unwrap()).unwrap()
}

fn files() -> Vec<PathBuf> {
    let folders = [Some(vectors::fixtures().join("signatures")), vectors::shared().map(|s| s.join("wycheproof"))];
    let files = folders.into_iter().flatten().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let files = files.map(|file| file.unwrap().path());
    files.filter(|file| ["rsa_", "ecdsa_"].iter().any(|kind| name(file).starts_with(kind))).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn entry(kind: &str, key: &PublicKey, digest: &[u8], algorithm: &str, signature: &[u8]) -> EntryStatement {
    let data = json!({ "hash": { "algorithm": algorithm, "value": hex_encode(digest) } });
    let key = json!({ "content": base64_encode(key.to_pem().as_bytes()) });
    let signature = json!({ "format": "ssh", "content": base64_encode(signature), "publicKey": key });
    let body = json!({ "apiVersion": "0.0.1", "kind": kind, "spec": { "data": data, "signature": signature } });
    EntryStatement::parse(body.to_string().as_bytes()).unwrap()
}

#[test]
fn a_digest_is_as_good_as_its_message() {
    let files = files();
    assert!(files.len() >= 2);
    let mut good = 0;
    for file in files {
        for group in vectors::json(&file)["testGroups"].as_array().unwrap() {
            let Ok(key) = PublicKey::from_spki_der(&bytes(&group["publicKeyDer"])) else { continue };
            let algorithm = if key.scheme() == Scheme::EcdsaP384 { "sha384" } else { "sha256" };
            for case in group["tests"].as_array().unwrap() {
                let (message, signature) = (bytes(&case["msg"]), bytes(&case["sig"]));
                let mut hasher = Hasher::with_sha384();
                hasher.update(&message);
                let digest = hex_decode(&hasher.finish().get(algorithm).unwrap()).unwrap();
                let found = verify(&key, algorithm, &digest, &signature);
                assert_eq!(
                    found.is_ok(),
                    signature::verify(&key, &message, &signature).is_ok(),
                    "{}: {case}",
                    name(&file)
                );
                if found.is_ok() {
                    good += 1;
                    let entry = entry("hashedrekord", &key, &digest, algorithm, &signature);
                    assert_eq!(verify_entry(&entry), Ok(key.clone()));
                }
            }
        }
    }
    assert!(good >= 8, "{good} good signatures");
}

#[test]
fn what_cannot_be_checked_is_not_bad() {
    let key =
        |name: &str| PublicKey::parse(&std::fs::read(vectors::fixtures().join("keys").join(name)).unwrap()).unwrap();
    let unsupported = |result: Result<_, PrehashError>| matches!(result, Err(PrehashError::Unsupported(_)));
    let (rsa, p256, ed25519) = (key("alice.pub"), key("erik.pub"), key("dora.pub"));
    assert!(unsupported(verify(&ed25519, "sha512", &[0; 64], &[0; 64])));
    assert!(unsupported(verify(&rsa, "sha512", &[0; 64], &[0; 256])));
    assert!(unsupported(verify(&p256, "md5", &[0; 16], &[0; 70])));
    assert_eq!(verify(&p256, "sha256", &[0; 32], &[0; 70]), Err(PrehashError::Mismatch));
    assert_eq!(verify(&rsa, "sha256", &[0; 32], &[0; 256]), Err(PrehashError::Mismatch));
    // An SSH signature is over a structure of its own.
    assert!(unsupported(verify_entry(&entry("rekord", &p256, &[0; 32], "sha256", &[1])).map(drop)));
    assert_eq!(verify_entry(&entry("hashedrekord", &p256, &[0; 32], "sha256", &[1])), Err(PrehashError::Mismatch));
}
