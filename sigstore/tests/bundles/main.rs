//! Bundles that other projects made, and forged ones, through the trait.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

#[path = "../../../tests/src/bundles.rs"]
#[allow(dead_code)] // the command line's arguments: for the whole-system tests, which share the table
mod bundles;
mod fields;
#[path = "../../../tests/src/forged_bundles.rs"]
mod forged_bundles;
#[path = "../../../tests/src/older_bundles.rs"]
mod older_bundles;
mod release;

use bundles::{Case, Expected};
use rekor_sigstore::Sigstore;
use rekor_verifier::report::{CheckId, Outcome, Verdict};
use rekor_verifier::sigstore::{BundleReport, BundleRequest, BundleVerifier};
use sha2::Digest;
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// The report, or why the request cannot be read.
fn verify(sigstore: &Sigstore, case: &Case) -> Result<BundleReport, serde_json::Error> {
    let request = case.request(now()).to_string();
    let request: BundleRequest = serde_json::from_str(&request)?;
    Ok(sigstore.verify(&request))
}

#[test]
fn every_case_comes_out_as_expected() {
    let sigstore = Sigstore::new();
    for case in bundles::cases() {
        match verify(&sigstore, &case) {
            Ok(report) => case.holds(&serde_json::to_value(&report).unwrap()),
            Err(error) => assert_eq!(case.expected, Expected::Refused, "{}: {error}", case.name),
        }
    }
}

#[test]
fn the_report_survives_the_way_between_two_modules() {
    let sigstore = Sigstore::new();
    for case in bundles::cases() {
        let Ok(report) = verify(&sigstore, &case) else { continue };
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(BundleReport::from_json(&text).unwrap(), report, "{}", case.name);
    }
}

/// Every check finds fault alone in at least one case.
#[test]
fn no_check_is_idle() {
    let faults: Vec<&str> = bundles::cases()
        .iter()
        .filter_map(|case| match case.expected {
            Expected::Fault(id) => Some(id),
            _ => None,
        })
        .collect();
    let case = &bundles::cases()[0];
    for check in verify(&Sigstore::new(), case).unwrap().checks {
        assert!(faults.contains(&check.id.name()), "{:?} is never the only one", check.id);
    }
}

#[test]
fn without_an_artifact_all_but_the_subject_is_checked() {
    let case = &bundles::cases()[0];
    let mut request = case.request(now());
    request["artifact"] = serde_json::Value::Null;
    let request = request.to_string();
    let report = Sigstore::new().verify(&serde_json::from_str(&request).unwrap());
    assert_eq!(report.verdict(), Verdict::Verified, "{report:#?}");
    assert!(report.checks.iter().any(|check| check.id == CheckId::BundleSubject && !check.required));
}

/// The library compares the entry of a file by SHA-256: what that leaves open is said, and nothing else is left open.
#[test]
fn a_file_signed_by_a_longer_digest_alone_is_said_to_be_unsupported() {
    let case = bundles::cases().into_iter().find(|case| case.name == "managed key: P-384 with SHA-384").unwrap();
    let open = |sha384: Option<String>| {
        let mut request = case.request(now());
        request["artifact"]["sha384"] = sha384.into();
        let report = Sigstore::new().verify(&serde_json::from_str(&request.to_string()).unwrap());
        let open = report.checks.into_iter().filter(|check| check.required && check.outcome != Outcome::Passed);
        open.map(|check| (check.id, check.outcome, check.sentence)).collect::<Vec<_>>()
    };
    let sha384 = |file: &[u8]| Some(base16ct::lower::encode_string(&sha2::Sha384::digest(file)));
    let [(id, outcome, sentence)] = &open(sha384(forged_bundles::FILE))[..] else { panic!("one check is left open") };
    assert_eq!((*id, *outcome), (CheckId::BundleLogEntry, Outcome::NotChecked));
    assert!(sentence.contains("by its SHA2_384 digest alone is not supported"), "{sentence}");
    let others = |found: Vec<(CheckId, Outcome, String)>| {
        found.into_iter().find(|(id, ..)| *id == CheckId::BundleSubject).map(|(_, outcome, _)| outcome)
    };
    assert_eq!(others(open(sha384(b"another file"))), Some(Outcome::Failed));
    assert_eq!(others(open(None)), Some(Outcome::NotChecked));
}

#[test]
fn a_time_before_the_signature_refuses_it() {
    for name in ["npm provenance", "blob, staging"] {
        let case = bundles::cases().into_iter().find(|case| case.name == name).unwrap();
        let request = case.request(1_500_000_000).to_string();
        let report = Sigstore::new().verify(&serde_json::from_str(&request).unwrap());
        assert_eq!(report.verdict(), Verdict::NotVerified, "{name}");
    }
}
