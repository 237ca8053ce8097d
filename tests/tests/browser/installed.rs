//! The page that is kept: without a network, with samples, and held against the list of its release.

use std::path::Path;

use rekor_tests::bundles;
use rekor_tests::lying::{Answer, Liar};
use rekor_tests::page::Page;
use rekor_tests::rekor::text;
use serde_json::json;

fn file(name: &str) -> String {
    text(&rekor_tests::files::root().join("samples").join(name))
}

fn sample(page: &Page, id: &str) {
    page.starting_a_run(|| page.browser.click(&page.browser.find(&format!("[data-sample={id}]"))));
}

#[test]
fn without_a_network_receipts_and_bundles_are_checked_and_nothing_is_asked() {
    let Some(page) = Page::open() else { return };
    let policy = std::fs::read_to_string(file("policy.txt")).unwrap();
    page.scene.liar.file("/policy.txt", &policy);
    page.install();
    page.offline();
    page.load();
    page.requests();

    page.expect_signer(&file("maintainer.pub"));
    page.choose(&[&file("hello-1.0.tar.gz"), &file("package.link"), &file("package.link.tlog-proof")]);
    page.verdict().is("verified").has("entry-inclusion", "passed").has("log-checkpoint", "passed");

    // The second module is there as well.
    let conda = bundles::data().join("bundles");
    let files = ["signed-package-2.1.0-hb0f4dca_0.conda", "conda-attestation.sigstore.json"];
    let files = files.map(|name| text(&conda.join(name)));
    if files.iter().all(|file| Path::new(file).is_file()) {
        page.load();
        page.requests();
        page.choose(&[&files[0], &files[1]]);
        page.verdict().has("bundle-inclusion", "passed").has("bundle-certificate", "passed");
    }
    // The browser itself looks for a new version of the service worker now and then, and asks its maker things.
    let asked = page.requests();
    let asked: Vec<&str> = asked.iter().map(|it| it.path.as_str()).collect();
    let by_page = asked.iter().filter(|path| path.starts_with('/') && **path != "/sw.js");
    assert_eq!(by_page.collect::<Vec<_>>(), Vec::<&&str>::new(), "{asked:?}");
    page.assert_no_violations();
}

#[test]
fn what_is_kept_is_of_one_version_and_no_answer_of_a_log() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    page.install();
    page.check_trusted().is("verified");
    let kept = page.browser.run_async(KEPT, &[]);
    let kept: Vec<&str> = kept.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for file in
        ["/index.html", "/rekor-sigstore-wasm_bg.wasm", "/rekor-extras-wasm_bg.wasm", "/rekor-explorer-wasm_bg.wasm"]
    {
        assert!(kept.contains(&file), "{file}: {kept:?}");
    }
    assert!(
        !kept.iter().any(|it| it.contains("/api/") || it.contains("checkpoint") || it.contains("/tile/")),
        "{kept:?}"
    );

    // A server in the middle of an update: one file is another one already. The page stays what it was.
    page.scene.liar.change(|request, answer| {
        if request.path == "/worker.js" {
            answer.body = b"throw new Error('of another version')".to_vec();
        }
    });
    page.load();
    page.check_trusted().is("verified");
}

/// The kept page has the header that names the logs it may ask, and that header is of the policy it was kept with.
#[test]
fn a_new_policy_counts_from_the_first_visit_on() {
    let Some(page) = Page::open() else { return };
    page.install();
    let other = Liar::before(&page.scene.server.url);
    page.deploy_for(&other.url);
    page.load();
    page.check_trusted().is("verified");
    assert!(!other.asked().is_empty());
    page.assert_no_violations();
}

#[test]
fn a_mixed_release_is_never_kept() {
    let Some(page) = Page::open() else { return };
    page.browser.run_async(
        "const done = arguments[arguments.length - 1]; navigator.serviceWorker.getRegistrations() \
         .then(all => Promise.all(all.map(it => it.unregister()))).then(() => caches.keys()) \
         .then(all => Promise.all(all.map(it => caches.delete(it)))).then(() => done(true))",
        &[],
    );
    page.scene.liar.change(|request, answer: &mut Answer| {
        if request.path == "/icon.svg" {
            answer.body.push(b' ');
        }
    });
    page.load();
    let state = page.browser.run_async(
        "const done = arguments[arguments.length - 1]; navigator.serviceWorker.register('./sw.js').then( \
         it => { const worker = it.installing ?? it.waiting ?? it.active; \
                 const look = () => { if (['redundant', 'activated'].includes(worker.state)) done(worker.state) }; \
                 worker.addEventListener('statechange', look); look() }, error => done('refused ' + error))",
        &[],
    );
    let state = state.as_str().unwrap_or_default();
    assert!(state == "redundant" || state.starts_with("refused"), "{state}");
}

#[test]
fn every_sample_comes_to_its_own_verdict_and_touches_nothing_of_the_readers() {
    let Some(page) = Page::open() else { return };
    page.requests();
    for (id, verdict, check, outcome) in [
        ("good", "verified", "entry-inclusion", "passed"),
        ("tampered", "not-verified", "link-signature", "failed"),
        ("wrong-artifact", "not-verified", "artifact-product", "failed"),
        ("unknown-signer", "could-not-tell", "link-signature", "untrusted"),
    ] {
        page.load();
        sample(&page, id);
        page.verdict().is(verdict).has(check, outcome).says("count for nothing else");
    }
    assert_eq!(page.browser.run("return localStorage.getItem('rekor:seen')", &[]), json!(null));
    let asked = page.requests();
    assert!(!asked.iter().any(|it| it.path.starts_with("/api/")), "a log was asked: {asked:?}");

    // The reader's own file ends the sample, whose policy and signer then count no more.
    page.choose(&[&file("package.link")]);
    page.verdict().is("could-not-tell");
    assert_eq!(page.browser.run("return document.querySelectorAll('#trying').length", &[]), 0);
    assert_eq!(page.browser.run("return document.querySelectorAll('.file').length", &[]), 1);
    page.assert_no_violations();
}

#[test]
fn the_page_is_held_against_the_list_of_its_release() {
    let Some(page) = Page::open() else { return };
    page.visit("#page");
    let wrong = "document.querySelector('#page-result')?.dataset.wrong";
    assert_eq!(page.browser.wait("the result", wrong), "0");
    page.scene.liar.change(|request, answer| {
        if request.path == "/rekor-web.js" {
            answer.body.push(b'\n');
        }
    });
    // Started anew, since this page would not load what was changed.
    page.browser.run("location.hash = '#verify'", &[]);
    page.browser.wait("the check of files", "document.querySelector('#page[data-place=verify]')?.tagName");
    page.browser.run("location.hash = '#page'", &[]);
    assert_eq!(page.browser.wait("the result", wrong), "1");
    page.assert_no_violations();
}

/// The command that the page shows for another computer.
#[test]
fn the_page_is_held_against_its_list_by_curl() {
    let Some(page) = Page::open() else { return };
    page.visit("#page");
    page.browser.wait("the result", "document.querySelector('#page-result')?.dataset.wrong");
    let shown = page.browser.run("return document.querySelector('.command code').textContent", &[]);
    let list = page.browser.run("return document.querySelector('#check-page > .code code').textContent", &[]);
    let check = || {
        let output = std::process::Command::new("bash").args(["-c", shown.as_str().unwrap()]).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    };
    let said = check();
    if said.is_empty() {
        return eprintln!("skipped: no bash, or no curl");
    }
    assert!(said.starts_with(list.as_str().unwrap()), "{said}");
    assert!(said.contains("as listed") && !said.contains("differs"), "{said}");
    page.scene.liar.change(|request, answer| {
        if request.path == "/worker.js" {
            answer.body.push(b'\n');
        }
    });
    assert!(check().contains("differs: worker.js"));
}

#[test]
fn no_log_but_those_of_the_policy_can_be_asked() {
    let Some(page) = Page::open() else { return };
    page.requests();
    let refused = page.browser.run_async(
        "const done = arguments[arguments.length - 1]; \
         fetch('http://log.example/api/v1/log').then(() => done('answered'), () => done('refused'))",
        &[],
    );
    assert_eq!(refused, "refused");
    let violations = page.browser.run("return window.rekorViolations.filter(it => it.startsWith('connect-src'))", &[]);
    assert_eq!(violations.as_array().map(Vec::len), Some(1), "{violations}");
    let asked = page.requests();
    assert!(!asked.iter().any(|it| it.path.contains("log.example")), "{asked:?}");
}

const KEPT: &str = "const done = arguments[arguments.length - 1]; caches.keys() \
    .then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys())))) \
    .then(all => done(all.flat().map(request => new URL(request.url).pathname)))";
