//! What a project ships besides links: a layout with its chain, Sigstore bundles, receipts; and what the page says of
//! its checks.

use std::path::{Path, PathBuf};

use rekor_tests::bundles;
use rekor_tests::files::{fixture, root};
use rekor_tests::needs;
use rekor_tests::page::{Page, Verdict};
use rekor_tests::public_log::v1_answer;
use rekor_tests::rekor::{User, text};
use rekor_tests::scene::fixture_text;
use serde_json::json;

/// A day before the fixture's layout expires, in seconds since 1970.
const BEFORE: i64 = 1_669_900_000;

/// Whom the certificate of the conda package's attestation names, and who vouches for it.
const WORKFLOW: &str = "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// A package for conda and its attestation, as other people published them.
fn conda() -> [String; 2] {
    ["signed-package-2.1.0-hb0f4dca_0.conda", "conda-attestation.sigstore.json"]
        .map(|name| text(&bundles::data().join("bundles").join(name)))
}

/// Chooses the folder of the fixture's chain, as somebody who expects alice.
fn check_chain(page: &Page) -> Verdict {
    page.expect_signer(&fixture_text("layouts/chain/alice.pub"));
    page.choose_folder(&fixture("layouts/chain"));
    page.verdict()
}

#[test]
fn a_folder_with_a_layout_its_links_and_the_product_shows_the_whole_chain() {
    let Some(page) = Page::open() else { return };
    page.scene.add(&fixture_text("layouts/chain/links/write.9106eaf2.link"), &fixture_text("keys/dora.pub"));
    page.scene.add(&fixture_text("layouts/chain/links/package.e871a4df.link"), &fixture_text("keys/erik.pub"));
    page.at(BEFORE);
    let verdict = check_chain(&page);
    verdict.is("verified").has("layout-signature", "passed").has("layout-expiry", "passed");
    verdict.has("step-links", "passed").has("step-rules", "passed").has("inspection-rules", "passed");
    assert_eq!(
        stages(&page),
        json!([["write", "passed"], ["package", "passed"], ["untar", "passed"], ["Your files", null]])
    );
    verdict.says("1 link, 1 needed").says("Dec 2, 2022, 18:41:07 UTC").says("As of Dec 1, 2022");
    page.assert_no_violations();
}

#[test]
fn an_expired_layout_is_not_verified() {
    let Some(page) = Page::open() else { return };
    check_chain(&page).is("not-verified").has("layout-expiry", "failed").has("layout-signature", "passed");
}

#[test]
fn a_dropped_folder_is_read_with_all_that_it_holds() {
    let Some(page) = Page::open() else { return };
    page.drop_paths(&[&fixture("layouts/chain")]);
    page.verdict().has("layout-signature", "untrusted");
    let names = "return [...document.querySelectorAll('.file')].map(e => e.dataset.name)";
    let links = ["links/package.e871a4df.link", "links/write.9106eaf2.link"];
    assert_eq!(page.browser.run(names, &[]), json!(["alice.pub", "demo.tar.gz", links[0], links[1], "root.layout"]));
}

/// Another implementation's chain, where it is at hand.
#[test]
fn in_toto_rs_chain_passes_before_its_expiry() {
    let folder = root().join("../shared/data/in-toto/layout");
    let Ok(folder) = folder.canonicalize() else {
        return eprintln!("skipped: ../shared/data is not here, so in-toto/layout is not tried");
    };
    let Some(page) = Page::open() else { return };
    page.at(BEFORE);
    page.expect_signer(&text(&folder.join("workdir/alice.pub")));
    let mut files: Vec<PathBuf> = ["links", "workdir"].iter().flat_map(|name| files_in(&folder.join(name))).collect();
    files.sort();
    let files: Vec<String> = files.iter().map(|file| text(file)).collect();
    page.choose(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let verdict = page.verdict();
    verdict.has("layout-signature", "passed").has("step-rules", "passed").has("inspection-rules", "passed");
    assert!(stages(&page).as_array().unwrap().iter().all(|stage| stage[1] != "failed"));
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

fn stages(page: &Page) -> serde_json::Value {
    let stages = "return [...document.querySelectorAll('.stage')]\
        .map(e => [e.querySelector('.stage-name').innerText, e.dataset.outcome ?? null])";
    page.browser.run(stages, &[])
}

#[test]
fn a_bundle_counts_for_the_signer_whom_the_reader_confirmed() {
    let Some(page) = Page::open() else { return };
    let [package, bundle] = conda();
    page.choose(&[&package, &bundle]);
    let verdict = page.verdict();
    verdict.is("could-not-tell").has("bundle-signature", "passed").has("bundle-identity", "untrusted");
    verdict.says(WORKFLOW).says(ISSUER);

    page.browser.click(&page.browser.find("#found-keys .expect"));
    page.browser.wait("the question", "document.querySelector('#confirm-signer')?.open");
    page.starting_a_run(|| page.browser.click(&page.browser.find("#confirm-yes")));
    page.verdict().is("verified").has("bundle-identity", "passed").has("artifact-product", "passed");

    let no_longer = page.browser.find("#expected-identity .remove");
    page.starting_a_run(|| page.browser.click(&no_longer));
    page.verdict().is("could-not-tell");
    page.assert_no_violations();
}

#[test]
fn an_identity_is_expected_exactly() {
    let Some(page) = Page::open() else { return };
    let [package, bundle] = conda();
    page.expect_identity(WORKFLOW, ISSUER);
    page.choose(&[&package, &bundle]);
    page.verdict().is("verified");
    page.expect_identity(&WORKFLOW.replace("main", "mai"), ISSUER);
    page.verdict().is("could-not-tell").has("bundle-identity", "untrusted");
    page.expect_identity(WORKFLOW, "https://gitlab.com");
    page.verdict().is("could-not-tell").has("bundle-identity", "untrusted");

    page.expect_identity(WORKFLOW, ISSUER);
    page.choose(&[&page.file("other.conda", b"another package")]);
    assert_ne!(page.verdict().verdict(), "verified");
}

#[test]
fn the_second_module_is_loaded_for_a_bundle_once_and_for_nothing_else() {
    let Some(page) = Page::open() else { return };
    let asked = |page: &Page| page.requests().iter().filter(|asked| asked.path.contains("sigstore")).count();
    page.wait_until_kept();
    page.requests();
    page.check_trusted().is("verified");
    assert_eq!(asked(&page), 0);
    let [package, bundle] = conda();
    page.choose(&[&package, &bundle]);
    page.verdict();
    assert_eq!(asked(&page), 2, "the script and its WebAssembly");
    page.expect_identity(WORKFLOW, ISSUER);
    page.verdict();
    assert_eq!(asked(&page), 0);
}

#[test]
fn a_second_module_that_does_not_load_leaves_the_bundle_unchecked() {
    let Some(page) = Page::open() else { return };
    page.scene.liar.missing(|path| path.ends_with("sigstore-wasm_bg.wasm"));
    let [package, bundle] = conda();
    page.expect_identity(WORKFLOW, ISSUER);
    page.choose(&[&package, &bundle]);
    page.verdict().is("could-not-tell").has("bundle-format", "not-checked").says("could not be loaded");

    page.scene.liar.honest();
    page.starting_a_run(|| page.choose(&[&bundle]));
    page.verdict().has("bundle-format", "passed");
}

/// A link by a key on P-384, whom the reader expects.
fn check_rare(page: &Page) -> Verdict {
    page.expect_signer(&fixture_text("forms/keys/frida.pub"));
    page.choose(&[&fixture_text("forms/metablock-p384.link")]);
    page.verdict()
}

#[test]
fn the_third_module_is_loaded_for_what_few_releases_need_once_and_for_nothing_else() {
    let Some(page) = Page::open() else { return };
    let asked = |page: &Page| page.requests().iter().filter(|asked| asked.path.contains("extras")).count();
    page.wait_until_kept();
    page.requests();
    page.choose(&[&fixture_text("forms/dsse-ed25519.link")]);
    page.verdict().has("link-signature", "untrusted");
    assert_eq!(asked(&page), 0);
    check_rare(&page).has("link-signature", "passed");
    assert_eq!(asked(&page), 2, "the script and its WebAssembly");
    page.starting_a_run(|| page.choose(&[&fixture_text("forms/dsse-p384.link")]));
    page.verdict().has("link-signature", "passed");
    assert_eq!(asked(&page), 0);
}

#[test]
fn a_third_module_that_does_not_load_leaves_what_needs_it_unchecked() {
    let Some(page) = Page::open() else { return };
    page.scene.liar.missing(|path| path.ends_with("extras-wasm_bg.wasm"));
    check_rare(&page).is("could-not-tell").has("link-signature", "not-checked").says("could not be loaded");

    page.scene.liar.honest();
    page.starting_a_run(|| page.choose(&[&fixture_text("forms/metablock-p384.link")]));
    page.verdict().has("link-signature", "passed");
}

/// The entry of the public log that a bundle holds, as the log's own API answers it, and no bundle.
#[test]
fn an_answer_of_the_public_log_counts_as_it_does_for_the_command() {
    let Some(page) = Page::open() else { return };
    let file = |name: &str| std::fs::read(bundles::data().join("managed-key").join(name)).unwrap();
    let bundle = serde_json::from_slice(&file("bundle.sigstore.json")).unwrap();
    let entry = page.file("entry.json", v1_answer(&bundle).to_string().as_bytes());
    let [artifact, key] = ["artifact.txt", "key.pub"].map(|name| page.file(name, &file(name)));
    page.expect_signer(&key);
    page.choose(&[&artifact, &entry]);
    let verdict = page.verdict();
    verdict.is("verified").has("rekor-entry-signature", "passed").has("rekor-entry-timestamp", "passed");
    verdict.says("Entry of a Rekor log").says("https://rekor.sigstore.dev").says("Matches the entry");

    let (server, vkey) = (&page.scene.liar.url, &page.scene.log.vkey);
    let arguments =
        ["verify", &artifact, &entry, "--public-key", &key, "--server", server, "--log-key", vkey, "--json"];
    let report = User::new().rekor(&arguments).exits(0).report();
    assert_eq!(verdict.headline(), report.headline());
    let ids = page.browser.run("return [...document.querySelectorAll('[data-check]')].map(e => e.dataset.check)", &[]);
    let mut shown = ids.as_array().unwrap().clone();
    let checks = report.0["checks"].as_array().unwrap();
    let mut said: Vec<serde_json::Value> = checks.iter().map(|check| check["id"].clone()).collect();
    shown.sort_by_key(ToString::to_string);
    said.sort_by_key(ToString::to_string);
    assert_eq!(shown, said, "the same checks");
    page.browser
        .wait("the proof, drawn", "document.querySelector('.proof[data-outcome=passed] .audit.agrees')?.tagName");
    page.assert_no_violations();
}

#[test]
fn offline_a_receipt_proves_the_record() {
    let Some(page) = Page::open() else { return };
    let links = page.scene.links.clone();
    let receipt = page.file("package.link.tlog-proof", b"");
    let (log, url) = (page.scene.log.vkey.as_str(), page.scene.server.url.as_str());
    let get = ["get", "--server", url, "--log-key", log, "--linkfile", &links.package, "--public-key", &links.carl];
    User::new().rekor(&[&get[..], &["--receipt", &receipt]].concat()).exits(0);

    page.install();
    page.expect_signer(&links.carl);
    page.offline();
    page.choose(&[&links.package, &links.product, &receipt]);
    let verdict = page.verdict();
    verdict.is("verified").has("receipt-format", "passed").has("entry-inclusion", "passed");
    assert_eq!(page.browser.text(".entry-receipt"), "the receipt package.link.tlog-proof");
}

#[test]
fn each_check_says_what_it_means_when_asked() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    let all = "return [...document.querySelectorAll('.check')].every(e => e.querySelector('.meaning p').textContent.length > 40)";
    assert_eq!(page.browser.run(all, &[]), true, "every check has an explanation");
    let check = ".check[data-check=link-signature]";
    page.browser.click(&page.browser.find(&format!("{check} > details > summary")));
    assert_eq!(page.browser.text(&format!("{check} .meaning")), "What does this mean?");
    page.browser.click(&page.browser.find(&format!("{check} .meaning summary")));
    page.browser.wait(
        "the explanation",
        &format!("document.querySelector('{check} .meaning p').innerText.includes('It holds.')"),
    );
}

#[test]
fn a_key_in_any_form_is_taken() {
    let Some(page) = Page::open() else { return };
    for form in ["crt", "crt.der", "json", "openssh", "pkcs1.pem", "pkcs1.der", "spki.der"] {
        page.as_new_reader();
        page.expect_signer(&fixture_text(&format!("key-forms/carl.{form}")));
        page.choose(&[&page.scene.links.package, &page.scene.links.product]);
        eprintln!("carl.{form}");
        page.verdict().is("verified");
    }
}

#[test]
fn axe_finds_nothing_in_what_a_release_shows() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let Some(page) = Page::open() else { return };
    let [package, bundle] = conda();
    for width in [1200, 320] {
        page.screen(width, 800);
        page.as_new_reader();
        page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
        page.assert_presentable("forms open", &axe);

        page.choose_folder(&fixture("layouts/chain"));
        page.verdict();
        page.assert_presentable("a layout, expired", &axe);

        page.as_new_reader();
        page.choose(&[&package, &bundle]);
        page.verdict();
        page.browser.run("document.querySelectorAll('.result details').forEach(d => d.open = true)", &[]);
        page.assert_presentable("a bundle, everything unfolded", &axe);

        page.browser.click(&page.browser.find("#found-keys .expect"));
        page.browser.wait("the question", "document.querySelector('#confirm-signer')?.open");
        page.assert_presentable("the question about an identity", &axe);
    }
}
