//! A small client of the W3C WebDriver protocol, for chromedriver and headless Chromium.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::files::Folder;
use crate::needs;
use crate::text::unbase64;

// The protocol's name for a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

// The longest that a page may take for something that a test waits for: a slow machine passes, a page
// that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one window and a profile of its own; closed with its value.
pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: Folder,
}

/// An element of the page.
#[derive(Clone, Debug)]
pub struct Element(String);

impl Browser {
    /// Starts chromedriver and Chromium; `None`, with a line that says so, where they are missing.
    ///
    /// Whatever the browser asks of any server, for the page, its worker or itself, it asks by way of
    /// the HTTP proxy at this address.
    pub fn start(proxy: &str) -> Option<Self> {
        let program = needs::program("REKOR_CHROMEDRIVER", "chromedriver")?;
        // It takes a free port of one address family and may find it taken in the other.
        let (driver, port) = (0..5).find_map(|_| start_driver(&program)).expect("chromedriver listens on no port");
        let profile = Folder::new();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let base = format!("http://127.0.0.1:{port}");
        let created = call(&agent, "POST", &format!("{base}/session"), &capabilities(profile.path(), proxy));
        let id = created["sessionId"].as_str().expect("a session").to_owned();
        Some(Self { driver, session: format!("{base}/session/{id}"), agent, _profile: profile })
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        call(&self.agent, "POST", &format!("{}{path}", self.session), body)
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Sets the window's size in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", &json!({ "width": width, "height": height }));
    }

    /// Runs a script as a function's body in the page; gives what it returns.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs a script that ends by calling its last argument with a result.
    pub fn run_async(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/async", &json!({ "script": script, "args": arguments }))
    }

    /// Waits until the expression `script` gives something other than null, false, 0 or "".
    #[track_caller]
    pub fn wait(&self, what: &str, script: &str) -> Value {
        let begun = Instant::now();
        loop {
            let value = self.run(&format!("return ({script})"), &[]);
            let nothing = value.is_null() || value == json!(false) || value == json!("") || value == json!(0);
            if !nothing {
                return value;
            }
            if begun.elapsed() > PATIENCE {
                panic!("waited in vain for {what}; the page shows: {}", self.text("body"));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The first element that the CSS selector finds.
    #[track_caller]
    pub fn find(&self, selector: &str) -> Element {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        let id = found[ELEMENT].as_str();
        Element(id.unwrap_or_else(|| panic!("no element {selector}: {found}")).to_owned())
    }

    /// The text of the first element that the selector finds, as shown; empty if there is none.
    pub fn text(&self, selector: &str) -> String {
        let shown = self.run("return document.querySelector(arguments[0])?.innerText ?? ''", &[json!(selector)]);
        shown.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks on an element.
    pub fn click(&self, element: &Element) {
        self.post(&format!("/element/{}/click", element.0), &json!({}));
    }

    /// Types into an element; into a file input, paths separated by newlines.
    pub fn type_into(&self, element: &Element, keys: &str) {
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": keys }));
    }

    /// Presses and releases keys, one after the other, wherever the focus is.
    pub fn press(&self, keys: &[&str]) {
        let mut actions = Vec::new();
        for key in keys {
            actions.push(json!({ "type": "keyDown", "value": key }));
            actions.push(json!({ "type": "keyUp", "value": key }));
        }
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }));
    }

    /// A command of the Chrome DevTools Protocol.
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// What the page wrote to the browser's console since the last call.
    pub fn console(&self) -> Vec<Value> {
        self.post("/se/log", &json!({ "type": "browser" })).as_array().cloned().unwrap_or_default()
    }

    /// Goes on in the frame that this element is; in the whole page for `None`.
    pub fn enter(&self, frame: Option<&Element>) {
        let id = frame.map_or(Value::Null, |Element(id)| json!({ ELEMENT: id }));
        self.post("/frame", &json!({ "id": id }));
    }

    /// The tabs there are.
    pub fn tabs(&self) -> Vec<String> {
        let tabs = call(&self.agent, "GET", &format!("{}/window/handles", self.session), &Value::Null);
        tabs.as_array().into_iter().flatten().filter_map(|tab| Some(tab.as_str()?.to_owned())).collect()
    }

    /// Goes on in another tab.
    pub fn go_to(&self, tab: &str) {
        self.post("/window", &json!({ "handle": tab }));
    }

    /// A picture of the window, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let shot = call(&self.agent, "GET", &format!("{}/screenshot", self.session), &Value::Null);
        unbase64(shot.as_str().unwrap_or_default())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if thread::panicking() {
            // In the target folder, where a continuous-integration run can pick it up.
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
            let name = thread::current().name().unwrap_or("test").replace("::", "-");
            let _ = std::fs::create_dir_all(&folder);
            let _ = std::fs::write(folder.join(format!("{name}.png")), self.screenshot());
        }
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn capabilities(profile: &Path, proxy: &str) -> Value {
    let profile = format!("--user-data-dir={}", profile.display());
    let proxy = format!("--proxy-server={proxy}");
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--allow-browser-signin=false",
        "--disable-dev-shm-usage",
        "--window-size=1200,900",
        &profile,
        &proxy,
        // It would ask its maker about the forms of every page.
        "--disable-features=AutofillServerCommunication",
        // Without this nothing on this machine would go through the proxy.
        "--proxy-bypass-list=<-loopback>",
    ];
    let mut options = json!({ "args": arguments, });
    if let Some(chromium) = std::env::var_os("REKOR_CHROMIUM") {
        options["binary"] = json!(chromium.to_string_lossy());
    }
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
        "timeouts": { "script": PATIENCE.as_millis() as u64 },
    } } })
}

/// The driver's process and its port; `None` if it ended without listening.
fn start_driver(program: &Path) -> Option<(Child, u16)> {
    let mut command = Command::new(program);
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut driver = command.spawn().expect("start chromedriver");
    let mut stdout = BufReader::new(driver.stdout.take().expect("its standard output"));
    let mut line = String::new();
    while stdout.read_line(&mut line).expect("what chromedriver says") > 0 {
        if let Some((_, rest)) = line.split_once("successfully on port ") {
            let port = rest.trim_end().trim_end_matches('.').parse().expect("a port");
            thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
            return Some((driver, port));
        }
        line.clear();
    }
    driver.wait().expect("chromedriver's end");
    None
}

/// One call; stops the test with the driver's words on an error, except where nothing was found.
fn call(agent: &ureq::Agent, method: &str, url: &str, body: &Value) -> Value {
    let answer = match method {
        "GET" => agent.get(url).call(),
        _ => agent.post(url).header("content-type", "application/json").send(body.to_string()),
    };
    let mut answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    let text = answer.body_mut().with_config().limit(1 << 28).read_to_string().expect("an answer in UTF-8");
    let mut value: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"));
    let value = value["value"].take();
    let error = value["error"].as_str().unwrap_or_default();
    assert!(error.is_empty() || error == "no such element", "{method} {url}: {value:#}");
    value
}
