//! An entry of the public Rekor log, as its API answers, through the command and under the trusted root that is built in.

use rekor_tests::bundles::data;
use rekor_tests::public_log::v1_answer;
use rekor_tests::rekor::{Report, User};
use serde_json::{Value, json};

/// A reader with a file, the public key of whoever signed it, and the log's answer, changed.
fn verify(change: impl FnOnce(&mut Value), artifact: &[u8], arguments: &[&str]) -> (i32, Report) {
    let user = User::new();
    let file = |name: &str| std::fs::read(data().join("managed-key").join(name)).unwrap();
    let mut answer = v1_answer(&serde_json::from_slice(&file("bundle.sigstore.json")).unwrap());
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
