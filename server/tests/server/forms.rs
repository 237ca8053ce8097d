//! Rekor v1 with links in the newer forms: DSSE, statements, OpenPGP.

use crate::support::Server;
use rekor_verifier::bytes::{base64_decode, base64_encode};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::format::envelope::Envelope;
use serde_json::{Value, json};
use std::path::Path;

const ENTRIES: &str = "/api/v1/log/entries";

fn fixture(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn proposed(link: &str, key: &str) -> Value {
    let keys = [json!({ "content": base64_encode(&fixture(key)) })];
    json!({ "apiVersion": "0.0.1", "kind": "link",
            "spec": { "content": base64_encode(&fixture(link)), "publicKeys": keys } })
}

#[tokio::test]
async fn every_form_is_recorded_and_found() {
    let server = Server::new();
    for (link, key) in [
        ("forms/dsse-two-signatures.link", "keys/carl.pub"),
        ("forms/statement-link.link", "keys/dora.json"),
        ("forms/provenance-v1.link", "keys/dora.pub"),
    ] {
        let answer = server.post(ENTRIES, &proposed(link, key)).await;
        assert_eq!(answer.status, 201, "{link}: {}", answer.text());
        let (id, entry) =
            answer.json().as_object().unwrap().iter().next().map(|(k, v)| (k.clone(), v.clone())).unwrap();
        let leaf: Value = serde_json::from_slice(&base64_decode(entry["body"].as_str().unwrap()).unwrap()).unwrap();
        assert_eq!((&leaf["apiVersion"], &leaf["spec"]["format"]), (&json!("0.0.2"), &json!("dsse")), "{link}");
        let file = fixture(link);
        assert_eq!(entry["attestation"]["data"], base64_encode(&file), "{link}");
        let signed = sha256(&Envelope::parse(&file).unwrap().signed_bytes);
        let product = sha256(&fixture("first-rekor-twin/foo.tar.gz"));
        for hash in [sha256(&file), signed, product] {
            let query = json!({ "hash": format!("sha256:{hash}"), "operator": "and",
                                "publicKey": { "content": base64_encode(&fixture(key)) } });
            let found = server.post("/api/v1/index/retrieve", &query).await.json();
            assert!(found.as_array().unwrap().contains(&json!(id)), "{link}: {hash} in {found}");
        }
        let again = server.post(&format!("{ENTRIES}/retrieve"), &json!({ "entries": [proposed(link, key)] })).await;
        assert_eq!(again.json()[0][&id]["logIndex"], entry["logIndex"], "{link}");
    }
}

/// Of an OpenPGP certificate with several signing keys the one that signed stands in the leaf.
#[tokio::test]
async fn a_certificate_is_a_key_file() {
    let server = Server::new();
    let answer = server.post(ENTRIES, &proposed("forms/openpgp-subkeys.link", "forms/keys/subkeys.asc")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let entry = answer.json().as_object().unwrap().values().next().unwrap().clone();
    let leaf: Value = serde_json::from_slice(&base64_decode(entry["body"].as_str().unwrap()).unwrap()).unwrap();
    let signatures = leaf["spec"]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 1);
    assert_eq!(signatures[0]["scheme"], "pgp+rsa-pkcsv1.5");
    let other = proposed("forms/openpgp-rsa.link", "forms/keys/subkeys.asc");
    server.post(ENTRIES, &other).await.refuses(400, "no signature by the key");
}

#[tokio::test]
async fn what_is_not_read_is_refused_by_name() {
    let server = Server::new();
    for (link, words) in [
        ("forms/unread/predicate.link", "https://spdx.dev/Document"),
        ("forms/unread/payload-type.link", "application/vnd.example+json"),
        ("links/bad/wrong-type.link", "a layout"),
    ] {
        server.post(ENTRIES, &proposed(link, "keys/dora.pub")).await.refuses(400, words);
    }
    assert_eq!(server.get("/api/v1/log").await.json()["treeSize"], 0);
}
