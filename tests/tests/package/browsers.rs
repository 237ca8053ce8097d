//! The package in Chromium: from a bare server of files, in a worker, from another origin.

use crate::program::Program;
use rekor_tests::package::Project;
use rekor_tests::statics;
use rekor_tests::webdriver::Browser;
use serde_json::Value;
use std::path::Path;

/// What a page has to allow for the package, and nothing more.
const CSP: &str = "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    connect-src 'self'; worker-src 'self'\r\n";

/// Opens the folder's page, which has to come to what the program prints in Node.
pub fn in_chromium(program: &Program, folder: &Path) {
    let address = statics::serve(folder, CSP);
    let Some(browser) = open(&address) else { return };
    assert_eq!(result(&browser, "return globalThis.reports"), program.in_node(), "{}", folder.display());
}

fn open(address: &str) -> Option<Browser> {
    let browser = Browser::start(address)?;
    browser.open(&format!("{address}/"));
    browser.wait("the page", "document.readyState === 'complete'");
    Some(browser)
}

/// What an async function with this body gives.
pub fn result(browser: &Browser, body: &str) -> Value {
    let script = format!(
        "const done = arguments[arguments.length - 1]; (async () => {{ {body} }})().then(done, (error) => done(String(error)))"
    );
    browser.run_async(&script, &[])
}

#[test]
fn a_server_of_files_is_enough() {
    let Some(program) = Program::write() else { return };
    let address = statics::serve(program.folder(), CSP);
    let Some(browser) = open_blank(&program, &address) else { return };
    let body = r#"
const { verify } = await import("/node_modules/rekor-verifier/index.js");
const before = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".wasm")).length;
const reports = [];
for (const one of (await import("/given.mjs")).default) reports.push(await (await import("/bare.mjs")).check(one, verify));
return { before, reports };
"#;
    let found = result(&browser, body);
    assert_eq!(found["reports"], program.in_node(), "{found}");
    assert_eq!(found["before"], 0, "something was loaded on import");
}

#[test]
fn in_a_worker_and_ended_from_outside() {
    let Some(program) = Program::write() else { return };
    let address = statics::serve(program.folder(), CSP);
    let Some(browser) = open_blank(&program, &address) else { return };
    let body = r#"
const { start } = await import("/node_modules/rekor-verifier/worker.js");
const verifier = start();
const { check } = await import("/bare.mjs");
const reports = [];
for (const one of (await import("/given.mjs")).default) reports.push(await check(one, verifier.verify));
const progress = [];
const aborting = new AbortController();
const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) });
const onProgress = (step) => { progress.push(step.kind); aborting.abort(new Error("enough")); };
const ended = await verifier.verify([endless], { signal: aborting.signal, onProgress }).catch(String);
const digest = await verifier.digest(new Blob(["abc"]));
const refused = await verifier.verify([], { fetch }).catch(String);
const last = verifier.digest(new ReadableStream({ pull: () => new Promise(() => {}) })).catch((error) => error.name);
verifier.terminate();
const workers = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("thread.js")).length;
return { reports, progress: progress[0], ended, digest, refused, last: await last, workers };
"#;
    let found = result(&browser, body);
    assert_eq!(found["reports"], program.in_node(), "{found}");
    assert_eq!((&found["progress"], &found["ended"]), (&"reading".into(), &"Error: enough".into()));
    assert_eq!(found["digest"]["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(found["refused"], "TypeError: fetch: a worker makes its requests itself");
    assert_eq!((&found["last"], &found["workers"]), (&"AbortError".into(), &1.into()));
}

/// As from a CDN: its scripts and modules are of another origin than the page's, which cannot start a worker of it.
#[test]
fn from_another_origin() {
    let Some(program) = Program::write() else { return };
    let cdn = statics::serve(program.folder(), "access-control-allow-origin: *\r\n");
    let page = format!(
        "content-security-policy: default-src 'none'; script-src 'self' {cdn} 'wasm-unsafe-eval'; connect-src {cdn}\r\n"
    );
    let address = statics::serve(program.folder(), &page);
    let Some(browser) = open_blank(&program, &address) else { return };
    let body = r#"
const { start } = await import(`${CDN}/node_modules/rekor-verifier/worker.js`);
const verifier = start();
const reports = [];
for (const one of (await import("/given.mjs")).default) reports.push(await (await import("/bare.mjs")).check(one, verifier.verify));
return reports;
"#;
    assert_eq!(result(&browser, &body.replace("${CDN}", &cdn)), program.in_node());
}

/// A page of the project with nothing on it. A browser knows no package by its name: `bare.mjs` is told what to use.
fn open_blank(program: &Program, address: &str) -> Option<Browser> {
    let check = String::from_utf8(rekor_tests::files::read(&program.folder().join("check.mjs"))).unwrap();
    let bare = check.replace("import { verify } from \"rekor-verifier\";", "").replace("by = verify", "by");
    program.project.folder.write("bare.mjs", bare.as_bytes());
    blank_at(program.project, address)
}

/// A page with nothing on it, on a server of the project's files.
pub fn blank(project: &Project) -> Option<Browser> {
    blank_at(project, &statics::serve(project.folder.path(), CSP))
}

fn blank_at(project: &Project, address: &str) -> Option<Browser> {
    project.folder.write("blank/index.html", b"<!doctype html><title>blank</title>");
    let browser = Browser::start(address)?;
    browser.open(&format!("{address}/blank/"));
    Some(browser)
}
