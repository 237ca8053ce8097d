//! The page by keyboard alone, and what axe-core finds in each of its states.

use std::path::Path;

use rekor_tests::files::read;
use rekor_tests::lies::to_the_log;
use rekor_tests::lying::Told;
use rekor_tests::needs;
use rekor_tests::page::Page;
use rekor_tests::scene::fixture_text;

const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";

/// Presses Tab until the focus is on what the selector names; stops the test if it never gets there.
#[track_caller]
fn tab_to(page: &Page, selector: &str) {
    let focused = format!("return document.activeElement?.matches({selector:?}) === true");
    for _ in 0..80 {
        if page.browser.run(&focused, &[]) == true {
            return;
        }
        page.browser.press(&[TAB]);
    }
    panic!("Tab does not reach {selector}");
}

fn type_text(page: &Page, text: &str) {
    let keys: Vec<String> = text.chars().map(|c| if c == '\n' { ENTER.to_owned() } else { c.to_string() }).collect();
    page.browser.press(&keys.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn the_whole_flow_works_with_the_keyboard_alone() {
    let Some(page) = Page::open() else { return };
    let links = page.scene.links.clone();

    // Files: the focus gets to the input, which opens the system's own dialog; what is chosen there
    // comes back to it.
    tab_to(&page, "#files");
    page.choose(&[&links.package, &links.product]);
    page.verdict().is("could-not-tell");
    let focus = page.browser.run("return document.activeElement.id", &[]);
    assert_eq!(focus, "verdict", "the verdict takes the focus when it appears");

    // The way from the verdict to the signer, and a key typed in.
    page.browser.run("document.querySelector('.verdict-next a').focus()", &[]);
    page.browser.press(&[ENTER]);
    page.browser.wait("the way to the signer", "location.hash === '#signer'");
    tab_to(&page, "#signer-paste summary");
    page.browser.press(&[ENTER]);
    tab_to(&page, "#signer-text");
    type_text(&page, &String::from_utf8(read(Path::new(&fixture_text("keys/carl.pub")))).unwrap());
    page.browser.press(&[TAB]);
    type_text(&page, "carl");
    tab_to(&page, "#signer-use");
    page.starting_a_run(|| page.browser.press(&[ENTER]));
    page.verdict().is("verified");

    // The evidence unfolds.
    tab_to(&page, ".check summary");
    page.browser.press(&[ENTER]);
    page.browser.wait("the evidence", "document.activeElement.parentElement.open");

    // And all of it is left behind.
    page.browser.run("document.querySelector('#start-again').focus()", &[]);
    page.browser.press(&[ENTER]);
    page.browser.wait(
        "an empty page",
        "!document.querySelector('#verdict') && document.querySelector('#page').dataset.state === 'idle'",
    );
}

#[test]
fn axe_finds_nothing_in_any_state() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let Some(page) = Page::open() else { return };
    let links = page.scene.links.clone();
    for (width, height) in [(1200, 900), (390, 844)] {
        page.browser.resize(width, height);
        page.scene.liar.honest();
        page.as_new_reader();
        page.assert_presentable("nothing dropped", &axe);

        page.choose(&[&links.package, &links.product, &links.carl]);
        page.verdict().is("could-not-tell");
        page.assert_presentable("signer not confirmed, a key among the files", &axe);

        page.browser.click(&page.browser.find("#found-keys .expect"));
        page.browser.wait("the question", "document.querySelector('#confirm-signer')?.open");
        page.assert_presentable("the question about the key", &axe);
        page.starting_a_run(|| page.browser.click(&page.browser.find("#confirm-yes")));
        page.verdict().is("verified");
        page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
        page.assert_presentable("verified, everything unfolded", &axe);

        page.choose(&[&page.file("foo.bin", b"not the product")]);
        page.verdict().is("not-verified");
        page.assert_presentable("not verified", &axe);

        page.as_new_reader();
        page.browser.run("document.querySelector('#signer-paste').open = true", &[]);
        page.browser.type_into(&page.browser.find("#signer-text"), "not a key");
        page.browser.click(&page.browser.find("#signer-use"));
        page.browser.wait("the refusal", "document.querySelector('#signer-error')?.innerText");
        page.assert_presentable("a key that is none", &axe);

        page.browser.run(ALARMS, &[]);
        page.load();
        page.browser.wait("the alarms", "document.querySelectorAll('.alarm').length === 2");
        page.assert_presentable("alarms", &axe);

        page.as_new_reader();
        page.scene.liar.lie(|request, honest| if to_the_log(request) { Told::Nothing } else { Told::This(honest) });
        page.choose(&[&links.package]);
        page.browser.wait("the log to be asked", "document.querySelector('#page[data-state=asking]')?.tagName");
        page.assert_presentable("the log is being asked", &axe);
        page.browser.click(&page.browser.find("#cancel"));
        page.browser.wait("the cancellation", "document.querySelector('#cancelled')?.innerText");
        page.assert_presentable("cancelled", &axe);

        page.scene.liar.missing(|path| path == "/policy.txt");
        page.as_new_reader();
        page.browser.wait("the page to say so", "document.querySelector('#trust-none')?.innerText");
        page.assert_presentable("no policy", &axe);
    }
}

#[test]
fn axe_finds_nothing_where_addresses_samples_and_languages_lead() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let Some(page) = Page::open() else { return };
    let claims =
        format!("#verify?v=1&identity=a@example.org&issuer=https://issuer.example&artifact={},foo", "ab".repeat(32));
    for (width, height) in [(1200, 900), (320, 700)] {
        page.screen(width, height);
        page.visit(&claims);
        page.assert_presentable("claims of an address", &axe);
        page.visit("#nowhere");
        page.assert_presentable("an address that is not understood", &axe);
        page.visit("#page");
        page.browser.wait("the result", "document.querySelector('#page-result')?.dataset.wrong");
        page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
        page.assert_presentable("the page checked", &axe);
        page.visit("");
        page.starting_a_run(|| page.browser.click(&page.browser.find("[data-sample=unknown-signer]")));
        page.verdict();
        page.assert_presentable("a sample", &axe);
        page.browser.run("localStorage.setItem('rekor:language', 'de')", &[]);
        page.load();
        page.check_trusted().is("verified");
        page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
        page.assert_presentable("a report in German, everything unfolded", &axe);
        page.browser.run("localStorage.clear()", &[]);
    }
}

const ALARMS: &str = "localStorage.setItem('rekor:alarms', JSON.stringify([ \
    { kind: 'tree', log: 'http://log.example', text: 'The tree shrank.' }, \
    { kind: 'key-changed', log: 'http://log.example', before: 'ab'.repeat(32), now: 'cd'.repeat(32) }]))";
