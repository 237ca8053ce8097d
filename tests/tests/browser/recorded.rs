//! "Check this page" says whether the release of the page is recorded, by what lies beside its list.

use rekor_tests::files::read;
use rekor_tests::needs;
use rekor_tests::page::Page;
use rekor_tests::rekor::User;
use rekor_tests::signing::{foreign_key, vkey};
use serde_json::Value;
use std::path::Path;

/// A releaser of the page that is served, and what they put beside its list.
struct Release {
    user: User,
}

impl Release {
    fn new() -> Self {
        let user = User::new();
        let dist = needs::tool("REKOR_DIST", "the folder with the built page").expect("the page is there");
        user.folder.write("files.txt", &read(&dist.join("files.txt")));
        user.folder.write("other/files.txt", b"0000  another list\n");
        Self { user }
    }

    /// Signs the list below this folder, and records that in the page's log; gives link and receipt.
    fn record(&self, page: &Page, base: &str) -> [String; 2] {
        let key = ["link", "--step", "release-page", "--signing-key", "release.key", "--make-key", "--base", base];
        let public = self.user.rekor(&[&key[..], &["--output", "files.txt.link", "files.txt"]].concat()).exits(0).out();
        self.user.folder.write("release.pub", public.as_bytes());
        let log = ["--server", &page.scene.server.url, "--log-key", &page.scene.log.vkey];
        let add = ["add", "--linkfile", "files.txt.link", "--public-key", "release.pub", "--receipt", "receipt"];
        // Where nothing but the signer is open, it is recorded.
        self.user.rekor(&[&add[..], &log].concat()).exits(0);
        ["files.txt.link", "receipt"].map(|name| self.text(name))
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(read(&self.path(name))).unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.user.folder.path()).join(name)
    }
}

/// What the screen says of the record: its state and its text.
fn said(page: &Page) -> (String, String) {
    page.visit("#page");
    let state = page.browser.wait("the record", "document.querySelector('[data-record]')?.dataset.record");
    (state.as_str().unwrap().to_owned(), page.browser.text("#page-record"))
}

fn deploy(page: &Page, [link, receipt]: &[String; 2]) {
    page.scene.liar.file("/files.txt.link", link).file("/files.txt.tlog-proof", receipt);
}

#[test]
fn a_release_that_is_recorded_is_shown_as_that() {
    let Some(page) = Page::open() else { return };
    // Whatever was served from that folder before.
    page.scene.liar.missing(|path| path.starts_with("/files.txt."));
    assert_eq!(said(&page).0, "none");
    page.scene.liar.honest();

    let release = Release::new();
    deploy(&page, &release.record(&page, "."));
    page.requests();
    let (state, text) = said(&page);
    assert_eq!(state, "recorded", "{text}");
    assert!(text.contains("Who signed it is not confirmed") && text.contains("release-page"), "{text}");
    let origin = page.scene.log.vkey.split('+').next().unwrap();
    assert!(text.contains(origin), "{text}");
    let asked = page.requests();
    assert!(!asked.iter().any(|it| it.path.contains("/api/")), "the receipt suffices: {asked:?}");
    // The files that show it elsewhere.
    let links = "return [...document.querySelectorAll('#page-record a')].map((it) => it.getAttribute('href'))";
    let links: Vec<Value> = page.browser.run(links, &[]).as_array().cloned().unwrap();
    assert_eq!(links, ["./files.txt", "./files.txt.link", "./files.txt.tlog-proof"]);
    page.assert_no_violations();
    if let Some(axe) = needs::tool("REKOR_AXE", "axe-core's axe.min.js") {
        for width in [320, 1200] {
            page.screen(width, 900);
            page.assert_presentable("the record of the release", &axe);
        }
    }

    // Whoever expects the releaser sees it confirmed; who expects another does not.
    page.visit("");
    page.browser.type_into(&page.browser.find("#signer-file"), &release.path("release.pub").to_string_lossy());
    page.browser.wait("the signer", "document.querySelector('.signer-item')?.tagName");
    page.browser.run("location.hash = '#page'", &[]);
    assert_eq!(
        page.browser.wait("the record", "document.querySelector('[data-record=confirmed]')?.dataset.record"),
        "confirmed"
    );
}

#[test]
fn what_is_no_record_of_this_list_is_not_shown_as_one() {
    let Some(page) = Page::open() else { return };
    let release = Release::new();
    // The record of another list.
    deploy(&page, &release.record(&page, "other"));
    let (state, text) = said(&page);
    assert_eq!(state, "wrong", "{text}");
    // A changed link, and one without its receipt.
    let [link, receipt] = release.record(&page, ".");
    let flipped = link.replacen("\"sig\":\"", "\"sig\":\"AAAA", 1);
    deploy(&page, &[flipped, receipt.clone()]);
    assert_ne!(said(&page).0, "recorded");
    page.scene.liar.honest();
    page.scene.liar.file("/files.txt.link", &link).file("/files.txt.tlog-proof", "no receipt");
    let (state, text) = said(&page);
    assert!(["open", "wrong"].contains(&state.as_str()), "{text}");
    // By a log that the page does not trust.
    deploy(&page, &[link, receipt]);
    assert_eq!(said(&page).0, "recorded");
    page.trust(&vkey("example.org/other", &foreign_key()));
    page.as_new_reader();
    assert_eq!(said(&page).0, "open");
}
