//! What the package's functions take, give and refuse, in Node.

use rekor_tests::bundles::data;
use rekor_tests::files::sample;
use rekor_tests::lies;
use rekor_tests::package::Project;
use rekor_tests::public_log::{BLOB, PublicLog, holder, vkey};
use rekor_tests::rekor::text;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The sample release and who is trusted, for each script.
const GIVEN: &str = r#"
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import * as verifier from "rekor-verifier";
const { verify } = verifier;
const read = (name) => readFileSync(`${process.argv[2]}/${name}`);
const policy = read("policy.txt").toString();
const signers = [{ name: "maintainer", key: read("maintainer.pub") }];
const [product, link, receipt] = ["hello-1.0.tar.gz", "package.link", "package.link.tlog-proof"].map(read);
const beside = [{ name: "package.link", data: link }, { name: "package.link.tlog-proof", data: receipt }];
const trusted = { policy, signers, offline: true };
const verdict = (files, options = trusted) =>
  verify(files, options).then(({ report }) => report.verdict, (error) => `${error.name}: ${error.message}`);
"#;

fn run(name: &str, script: &str) -> Option<serde_json::Value> {
    let project = Project::get()?;
    Some(project.run(name, &format!("{GIVEN}{script}"), &[&text(&sample(""))]))
}

#[test]
fn a_file_in_any_form_gives_the_same_report() {
    let script = r#"
const sha256 = (await verifier.digest(product)).sha256;
const copy = () => new Blob([product]);
const forms = {
  bytes: product,
  buffer: product.buffer.slice(product.byteOffset, product.byteOffset + product.length),
  blob: copy(),
  file: new File([product], "hello-1.0.tar.gz"),
  stream: copy().stream(),
  again: { stream: () => copy().stream() },
};
const reports = [];
for (const data of Object.values(forms)) {
  reports.push((await verify([{ name: "hello-1.0.tar.gz", data }, ...beside], { ...trusted, now: 1.8e9 })).json);
}
const unnamed = await verify([forms.file, ...beside], { ...trusted, now: 1.8e9 });
const known = await verify([{ name: "hello-1.0.tar.gz", data: { sha256 } }, ...beside], trusted);
console.log(JSON.stringify({
  different: new Set([...reports, unnamed.json]).size,
  verdict: known.report.verdict,
  artifact: known.report.artifacts[0],
  other: await verdict([{ sha256: "00".repeat(32) }, ...beside]),
  nothing: await verdict([]),
}));
"#;
    let Some(done) = run("forms.mjs", script) else { return };
    assert_eq!((&done["different"], &done["verdict"]), (&json!(1), &json!("verified")), "{done:#}");
    assert_eq!((&done["artifact"]["size"], &done["artifact"]["sha512"]), (&json!(null), &json!(null)));
    assert_eq!((&done["other"], &done["nothing"]), (&json!("not-verified"), &json!("could-not-tell")));
}

#[test]
fn the_platform_hashes_what_is_small_and_the_module_the_rest() {
    let script = r#"
const subtle = crypto.subtle;
const platform = subtle.digest.bind(subtle);
let asked = 0;
subtle.digest = (...given) => (asked++, platform(...given));
const found = [];
for (const size of [0, 1, 4194304, 4194305]) {
  const bytes = new Uint8Array(size).map((_, i) => i * 7);
  asked = 0;
  const forms = [await verifier.digest(bytes), await verifier.digest(new Blob([bytes]))];
  found.push(asked);
  forms.push(await verifier.digest(new Blob([bytes]).stream()));
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
  forms.push(await verifier.digest(bytes));
  delete crypto.subtle;
  found.push(new Set(forms.map((it) => JSON.stringify([it.sha256, it.sha512, it.size]))).size);
}
console.log(JSON.stringify(found));
"#;
    let Some(done) = run("platform.mjs", script) else { return };
    // Two digests of bytes and of a Blob each; then the number of different results.
    assert_eq!(done, json!([4, 1, 4, 1, 4, 1, 0, 1]));
}

#[test]
fn misuse_is_refused_and_anything_else_is_reported() {
    let script = r#"
const file = { name: "hello-1.0.tar.gz", data: product };
const broken = new ReadableStream({ start: (controller) => controller.error(new Error("the disk is gone")) });
const misuse = [
  [5], [[5]], [[{ name: 5, data: product }]], [[{ ...file, as: "key" }]], [[{ name: "a", data: { sha256: "xy" } }]],
  [[file], { policy: 5 }], [[file], { policy: "nonsense" }], [[file], { signers: [{ key: "no key" }] }],
  [[file], { identity: { identity: "a" } }], [[file], { now: "today" }], [[file], { log: "ftp://a" }], [[file], 5],
  [[{ name: "a", data: broken }]], [[file], { signal: AbortSignal.abort(new Error("no longer")) }],
];
const refused = [];
for (const given of misuse) refused.push(await verdict(...given));
const hostile = [];
for (const data of ["", "{", '{"signed":{"_type":"link"}}', '{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.3"}'])
  hostile.push(await verdict([{ name: "\u202e\u0000", data: new TextEncoder().encode(data) }, file]));
console.log(JSON.stringify({ refused, hostile, unread: (await verify([file, { name: "pipe", unread: "a pipe" }])).report.unrecognised }));
"#;
    let Some(done) = run("misuse.mjs", script) else { return };
    let refused: Vec<&str> = done["refused"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert!(refused.iter().all(|said| said.contains("Error: ")), "{refused:#?}");
    assert!(refused[12].contains("the disk is gone") && refused[13].contains("no longer"), "{refused:#?}");
    for verdict in done["hostile"].as_array().unwrap() {
        assert!(["not-verified", "could-not-tell"].contains(&verdict.as_str().unwrap()), "{done:#}");
    }
    assert_eq!(done["unread"], json!([{ "name": "pipe", "sentence": "a pipe" }]));
}

#[test]
fn an_abort_ends_reading_and_asking() {
    let script = r#"
const server = createServer(() => {}).listen(0, "127.0.0.1"); // which never answers
await new Promise((resolve) => server.once("listening", resolve));
const log = `http://127.0.0.1:${server.address().port}`;
const silent = new AbortController();
setTimeout(() => silent.abort(new Error("enough")), 300);
const asking = await verdict([{ name: "a", data: product }], { log, signal: silent.signal });
let seen = 0;
const reading = new AbortController();
const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) });
const onProgress = ({ kind, done }) => { if (kind === "reading" && (seen = done) > 0) reading.abort(new Error("too large")); };
const long = await verdict([{ name: "a", data: endless }], { signal: reading.signal, onProgress });
const late = await verdict([{ name: "a", data: product }], { log, timeout: 200 });
server.closeAllConnections();
server.close();
// What was aborted leaves the verifier as it was.
console.log(JSON.stringify({ asking, long, late, seen: seen > 0, after: await verdict([{ name: "hello-1.0.tar.gz", data: product }, ...beside]) }));
"#;
    let Some(done) = run("abort.mjs", script) else { return };
    let expected = json!({
        "asking": "Error: enough", "long": "Error: too large", "late": "could-not-tell", "seen": true, "after": "verified",
    });
    assert_eq!(done, expected);
}

#[test]
fn nothing_is_asked_but_the_log_that_was_named() {
    let script = r#"
const asked = [];
const fetch = async (url, init) => {
  asked.push([init.method, new URL(url).origin, init.redirect]);
  return new Response("{}", { status: 404 });
};
const vkey = policy.match(/^log (\S+)/m)[1];
await verify([{ name: "a", data: product }], { policy: `log ${vkey} https://log.example\nquorum none\n`, fetch });
const named = [...new Set(asked.map(String))];
asked.length = 0;
await verify([{ name: "a", data: product }], { policy, fetch });
await verify([{ name: "a", data: product }], { ...trusted, log: "https://log.example", fetch });
console.log(JSON.stringify({ named, offline: asked.length }));
"#;
    let Some(done) = run("asked.mjs", script) else { return };
    let named = done["named"].as_array().unwrap();
    assert!(!named.is_empty() && named.iter().all(|it| it.as_str().unwrap().ends_with(",https://log.example,manual")));
    assert_eq!(done["offline"], 0);
}

/// Whatever makes a module trap, the next call finds it as new.
#[test]
fn a_trap_is_not_the_end() {
    let script = r#"
import * as core from "./node_modules/rekor-verifier/rekor-wasm.js";
await verdict([]); // so that it runs
const { step } = core.Session.prototype;
core.Session.prototype.step = () => { throw new WebAssembly.RuntimeError("unreachable"); };
const trapped = await verdict([]);
core.Session.prototype.step = step;
console.log(JSON.stringify([trapped, await verdict([{ name: "hello-1.0.tar.gz", data: product }, ...beside])]));
"#;
    let Some(done) = run("trap.mjs", script) else { return };
    assert_eq!(done, json!(["RuntimeError: unreachable", "verified"]));
}

/// The public Rekor log, from a local server with its own words and signatures.
#[test]
fn a_rekor_v1_log_is_asked_about_a_file() {
    let Some(project) = Project::get() else { return };
    let lie = Arc::new(AtomicBool::new(false));
    let lying = lie.clone();
    let wrong = lies::each_entry(|entry| entry["integratedTime"] = json!(1));
    let log = PublicLog::new().serve(move |request, answer| {
        if lying.load(Ordering::SeqCst) {
            wrong(request, answer);
        }
    });
    let script = r#"
import { readFileSync } from "node:fs";
import { verify } from "rekor-verifier";
const [folder, policy, identity, issuer] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}`);
const seen = async (data, options) => {
  const { report } = await verify([data], { policy, now: 1780000000, ...options });
  return [report.verdict, report.headline];
};
const [keyed, blob] = [read("managed-key/artifact.txt"), read("bundles/cosign-v3-blob.txt")];
const signers = [{ name: "the signer", key: read("managed-key/key.pub") }];
console.log(JSON.stringify({
  keyed: await seen(keyed, { signers }),
  unnamed: await seen(keyed, {}),
  unknown: await seen(Buffer.from("nobody recorded this"), { signers }),
  certified: await seen(blob, { identity: { identity, issuer } }),
  other: await seen(blob, { identity: { identity: "somebody@example.org", issuer } }),
}));
"#;
    let (identity, issuer) = holder(BLOB);
    let policy = format!("log {} {}\nquorum none\n", vkey(), log.url);
    let asked = || project.run("rekor-v1.mjs", script, &[&text(&data()), &policy, &identity, &issuer]);
    let done = asked();
    let verdict = |done: &serde_json::Value, case: &str| done[case][0].as_str().unwrap().to_owned();
    for (case, expected) in [
        ("keyed", "verified"),
        ("unnamed", "could-not-tell"),
        ("unknown", "could-not-tell"),
        ("certified", "verified"),
        ("other", "could-not-tell"),
    ] {
        assert_eq!(verdict(&done, case), expected, "{case}: {done:#}");
    }
    assert!(done["keyed"][1].as_str().unwrap().contains("recorded as #771488337"), "{done:#}");
    lie.store(true, Ordering::SeqCst);
    let done = asked();
    assert_eq!([verdict(&done, "keyed"), verdict(&done, "certified")], ["not-verified"; 2], "{done:#}");
}
