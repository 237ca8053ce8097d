//! No byte of a bundle can be changed unnoticed, but in the fields that nothing depends on.

use crate::bundles::{self, Case, Expected};
use crate::now;
use rekor_sigstore::Sigstore;
use rekor_verifier::report::{CheckId, Outcome};
use rekor_verifier::sigstore::BundleVerifier;
use serde_json::Value;

/// What may change without the bundle saying anything else, and why.
const FREE: [(&str, &str); 8] = [
    ("hint", "a hint: the key that the reader named decides"),
    ("keyid", "a hint: the signature decides"),
    ("mediaType", "0.1 and 0.2 differ in what they ask for, and some bundles are good as either"),
    ("integratedTime", "Rekor v2 has no times, and nothing is made of it"),
    ("rootHash", "Rekor v2's proofs lead to the checkpoint's root, whatever else they say"),
    ("treeSize", "Rekor v2's trees have the checkpoint's size, whatever else the proof says"),
    ("logIndex", "Rekor v2's index is the entry's, not the proof's"),
    ("envelope", "a checkpoint's lines by keys that nobody named do not count"),
];

#[test]
fn no_changed_byte_passes() {
    let sigstore = Sigstore::new();
    let names = [
        "conda, Rekor v1",
        "cosign blob",
        "managed key",
        "attestation, staging",
        "cosign blob: older form",
        "managed key: older form",
        "conda, Rekor v1: older form",
    ];
    for case in bundles::cases().iter().filter(|case| names.contains(&case.name.as_str())) {
        let bundle: Value = serde_json::from_str(&case.bundle).unwrap();
        let v2 = case.bundle.contains("log2025");
        let mut paths = Vec::new();
        strings(&bundle, String::new(), &mut paths);
        let least = if case.expected == Expected::Promised { 4 } else { 21 };
        assert!(paths.len() >= least, "{}: {} fields", case.name, paths.len());
        for path in paths {
            let field = path.rsplit('/').next().unwrap();
            let text = bundle.pointer(&path).unwrap().as_str().unwrap();
            for at in places(text.len()) {
                let Some(changed) = change(text, at) else { continue };
                if passes(&sigstore, case, &bundle, &path, &changed) {
                    let free = FREE.iter().any(|(name, _)| *name == field);
                    let v1 = ["integratedTime", "rootHash", "treeSize", "logIndex"].contains(&field) && !v2;
                    assert!(free && !v1, "{}: {path} as {changed:?} passes", case.name);
                }
            }
        }
    }
}

/// The paths of all strings.
fn strings(value: &Value, path: String, out: &mut Vec<String>) {
    match value {
        Value::String(_) => out.push(path),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| strings(item, format!("{path}/{i}"), out)),
        Value::Object(members) => members.iter().for_each(|(key, item)| strings(item, format!("{path}/{key}"), out)),
        _ => {}
    }
}

/// Start, middle, and where the end says something: base64 ends in padding.
fn places(length: usize) -> [usize; 3] {
    [0, length / 2, length.saturating_sub(5)]
}

/// The text with another character of the same kind at `at`.
fn change(text: &str, at: usize) -> Option<String> {
    let old = *text.as_bytes().get(at)?;
    let new = match old {
        b'0'..=b'8' | b'a'..=b'y' | b'A'..=b'Y' => old + 1,
        b'9' | b'z' | b'Z' => old - 1,
        _ => return None,
    };
    Some(format!("{}{}{}", text.get(..at)?, new as char, text.get(at + 1..)?))
}

fn passes(sigstore: &Sigstore, case: &Case, bundle: &Value, path: &str, changed: &str) -> bool {
    let mut bundle = bundle.clone();
    *bundle.pointer_mut(path).unwrap() = Value::String(changed.to_owned());
    let case = Case { bundle: bundle.to_string(), ..case.clone() };
    let request = case.request(now()).to_string();
    let report = sigstore.verify(&serde_json::from_str(&request).unwrap());
    // These do not pass in the bundle as it was either.
    let open = match case.expected {
        Expected::Promised => vec![CheckId::BundleIdentity, CheckId::BundleInclusion, CheckId::BundleCheckpoint],
        _ => vec![CheckId::BundleIdentity],
    };
    let mut required = report.checks.iter().filter(|check| check.required && !open.contains(&check.id));
    required.all(|check| check.outcome == Outcome::Passed)
}
