//! Bundles among whatever came with a release: `rekor verify` ties them to files, and says whose word decides.

use rekor_tests::bundles;
use rekor_tests::files::{fixture, read};
use rekor_tests::forged_bundles::FILE;
use rekor_tests::rekor::{Done, User};

const BLOB: &str = "cosign-v3-blob.txt";
const BUNDLE: &str = "cosign-v3-blob.sigstore.json";
const OTHER: &str = "conda-attestation.sigstore.json";
const OTHER_FILE: &str = "signed-package-2.1.0-hb0f4dca_0.conda";

/// A user with a file and the bundle about it, another file and another bundle.
fn user() -> User {
    let user = User::new();
    for name in [BLOB, BUNDLE, OTHER, OTHER_FILE] {
        user.folder.write(name, &read(&bundles::data().join("bundles").join(name)));
    }
    user
}

fn verify(user: &User, arguments: &[&str]) -> Done {
    user.rekor(&[&["verify", "--json", "--offline"], arguments].concat())
}

/// The options that name whoever signed the blob, as its certificate says.
fn signer(user: &User) -> Vec<String> {
    let done = verify(user, &[BLOB, BUNDLE]);
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let signer = &report["bundles"][0]["signer"];
    let said = |name: &str| signer[name].as_str().unwrap().to_owned();
    vec!["--identity".to_owned(), said("identity"), "--issuer".to_owned(), said("issuer")]
}

#[test]
fn a_file_is_what_a_bundle_is_about_and_its_signer_has_to_be_named() {
    let user = user();
    let done = verify(&user, &[BLOB, BUNDLE]).exits(2);
    done.report().has("artifact-product", "passed").has("bundle-identity", "untrusted");
    let signer = signer(&user);
    let signer: Vec<&str> = signer.iter().map(String::as_str).collect();
    let done = verify(&user, &[&[BLOB, BUNDLE], &signer[..]].concat()).exits(0);
    assert!(done.report().headline().contains(&format!("{BLOB} is what {BUNDLE} is about")));
    // A pattern is for the whole identity.
    let pattern = format!("{}*", &signer[1][..3]);
    let with = |pattern: &str| verify(&user, &[BLOB, BUNDLE, "--identity-pattern", pattern, "--issuer", signer[3]]);
    with(&pattern).exits(0);
    with(&signer[1][..3]).exits(2).report().has("bundle-identity", "untrusted");
    with(&pattern[..2]).exits(2);
}

#[test]
fn a_bundle_says_nothing_for_another_file() {
    let user = user();
    let done = verify(&user, &[BLOB, OTHER]).exits(1);
    done.report().has("artifact-product", "failed");
    // Nor does a sound pair stand for a file beside it.
    let signer = signer(&user);
    let signer: Vec<&str> = signer.iter().map(String::as_str).collect();
    verify(&user, &[&[BLOB, BUNDLE, OTHER_FILE], &signer[..]].concat()).exits(1);
    // Two pairs, of which one is by somebody who was not named.
    verify(&user, &[&[BLOB, BUNDLE, OTHER_FILE, OTHER], &signer[..]].concat()).exits(2);
}

#[test]
fn a_changed_bundle_is_refused_also_beside_a_sound_one() {
    let user = user();
    let sound = String::from_utf8(read(&bundles::data().join("bundles").join(BUNDLE))).unwrap();
    let at = sound.find("\"signature\"").unwrap() + 30;
    let other = if &sound[at..=at] == "A" { "B" } else { "A" };
    let changed = format!("{}{other}{}", &sound[..at], &sound[at + 1..]);
    user.folder.write("changed.json", changed.as_bytes());
    let signer = signer(&user);
    let signer: Vec<&str> = signer.iter().map(String::as_str).collect();
    verify(&user, &[&[BLOB, "changed.json"], &signer[..]].concat()).exits(1);
    verify(&user, &[&[BLOB, BUNDLE, "changed.json"], &signer[..]].concat()).exits(1);
}

#[test]
fn other_evidence_about_the_same_file_takes_nothing_away() {
    let user = user();
    // The same bundle twice, as a registry that keeps several answers gives them.
    let bundle = String::from_utf8(read(&bundles::data().join("bundles").join(BUNDLE))).unwrap();
    let line = serde_json::from_str::<serde_json::Value>(&bundle).unwrap().to_string();
    user.folder.write("two.sigstore.jsonl", format!("{line}\n{line}\n").as_bytes());
    let signer = signer(&user);
    let signer: Vec<&str> = signer.iter().map(String::as_str).collect();
    verify(&user, &[&[BLOB, "two.sigstore.jsonl"], &signer[..]].concat()).exits(0);
    // A layout's or a link's owner is somebody else: their keys do not make a bundle's signer.
    let carl = rekor_tests::rekor::text(&fixture("keys/carl.pub"));
    verify(&user, &[BLOB, BUNDLE, "--public-key", &carl]).exits(2).report().has("bundle-identity", "untrusted");
}

/// Nothing else in the release asks for that digest, so that the file is read once more for it.
#[test]
fn a_file_is_known_by_the_sha384_that_was_signed() {
    let case = bundles::cases().into_iter().find(|case| case.name == "managed key: P-384 with SHA-384").unwrap();
    let bundles::Trust::Root(root) = &case.trust else { panic!("a root of its own") };
    let (user, key) = (User::new(), case.key.as_ref().unwrap().to_str().unwrap());
    for (name, text) in [("file", FILE), ("bundle.json", case.bundle.as_bytes()), ("root.json", root.as_bytes())] {
        user.folder.write(name, text);
    }
    let given = ["file", "bundle.json", "--trusted-root", "root.json", "--public-key", key];
    let report = verify(&user, &given).exits(2).report();
    report.has("bundle-subject", "passed").has("bundle-signature", "passed").has("bundle-log-entry", "not-checked");
    user.folder.write("file", b"another file");
    verify(&user, &given).exits(1).report().has("artifact-product", "failed");
}

#[test]
fn another_trusted_root_counts_instead_of_the_embedded_one() {
    let user = user();
    let signer = signer(&user);
    let signer: Vec<&str> = signer.iter().map(String::as_str).collect();
    let with = |more: &[&str]| verify(&user, &[&[BLOB, BUNDLE], &signer[..], more].concat());
    assert_eq!(verify(&user, &[&[BLOB, BUNDLE], &signer[..]].concat()).code, 0);
    // Whom the other root does not name cannot vouch for anything.
    let staging = with(&["--staging"]);
    assert_ne!(staging.code, 0, "{}", staging.out());
    user.folder.write("root.json", b"{}");
    assert_ne!(with(&["--trusted-root", "root.json"]).code, 0);
}
