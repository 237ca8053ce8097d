//! What can go wrong around the page: the verifier ended by the browser, files that change, a memory that is full or
//! forbidden, a slow network, and logs that are busy, far too talkative, or not there for other people's pages.

use std::fs;
use std::path::Path;

use rekor_tests::files::read;
use rekor_tests::lies::to_the_log;
use rekor_tests::lying::{Liar, Request, Told};
use rekor_tests::needs;
use rekor_tests::page::Page;
use rekor_tests::scene::{Links, Scene};
use rekor_tests::webdriver::Browser;
use serde_json::json;

/// Lets a test get at the page's worker, and makes the page look after it five times as often.
const WORKER: &str = "const Real = Worker; \
    window.Worker = class extends Real { constructor(...given) { super(...given); window.verifier = this; } }; \
    const every = setInterval; window.setInterval = (call, time) => every(call, time / 5);";

fn opened_with(script: &str) -> Option<Page> {
    let page = Page::open()?;
    page.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    page.load();
    Some(page)
}

/// Every state here is one that a reader may find the page in.
fn assert_presentable(page: &Page, state: &str) {
    if let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") {
        page.assert_presentable(state, &axe);
    }
    page.assert_no_violations();
}

/// The log gives no answer, and the page waits for one.
fn while_asking(page: &Page) {
    page.scene.liar.lie(|request, honest| if to_the_log(request) { Told::Nothing } else { Told::This(honest) });
    page.expect_signer(&page.scene.links.carl);
    page.choose(&[&page.scene.links.package, &page.scene.links.product]);
    page.browser.wait("the log to be asked", "document.querySelector('#page[data-state=asking]')?.tagName");
}

fn again(page: &Page) {
    page.starting_a_run(|| page.browser.click(&page.browser.find("#again")));
}

#[test]
fn a_verifier_that_the_browser_ended_is_replaced() {
    let Some(page) = opened_with(WORKER) else { return };
    while_asking(&page);
    page.browser.run("window.verifier.terminate()", &[]);
    page.browser.wait("the page to notice", "document.querySelector('#failed')?.innerText");
    let said = page.browser.text("#failed");
    assert!(said.contains("stopped in the middle of its work: it no longer answers"), "{said}");
    assert_presentable(&page, "the verifier was ended");

    page.scene.liar.honest();
    again(&page);
    page.verdict().is("verified");
}

#[test]
fn a_verifier_that_breaks_down_is_replaced() {
    let Some(page) = opened_with(WORKER) else { return };
    while_asking(&page);
    page.browser.run("window.verifier.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }))", &[]);
    page.browser.wait("the page to say so", "document.querySelector('#failed')?.innerText.includes('out of memory')");
    page.scene.liar.honest();
    again(&page);
    page.verdict().is("verified");
}

#[test]
fn a_verifier_that_gets_a_known_answer_wrong_is_not_used() {
    let Some(dist) = needs::tool("REKOR_DIST", "the folder with the built page") else { return };
    let worker = String::from_utf8(read(&dist.join("worker.js"))).unwrap();
    for (from, to) in [("(\"known\")", "(\"other\")"), ("(\"unknown\")", "(\"known\")")] {
        assert_eq!(worker.matches(from).count(), 1, "{from}");
        let scene = Scene::with(Links::twin(), Some(&dist));
        scene.liar.file("/worker.js", &worker.replace(from, to));
        let Some(browser) = Browser::start(&scene.liar.url) else { return };
        let page = Page { browser, scene };
        page.load();
        let said = page.browser.text("#verifier-broken");
        assert!(said.contains("does not work in this browser"), "{said}");
    }
}

#[test]
fn a_file_that_changed_or_went_away_is_not_checked_as_what_it_was() {
    let Some(page) = Page::open() else { return };
    let links = page.scene.links.clone();
    for gone in [false, true] {
        page.as_new_reader();
        page.scene.liar.honest();
        let product = page.file("foo.tar.gz", &read(Path::new(&links.product)));
        page.expect_signer(&links.carl);
        page.choose(&[&links.package, &product]);
        page.verdict().is("verified");
        match gone {
            true => fs::remove_file(&product).unwrap(),
            false => fs::write(&product, b"something else, of another length").unwrap(),
        }
        page.expect_signer(&links.bob);
        page.browser.wait("the page to say so", "document.querySelector('#failed')?.innerText");
        let said = page.browser.text("#failed");
        assert!(said.contains("foo.tar.gz could not be read"), "{said}");
        assert!(said.contains("remove it here and bring it again"), "{said}");
    }
    assert_presentable(&page, "a file went away");
}

#[test]
fn a_full_memory_is_told_and_stops_nothing() {
    let Some(page) = Page::open() else { return };
    let fill = "let size = 1 << 20; for (let i = 0; size; i++) \
        try { localStorage.setItem('full' + i, 'x'.repeat(size)); } catch { size >>= 1; }";
    page.browser.run(fill, &[]);
    page.check_trusted().is("verified");
    page.browser.wait("the page to say so", "document.querySelector('#forgetful')?.innerText");
    assert_presentable(&page, "the browser's memory is full");
    page.browser.run("localStorage.clear()", &[]);
}

#[test]
fn without_a_memory_every_visit_is_the_first() {
    let forbidden = "Object.defineProperty(window, 'localStorage', \
        { get() { throw new DOMException('denied', 'SecurityError'); } });";
    let Some(page) = opened_with(forbidden) else { return };
    for _ in 0..2 {
        page.load();
        page.check_trusted().is("verified").has("log-consistency", "not-checked");
        page.browser.wait("the page to say so", "document.querySelector('#forgetful')?.innerText");
    }
}

#[test]
fn what_another_tab_remembered_meanwhile_stays() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    let seen = page.browser.run("return localStorage.getItem('rekor:seen')", &[]);
    page.browser.run("localStorage.removeItem('rekor:seen')", &[]);
    while_asking(&page);
    // The other tab is first.
    page.browser.run("localStorage.setItem('rekor:seen', arguments[0])", std::slice::from_ref(&seen));
    page.browser.click(&page.browser.find("#cancel"));
    page.scene.liar.honest();
    again(&page);
    page.verdict().is("verified").has("log-consistency", "passed");
    assert_eq!(page.browser.run("return localStorage.getItem('rekor:seen')", &[]), seen);
}

#[test]
fn on_a_slow_network_the_page_says_what_it_waits_for_and_can_be_stopped() {
    let Some(page) = Page::open() else { return };
    let slow = |latency: u32, rate: i32| json!({ "offline": false, "latency": latency, "downloadThroughput": rate, "uploadThroughput": rate });
    page.browser.devtools("Network.enable", json!({}));
    page.browser.devtools("Network.emulateNetworkConditions", slow(2_000, 20_000));
    page.expect_signer(&page.scene.links.carl);
    page.choose(&[&page.scene.links.package, &page.scene.links.product]);
    page.browser.wait("the log to be asked", "document.querySelector('#page[data-state=asking]')?.tagName");
    page.browser.wait("what it waits for", "/so far/.test(document.querySelector('#run')?.innerText)");
    page.browser.click(&page.browser.find("#cancel"));
    // At once, and not when the answer is there.
    assert_eq!(page.browser.run("return document.querySelector('#page').dataset.state", &[]), "cancelled");
    page.browser.devtools("Network.emulateNetworkConditions", slow(0, -1));
    again(&page);
    page.verdict().is("verified");
}

#[test]
fn a_busy_log_is_asked_again() {
    let Some(page) = Page::open() else { return };
    let times = std::sync::atomic::AtomicUsize::new(0);
    page.scene.liar.change(move |request, answer| {
        if request.path.ends_with("/checkpoint") && times.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            answer.status = 503;
            answer.headers.push(("retry-after".to_owned(), "1".to_owned()));
        }
    });
    page.requests();
    page.check_trusted().is("verified");
    let checkpoints = page.requests().into_iter().filter(|request: &Request| request.path.ends_with("/checkpoint"));
    assert!(checkpoints.count() >= 2);
}

#[test]
fn a_log_that_stays_busy_or_never_ends_gives_no_answer() {
    let Some(page) = Page::open() else { return };
    page.scene.liar.change(|request, answer| {
        if to_the_log(request) {
            answer.status = 503;
        }
    });
    page.check_trusted().is("could-not-tell").has("log-checkpoint", "not-checked").says("503");
    assert_presentable(&page, "a log that is busy");

    page.as_new_reader();
    page.scene.liar.change(|request, answer| {
        if request.path.ends_with("/checkpoint") {
            answer.body = vec![b'x'; 8 << 20];
        }
    });
    page.check_trusted().is("could-not-tell").has("log-checkpoint", "not-checked").says("longer than");
}

#[test]
fn a_log_that_answers_no_other_peoples_pages_gives_no_answer() {
    let Some(page) = Page::open() else { return };
    let other = Liar::before(&page.scene.server.url);
    other.change(|_, answer| answer.headers.retain(|(name, _)| !name.starts_with("access-control-")));
    page.deploy_for(&other.url);
    page.load();
    let verdict = page.check_trusted();
    verdict.is("could-not-tell").has("link-signature", "passed").has("log-checkpoint", "not-checked");
    verdict.says("could not be reached");
    page.assert_no_violations();
}
