//! What the page makes of a report.

#![allow(clippy::unwrap_used)] // a test fails by panicking
use super::*;

fn report() -> Report {
    let json: serde_json::Value = serde_json::from_str(
        r#"{"version":1,"verdict":"could-not-tell","headline":"h","checks":[
          {"id":"lookup","subject":"link[0]","outcome":"passed","required":true,"sentence":"s","explanation":"","evidence":{}},
          {"id":"entry-answer","subject":"entry 1","outcome":"failed","required":false,"sentence":"s","explanation":""},
          {"id":"link-signature","subject":"link[0]","outcome":"untrusted","required":true,"sentence":"s","explanation":""},
          {"id":"bundle-identity","subject":"bundle[0]","outcome":"untrusted","required":false,"sentence":"s","explanation":""}],
          "artifacts":[{"subject":"artifact[0]","name":"a","size":1,"sha256":"aa","sha512":"","outcome":"passed","product":null}],
          "links":[{"subject":"link[0]","name":"a","step":"s","sha256":"bb","keys":[],"entry":{"uuid":"0a","index":7,"time":1},"others":[],"more":0},
                   {"subject":"link[1]","name":null,"step":"s","sha256":null,"keys":[],"entry":null,"others":[],"more":0}],
          "layouts":[{"subject":"layout[0]","name":"l","sha256":"cc","keys":[],"expires":1,"steps":[],"inspections":[]}],
          "bundles":[{"subject":"bundle[0]","name":"b","artifacts": [],"kind":"blob","media_type":null,"subjects":[],"predicate_type":null,
                      "signer":{"identity":"a@example.org","issuer":"https://issuer.example","fingerprint":"f","not_before":1,"not_after":2,"claims":{}},
                      "entry":null,"times":[],"trust":{"name":"n","taken":null},"checks":[]}],
          "receipts":[],"rekor_entries":[],
          "keys":[{"name":"k","fingerprint":"f","scheme":"ed25519","pem":"p","expected":false}],
          "unrecognised":[{"name":"x","sentence":"s"}],"log":null}"#,
    )
    .unwrap();
    crate::json::read(json.into()).unwrap()
}

#[test]
fn what_went_wrong_comes_first() {
    let report = report();
    let required: Vec<&str> = report.checks(true).iter().map(|check| check.id.as_str()).collect();
    assert_eq!(required, ["link-signature", "lookup"]);
    assert_eq!(report.checks(false).len(), 2);
    assert!(report.unconfirmed_signer());
}

#[test]
fn an_identity_is_offered_until_the_verifier_finds_it_expected() {
    let mut report = report();
    let found = report.unconfirmed_identities();
    assert_eq!((found.len(), found[0].identity.as_str()), (1, "a@example.org"));
    report.checks.iter_mut().for_each(|check| check.outcome = Outcome::Passed);
    assert_eq!(report.unconfirmed_identities(), []);
}

#[test]
fn whom_a_certificate_names_is_a_claim_until_signature_and_certificate_hold() {
    let mut report = report();
    let mut holds = |id: &str| {
        let (mut check, bundle) = (report.checks[3].clone(), report.bundles[0].clone());
        (check.id, check.outcome) = (id.to_owned(), Outcome::Passed);
        report.checks.push(check);
        report.signer_holds(&bundle)
    };
    assert_eq!(["bundle-identity", "bundle-signature", "bundle-certificate"].map(&mut holds), [false, false, true]);
    report.checks.retain(|check| check.id != "bundle-signature");
    assert!(!report.signer_holds(&report.bundles[0]));
}

#[test]
fn files_of_one_name_are_told_apart_by_digest() {
    let report = report();
    assert_eq!(report.kind("a", "aa"), Some("artifact"));
    assert_eq!(report.kind("a", "bb"), Some("link file"));
    assert_eq!(report.kind("k", "cc"), Some("public key"));
    assert_eq!(report.kind("x", "dd"), Some("not recognised"));
    assert_eq!(report.kind("y", "ee"), None);
}

#[test]
fn subjects_have_names() {
    text::add(text::ENGLISH_LATER);
    let report = report();
    assert_eq!(report.subject("artifact[0]"), "a");
    assert_eq!(report.subject("link[1]"), "Link file found in the log");
    assert_eq!(report.subject("bundle[0]"), "b");
    assert_eq!(report.subject("layout[0]/step[package]"), "step package");
    assert_eq!(report.subject("layout[0]/inspection[untar]"), "inspection untar");
    assert_eq!(report.subject("layout[0]/step[build]/step[x]"), "layout[0]/step[build]/step[x]");
    assert_eq!(report.subject("layout[1]/step[package]"), "layout[1]/step[package]");
    assert_eq!(report.subject("entry 0a"), "entry #7");
    assert_eq!(report.subject("entry 1"), "entry 1");
}

#[test]
fn what_is_missing_is_named_unless_something_is_wrong() {
    let mut report = report();
    assert_eq!(report.missing(false, true), [Missing::Signer, Missing::Record]);
    assert_eq!(report.missing(true, false), [Missing::Policy]);
    report.artifacts.clear();
    assert_eq!(report.missing(true, false), [Missing::Artifact, Missing::Policy]);
    report.verdict = Verdict::NotVerified;
    assert_eq!(report.missing(false, false), []);
}
