//! Other people's clients on our answers and our links: PyPI sigstore and PyPI in-toto.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use rekor_tests::files::{fixture, root};
use rekor_tests::forger::fetch;
use rekor_tests::needs;
use rekor_tests::rekor::User;
use rekor_tests::scene::{Scene, fixture_text};
use rekor_tests::text::{base64, unbase64};
use serde_json::{Value, json};

/// Runs a script of `tests/interop` on this input; gives its answer.
pub(crate) fn ask(python: &Path, script: &str, input: &Value) -> Value {
    let mut command = Command::new(python);
    command.arg("-B").arg(root().join("tests/interop").join(script));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("start Python");
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The log's answer for every entry of the scene.
fn answers(scene: &Scene) -> Vec<Value> {
    let index = |index: usize| fetch(&format!("{}/api/v1/log/entries?logIndex={index}", scene.server.url));
    let maps = (0..4).map(|at| serde_json::from_slice::<Value>(&index(at)).unwrap());
    maps.map(|map| map.as_object().unwrap().values().next().unwrap().clone()).collect()
}

#[test]
fn sigstore_accepts_promise_proof_and_checkpoint_of_every_entry() {
    let Some(python) = needs::tool("REKOR_PYTHON", "a Python with sigstore") else { return };
    let scene = Scene::new();
    let key = String::from_utf8(fetch(&format!("{}/api/v1/log/publicKey", scene.server.url))).unwrap();
    let cases: Vec<Value> =
        answers(&scene).into_iter().map(|answer| json!({ "name": answer["logIndex"], "answer": answer })).collect();
    assert_eq!(cases.len(), 4);
    for verdict in ask(&python, "sigstore_checks.py", &json!({ "publicKey": key, "cases": cases })).as_array().unwrap()
    {
        for check in ["set", "inclusion", "checkpoint"] {
            assert_eq!(verdict[check], "accepted", "{check} of entry {}", verdict["name"]);
        }
    }
}

#[test]
fn sigstore_refuses_where_one_byte_is_changed() {
    let Some(python) = needs::tool("REKOR_PYTHON", "a Python with sigstore") else { return };
    let scene = Scene::new();
    let key = String::from_utf8(fetch(&format!("{}/api/v1/log/publicKey", scene.server.url))).unwrap();
    let honest = answers(&scene).swap_remove(Scene::TRUSTED);
    // What is changed, and the check that has to notice.
    let mut changed: Vec<(&str, &str, Value)> = Vec::new();
    let mut change = |name, check, pointer: &str, other: &dyn Fn(&Value) -> Value| {
        let mut answer = honest.clone();
        let value = answer.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer} in {honest:#}"));
        *value = other(value);
        changed.push((name, check, answer));
    };
    let proof = "/verification/inclusionProof";
    change("body, to the promise", "set", "/body", &flip_base64);
    change("body, to the proof", "inclusion", "/body", &flip_base64);
    change("time", "set", "/integratedTime", &|value| json!(value.as_u64().unwrap() + 1));
    change("index", "set", "/logIndex", &|value| json!(value.as_u64().unwrap() + 1));
    change("promise", "set", "/verification/signedEntryTimestamp", &flip_base64);
    change("proof's index", "inclusion", &format!("{proof}/logIndex"), &|value| json!(value.as_u64().unwrap() ^ 1));
    change("proof's hash", "inclusion", &format!("{proof}/hashes/0"), &flip_hex);
    change("proof's root, to the proof", "inclusion", &format!("{proof}/rootHash"), &flip_hex);
    change("proof's root, to the checkpoint", "checkpoint", &format!("{proof}/rootHash"), &flip_hex);
    change("checkpoint's size", "checkpoint", &format!("{proof}/checkpoint"), &|value| {
        json!(value.as_str().unwrap().replacen("\n4\n", "\n5\n", 1))
    });

    let cases: Vec<Value> = changed.iter().map(|(name, _, answer)| json!({ "name": name, "answer": answer })).collect();
    let verdicts = ask(&python, "sigstore_checks.py", &json!({ "publicKey": key, "cases": cases }));
    for ((name, check, answer), verdict) in changed.iter().zip(verdicts.as_array().unwrap()) {
        assert_ne!(*answer, honest, "{name}: nothing was changed");
        assert_ne!(verdict[check], "accepted", "{name} changed: {verdict}");
    }
}

fn flip_base64(value: &Value) -> Value {
    let mut bytes = unbase64(value.as_str().unwrap());
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    json!(base64(&bytes))
}

fn flip_hex(value: &Value) -> Value {
    let text = value.as_str().unwrap();
    let first = if text.starts_with('0') { "1" } else { "0" };
    json!(format!("{first}{}", &text[1..]))
}

/// A link, the key it is tried with, and where in-toto and we are known to differ, why.
struct Tried {
    link: &'static str,
    key: &'static str,
    accepted: bool,
    in_toto_differs: Option<&'static str>,
}

const fn agree(link: &'static str, key: &'static str, accepted: bool) -> Tried {
    Tried { link, key, accepted, in_toto_differs: None }
}

const fn differ(link: &'static str, key: &'static str, accepted: bool, why: &'static str) -> Tried {
    Tried { link, key, accepted, in_toto_differs: Some(why) }
}

const TRIED: &[Tried] = &[
    agree("first-rekor-twin/clone.link", "bob", true),
    agree("first-rekor-twin/package.link", "carl", true),
    agree("first-rekor-twin/package.link", "bob", false),
    agree("links/rsa-pss.link", "alice", true),
    agree("links/ed25519.link", "dora", true),
    agree("links/ecdsa-p256.link", "erik", true),
    agree("links/ecdsa-p256.link", "dora", false),
    agree("links/two-signatures.link", "carl", true),
    agree("links/two-signatures.link", "dora", true),
    agree("links/two-signatures.link", "erik", false),
    agree("links/several-digests.link", "carl", true),
    agree("links/digests-disagree.link", "carl", true),
    agree("links/escapes.link", "carl", true),
    agree("links/compact.link", "dora", true),
    agree("links/whitespace.link", "carl", true),
    agree("links/stranger.link", "carl", false),
    agree("links/stranger.link", "mallory", true),
    agree("links/bad/byte-inside-signed.link", "carl", false),
    agree("links/bad/signature-bit.link", "carl", false),
    agree("links/bad/trailing-bytes.link", "carl", false),
    agree("links/bad/wrong-type.link", "carl", false),
    agree("links/bad/float.link", "carl", false),
    agree("links/bad/lone-surrogate.link", "carl", false),
    differ("links/bad/duplicate-key.link", "carl", false, "Python's JSON keeps the last of two fields of one name"),
    differ(
        "links/bad/unknown-field.link",
        "carl",
        false,
        "in-toto drops a field that it does not know before it checks",
    ),
    differ("links/bad/missing-field.link", "carl", false, "in-toto fills in an empty field before it checks"),
    differ("links/bad/negative-zero.link", "carl", false, "Python reads -0 as 0"),
    differ("links/bogus-signature-first.link", "carl", true, "in-toto tries only the first signature of a key ID"),
];

#[test]
fn in_toto_accepts_and_refuses_the_same_links() {
    let Some(python) = needs::tool("REKOR_PYTHON", "a Python with in-toto") else { return };
    let log = rekor_tests::rekor::Log::create();
    let server = log.serve(None);
    let key = |name: &str| fixture_text(&format!("keys/{name}.pub"));
    let cases: Vec<Value> = TRIED
        .iter()
        .map(|tried| json!({ "name": format!("{} by {}", tried.link, tried.key), "link": fixture(tried.link), "key": key(tried.key) }))
        .collect();
    let verdicts = ask(&python, "in_toto_checks.py", &json!(cases));
    let by_name: BTreeMap<&str, &str> = verdicts
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| (verdict["name"].as_str().unwrap(), verdict["verdict"].as_str().unwrap()))
        .collect();
    for (tried, case) in TRIED.iter().zip(&cases) {
        let name = case["name"].as_str().unwrap();
        let add = ["add", "--server", &server.url, "--log-key", &log.vkey, "--yes", "--digest-only"];
        let done = User::new()
            .rekor(&[&add[..], &["--linkfile", &fixture_text(tried.link), "--public-key", &key(tried.key)]].concat());
        assert_eq!(done.code == 0, tried.accepted, "{name}: {}{}", done.out(), done.stderr);
        let theirs = by_name[name] == "accepted";
        match tried.in_toto_differs {
            None => assert_eq!(theirs, tried.accepted, "{name}: in-toto says {}", by_name[name]),
            // A difference that is gone is news as well.
            Some(why) => assert_ne!(theirs, tried.accepted, "{name}: in-toto no longer differs ({why})"),
        }
    }
}
