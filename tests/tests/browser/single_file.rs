//! The page as one file, opened from a disk: no server, no worker, no network.

use rekor_tests::bundles;
use rekor_tests::files::sample;
use rekor_tests::needs;
use rekor_tests::page::Page;
use rekor_tests::rekor::text;
use serde_json::json;

/// The page in one file was built with the samples' policy.
fn open() -> Option<Page> {
    let file = needs::tool("REKOR_SINGLE", "the page as a single file")?;
    let page = Page::open()?;
    // The page on the server has a service worker, which goes on fetching after the page was left.
    page.browser.run_async(
        "const done = arguments[arguments.length - 1]; navigator.serviceWorker.ready.then((it) => it.unregister()).then(done)",
        &[],
    );
    page.requests();
    page.browser.open(&format!("file://{}", text(&file)));
    page.browser.wait("the policy", "document.querySelector('#page[data-settled=true]')?.tagName");
    Some(page)
}

#[test]
fn from_a_disk_receipts_and_bundles_are_checked() {
    let Some(page) = open() else { return };
    let origin = page.browser.run("return [...document.querySelectorAll('.log')].map(it => it.dataset.origin)", &[]);
    assert_eq!(origin, json!(["samples.invalid/sample-log"]), "the policy that it was built with");
    let file = |name: &str| text(&sample(name));
    page.expect_signer(&file("maintainer.pub"));
    page.choose(&[&file("hello-1.0.tar.gz"), &file("package.link"), &file("package.link.tlog-proof")]);
    page.verdict().is("verified").has("entry-inclusion", "passed");
    page.browser.click(&page.browser.find("#start-again"));
    page.starting_a_run(|| page.browser.click(&page.browser.find("[data-sample=tampered]")));
    page.verdict().is("not-verified").has("link-signature", "failed");

    // The second module stands in the file too.
    let files = ["signed-package-2.1.0-hb0f4dca_0.conda", "conda-attestation.sigstore.json"];
    let files = files.map(|name| text(&bundles::data().join("bundles").join(name)));
    page.choose(&[&files[0], &files[1]]);
    page.verdict().has("bundle-inclusion", "passed");

    assert!(page.requests().iter().all(|it| !it.path.starts_with('/')), "the page's server was asked");
    let loads =
        "return performance.getEntriesByType('resource').map(it => it.name).filter(it => !it.startsWith('data:'))";
    assert_eq!(page.browser.run(loads, &[]), json!([]), "something was loaded");
    page.assert_no_violations();
}

#[test]
fn from_a_disk_the_page_speaks_german_and_asks_nobody() {
    let Some(page) = open() else { return };
    page.browser.run(
        "const it = document.querySelector('#language'); it.value = 'de'; it.dispatchEvent(new Event('change', { bubbles: true }))",
        &[],
    );
    page.browser.wait("German", "document.documentElement.lang === 'de'");
    let asked = page.browser.run_async(
        "const done = arguments[arguments.length - 1]; fetch('http://log.example/').then(() => done('answered'), () => done('refused'))",
        &[],
    );
    assert_eq!(asked, "refused");
}
