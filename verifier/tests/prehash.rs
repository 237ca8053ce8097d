//! Signatures over digests: the same outcome as over the message itself, on every vector of schemes that allow it.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::bytes::{base64_encode, hex_decode, hex_encode};
use rekor_verifier::check::digest::{Digests, Hasher};
use rekor_verifier::check::prehash::{PrehashError, verify, verify_entry};
use rekor_verifier::check::signature;
use rekor_verifier::format::envelope::{Envelope, SignatureForm};
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

/// A link's first signature, and the digests of what it signs.
fn signed_link(name: &str) -> (Digests, Vec<u8>) {
    let link = std::fs::read(vectors::fixtures().join("forms").join(name)).unwrap();
    let envelope = Envelope::parse(&link).unwrap();
    let SignatureForm::Raw(signature) = &envelope.signatures[0].form else { panic!("{name} is signed with OpenPGP") };
    let mut hasher = Hasher::with_sha384();
    hasher.update(&envelope.signed_bytes);
    (hasher.finish(), signature.clone())
}

#[test]
fn every_scheme_holds_over_the_digest_that_it_signs() {
    let file = |name: &str| std::fs::read(vectors::fixtures().join(name)).unwrap();
    for (link, key, algorithm) in [
        ("metablock-p256.link", "keys/erik.pub", "sha256"),
        ("metablock-p384.link", "forms/keys/frida.pub", "sha384"),
        ("metablock-p521.link", "forms/keys/gustav.pub", "sha512"),
        ("metablock-rsa-pss.link", "keys/carl.pub", "sha256"),
        ("metablock-rsa-pkcs1.link", "forms/keys/hanna.pub", "sha256"),
    ] {
        let (digests, signature) = signed_link(link);
        let key = PublicKey::parse(&file(key)).unwrap();
        let digest = hex_decode(&digests.get(algorithm).unwrap()).unwrap();
        assert_eq!(verify(&key, algorithm, &digest, &signature), Ok(()), "{link}");
        let other = [&digest[1..], &[0]].concat();
        assert!(verify(&key, algorithm, &other, &signature).is_err(), "{link}");
    }
    // On this curve SHA-256 is not bad, but not supported.
    let (digests, signature) = signed_link("metablock-p521.link");
    let gustav = PublicKey::parse(&file("forms/keys/gustav.pub")).unwrap();
    let found = verify(&gustav, "sha256", digests.sha256.as_bytes(), &signature);
    assert!(matches!(found, Err(PrehashError::Unsupported(_))), "{found:?}");
}

#[test]
fn a_key_for_one_scheme_is_for_no_other() {
    for (link, key, own, other) in [
        ("metablock-rsa-pss.link", "keys/carl.pub", "rsassa-pss-sha256", "rsa-pkcs1v15-sha256"),
        ("metablock-rsa-pkcs1.link", "forms/keys/hanna.pub", "rsa-pkcs1v15-sha256", "rsassa-pss-sha256"),
    ] {
        let pem = std::fs::read_to_string(vectors::fixtures().join(key)).unwrap();
        let (digests, signature) = signed_link(link);
        let with = |scheme: &str| {
            let key = json!({ "keytype": "rsa", "scheme": scheme, "keyval": { "public": pem } });
            let key = PublicKey::parse(key.to_string().as_bytes()).unwrap();
            verify(&key, "sha256", digests.sha256.as_bytes(), &signature)
        };
        assert_eq!((with(own), with(other)), (Ok(()), Err(PrehashError::Mismatch)), "{link}");
    }
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
