//! A log that lies, and `rekor verify`: for each lie the check that notices, its outcome, the exit code;
//! and the same without the lie is verified.

use rekor_tests::files::fixture;
use rekor_tests::lies;
use rekor_tests::rekor::{Done, User};
use rekor_tests::scene::{Scene, cases, fixture_text};

#[test]
fn every_lie_is_noticed_by_its_check() {
    let scene = Scene::new();
    let mut wrong = Vec::new();
    for case in cases() {
        scene.liar.honest();
        scene.verify(&User::new()).exits(0);
        case.tell(&scene);
        let done = scene.verify(&User::new());
        if let Some(what) = differs(&done, case.code, case.verdict(), case.check, case.outcome) {
            wrong.push(format!("{}: {what}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differs(done: &Done, code: i32, verdict: &str, check: &str, outcome: &str) -> Option<String> {
    if done.code != code {
        return Some(format!("exit code {}, expected {code}\n{}{}", done.code, done.out(), done.stderr));
    }
    let report = done.report();
    if report.verdict() != verdict {
        return Some(format!("{}, expected {verdict}", report.verdict()));
    }
    let found = report.checks(check);
    let has = found.iter().any(|(is, _)| *is == outcome);
    (!has).then(|| format!("{check} is {found:?}, expected {outcome}\n{}", done.out()))
}

#[test]
fn a_forked_tree_is_an_alarm_that_stays() {
    let scene = Scene::new();
    let fork = scene.log.copy();
    let forked = fork.serve(None);
    let user = User::new();

    // Two additions, one on either side: both trees are sound, and each is signed by the log.
    scene.add(&fixture_text("links/ed25519.link"), &fixture_text("keys/dora.pub"));
    let other = [
        "add",
        "--server",
        &forked.url,
        "--log-key",
        &fork.vkey,
        "--yes",
        "--linkfile",
        &fixture_text("links/ecdsa-p256.link"),
    ];
    User::new().rekor(&[&other[..], &["--public-key", &fixture_text("keys/erik.pub")]].concat()).exits(0);

    scene.verify(&user).exits(0);
    scene.liar.move_to(&forked.url);
    scene.verify(&user).exits(1).report().has("log-consistency", "failed");
    scene.verify(&User::new()).exits(0); // a first visit has nothing to compare with

    // The tree seen first is back; the alarm is not forgotten for that.
    scene.liar.move_to(&scene.server.url);
    scene.verify(&user).exits(1).report().has("log-consistency", "failed");

    // Until a person who knows what happened says so.
    user.rekor(&["log", "trust", &scene.server.url, "--yes"]).exits(0);
    user.rekor(&["log", "forget", &scene.server.url]).exits(1);
    user.rekor(&["log", "forget", &scene.server.url, "--yes"]).exits(0);
    scene.verify(&user).exits(0);
}

#[test]
fn a_tree_that_shrank_is_not_a_verified_one() {
    let scene = Scene::new();
    let old = scene.log.copy();
    let user = User::new();
    scene.add(&fixture_text("links/ed25519.link"), &fixture_text("keys/dora.pub"));
    scene.verify(&user).exits(0);

    // A backup put back: everything in it was once true.
    let restored = old.serve(None);
    scene.liar.move_to(&restored.url);
    scene.verify(&user).exits(1).report().has("log-consistency", "failed");
    scene.liar.move_to(&scene.server.url);
    scene.verify(&user).exits(0);
}

#[test]
fn an_older_checkpoint_of_the_same_tree_passes() {
    let scene = Scene::new();
    let before = rekor_tests::forger::fetch(&format!("{}/checkpoint", scene.server.url));
    scene.add(&fixture_text("links/ed25519.link"), &fixture_text("keys/dora.pub"));
    let user = User::new();
    scene.verify(&user).exits(0);
    scene.liar.change(move |request, answer| {
        if request.path.ends_with("/checkpoint") {
            answer.body = before.clone();
        }
    });
    scene.verify(&user).exits(0).report().has("log-consistency", "passed");
}

#[test]
fn a_growing_tree_is_consistent() {
    let scene = Scene::new();
    let user = User::new();
    scene.verify(&user).exits(0);
    scene.add(&fixture_text("links/ed25519.link"), &fixture_text("keys/dora.pub"));
    scene.verify(&user).exits(0).report().has("log-consistency", "passed");
}

#[test]
fn a_strangers_perfect_entry_confirms_nothing() {
    let scene = Scene::new();
    scene.add(&fixture_text("links/stranger.link"), &fixture_text("keys/mallory.pub"));
    let given = ["verify", "--json", "--server", &scene.liar.url, "--log-key", &scene.log.vkey];
    let stranger = ["--linkfile", &fixture_text("links/stranger.link"), "--artifact", &scene.links.product];
    let carl = ["--public-key", &scene.links.carl];
    let mallory = ["--public-key", &fixture_text("keys/mallory.pub")];

    let done = User::new().rekor(&[&given[..], &stranger, &carl].concat()).exits(2);
    done.report().has("link-signature", "untrusted").has("artifact-product", "passed").has("entry-inclusion", "passed");
    // Whoever expects the stranger gets what was expected.
    User::new().rekor(&[&given[..], &stranger, &mallory].concat()).exits(0);
    // The trusted entry for the very same file is as good as before.
    scene.verify(&User::new()).exits(0);
}

#[test]
fn a_thousand_strangers_around_the_trusted_entry_change_nothing() {
    let scene = Scene::new();
    rekor_tests::crowd::add_strangers(&scene, 1_000);
    scene.verify(&User::new()).exits(0);
    let artifact = [
        "verify",
        "--json",
        "--server",
        &scene.liar.url,
        "--log-key",
        &scene.log.vkey,
        "--artifact",
        &scene.links.product,
    ];
    User::new().rekor(&[&artifact[..], &["--public-key", &scene.links.carl]].concat()).exits(0);
    let nobody = User::new().rekor(&artifact).exits(2);
    assert_eq!(nobody.report().verdict(), "could-not-tell");
}

#[test]
fn get_prints_nothing_that_the_log_made_up() {
    let scene = Scene::new();
    let get = [
        "get",
        "--server",
        &scene.liar.url,
        "--log-key",
        &scene.log.vkey,
        "--public-key",
        &scene.links.carl,
        "--linkfile",
        &scene.links.package,
    ];
    scene.liar.change(lies::other_file(rekor_tests::files::read(&fixture("links/other.link"))));
    let done = User::new().rekor(&get).exits(1);
    assert_eq!(done.out(), "");
    scene.liar.honest();
    let done = User::new().rekor(&get).exits(0);
    assert_eq!(done.stdout, rekor_tests::files::read(std::path::Path::new(&scene.links.package)));
}
