//! What a first visit loads, and when.

use std::fs;
use std::path::Path;

use rekor_tests::needs;
use rekor_tests::page::Page;
use rekor_tests::scene::{Links, Scene};
use rekor_tests::webdriver::Browser;

/// Most bytes after Brotli of all but the verifier's core module, which has a limit of its own, and most requests.
const MOST: u64 = 124_500;
const MOST_REQUESTS: usize = 10;

/// The verifier's core, loaded while the reader chooses files.
const CORE: &str = "/rekor-wasm_bg.wasm";

/// Loaded once there is something to show.
const LATER: &str = "/rekor-later.wasm";

/// A page that nothing keeps: a service worker would load all files once more.
fn first_visit(dist: &Path) -> Option<Page> {
    let scene = Scene::with(Links::twin(), Some(dist));
    scene.liar.missing(|path| path == "/sw.js");
    let page = Page { browser: Browser::start(&scene.liar.url)?, scene };
    page.trust(&page.scene.log.vkey);
    page.load();
    Some(page)
}

/// The files that the page asked its server for, each once, but for what comes after everything else and nobody waits
/// for: the service worker, and the manifest with its icon.
fn asked(page: &Page) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for path in page.requests().into_iter().map(|request| request.path).filter(|path| path.starts_with('/')) {
        if !["/sw.js", "/rekor.webmanifest"].contains(&path.as_str()) && !asked.contains(&path) {
            asked.push(path);
        }
    }
    asked
}

/// Bytes, as the server sends it.
fn size(dist: &Path, path: &str) -> u64 {
    let name = if path == "/" { "index.html" } else { &path[1..] };
    let packed = fs::metadata(dist.join(format!("{name}.br")));
    packed.or_else(|_| fs::metadata(dist.join(name))).map_or(0, |file| file.len())
}

#[test]
fn a_first_visit_loads_little_and_the_rest_when_it_is_needed() {
    let Some(dist) = needs::tool("REKOR_DIST", "the built page (dist/)") else { return };
    let Some(page) = first_visit(&dist) else { return };
    let first = asked(&page);
    let bytes: u64 = first.iter().filter(|path| *path != CORE).map(|path| size(&dist, path)).sum();
    println!("{bytes} bytes beside the core's {}, in {} requests", size(&dist, CORE), first.len());
    assert!(first.iter().any(|path| path == CORE) && !first.iter().any(|path| path == LATER), "{first:?}");
    assert!(bytes <= MOST, "{bytes} bytes: {first:?}");
    assert!(first.len() <= MOST_REQUESTS, "{first:?}");

    page.check_trusted().is("verified");
    let later = asked(&page);
    assert_eq!(later.iter().filter(|path| *path == LATER).count(), 1, "{later:?}");
    page.browser.run("location.hash = '#log'", &[]);
    page.browser.wait("the log", "document.querySelector('#page[data-place=log]')?.tagName");
    assert!(!asked(&page).iter().any(|path| path == LATER), "it is loaded once");
}

#[test]
fn what_could_not_be_loaded_is_told_and_can_be_had_again() {
    let Some(dist) = needs::tool("REKOR_DIST", "the built page (dist/)") else { return };
    let Some(page) = first_visit(&dist) else { return };
    page.scene.liar.missing(|path| [LATER, "/sw.js"].contains(&path));
    page.expect_signer(&page.scene.links.carl);
    page.choose(&[&page.scene.links.package, &page.scene.links.product]);
    page.browser.wait("the page to say so", "document.querySelector('#failed')?.innerText");
    assert!(page.browser.text("#failed").contains("could not be loaded"));
    page.browser.run("location.hash = '#log'", &[]);
    page.browser.wait("the page to say so", "document.querySelector('#later-missing')?.innerText");
    if let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") {
        page.assert_presentable("a part of the page is missing", &axe);
    }
    page.scene.liar.honest();
    page.browser.click(&page.browser.find("#later-missing button"));
    page.browser.wait("the log", "document.querySelector('#log')?.innerText");

    page.browser.run("location.hash = '#verify'", &[]);
    page.starting_a_run(|| page.browser.click(&page.browser.find("#again")));
    page.verdict().is("verified");
}

/// Another file in its place is refused by the browser, whatever it does.
#[test]
fn another_later_part_is_refused() {
    let Some(dist) = needs::tool("REKOR_DIST", "the built page (dist/)") else { return };
    let Some(page) = first_visit(&dist) else { return };
    page.scene.liar.change(|request, answer| {
        if request.path == LATER {
            answer.body.push(0);
        }
    });
    page.choose(&[&page.scene.links.package]);
    page.browser.wait("the page to say so", "document.querySelector('#failed')?.innerText");
}
