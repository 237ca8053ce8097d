//! `cargo xtask bench package`: the npm package beside its peers, in one run, as the table in `docs/performance.md`.
#![allow(clippy::unwrap_used, clippy::expect_used)] // it stops at what it does not expect

use base64ct::{Base64, Encoding};
use rekor_tests::bundles;
use rekor_tests::files::{fixture, read, root};
use rekor_tests::package::{Project, printed};
use rekor_tests::rekor::{Log, User, text};
use rekor_tests::signing::note_text;
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

/// The folders of the peers' `node_modules`.
const PEERS: [&str; 4] = ["@freedomofpress", "@noble", "@sigstore", "hash-wasm"];

fn main() {
    let needed = |name: &str| std::env::var_os(name).map(PathBuf::from).expect("use cargo xtask bench package");
    let (peers, esbuild) = (needed("REKOR_PEERS"), needed("REKOR_ESBUILD"));
    let project = Project::get().expect("the package, Node and npm");
    let modules = project.folder.path().join("node_modules");
    for peer in PEERS {
        symlink(peers.join("node_modules").join(peer), modules.join(peer)).unwrap();
    }
    for script in ["contenders.mjs", "package.mjs"] {
        project.folder.write(script, &read(&root().join("tests/bench").join(script)));
    }
    let input = project.folder.write("input.json", input().to_string().as_bytes());
    let found = printed(project.node().arg("package.mjs").arg(input).arg(esbuild));
    print(found.as_array().unwrap());
}

/// A Sigstore bundle with its file, and a checkpoint with what its signature is over.
fn input() -> Value {
    let data = bundles::data().join("bundles");
    let bundle = String::from_utf8(read(&data.join("conda-attestation.sigstore.json"))).unwrap();
    let (log, user) = (Log::create(), User::new());
    let server = log.serve(None);
    let options = ["--server", &server.url, "--log-key", &log.vkey, "--yes"];
    let files = ["--linkfile", &text(&fixture("links/compact.link")), "--public-key", &text(&fixture("keys/dora.pub"))];
    user.rekor(&[&["add"], &options[..], &files[..]].concat()).exits(0);
    let mut answer = ureq::get(format!("{}/checkpoint", server.url)).call().unwrap();
    let note = answer.body_mut().read_to_string().unwrap();
    let last =
        |text: &str, separator: char| Base64::decode_vec(text.trim_end().rsplit_once(separator).unwrap().1).unwrap();
    let key = Base64::decode_vec(log.vkey.splitn(3, '+').nth(2).unwrap()).unwrap();
    json!({
        "bundle": bundle,
        "artifact": Base64::encode_string(&read(&data.join("signed-package-2.1.0-hb0f4dca_0.conda"))),
        "identity": "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main",
        "issuer": "https://token.actions.githubusercontent.com",
        "root": bundles::embedded("trusted_root"),
        "now": 1_795_000_000,
        "checkpoint": note,
        "policy": format!("log {}\nquorum none\n", log.vkey),
        "signed": {
            // The key's ID and its kind stand before each.
            "signature": Base64::encode_string(&last(&note, ' ')[4..]),
            "message": Base64::encode_string(note_text(&note).as_bytes()),
            "key": Base64::encode_string(&key[1..]),
        },
    })
}

fn print(found: &[Value]) {
    let parts = [
        ("hash", "SHA-256 of 64 MiB in memory", "MB/s"),
        ("bundle", "a Sigstore bundle with its file", "a second"),
        ("checkpoint", "a checkpoint's Ed25519 signature", "a second"),
    ];
    for (does, what, unit) in parts {
        println!("| {what} | size, kB | start, ms | {unit} |\n|---|---|---|---|");
        for one in found.iter().filter(|one| one["does"] == does) {
            let size = one["size"].as_f64().map_or("0".to_owned(), |bytes| format!("{:.1}", bytes / 1000.0));
            let (start, rate) = (one["start"].as_f64().unwrap(), one["rate"].as_f64().unwrap());
            println!("| {} | {size} | {start:.0} | {rate:.0} |", one["name"].as_str().unwrap());
        }
        println!();
    }
}
