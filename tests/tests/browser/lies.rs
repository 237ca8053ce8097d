//! A log that lies, and the page: the same lies, checks and verdicts as for the command.

use rekor_tests::lies::to_the_log;
use rekor_tests::lying::Told;
use rekor_tests::page::Page;
use rekor_tests::scene::{cases, fixture_text};
use rekor_tests::signing::{foreign_key, vkey};

#[test]
fn every_lie_is_noticed_by_its_check() {
    let Some(page) = Page::open() else { return };
    for case in cases() {
        page.scene.liar.honest();
        page.as_new_reader();
        page.check_trusted().is("verified");
        page.as_new_reader();
        case.tell(&page.scene);
        eprintln!("the log tells: {}", case.name);
        page.check_trusted().is(case.verdict()).has(case.check, case.outcome);
    }
    page.assert_no_violations();
}

#[test]
fn a_forked_tree_is_an_alarm_until_a_person_has_dealt_with_it() {
    let Some(page) = Page::open() else { return };
    let fork = page.scene.log.copy();
    let forked = fork.serve(None);
    page.scene.add(&fixture_text("links/ed25519.link"), &fixture_text("keys/dora.pub"));
    let other = rekor_tests::rekor::User::new();
    let arguments = [
        "add",
        "--server",
        &forked.url,
        "--log-key",
        &fork.vkey,
        "--yes",
        "--linkfile",
        &fixture_text("links/ecdsa-p256.link"),
    ];
    other.rekor(&[&arguments[..], &["--public-key", &fixture_text("keys/erik.pub")]].concat()).exits(0);
    page.check_trusted().is("verified");

    let forked_url = forked.url.clone();
    page.scene.liar.lie(
        move |request, honest| {
            if to_the_log(request) { Told::From(forked_url.clone()) } else { Told::This(honest) }
        },
    );
    page.load();
    page.check_trusted().is("not-verified").has("log-consistency", "failed");
    let alarm = "document.querySelector('.alarm[data-alarm=tree]')?.innerText";
    page.browser.wait("the alarm", alarm);

    page.scene.liar.honest();
    page.load();
    page.browser.wait("the alarm, still", alarm);
    page.check_trusted().is("not-verified").has("log-consistency", "failed");
    page.starting_a_run(|| page.browser.click(&page.browser.find(".alarm .alarm-accept")));
    page.verdict().is("verified");
    page.load();
    assert!(page.browser.run(&format!("return {alarm}"), &[]).is_null());
}

#[test]
fn a_tree_that_shrank_is_not_a_verified_one() {
    let Some(page) = Page::open() else { return };
    let restored = page.scene.log.copy();
    page.scene.add(&fixture_text("links/ed25519.link"), &fixture_text("keys/dora.pub"));
    page.check_trusted().is("verified");

    let restored = restored.serve(None);
    let url = restored.url.clone();
    page.scene
        .liar
        .lie(move |request, honest| if to_the_log(request) { Told::From(url.clone()) } else { Told::This(honest) });
    page.load();
    page.check_trusted().is("not-verified").has("log-consistency", "failed");
}

#[test]
fn a_tree_that_grew_is_consistent() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    page.scene.add(&fixture_text("links/ed25519.link"), &fixture_text("keys/dora.pub"));
    page.load();
    page.check_trusted().is("verified").has("log-consistency", "passed");
}

#[test]
fn a_changed_log_key_is_an_alarm_and_nothing_is_trusted_until_decided() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    page.trust(&vkey(page.scene.log.origin(), &foreign_key()));
    page.load();
    page.browser.wait("the alarm", "document.querySelector('.alarm[data-alarm=key-changed]')?.innerText");
    let verdict = page.check_trusted();
    assert_ne!(verdict.verdict(), "verified");

    // The rightful key is back.
    page.trust(&page.scene.log.vkey);
    page.load();
    page.check_trusted().is("verified");
}

#[test]
fn without_a_policy_no_log_is_trusted() {
    let Some(page) = Page::open() else { return };
    page.scene.liar.missing(|path| path == "/policy.txt");
    page.as_new_reader();
    page.browser.wait("the page to say so", "document.querySelector('#trust-none')?.innerText");
    page.check_trusted().is("could-not-tell").has("link-signature", "passed");
}

#[test]
fn a_thousand_strangers_around_the_trusted_entry_change_nothing() {
    let Some(page) = Page::open() else { return };
    rekor_tests::crowd::add_strangers(&page.scene, 1_000);
    page.check_trusted().is("verified");
}
