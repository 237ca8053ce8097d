//! `cargo xtask bench`, in Chromium: how the page loads on a slow network, and how fast it reads, checks and stops.
#![allow(clippy::unwrap_used, clippy::expect_used)] // it stops at what it does not expect

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer, SigningKey};
use rekor_tests::files::{Folder, root};
use rekor_tests::page::Page;
use rekor_tests::rekor::text;
use rekor_tests::scene::{Links, Scene};
use rekor_tests::statics;
use rekor_tests::text::{base64, hex, sha256};
use rekor_tests::webdriver::Browser;
use serde_json::{Value, json};

/// "Slow 4G" as Lighthouse has it: round trip in milliseconds, bytes a second down and up; and how much slower the
/// processor is.
const ROUND_TRIP: f64 = 150.0;
const DOWN: f64 = 1_638_400.0 / 8.0;
const UP: f64 = 768_000.0 / 8.0;
const SLOWER: u32 = 4;

const LOADS: usize = 5;
const CHECKS: usize = 15;

fn main() {
    loading();
    dropping();
    large_file();
    hashing();
}

fn dist() -> PathBuf {
    std::env::var_os("REKOR_DIST").map(PathBuf::from).expect("REKOR_DIST names the built page: use cargo xtask bench")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Each load in a browser that never saw the page.
fn loading() {
    let loads: Vec<Value> = (0..LOADS).map(|_| first_load()).collect();
    let of = |name: &str| median(loads.iter().map(|load| number(load, name)).collect());
    println!("first visit, slow 4G ({ROUND_TRIP} ms, 1.6 Mbit/s), {SLOWER} x slower processor; medians of {LOADS}");
    println!("  first paint {:.0} ms, largest contentful paint {:.0} ms (limit 1500)", of("fcp"), of("lcp"));
    println!("  the page can be used after {:.0} ms, the verifier runs after {:.0} ms", of("usable"), of("ready"));
    println!("  total blocking time {:.0} ms (limit 50), layout shift {:.3} (limit 0)", of("tbt"), of("cls"));
}

fn first_load() -> Value {
    let scene = Scene::with(Links::twin(), Some(&dist()));
    let page = Page { browser: Browser::start(&scene.liar.url).expect("Chromium"), scene };
    page.trust(&page.scene.log.vkey);
    page.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": OBSERVE }));
    page.browser.devtools("Network.enable", json!({}));
    let network =
        json!({ "offline": false, "latency": ROUND_TRIP, "downloadThroughput": DOWN, "uploadThroughput": UP });
    page.browser.devtools("Network.emulateNetworkConditions", network);
    page.browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": SLOWER }));
    page.load();
    page.browser.run_async("setTimeout(arguments[0], 2000)", &[]);
    page.browser.run("return window.rekorLoad()", &[])
}

const OBSERVE: &str = "const seen = { lcp: 0, cls: 0, long: [] }; \
    const observe = (type, take) => new PerformanceObserver(list => list.getEntries().forEach(take)).observe({ type, buffered: true }); \
    observe('largest-contentful-paint', it => { seen.lcp = it.startTime }); \
    observe('layout-shift', it => { if (!it.hadRecentInput) seen.cls += it.value }); \
    observe('longtask', it => seen.long.push([it.startTime, it.duration])); \
    new MutationObserver(() => { \
        if (!seen.usable && document.querySelector('#files')) seen.usable = performance.now(); \
        if (!seen.ready && document.querySelector('#page[data-settled=true]')) seen.ready = performance.now(); \
    }).observe(document, { subtree: true, childList: true, attributes: true }); \
    window.rekorLoad = () => { \
        const fcp = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0; \
        const tbt = seen.long.reduce((sum, [start, time]) => start + time > fcp ? sum + Math.max(0, time - 50) : sum, 0); \
        return { fcp, tbt, lcp: seen.lcp, cls: seen.cls, usable: seen.usable, ready: seen.ready } };";

/// A release with one artifact of a megabyte: the paths of the artifact, its link, and its signer's key.
fn release(folder: &Folder) -> [String; 3] {
    let key = SigningKey::from_bytes(&sha256(b"the benchmark's signer"));
    let artifact: Vec<u8> =
        (0..1_000_000u32).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).take(1_000_000).collect();
    let digest = hex(&sha256(&artifact));
    let signed = format!(
        "{{\"_type\":\"link\",\"byproducts\":{{}},\"command\":[],\"environment\":{{}},\"materials\":{{}},\"name\":\"build\",\
         \"products\":{{\"artifact.bin\":{{\"sha256\":\"{digest}\"}}}}}}"
    );
    let signature = hex(&key.sign(signed.as_bytes()).to_bytes());
    let spki =
        [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], key.verifying_key().as_bytes()].concat();
    let keyid = hex(&sha256(&spki));
    let link = format!("{{\"signatures\":[{{\"keyid\":\"{keyid}\",\"sig\":\"{signature}\"}}],\"signed\":{signed}}}");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", base64(&spki));
    let files = [("artifact.bin", artifact), ("build.link", link.into_bytes()), ("signer.pub", pem.into_bytes())];
    files.map(|(name, bytes)| text(&folder.write(name, &bytes)))
}

/// From the drop of a link and its artifact to the verdict, the log asked.
fn dropping() {
    let folder = Folder::new();
    let [artifact, link, key] = release(&folder);
    let page = Page::open().expect("the page in Chromium");
    page.scene.add(&link, &key);
    let read = |path: &str| fs::read(path).unwrap();
    let files = [("artifact.bin", read(&artifact)), ("build.link", read(&link))];
    let times = (0..CHECKS).map(|_| {
        page.load();
        page.expect_signer(&key);
        page.browser.run(STOPWATCH, &[]);
        page.drop_files(&[(files[0].0, files[0].1.clone()), (files[1].0, files[1].1.clone())]);
        page.verdict().is("verified");
        page.browser.run("return window.rekorTime", &[]).as_f64().unwrap()
    });
    let time = median(times.collect());
    println!("from drop to verdict, 1 MB, a log on this machine: {time:.0} ms (limit 150); median of {CHECKS}");
}

const STOPWATCH: &str = "let start; addEventListener('drop', () => { start = performance.now() }, { capture: true, once: true }); \
    new MutationObserver(() => { if (start && !window.rekorTime && document.querySelector('#verdict')) window.rekorTime = performance.now() - start }) \
        .observe(document.body, { subtree: true, childList: true });";

/// Five gigabytes, of which the disk holds none.
fn large_file() {
    const SIZE: u64 = 5_000_000_000;
    let page = Page::open().expect("the page in Chromium");
    let path = page.scene.log.data.write("reader/large.img", b"");
    File::options().write(true).open(&path).unwrap().set_len(SIZE).unwrap();
    page.choose(&[&text(&path)]);
    let progress =
        |bytes: u64| format!("Number(document.querySelector('#file-list progress')?.value ?? Infinity) >= {bytes}");
    page.browser.wait("a gigabyte to be read", &progress(SIZE / 5));
    let stopped = page.browser.run_async(STOP, &[]);
    let start = std::time::Instant::now();
    page.starting_a_run(|| page.browser.click(&page.browser.find("#again")));
    for part in 1..=10 {
        page.browser.wait("half a gigabyte more", &progress(SIZE / 10 * part));
    }
    page.verdict().is("could-not-tell");
    let seconds = start.elapsed().as_secs_f64();
    let memory = page.browser.run("return Number(document.documentElement.dataset.wasmMemory)", &[]).as_f64().unwrap();
    println!(
        "5 GB: {:.0} MB/s, {:.1} MiB of WebAssembly memory (limit 64)",
        SIZE as f64 / 1e6 / seconds,
        memory / 1_048_576.0
    );
    println!("  cancelled within {:.0} ms of the click (limit 200)", stopped.as_f64().unwrap());
}

/// Until the page says so, and it is drawn.
const STOP: &str = "const done = arguments[0], start = performance.now(); document.querySelector('#cancel').click(); \
    const look = () => document.querySelector('#cancelled') ? done(performance.now() - start) : requestAnimationFrame(look); look();";

/// The same bytes by the same stream through the page's hasher and through hash-wasm, in a worker, in turns.
fn hashing() {
    let Some(peer) = std::env::var_os("REKOR_HASH_WASM").map(PathBuf::from) else {
        return println!("npm hash-wasm is not at hand (REKOR_HASH_WASM)");
    };
    let folder = Folder::new();
    let copy = |from: &Path, name: &str| fs::copy(from, folder.path().join(name)).expect("a copy");
    copy(&dist().join("rekor-wasm.js"), "rekor-wasm.js");
    copy(&dist().join("rekor-wasm_bg.wasm"), "rekor-wasm_bg.wasm");
    copy(&peer.join("node_modules/hash-wasm/dist/index.esm.min.js"), "hash-wasm.js");
    copy(&root().join("tests/bench/hashing.mjs"), "worker.js");
    folder.write("index.html", b"<!doctype html><input type=file id=file>");
    let address = statics::serve(folder.path(), "");
    let browser = Browser::start(&address).expect("Chromium");
    browser.open(&format!("{address}/index.html"));
    let blocks: Vec<u8> = (0..1u32 << 26).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let file = folder.write("file.bin", &blocks);
    browser.type_into(&browser.find("#file"), &text(&file));
    let found = browser.run_async(
        "const done = arguments[0]; const worker = new Worker('./worker.js', { type: 'module' }); \
         worker.onmessage = ({ data }) => done(data); worker.postMessage(document.querySelector('#file').files[0])",
        &[],
    );
    println!("a file of 256 MiB in Chromium, medians of 5, in MB/s");
    println!(
        "  SHA-256 and SHA-512, streamed: the page's {:.0}, hash-wasm {:.0}",
        number(&found, "ours"),
        number(&found, "peer_both")
    );
    println!(
        "  SHA-256 alone: hash-wasm {:.0}, WebCrypto in one piece {:.0}",
        number(&found, "peer"),
        number(&found, "webcrypto")
    );
    println!(
        "  1 MB: the verifier's own, streamed, {:.2} ms, WebCrypto {:.2} ms",
        number(&found, "ours_small"),
        number(&found, "webcrypto_small")
    );
}
