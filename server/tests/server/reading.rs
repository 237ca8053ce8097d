//! Search, tree, tiles, blobs, cross-origin access.

use crate::links::LinkMaker;
use crate::support::{self, Answer, Server};
use axum::body::Body;
use axum::http::Request;
use ed25519_dalek::Verifier as _;
use rekor_verifier::Hash;
use rekor_verifier::bytes::{base64_encode, hex_encode};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::json as strict;
use rekor_verifier::format::note::{Note, Vkey};
use rekor_verifier::format::tile::{BundleId, TileId};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

const INDEX: &str = "/api/v1/index/retrieve";

fn ids(answer: &Answer) -> Vec<String> {
    answer.json().as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_entry_is_found_by_each_of_its_digests_and_by_its_key() {
    let server = Server::new();
    let (alice, bob) = (LinkMaker::new(1), LinkMaker::new(2));
    let a = server.add(&alice, "a").await;
    let b = server.add(&bob, "a").await;
    let c = server.add(&alice, "c").await;
    let product = sha256(b"a").to_string();
    let key = |maker: &LinkMaker| json!({ "format": "x509", "content": base64_encode(&maker.key()) });
    let link = strict::parse(&alice.link("a")).unwrap();
    let signed = sha256(&link.get("signed").unwrap().to_olpc().unwrap());

    for (query, expected) in [
        (json!({ "hash": format!("sha256:{product}") }), vec![&b, &a]),
        (json!({ "hash": product.to_uppercase() }), vec![&b, &a]),
        (json!({ "hash": format!("sha256:{}", sha256(&alice.link("a"))) }), vec![&a]),
        (json!({ "hash": format!("sha256:{signed}") }), vec![&b, &a]),
        (json!({ "hash": format!("sha512:{}", "0".repeat(128)) }), vec![]),
        (json!({ "publicKey": key(&alice) }), vec![&c, &a]),
        (json!({ "publicKey": key(&alice), "hash": product, "operator": "and" }), vec![&a]),
        (json!({ "publicKey": key(&bob), "hash": product, "operator": "and" }), vec![&b]),
        (json!({ "publicKey": key(&alice), "hash": product, "operator": "or" }), vec![&c, &b, &a]),
        (json!({ "publicKey": key(&alice), "hash": product }), vec![&c, &b, &a]),
        (json!({ "publicKey": key(&LinkMaker::new(3)), "hash": product, "operator": "and" }), vec![]),
        (json!({ "email": "a@example.com" }), vec![]),
        (json!({ "subject": "a" }), vec![]),
        (json!({ "email": "a@example.com", "hash": product, "operator": "and" }), vec![]),
    ] {
        for path in [INDEX.to_owned(), format!("/logs/{}{INDEX}/", server.tree_id)] {
            let answer = server.post(&path, &query).await;
            assert_eq!(ids(&answer), expected.iter().map(|id| id.to_string()).collect::<Vec<_>>(), "{query}");
            assert_eq!(answer.header("rekor-truncated"), "");
        }
    }
    for (query, words) in [
        (json!({}), "a hash, a publicKey"),
        (json!({ "hash": "sha256" }), "hash:"),
        (json!({ "hash": "sha256:xyz" }), "hash:"),
        (json!({ "hash": product, "operator": "xor" }), "operator"),
        (json!({ "publicKey": { "url": "https://example.com/key" } }), "publicKey.content"),
        (json!({ "publicKey": { "content": "AQ==" } }), "publicKey"),
    ] {
        server.post(INDEX, &query).await.refuses(400, words);
    }
}

#[tokio::test]
async fn a_search_has_a_size() {
    let server = Server::new();
    let padded = |length: usize| json!({ "hash": "0".repeat(64), "ignored": "x".repeat(length) });
    assert_eq!(server.post(INDEX, &padded(100_000)).await.status, 200);
    server.post(INDEX, &padded(140_000)).await.refuses(413, "too large");
}

#[tokio::test]
async fn a_flood_is_cut_short_and_says_so_but_hides_nobody() {
    let server = Arc::new(Server::new());
    let trusted = LinkMaker::new(0);
    let entry = server.add(&trusted, "a").await;
    // 25 strangers with 41 links each about the same product, all at once.
    let mut additions = JoinSet::new();
    for number in 0..25 * 41 {
        let server = Arc::clone(&server);
        let maker = LinkMaker::new(1 + (number % 25) as u8);
        let link = maker.named_link(&format!("step {number}"), "a");
        let proposed = support::proposed_link(&link, &maker);
        additions.spawn(async move { server.post("/api/v1/log/entries", &proposed).await.status });
    }
    while let Some(status) = additions.join_next().await {
        assert_eq!(status.unwrap(), 201);
    }
    let hash = format!("sha256:{}", sha256(b"a"));
    let answer = server.post(INDEX, &json!({ "hash": hash })).await;
    assert_eq!((ids(&answer).len(), answer.header("rekor-truncated")), (1000, "true"));
    let key = json!({ "content": base64_encode(&trusted.key()) });
    let answer = server.post(INDEX, &json!({ "hash": hash, "publicKey": key, "operator": "and" })).await;
    assert_eq!((ids(&answer), answer.header("rekor-truncated")), (vec![entry], ""));
}

#[tokio::test]
async fn the_tree_proves_that_it_only_grows() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    let mut roots = vec![server.get("/api/v1/log").await.json()["rootHash"].clone()];
    for i in 0..9 {
        server.add(&maker, &format!("artifact {i}")).await;
        let info = server.get(&format!("/logs/{}/api/v1/log/", server.tree_id)).await.json();
        assert_eq!((&info["treeSize"], &info["treeID"]), (&json!(i + 1), &json!(server.tree_id.to_string())));
        assert_eq!(info["inactiveShards"], json!([]));
        let head = Note::parse(info["signedTreeHead"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(info["rootHash"], Checkpoint::parse(&head.text).unwrap().root.to_string());
        roots.push(info["rootHash"].clone());
    }
    let hash = |value: &Value| Hash::from_hex(value.as_str().unwrap()).unwrap();
    for last in 1..=9 {
        for first in 1..=last {
            let path = format!("/api/v1/log/proof?firstSize={first}&lastSize={last}&treeID={}", server.tree_id);
            let proof = server.get(&path).await.json();
            assert_eq!(proof["rootHash"], roots[last as usize]);
            let hashes: Vec<Hash> = proof["hashes"].as_array().unwrap().iter().map(hash).collect();
            let (old, new) = (hash(&roots[first as usize]), hash(&roots[last as usize]));
            merkle::verify_consistency(first, last, &hashes, old, new).unwrap();
        }
    }
    for bad in ["", "?firstSize=2&lastSize=1", "?lastSize=10", "?firstSize=0&lastSize=2", "?lastSize=x"] {
        server.get(&format!("/api/v1/log/proof{bad}")).await.refuses(400, "Size");
    }
    server.get("/api/v1/log/proof?lastSize=2&treeID=7").await.refuses(404, "tree 7");
    server.get("/api/v1/log/publicKey?treeID=7").await.refuses(404, "tree 7");
}

/// Everything that can be recomputed from the tiles of the tree of `size` entries.
async fn check_tiles(server: &Server, size: u64) {
    let answer = server.get("/checkpoint").await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let vkey: Vkey = server.get("/vkey").await.text().trim_end().parse().unwrap();
    let note = Note::parse(&answer.body).unwrap();
    assert_eq!((&note.signatures[0].name, note.signatures[0].key_id), (&vkey.name, vkey.key_id()));
    let key = ed25519_dalek::VerifyingKey::try_from(&vkey.key[..]).unwrap();
    let signature = ed25519_dalek::Signature::from_slice(&note.signatures[0].signature).unwrap();
    key.verify(note.text.as_bytes(), &signature).unwrap();
    let checkpoint = Checkpoint::parse(&note.text).unwrap();
    assert_eq!(checkpoint.size, size);

    let mut leaves = Vec::new();
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256) as u16;
        let (bundle, tile) = (BundleId { index, width }, TileId { level: 0, index, width });
        let bytes = server.get(&format!("/{}", bundle.path())).await;
        assert_eq!(bytes.header("content-type"), "application/octet-stream");
        assert!(bytes.header("cache-control").contains("immutable"));
        let entries = bundle.entries(&bytes.body).unwrap();
        let hashes: Vec<Hash> = entries.iter().map(|entry| merkle::leaf_hash(entry)).collect();
        let tile_bytes = server.get(&format!("/{}", tile.path())).await.body;
        assert_eq!(tile.hashes(&tile_bytes).unwrap(), hashes);
        leaves.extend(hashes);
    }
    assert_eq!(root(&leaves), checkpoint.root);
}

/// RFC 6962 §2.1.
fn root(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        1 => leaves[0],
        n => {
            let (left, right) = leaves.split_at(n.next_power_of_two() / 2);
            merkle::node_hash(&root(left), &root(right))
        }
    }
}

#[tokio::test]
async fn tiles_of_every_width_give_the_tree() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    server.get("/tile/0/000.p/1").await.refuses(404, "");
    server.get("/tile/0/000").await.refuses(404, "");
    for size in 1..=258 {
        server.add(&maker, &format!("artifact {size}")).await;
        if !(20..=254).contains(&size) {
            check_tiles(&server, size).await;
        }
    }
    // Partial tiles stay when the full one is there; the next level begins with the first full tile.
    let full = server.get("/tile/0/000").await.body;
    assert_eq!(full.len(), 256 * 32);
    for width in 1..256 {
        assert_eq!(server.get(&format!("/tile/0/000.p/{width}")).await.body, full[..width * 32]);
    }
    let level_1 = server.get("/tile/1/000.p/1").await.body;
    let leaves: Vec<Hash> = full.chunks_exact(32).filter_map(Hash::from_slice).collect();
    assert_eq!(level_1, root(&leaves).as_bytes());
    for nothing in [
        "0/001",
        "0/001.p/3",
        "0/001.p/0",
        "0/000.p/256",
        "1/000",
        "1/000.p/2",
        "2/000.p/1",
        "7/000.p/1",
        "8/000",
        "0/0",
        "x",
        "entries/001",
        "entries/001.p/3",
        "entries/x",
    ] {
        let answer = server.get(&format!("/tile/{nothing}")).await;
        answer.refuses(404, "");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(server.get(&format!("/logs/{}/tile/0/000", server.tree_id)).await.body, full);
}

#[tokio::test]
async fn blobs_are_what_the_leaves_name() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    server.add(&maker, "a").await;
    let bundle = server.get("/tile/entries/000.p/1").await.body;
    let entry = LinkEntry::parse(&bundle[2..]).unwrap();
    let link = server.get(&format!("/blob/{}", entry.file)).await;
    assert_eq!(link.body, maker.link("a"));
    assert_eq!(link.header("content-type"), "application/octet-stream");
    assert_eq!(link.header("x-content-type-options"), "nosniff");
    let list = server.get(&format!("/blob/{}", entry.digest_list)).await;
    assert_eq!(list.text(), format!("product sha256 {}\n", sha256(b"a")));
    server.get(&format!("/blob/{}", hex_encode(&[0; 32]))).await.refuses(404, "does not have");
    server.get("/blob/xyz").await.refuses(400, "SHA-256");
}

#[tokio::test]
async fn every_page_may_read_the_log() {
    let server = Server::new();
    for path in ["/checkpoint", "/api/v1/log", "/tile/0/000", "/api/v1/nothing", "/logs/7/vkey"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    for path in [INDEX.to_owned(), format!("/logs/{}/api/v1/log/entries", server.tree_id)] {
        let preflight = Request::options(&path)
            .header("origin", "https://example.com")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = server.send(preflight.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-headers"), "content-type");
        assert!(answer.header("access-control-allow-methods").contains("POST"));
    }
    let answer = server.post(INDEX, &json!({ "hash": "0".repeat(64) })).await;
    assert!(answer.header("access-control-expose-headers").contains("rekor-truncated"));
}
