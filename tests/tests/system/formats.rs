//! Other projects' link files, and formats that are not read yet: those are never called badly signed.

use rekor_tests::files::{fixture, shared};
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
fn formats_that_are_not_read_are_not_called_badly_signed() {
    let recorder = Recorder::new();
    let carl = text(&fixture("keys/carl.pub"));
    let mut links = vec![fixture("links/dsse.link"), fixture("links/openpgp.link")];
    if let Some(folder) = shared("in-toto") {
        links.extend([
            folder.join("demo-dsse/package.2f89b927.link"),
            folder.join("demo-dsse/write-code.776a00e2.link"),
            folder.join("demo-gpg/package.7b3abb26.link"),
            folder.join("demo-gpg/write-code.8288ef56.link"),
        ]);
    }
    for link in links {
        let link = text(&link);
        assert_ne!(recorder.run("add", &link, &carl, &["--yes"]).code, 0, "{link}");
        let done = recorder.run("verify", &link, &carl, &["--json"]).exits(2);
        let failed = done.report().0["checks"].as_array().unwrap().iter().any(|check| check["outcome"] == "failed");
        assert!(!failed, "{link}: {}", done.out());
    }
}
