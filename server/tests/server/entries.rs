//! Rekor v1: additions and retrieval.

use crate::links::LinkMaker;
use crate::support::{Server, proposed};
use axum::body::Body;
use axum::http::Request;
use rekor_verifier::bytes::{base64_decode, base64_encode};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::json as strict;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::note::Note;
use rekor_verifier::format::rekor_entry::RekorEntry;
use rekor_verifier::format::trusted_root::RekorLog;
use rekor_verifier::{Hash, check::merkle, check::rekor, check::signature};
use serde_json::{Value, json};

const ENTRIES: &str = "/api/v1/log/entries";

/// Checks everything that an entry says of itself against the log's P-256 key.
fn check_entry(id: &str, entry: &Value, key: &PublicKey, link: Option<&[u8]>) {
    let leaf = base64_decode(entry["body"].as_str().unwrap()).unwrap();
    assert!(LinkEntry::parse(&leaf).is_ok());
    let hash = merkle::leaf_hash(&leaf);
    assert_eq!(id[16..], hash.to_string());
    assert_eq!(entry["logID"], key.fingerprint().to_string());
    let body = entry["attestation"]["data"].as_str().map(|data| base64_decode(data).unwrap());
    assert_eq!(body.as_deref(), link);

    let verification = &entry["verification"];
    let signed = json!({ "body": entry["body"], "integratedTime": entry["integratedTime"],
                         "logID": entry["logID"], "logIndex": entry["logIndex"] });
    let signed = strict::parse(signed.to_string().as_bytes()).unwrap().to_jcs().unwrap();
    let timestamp = base64_decode(verification["signedEntryTimestamp"].as_str().unwrap()).unwrap();
    signature::verify(key, &signed, &timestamp).unwrap();

    let proof = &verification["inclusionProof"];
    let note = Note::parse(proof["checkpoint"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(note.signatures.len(), 1);
    signature::verify(key, note.text.as_bytes(), &note.signatures[0].signature).unwrap();
    let checkpoint = Checkpoint::parse(&note.text).unwrap();
    assert_eq!(proof["rootHash"], checkpoint.root.to_string());
    assert_eq!(proof["treeSize"], checkpoint.size);
    let hashes = proof["hashes"].as_array().unwrap();
    let hashes: Vec<Hash> = hashes.iter().map(|hash| Hash::from_hex(hash.as_str().unwrap()).unwrap()).collect();
    let index = proof["logIndex"].as_u64().unwrap();
    assert_eq!(entry["logIndex"], index);
    merkle::verify_inclusion(index, checkpoint.size, hash, &hashes, checkpoint.root).unwrap();

    // Whoever checks entries of Sigstore's log checks ours.
    let answer = json!({ id: entry }).to_string();
    let entries = RekorEntry::parse_answer(answer.as_bytes()).unwrap();
    let logs = [RekorLog::with_key("https://log.example", key.clone())];
    let steps = rekor::check(&entries[0], rekor::Generation::V1, &logs);
    assert!(steps.is_recorded() && steps.time.is_ok(), "{steps:?}");
}

async fn log_key(server: &Server) -> PublicKey {
    let answer = server.get("/api/v1/log/publicKey").await;
    assert_eq!(answer.header("content-type"), "application/x-pem-file");
    PublicKey::parse(&answer.body).unwrap()
}

#[tokio::test]
async fn an_entry_is_the_same_by_every_way() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    let answer = server.post(ENTRIES, &proposed(&maker, "a")).await;
    assert_eq!(answer.status, 201);
    let (id, entry) = answer.json().as_object().unwrap().iter().next().map(|(k, v)| (k.clone(), v.clone())).unwrap();
    assert_eq!(id[..16], format!("{:016x}", server.tree_id));
    assert_eq!(answer.header("location"), format!("{ENTRIES}/{id}"));
    assert_eq!(answer.header("etag"), format!("\"{id}\""));
    let key = log_key(&server).await;
    check_entry(&id, &entry, &key, Some(&maker.link("a")));
    server.add(&maker, "b").await;
    server.add(&maker, "c").await;

    let base = format!("/logs/{}", server.tree_id);
    for path in [
        format!("{ENTRIES}?logIndex=0"),
        format!("{ENTRIES}/?logIndex=0"),
        format!("{ENTRIES}/{id}"),
        format!("{ENTRIES}/{}", &id[16..]),
        format!("{ENTRIES}/{}", id.to_uppercase()),
        format!("{base}{ENTRIES}/{id}"),
    ] {
        let answer = server.get(&path).await.json();
        check_entry(&id, &answer[&id], &key, Some(&maker.link("a")));
        assert_eq!(answer[&id]["verification"]["inclusionProof"]["treeSize"], 3);
        assert_eq!(answer[&id]["integratedTime"], entry["integratedTime"]);
    }
    for query in [
        json!({ "entryUUIDs": [id] }),
        json!({ "entryUUIDs": [&id[16..]] }),
        json!({ "logIndexes": [0], "entryUUIDs": [], "entries": null }),
        json!({ "entries": [proposed(&maker, "a")] }),
    ] {
        for path in [format!("{ENTRIES}/retrieve"), format!("{base}{ENTRIES}/retrieve/")] {
            let answer = server.post(&path, &query).await.json();
            assert_eq!(answer.as_array().unwrap().len(), 1);
            check_entry(&id, &answer[0][&id], &key, Some(&maker.link("a")));
        }
    }
}

#[tokio::test]
async fn a_duplicate_is_told_where_the_entry_is() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    let id = server.add(&maker, "a").await;
    let base = format!("/logs/{}{ENTRIES}", server.tree_id);
    for path in [ENTRIES.to_owned(), format!("{ENTRIES}/"), base] {
        let answer = server.post(&path, &proposed(&maker, "a")).await;
        answer.refuses(409, &id);
        assert_eq!(answer.header("location"), format!("{}/{id}", path.trim_end_matches('/')));
        let there = server.get(answer.header("location")).await.json();
        assert_eq!(there[&id]["logIndex"], 0);
    }
    assert_eq!(server.get("/api/v1/log").await.json()["treeSize"], 1);
}

#[tokio::test]
async fn a_body_is_kept_unless_it_is_not_to_be() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    let mut digest_only = proposed(&maker, "a");
    digest_only["spec"]["digestOnly"] = json!(true);
    let answer = server.post(ENTRIES, &digest_only).await;
    assert_eq!(answer.status, 201);
    let (id, entry) = answer.json().as_object().unwrap().iter().next().map(|(k, v)| (k.clone(), v.clone())).unwrap();
    let key = log_key(&server).await;
    check_entry(&id, &entry, &key, None);
    server.post(ENTRIES, &proposed(&maker, "a")).await.refuses(409, &id);
    let entry = server.get(&format!("{ENTRIES}/{id}")).await.json();
    check_entry(&id, &entry[&id], &key, Some(&maker.link("a")));
}

#[tokio::test]
async fn what_cannot_be_recorded_is_refused_with_the_reason() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    let good = proposed(&maker, "a");
    let changed = |change: fn(&mut Value)| {
        let mut proposed = good.clone();
        change(&mut proposed);
        proposed
    };
    for (proposed, words) in [
        (changed(|p| p["kind"] = json!("hashedrekord")), "hashedrekord"),
        (changed(|p| p["apiVersion"] = json!("0.0.2")), "0.0.2"),
        (changed(|p| p["spec"] = json!(1)), "expected an object"),
        (changed(|p| p["spec"]["digestonly"] = json!(true)), "unknown field \"digestonly\""),
        (changed(|p| p["spec"]["digestOnly"] = json!("true")), "expected true or false"),
        (changed(|p| p["spec"]["content"] = json!("AQ")), "spec.content: expected standard base64"),
        (changed(|p| p["spec"]["content"] = json!("e30=")), "not a link"),
        (changed(|p| p["spec"]["publicKeys"] = json!([])), "no public key"),
        (changed(|p| p["spec"]["publicKeys"] = json!([{ "content": "AQ==" }])), "public key 1"),
        (changed(|p| p["spec"]["publicKeys"] = json!(vec![p["spec"]["publicKeys"][0].clone(); 17])), "at most 16"),
        (
            changed(|p| p["spec"]["publicKeys"][0]["content"] = json!(base64_encode(&LinkMaker::new(2).key()))),
            "no signature",
        ),
        (json!([]), "expected an object"),
    ] {
        server.post(ENTRIES, &proposed).await.refuses(400, words);
    }
    let raw = |body: Vec<u8>| server.send(Request::post(ENTRIES).body(Body::from(body)).unwrap());
    raw(b"{\"kind\":1,\"kind\":2}".to_vec()).await.refuses(400, "the body of the request");
    raw(vec![b' '; 4 * 1024 * 1024 + 1]).await.refuses(413, "too large");
    assert_eq!(server.get("/api/v1/log").await.json()["treeSize"], 0);
}

#[tokio::test]
async fn what_is_not_there_is_said_not_to_be_there() {
    let server = Server::new();
    server.add(&LinkMaker::new(1), "a").await;
    let no_leaf = "0".repeat(64);
    server.get(&format!("{ENTRIES}?logIndex=1")).await.refuses(404, "");
    server.get(&format!("{ENTRIES}?logIndex=+0")).await.refuses(400, "logIndex");
    server.get(&format!("{ENTRIES}?logIndex=18446744073709551615")).await.refuses(404, "");
    server.get(ENTRIES).await.refuses(400, "logIndex");
    server.get(&format!("{ENTRIES}/{no_leaf}")).await.refuses(404, "no such entry");
    server.get(&format!("{ENTRIES}/{:016x}{no_leaf}", 7)).await.refuses(404, "tree 7");
    server.get(&format!("{ENTRIES}/xyz")).await.refuses(400, "64 or 80");
    server.get("/api/v2/log").await.refuses(404, "/api/v2/log");
    server.get("/logs/123456/checkpoint").await.refuses(404, "/logs/123456/checkpoint");
    server.get("/nothing").await.refuses(404, "/nothing");
    server.post("/checkpoint", &json!({})).await.refuses(405, "POST");

    let retrieve = format!("{ENTRIES}/retrieve");
    let answer = server.post(&retrieve, &json!({ "entryUUIDs": [no_leaf], "logIndexes": [0, 1] })).await;
    assert_eq!(answer.json().as_array().unwrap().len(), 1);
    server
        .post(&retrieve, &json!({ "logIndexes": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }))
        .await
        .refuses(422, "at most 10");
    server.post(&retrieve, &json!({})).await.refuses(400, "expected a list");
    server.post(&retrieve, &json!({ "entryUUIDs": [1] })).await.refuses(400, "strings");
    server.post(&retrieve, &json!({ "logIndexes": [-1] })).await.refuses(400, "whole numbers");
}
