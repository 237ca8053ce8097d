//! `cargo xtask bench`: how long a verification takes, native and as the page's modules, and how large these are.
#![allow(clippy::unwrap_used, clippy::expect_used)] // it stops at what it does not expect

use base64ct::{Base64, Encoding};
use rekor_client::{Seen, Session, Step};
use rekor_sigstore::Sigstore;
use rekor_tests::bundles;
use rekor_tests::files::{Folder, fixture, read, root};
use rekor_tests::modules::MODULES;
use rekor_tests::rekor::{Log, User, text};
use rekor_verifier::check::digest::Digests;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::report::{Time, Verdict};
use rekor_verifier::sigstore::{BundleRequest, BundleVerifier};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const ROUNDS: usize = 60;

/// A link by an Ed25519 key and the receipt that a log gave for it.
struct Recorded {
    link: Vec<u8>,
    receipt: Vec<u8>,
    key: String,
    policy: String,
}

fn recorded() -> Recorded {
    let (log, folder) = (Log::create(), Folder::new());
    let server = log.serve(None);
    let (link, key) = (fixture("links/compact.link"), fixture("keys/dora.pub"));
    let receipt = folder.path().join("receipt");
    let options = ["--server", &server.url, "--log-key", &log.vkey, "--yes"];
    let files = ["--linkfile", &text(&link), "--public-key", &text(&key), "--receipt", &text(&receipt)];
    User::new().rekor(&[&["add"], &options[..], &files[..]].concat()).exits(0);
    let policy = format!("log {}\nquorum none\n", log.vkey);
    Recorded { link: read(&link), receipt: read(&receipt), key: String::from_utf8(read(&key)).unwrap(), policy }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// The median in milliseconds.
fn median(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn native_link(recorded: &Recorded) -> f64 {
    let mut policy = Policy::parse(&recorded.policy).unwrap();
    let key = PublicKey::parse(recorded.key.as_bytes()).unwrap();
    policy.signers = Some(Quorum::all(vec![("signer".into(), key)]));
    median(|| {
        let time = Time { seconds: now(), source: "the benchmark".into() };
        let mut session = Session::new(policy.clone(), time, &[], Seen::default());
        for file in [&recorded.link, &recorded.receipt] {
            session.add_file("file", Digests::of(file), Some(file));
        }
        let Step::Done(done) = session.step() else { panic!("the session asks for more") };
        assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.to_json());
    })
}

fn native_bundle(request: &Value) -> f64 {
    let request: BundleRequest = serde_json::from_value(request.clone()).unwrap();
    let verifier = Sigstore::new();
    median(|| drop(verifier.verify(&request)))
}

fn main() {
    let dist = std::env::var_os("REKOR_DIST")
        .map(PathBuf::from)
        .expect("REKOR_DIST names the built page: use cargo xtask bench");
    let recorded = recorded();
    let case = bundles::cases().into_iter().find(|case| case.name == "managed key").unwrap();
    let mut request = case.request(now());
    request["subject"] = json!("bundle");
    let blob = bundles::data().join("bundles/cosign-v3-blob.txt");
    request["bundle"] = json!(String::from_utf8(read(&blob.with_file_name("cosign-v3-blob.sigstore.json"))).unwrap());
    let digests = Digests::of(&read(&blob));
    request["artifact"] =
        json!({ "sha256": digests.sha256.to_string(), "sha384": null, "sha512": digests.get("sha512") });
    request["keys"] = json!([]);
    request["trust"] = json!("production");
    let input = input(&recorded, &request, &read(&blob));
    let folder = Folder::new();
    let input = folder.write("input.json", input.to_string().as_bytes());
    let mut node = Command::new("node");
    node.arg(root().join("tests/bench/modules.mjs")).arg(&dist).arg(input);
    node.args(std::env::var_os("REKOR_PEER"));
    let done = node.output().expect("start node");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    print(&serde_json::from_slice(&done.stdout).unwrap(), native_link(&recorded), native_bundle(&request));
    for module in MODULES {
        println!("{}", module.describe(&dist));
    }
}

/// What the script in Node is given.
fn input(recorded: &Recorded, request: &Value, artifact: &[u8]) -> Value {
    let file = |name: &str, bytes: &[u8]| {
        let digests = Digests::of(bytes);
        let hex = |algorithm| digests.get(algorithm);
        let digests = json!({ "sha256": hex("sha256"), "sha512": hex("sha512"), "size": digests.size });
        json!({ "name": name, "digests": digests, "text": Base64::encode_string(bytes) })
    };
    json!({
        "link": {
            "policy": recorded.policy,
            "key": recorded.key,
            "now": now(),
            "files": [file("compact.link", &recorded.link), file("receipt", &recorded.receipt)],
        },
        "bundle": {
            "request": request,
            "root": bundles::embedded("trusted_root"),
            "artifact": Base64::encode_string(artifact),
        },
    })
}

fn print(node: &Value, native_link: f64, native_bundle: f64) {
    let number = |name: &str| node[name].as_f64();
    let (link, bundle) = (number("link").unwrap(), number("bundle").unwrap());
    println!("medians of {ROUNDS}, warm, in milliseconds             native     wasm in Node");
    println!("link, inclusion, checkpoint (Ed25519)             {native_link:8.2}   {link:8.2}   (limit 2)");
    println!("Sigstore bundle (cosign blob, timestamps, Rekor)  {native_bundle:8.2}   {bundle:8.2}   (limit 15)");
    match number("peer") {
        Some(peer) => {
            println!("  the same by npm @sigstore/verify: {peer:.2} in Node; ours takes {:.2} of it", bundle / peer)
        }
        None => println!("  npm @sigstore/verify is not at hand (REKOR_PEER)"),
    }
}
