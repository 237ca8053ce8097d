//! A page of somebody else's with badges on it, in Chromium, and the log behind it.

use rekor_tests::files::{Folder, read};
use rekor_tests::package::Project;
use rekor_tests::rekor::User;
use rekor_tests::scene::Scene;
use rekor_tests::statics;
use rekor_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::Path;

/// A log, a site that answers for badges, and a site that shows one.
pub struct Place {
    pub scene: Scene,
    /// The site that answers for badges.
    pub badges: Folder,
    /// The site that shows one.
    pub host: Folder,
    pub badge_origin: String,
    /// The host page's content security policy.
    pub fence: &'static str,
}

/// What a host page has to allow, and nothing more. `{badges}` and `{log}` are origins.
pub const FENCE: &str = "default-src 'none'; script-src {badges} 'wasm-unsafe-eval'; connect-src 'self' {badges} {log}";

pub const BADGE: &str = "<rekor-badge link=\"package.link\" artifact=\"foo.tar.gz\" log=\"{log}\" signer=\"carl.pub\">\
    <a href=\"{verifier}/\">Check foo.tar.gz</a></rekor-badge>";

impl Place {
    /// With carl's link and its product beside the page, and nobody trusted.
    pub fn new() -> Option<Self> {
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
    pub fn trusts(self, vkey: &str) -> Self {
        let policy = format!("log {vkey} {}\nquorum none\n", self.scene.liar.url);
        self.badges.write("policy.txt", policy.as_bytes());
        self
    }

    /// The site names carl as the signer.
    pub fn names_carl(self) -> Self {
        let line = User::new().rekor(&["key", &self.scene.links.carl]).exits(0).out();
        let line = line.lines().find(|line| line.trim_start().starts_with("signer ")).unwrap().trim().to_owned();
        let name = line.split(' ').nth(1).unwrap();
        self.badges.write("signers.txt", format!("{line}\nquorum {name}\n").as_bytes());
        self
    }

    pub fn with_trust(self) -> Self {
        let vkey = self.scene.log.vkey.clone();
        self.trusts(&vkey).names_carl()
    }

    /// A page with this in its body, in a browser.
    pub fn open(&self, body: &str) -> Option<Browser> {
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
pub fn said(browser: &Browser) -> Value {
    let settled = "['confirmed','key','recorded','failed','unknown','fallback'].includes(document.querySelector('rekor-badge').dataset.state)";
    browser.wait("the badge", settled);
    browser.run(
        "const badge = document.querySelector('rekor-badge');
        const text = (part) => badge.shadowRoot.querySelector(`[part=${part}]`)?.textContent;
        return { state: badge.dataset.state, title: text('title'), detail: text('detail') };",
        &[],
    )
}

/// Opens the badge, and gives the address of the verifier that it leads to.
#[track_caller]
pub fn opened(browser: &Browser) -> String {
    browser.run("document.querySelector('rekor-badge').shadowRoot.querySelector('button').click()", &[]);
    let link = "document.querySelector('rekor-badge').shadowRoot.querySelector('dialog[open] a')?.href";
    browser.wait("what was checked", link).as_str().unwrap().to_owned()
}
