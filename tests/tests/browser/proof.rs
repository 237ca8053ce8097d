//! The proofs, drawn: what is in the drawing is what the verifier computed, and what a liar sends is shown as that.

use rekor_tests::lies;
use rekor_tests::needs;
use rekor_tests::page::Page;
use rekor_tests::rekor::User;
use rekor_tests::scene::fixture_text;
use serde_json::Value;

/// The texts of what a selector finds.
fn texts(page: &Page, selector: &str) -> Vec<String> {
    let script = format!("return [...document.querySelectorAll({selector:?})].map(e => e.textContent)");
    let found = page.browser.run(&script, &[]);
    found.as_array().into_iter().flatten().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

/// The inclusion check of the command's report.
fn inclusion(page: &Page) -> Value {
    let report: Value = serde_json::from_str(&page.scene.verify(&User::new()).out()).unwrap();
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == "entry-inclusion").unwrap()["evidence"].clone()
}

#[test]
fn the_drawing_holds_the_hashes_that_the_verifier_computed() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    let evidence = inclusion(&page);
    let path = evidence["path"].as_array().unwrap();
    assert_eq!(path.len(), 2, "four entries make two levels");
    let short = |hash: &Value| format!("{}…", &hash.as_str().unwrap()[..8]);
    // From the checkpoint down to the entry.
    let computed: Vec<String> = path.iter().rev().map(|level| short(&level["node"])).collect();
    let given: Vec<String> = path.iter().rev().map(|level| short(&level["hash"])).collect();
    assert_eq!(texts(&page, ".audit .computed text"), computed);
    assert_eq!(texts(&page, ".audit .given text"), given);
    assert_eq!(texts(&page, ".audit .leaf text"), [short(&evidence["leaf_hash"])]);
    assert_eq!(texts(&page, ".audit .stated text"), [short(&path[1]["node"])], "the checkpoint's root comes out");
    assert_eq!(texts(&page, ".audit .sign"), ["="]);
    // Index 2 of 4: its neighbour is on the right, the first two entries on the left.
    let sides = page
        .browser
        .run("return [...document.querySelectorAll('.proof-text [data-side]')].map(e => e.dataset.side)", &[]);
    assert_eq!(sides, serde_json::json!(["right", "left"]));
    page.assert_no_violations();
}

#[test]
fn a_wrong_proof_is_drawn_as_one_that_leads_elsewhere() {
    let Some(page) = Page::open() else { return };
    page.scene.liar.change(lies::wrong_tiles());
    page.check_trusted().is("not-verified").has("entry-inclusion", "failed");
    assert_eq!(texts(&page, ".audit .sign"), ["≠"]);
    assert_ne!(texts(&page, ".audit .stated text"), [texts(&page, ".audit .computed text")[0].clone()]);
    let agrees = page.browser.run("return document.querySelector('.proof-root').dataset.agrees", &[]);
    assert_eq!(agrees, "false");
}

#[test]
fn the_growth_since_the_last_visit_is_drawn() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    assert_eq!(texts(&page, ".growth"), Vec::<String>::new(), "on a first visit there is nothing to compare");
    page.scene.add(&fixture_text("links/stranger.link"), &fixture_text("keys/mallory.pub"));
    page.load();
    page.check_trusted().is("verified").has("log-consistency", "passed");
    assert_eq!(texts(&page, "svg.growth.passed .label"), ["Then: 4", "Now: 5"]);
    if let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") {
        page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
        for (width, height) in [(320, 700), (1280, 900)] {
            page.screen(width, height);
            page.assert_presentable("a proof, drawn", &axe);
        }
    }
}
