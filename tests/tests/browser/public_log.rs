//! The public Rekor log on the page: looked up live, from a local server with the log's own words and signatures, which
//! may lie.

use crate::explore::Explorer;
use rekor_tests::bundles::data;
use rekor_tests::files::Folder;
use rekor_tests::lies;
use rekor_tests::lying::{Answer, Liar, Request, Told};
use rekor_tests::needs;
use rekor_tests::older_bundles::older;
use rekor_tests::page::Page;
use rekor_tests::public_log::{BLOB, MANAGED_KEY, PublicLog, WHEEL, holder, vkey};
use rekor_tests::{rekor_v2, statics};
use serde_json::{Value, json};

/// The page of somebody who trusts the public log, and the server that answers for it.
fn open(change: impl Fn(&Request, &mut Answer) + Send + Sync + 'static) -> Option<(Page, Liar)> {
    let page = Page::open()?;
    let log = PublicLog::new().serve(change);
    page.deploy(&format!("log {} {}\nquorum none\n", vkey(), log.url), &log.url);
    page.load();
    Some((page, log))
}

fn digest(path: &str) -> String {
    let body = rekor_tests::text::unbase64(PublicLog::new().entry(path).1["body"].as_str().unwrap());
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["spec"]["data"]["hash"]["value"].as_str().unwrap().to_owned()
}

fn index(path: &str) -> u64 {
    PublicLog::new().entry(path).1["logIndex"].as_u64().unwrap()
}

#[test]
fn an_entry_of_the_public_log_is_looked_up_and_verified_in_the_browser() {
    let Some((page, log)) = open(|_, _| {}) else { return };
    page.look_up(&digest(WHEEL));
    assert_eq!(page.results(), [(index(WHEEL), "passed".to_owned())]);
    let shown = page.browser.text("#results");
    assert!(shown.contains("The recorded file") && shown.contains("hashedrekord 0.0.1"), "{shown}");
    assert!(shown.contains("The entry says: signed by https://github.com/trailofbits/rfc8785.py/"), "{shown}");
    for text in [index(WHEEL).to_string(), PublicLog::new().entry(WHEEL).0] {
        page.look_up(&text);
        assert_eq!(page.entry(), "passed", "{text}");
    }
    for (check, outcome) in [
        ("entry-leaf", "passed"),
        ("log-checkpoint", "passed"),
        ("entry-inclusion", "passed"),
        ("rekor-entry-timestamp", "passed"),
        ("rekor-entry-signature", "untrusted"),
    ] {
        assert_eq!(page.check(check), outcome, "{check}");
    }
    assert!(page.browser.text("#contents").contains("https://token.actions.githubusercontent.com"));
    page.browser
        .wait("the proof, drawn", "document.querySelector('.proof[data-outcome=passed] .audit.agrees')?.tagName");
    page.at_place("#log");
    page.browser.wait("the log", "document.querySelector('#log')?.dataset.size === '649584076'");
    assert!(page.browser.text("#log").contains("rekor.sigstore.dev - 1193050959916656506"));
    let asked: Vec<String> = log.asked().into_iter().map(|request| request.path).collect();
    assert!(asked.iter().all(|path| path.starts_with("/api/v1/")), "{asked:?}");
    page.assert_no_violations();
}

/// The page of somebody who trusts its own log and, after it, the public one.
fn open_with_both() -> Option<(Page, Liar)> {
    let page = Page::open()?;
    let log = PublicLog::new().serve(|_, _| {});
    let own = (page.scene.log.vkey.as_str(), page.scene.liar.url.as_str());
    let policy = format!("log {} {}\nlog {} {}\nquorum none\n", own.0, own.1, vkey(), log.url);
    page.deploy(&policy, &log.url);
    page.load();
    Some((page, log))
}

#[test]
fn every_log_of_the_policy_is_asked_until_one_knows() {
    let Some((page, log)) = open_with_both() else { return };
    let asked = || log.asked().into_iter().filter(|request| request.path.starts_with("/api/")).count();
    page.check_trusted().is("verified");
    assert_eq!(asked(), 0, "the first log knew");
    let file = |name: &str| std::fs::read(data().join("managed-key").join(name)).unwrap();
    let [artifact, key] = ["artifact.txt", "key.pub"].map(|name| page.file(name, &file(name)));
    page.as_new_reader();
    page.expect_signer(&key);
    page.choose(&[&artifact]);
    let verdict = page.verdict();
    verdict.is("verified").has("rekor-entry-signature", "passed").has("lookup", "not-checked");
    verdict.says("Another log of your policy was asked too");
    assert!(asked() > 0);

    // A log that gives no answer is told, and the other one is asked all the same.
    let own = |request: &Request| request.path.starts_with('/') && lies::to_the_log(request);
    page.scene.liar.lie(move |request, honest| if own(request) { Told::HangUp } else { Told::This(honest) });
    page.browser.click(&page.browser.find("#start-again"));
    page.choose(&[&artifact]);
    page.verdict().is("verified").has("lookup", "not-checked");

    // Whoever would not have all of them see the digest names one.
    page.scene.liar.honest();
    let only = "const select = document.querySelector('#ask'); select.selectedIndex = arguments[0]; \
        select.dispatchEvent(new Event('change', { bubbles: true }))";
    asked();
    page.starting_a_run(|| drop(page.browser.run(only, &[json!(1)])));
    page.verdict().is("could-not-tell");
    assert_eq!(asked(), 0, "the other log was not to be asked");
    page.starting_a_run(|| drop(page.browser.run(only, &[json!(2)])));
    page.verdict().is("verified");
    page.assert_no_violations();
    if let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") {
        for width in [320, 1200] {
            page.screen(width, 900);
            page.assert_presentable("a choice among logs", &axe);
        }
    }
}

#[test]
fn a_log_that_lies_takes_nothing_from_one_that_has_the_record() {
    let Some((page, log)) = open_with_both() else { return };
    let lie = lies::each_entry(|entry| entry["integratedTime"] = json!(1));
    log.replay(PublicLog::new(), move |request, answer| lie(request, answer));
    page.check_trusted().is("verified");
    // Where nobody else has one, what it gives is not believed.
    let file = |name: &str| std::fs::read(data().join("managed-key").join(name)).unwrap();
    let [artifact, key] = ["artifact.txt", "key.pub"].map(|name| page.file(name, &file(name)));
    page.as_new_reader();
    page.expect_signer(&key);
    page.choose(&[&artifact]);
    page.verdict().is("not-verified").has("rekor-entry-timestamp", "failed");
    page.assert_no_violations();
}

#[test]
fn a_file_signed_with_a_certificate_counts_for_whoever_names_the_identity() {
    let Some((page, log)) = open(|_, _| {}) else { return };
    let artifact = page.file("blob.txt", &std::fs::read(data().join("bundles/cosign-v3-blob.txt")).unwrap());
    page.choose(&[&artifact]);
    page.verdict().is("could-not-tell").has("rekor-entry-signature", "not-checked");
    let (identity, issuer) = holder(BLOB);
    page.expect_identity(&identity, &issuer);
    page.verdict().is("verified").has("bundle-identity", "passed").says(&format!("Signed by {identity}"));
    page.expect_identity("somebody@example.org", &issuer);
    page.verdict().is("could-not-tell").has("bundle-identity", "untrusted");
    // The log's signed time is not of this entry.
    let lie = lies::each_entry(|entry| entry["integratedTime"] = json!(1));
    log.replay(PublicLog::new(), move |request, answer| lie(request, answer));
    page.expect_identity(&identity, &issuer);
    page.verdict().is("not-verified");
    page.assert_no_violations();
}

#[test]
fn a_bundle_with_no_more_than_a_promise_is_completed_by_its_log() {
    let Some((page, log)) = open(|_, _| {}) else { return };
    let cases = rekor_tests::bundles::cases();
    let bundle = older(cases.iter().find(|case| case.name == "cosign blob").unwrap()).bundle;
    let bundle = page.file("blob.txt.bundle", bundle.as_bytes());
    let artifact = page.file("blob.txt", &std::fs::read(data().join("bundles/cosign-v3-blob.txt")).unwrap());
    let (identity, issuer) = holder(BLOB);
    log.lie(|_, _| Told::HangUp);
    page.choose(&[&artifact, &bundle]);
    page.verdict().is("could-not-tell");
    page.expect_identity(&identity, &issuer);
    let alone = page.verdict();
    alone.is("could-not-tell").says("cosign bundle, older form");
    alone.has("bundle-inclusion", "not-checked").has("bundle-entry-timestamp", "passed");
    log.replay(PublicLog::new(), |_, _| {});
    page.expect_identity(&identity, &issuer);
    page.verdict().is("verified").says(&format!("Signed by {identity}"));
    page.assert_no_violations();
}

#[test]
fn a_file_that_is_dropped_is_asked_about_and_counts_for_a_named_signer() {
    let Some((page, _log)) = open(|_, _| {}) else { return };
    let file = |name: &str| std::fs::read(data().join("managed-key").join(name)).unwrap();
    let [artifact, key] = ["artifact.txt", "key.pub"].map(|name| page.file(name, &file(name)));
    page.choose(&[&artifact]);
    let unnamed = page.verdict();
    unnamed.is("could-not-tell").has("rekor-entry-signature", "untrusted").has("entry-inclusion", "passed");
    page.expect_signer(&key);
    let verdict = page.verdict();
    verdict.is("verified").says("Entry of a Rekor log").says(&format!("#{}", index(MANAGED_KEY)));
    verdict.has("rekor-entry-timestamp", "passed").has("rekor-entry-signature", "passed");
    page.assert_no_violations();
}

#[test]
fn a_lie_about_the_public_log_is_not_believed() {
    type Lie = Box<dyn Fn(&mut Value) + Send + Sync>;
    let other = PublicLog::new().entry(BLOB).1;
    let lies: [(&str, Lie); 4] = [
        ("entry-leaf", Box::new(move |entry| *entry = other.clone())),
        ("rekor-entry-timestamp", Box::new(|entry| entry["integratedTime"] = json!(1))),
        (
            "entry-inclusion",
            Box::new(|entry| {
                entry["verification"]["inclusionProof"]["hashes"].as_array_mut().unwrap().swap(0, 1);
            }),
        ),
        (
            "log-checkpoint",
            Box::new(|entry| {
                let note = &mut entry["verification"]["inclusionProof"]["checkpoint"];
                // The line of another log, whose key ID it carries.
                *note = json!(note.as_str().unwrap().replace("wNI9a", "0y8wo"));
            }),
        ),
    ];
    let Some((page, log)) = open(|_, _| {}) else { return };
    let (id, _) = PublicLog::new().entry(WHEEL);
    for (check, lie) in lies {
        let (honest, lie) = (PublicLog::new(), lies::each_entry(lie));
        log.replay(honest, move |request, answer| lie(request, answer));
        page.as_new_reader();
        page.at_place(&format!("#entry/{id}"));
        assert_eq!(page.entry(), "failed", "{check}");
        assert_eq!(page.check(check), "failed", "{check}");
        let failed = "return document.querySelectorAll('#entry-checks [data-outcome=failed]').length";
        assert_eq!(page.browser.run(failed, &[]), 1, "{check} alone");
    }
    let (blob, _) = PublicLog::new().entry(BLOB);
    log.replay(PublicLog::new(), move |request, answer| {
        if request.path.ends_with("/index/retrieve") && request.method == "POST" {
            answer.body = json!([blob]).to_string().into_bytes();
        }
    });
    page.as_new_reader();
    page.look_up(&digest(WHEEL));
    assert_eq!(page.results(), [(index(BLOB), "failed".to_owned())], "someone else's entry");
    log.replay(PublicLog::new(), |request, answer| {
        if request.path.ends_with("/entries/retrieve") {
            answer.body.truncate(100);
        }
    });
    page.as_new_reader();
    page.look_up(&digest(WHEEL));
    assert_eq!(page.results(), [(u64::MAX, "not-checked".to_owned())], "half an answer");
    page.assert_no_violations();
}

#[test]
fn the_reader_chooses_among_the_logs_of_the_policy() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let Some(page) = Page::open() else { return };
    let log = PublicLog::new().serve(|_, _| {});
    let (own, url) = (&page.scene.log.vkey, &page.scene.liar.url);
    page.deploy(&format!("log {own} {url}\nlog {} {}\nquorum none\n", vkey(), log.url), &log.url);
    page.load();
    page.look_up(&digest(WHEEL));
    assert_eq!(page.results(), [], "the first log has no such entry");
    page.browser.run(
        "[...document.querySelectorAll('.which a')].find(a => a.innerText.includes('rekor.sigstore.dev')).click()",
        &[],
    );
    page.browser.wait("the other log's answer", "document.querySelector('#results .entry')?.dataset.index");
    assert_eq!(page.results(), [(index(WHEEL), "passed".to_owned())]);
    for width in [1280, 320] {
        page.screen(width, 800);
        page.assert_presentable("entries of the public log", &axe);
    }
    page.browser.run("document.querySelector('#results .entry-link').click()", &[]);
    assert_eq!(page.entry(), "passed");
    page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
    page.assert_presentable("an entry of the public log", &axe);
    page.at_place("#log?log=rekor.sigstore.dev");
    page.browser.wait("the log", "document.querySelector('#log')?.dataset.size === '649584076'");
    page.assert_presentable("the public log", &axe);
    page.assert_no_violations();
}

#[test]
fn an_entry_of_rekor_v2_is_read_out_of_tiles() {
    let Some(page) = Page::open() else { return };
    let folder = Folder::new();
    for (path, bytes) in rekor_v2::files() {
        folder.write(path, &bytes);
    }
    let url = statics::serve(folder.path(), "access-control-allow-origin: *\r\n");
    page.deploy(&format!("log {} {url}/api/v2\nquorum none\n", rekor_v2::vkey()), &url);
    page.load();
    page.at_place("#entry/1");
    assert_eq!(page.entry(), "passed");
    for (check, outcome) in [("entry-inclusion", "passed"), ("rekor-entry-signature", "untrusted")] {
        assert_eq!(page.check(check), outcome, "{check}");
    }
    let says = page.browser.text("#entry");
    for part in ["hashedrekord 0.0.2", "The entry says: signed by", rekor_v2::HOST] {
        assert!(says.contains(part), "{part}: {says}");
    }
    page.browser
        .wait("the proof, drawn", "document.querySelector('.proof[data-outcome=passed] .audit.agrees')?.tagName");
    page.assert_no_violations();
}
