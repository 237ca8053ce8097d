//! The badge on a page of somebody else's, in Chromium: under a strict policy, among hostile styles, before a log that lies.

use rekor_tests::files::{Folder, read};
use rekor_tests::lies;
use rekor_tests::lying::Told;
use rekor_tests::needs;
use rekor_tests::package::Project;
use rekor_tests::rekor::User;
use rekor_tests::scene::Scene;
use rekor_tests::statics;
use rekor_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::Path;

/// A log, a site that answers for badges, and a site that shows one.
struct Place {
    scene: Scene,
    badges: Folder,
    host: Folder,
    badge_origin: String,
    fence: &'static str,
}

/// What a host page has to allow, and nothing more. `{badges}` and `{log}` are origins.
const FENCE: &str = "default-src 'none'; script-src {badges} 'wasm-unsafe-eval'; connect-src 'self' {badges} {log}";

const BADGE: &str = "<rekor-badge link=\"package.link\" artifact=\"foo.tar.gz\" log=\"{log}\" signer=\"carl.pub\">\
    <a href=\"{verifier}/\">Check foo.tar.gz</a></rekor-badge>";

impl Place {
    /// With carl's link and its product beside the page, and nobody trusted.
    fn new() -> Option<Self> {
        let project = Project::get()?;
        let scene = Scene::new();
        let (badges, host) = (Folder::copy_of(&project.package()), Folder::new());
        for (name, path) in [
            ("package.link", &scene.links.package),
            ("foo.tar.gz", &scene.links.product),
            ("carl.pub", &scene.links.carl),
        ] {
            host.write(name, &read(Path::new(path)));
        }
        let badge_origin = statics::serve(badges.path(), "access-control-allow-origin: *\r\n");
        Some(Self { scene, badges, host, badge_origin, fence: FENCE })
    }

    /// The site trusts the log, under this key.
    fn trusts(self, vkey: &str) -> Self {
        let policy = format!("log {vkey} {}\nquorum none\n", self.scene.liar.url);
        self.badges.write("policy.txt", policy.as_bytes());
        self
    }

    /// The site names carl as the signer.
    fn names_carl(self) -> Self {
        let line = User::new().rekor(&["key", &self.scene.links.carl]).exits(0).out();
        let line = line.lines().find(|line| line.trim_start().starts_with("signer ")).unwrap().trim().to_owned();
        let name = line.split(' ').nth(1).unwrap();
        self.badges.write("signers.txt", format!("{line}\nquorum {name}\n").as_bytes());
        self
    }

    fn with_trust(self) -> Self {
        let vkey = self.scene.log.vkey.clone();
        self.trusts(&vkey).names_carl()
    }

    /// A page with this in its body, in a browser.
    fn open(&self, body: &str) -> Option<Browser> {
        let fill = |text: &str| {
            let origins = text.replace("{badges}", &self.badge_origin).replace("{log}", &self.scene.liar.url);
            origins.replace("{verifier}", &self.scene.liar.url)
        };
        let script = fill("<script type=\"module\" src=\"{badges}/badge.js\"></script>");
        let page = format!(
            "<!doctype html><html lang=\"en\"><title>A project</title>{script}<main><h1>A project</h1>{}</main>",
            fill(body)
        );
        self.host.write("index.html", page.as_bytes());
        let headers = format!("content-security-policy: {}\r\n", fill(self.fence));
        let address = statics::serve(self.host.path(), &headers);
        let browser = Browser::start(&address)?;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": OBSERVER }));
        browser.open(&format!("{address}/"));
        Some(browser)
    }
}

/// Notes what a policy refuses, and how much the page's contents jump.
const OBSERVER: &str = "window.refused = []; window.shift = 0;
document.addEventListener('securitypolicyviolation', (event) => refused.push(`${event.violatedDirective} ${event.blockedURI}`));
new PerformanceObserver((list) => { for (const it of list.getEntries()) shift += it.value; }).observe({ type: 'layout-shift', buffered: true });";

/// Waits for the end of the check, and gives `{state, title, detail}`.
#[track_caller]
fn said(browser: &Browser) -> Value {
    let settled = "['confirmed','key','recorded','failed','unknown','fallback'].includes(document.querySelector('rekor-badge').dataset.state)";
    browser.wait("the badge", settled);
    browser.run(
        "const badge = document.querySelector('rekor-badge');
        const text = (part) => badge.shadowRoot.querySelector(`[part=${part}]`)?.textContent;
        return { state: badge.dataset.state, title: text('title'), detail: text('detail') };",
        &[],
    )
}

fn opened(browser: &Browser) -> String {
    browser.run("document.querySelector('rekor-badge').shadowRoot.querySelector('button').click()", &[]);
    let link = "document.querySelector('rekor-badge').shadowRoot.querySelector('dialog[open] a')?.href";
    browser.wait("what was checked", link).as_str().unwrap().to_owned()
}

#[test]
fn under_a_strict_policy_it_confirms_a_named_signer_and_the_log() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = place.open(BADGE) else { return };
    let found = said(&browser);
    assert_eq!(found["state"], "confirmed", "{found}");
    assert_eq!(found["title"], "Signed by carl");
    let detail = found["detail"].as_str().unwrap();
    assert!(detail.starts_with("Recorded as #2; the log says "), "{detail}");
    assert_eq!(browser.run("return window.refused", &[]), json!([]));
    let verifier = opened(&browser);
    assert!(verifier.starts_with(&format!("{}/#verify?v=1&artifact=", place.scene.liar.url)), "{verifier}");
    let dialog = "document.querySelector('rekor-badge').shadowRoot.querySelector('dialog').textContent";
    let text = browser.run(&format!("return {dialog}"), &[]).to_string();
    assert!(
        text.contains("passed: The link is signed by carl.") && text.contains("Check it apart from this page"),
        "{text}"
    );
}

#[test]
fn what_the_page_claims_is_said_to_be_its_claim() {
    let Some(place) = Place::new() else { return };
    let vkey = place.scene.log.vkey.clone();
    let place = place.trusts(&vkey);
    let Some(browser) = place.open(BADGE) else { return };
    let found = said(&browser);
    assert_eq!(found["state"], "key", "{found}");
    assert!(found["title"].as_str().unwrap().starts_with("Signed by the key that this page names: "), "{found}");
    // Without the page's key there is a record, and nobody who is known to have signed.
    browser.run("document.querySelector('rekor-badge').removeAttribute('signer')", &[]);
    assert_eq!(said(&browser)["state"], "recorded");
    // And a log that nobody named confirms nothing.
    std::fs::remove_file(place.badges.path().join("policy.txt")).unwrap();
    browser.run("document.querySelector('rekor-badge').check()", &[]);
    assert_eq!(said(&browser)["state"], "unknown");
}

#[test]
fn whatever_a_log_says_a_badge_never_confirms_what_is_not_so() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = place.open(BADGE) else { return };
    assert_eq!(said(&browser)["state"], "confirmed");
    let again = |expected: &str| {
        browser.run("document.querySelector('rekor-badge').check()", &[]);
        assert_eq!(said(&browser)["state"], expected);
    };
    place.scene.liar.change(lies::wrong_root(&place.scene.log));
    again("failed");
    place.scene.liar.honest();
    again("confirmed");
    place.scene.liar.change(|_, answer| answer.status = 500);
    again("unknown");
    place.scene.liar.lie(|_, _| Told::HangUp);
    again("unknown");
    place.scene.liar.honest();
    place.host.write("foo.tar.gz", b"another file");
    again("failed");
    std::fs::remove_file(place.host.path().join("package.link")).unwrap();
    again("unknown");
}

#[test]
fn where_webassembly_is_refused_the_pages_own_link_stays() {
    let Some(mut place) = Place::new().map(Place::with_trust) else { return };
    place.fence = "default-src 'none'; script-src {badges}; connect-src 'self' {badges} {log}";
    let Some(browser) = place.open(BADGE) else { return };
    assert_eq!(said(&browser)["state"], "fallback");
    let shown = "const link = document.querySelector('rekor-badge a'); return link.checkVisibility() && link.innerText";
    assert_eq!(browser.run(shown, &[]), "Check foo.tar.gz");
}

/// Styles of the page's do not reach into it, and nothing that the page does reaches the verifier that it leads to.
#[test]
fn a_hostile_page_cannot_make_the_verifier_say_yes() {
    let Some(dist) = needs::tool("REKOR_DIST", "the folder with the built page") else { return };
    let Some(mut place) = Place::new().map(Place::with_trust) else { return };
    place.scene = Scene::with(rekor_tests::scene::Links::twin(), Some(&dist));
    let vkey = place.scene.log.vkey.clone();
    let place = place.trusts(&vkey);
    let policy = format!("log {vkey} {}\nquorum none\n", place.scene.liar.url);
    place.scene.liar.file("/policy.txt", &policy);
    place.host.write(
        "hostile.css",
        b"rekor-badge, rekor-badge * { font-size: 90px !important; color: red !important } span { display: none }",
    );
    let place = Place {
        fence: "default-src 'none'; style-src 'self'; script-src {badges} 'wasm-unsafe-eval'; connect-src 'self' {badges} {log}",
        ..place
    };
    let Some(browser) = place.open(&format!("<link rel=\"stylesheet\" href=\"hostile.css\">{BADGE}")) else { return };
    assert_eq!(said(&browser)["state"], "confirmed");
    let size = "const { width, height } = document.querySelector('rekor-badge').shadowRoot.querySelector('button').getBoundingClientRect();
        return [Math.round(width) > 200, Math.round(height) < 90]";
    assert_eq!(browser.run(size, &[]), json!([true, true]));
    // The page forges the badge; what it leads to takes none of it.
    browser.run("document.querySelector('rekor-badge').setAttribute('signer', 'carl.pub')", &[]);
    said(&browser);
    let verifier = opened(&browser);
    browser.open("about:blank");
    browser.open(&format!("{verifier}&identity=carl&issuer=https%3A%2F%2Fissuer.example"));
    browser.wait("a verdict", "document.querySelector('#verdict')?.dataset.verdict");
    let verdict = browser.run("return document.querySelector('#verdict').dataset.verdict", &[]);
    assert_ne!(verdict, "verified");
}

#[test]
fn twenty_badges_stay_light_and_nothing_jumps() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    place.host.write(
        "page.css",
        b"rekor-badge { display: inline-block; inline-size: 20rem; block-size: 2.75rem } p { block-size: 12rem }",
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

#[test]
fn axe_finds_nothing_in_any_state() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let axe = String::from_utf8(read(&axe)).unwrap();
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = place.open(BADGE) else { return };
    let look = |state: &str| {
        assert_eq!(said(&browser)["state"], state);
        browser.run(&format!("if (!window.axe) {{ {axe} }}"), &[]);
        for scheme in ["light", "dark"] {
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.devtools("Emulation.setEmulatedMedia", media);
            assert_eq!(browser.run_async(AXE, &[]), json!([]), "{state}, {scheme}");
        }
    };
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
}
