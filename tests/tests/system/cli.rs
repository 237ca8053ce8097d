//! The command line, as documents: the command, what it prints, its exit code.

use std::path::Path;

use rekor_tests::files::{fixture, read, root};
use rekor_tests::lying::Liar;
use rekor_tests::rekor::{Log, Server, User, text};
use rekor_tests::scene::{Links, fixture_text};
use rekor_tests::signing::{foreign_key, witness_vkey};
use rekor_tests::transcript::Document;

/// A user whose folder holds the files that the documents speak of.
fn reader() -> User {
    let user = User::new();
    let copy = |from: &str, name: &str| user.folder.write(name, &read(&fixture(from)));
    for name in ["clone.link", "package.link", "foo.tar.gz", "bob.pub", "carl.pub"] {
        copy(&format!("first-rekor-twin/{name}"), name);
    }
    for name in ["whitespace.link", "digests-disagree.link", "personal-data.link", "bad/byte-inside-signed.link"] {
        copy(&format!("links/{name}"), name.trim_start_matches("bad/"));
    }
    copy("links/compact.link", "small.link");
    copy("keys/dora.pub", "dora.pub");
    user
}

fn document(name: &str) -> Document {
    Document::read(&root().join("tests/tests/system/documents").join(name))
}

#[test]
fn record_and_verify() {
    document("record-and-verify.txt").run(&reader());
}

#[test]
fn release() {
    let user = reader();
    for name in ["root.layout", "demo.tar.gz", "links/write.9106eaf2.link", "links/package.e871a4df.link"] {
        user.folder.write(&format!("release/{name}"), &read(&fixture(&format!("layouts/chain/{name}"))));
    }
    user.folder.write("alice.pub", &read(&fixture("layouts/chain/alice.pub")));
    document("release.txt").run(&user);
}

#[test]
fn logs_of_a_data_folder() {
    document("logs.txt").run(&reader());
}

#[test]
fn get() {
    document("get.txt").run(&reader());
}

#[test]
fn privacy() {
    document("privacy.txt").run(&reader());
}

#[test]
fn trust() {
    let user = reader();
    let carl = String::from_utf8(User::new().rekor(&["key", &fixture_text("keys/carl.pub")]).exits(0).stdout).unwrap();
    let dora = String::from_utf8(User::new().rekor(&["key", &fixture_text("keys/dora.pub")]).exits(0).stdout).unwrap();
    let line = |shown: &str| shown.lines().find(|line| line.starts_with("signer ")).unwrap().to_owned();
    let witness = witness_vkey("witness.example", &foreign_key());
    // Written once the log's key is known: the document names it {SECONDKEY}.
    let policy = "log {SECONDKEY}\nquorum none\n".to_owned();
    let witnessed = format!("log {{SECONDKEY}}\nwitness w {witness}\nquorum w\n");
    let signers = format!("{}\nquorum carl\n", line(&carl));
    let either = format!("{}\n{}\ngroup either any carl dora\nquorum either\n", line(&carl), line(&dora));
    document("trust.txt")
        .with_file("POLICY", policy)
        .with_file("WITNESSED", witnessed)
        .with_file("SIGNERS", signers)
        .with_file("EITHER", either)
        .run(&user);
}

#[test]
fn a_changed_log_key_is_refused_loudly() {
    let first = Log::create();
    let honest = first.serve(None);
    let liar = Liar::before(&honest.url);
    let user = User::new();
    user.rekor(&["log", "trust", &liar.url, "--yes"]).exits(0);

    // Another log answers where the trusted one did, under its name.
    let second = Log::create_as(first.origin());
    let other = second.serve(None);
    let (from, to) = (first.tree.clone(), second.tree.clone());
    liar.move_to(&other.url).rewrite(move |request| request.path = request.path.replace(&from, &to));
    let done = user.rekor(&["log", "trust", &liar.url, "--yes"]).exits(1);
    assert!(done.stderr.contains("THE KEY OF THIS LOG CHANGED"), "{}", done.stderr);
    let links = Links::twin();
    let verify = ["verify", "--json", "--linkfile", &links.package, "--public-key", &links.carl];
    user.rekor(&verify).exits(1).report().has("log-checkpoint", "failed");

    // A person may accept the new key, by a name of its own.
    user.rekor(&["log", "trust", &liar.url, "--yes", "--replace"]).exits(0);
    user.rekor(&verify).exits(2).report().has("log-checkpoint", "passed");
}

#[test]
fn at_a_terminal_a_person_is_asked() {
    let log = Log::create();
    let server = log.serve(None);
    let user = User::new();
    let (link, key) = (fixture_text("links/personal-data.link"), fixture_text("keys/carl.pub"));
    let trusted = ["--server", &server.url, "--log-key", &log.vkey, "--linkfile", &link, "--public-key", &key];
    let add = [&["add"], &trusted[..]].concat();
    let verify = [&["verify"], &trusted[..]].concat();

    let Some(done) = user.at_a_terminal(&add, "n\n") else { return };
    assert!(done.out().contains("/home/someone") && done.out().contains("Send it?"), "{}", done.out());
    assert!(done.exits(1).out().contains("nothing was sent"));
    user.rekor(&verify).exits(2);

    user.at_a_terminal(&add, "y\n").unwrap().exits(0);
    user.rekor(&verify).exits(0);

    assert!(user.at_a_terminal(&["log", "trust", &server.url], "y\n").unwrap().exits(0).out().contains("Stored."));
    user.rekor(&["verify", "--linkfile", &link, "--public-key", &key]).exits(0);
}

#[test]
fn the_server_may_come_from_the_environment() {
    let log = Log::create();
    let server = log.serve(None);
    let links = Links::twin();
    let user = User::new();
    let trusted = ["--log-key", &log.vkey, "--linkfile", &links.clone, "--public-key", &links.bob];
    user.rekor_with_server(&server.url, &[&["add"], &trusted[..]].concat()).exits(0);
    user.rekor_with_server(&server.url, &[&["verify"], &trusted[..]].concat()).exits(0);
    // What is said on the command line goes before.
    user.rekor_with_server("http://127.0.0.1:1", &[&["verify", "--server", &server.url], &trusted[..]].concat())
        .exits(0);
}

#[test]
fn get_returns_each_file_byte_for_byte() {
    for links in [Some(Links::twin()), Links::first_rekor()].into_iter().flatten() {
        let log = Log::create();
        let server = log.serve(None);
        for (link, key) in [(&links.clone, &links.bob), (&links.package, &links.carl)] {
            let trusted = ["--server", &server.url, "--log-key", &log.vkey, "--linkfile", link, "--public-key", key];
            User::new().rekor(&[&["add"], &trusted[..]].concat()).exits(0);
            let printed = User::new().rekor(&[&["get"], &trusted[..]].concat()).exits(0).stdout;
            assert_eq!(printed, read(Path::new(link)), "{link}");
        }
    }
}

#[test]
fn malformed_links_are_refused_by_command_and_server() {
    let log = Log::create();
    let server = log.serve(None);
    for name in [
        "duplicate-key",
        "unknown-field",
        "missing-field",
        "float",
        "negative-zero",
        "trailing-bytes",
        "lone-surrogate",
    ] {
        let link = fixture_text(&format!("links/bad/{name}.link"));
        let carl = fixture_text("keys/carl.pub");
        let arguments =
            ["add", "--server", &server.url, "--log-key", &log.vkey, "--linkfile", &link, "--public-key", &carl];
        User::new().rekor(&arguments).exits(1);
        let arguments = [
            "verify",
            "--server",
            &server.url,
            "--log-key",
            &log.vkey,
            "--json",
            "--linkfile",
            &link,
            "--public-key",
            &carl,
        ];
        User::new().rekor(&arguments).exits(1).report().has("link-format", "failed");
        assert_eq!(post(&server, &link, &carl), 400, "{name}");
    }
    // A good signature in the wrong place among bad ones lowers nothing.
    let bogus = fixture_text("links/bogus-signature-first.link");
    let arguments = ["add", "--server", &server.url, "--log-key", &log.vkey, "--linkfile", &bogus];
    User::new().rekor(&[&arguments[..], &["--public-key", &fixture_text("keys/carl.pub")]].concat()).exits(0);
}

/// The status with which the server answers a proposed entry, without the command's own checks.
fn post(server: &Server, link: &str, key: &str) -> u16 {
    let base64 = |path: &str| rekor_tests::text::base64(&read(Path::new(path)));
    let body = serde_json::json!({ "apiVersion": "0.0.1", "kind": "link", "spec": {
        "content": base64(link), "publicKeys": [{ "content": base64(key) }] } });
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("{}/api/v1/log/entries", server.url);
    agent.post(&url).header("content-type", "application/json").send(body.to_string()).unwrap().status().as_u16()
}

#[test]
fn every_form_of_key_names_the_same_signer() {
    let log = Log::create();
    let server = log.serve(None);
    for (name, link) in [("carl", "two-products"), ("dora", "ed25519"), ("erik", "ecdsa-p256")] {
        let link = fixture_text(&format!("links/{link}.link"));
        for form in ["pub", "json", "legacy.json"] {
            let key = fixture_text(&format!("keys/{name}.{form}"));
            let trusted = ["--server", &server.url, "--log-key", &log.vkey, "--linkfile", &link, "--public-key", &key];
            let done = User::new().rekor(&[&["add"], &trusted[..]].concat()).exits(0);
            assert_eq!(done.out().starts_with("Already"), form != "pub", "{name}.{form}: {}", done.out());
            User::new().rekor(&[&["verify"], &trusted[..]].concat()).exits(0);
        }
    }
}

#[test]
fn the_samples_tell_the_readmes_story() {
    let log = Log::create();
    let server = log.serve(None);
    let sample = |name: &str| text(&rekor_tests::files::sample(name));
    let user = User::new();
    let log_options = ["--server", &server.url, "--log-key", &log.vkey];
    let maintainer = sample("maintainer.pub");
    let add = |link: &str, key: &str| {
        user.rekor(
            &[&["add"], &log_options[..], &["--linkfile", &sample(link), "--public-key", &sample(key)]].concat(),
        )
        .exits(0);
    };
    add("package.link", "maintainer.pub");
    add("stranger.link", "stranger.pub");
    let verify = |link: &str, artifact: &str, code: i32| {
        let files = ["--linkfile", &sample(link), "--artifact", &sample(artifact), "--public-key", &maintainer];
        user.rekor(&[&["verify"], &log_options[..], &files].concat()).exits(code);
    };
    verify("package.link", "hello-1.0.tar.gz", 0);
    verify("package.link", "tampered/hello-1.0.tar.gz", 1);
    verify("tampered/package.link", "hello-1.0.tar.gz", 1);
    verify("stranger.link", "hello-1.0.tar.gz", 2);
}

/// A release without any tool but this one: signed, recorded, and checked where there is no network.
#[test]
fn files_are_released_by_a_link_that_the_command_makes() {
    let (log, user) = (Log::create(), User::new());
    let server = log.serve(None);
    user.folder.write("release/files.txt", b"the list\n");
    user.folder.write("release/sub/module.wasm", b"\0asm");
    let link = ["link", "--step", "release-page", "--signing-key", "release.key", "--base", "release"];
    let files = ["--output", "files.txt.link", "files.txt", "sub/module.wasm"];
    let made = user.rekor(&[&link[..], &files].concat()).exits(2);
    assert!(made.stderr.contains("release.key"), "{}", made.stderr);
    let key = user.rekor(&[&link[..], &["--make-key"], &files].concat()).exits(0).out();
    user.folder.write("release.pub", key.as_bytes());

    let trust = ["--public-key", "release.pub", "--log-key", &log.vkey];
    let add = ["add", "--linkfile", "files.txt.link", "--server", &server.url, "--receipt", "files.txt.tlog-proof"];
    user.rekor(&[&add[..], &trust].concat()).exits(0);
    let verify = ["verify", "--offline", "files.txt.link", "files.txt.tlog-proof"];
    for file in ["release/files.txt", "release/sub/module.wasm"] {
        user.rekor(&[&verify[..], &[file], &trust].concat()).exits(0);
    }
    user.folder.write("release/files.txt", b"another list\n");
    let done = user.rekor(&[&verify[..], &["release/files.txt"], &trust].concat()).exits(1);
    assert!(done.out().contains("its content differs"), "{}", done.out());
}
