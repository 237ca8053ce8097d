//! Sigstore's conformance cases through the package in Node and in Chromium, beside the command: the same verdict in every
//! one.

use crate::browsers;
use rekor_client::{Seen, Session, Step};
use rekor_tests::bundles::{self, Case, Trust};
use rekor_tests::files::{Folder, read};
use rekor_tests::package::{Project, printed};
use rekor_tests::rekor::User;
use rekor_verifier::Hash;
use rekor_verifier::check::digest::Digests;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::report::Time;
use rekor_verifier::sigstore::{self, IdentityPolicy};
use serde_json::{Value, json};

const VERDICTS: &str = r#"
export async function verdicts(cases, verify) {
  const found = [];
  for (const { bundle, sha256, identity, key, trustedRoot, now } of cases) {
    const files = [{ name: "artifact", data: { sha256 } }, { name: "bundle.json", data: new TextEncoder().encode(bundle) }];
    const signers = key === null ? [] : [{ name: "key", key }];
    const options = { offline: true, signers, identity: identity ?? undefined, trustedRoot, now };
    found.push(await verify(files, options).then(({ json }) => json, (error) => String(error)));
  }
  return found;
}
"#;

const IN_NODE: &str = r#"
import { readFileSync } from "node:fs";
import { verify } from "rekor-verifier";
import { verdicts } from "./verdicts.mjs";
console.log(JSON.stringify(await verdicts(JSON.parse(readFileSync("cases.json", "utf8")), verify)));
"#;

const IN_CHROMIUM: &str = r#"
const { verify } = await import("/node_modules/rekor-verifier/index.js");
const { verdicts } = await import("/verdicts.mjs");
return verdicts(await (await fetch("/cases.json")).json(), verify);
"#;

/// When the reader asks.
const NOW: i64 = 1_795_000_000;

fn given(case: &Case) -> Value {
    let trust = match &case.trust {
        Trust::Production => "production",
        Trust::Staging => "staging",
        Trust::Root(json) => json,
    };
    json!({
        "bundle": case.bundle,
        "sha256": case.artifact.0,
        "identity": case.identity.as_ref().map(|(identity, issuer)| json!({ "identity": identity, "issuer": issuer })),
        "key": case.key.as_ref().map(|key| String::from_utf8_lossy(&read(key)).into_owned()),
        "trustedRoot": trust,
        "now": NOW,
    })
}

/// The report that the native verifier gives of the same.
fn native(case: &Case) -> Result<String, String> {
    let mut policy = Policy::default();
    if let Some(key) = &case.key {
        let keys = PublicKey::parse_all(&read(key)).map_err(|error| error.to_string())?;
        policy.signers = Some(Quorum::all_of_any(vec![("key".to_owned(), keys)]));
    }
    let exact = |text: &String| sigstore::Expected::Exact(text.clone());
    let identity = case.identity.as_ref();
    policy.sigstore.identity =
        identity.map(|(identity, issuer)| IdentityPolicy { identity: exact(identity), issuer: exact(issuer) });
    policy.sigstore.trust = match &case.trust {
        Trust::Production => sigstore::Trust::Production,
        Trust::Staging => sigstore::Trust::Staging,
        Trust::Root(json) => sigstore::Trust::Root(json.clone().into()),
    };
    let time = Time { seconds: NOW, source: "the caller".into() };
    let mut session = Session::new(policy, time, &[], Seen::default());
    session.add_digest("artifact", Hash::from_hex(&case.artifact.0).unwrap());
    session.add_file("bundle.json", Digests::of(case.bundle.as_bytes()), Some(case.bundle.as_bytes()));
    session.check_bundles_with(Box::new(rekor_sigstore::Sigstore::new()));
    match session.step() {
        Step::Done(done) => Ok(done.report.to_json() + "\n"),
        other => panic!("{}: {other:?}", case.name),
    }
}

#[test]
fn every_case_has_the_verdict_of_the_command() {
    let Some(project) = Project::get() else { return };
    let cases = bundles::cases();
    let all = json!(cases.iter().map(given).collect::<Vec<_>>()).to_string();
    for (name, text) in [("verdicts.mjs", VERDICTS), ("contract.mjs", IN_NODE), ("cases.json", &all)] {
        project.folder.write(name, text.as_bytes());
    }
    let reports = printed(project.node().arg("contract.mjs"));
    if let Some(browser) = browsers::blank(project) {
        assert_eq!(browsers::result(&browser, IN_CHROMIUM), reports, "in Chromium");
    }
    assert_eq!(reports.as_array().unwrap().len(), cases.len());
    for (case, package) in cases.iter().zip(reports.as_array().unwrap()) {
        let package = package.as_str().unwrap();
        match native(case) {
            Ok(report) => assert_eq!(package, report, "{}", case.name),
            Err(error) => assert!(package.ends_with(&error), "{}: {package}, expected {error}", case.name),
        }
        let report: Value = serde_json::from_str(package).unwrap_or_default();
        keeps_the_contract(case, report["verdict"] == "verified");
    }
}

/// `rekor verify-bundle` is the contract's command line; it takes a SHA-256 as well.
fn keeps_the_contract(case: &Case, verified: bool) {
    let folder = Folder::new();
    let arguments = case.arguments(folder.path());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = User::new().rekor(&arguments);
    assert_eq!(verified, done.code == 0, "{}: {}{}", case.name, done.out(), done.stderr);
}
