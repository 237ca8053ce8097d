//! A file larger than any memory that the page may use.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // a test stops at what it does not expect

use std::fs::File;

use rekor_tests::page::Page;
use rekor_tests::rekor::text;

const SIZE: u64 = 4 << 30;
const MOST_MEMORY: u64 = 64 << 20;

#[test]
fn four_gigabytes_are_read_in_pieces_and_can_be_cancelled() {
    let Some(page) = Page::open() else { return };
    let path = page.scene.log.data.write("reader/large.img", b"");
    File::options().write(true).open(&path).unwrap().set_len(SIZE).unwrap();
    page.choose(&[&text(&path)]);

    // Well beyond what could be held in memory without breaking the bound.
    let progress = format!("Number(document.querySelector('#file-list progress')?.value) > {}", MOST_MEMORY * 2);
    page.browser.wait("128 MiB to be read", &progress);
    page.browser.click(&page.browser.find("#cancel"));
    page.browser.wait("the cancellation", "document.querySelector('#cancelled')?.innerText");
    let memory = page.browser.run("return Number(document.documentElement.dataset.wasmMemory)", &[]);
    let memory = memory.as_u64().expect("the page shows its memory");
    assert!(memory > 0 && memory <= MOST_MEMORY, "{memory} bytes of WebAssembly memory");

    // The page is as good as new.
    page.browser.click(&page.browser.find("#start-again"));
    page.check_trusted().is("verified");
    page.assert_no_violations();
}
