//! What is kept of a result: the report as the command prints it, receipts, the command line.

use std::path::Path;

use rekor_tests::files::{fixture, read};
use rekor_tests::page::Page;
use rekor_tests::rekor::{User, text};
use rekor_tests::scene::fixture_text;
use serde_json::json;

/// A reader's files, and whom they expect.
struct Case {
    what: &'static str,
    files: Vec<String>,
    signer: Option<String>,
}

fn cases(page: &Page) -> Vec<Case> {
    let links = &page.scene.links;
    let carl = || Some(links.carl.clone());
    let other = page.file("foo.tar.gz", b"another file");
    let mut cases = vec![
        Case { what: "all is well", files: vec![links.package.clone(), links.product.clone()], signer: carl() },
        Case { what: "nobody named", files: vec![links.product.clone(), links.package.clone()], signer: None },
        Case { what: "with a key", files: vec![links.package.clone(), links.carl.clone()], signer: None },
        Case { what: "another file", files: vec![links.package.clone(), other], signer: carl() },
        Case { what: "artifact alone", files: vec![links.product.clone()], signer: carl() },
        Case { what: "unknown", files: vec![page.file("ü <b>.bin", b"nobody ever named this")], signer: None },
    ];
    for name in ["links/stranger.link", "links/two-products.link", "links/openpgp.link"] {
        cases.push(Case { what: name, files: vec![fixture_text(name), links.product.clone()], signer: carl() });
    }
    for name in ["duplicate-key", "unknown-field", "float"] {
        cases.push(Case { what: name, files: vec![fixture_text(&format!("links/bad/{name}.link"))], signer: carl() });
    }
    let chain = |name: &str| fixture_text(&format!("layouts/chain/{name}"));
    let files = ["demo.tar.gz", "links/package.e871a4df.link", "links/write.9106eaf2.link", "root.layout"];
    cases.push(Case { what: "a chain", files: files.map(chain).to_vec(), signer: Some(chain("alice.pub")) });
    cases
}

#[test]
fn the_report_is_byte_for_byte_what_the_command_prints() {
    let Some(page) = Page::open() else { return };
    let policy = page
        .file("policy.txt", format!("log {} {}\nquorum none\n", page.scene.log.vkey, page.scene.liar.url).as_bytes());
    for case in cases(&page) {
        assert_as_the_command(&page, &policy, &case);
    }
    page.assert_no_violations();
}

fn assert_as_the_command(page: &Page, policy: &str, case: &Case) {
    let mut arguments = vec!["verify", "--json", "--policy", policy];
    arguments.extend(case.files.iter().map(String::as_str));
    arguments.extend(case.signer.iter().flat_map(|key| ["--public-key", key]));
    let done = User::new().rekor(&arguments);
    // The same clock for both.
    page.browser.run("localStorage.clear()", &[]);
    page.at(done.report().0["time"]["seconds"].as_i64().unwrap());
    if let Some(key) = &case.signer {
        page.expect_signer(key);
    }
    page.choose(&case.files.iter().map(String::as_str).collect::<Vec<_>>());
    page.verdict();
    page.watch_exports();
    page.browser.click(&page.browser.find("#exports .download-report"));
    assert_eq!(page.kept(), done.out(), "{}", case.what);
}

#[test]
fn where_the_browser_has_no_hashes_the_verifiers_own_give_the_same_report() {
    let Some(page) = Page::open() else { return };
    page.browser.devtools("Network.enable", json!({}));
    page.browser.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }));
    let policy = format!("log {} {}\nquorum none\n", page.scene.log.vkey, page.scene.liar.url);
    let policy = page.file("policy.txt", policy.as_bytes());

    page.scene.liar.change(|request, answer| {
        if request.path == "/worker.js" {
            // As where the context is not secure.
            answer.body.splice(..0, "Object.defineProperty(globalThis, 'crypto', { value: undefined });".bytes());
        }
    });
    page.load();
    for case in cases(&page) {
        assert_as_the_command(&page, &policy, &case);
    }
}

/// Every file of the fixtures that somebody may drop, by itself.
#[test]
fn of_every_fixture_the_report_is_what_the_command_prints() {
    let Some(page) = Page::open() else { return };
    let policy = format!("log {} {}\nquorum none\n", page.scene.log.vkey, page.scene.liar.url);
    let policy = page.file("policy.txt", policy.as_bytes());
    let carl = page.scene.links.carl.clone();
    page.expect_signer(&carl);
    let mut files = Vec::new();
    for folder in ["links", "forms", "signatures", "layouts", "archives"] {
        files_below(&fixture(folder), &mut files);
    }
    assert!(files.len() > 100, "{}", files.len());
    for file in &files {
        let done = User::new().rekor(&["verify", "--json", "--policy", &policy, "--public-key", &carl, file]);
        let now = done.report().0["time"]["seconds"].as_i64().unwrap();
        page.browser.run("localStorage.clear(); Date.now = () => arguments[0] * 1000", &[json!(now)]);
        page.choose(&[file]);
        page.verdict();
        page.watch_exports();
        page.browser.click(&page.browser.find("#exports .download-report"));
        assert_eq!(page.kept(), done.out(), "{file}");
        page.browser.click(&page.browser.find("#start-again"));
    }
    page.assert_no_violations();
}

fn files_below(folder: &Path, found: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => files_below(&path, found),
            false => found.push(text(&path)),
        }
    }
}

#[test]
fn the_receipt_and_the_command_are_good_for_the_command() {
    let Some(page) = Page::open() else { return };
    page.check_trusted().is("verified");
    page.watch_exports();
    page.browser.click(&page.browser.find("#exports .download-receipt"));
    let receipt = page.file("package.link.tlog-proof", page.kept().as_bytes());
    let links = &page.scene.links;
    let files = [links.package.as_str(), &links.product, &receipt];
    let known = ["--log-key", &page.scene.log.vkey, "--public-key", &links.carl, "--offline"];
    User::new().rekor(&[&["verify"], &files[..], &known].concat()).exits(0);

    // The command as it is shown, in a folder with the files that it names.
    let command = page.browser.run("return document.querySelector('#command code').textContent", &[]);
    let command = command.as_str().unwrap();
    let user = User::new();
    for file in [&links.package, &links.product, &links.carl] {
        let name = Path::new(file).file_name().unwrap().to_str().unwrap();
        user.folder.write(name, &read(Path::new(file)));
    }
    let policy = format!("log {} {}\nquorum none\n", page.scene.log.vkey, page.scene.liar.url);
    user.folder.write("policy.txt", policy.as_bytes());
    let words: Vec<&str> = command.strip_prefix("rekor ").expect("the command's name").split(' ').collect();
    user.rekor(&words).exits(0);
}

#[test]
fn a_hostile_file_name_stays_one_word_of_the_command() {
    let Some(page) = Page::open() else { return };
    let name = "x'; touch owned; \u{1b}[201~\n'.link";
    page.drop_files(&[(name, read(Path::new(&page.scene.links.package)))]);
    page.verdict();
    let command = page.browser.run("return document.querySelector('#command code').textContent", &[]);
    let command = command.as_str().unwrap();
    assert!(!command.chars().any(char::is_control), "{command:?}");
    let folder = User::new();
    let script = command.replacen("rekor verify", "printf '%s\\0'", 1);
    let mut bash = std::process::Command::new("bash");
    let Ok(printed) = bash.args(["-c", &script]).current_dir(folder.folder.path()).output() else { return };
    assert_eq!(String::from_utf8_lossy(&printed.stdout).split('\0').next(), Some(name));
    assert!(!folder.folder.path().join("owned").exists(), "{}", text(folder.folder.path()));
}

#[test]
fn what_does_not_fit_into_an_address_is_said() {
    let Some(page) = Page::open() else { return };
    let link = String::from_utf8(read(Path::new(&page.scene.links.package))).unwrap();
    let (start, end) = link.split_once('{').unwrap();
    let padded = format!("{start}{{{}{end}", " ".repeat(200_000));
    page.drop_files(&[("padded.link", padded.into_bytes())]);
    page.verdict();
    page.browser.click(&page.browser.find("#copy-link"));
    page.browser
        .wait("the refusal", "document.querySelector('#copy-link-error')?.innerText.includes('Send the files')");
    assert_eq!(page.browser.run("return window.rekorViolations", &[]), json!([]));
}
