//! The page in a real browser, in the reader's words: choose files, expect a signer, read the verdict.

use std::path::Path;

use serde_json::{Value, json};

use crate::files::read;
use crate::lying::{Request, Told};
use crate::needs;
use crate::rekor::text;
use crate::scene::{Links, Scene};
use crate::webdriver::Browser;

/// A reader at the page of a scene's log.
pub struct Page {
    /// The browser.
    pub browser: Browser,
    /// The log behind it. Everything that the page asks goes through its liar.
    pub scene: Scene,
}

impl Page {
    /// Opens the page with a log that holds the twins of the first Rekor's links.
    pub fn open() -> Option<Self> {
        Self::open_with(Links::twin())
    }

    /// Opens the page with a log that holds these links. `None`, with a reason, where the built page,
    /// chromedriver or Chromium is missing.
    pub fn open_with(links: Links) -> Option<Self> {
        let dist = needs::tool("REKOR_DIST", "the folder with the built page")?;
        let scene = Scene::with(links, Some(&dist));
        let browser = Browser::start(&scene.liar.url)?;
        let page = Self { browser, scene };
        page.trust(&page.scene.log.vkey);
        page.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": OBSERVER }));
        page.load();
        Some(page)
    }

    /// Puts a policy file beside the page: it trusts this key, and asks the scene's log.
    pub fn trust(&self, vkey: &str) {
        let policy = format!("log {vkey} {}\nquorum none\n", self.scene.liar.url);
        self.scene.liar.file("/policy.txt", &policy);
    }

    /// The page is deployed anew, for the same log at another address: the policy names it, and the headers allow it.
    pub fn deploy_for(&self, log: &str) {
        self.deploy(&format!("log {} {log}\nquorum none\n", self.scene.log.vkey), log);
    }

    /// The page is deployed anew, with this policy, which names a log at another address: the headers allow it.
    pub fn deploy(&self, policy: &str, log: &str) {
        self.scene.liar.file("/policy.txt", policy).let_through(log);
        let allowed = format!("connect-src 'self' {log}");
        self.scene.liar.change(move |_, answer| {
            for (_, value) in answer.headers.iter_mut().filter(|(name, _)| name == "content-security-policy") {
                *value = value.replace("connect-src 'self'", &allowed);
            }
        });
    }

    /// Loads the page and waits until the verifier runs and the policy is read.
    pub fn load(&self) {
        self.browser.open(&format!("{}/", self.scene.liar.url));
        self.browser.wait("the policy", "document.querySelector('#page[data-settled=true]')?.tagName");
    }

    /// Opens the page at this fragment or query, as somebody who got the address would.
    pub fn visit(&self, rest: &str) {
        self.browser.open("about:blank");
        self.browser.open(&format!("{}/{rest}", self.scene.liar.url));
        self.browser.wait("the policy", "document.querySelector('#page[data-settled=true]')?.tagName");
    }

    /// Waits until the page is kept by its service worker, which has asked for every file by then.
    pub fn wait_until_kept(&self) {
        self.browser.run_async("navigator.serviceWorker.ready.then(() => arguments[arguments.length - 1](true))", &[]);
    }

    /// Waits until the page is kept by its service worker, and loads it from there.
    pub fn install(&self) {
        self.wait_until_kept();
        self.load();
        self.browser.wait("the service worker", "navigator.serviceWorker.controller?.scriptURL");
    }

    /// Notes what the page gives to be saved or copied, where `kept` finds it.
    pub fn watch_exports(&self) {
        self.browser.run(EXPORTS, &[]);
    }

    /// What the page gave last to be saved, or copied.
    #[track_caller]
    pub fn kept(&self) -> String {
        self.browser.wait("something to keep", "window.rekorKept").as_str().unwrap_or_default().to_owned()
    }

    /// Sets the clock of the page, in seconds since 1970, and loads it.
    pub fn at(&self, seconds: i64) {
        let source = format!("Date.now = () => {seconds}000;");
        self.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source }));
        self.load();
    }

    /// Cuts the browser off from every server: the page by the browser itself, its service worker by the server.
    pub fn offline(&self) {
        self.scene.liar.lie(|_, _| Told::HangUp);
        let offline = json!({ "offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.browser.devtools("Network.enable", json!({}));
        self.browser.devtools("Network.emulateNetworkConditions", offline);
    }

    /// Forgets everything that the browser remembers of earlier visits, and loads the page.
    pub fn as_new_reader(&self) {
        self.browser.run("localStorage.clear()", &[]);
        self.load();
    }

    /// Chooses files with the file input, all at once.
    pub fn choose(&self, files: &[&str]) {
        self.starting_a_run(|| {
            let input = self.browser.find("#files");
            self.browser.type_into(&input, &files.join("\n"));
        });
    }

    /// Chooses a folder with the input for it.
    pub fn choose_folder(&self, folder: &Path) {
        self.starting_a_run(|| {
            let input = self.browser.find("#folder");
            self.browser.type_into(&input, &text(folder));
        });
    }

    /// Expects an identity, written into the form for it.
    pub fn expect_identity(&self, identity: &str, issuer: &str) {
        self.browser.run("document.querySelector('#signer-name-identity').open = true", &[]);
        for (field, value) in [("#identity", identity), ("#issuer", issuer)] {
            self.browser.run("document.querySelector(arguments[0]).value = ''", &[json!(field)]);
            self.browser.type_into(&self.browser.find(field), value);
        }
        self.starting_a_run(|| self.browser.click(&self.browser.find("#identity-use")));
    }

    /// Expects the signer whose key is in this file, chosen in the control for it.
    pub fn expect_signer(&self, file: &str) {
        self.starting_a_run(|| {
            let input = self.browser.find("#signer-file");
            self.browser.type_into(&input, file);
        });
    }

    /// Drops files onto the page, as a pointer would, with the names and contents given.
    pub fn drop_files(&self, files: &[(&str, Vec<u8>)]) {
        let files: Vec<Value> = files.iter().map(|(name, bytes)| json!([name, bytes])).collect();
        self.starting_a_run(|| {
            self.browser.run(DROP, &[json!(files)]);
        });
    }

    /// Drops files and folders onto the page from the system's file manager.
    pub fn drop_paths(&self, paths: &[&Path]) {
        let files: Vec<String> = paths.iter().map(|path| text(path)).collect();
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        self.browser.run("document.querySelector('#drop').scrollIntoView()", &[]);
        self.starting_a_run(|| {
            for kind in ["dragEnter", "dragOver", "drop"] {
                let event = json!({ "type": kind, "x": 200, "y": 200, "data": data });
                self.browser.devtools("Input.dispatchDragEvent", event);
            }
        });
    }

    /// Does something that makes the page begin a new check, and waits until it has begun: what is
    /// shown from then on belongs to it.
    #[track_caller]
    pub fn starting_a_run(&self, action: impl FnOnce()) {
        let run = "document.querySelector('#page').dataset.run";
        let before = self.browser.run(&format!("return {run}"), &[]);
        action();
        self.browser.wait("the check to begin", &format!("{run} !== {before}"));
    }

    /// Waits for the result of the check under way.
    #[track_caller]
    pub fn verdict(&self) -> Verdict {
        self.browser.wait("a verdict", "document.querySelector('#verdict')?.dataset.verdict");
        let found = self.browser.run(READ, &[]);
        Verdict { text: self.browser.text("#app"), found }
    }

    /// Chooses carl's link and its product, and expects carl: what the scene is about.
    #[track_caller]
    pub fn check_trusted(&self) -> Verdict {
        let links = &self.scene.links;
        self.expect_signer(&links.carl);
        self.choose(&[&links.package, &links.product]);
        self.verdict()
    }

    /// Pastes text outside any text field.
    pub fn paste(&self, text: &str) {
        self.starting_a_run(|| {
            self.browser.run(PASTE, &[json!(text)]);
        });
    }

    /// Shows the page on a screen of this size, in CSS pixels: a window of the browser cannot be as narrow as a phone.
    pub fn screen(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.browser.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    /// Stops the test if the page broke its own content security policy, or said something is wrong.
    #[track_caller]
    pub fn assert_no_violations(&self) {
        let violations = self.browser.run("return window.rekorViolations", &[]);
        assert_eq!(violations, json!([]), "violations of the content security policy");
        let refused = self.browser.console().into_iter().filter(|entry| {
            let message = entry["message"].as_str().unwrap_or_default();
            message.contains("Content Security Policy") || message.contains("panicked")
        });
        assert_eq!(refused.collect::<Vec<_>>(), Vec::<Value>::new(), "what the browser wrote to its console");
    }

    /// Stops the test if the page as it is has something beyond its right edge, or if axe-core finds
    /// anything, in light or dark.
    #[track_caller]
    pub fn assert_presentable(&self, state: &str, axe: &Path) {
        let beyond = self.browser.run("return document.documentElement.scrollWidth - innerWidth", &[]);
        assert!(beyond.as_i64().is_some_and(|pixels| pixels <= 0), "{state}: {beyond} pixels beyond the right edge");
        let source = String::from_utf8(read(axe)).expect("axe-core is text");
        self.browser.run(&format!("if (!window.axe) {{ {source} }}"), &[]);
        for scheme in ["light", "dark"] {
            self.browser.devtools(
                "Emulation.setEmulatedMedia",
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
            );
            let found = self.browser.run_async(AXE, &[]);
            assert_eq!(found, json!([]), "axe-core on the page: {state}, {scheme}");
        }
    }

    /// Every request that the browser made since the last call, of any server.
    pub fn requests(&self) -> Vec<Request> {
        self.scene.liar.asked()
    }

    /// A temporary file of the reader's, gone with the page.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        text(&self.scene.log.data.write(&format!("reader/{name}"), bytes))
    }
}

/// What the page shows of a report.
#[derive(Debug)]
pub struct Verdict {
    /// Everything that is shown, as text.
    pub text: String,
    found: Value,
}

impl Verdict {
    /// `verified`, `not-verified` or `could-not-tell`.
    pub fn verdict(&self) -> &str {
        self.found["verdict"].as_str().unwrap_or_default()
    }

    /// The headline.
    pub fn headline(&self) -> &str {
        self.found["headline"].as_str().unwrap_or_default()
    }

    /// The texts of the elements that this part of the report consists of: `productPath`, `keyName`,
    /// `logIndex`, `logTime`.
    pub fn part(&self, name: &str) -> Vec<&str> {
        self.found[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Stops the test unless this is the verdict.
    #[track_caller]
    pub fn is(&self, verdict: &str) -> &Self {
        assert_eq!(self.verdict(), verdict, "{}\n{:#}", self.headline(), self.found);
        self
    }

    /// Stops the test unless a check called `id` has this outcome.
    #[track_caller]
    pub fn has(&self, id: &str, outcome: &str) -> &Self {
        let checks = self.found["checks"].as_array().expect("checks");
        let found = checks.iter().any(|check| check["id"] == id && check["outcome"] == outcome);
        assert!(found, "no check {id} is {outcome}: {checks:#?}");
        self
    }

    /// Stops the test unless the page shows this text.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "the page does not say {text:?}: {}", self.text);
        self
    }
}

const OBSERVER: &str = "window.rekorViolations = []; \
    addEventListener('securitypolicyviolation', e => window.rekorViolations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile));";

const EXPORTS: &str = "window.rekorKept = ''; const make = URL.createObjectURL.bind(URL); \
    URL.createObjectURL = blob => { blob.text().then(text => { window.rekorKept = text }); return make(blob) }; \
    navigator.clipboard.writeText = text => { window.rekorKept = text; return Promise.resolve() };";

const DROP: &str = "const transfer = new DataTransfer(); \
    for (const [name, bytes] of arguments[0]) transfer.items.add(new File([new Uint8Array(bytes)], name)); \
    const target = document.querySelector('#drop'); \
    for (const type of ['dragenter', 'dragover', 'drop']) \
        target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));";

const PASTE: &str = "const transfer = new DataTransfer(); transfer.setData('text/plain', arguments[0]); \
    document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: transfer }));";

const READ: &str = "const texts = selector => [...document.querySelectorAll(selector)].map(e => e.innerText); \
    return { \
        verdict: document.querySelector('#verdict').dataset.verdict, \
        headline: document.querySelector('#verdict-headline').innerText, \
        checks: [...document.querySelectorAll('[data-check]')].map(e => ({ id: e.dataset.check, outcome: e.dataset.outcome, \
            subject: e.dataset.subject, text: e.querySelector('.check-sentence').innerText })), \
        productPath: texts('.product-path'), keyName: texts('.key-name'), logIndex: texts('.log-index'), logTime: texts('.log-time') };";

const AXE: &str = "const done = arguments[arguments.length - 1]; \
    axe.run(document, { resultTypes: ['violations'] }).then( \
        result => done(result.violations.map(v => ({ rule: v.id, help: v.help, \
            nodes: v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary) }))), \
        error => done([String(error)]));";
