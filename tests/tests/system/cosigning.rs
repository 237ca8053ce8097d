//! From an addition to a receipt that needs nobody: a log, its witnesses, and a reader who asks for their quorum.

use rekor_tests::files::Folder;
use rekor_tests::forger::fetch;
use rekor_tests::lying::{Liar, Told};
use rekor_tests::rekor::{Done, Log, Server, User, text};
use rekor_tests::scene::{Links, fixture_text};
use rekor_tests::signing::{foreign_key, note_text, witness_vkey};
use rekor_tests::witness::Witness;
use serde_json::Value;

/// A log whose witness stands behind a liar, which keeps its address; honest at first.
struct Scene {
    log: Log,
    witness: Witness,
    // Running as long as the scene.
    _running: Server,
    liar: Liar,
    files: Folder,
}

impl Scene {
    fn new() -> Self {
        let log = Log::create();
        let witness = Witness::create("witness.example/w1", &[&log]);
        let running = witness.run();
        let liar = Liar::before(&running.url);
        let policy = format!("witness w1 {} {}\nquorum w1\n", witness.vkey, liar.url);
        std::fs::write(log.folder().join("witnesses"), policy).unwrap();
        Self { log, witness, _running: running, liar, files: Folder::new() }
    }

    /// The policy of a reader who asks for this witness's cosignature.
    fn policy(&self, witness: &str) -> String {
        let policy = format!("log {}\nwitness w {witness}\nquorum w\n", self.log.vkey);
        text(&self.files.write(&format!("policy-{}", witness.len()), policy.as_bytes()))
    }

    fn add(&self, server: &Server, more: &[&str]) -> Done {
        let links = Links::twin();
        let policy = self.policy(&self.witness.vkey);
        let given = ["add", "--server", &server.url, "--policy", &policy, "--linkfile", &links.package];
        User::new().rekor(&[&given[..], &["--public-key", &links.carl], more].concat())
    }

    fn verify_offline(&self, receipt: &str, policy: &str) -> Done {
        let links = Links::twin();
        let given = ["verify", "--json", "--offline", "--policy", policy, "--linkfile", &links.package];
        User::new().rekor(&[&given[..], &["--public-key", &links.carl, receipt]].concat())
    }
}

fn shown(url: &str) -> String {
    String::from_utf8(fetch(url)).unwrap()
}

/// Number of signature lines of a note.
fn signatures(note: &str) -> usize {
    note[note_text(note).len()..].trim().lines().count()
}

#[test]
fn an_addition_ends_in_a_receipt_with_the_quorum() {
    let scene = Scene::new();
    let server = scene.log.serve(None);
    let receipt = text(&scene.files.path().join("package.tlog-proof"));
    scene.add(&server, &["--wait-quorum", "--receipt", &receipt]).exits(0);
    assert_eq!(signatures(&shown(&format!("{}/checkpoint", server.url))), 2);
    assert_eq!(signatures(&shown(&format!("{}/cosigned-checkpoint", server.url))), 2);
    let entry: Value = serde_json::from_str(&shown(&format!("{}/api/v1/log/entries?logIndex=0", server.url))).unwrap();
    let entry = entry.as_object().unwrap().values().next().unwrap();
    let v1 = entry["verification"]["inclusionProof"]["checkpoint"].as_str().unwrap();
    assert_eq!(signatures(v1), 1, "v1's clients refuse a checkpoint with others' signatures");

    // Nothing runs any more: what was kept is enough.
    server.kill();
    let policy = scene.policy(&scene.witness.vkey);
    scene.verify_offline(&receipt, &policy).exits(0).report().has("log-quorum", "passed");
    let stranger = scene.policy(&witness_vkey("elsewhere.example", &foreign_key()));
    scene.verify_offline(&receipt, &stranger).exits(2).report().has("log-quorum", "untrusted");
    // What `rekor export` writes carries the same.
    let copy = text(&scene.files.path().join("copy"));
    User::new().rekor(&["export", &text(&scene.log.folder()), &copy]).exits(0);
    User::new().rekor(&["audit", &copy, "--policy", &policy]).exits(0);
    assert_eq!(signatures(&shown_file(&copy)), 2);
}

fn shown_file(copy: &str) -> String {
    std::fs::read_to_string(format!("{copy}/checkpoint")).unwrap()
}

#[test]
fn where_the_witness_lies_or_is_away_the_addition_stands_and_the_quorum_does_not() {
    let scene = Scene::new();
    scene.liar.lie(|_, _| Told::HangUp);
    let server = scene.log.serve(None);
    let done = scene.add(&server, &["--wait-quorum", "1"]).exits(2);
    assert!(done.stderr.contains("did not come together within 1 seconds"), "{}", done.stderr);
    scene.liar.change(|request, answer| {
        if request.path == "/add-checkpoint" && answer.status == 200 {
            // Somebody else's signature under the right name.
            answer.body = String::from_utf8_lossy(&answer.body).replace("w1 ", "w2 ").into_bytes();
        }
    });
    scene.add(&server, &["--wait-quorum", "3"]).exits(2);
    assert_eq!(signatures(&shown(&format!("{}/checkpoint", server.url))), 1);
    scene.liar.honest();
    let done = scene.add(&server, &["--wait-quorum"]).exits(0);
    assert!(done.out().starts_with("Already recorded as #0"), "{}", done.out());
}

#[test]
fn without_witnesses_in_the_policy_there_is_nothing_to_wait_for() {
    let (log, links) = (Log::create(), Links::twin());
    let server = log.serve(None);
    let given = ["add", "--wait-quorum", "--server", &server.url, "--log-key", &log.vkey];
    let files = ["--linkfile", &links.package, "--public-key", &links.carl];
    let done = User::new().rekor(&[&given[..], &files].concat()).exits(2);
    assert!(done.stderr.contains("your policy asks for no witnesses"), "{}", done.stderr);
}

/// Adds one more link file.
fn add_other(scene: &Scene, server: &Server, link: &str, key: &str) {
    let (link, key) = (fixture_text(link), fixture_text(key));
    let given = ["add", "--yes", "--server", &server.url, "--log-key", &scene.log.vkey, "--linkfile", &link];
    User::new().rekor(&[&given[..], &["--public-key", &key]].concat()).exits(0);
}

#[test]
fn a_restored_backup_is_not_served() {
    let scene = Scene::new();
    let backup = scene.log.copy();
    let server = scene.log.serve(None);
    scene.add(&server, &["--wait-quorum"]).exits(0);
    server.kill();
    let done = User::new().rekor(&["serve", "--data", &text(backup.data.path()), "--listen", "127.0.0.1:0"]).exits(1);
    assert!(done.stderr.contains("this is an old copy of the log"), "{}", done.stderr);
    scene.log.serve(None);
}

#[test]
fn while_the_log_is_ahead_of_its_witnesses_readers_get_the_cosigned_tree() {
    let scene = Scene::new();
    let server = scene.log.serve(None);
    scene.add(&server, &["--wait-quorum"]).exits(0);
    scene.liar.lie(|_, _| Told::HangUp);
    add_other(&scene, &server, "links/ed25519.link", "keys/dora.pub");
    assert_eq!(signatures(&shown(&format!("{}/checkpoint", server.url))), 1, "no witness saw the newest tree");
    let (links, policy) = (Links::twin(), scene.policy(&scene.witness.vkey));
    let given = ["verify", "--json", "--server", &server.url, "--policy", &policy, "--linkfile"];
    let user = User::new();
    let package = user.rekor(&[&given[..], &[&links.package, "--public-key", &links.carl]].concat()).exits(0);
    package.report().has("log-quorum", "passed");
    let newest = [fixture_text("links/ed25519.link"), fixture_text("keys/dora.pub")];
    let newest = user.rekor(&[&given[..], &[&newest[0], "--public-key", &newest[1]]].concat()).exits(2);
    newest.report().has("log-quorum", "untrusted").has("entry-inclusion", "passed");
}
