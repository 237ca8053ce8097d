//! Inputs that a parser reads, or that look like some: the fixtures, real inputs where they are at hand, and what is
//! written here.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use crate::vectors;
use rekor_verifier::bytes::{base64_encode, hex_encode};
use serde_json::{Value, json};
use std::path::Path;

/// The largest file that is taken, in bytes: changes to larger ones are rarely felt.
const MAX_SEED: u64 = 16 * 1024;

const VKEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
/// The public Rekor log's.
const REKOR: &str = "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=";
const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==";

/// The inputs for the parser of this name; at least one.
pub fn of(name: &str) -> Vec<Vec<u8>> {
    match name {
        "json" => files(|path| has(path, &["link", "json", "layout", "template"])),
        "link" | "envelope" => files(|path| has(path, &["link", "layout", "template"])),
        "layout" => [files(|path| has(path, &["layout", "template"])), vec![layout()]].concat(),
        "archive" => files(|path| has(path, &["tar", "gz"])),
        "key" => [files(|path| has(path, &["pub", "json", "asc", "pem", "gpg", "crt"])), vec![P256.into()]].concat(),
        "certificate" => vec![certificate()],
        "note" => files(|path| path.contains("checkpoint")),
        "checkpoint" => notes().into_iter().map(|note| before_signatures(&note)).collect(),
        "receipt" => notes().into_iter().map(|note| receipt(&note)).collect(),
        "vkey" => [vec![VKEY.to_owned(), REKOR.to_owned()], witnesses()]
            .concat()
            .into_iter()
            .map(String::into_bytes)
            .collect(),
        "policy" => vec![policy()],
        "signers" => vec![format!("signer a {P256}\ngroup g 1 a\nquorum g\n").into()],
        "entry" => vec![entry()],
        "rekor-answer" => vec![answer(), format!("[{}]", String::from_utf8(answer()).unwrap()).into()],
        "rekor-bundled" => vec![bundled().to_string().into()],
        "rekor-body" => bodies(),
        "trusted-root" => vec![trusted_root()],
        "tile-path" => lines(&["1/x001/x234/067", "0/000.p/5", "x999/999", "000.p/255", "7/000"]),
        "entry-bundle" => vec![b"\0\x02\0\x01a\0\x02bc".to_vec(), b"\0\0".to_vec(), b"\x01\0".to_vec()],
        "sigstore-bundle" => vec![sigstore_bundle()],
        "time" => lines(&["2021-01-12T11:53:27.000Z", "2000-02-29T00:00:00Z"]),
        other => panic!("no inputs for {other}"),
    }
}

/// As much of an X.509 certificate as says whom it names: by an e-mail address, vouched for by somebody.
fn certificate() -> Vec<u8> {
    let element = |tag: u8, parts: &[&[u8]]| {
        let body = parts.concat();
        [&[tag, u8::try_from(body.len()).unwrap()][..], &body].concat()
    };
    let extension = |oid: &[u8], value: &[u8]| element(0x30, &[&element(6, &[oid]), &element(4, &[value])]);
    let names = element(0x30, &[&element(0x81, &[b"a@b.example"])]);
    let issuer = element(0x0c, &[b"https://c.example"]);
    let extensions =
        [extension(&[0x55, 0x1d, 0x11], &names), extension(&[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8], &issuer)];
    element(0x30, &[&element(0x30, &[&element(0xa3, &[&element(0x30, &[&extensions[0], &extensions[1]])])])])
}

/// A layout of one step and one inspection; its signature is made up.
fn layout() -> Vec<u8> {
    let keyid = hex_encode(&[6; 32]);
    let public = std::fs::read_to_string(vectors::fixtures().join("keys/erik.pub")).unwrap();
    let key = json!({
        "keyid": keyid, "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": { "public": public }
    });
    let rules = json!([["MATCH", "a/*", "IN", "b", "WITH", "PRODUCTS", "IN", "c", "FROM", "write"], ["DISALLOW", "*"]]);
    let step = json!({
        "_type": "step", "name": "write", "expected_command": ["true"], "pubkeys": [keyid], "threshold": 1,
        "expected_materials": [], "expected_products": [["CREATE", "a"], ["ALLOW", "{x}"]]
    });
    let inspect = json!({
        "_type": "inspection", "name": "untar", "run": ["tar", "xf", "a.tar"],
        "expected_materials": rules, "expected_products": rules
    });
    let signed = json!({
        "_type": "layout", "expires": "2030-01-01T00:00:00Z", "readme": "", "keys": { keyid.clone(): key },
        "steps": [step], "inspect": [inspect]
    });
    json!({ "signatures": [{ "keyid": keyid, "sig": "00" }], "signed": signed }).to_string().into()
}

fn lines(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn has(path: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.ends_with(&format!(".{ending}")))
}

/// Files of a kind, in the order of their paths.
fn files(is: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    for folder in vectors::folders() {
        collect(&folder, &mut paths);
    }
    paths.sort();
    let wanted = paths.iter().filter(|path| is(&path.display().to_string()));
    wanted.map(|path| std::fs::read(path).unwrap()).collect()
}

fn collect(folder: &Path, paths: &mut Vec<std::path::PathBuf>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        match file.metadata().unwrap() {
            about if about.is_dir() => collect(&file.path(), paths),
            about if about.len() <= MAX_SEED => paths.push(file.path()),
            _ => {}
        }
    }
}

fn notes() -> Vec<Vec<u8>> {
    files(|path| path.contains("checkpoint"))
}

fn before_signatures(note: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(note).unwrap();
    text[..text.rfind("\n\n").unwrap() + 1].into()
}

fn receipt(note: &[u8]) -> Vec<u8> {
    let hashes = format!("{}\n", base64_encode(&[7; 32])).repeat(3);
    [format!("c2sp.org/tlog-proof@v1\nextra bGVhZg==\nindex 3\n{hashes}\n").as_bytes(), note].concat()
}

/// Of a witness with an Ed25519 key, and of one with an ML-DSA-44 key.
fn witnesses() -> Vec<String> {
    let file = std::fs::read_to_string(vectors::fixtures().join("tiles/witnesses")).unwrap();
    file.lines().map(str::to_owned).collect()
}

fn policy() -> Vec<u8> {
    let mut text = format!("# whom we trust\nlog {VKEY} https://example.com/log\n");
    for (i, vkey) in witnesses().iter().enumerate() {
        text.push_str(&format!("witness w{i} {vkey}\n"));
    }
    text.push_str("group g any w0 w1\nquorum g\n");
    text.into()
}

/// The golden entry of `docs/entry-link.md` is longer; this one has the same shape.
fn entry() -> Vec<u8> {
    let file = files(|path| path.ends_with(".entry.json"));
    file.into_iter().next().expect("an entry among the fixtures")
}

fn hash(fill: u8) -> Value {
    json!({ "algorithm": "sha256", "value": hex_encode(&[fill; 32]) })
}

fn bodies() -> Vec<Vec<u8>> {
    let (key, signature) = (base64_encode(P256.as_bytes()), base64_encode(b"signature"));
    let public_key = json!({ "content": key });
    let v2 =
        json!({ "content": signature, "verifier": { "keyDetails": "PKIX_ED25519", "publicKey": { "rawBytes": key } } });
    let v2_hash = json!({ "algorithm": "SHA2_256", "digest": base64_encode(&[1; 32]) });
    let envelope = json!({ "signatures": [{ "publicKey": key, "sig": base64_encode(signature.as_bytes()) }] });
    let signed = json!({ "format": "x509", "content": signature, "publicKey": public_key });
    let body = |kind: &str, version: &str, spec: Value| {
        json!({ "apiVersion": version, "kind": kind, "spec": spec }).to_string().into_bytes()
    };
    vec![
        body("hashedrekord", "0.0.1", json!({ "data": { "hash": hash(1) }, "signature": signed })),
        body("hashedrekord", "0.0.2", json!({ "hashedRekordV002": { "data": v2_hash, "signature": v2 } })),
        body(
            "dsse",
            "0.0.1",
            json!({ "envelopeHash": hash(2), "payloadHash": hash(1), "signatures": [{ "signature": signature, "verifier": key }] }),
        ),
        body("dsse", "0.0.2", json!({ "dsseV002": { "payloadHash": v2_hash, "signatures": [v2] } })),
        body("intoto", "0.0.1", json!({ "content": { "hash": hash(2), "payloadHash": hash(1) }, "publicKey": key })),
        body(
            "intoto",
            "0.0.2",
            json!({ "content": { "envelope": envelope, "hash": hash(2), "payloadHash": hash(1) } }),
        ),
        body("rekord", "0.0.1", json!({ "data": { "hash": hash(1) }, "signature": signed })),
        entry(),
    ]
}

fn checkpoint() -> String {
    format!("rekor.example - 1\n4\n{}\n\n\u{2014} rekor.example AAAAAAA=\n", base64_encode(&[3; 32]))
}

fn answer() -> Vec<u8> {
    let proof = json!({
        "checkpoint": checkpoint(), "hashes": [hex_encode(&[1; 32]), hex_encode(&[2; 32])], "logIndex": 2,
        "rootHash": hex_encode(&[3; 32]), "treeSize": 4
    });
    let verification = json!({ "inclusionProof": proof, "signedEntryTimestamp": base64_encode(b"promise") });
    let body = base64_encode(&bodies()[0]);
    let entry = json!({
        "body": body, "integratedTime": 1_700_000_000, "logID": hex_encode(&[4; 32]), "logIndex": 1002,
        "verification": verification
    });
    json!({ hex_encode(&[5; 40]): entry }).to_string().into()
}

fn bundled() -> Value {
    let proof = json!({
        "checkpoint": { "envelope": checkpoint() }, "hashes": [base64_encode(&[1; 32])], "logIndex": "2",
        "rootHash": base64_encode(&[3; 32]), "treeSize": "4"
    });
    json!({
        "canonicalizedBody": base64_encode(&bodies()[1]), "inclusionProof": proof, "logIndex": "1002",
        "integratedTime": "1700000000", "logId": { "keyId": base64_encode(&[4; 32]) },
        "inclusionPromise": { "signedEntryTimestamp": base64_encode(b"promise") },
        "kindVersion": { "kind": "hashedrekord", "version": "0.0.2" }
    })
}

fn sigstore_bundle() -> Vec<u8> {
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "certificate": { "rawBytes": "MAA=" }, "tlogEntries": [bundled()] },
        "messageSignature": { "messageDigest": { "algorithm": "SHA2_256", "digest": base64_encode(&[1; 32]) }, "signature": "MAA=" }
    })
    .to_string()
    .into()
}

fn trusted_root() -> Vec<u8> {
    let valid = json!({ "start": "2021-01-12T11:53:27.000Z", "end": "2026-01-01T00:00:00Z" });
    let log = json!({
        "baseUrl": "https://rekor.example", "hashAlgorithm": "SHA2_256",
        "publicKey": { "rawBytes": P256, "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid },
        "logId": { "keyId": "wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=" }
    });
    json!({ "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": [log] })
        .to_string()
        .into()
}
