//! Looking around in the log: every kind of question, pages, entries, chains, the log itself; and a log that lies.

use rekor_tests::files::{Folder, fixture, read};
use rekor_tests::lies;
use rekor_tests::lying::{Answer, Request};
use rekor_tests::needs;
use rekor_tests::page::Page;
use rekor_tests::rekor::{User, text};
use rekor_tests::scene::{Scene, fixture_text};
use rekor_tests::statics;
use rekor_tests::text::{hex, sha256};
use serde_json::{Value, json};

/// The reader's ways through this part of the page.
pub trait Explorer {
    /// Goes to a place by its address.
    fn at_place(&self, fragment: &str);
    /// Writes a text into the field and looks it up.
    fn look_up(&self, text: &str);
    /// Waits for a list of entries; each with its index and outcome.
    fn results(&self) -> Vec<(u64, String)>;
    /// Waits for an entry; its outcome.
    fn entry(&self) -> String;
    /// The outcome of a check on the entry that is shown.
    fn check(&self, id: &str) -> String;
    /// Waits for a chain; the steps with their columns.
    fn steps(&self) -> Vec<(String, i64)>;
}

impl Explorer for Page {
    fn at_place(&self, fragment: &str) {
        self.browser.run("location.hash = arguments[0]", &[json!(fragment)]);
        self.browser.wait("the place", "['lookup', 'log'].includes(document.querySelector('#page').dataset.place)");
    }

    fn look_up(&self, text: &str) {
        self.at_place("#lookup");
        self.browser.wait(
            "the field",
            "document.querySelector('#results, #entry') === null && document.querySelector('#query')?.tagName",
        );
        self.browser.run("document.querySelector('#query').value = arguments[0]", &[json!(text)]);
        self.browser.click(&self.browser.find("#search"));
    }

    #[track_caller]
    fn results(&self) -> Vec<(u64, String)> {
        self.browser
            .wait("the entries", "['done', 'failed'].includes(document.querySelector('#results')?.dataset.look)");
        let found = "return [...document.querySelectorAll('#results .entry')].map(e => [Number(e.dataset.index), e.dataset.outcome])";
        let found = self.browser.run(found, &[]);
        let pair = |one: &Value| (one[0].as_u64().unwrap_or(u64::MAX), one[1].as_str().unwrap_or_default().to_owned());
        found.as_array().into_iter().flatten().map(pair).collect()
    }

    #[track_caller]
    fn entry(&self) -> String {
        self.browser.wait("the entry", "['done', 'failed'].includes(document.querySelector('#entry')?.dataset.look)");
        let outcome = "return document.querySelector('.entry-card')?.dataset.outcome ?? 'none'";
        self.browser.run(outcome, &[]).as_str().unwrap_or_default().to_owned()
    }

    fn check(&self, id: &str) -> String {
        let outcome =
            "return document.querySelector(`#entry-checks [data-check=${arguments[0]}]`)?.dataset.outcome ?? 'none'";
        self.browser.run(outcome, &[json!(id)]).as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn steps(&self) -> Vec<(String, i64)> {
        self.browser.wait("the chain", "['done', 'failed'].includes(document.querySelector('#chain')?.dataset.look)");
        let found =
            "return [...document.querySelectorAll('.chain-step')].map(e => [e.dataset.step, Number(e.dataset.column)])";
        let found = self.browser.run(found, &[]);
        let pair = |one: &Value| (one[0].as_str().unwrap_or_default().to_owned(), one[1].as_i64().unwrap_or_default());
        found.as_array().into_iter().flatten().map(pair).collect()
    }
}

fn digest(path: &str) -> String {
    hex(&sha256(&read(&fixture(path))))
}

fn passed(indexes: &[u64]) -> Vec<(u64, String)> {
    indexes.iter().map(|index| (*index, "passed".to_owned())).collect()
}

const TRUSTED: u64 = Scene::TRUSTED as u64;

#[test]
fn every_kind_of_question_is_understood() {
    let Some(page) = Page::open() else { return };
    let product = digest("first-rekor-twin/foo.tar.gz");
    for text in [product.clone(), format!("SHA256:{product} "), format!("sha256:{product}")] {
        page.look_up(&text);
        assert_eq!(page.results(), passed(&[3, TRUSTED]), "{text}");
    }
    assert!(page.browser.text("#results").contains("Its product:"));

    page.look_up(&digest("first-rekor-twin/package.link"));
    assert_eq!(page.results(), passed(&[TRUSTED]));
    assert!(page.browser.text("#results").contains("The recorded link file"));

    let key = String::from_utf8(read(&fixture("keys/carl.pub"))).unwrap();
    page.look_up(&key);
    assert_eq!(page.results(), passed(&[3, TRUSTED, 1]));

    for (field, found) in [("links/other.link", passed(&[1])), ("keys/bob.pub", passed(&[0]))] {
        page.at_place("#lookup");
        page.browser.wait(
            "no results",
            "document.querySelector('#results') === null && document.querySelector('#query-file')?.tagName",
        );
        page.browser.type_into(&page.browser.find("#query-file"), &fixture_text(field));
        assert_eq!(page.results(), found, "{field}");
    }

    page.look_up("#2");
    assert_eq!(page.entry(), "passed");
    let uuid = page.browser.run("return document.querySelector('.entry-card code').textContent", &[]);
    page.look_up(uuid.as_str().unwrap());
    assert_eq!(page.entry(), "passed");
    assert!(page.browser.text("#entry-heading").contains("#2"));

    page.look_up("carl@example.org");
    assert_eq!(page.results(), []);
    assert!(page.browser.text("#nothing").contains("That is its word"));

    page.look_up("no such thing");
    page.browser.wait("the refusal", "document.querySelector('#query-refused')?.innerText");
    page.look_up("sha256:abcd");
    // The refusal before stays until this one is there.
    let digits = "document.querySelector('#query-refused')?.innerText.includes('64 hexadecimal digits')";
    page.browser.wait("the refusal of what is too short", digits);
    page.assert_no_violations();
}

#[test]
fn old_addresses_of_search_pages_lead_to_entries() {
    let Some(page) = Page::open() else { return };
    let product = digest("first-rekor-twin/foo.tar.gz");
    page.browser.open(&format!("{}/?hash=sha256:{product}", page.scene.liar.url));
    assert_eq!(page.results(), passed(&[3, TRUSTED]));
    page.browser.open(&format!("{}/?logIndex=2", page.scene.liar.url));
    assert_eq!(page.entry(), "passed");
    page.browser.open(&format!("{}/?email=nobody@example.org", page.scene.liar.url));
    assert_eq!(page.results(), []);
}

#[test]
fn a_long_answer_comes_in_pages() {
    let Some(page) = Page::open() else { return };
    let link = read(&fixture("first-rekor-twin/package.link"));
    for i in 1..=22 {
        let variant = [&link[..], &vec![b'\n'; i]].concat();
        page.scene.add(&page.file(&format!("{i}.link"), &variant), &page.scene.links.carl);
    }
    page.look_up(&digest("first-rekor-twin/foo.tar.gz"));
    assert_eq!(page.results().len(), 20);
    assert!(page.browser.text("#results-heading").contains("24"));
    page.browser.click(&page.browser.find("#more"));
    page.browser.wait("the second page", "document.querySelector('#results').dataset.shown === '24'");
    let all = page.results();
    assert!(all.iter().all(|(_, outcome)| outcome == "passed"), "{all:?}");
    assert_eq!(page.browser.run("return document.querySelector('#more')", &[]), Value::Null);
}

#[test]
fn an_entry_shows_what_it_says_what_was_checked_and_its_bytes() {
    let Some(page) = Page::open() else { return };
    page.at_place("#entry/2");
    assert_eq!(page.entry(), "passed");
    for (check, outcome) in [
        ("entry-leaf", "passed"),
        ("entry-body", "passed"),
        ("entry-digest-list", "passed"),
        ("entry-inclusion", "passed"),
        ("link-signature", "untrusted"),
        ("log-checkpoint", "passed"),
    ] {
        assert_eq!(page.check(check), outcome, "{check}");
    }
    let says = page.browser.text("#contents");
    for part in ["package", "foo.py", "foo.tar.gz", "1 material", "1 product"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    assert!(page.browser.text("#raw").contains("\"kind\": \"link\""));
    for (form, part) in [("hex", "00000000  7b 22 61 70"), ("base64", "eyJhcGlWZXJzaW9u")] {
        let choose = "const s = document.querySelector('#raw-form'); s.value = arguments[0]; s.dispatchEvent(new Event('change', { bubbles: true }))";
        page.browser.run(choose, &[json!(form)]);
        page.browser.wait(form, &format!("document.querySelector('#raw pre').innerText.includes('{part}')"));
    }
    let files = "return [...document.querySelectorAll('#raw a[download]')].map(a => a.download)";
    assert_eq!(page.browser.run(files, &[]), json!(["entry-2.json", "entry-2.link", "entry-2.tlog-proof"]));
    let link = "return atob(document.querySelectorAll('#raw a[download]')[1].href.split(',')[1])";
    let link = page.browser.run(link, &[]);
    assert_eq!(link.as_str().unwrap().as_bytes(), read(&fixture("first-rekor-twin/package.link")));

    page.at_place("#entry/99");
    assert_eq!(page.entry(), "none");
    assert!(page.browser.text("#nothing").contains("no entry there"));
}

#[test]
fn a_chain_is_followed_in_both_directions() {
    let Some(page) = Page::open() else { return };
    let product = digest("first-rekor-twin/foo.tar.gz");
    page.at_place(&format!("#graph/sha256:{product}"));
    let steps = page.steps();
    let columns =
        |name: &str| steps.iter().filter(|(step, _)| step == name).map(|(_, column)| *column).collect::<Vec<_>>();
    assert_eq!((columns("package"), columns("clone")), (vec![-1, -1], vec![-3]), "two hops back");

    let source =
        page.browser.run("return document.querySelector('.node.artifact:not(.start)').getAttribute('href')", &[]);
    page.browser.run("document.querySelector('.node.artifact:not(.start)').focus()", &[]);
    page.browser.press(&["\u{E007}"]);
    page.browser.wait(
        "the other file",
        &format!("location.hash === {source} && document.querySelector('#chain')?.dataset.look === 'done'"),
    );
    let steps = page.steps();
    assert!(steps.iter().any(|(name, column)| name == "clone" && *column == -1), "{steps:?}");
    assert!(steps.iter().any(|(name, column)| name == "package" && *column == 1), "{steps:?}");
    assert!(page.browser.text("#chain").contains("foo.tar.gz"));

    page.browser.run("document.querySelector('.node.step').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))", &[]);
    assert_eq!(page.entry(), "passed");
    page.assert_no_violations();
}

#[test]
fn the_log_shows_its_state_and_new_entries_as_they_come() {
    let Some(page) = Page::open() else { return };
    page.at_place("#log");
    page.browser.wait("the log", "document.querySelector('#log')?.dataset.size === '4'");
    assert!(page.browser.text("#log").contains("has not seen this log before"));
    let indexes = "return [...document.querySelectorAll('#log .entry')].map(e => Number(e.dataset.index))";
    assert_eq!(page.browser.run(indexes, &[]), json!([3, 2, 1, 0]));
    assert_eq!(page.browser.run("return document.querySelector('.signature').dataset.known", &[]), "true");

    page.scene.add(&fixture_text("links/stranger.link"), &fixture_text("keys/mallory.pub"));
    page.browser.wait("the new entry", "document.querySelector('#log')?.dataset.size === '5'");
    page.browser.wait("it on top", "document.querySelector('#log .entry')?.dataset.index === '4'");
    assert_eq!(page.browser.run("return document.querySelector('#log .entry').dataset.outcome", &[]), "passed");
    assert!(page.browser.text(".log-growth").contains("1 came while this page was open"));

    page.load();
    page.at_place("#log");
    page.browser.wait("the log", "document.querySelector('#log')?.dataset.size === '5'");
    assert!(page.browser.text(".log-growth").contains("As large as when"));
}

#[test]
fn a_folder_of_tiles_on_any_web_host_is_a_log_too() {
    let Some(page) = Page::open() else { return };
    let folder = Folder::new();
    let copy = folder.path().join("copy");
    User::new().rekor(&["export", &text(&page.scene.log.folder()), &text(&copy)]).exits(0);
    page.deploy_for(&statics::serve(&copy, "access-control-allow-origin: *\r\n"));
    page.load();
    page.at_place("#log");
    page.browser.wait("the log", "document.querySelector('#log')?.dataset.size === '4'");
    let outcomes = "return [...document.querySelectorAll('#log .entry')].map(e => e.dataset.outcome)";
    assert_eq!(page.browser.run(outcomes, &[]), json!(["passed", "passed", "passed", "passed"]));
    page.at_place(&format!("#entry/{TRUSTED}"));
    assert_eq!(page.entry(), "passed");
    assert_eq!(page.check("entry-inclusion"), "passed");
    assert_eq!(page.check("log-checkpoint"), "passed");
    // There is nobody to search it.
    page.look_up(&digest("first-rekor-twin/foo.tar.gz"));
    assert_eq!(page.results(), []);
    assert!(page.browser.text("#results").contains("could not be reached"), "{}", page.browser.text("#results"));
    page.assert_no_violations();
}

#[test]
fn a_lying_log_is_told_of_and_not_believed() {
    let Some(page) = Page::open() else { return };
    let other = read(&fixture("links/other.link"));
    let swap = |request: &Request, answer: &mut Answer| {
        if request.path.ends_with("/index/retrieve") {
            let all: Vec<String> = serde_json::from_slice(&answer.body).unwrap_or_default();
            let first = all.first().cloned().unwrap_or_default();
            // The ID of an entry that the log does not have.
            answer.body =
                json!([format!("{}{}", &first[..16.min(first.len())], "00".repeat(32))]).to_string().into_bytes();
        }
    };
    type Lie = Box<dyn Fn(&Request, &mut Answer) + Send + Sync>;
    let cases: [(&str, &str, &str, Lie); 4] = [
        ("another index", "entry-inclusion", "failed", Box::new(lies::other_index())),
        ("another file", "entry-body", "failed", Box::new(lies::other_file(other))),
        ("a wrong root", "entry-inclusion", "failed", Box::new(lies::wrong_root(&page.scene.log))),
        ("a foreign checkpoint", "log-checkpoint", "failed", Box::new(lies::foreign_checkpoint())),
    ];
    page.at_place("#entry/2");
    assert_eq!(page.entry(), "passed");
    let uuid = page.browser.run("return document.querySelector('.entry-card code').textContent", &[]);
    for (name, check, outcome, lie) in cases {
        page.scene.liar.change(lie);
        page.as_new_reader();
        page.at_place(&format!("#entry/{}", uuid.as_str().unwrap()));
        assert_eq!(page.entry(), "failed", "{name}");
        assert_eq!(page.check(check), outcome, "{name}");
    }
    page.scene.liar.change(swap);
    page.as_new_reader();
    page.look_up(&digest("first-rekor-twin/foo.tar.gz"));
    assert_eq!(page.results(), [(u64::MAX, "not-checked".to_owned())]);
    page.assert_no_violations();
}

#[test]
fn a_rewritten_log_raises_the_alarm_while_it_is_watched() {
    let Some(page) = Page::open() else { return };
    page.at_place("#log");
    page.browser.wait("the log", "document.querySelector('#log')?.dataset.size === '4'");
    page.scene.liar.change(lies::wrong_root(&page.scene.log));
    page.browser.wait("the alarm", "document.querySelector('.alarm')?.innerText");
}

#[test]
fn a_log_that_does_not_answer_is_said_to() {
    let Some(page) = Page::open() else { return };
    for status in [500, 404] {
        page.scene.liar.change(move |request, answer| {
            if lies::to_the_log(request) {
                answer.status = status;
            }
        });
        page.look_up(&format!("{status:064}"));
        assert_eq!(page.results(), []);
        assert!(page.browser.text("#results").contains(&status.to_string()));
    }
    page.scene.liar.honest();
    page.at_place("#lookup?log=example.org/another");
    assert!(page.browser.text("#page").contains("example.org/another"));
}

#[test]
fn axe_finds_nothing_and_nothing_is_wider_than_the_screen() {
    let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") else { return };
    let Some(page) = Page::open() else { return };
    let product = digest("first-rekor-twin/foo.tar.gz");
    for width in [1280, 320] {
        page.screen(width, 800);
        page.look_up("nothing of the kind");
        page.browser.wait("the refusal", "document.querySelector('#query-refused')?.innerText");
        page.assert_presentable("a search that was refused", &axe);
        page.look_up(&product);
        page.results();
        page.assert_presentable("a list of entries", &axe);
        page.at_place("#entry/2");
        page.entry();
        page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
        page.assert_presentable("an entry, everything unfolded", &axe);
        page.at_place(&format!("#graph/sha256:{product}"));
        page.steps();
        page.assert_presentable("a chain", &axe);
        page.at_place("#log");
        page.browser.wait("the log", "document.querySelector('#log')?.dataset.size === '4'");
        page.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)", &[]);
        page.assert_presentable("the log", &axe);
    }
}
