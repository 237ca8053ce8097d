//! Link files in every form, other projects' among them; what is not read is never called badly signed.

use rekor_tests::files::{Folder, fixture, read, shared};
use rekor_tests::rekor::{Log, Server, User, text};

struct Recorder {
    log: Log,
    server: Server,
}

impl Recorder {
    fn new() -> Self {
        let log = Log::create();
        let server = log.serve(None);
        Self { log, server }
    }

    fn run(&self, command: &str, link: &str, key: &str, more: &[&str]) -> rekor_tests::rekor::Done {
        let options =
            ["--server", &self.server.url, "--log-key", &self.log.vkey, "--linkfile", link, "--public-key", key];
        User::new().rekor(&[&[command], &options[..], more].concat())
    }
}

#[test]
fn links_of_in_totos_demo_and_layout_are_recorded_and_verified() {
    let Some(folder) = shared("in-toto") else { return };
    let recorder = Recorder::new();
    let tried = [
        ("demo/write-code.776a00e2.link", "demo/bob.pub"),
        ("demo/package.2f89b927.link", "demo/carl.pub"),
        ("layout/links/clone.776a00e2.link", "demo/bob.pub"),
        ("layout/links/update-version.776a00e2.link", "demo/bob.pub"),
        ("layout/links/package.2f89b927.link", "demo/carl.pub"),
    ];
    for (link, key) in tried {
        let (link, key) = (text(&folder.join(link)), text(&folder.join(key)));
        recorder.run("add", &link, &key, &["--yes"]).exits(0);
        recorder.run("verify", &link, &key, &[]).exits(0);
    }
    for (link, product) in [
        ("demo/package.2f89b927.link", "demo/foo.tar.gz"),
        ("layout/links/package.2f89b927.link", "layout/workdir/demo-project.tar.gz"),
    ] {
        let artifact = text(&folder.join(product));
        let carl = text(&folder.join("demo/carl.pub"));
        recorder.run("verify", &text(&folder.join(link)), &carl, &["--artifact", &artifact]).exits(0);
    }
}

#[test]
fn every_form_is_added_verified_and_given_back() {
    let recorder = Recorder::new();
    let product = text(&fixture("first-rekor-twin/foo.tar.gz"));
    for (link, key) in [
        ("metablock-p384", "forms/keys/frida.pub"),
        ("metablock-rsa-pkcs1", "forms/keys/hanna.pub"),
        ("openpgp-rsa", "forms/keys/rsa.asc"),
        ("openpgp-eddsa", "forms/keys/eddsa.asc"),
        ("openpgp-subkeys", "forms/keys/subkeys.asc"),
        ("dsse-ed25519", "keys/dora.pub"),
        ("dsse-p521", "forms/keys/gustav.pub"),
        ("dsse-two-signatures", "keys/carl.pub"),
        ("dsse-openpgp-rsa", "forms/keys/rsa.asc"),
        ("statement-link", "keys/dora.json"),
        ("statement-link-url-safe", "keys/dora.pub"),
        ("golang-metablock", "keys/dora.pub"),
        ("golang-dsse", "keys/dora.pub"),
        ("golang-statement-link", "keys/dora.pub"),
        ("golang-provenance-v1", "keys/dora.pub"),
        ("provenance-v0.1", "keys/dora.pub"),
        ("provenance-v0.2", "keys/dora.pub"),
        ("provenance-v1", "keys/dora.pub"),
    ] {
        let file = fixture(&format!("forms/{link}.link"));
        let (link, key) = (text(&file), text(&fixture(key)));
        // One envelope has a member beside its own, which is by nobody: recorded, and said.
        let code = if link.ends_with("url-safe.link") { 2 } else { 0 };
        let added = recorder.run("add", &link, &key, &["--yes"]).exits(code);
        assert!(added.out().starts_with("Recorded as #"), "{link}: {}", added.out());
        let given = recorder.run("get", &link, &key, &[]).exits(code);
        assert_eq!(given.stdout, read(&file), "{link}");
        recorder.run("verify", &link, &key, &["--artifact", &product]).exits(code);
    }
    // From the product alone, under one of the keys.
    let dora = text(&fixture("keys/dora.pub"));
    let log = ["--server", &recorder.server.url, "--log-key", &recorder.log.vkey];
    let alone = ["verify", "--public-key", &dora, "--artifact", &product];
    User::new().rekor(&[&alone[..], &log[..]].concat()).exits(0);
}

#[test]
fn dsse_and_openpgp_links_of_in_totos_demo_are_recorded_and_verified() {
    let Some(folder) = shared("in-toto") else { return };
    let recorder = Recorder::new();
    let keys = Folder::new();
    let layout = serde_json::from_slice::<serde_json::Value>(&read(&folder.join("demo-gpg/demo.layout.template")));
    let pgp = |keyid: &str| {
        let key = &layout.as_ref().unwrap()["signed"]["keys"][keyid];
        text(&keys.write(&format!("{keyid}.json"), key.to_string().as_bytes()))
    };
    for (link, key) in [
        ("demo-dsse/write-code.776a00e2.link", text(&folder.join("demo/bob.pub"))),
        ("demo-dsse/package.2f89b927.link", text(&folder.join("demo/carl.pub"))),
        ("demo-gpg/write-code.8288ef56.link", pgp("8288ef560ed3795f9df2c0db56193089b285da58")),
        ("demo-gpg/package.7b3abb26.link", pgp("7b3abb26b97b655ab9296bd15b0bd02e1c768c43")),
    ] {
        let link = text(&folder.join(link));
        recorder.run("add", &link, &key, &["--yes"]).exits(0);
        recorder.run("verify", &link, &key, &[]).exits(0);
    }
}

#[test]
fn what_is_not_read_is_refused_and_not_called_badly_signed() {
    let recorder = Recorder::new();
    let dora = text(&fixture("keys/dora.pub"));
    for (link, words) in [
        ("forms/unread/predicate.link", "https://spdx.dev/Document"),
        ("forms/unread/payload-type.link", "application/vnd.example+json"),
        ("links/openpgp.link", "no signature by the key"),
    ] {
        let link = text(&fixture(link));
        let refused = recorder.run("add", &link, &dora, &["--yes"]).exits(1);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
        let done = recorder.run("verify", &link, &dora, &["--json"]).exits(2);
        let failed = done.report().0["checks"].as_array().unwrap().iter().any(|check| check["outcome"] == "failed");
        assert!(!failed, "{link}: {}", done.out());
    }
}
