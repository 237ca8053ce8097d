//! What the bodies of Rekor entries commit to, kind by kind, in the shapes that logs store.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::bytes::{base64_encode, hex_encode};
use rekor_verifier::check::link::admit;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::rekor_body::{EntryStatement, RekorBodyError, Subject};
use serde_json::{Value, json};

mod vectors;

fn body(kind: &str, version: &str, spec: Value) -> Value {
    json!({ "apiVersion": version, "kind": kind, "spec": spec })
}

fn read(body: &Value) -> Result<EntryStatement, RekorBodyError> {
    EntryStatement::parse(body.to_string().as_bytes())
}

fn b64(bytes: &[u8]) -> String {
    base64_encode(bytes)
}

fn hash(fill: u8) -> Value {
    json!({ "algorithm": "sha256", "value": hex_encode(&[fill; 32]) })
}

fn v2_signature() -> Value {
    json!({ "content": b64(b"sig"), "verifier": { "keyDetails": "PKIX_ED25519", "publicKey": { "rawBytes": b64(b"key") } } })
}

fn bodies() -> Vec<Value> {
    let v2_hash = json!({ "algorithm": "SHA2_256", "digest": b64(&[1; 32]) });
    vec![
        body(
            "hashedrekord",
            "0.0.1",
            json!({ "data": { "hash": hash(1) }, "signature": { "content": b64(b"sig"), "publicKey": { "content": b64(b"key") } } }),
        ),
        body("hashedrekord", "0.0.2", json!({ "hashedRekordV002": { "data": v2_hash, "signature": v2_signature() } })),
        body(
            "dsse",
            "0.0.1",
            json!({ "envelopeHash": hash(2), "payloadHash": hash(1), "signatures": [{ "signature": b64(b"sig"), "verifier": b64(b"key") }] }),
        ),
        body("dsse", "0.0.2", json!({ "dsseV002": { "payloadHash": v2_hash, "signatures": [v2_signature()] } })),
        body(
            "intoto",
            "0.0.1",
            json!({ "content": { "hash": hash(2), "payloadHash": hash(1) }, "publicKey": b64(b"key") }),
        ),
        body(
            "intoto",
            "0.0.2",
            json!({ "content": {
                "envelope": { "payloadType": "t", "signatures": [{ "publicKey": b64(b"key"), "sig": b64(b64(b"sig").as_bytes()) }] },
                "hash": hash(2), "payloadHash": hash(1)
            }}),
        ),
        body(
            "rekord",
            "0.0.1",
            json!({ "data": { "hash": hash(1) }, "signature": { "format": "minisign", "content": b64(b"sig"), "publicKey": { "content": b64(b"key") } } }),
        ),
    ]
}

#[test]
fn every_kind_states_what_it_commits_to() {
    for body in bodies() {
        let statement = read(&body).unwrap();
        let name = format!("{} {}", statement.kind, statement.version);
        let subject = match &statement.kind[..] {
            "hashedrekord" | "rekord" => Subject::Artifact,
            _ => Subject::Payload,
        };
        let digest = statement.digests.iter().find(|digest| digest.subject == subject).expect(&name);
        assert_eq!((&digest.algorithm[..], &digest.digest[..]), ("sha256", &[1; 32][..]), "{name}");
        assert_eq!(statement.artifact().is_some(), subject == Subject::Artifact, "{name}");
        let envelope = statement.digests.iter().find(|digest| digest.subject == Subject::Envelope);
        assert_eq!(envelope.is_some(), ["dsse 0.0.1", "intoto 0.0.1", "intoto 0.0.2"].contains(&&name[..]), "{name}");
        assert!(envelope.is_none_or(|envelope| envelope.digest == [2; 32]), "{name}");
        let [signature] = &statement.signatures[..] else { panic!("{name}: {statement:?}") };
        assert_eq!(signature.verifier, b"key", "{name}");
        let expected = (name != "intoto 0.0.1").then_some(b"sig".to_vec());
        assert_eq!(signature.signature, expected, "{name}");
        assert_eq!(&signature.format, if name == "rekord 0.0.1" { "minisign" } else { "x509" });
        assert_eq!(statement.is_v2(), ["hashedrekord 0.0.2", "dsse 0.0.2"].contains(&&name[..]), "{name}");
    }
}

/// Every member of an object below `value`, as JSON pointers.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (format!("{at}/{name}"), value)).collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(i, value)| (format!("{at}/{i}"), value)).collect(),
        _ => return,
    };
    for (pointer, value) in children {
        out.push(pointer.clone());
        pointers(value, &pointer, out);
    }
}

#[test]
fn no_member_may_be_of_another_type() {
    // Nothing is read from these.
    let unread = ["keyDetails", "payloadType"];
    for body in bodies() {
        let mut all = Vec::new();
        pointers(&body, "", &mut all);
        for pointer in all.iter().filter(|pointer| !unread.iter().any(|name| pointer.ends_with(name))) {
            for wrong in [json!(7), json!(""), Value::Null] {
                let mut changed = body.clone();
                *changed.pointer_mut(pointer).unwrap() = wrong.clone();
                assert!(read(&changed).is_err(), "{pointer} {wrong} in {body}");
            }
        }
    }
    assert!(matches!(read(&body("alpine", "0.0.1", json!({}))), Err(RekorBodyError::Unsupported { .. })));
    assert!(matches!(read(&body("dsse", "0.0.3", json!({}))), Err(RekorBodyError::Unsupported { .. })));
    assert!(matches!(read(&body("link", "9.9.9", json!({}))), Err(RekorBodyError::Unsupported { .. })));
}

#[test]
fn our_own_entries_commit_to_the_link_file() {
    let file = |path: &str| std::fs::read(vectors::fixtures().join(path)).unwrap();
    let (link, key) = (file("links/ed25519.link"), PublicKey::parse(&file("keys/dora.pub")).unwrap());
    let entry = admit(&link, std::slice::from_ref(&key)).unwrap().entry;
    let statement = EntryStatement::parse(&entry.encode()).unwrap();
    assert_eq!(
        (statement.digests[0].subject, &statement.digests[0].digest[..]),
        (Subject::LinkFile, &entry.file.as_bytes()[..])
    );
    assert_eq!(statement.signatures[0].verifier, key.spki_der());
    assert_eq!(statement.signatures[0].signature.as_ref(), Some(&entry.signatures[0].signature));
}
