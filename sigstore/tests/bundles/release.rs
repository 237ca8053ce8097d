//! The cases of the table as a reader meets them: bundle and file in one report, with one verdict.

use crate::bundles::{self, Case, Expected, Trust};
use crate::now;
use rekor_sigstore::Sigstore;
use rekor_verifier::Hash;
use rekor_verifier::bytes::hex_decode;
use rekor_verifier::check::digest::Digests;
use rekor_verifier::evidence::{Artifact, BundleFile, Evidence};
use rekor_verifier::format::bundle::recognise;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum, SigstorePolicy};
use rekor_verifier::report::{Check, CheckId, Outcome, Report, Time, Verdict};
use rekor_verifier::sigstore::{self, IdentityPolicy};
use rekor_verifier::verify;

/// The report on the bundle and its file; `None` where the file of the case is no bundle at all.
fn report(sigstore: &Sigstore, case: &Case) -> Option<Report> {
    let found = recognise(case.bundle.as_bytes())?;
    let (sha256, sha512) = &case.artifact;
    let sha512 = sha512.as_ref().map(|text| hex_decode(text).unwrap().try_into().unwrap());
    let digests = Digests { sha256: Hash::from_hex(sha256).unwrap(), sha384: None, sha512, size: None };
    let evidence = Evidence {
        artifacts: vec![Artifact { name: "artifact".into(), digests, listing: None }],
        bundles: found.into_iter().map(|bundle| BundleFile { name: "bundle.json".into(), bundle }).collect(),
        ..Evidence::default()
    };
    let key = case.key.as_ref().map(|path| PublicKey::parse(&std::fs::read(path).unwrap()).ok());
    let signers = match key {
        Some(key) => Some(Quorum::all(vec![("signer".into(), key?)])),
        None => None,
    };
    let exact = |text: &str| sigstore::Expected::Exact(text.to_owned());
    let identity = case.identity.as_ref();
    let identity = identity.map(|(one, issuer)| IdentityPolicy { identity: exact(one), issuer: exact(issuer) });
    let trust = match &case.trust {
        Trust::Production => sigstore::Trust::Production,
        Trust::Staging => sigstore::Trust::Staging,
        Trust::Root(json) => sigstore::Trust::Root(json.clone().into()),
    };
    let policy = Policy { signers, sigstore: SigstorePolicy { identity, trust }, ..Policy::default() };
    Some(verify(&evidence, &policy, &Time { seconds: now(), source: "the test".into() }, sigstore))
}

/// The required checks that find fault, but for who had to sign where the case names nobody.
fn faults(report: &Report, named: bool) -> Vec<String> {
    let counts = |check: &&Check| check.required && (named || check.id != CheckId::BundleIdentity);
    let fault = |check: &&Check| matches!(check.outcome, Outcome::Failed | Outcome::Untrusted);
    report.checks.iter().filter(counts).filter(fault).map(|check| check.id.name().to_owned()).collect()
}

#[test]
fn one_fault_of_a_bundle_decides_the_whole_report() {
    let sigstore = Sigstore::new();
    for case in bundles::cases() {
        let Some(report) = report(&sigstore, &case) else { continue };
        let named = case.identity.is_some() || case.key.is_some();
        let (found, json) = (faults(&report, named), report.to_json());
        assert_eq!(report.verdict == Verdict::Verified, case.expected == Expected::Sound && named, "{}", case.name);
        match case.expected {
            Expected::Sound | Expected::Promised => assert!(found.is_empty(), "{}: {json}", case.name),
            Expected::Refused => {}
            // The bundle is about another file, so that nothing names this one.
            Expected::Fault("bundle-subject") => assert_eq!(found, ["artifact-product"], "{}: {json}", case.name),
            Expected::Fault(id) => assert_eq!(found, [id], "{}: {json}", case.name),
        }
    }
}
