//! What the page's server has for other sites: the badge in a frame, the page that makes badges, a project that has one.

use rekor_tests::files::{Folder, read, root, sample};
use rekor_tests::needs;
use rekor_tests::rekor::User;
use rekor_tests::scene::{Links, Scene, fixture_text};
use rekor_tests::statics;
use rekor_tests::text::{base64, hex, sha256};
use rekor_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// A verifier that names the log and carl, and a site of somebody else's, which is the browser's proxy too.
struct Place {
    scene: Scene,
    host: Folder,
}

const OBSERVER: &str = "window.refused = []; \
    addEventListener('securitypolicyviolation', (event) => refused.push(`${event.violatedDirective} ${event.blockedURI}`));";

impl Place {
    fn new() -> Option<Self> {
        let dist = needs::tool("REKOR_DIST", "the folder with the built page")?;
        let scene = Scene::with(Links::twin(), Some(&dist));
        scene.liar.file("/policy.txt", &format!("log {} {}\nquorum none\n", scene.log.vkey, scene.liar.url));
        let key = User::new().rekor(&["key", &scene.links.carl]).exits(0).out();
        let line = key.lines().find_map(|line| line.trim().strip_prefix("signer ")).unwrap();
        let name = line.split(' ').next().unwrap();
        scene.liar.file("/signers.txt", &format!("signer {line}\nquorum {name}\n"));
        // The verifier's own files answer for other sites as its server has them; those two are not from there.
        scene.liar.change(|request, answer| {
            if ["/policy.txt", "/signers.txt"].contains(&request.path.as_str()) {
                answer.headers.push(("access-control-allow-origin".to_owned(), "*".to_owned()));
            }
        });
        Some(Self { scene, host: Folder::new() })
    }

    fn verifier(&self) -> &str {
        &self.scene.liar.url
    }

    /// What the verifier's address and the frame's bring: carl's link and the product's digest.
    fn fragment(&self, product: &[u8]) -> String {
        let link = base64(&read(Path::new(&self.scene.links.package)));
        let link = link.replace('+', "-").replace('/', "_").replace('=', "");
        format!("v=1&artifact={}%2Cfoo.tar.gz&file=package.link%2C{link}", hex(&sha256(product)))
    }

    fn product(&self) -> Vec<u8> {
        read(Path::new(&self.scene.links.product))
    }

    /// The host's page with this in its body, under this policy.
    fn open(&self, body: &str, policy: &str) -> Option<Browser> {
        let page =
            format!("<!doctype html><html lang=\"en\"><title>A project</title><main><h1>A project</h1>{body}</main>");
        self.host.write("index.html", page.as_bytes());
        let address =
            statics::serve(self.host.path(), &format!("content-security-policy: default-src 'none'; {policy}\r\n"));
        let browser = Browser::start(&address)?;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": OBSERVER }));
        browser.open(&format!("{address}/"));
        Some(browser)
    }

    /// A browser at the page that makes badges.
    fn maker(&self) -> Option<Browser> {
        let address = statics::serve(self.host.path(), "");
        let browser = Browser::start(&address)?;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": OBSERVER }));
        browser.open(&format!("{}/embed/make.html", self.verifier()));
        settled(&browser);
        Some(browser)
    }
}

fn settled(browser: &Browser) {
    browser.wait("the page", "document.documentElement.dataset.settled === ''");
}

/// What the frame says.
#[track_caller]
fn framed(browser: &Browser) -> Value {
    browser.enter(Some(&browser.find("iframe")));
    let face = "document.querySelector('#badge')?.shadowRoot?.querySelector('.face')";
    browser.wait("the frame", &format!("!['waiting', 'checking', undefined].includes({face}?.dataset.state)"));
    browser.run(
        &format!(
            "const face = {face}; const text = (part) => face.querySelector(`[part=${{part}}]`).textContent;
            return {{ state: face.dataset.state, title: text('title'), detail: text('detail'), refused,
                href: face.href, target: face.target, rel: face.rel }};"
        ),
        &[],
    )
}

#[test]
fn in_a_frame_it_says_what_the_verifier_finds() {
    let Some(place) = Place::new() else { return };
    let frame = |fragment: &str| {
        format!(
            "<iframe src=\"{}/embed/frame.html#{}\" title=\"Record\" width=\"352\" height=\"60\" sandbox=\"allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox\"></iframe>",
            place.verifier(),
            fragment.replace('&', "&amp;")
        )
    };
    let policy = format!("frame-src {}", place.verifier());
    let fragment = place.fragment(&place.product());
    let Some(browser) = place.open(&frame(&fragment), &policy) else { return };
    let found = framed(&browser);
    assert_eq!((&found["state"], &found["title"]), (&json!("confirmed"), &json!("Signed by carl")), "{found}");
    assert!(found["detail"].as_str().unwrap().starts_with("Recorded as #2; the log says "), "{found}");
    assert_eq!(found["refused"], json!([]));
    // It leads to the verifier with the same evidence, in a tab of its own that knows nothing of this one.
    assert_eq!(found["href"], format!("{}/#verify?{fragment}", place.verifier()));
    browser.click(&browser.find("main"));
    let before: BTreeSet<String> = browser.tabs().into_iter().take(1).collect();
    let new = (0..200).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        browser.tabs().into_iter().find(|tab| !before.contains(tab))
    });
    browser.go_to(&new.expect("a new tab"));
    assert_eq!(browser.run("return window.opener", &[]), Value::Null);
    browser.wait("the verifier", "document.querySelector('#verdict')?.dataset.verdict");
    assert_eq!(browser.run("return location.hash", &[]), format!("#verify?{fragment}"));
}

/// The page around it has its address, its size and its messages, and none of these makes it say yes.
#[test]
fn a_hostile_page_cannot_make_the_frame_say_yes() {
    let Some(place) = Place::new() else { return };
    let src = format!("{}/embed/frame.html", place.verifier());
    let script = "const frame = document.querySelector('iframe');
        window.reached = [];
        frame.addEventListener('load', () => {
          for (const data of ['confirmed', { state: 'confirmed', title: 'Signed by carl' }, { type: 'report', report: { verdict: 'verified' } }])
            frame.contentWindow.postMessage(data, '*');
          try { reached.push(frame.contentWindow.document.title) } catch { reached.push('refused') }
          try { frame.contentWindow.customElements; reached.push('reached') } catch { reached.push('refused') }
        });";
    place.host.write("hostile.js", script.as_bytes());
    let policy = format!("frame-src {}; script-src 'self'", place.verifier());
    let named = place.fragment(&place.product());
    let other = place.fragment(b"another file");
    let stranger = {
        let link = base64(&read(Path::new(&fixture_text("links/compact.link")))).replace('+', "-").replace('/', "_");
        format!("v=1&file=package.link%2C{}", link.trim_end_matches('='))
    };
    for (fragment, state) in [
        (other.as_str(), "failed"),
        (stranger.as_str(), "unknown"),
        (&format!("{named}&signer=carl"), "unknown"),
        (&format!("{named}&identity=carl&issuer=https%3A%2F%2Fissuer.example"), "unknown"),
        (&format!("{named}&log=https%3A%2F%2Fother.example"), "unknown"),
        (&named.replacen("v=1", "v=2", 1), "unknown"),
        (&named.replacen("v=1", "v=1&state=confirmed", 1), "unknown"),
        (&format!("{named}&file=x%2C!"), "unknown"),
        ("", "unknown"),
        ("%", "unknown"),
    ] {
        let src = format!("{src}#{}", fragment.replace('&', "&amp;"));
        let body = format!(
            "<iframe name=\"confirmed\" src=\"{src}\" title=\"Record\" width=\"352\" height=\"60\"></iframe><script src=\"hostile.js\"></script>"
        );
        let Some(browser) = place.open(&body, &policy) else { return };
        let found = framed(&browser);
        assert_eq!(found["state"], state, "{fragment}: {found}");
        assert!(found["href"].as_str().unwrap().starts_with(&format!("{}/#verify?", place.verifier())), "{found}");
        assert_eq!((&found["target"], &found["rel"]), (&json!("_blank"), &json!("noopener noreferrer")));
        browser.enter(None);
        assert_eq!(browser.wait("what it reached", "reached.length === 2 && reached"), json!(["refused", "refused"]));
    }
}

/// No other page of the verifier's can be framed.
#[test]
fn only_the_badge_can_be_framed() {
    let Some(place) = Place::new() else { return };
    for path in ["", "embed/make.html"] {
        let body = format!("<iframe src=\"{}/{path}\" title=\"Record\"></iframe>", place.verifier());
        let Some(browser) = place.open(&body, &format!("frame-src {}", place.verifier())) else { return };
        browser.enter(Some(&browser.find("iframe")));
        assert_eq!(browser.run("return document.querySelector('#app, #make') === null", &[]), true, "{path}");
    }
}

#[test]
fn its_lines_work_on_a_page_under_the_policy_that_it_gives() {
    let Some(place) = Place::new() else { return };
    let Some(browser) = place.maker() else { return };
    let links = &place.scene.links;
    for (field, file) in [("#link", &links.package), ("#artifact", &links.product), ("#signer", &links.carl)] {
        browser.type_into(&browser.find(field), file);
    }
    browser.run(
        "const log = document.querySelector('#log'); log.value = arguments[0]; log.dispatchEvent(new Event('change'))",
        &[json!(place.verifier())],
    );
    let states = "[...document.querySelectorAll('#live rekor-badge')].map(({ dataset }) => dataset.state).join()";
    browser.run("document.querySelector('#live').scrollIntoView()", &[]);
    browser.wait("the badge, live", &format!("{states} === 'confirmed,confirmed'"));
    browser.wait("its lines", "document.querySelectorAll('#snippets pre').length === 6");
    assert_eq!(browser.run("return refused", &[]), json!([]));
    let lines = |key: &str| -> [String; 2] {
        let script =
            format!("return [...document.querySelectorAll('#as-{key} pre')].map(({{ textContent }}) => textContent)");
        serde_json::from_value(browser.run(&script, &[])).unwrap()
    };

    for (name, file) in [("package.link", &links.package), ("foo.tar.gz", &links.product), ("carl.pub", &links.carl)] {
        place.host.write(name, &read(Path::new(file)));
    }
    let [element, policy] = lines("script");
    let page = place.open(&element, &policy).unwrap();
    let state = "document.querySelector('rekor-badge').dataset.state";
    page.wait("the element", &format!("!['waiting', 'checking', undefined].includes({state})"));
    assert_eq!(page.run(&format!("return [{state}, ...refused]"), &[]), json!(["confirmed"]), "{element}\n{policy}");

    let [frame, policy] = lines("frame");
    let page = place.open(&frame, &policy).unwrap();
    assert_eq!(framed(&page)["state"], "confirmed", "{frame}");

    let [markdown, policy] = lines("picture");
    let (image, link) =
        markdown.strip_prefix("[![foo.tar.gz: in a transparency log](").unwrap().split_once(")](").unwrap();
    let link = link.strip_suffix(')').unwrap();
    let html = format!("<a href=\"{link}\"><img src=\"{image}\" alt=\"foo.tar.gz\"></a>").replace('&', "&amp;");
    let page = place.open(&html, &policy).unwrap();
    page.wait("the picture", "document.querySelector('img').naturalWidth > 200");
    assert_eq!(page.run("return refused", &[]), json!([]));
    page.open(link);
    page.wait("a verdict", "document.querySelector('#verdict')?.dataset.verdict");
}

#[test]
fn it_speaks_the_readers_language_and_axe_finds_nothing() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let axe = String::from_utf8(read(&axe)).unwrap();
    let Some(place) = Place::new() else { return };
    let Some(browser) = place.maker() else { return };
    let look = |state: &str| {
        browser.run(&format!("if (!window.axe) {{ {axe} }}"), &[]);
        for (width, scheme) in [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")] {
            let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
            browser.devtools("Emulation.setDeviceMetricsOverride", size);
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.devtools("Emulation.setEmulatedMedia", media);
            assert_eq!(browser.run_async(AXE, &[]), json!([]), "{state}, {width}, {scheme}");
            let beyond = browser.run("return document.documentElement.scrollWidth - innerWidth", &[]);
            assert!(beyond.as_i64().unwrap() <= 0, "{state}, {width}: {beyond} pixels beyond the right edge");
        }
    };
    look("empty");
    browser.click(&browser.find("#samples"));
    browser.wait("its lines", "document.querySelectorAll('#snippets section').length === 3");
    look("with the samples");
    browser.run("const select = document.querySelector('#language'); select.value = 'de'; select.dispatchEvent(new Event('change'))", &[]);
    browser.wait("German", "document.querySelector('h1').textContent === 'Ein Badge für dein Projekt'");
    look("in German");
    browser.open(&format!("{}/embed/make.html?again", place.verifier()));
    settled(&browser);
    assert_eq!(browser.run("return document.documentElement.lang", &[]), "de");
    assert_eq!(browser.run("return refused", &[]), json!([]));
}

const AXE: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
      ({ violations }) => done(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.failureSummary + node.target).join()}`)),
      (error) => done(String(error)));";

#[test]
fn every_language_has_the_same_texts_and_the_page_stands_in_english() {
    let texts = |language: &str| -> Vec<(String, String)> {
        let file = String::from_utf8(read(&root().join(format!("web/embed/{language}.txt")))).unwrap();
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once(" = ")).map(|(key, text)| (key.to_owned(), text.to_owned())).collect()
    };
    let (english, german) = (texts("en"), texts("de"));
    let keys = |texts: &[(String, String)]| texts.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&english), keys(&german));
    let page = String::from_utf8(read(&root().join("web/embed/make.html"))).unwrap();
    let marked: Vec<&str> = page.split("data-text=\"").skip(1).collect();
    for rest in &marked {
        let (key, rest) = rest.split_once('"').unwrap();
        let (_, text) = english.iter().find(|(known, _)| known == key).unwrap_or_else(|| panic!("{key}"));
        let shown = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
        assert_eq!(shown, text, "{key}");
    }
    let script = String::from_utf8(read(&root().join("web/embed/make.js"))).unwrap();
    for (key, _) in &english {
        // `snippet.${key}.text` and the like are put together from words.
        let words = key.split('.').skip(1).any(|word| script.contains(&format!("\"{word}\"")));
        let whole = format!("\"{key}\"");
        assert!(page.contains(&whole) || script.contains(&whole) || words, "{key} is used nowhere");
    }
}

#[test]
fn it_is_kept_with_the_application_for_use_without_a_network() {
    let Some(page) = rekor_tests::page::Page::open() else { return };
    page.install();
    page.offline();
    page.browser.open(&format!("{}/embed/make.html", page.scene.liar.url));
    settled(&page.browser);
    page.browser.click(&page.browser.find("#samples"));
    page.browser.wait("the samples", "document.querySelectorAll('#snippets section').length === 3");
    assert_eq!(page.browser.run("return window.rekorViolations", &[]), json!([]));
}

#[test]
fn a_projects_site_shows_its_real_file_confirmed() {
    let Some(place) = Place::new() else { return };
    let dist = needs::tool("REKOR_DIST", "the folder with the built page").unwrap();
    if !dist.join("example").is_dir() {
        return drop(needs::tool(
            "REKOR_EXAMPLE",
            "nothing: `cargo xtask serve` and `test` put the project's site into dist",
        ));
    }
    let address = statics::serve(place.host.path(), "");
    let Some(browser) = Browser::start(&address) else { return };
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": OBSERVER }));
    browser.open(&format!("{}/example/", place.verifier()));
    let badge = "document.querySelector('rekor-badge')";
    browser.wait("the badge", &format!("!['waiting', 'checking', undefined].includes({badge}.dataset.state)"));
    let said = browser.run(
        &format!(
            "const text = (part) => {badge}.shadowRoot.querySelector(`[part=${{part}}]`).textContent;
            return [{badge}.dataset.state, text('title'), text('detail')]"
        ),
        &[],
    );
    assert_eq!([&said[0], &said[1]], ["confirmed", "Signed by maintainer"]);
    // The sample log's witness gives the day.
    let detail = said[2].as_str().unwrap();
    assert!(detail.starts_with("Recorded no later than ") && detail.ends_with(", #1"), "{detail}");
    assert_eq!(browser.run("return refused", &[]), json!([]));
    browser.wait("the picture", "document.querySelector('main img').naturalWidth > 100");
    // What it shows is what it offers.
    let offered = browser.run_async("fetch('./hello-1.0.tar.gz').then((a) => a.arrayBuffer()).then((bytes) => crypto.subtle.digest('SHA-256', bytes)) \
        .then((hash) => arguments[0]([...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')))", &[]);
    assert_eq!(offered, hex(&sha256(&read(&sample("hello-1.0.tar.gz")))));
}
