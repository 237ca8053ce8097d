//! Addresses of the page: what they bring, what they claim, and what they cannot do.

use rekor_tests::page::Page;
use serde_json::json;

#[test]
fn addresses_of_the_search_page_leave_the_query() {
    let Some(page) = Page::open() else { return };
    let digest = "0a".repeat(32);
    for (query, fragment) in [
        (format!("?hash=sha256%3A{digest}"), format!("#lookup?q=sha256:{digest}")),
        ("?logIndex=2".to_owned(), "#entry/2".to_owned()),
        (format!("?uuid={digest}"), format!("#entry/{digest}")),
        ("?email=carl%40example.org".to_owned(), "#lookup?q=carl@example.org".to_owned()),
    ] {
        page.visit(&query);
        assert_eq!(page.browser.run("return [location.search, location.hash]", &[]), json!(["", fragment]));
    }
}

#[test]
fn what_is_not_understood_is_said_and_nothing_of_it_is_used() {
    let Some(page) = Page::open() else { return };
    for fragment in [
        "#nowhere",
        "#verify?v=1&file=%3Cimg%20src=x%20onerror=alert(1)%3E",
        "#verify?v=2&file=a,AAAA",
        "#verify?trust=everybody",
        "#lookup?q=%ff",
    ] {
        page.visit(fragment);
        page.browser.wait("the page to say so", "document.querySelector('#address-refused')?.innerText");
        assert_eq!(
            page.browser.run("return document.querySelectorAll('.file, #app img').length", &[]),
            0,
            "{fragment}"
        );
    }
    page.assert_no_violations();
}

#[test]
fn an_address_claims_a_signer_and_only_the_reader_expects_one() {
    let Some(page) = Page::open() else { return };
    page.visit("#verify?v=1&identity=carl%40example.org&issuer=https://issuer.example");
    page.browser.wait("the claim", "document.querySelector('#claimed-signer')?.innerText.includes('carl@example.org')");
    assert_eq!(page.browser.run("return document.querySelector('#expected-identity')", &[]), json!(null));
    page.browser.click(&page.browser.find("#claimed-signer .expect"));
    page.browser.wait("the question", "document.querySelector('#confirm-signer')?.open");
    page.browser.click(&page.browser.find("#confirm-yes"));
    page.browser.wait("the reader's choice", "document.querySelector('#expected-identity')?.innerText");
    assert_eq!(page.browser.run("return document.querySelector('#claimed-signer')", &[]), json!(null));
}

#[test]
fn a_link_to_a_check_brings_evidence_and_no_trust() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    page.watch_exports();
    page.browser.click(&page.browser.find("#copy-link"));
    let address = page.kept();
    let (base, fragment) = address.split_once('#').expect("a fragment");
    assert_eq!(base, format!("{}/", page.scene.liar.url), "nothing stands in front of the fragment");

    // Somebody else opens it: the same evidence, and nobody expected.
    page.as_new_reader();
    page.requests();
    page.visit(&format!("#{fragment}"));
    page.verdict().is("could-not-tell").has("link-signature", "untrusted").has("entry-inclusion", "passed");
    let asked: String = page.requests().iter().map(|it| it.path.clone() + &String::from_utf8_lossy(&it.body)).collect();
    assert!(!asked.contains("package.link") && !asked.contains("foo.tar.gz"), "names left the page: {asked}");
    // It says which file it is about, and takes it once it is there.
    assert_eq!(page.browser.run(CLAIMS, &[]), json!([["foo.tar.gz", "false"]]));
    page.choose(&[&page.scene.links.product]);
    page.verdict().is("could-not-tell").has("artifact-product", "passed");
    assert_eq!(page.browser.run(CLAIMS, &[]), json!([["foo.tar.gz", "true"]]));
    // The signer whom the first reader expected came along as a key, which this reader may confirm.
    page.browser.click(&page.browser.find("#found-keys .expect"));
    page.browser.wait("the question", "document.querySelector('#confirm-signer')?.open");
    page.starting_a_run(|| page.browser.click(&page.browser.find("#confirm-yes")));
    page.verdict().is("verified");
    page.assert_no_violations();
}

#[test]
fn the_ways_back_and_forward_work() {
    let Some(page) = Page::open() else { return };
    let place = |place: &str| {
        page.browser.wait(place, &format!("document.querySelector('#page[data-place={place}]')?.tagName"))
    };
    page.browser.click(&page.browser.find(".places a[href='#page']"));
    place("page");
    page.browser.run("history.back()", &[]);
    place("verify");
    page.browser.run("history.forward()", &[]);
    place("page");
}

#[test]
fn the_page_speaks_german_where_it_is_wanted_and_remembers_it() {
    let Some(page) = Page::open() else { return };
    let german = "return performance.getEntriesByType('resource').filter(it => it.name.endsWith('de.txt')).length";
    assert_eq!(page.browser.run(german, &[]), 0, "nobody asked for German");
    page.browser.run(
        "const it = document.querySelector('#language'); it.value = 'de'; it.dispatchEvent(new Event('change', { bubbles: true }))",
        &[],
    );
    let speaks =
        "document.documentElement.lang === 'de' && document.querySelector('h1').innerText.startsWith('Eine Datei')";
    page.browser.wait("German", speaks);
    page.load();
    page.browser.wait("German after another visit", speaks);
    page.check_trusted().is("verified").says("Bestätigt");
    page.assert_no_violations();
}

/// Another browser's reader, whose first language is German.
#[test]
fn the_language_is_the_browsers() {
    let Some(page) = Page::open() else { return };
    let source = "Object.defineProperty(navigator, 'languages', { get: () => ['fr', 'de-AT', 'en'] })";
    page.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source }));
    page.load();
    page.browser.wait("German", "document.documentElement.lang === 'de'");
}

const CLAIMS: &str = "return [...document.querySelectorAll('#brought .claim')].map(it => \
    [it.querySelector('strong').innerText, it.dataset.there])";
