//! An entry of the public Rekor log, as its API answers, through the command and under the trusted root that is built in.

use base64ct::{Base64, Encoding};
use rekor_tests::bundles::data;
use rekor_tests::rekor::{Report, User};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn bytes(value: &Value) -> Vec<u8> {
    Base64::decode_vec(value.as_str().unwrap()).unwrap()
}

fn hex(value: &Value) -> String {
    base16ct::lower::encode_string(&bytes(value))
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

/// The answer of `GET /api/v1/log/entries`, for the entry that a bundle holds.
fn answer(bundle: &Value) -> Value {
    let entry = &bundle["verificationMaterial"]["tlogEntries"][0];
    let proof = &entry["inclusionProof"];
    let leaf = Sha256::digest([&[0], &bytes(&entry["canonicalizedBody"])[..]].concat());
    json!({ format!("{:016x}{}", 1, base16ct::lower::encode_string(&leaf)): {
        "body": entry["canonicalizedBody"],
        "integratedTime": number(&entry["integratedTime"]),
        "logID": hex(&entry["logId"]["keyId"]),
        "logIndex": number(&entry["logIndex"]),
        "verification": {
            "inclusionProof": {
                "checkpoint": proof["checkpoint"]["envelope"],
                "hashes": proof["hashes"].as_array().unwrap().iter().map(hex).collect::<Vec<_>>(),
                "logIndex": number(&proof["logIndex"]),
                "rootHash": hex(&proof["rootHash"]),
                "treeSize": number(&proof["treeSize"]),
            },
            "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
        },
    }})
}

/// A reader with a file, the public key of whoever signed it, and the log's answer, changed.
fn verify(change: impl FnOnce(&mut Value), artifact: &[u8], arguments: &[&str]) -> (i32, Report) {
    let user = User::new();
    let file = |name: &str| std::fs::read(data().join("managed-key").join(name)).unwrap();
    let mut answer = answer(&serde_json::from_slice(&file("bundle.sigstore.json")).unwrap());
    change(answer.as_object_mut().unwrap().values_mut().next().unwrap());
    user.folder.write("artifact.txt", artifact);
    user.folder.write("key.pub", &file("key.pub"));
    user.folder.write("entry.json", answer.to_string().as_bytes());
    let done = user.rekor(&[&["verify", "artifact.txt", "entry.json", "--offline", "--json"], arguments].concat());
    (done.code, done.report())
}

#[test]
fn an_answer_of_the_public_log_is_evidence() {
    let artifact = std::fs::read(data().join("managed-key/artifact.txt")).unwrap();
    let named = ["--public-key", "key.pub"];
    let (code, report) = verify(|_| {}, &artifact, &named);
    assert_eq!(code, 0, "{:#}", report.0);
    assert_eq!(
        report.headline(),
        "artifact.txt is what entry.json records. Signed by key, recorded as #771488337 of https://rekor.sigstore.dev."
    );
    let (code, report) = verify(|_| {}, &artifact, &[]);
    assert_eq!(code, 2);
    report.has("rekor-entry-signature", "untrusted").has("log-checkpoint", "passed");
    let (code, report) = verify(|_| {}, b"another file", &named);
    assert_eq!(code, 1);
    report.has("artifact-product", "failed").has("rekor-entry-statement", "not-checked");
    let (code, report) = verify(|_| {}, &artifact, &[&named[..], &["--staging"]].concat());
    assert_eq!(code, 2);
    report.has("log-checkpoint", "untrusted");
    let (code, report) = verify(|entry| entry["integratedTime"] = json!(1), &artifact, &named);
    assert_eq!(code, 1);
    report.has("rekor-entry-timestamp", "failed").has("entry-inclusion", "passed");
}
