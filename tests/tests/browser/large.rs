//! A file larger than any memory that the page may use.

use std::fs::File;

use rekor_tests::page::Page;
use rekor_tests::rekor::text;

// One byte more than 32 bits can count.
const SIZE: u64 = (4 << 30) + 1;
const SHA256: &str = "fbb82f7b353676bb562eb82157fcf0ea42c36492ca13ee56dbf82c08b6802c5c";
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
    assert_within_memory(&page);

    // Once more, to the end.
    page.starting_a_run(|| page.browser.click(&page.browser.find("#again")));
    for part in 1..=8 {
        // A part at a time, so that a slow machine is not taken for a page that hangs.
        let progress = "Number(document.querySelector('#file-list progress')?.value ?? Infinity)";
        page.browser.wait("the next 512 MiB", &format!("{progress} >= {}", SIZE / 8 * part));
    }
    let verdict = page.verdict();
    verdict.is("could-not-tell").says(SHA256);
    assert_within_memory(&page);

    // The page is as good as new.
    page.browser.click(&page.browser.find("#start-again"));
    page.check_trusted().is("verified");
    page.assert_no_violations();
}

fn assert_within_memory(page: &Page) {
    let memory = page.browser.run("return Number(document.documentElement.dataset.wasmMemory)", &[]);
    let memory = memory.as_u64().expect("the page shows its memory");
    assert!(memory > 0 && memory <= MOST_MEMORY, "{memory} bytes of WebAssembly memory");
}
