//! The page in Chromium: what a reader sees, with everything real behind it.

use std::path::Path;

use rekor_tests::files::read;
use rekor_tests::page::Page;
use rekor_tests::scene::{Links, fixture_text};
use rekor_tests::text::{base64, hex, sha256};
use serde_json::{Value, json};

/// The first Rekor's own files where they are at hand, and their twins always.
fn with_both(test: impl Fn(Page)) {
    for links in [Some(Links::twin()), Links::first_rekor()].into_iter().flatten() {
        if let Some(page) = Page::open_with(links) {
            test(page);
        }
    }
}

#[test]
fn link_product_and_signer_are_verified_and_named() {
    with_both(|page| {
        let verdict = page.check_trusted();
        verdict.is("verified");
        assert_eq!(verdict.part("productPath"), ["foo.tar.gz"]);
        assert_eq!(verdict.part("keyName"), ["carl"]);
        assert_eq!(verdict.part("logIndex"), ["as #2"]);
        assert_eq!(verdict.part("logTime").len(), 1, "the log states a time");
        verdict.says("the log says");
        page.assert_no_violations();
    });
}

#[test]
fn without_the_key_the_signer_is_not_confirmed() {
    with_both(|page| {
        page.choose(&[&page.scene.links.package, &page.scene.links.product]);
        let verdict = page.verdict();
        verdict.is("could-not-tell").has("link-signature", "untrusted").has("entry-inclusion", "passed");
        assert!(verdict.headline().contains("signer not confirmed"), "{}", verdict.headline());
    });
}

#[test]
fn a_key_among_the_dropped_files_counts_only_after_the_reader_said_so() {
    with_both(|page| {
        let links = &page.scene.links;
        let file =
            |path: &str| (Path::new(path).file_name().unwrap().to_str().unwrap().to_owned(), read(Path::new(path)));
        let dropped = [file(&links.package), file(&links.product), file(&links.carl)];
        let dropped: Vec<(&str, Vec<u8>)> =
            dropped.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        page.drop_files(&dropped);
        let verdict = page.verdict();
        verdict.is("could-not-tell");
        assert!(verdict.headline().contains("signer not confirmed"), "{}", verdict.headline());

        page.browser.click(&page.browser.find("#found-keys .expect"));
        page.browser.wait("the question", "document.querySelector('#confirm-signer')?.open");
        page.starting_a_run(|| page.browser.click(&page.browser.find("#confirm-yes")));
        page.verdict().is("verified");
    });
}

#[test]
fn an_expected_signer_is_kept_for_later_visits_if_the_reader_wants_it() {
    let Some(page) = Page::open() else { return };
    let links = page.scene.links.clone();
    let visit = |verdict: &str| {
        page.load();
        page.choose(&[&links.package, &links.product]);
        page.verdict().is(verdict);
    };
    page.expect_signer(&links.carl);
    visit("could-not-tell");
    page.expect_signer(&links.carl);
    page.browser.click(&page.browser.find("#keep-signers"));
    visit("verified");
    page.starting_a_run(|| page.browser.click(&page.browser.find(".signer-item .remove")));
    page.verdict().is("could-not-tell");
    visit("could-not-tell");
    page.expect_identity("a@example.org", "https://issuer.example");
    page.browser.run(
        "if (!document.querySelector('#keep-signers').checked) document.querySelector('#keep-signers').click()",
        &[],
    );
    page.load();
    assert!(page.browser.text("#expected-identity").contains("a@example.org"));
    page.browser.click(&page.browser.find("#keep-signers"));
    page.load();
    assert_eq!(page.browser.run("return document.querySelectorAll('#expected-identity').length", &[]), 0);
}

#[test]
fn a_strangers_link_is_not_by_the_signer_you_expect() {
    let Some(page) = Page::open() else { return };
    let stranger = fixture_text("links/stranger.link");
    page.scene.add(&stranger, &fixture_text("keys/mallory.pub"));
    page.expect_signer(&page.scene.links.carl);
    page.choose(&[&stranger, &page.scene.links.product]);
    let verdict = page.verdict();
    verdict.is("could-not-tell").has("link-signature", "untrusted").has("entry-inclusion", "passed");
    verdict.says("not by the signer you expect");
}

#[test]
fn one_byte_changed_is_not_verified_and_the_page_says_why() {
    with_both(|page| {
        let links = page.scene.links.clone();
        let mut product = read(Path::new(&links.product));
        let middle = product.len() / 2;
        product[middle] ^= 1;
        let changed = page.file("foo.tar.gz", &product);
        page.expect_signer(&links.carl);
        page.choose(&[&links.package, &changed]);
        let verdict = page.verdict();
        verdict.is("not-verified").has("artifact-product", "failed").has("link-signature", "passed");
        // Which path, which digest was expected, and which one was found.
        let expected = hex(&sha256(&read(Path::new(&links.product))));
        verdict.says("foo.tar.gz").says(&hex(&sha256(&product))).says(&expected);

        page.as_new_reader();
        let link = String::from_utf8(read(Path::new(&links.package))).unwrap();
        let changed =
            page.file("package.link", link.replace("\"name\": \"package\"", "\"name\": \"packagf\"").as_bytes());
        page.expect_signer(&links.carl);
        page.choose(&[&changed, &links.product]);
        let verdict = page.verdict();
        verdict.is("not-verified").has("link-signature", "failed");
        assert!(verdict.headline().contains("signature"), "{}", verdict.headline());
    });
}

#[test]
fn an_artifact_alone_finds_the_links_that_name_it() {
    let Some(page) = Page::open() else { return };
    page.expect_signer(&page.scene.links.carl);
    page.choose(&[&page.scene.links.product]);
    page.verdict().is("verified").has("artifact-product", "passed");
    page.as_new_reader();
    page.choose(&[&page.file("unknown.bin", b"nobody ever named this")]);
    page.verdict().is("could-not-tell").says("its word");
}

#[test]
fn a_link_alone_says_that_no_file_was_checked() {
    let Some(page) = Page::open() else { return };
    page.expect_signer(&page.scene.links.carl);
    page.choose(&[&page.scene.links.package]);
    page.verdict().is("verified").says("No file was checked");
}

#[test]
fn files_are_recognised_by_content_in_any_order_and_under_any_name() {
    let Some(page) = Page::open() else { return };
    let links = page.scene.links.clone();
    page.expect_signer(&links.carl);
    let link = read(Path::new(&links.package));
    let product = read(Path::new(&links.product));
    page.drop_files(&[("release.link", product), ("notes.bin", link)]);
    page.verdict().is("verified");
}

#[test]
fn a_pasted_link_is_checked_like_a_file() {
    let Some(page) = Page::open() else { return };
    page.expect_signer(&page.scene.links.carl);
    page.paste(&String::from_utf8(read(Path::new(&page.scene.links.package))).unwrap());
    page.verdict().is("verified");
}

#[test]
fn malformed_links_and_other_formats_are_told_apart() {
    let Some(page) = Page::open() else { return };
    for name in ["duplicate-key", "unknown-field", "float"] {
        page.as_new_reader();
        page.expect_signer(&page.scene.links.carl);
        page.choose(&[&fixture_text(&format!("links/bad/{name}.link"))]);
        page.verdict().is("not-verified").has("link-format", "failed");
    }
    page.as_new_reader();
    page.expect_signer(&page.scene.links.carl);
    page.choose(&[&fixture_text("links/openpgp.link")]);
    page.verdict().is("could-not-tell");
}

#[test]
fn markup_in_a_file_name_stays_text() {
    let Some(page) = Page::open() else { return };
    let links = page.scene.links.clone();
    let name = "<img src=x onerror=alert(1)>.link";
    page.browser.run("window.alert = () => { window.alerted = true }", &[]);
    page.drop_files(&[(name, read(Path::new(&links.package))), ("<b>bold</b>", read(Path::new(&links.product)))]);
    let verdict = page.verdict();
    verdict.says(name).says("<b>bold</b>");
    assert_eq!(page.browser.run("return document.querySelectorAll('#app img, #app b').length", &[]), 0);
    assert_eq!(page.browser.run("return window.alerted === true", &[]), false);
    page.assert_no_violations();
}

#[test]
fn only_digests_and_public_keys_leave_the_page() {
    let Some(page) = Page::open() else { return };
    // What keeps the page asks for all of its files, samples included.
    page.install();
    page.requests();
    page.check_trusted().is("verified");
    page.choose(&[&page.file("private-plans.txt", b"nobody's business but mine")]);
    page.verdict();
    let asked = page.requests();
    let (own, elsewhere): (Vec<_>, Vec<_>) = asked.iter().partition(|request| request.path.starts_with('/'));
    let elsewhere: Vec<&str> = elsewhere.iter().map(|request| request.path.as_str()).collect();
    let strange: Vec<&&str> = elsewhere.iter().filter(|host| !is_the_browsers_own(host)).collect();
    assert_eq!(strange, Vec::<&&str>::new(), "asked of servers other than the page's own");
    let loads = "return performance.getEntriesByType('resource').map((it) => it.name)\
        .filter((url) => !url.startsWith(location.origin + '/'))";
    assert_eq!(page.browser.run(loads, &[]), serde_json::json!([]), "loaded from elsewhere");
    assert!(!own.is_empty());
    for request in own {
        let path = request.path.split('?').next().unwrap();
        assert!(!request.path.contains('?') || path.starts_with("/api/"), "{request:?}");
        match (request.method.as_str(), request.body.is_empty()) {
            ("GET", true) => {}
            ("POST", false) => only_digests_and_keys(&serde_json::from_slice(&request.body).unwrap(), &page),
            _ => panic!("{request:?}"),
        }
    }
    let everything: String =
        asked.iter().map(|request| format!("{} {}", request.path, String::from_utf8_lossy(&request.body))).collect();
    for secret in ["private-plans", "foo.tar.gz", "package.link", &base64(b"nobody's business but mine")[..20]] {
        assert!(!everything.contains(secret), "{secret} left the page");
    }
}

/// Whom Chromium asks on its own account now and then (whether somebody is signed in, for one), whatever its flags: its
/// proxy sees that too. What the page loads is held against the browser's own record of it besides.
fn is_the_browsers_own(host: &str) -> bool {
    [".google.com:443", ".googleapis.com:443", ".gvt1.com:443"].iter().any(|end| host.ends_with(end))
}

/// What a look-up may hold: digests, the expected signer's public key, and identifiers that the log gave.
fn only_digests_and_keys(body: &Value, page: &Page) {
    for (name, value) in body.as_object().expect("an object") {
        match name.as_str() {
            "hash" => {
                let (algorithm, digest) = value.as_str().unwrap().split_once(':').unwrap();
                assert!(["sha256", "sha512"].contains(&algorithm), "{body}");
                assert!(digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{body}");
            }
            "operator" => assert!(value == "and" || value == "or", "{body}"),
            "publicKey" => {
                let carl = read(Path::new(&page.scene.links.carl));
                assert_eq!(value["content"], base64(&carl), "{body}");
                assert_eq!(value.as_object().unwrap().len(), 2, "{body}");
            }
            "entryUUIDs" => {
                for uuid in value.as_array().unwrap() {
                    assert!(uuid.as_str().unwrap().bytes().all(|byte| byte.is_ascii_hexdigit()), "{body}");
                }
            }
            "logIndexes" => assert!(value.as_array().unwrap().iter().all(Value::is_u64), "{body}"),
            other => panic!("{other} left the page: {body}"),
        }
    }
}

#[test]
fn offline_the_signature_is_checked_and_the_record_is_not() {
    let Some(page) = Page::open() else { return };
    page.install();
    page.expect_signer(&page.scene.links.carl);
    page.offline();
    page.choose(&[&page.scene.links.package, &page.scene.links.product]);
    let verdict = page.verdict();
    verdict
        .is("could-not-tell")
        .has("link-signature", "passed")
        .has("artifact-product", "passed")
        .has("lookup", "not-checked");
}

#[test]
fn what_is_missing_and_what_a_check_leaves_open_is_said() {
    let Some(page) = Page::open() else { return };
    let missing = "return [...document.querySelectorAll('#missing li')].map(e => e.dataset.missing)";
    page.choose(&[&page.scene.links.package]);
    page.verdict().is("could-not-tell");
    assert_eq!(page.browser.run(missing, &[]), json!(["artifact", "signer"]));
    page.as_new_reader();
    page.choose(&[&page.file("notes.txt", b"nobody says anything about this")]);
    page.verdict().is("could-not-tell");
    assert_eq!(page.browser.run(missing, &[]), json!(["statement"]));
    page.as_new_reader();
    page.check_trusted().is("verified");
    assert_eq!(page.browser.run(missing, &[]), json!([]));
    let limit = "return document.querySelector('[data-check=entry-inclusion] .limit').textContent";
    let limit = page.browser.run(limit, &[]);
    assert!(limit.as_str().unwrap().starts_with("It does not prove: when the entry came"), "{limit}");
}
