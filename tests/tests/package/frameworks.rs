//! The badge in what frameworks render: it is an element like any other.

use crate::program::Program;
use crate::runtimes::binary;
use crate::site::{FENCE, said};
use rekor_tests::files::{read, sample};
use rekor_tests::package::{Project, SAMPLE, succeeds};
use rekor_tests::statics;
use rekor_tests::webdriver::Browser;
use std::path::Path;
use std::process::Command;

const REACT: &str = r#"
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import "rekor-verifier/badge";
const root = createRoot(document.getElementById("app"));
globalThis.show = (properties) =>
  root.render(properties && createElement("rekor-badge", properties, createElement("a", { href: "https://verifier.example/" }, "Check it")));
show(given);
"#;

const VUE: &str = r##"
import { createApp, h, shallowRef } from "vue";
import "rekor-verifier/badge";
const properties = shallowRef(given);
globalThis.show = (next) => { properties.value = next; };
const link = () => h("a", { href: "https://verifier.example/" }, "Check it");
createApp({ render: () => properties.value && h("rekor-badge", properties.value, [link()]) }).mount("#app");
"##;

/// As the compiler is given it: `bind:` and `{...}` on an element of its own name.
const SVELTE: &str = r#"
<script>
  import "rekor-verifier/badge";
  let properties = $state.raw(given);
  globalThis.show = (next) => { properties = next; };
</script>
{#if properties}<rekor-badge {...properties}><a href="https://verifier.example/">Check it</a></rekor-badge>{/if}
"#;

const COMPILE: &str = r#"
import { pathToFileURL } from "node:url";
import { readFileSync, writeFileSync } from "node:fs";
const { compile } = await import(pathToFileURL(`${process.argv[2]}/node_modules/svelte/src/compiler/index.js`).href);
const { js, warnings } = compile(readFileSync("App.svelte", "utf8"), { generate: "client", filename: "App.svelte" });
if (warnings.length) throw new Error(warnings.map(({ message }) => message).join());
writeFileSync("App.js", js.code);
writeFileSync("svelte.mjs", 'import { mount } from "svelte"; import App from "./App.js"; mount(App, { target: document.getElementById("app") });');
console.log(true);
"#;

#[test]
fn react_renders_it() {
    works_when_rendered_by("react.mjs", REACT);
}

#[test]
fn vue_renders_it() {
    works_when_rendered_by("vue.mjs", VUE);
}

#[test]
fn svelte_renders_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    program.project.folder.write("App.svelte", given(SVELTE).as_bytes());
    program.project.run("compile.mjs", COMPILE, &[tools.to_str().unwrap()]);
    works("svelte.mjs", &program, &tools);
}

const GIVEN: &str = r#"{ link: "package.link", receipt: "package.link.tlog-proof", artifact: "hello-1.0.tar.gz" }"#;

fn given(script: &str) -> String {
    script.replacen("given", GIVEN, 1)
}

fn works_when_rendered_by(name: &str, script: &str) {
    let Some((program, tools)) = Program::with_tools() else { return };
    program.project.folder.write(name, given(script).as_bytes());
    works(name, &program, &tools);
}

/// Bundles it, opens its page, changes what it is given, and takes it away.
fn works(name: &str, program: &Program, tools: &Path) {
    let site = format!("{name}-site");
    let mut esbuild = Command::new(binary(tools, "@esbuild", "esbuild"));
    esbuild.args([
        name,
        "--bundle",
        "--format=esm",
        "--conditions=browser",
        "--define:process.env.NODE_ENV=\"production\"",
    ]);
    esbuild.arg(format!("--outfile={site}/page.mjs")).current_dir(program.folder());
    succeeds(esbuild.env("NODE_PATH", tools.join("node_modules")));
    let folder = fill(program.project, &site);
    let fence = FENCE.replace("{badges}", "'self'").replace("{log}", "");
    let address = statics::serve(&folder, &format!("content-security-policy: {fence}\r\n"));
    let Some(browser) = Browser::start(&address) else { return };
    browser.open(&format!("{address}/"));
    browser.wait("the badge", "document.querySelector('rekor-badge')?.dataset.state");
    let found = said(&browser);
    assert_eq!((&found["state"], &found["title"]), (&"confirmed".into(), &"Signed by maintainer".into()), "{found}");
    // Attributes follow what is rendered.
    browser.run(&format!("show({{ ...{GIVEN}, artifact: \"policy.txt\" }})"), &[]);
    browser.wait("another file", "document.querySelector('rekor-badge').dataset.state === 'failed'");
    browser.run("show(null)", &[]);
    browser.wait("its end", "!document.querySelector('rekor-badge')");
}

/// A site with the sample release, and beside the bundle its modules and whom it trusts.
fn fill(project: &Project, site: &str) -> std::path::PathBuf {
    let write = |name: &str, bytes: &[u8]| project.folder.write(&format!("{site}/{name}"), bytes);
    for name in SAMPLE.iter().chain(&["policy.txt"]) {
        write(name, &read(&sample(name)));
    }
    write("signers.txt", &read(&rekor_tests::files::root().join("examples/project/badge/signers.txt")));
    for name in ["rekor-wasm_bg.wasm", "rekor-sigstore-wasm_bg.wasm", "rekor-extras-wasm_bg.wasm"] {
        write(name, &read(&project.package().join(name)));
    }
    write(
        "index.html",
        b"<!doctype html><title>page</title><div id=\"app\"></div><script type=\"module\" src=\"page.mjs\"></script>",
    );
    project.folder.path().join(site)
}
