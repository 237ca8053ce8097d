//! Sigstore bundles through the command, and through the second module in Node and in Chromium: the same reports.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at what it does not expect

mod verify;

use rekor_tests::bundles::{self, Case, Expected};
use rekor_tests::files::{Folder, read};
use rekor_tests::needs;
use rekor_tests::rekor::User;
use rekor_tests::scene::{Links, Scene};
use rekor_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The cases that a SHA-256 digest is enough for, which is what the contract's `sha256:HEX` gives.
fn cases() -> Vec<Case> {
    let known = |case: &Case| case.artifact.0 != "00".repeat(32);
    let mut cases: Vec<Case> = bundles::cases().into_iter().filter(known).collect();
    cases.iter_mut().for_each(|case| case.artifact.1 = None);
    assert!(cases.len() > 30, "{} cases", cases.len());
    cases
}

/// What the command makes of a case: its exit code and its report, `null` where the key cannot be read.
fn by_command(case: &Case) -> (i32, Value) {
    let folder = Folder::new();
    let mut arguments = case.arguments(folder.path());
    arguments.insert(1, "--json".to_owned());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = User::new().rekor(&arguments);
    let reports: Value = serde_json::from_slice(&done.stdout).unwrap_or_default();
    (done.code, reports[0].clone())
}

#[test]
fn the_command_keeps_the_contract() {
    for case in cases() {
        let (code, report) = by_command(&case);
        let named = case.identity.is_some() || case.key.is_some();
        match case.expected {
            Expected::Sound if named => assert_eq!(code, 0, "{}: {report:#}", case.name),
            _ => assert!(code == 1 || code == 2, "{}: exit code {code}", case.name),
        }
        match report.is_null() {
            true => assert_eq!(case.expected, Expected::Refused, "{}", case.name),
            false => case.holds(&report),
        }
    }
}

#[test]
fn the_artifact_may_be_a_file() {
    let case = cases().into_iter().find(|case| case.name == "managed key").unwrap();
    let folder = Folder::new();
    let mut arguments = case.arguments(folder.path());
    let artifact = bundles::data().join("managed-key/artifact.txt");
    *arguments.last_mut().unwrap() = artifact.to_str().unwrap().to_owned();
    let given = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        User::new().rekor(&arguments)
    };
    let done = given(&arguments).exits(0);
    assert!(done.out().starts_with("VERIFIED by Sigstore's public instance, as of "), "{}", done.out());
    *arguments.last_mut().unwrap() = folder.write("other", b"something else").to_str().unwrap().to_owned();
    let done = given(&arguments).exits(1);
    assert!(done.out().contains("FAILED       bundle-subject"), "{}", done.out());
    *arguments.last_mut().unwrap() = "sha256:12".to_owned();
    given(&arguments).exits(2);
}

/// The reports that a module gives have to be the command's, to the last member.
fn same_as_the_command(cases: &[Case], reports: &Value) {
    assert_eq!(reports.as_array().unwrap().len(), cases.len());
    for (case, report) in cases.iter().zip(reports.as_array().unwrap()) {
        let (_, expected) = by_command(case);
        assert_eq!(report, &expected, "{}", case.name);
    }
}

fn requests(cases: &[Case]) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let request = |case: &Case| {
        let mut request = case.request(now as i64);
        request["subject"] = json!("bundle[0]");
        json!(request.to_string())
    };
    cases.iter().map(request).collect()
}

/// Cases that end before a report, by a key that is none: the module is given keys that were read already.
fn readable(case: &Case) -> bool {
    by_command(case).1 != Value::Null
}

const IN_NODE: &str = r#"
import { readFileSync, writeFileSync } from "node:fs";
import { initSync, verify_bundle } from "./module.mjs";
initSync({ module: readFileSync("module.wasm") });
const requests = JSON.parse(readFileSync("requests.json"));
writeFileSync("reports.json", JSON.stringify(requests.map((request) => JSON.parse(verify_bundle(request)))));
"#;

#[test]
fn the_module_in_node_gives_the_commands_reports() {
    let Some(dist) = needs::tool("REKOR_DIST", "the folder with the built page") else { return };
    let Some(node) = needs::program("REKOR_NODE", "node") else { return };
    let cases: Vec<Case> = cases().into_iter().filter(readable).collect();
    let folder = Folder::new();
    folder.write("module.mjs", &read(&dist.join("rekor-sigstore-wasm.js")));
    folder.write("module.wasm", &read(&dist.join("rekor-sigstore-wasm_bg.wasm")));
    folder.write("requests.json", requests(&cases).to_string().as_bytes());
    let script = folder.write("run.mjs", IN_NODE.as_bytes());
    let done = Command::new(node).arg(script).current_dir(folder.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let reports = serde_json::from_slice(&read(&folder.path().join("reports.json"))).unwrap();
    same_as_the_command(&cases, &reports);
}

const IN_BROWSER: &str = r#"
const [requests, done] = arguments;
(async () => {
  const module = await import("/rekor-sigstore-wasm.js");
  await module.default({ module_or_path: new URL("/rekor-sigstore-wasm_bg.wasm", location) });
  return requests.map((request) => JSON.parse(module.verify_bundle(request)));
})().then(done, (error) => done(String(error)));
"#;

#[test]
fn the_module_in_chromium_gives_the_commands_reports() {
    let Some(dist) = needs::tool("REKOR_DIST", "the folder with the built page") else { return };
    let scene = Scene::with(Links::twin(), Some(&dist));
    let Some(browser) = Browser::start(&scene.liar.url) else { return };
    let cases: Vec<Case> = cases().into_iter().filter(readable).collect();
    browser.open(&format!("{}/", scene.liar.url));
    let loaded = "return performance.getEntriesByType('resource').map((it) => it.name)";
    assert!(
        !browser.run(loaded, &[]).to_string().contains("sigstore"),
        "the page loads the second module at its start"
    );
    let mut reports = Vec::new();
    // A few at a time: a script that runs for long is taken for one that hangs.
    for some in cases.chunks(8) {
        match browser.run_async(IN_BROWSER, &[requests(some)]) {
            Value::Array(some) => reports.extend(some),
            error => panic!("{error}"),
        }
    }
    same_as_the_command(&cases, &Value::Array(reports));
}
