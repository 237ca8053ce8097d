//! The badge as a part of a page: how light it is, that nothing jumps, that everybody can use it.

use crate::site::{BADGE, Place, opened, said};
use rekor_tests::files::read;
use rekor_tests::lying::Told;
use rekor_tests::needs;
use rekor_tests::package::printed;
use rekor_tests::webdriver::Browser;
use serde_json::json;

#[test]
fn twenty_badges_stay_light_and_nothing_jumps() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    place.host.write(
        "page.css",
        b"rekor-badge { display: inline-block; inline-size: 22rem; block-size: 3.75rem } p { block-size: 12rem }",
    );
    let badges: String = (0..20).map(|_| format!("<p>{BADGE}</p>")).collect();
    let place = Place {
        fence: "default-src 'none'; style-src 'self'; script-src {badges} 'wasm-unsafe-eval'; connect-src 'self' {badges} {log}",
        ..place
    };
    let Some(browser) = place.open(&format!("<link rel=\"stylesheet\" href=\"page.css\">{badges}")) else { return };
    assert_eq!(said(&browser)["state"], "confirmed");
    let count = |state: &str| {
        browser
            .run(&format!("return document.querySelectorAll('rekor-badge[data-state={state}]').length"), &[])
            .as_u64()
            .unwrap()
    };
    assert!(count("waiting") >= 12, "{} wait", count("waiting"));
    let loads = "return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.wasm')).length";
    assert_eq!(browser.run(loads, &[]), 1);
    browser.run("document.querySelectorAll('rekor-badge')[19].scrollIntoView()", &[]);
    browser.wait("the last", "document.querySelectorAll('rekor-badge')[19].dataset.state === 'confirmed'");
    let shift = browser.run("return window.shift", &[]).as_f64().unwrap();
    assert!(shift < 0.01, "{shift}");
}

const AXE: &str = "const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  ({ violations }) => done(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.failureSummary + node.target).join()}`)),
  (error) => done(String(error)));";

/// Waits for the state, and has axe-core look at it in light and dark.
#[track_caller]
fn look_at(browser: &Browser, axe: &str, state: &str) {
    browser.wait(state, &format!("document.querySelector('rekor-badge').dataset.state === '{state}'"));
    browser.run(&format!("if (!window.axe) {{ {axe} }}"), &[]);
    for scheme in ["light", "dark"] {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.devtools("Emulation.setEmulatedMedia", media);
        assert_eq!(browser.run_async(AXE, &[]), json!([]), "{state}, {scheme}");
    }
}

#[test]
fn axe_finds_nothing_in_any_state() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let axe = String::from_utf8(read(&axe)).unwrap();
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = place.open(BADGE) else { return };
    let look = |state: &str| look_at(&browser, &axe, state);
    let again = || drop(browser.run("document.querySelector('rekor-badge').check()", &[]));
    look("confirmed");
    opened(&browser);
    look("confirmed");
    browser.run("document.querySelector('rekor-badge').shadowRoot.querySelector('dialog').close()", &[]);
    std::fs::remove_file(place.badges.path().join("signers.txt")).unwrap();
    again();
    look("key");
    browser.run("document.querySelector('rekor-badge').removeAttribute('signer')", &[]);
    look("recorded");
    place.scene.liar.lie(|_, _| Told::HangUp);
    again();
    look("unknown");
    place.scene.liar.honest();
    place.host.write("foo.tar.gz", b"another file");
    again();
    look("failed");
    place.scene.liar.lie(|_, _| Told::Nothing);
    again();
    look("checking");
}

#[test]
fn axe_finds_nothing_in_the_fallback() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = Place { fence: WITHOUT_WASM, ..place }.open(BADGE) else { return };
    look_at(&browser, &String::from_utf8(read(&axe)).unwrap(), "fallback");
}

/// As a page that has not heard of WebAssembly has it.
const WITHOUT_WASM: &str = "default-src 'none'; script-src {badges}; connect-src 'self' {badges} {log}";

/// Before it is needed a badge is one script; this is what a server that packs with Brotli sends of it.
#[test]
fn until_it_comes_into_view_it_is_one_small_script() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let below = "<link rel=\"stylesheet\" href=\"page.css\"><div class=\"far\"></div>";
    place.host.write("page.css", b".far { block-size: 400vh }");
    let place = Place {
        fence: "default-src 'none'; style-src 'self'; script-src {badges} 'wasm-unsafe-eval'; connect-src 'self' {badges} {log}",
        ..place
    };
    let Some(browser) = place.open(&format!("{below}{BADGE}")) else { return };
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    look_at(&browser, &String::from_utf8(read(&axe)).unwrap(), "waiting");
    let loaded = "return performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop()).sort()";
    assert_eq!(browser.run(loaded, &[]), json!(["badge.js", "page.css"]));
    let project = rekor_tests::package::Project::get().unwrap();
    let size = "const { brotliCompressSync } = require('node:zlib'); \
        console.log(brotliCompressSync(require('node:fs').readFileSync(process.argv[1])).length)";
    let size = printed(project.node().args(["-e", size]).arg(project.package().join("badge.js")));
    assert!(size.as_u64().unwrap() <= 5_000, "{size} bytes");
    browser.run("document.querySelector('rekor-badge').scrollIntoView()", &[]);
    assert_eq!(said(&browser)["state"], "confirmed");
}

#[test]
fn a_large_file_is_fetched_only_when_somebody_asks() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    // Of more than a megabyte, and not the product: who does not fetch it cannot notice.
    place.host.write("foo.tar.gz", &vec![0; 1_100_000]);
    let Some(browser) = place.open(BADGE) else { return };
    let found = said(&browser);
    assert_eq!(found["state"], "confirmed", "{found}");
    assert!(found["detail"].as_str().unwrap().ends_with("; the file is not checked yet"), "{found}");
    opened(&browser);
    browser.run(
        "[...document.querySelector('rekor-badge').shadowRoot.querySelectorAll('dialog button')] \
         .find(({ textContent }) => textContent === 'Fetch and check the file').click()",
        &[],
    );
    browser.wait("the check of the file", "document.querySelector('rekor-badge').dataset.state === 'failed'");
}

/// Where the page's policy lets no script run, as where a visitor lets none run.
#[test]
fn without_javascript_the_pages_own_link_stands() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = Place { fence: "default-src 'none'", ..place }.open(BADGE) else { return };
    let shown = "document.querySelector('rekor-badge:not([data-state]) > a')?.checkVisibility()";
    browser.wait("the link", shown);
    assert_eq!(browser.text("rekor-badge"), "Check foo.tar.gz");
}
