//! Signature vectors: Wycheproof's and CCTV's where they are at hand, the repository's own always.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::check::signature::verify;
use rekor_verifier::format::key::{KeyError, PublicKey};
use serde_json::Value;
use std::path::Path;

mod vectors;

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// Runs every case of a file in Wycheproof's form; `acceptable` may go either way.
fn wycheproof(path: &Path) {
    let file = vectors::json(path);
    let mut cases = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let key = PublicKey::from_pem(group["publicKeyPem"].as_str().unwrap()).unwrap();
        assert_eq!(key.spki_der(), bytes(&group["publicKeyDer"]), "the canonical DER of {}", path.display());
        for case in group["tests"].as_array().unwrap() {
            cases += 1;
            let good = verify(&key, &bytes(&case["msg"]), &bytes(&case["sig"])) == Ok(key.scheme());
            let expected = match case["comment"].as_str().unwrap() {
                // The vectors are for one salt length; in-toto's RSA-PSS signatures may have any, and so may these.
                comment if comment.starts_with("s_len changed to ") => "valid",
                _ => case["result"].as_str().unwrap(),
            };
            assert!(expected == "acceptable" || good == (expected == "valid"), "{}: {case}", path.display());
        }
    }
    assert_eq!(cases, file["numberOfTests"].as_u64().unwrap(), "{}", path.display());
}

#[test]
fn wycheproof_vectors() {
    for name in ["ed25519_test.json", "ecdsa_secp256r1_sha256_test.json", "rsa_pss_2048_sha256_test.json"] {
        wycheproof(&vectors::fixtures().join("signatures").join(name));
    }
    let Some(shared) = vectors::shared() else { return };
    for name in [
        "ed25519_test.json",
        "ecdsa_secp256r1_sha256_test.json",
        "rsa_pss_2048_sha256_mgf1_32_test.json",
        "rsa_pss_3072_sha256_mgf1_32_test.json",
    ] {
        wycheproof(&shared.join("wycheproof").join(name));
    }
}

/// What strict verification refuses. `low_order_residue` marks signatures that only the cofactored equation accepts.
const REFUSED: [&str; 4] = ["low_order_A", "low_order_R", "low_order_residue", "non_canonical_R"];

#[test]
fn ed25519_edge_cases() {
    let mut files = vec![vectors::fixtures().join("signatures/ed25519_edge_cases.json")];
    files.extend(vectors::shared().map(|shared| shared.join("ed25519-edge-cases/ed25519vectors.json")));
    for path in files {
        for case in vectors::json(&path).as_array().unwrap() {
            let flags: Vec<&str> =
                case["flags"].as_array().into_iter().flatten().map(|f| f.as_str().unwrap()).collect();
            let raw: [u8; 32] = bytes(&case["key"]).try_into().unwrap();
            let good = PublicKey::from_ed25519(&raw)
                .is_ok_and(|key| verify(&key, case["msg"].as_str().unwrap().as_bytes(), &bytes(&case["sig"])).is_ok());
            let expected = !flags.iter().any(|flag| REFUSED.contains(flag));
            assert_eq!(good, expected, "{}: {case}", path.display());
        }
    }
}

#[test]
fn keys_in_every_form_are_one_key() {
    let keys = vectors::fixtures().join("keys");
    for name in ["carl", "dora", "erik"] {
        let read =
            |ending: &str| PublicKey::parse(&std::fs::read(keys.join(format!("{name}{ending}"))).unwrap()).unwrap();
        let key = read(".pub");
        assert_eq!(key, read(".json"), "{name}");
        assert_eq!(key, read(".legacy.json"), "{name}");
        assert_eq!(key, PublicKey::parse(key.to_pem().as_bytes()).unwrap());
        assert_eq!(key, PublicKey::from_spki_der(key.spki_der()).unwrap());
        let crlf = key.to_pem().replace('\n', "\r\n");
        assert_eq!(key, PublicKey::parse(crlf.as_bytes()).unwrap(), "{name}: line ends of another system");
        assert!(matches!(
            PublicKey::parse(&std::fs::read(keys.join(format!("{name}.key"))).unwrap()),
            Err(KeyError::PrivateKey)
        ));
    }
}

#[test]
fn every_generation_of_key_ids_is_known() {
    // The ID under which each link of the fixtures names its signer must be among those of the signer's key.
    let read = |path: &str| std::fs::read(vectors::fixtures().join(path)).unwrap();
    for (key, link) in [("alice", "rsa-pss"), ("dora", "ed25519"), ("erik", "ecdsa-p256")] {
        let key = PublicKey::parse(&read(&format!("keys/{key}.pub"))).unwrap();
        let link: Value = serde_json::from_slice(&read(&format!("links/{link}.link"))).unwrap();
        let keyid = link["signatures"][0]["keyid"].as_str().unwrap().to_owned();
        assert!(key.keyids().contains(&keyid), "{keyid}");
    }
    let Some(shared) = vectors::shared() else { return };
    for (key, prefix) in [("first-rekor/carl.pub", "2f89b927"), ("first-rekor/bob.pub", "776a00e2")] {
        let key = PublicKey::parse(&std::fs::read(shared.join("in-toto").join(key)).unwrap()).unwrap();
        assert!(key.keyids().iter().any(|id| id.starts_with(prefix)), "{prefix}");
    }
}

#[test]
fn keys_that_are_refused() {
    let secp256k1 = "-----BEGIN PUBLIC KEY-----\nMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZ\nWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/Re0SKaFVBmcR9CP+xDUuA==\n-----END PUBLIC KEY-----\n";
    assert!(matches!(PublicKey::parse(secp256k1.as_bytes()), Err(KeyError::Unsupported(_))));
    let low_order = format!("01{}", "00".repeat(31));
    assert!(matches!(PublicKey::parse(low_order.as_bytes()), Err(KeyError::Malformed(_))));
    let key = std::fs::read_to_string(vectors::fixtures().join("keys/dora.json")).unwrap();
    let other_scheme = key.replace("\"scheme\": \"ed25519\"", "\"scheme\": \"rsassa-pss-sha256\"");
    assert_ne!(key, other_scheme);
    assert!(matches!(PublicKey::parse(other_scheme.as_bytes()), Err(KeyError::Unsupported(_))));
    for bad in ["", "hello", "{}", "[]", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "AAAA"] {
        assert!(PublicKey::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
}
