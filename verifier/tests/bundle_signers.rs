//! Whether enough of the named signers signed the very file that their bundles are about. What checks bundles stands aside
//! here: each is by the key that it names, and sound but for what it says itself.
#![allow(clippy::unwrap_used)] // tests panic on purpose

use rekor_verifier::bytes::base64_encode;
use rekor_verifier::check::digest::Digests;
use rekor_verifier::evidence::{Artifact, BundleFile, Evidence};
use rekor_verifier::format::bundle::{Container, Found};
use rekor_verifier::format::json;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::report::{Check, CheckId, Outcome, Report, Time, Verdict};
use rekor_verifier::sigstore::{BundleReport, BundleRequest, BundleSigner, BundleVerifier, TrustReport};
use rekor_verifier::verify;

mod vectors;

/// Takes a bundle at its word.
struct Gullible;

impl BundleVerifier for Gullible {
    fn verify(&self, request: &BundleRequest) -> BundleReport {
        let bundle = json::parse(request.bundle.as_bytes()).unwrap();
        let by = bundle.get("by").unwrap().as_str().unwrap();
        let stamp = if bundle.get("stamped").is_some() { Outcome::Passed } else { Outcome::NotChecked };
        let check = |id, outcome| Check::new(id, &request.subject, outcome, "");
        let mut report = BundleReport::unknown(TrustReport { name: String::new(), taken: None });
        report.signer =
            Some(BundleSigner { fingerprint: Some(key(by).fingerprint().to_string()), ..BundleSigner::default() });
        report.checks = vec![
            check(CheckId::BundleFormat, Outcome::Passed),
            check(CheckId::BundleTimestamp, stamp),
            check(CheckId::BundleSubject, Outcome::Passed),
            check(CheckId::BundleIdentity, Outcome::Passed),
        ];
        report
    }
}

fn key(name: &str) -> PublicKey {
    let path = vectors::fixtures().join(format!("keys/{name}.pub"));
    PublicKey::parse(&std::fs::read(path).unwrap()).unwrap()
}

/// A statement by `by` about `files`; `more` is what else the bundle says.
fn bundle(by: &str, files: &[&str], more: &str) -> BundleFile {
    let subject = |file: &&str| format!(r#"{{"digest":{{"sha256":"{}"}}}}"#, Digests::of(file.as_bytes()).sha256);
    let subjects: Vec<_> = files.iter().map(subject).collect();
    let payload = base64_encode(format!(r#"{{"subject":[{}]}}"#, subjects.join(",")).as_bytes());
    let json = format!(r#"{{"by":"{by}"{more},"dsseEnvelope":{{"payload":"{payload}"}}}}"#);
    BundleFile { name: by.to_owned(), bundle: Found { json, container: Container::File } }
}

fn stamped(by: &str, files: &[&str]) -> BundleFile {
    bundle(by, files, r#","stamped":true"#)
}

fn report(files: &[&str], bundles: &[BundleFile], signers: &[&str]) -> Report {
    let artifact =
        |file: &&str| Artifact { name: file.to_string(), digests: Digests::of(file.as_bytes()), listing: None };
    let evidence =
        Evidence { artifacts: files.iter().map(artifact).collect(), bundles: bundles.to_vec(), ..Evidence::default() };
    let signers = Quorum::all(signers.iter().map(|name| (name.to_string(), key(name))).collect());
    let policy = Policy { signers: Some(signers), ..Policy::default() };
    verify(&evidence, &policy, &Time { seconds: 0, source: String::new() }, &Gullible)
}

#[test]
fn each_of_the_named_signers_may_sign_in_a_bundle_of_their_own() {
    let (alice, bob) = (stamped("alice", &["one", "two"]), stamped("bob", &["one", "two"]));
    let verdict = |bundles: &[BundleFile]| report(&["one", "two"], bundles, &["alice", "bob"]).verdict;
    assert_eq!(verdict(&[alice.clone(), bob.clone()]), Verdict::Verified);
    assert_eq!(verdict(std::slice::from_ref(&alice)), Verdict::CouldNotTell);
    // Unsound, so nobody's.
    assert_eq!(verdict(&[alice, bundle("bob", &["one", "two"], "")]), Verdict::CouldNotTell);
}

#[test]
fn whoever_signed_one_file_has_not_signed_another_beside_it() {
    let bundles = [stamped("alice", &["theirs", "evil"]), stamped("bob", &["theirs"])];
    for files in [["theirs", "evil"], ["evil", "theirs"]] {
        let report = report(&files, &bundles, &["alice", "bob"]);
        assert_eq!(report.verdict, Verdict::CouldNotTell);
        let decides = |name| report.artifacts.iter().find(|one| one.name == name).unwrap().bundle.clone().unwrap();
        assert_eq!((decides("evil"), decides("theirs")), ("bundle[0]".into(), "bundle[1]".into()));
    }
    assert_eq!(report(&["theirs"], &bundles, &["alice", "bob"]).verdict, Verdict::Verified);
    assert_eq!(report(&["evil"], &bundles, &["alice", "bob"]).verdict, Verdict::CouldNotTell);
}

#[test]
fn of_several_files_the_headline_names_the_one_at_fault() {
    let bundles = [stamped("alice", &["one"]), stamped("bob", &["one"])];
    let headline = |files: &[&str]| report(files, &bundles, &["alice", "bob"]).headline;
    assert_eq!(headline(&["one", "two"]), "two: No link names this file, and no bundle is about it.");
    assert_eq!(headline(&["two"]), "No link names this file, and no bundle is about it.");
}
