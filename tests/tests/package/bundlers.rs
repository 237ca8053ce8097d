//! Bundlers, without configuration: what they make of a program for Node runs there, and for a page in Chromium.

use crate::browsers::in_chromium;
use crate::program::Program;
use crate::runtimes::binary;
use rekor_tests::files::read;
use rekor_tests::package::{printed, succeeds};
use std::path::Path;
use std::process::Command;

#[test]
fn esbuild_bundles_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    let bundle = |entry: &str, more: &str, out: &str| {
        let mut esbuild = Command::new(binary(&tools, "@esbuild", "esbuild"));
        esbuild.args([entry, "--bundle", "--format=esm", more]).current_dir(program.folder());
        succeeds(esbuild.arg(format!("--outfile={out}")));
    };
    bundle("main.mjs", "--platform=node", "esbuild/main.mjs");
    assert_eq!(printed(program.project.node().arg("esbuild/main.mjs")), program.in_node());
    bundle("page.mjs", "--platform=browser", "esbuild-page/page.mjs");
    page_beside_modules(&program, "esbuild-page");
}

const ROLLUP: &str = r#"
import { pathToFileURL } from "node:url";
const tool = (path) => import(pathToFileURL(`${process.argv[2]}/node_modules/${path}`).href);
const { rollup } = await tool("rollup/dist/es/rollup.js");
const { nodeResolve } = await tool("@rollup/plugin-node-resolve/dist/es/index.js");
const onwarn = ({ message }) => { throw new Error(message); };
const bundle = async (input, resolve, dir) => {
  const made = await rollup({ input, plugins: [nodeResolve(resolve)], external: [/^node:/], onwarn });
  await made.write({ dir, entryFileNames: input, format: "es" });
};
await bundle("main.mjs", { exportConditions: ["node"] }, "rollup");
await bundle("page.mjs", { browser: true }, "rollup-page");
console.log(true);
"#;

#[test]
fn rollup_bundles_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    program.project.run("rollup.mjs", ROLLUP, &[tools.to_str().unwrap()]);
    assert_eq!(printed(program.project.node().arg("rollup/main.mjs")), program.in_node());
    page_beside_modules(&program, "rollup-page");
}

const WEBPACK: &str = r#"
const webpack = require(`${process.argv[2]}/node_modules/webpack`);
const config = (target, entry, name) => ({
  mode: "production", target, entry: `./${entry}`, context: __dirname, performance: false,
  output: { path: `${__dirname}/${name}`, filename: entry, module: true }, experiments: { outputModule: true },
});
const configs = [config("node20", "main.mjs", "webpack"), config("web", "page.mjs", "webpack-page")];
webpack(configs, (error, stats) => {
  if (error || stats.hasErrors() || stats.hasWarnings()) throw error ?? new Error(stats.toString());
  console.log(true);
});
"#;

#[test]
fn webpack_bundles_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    program.project.run("webpack.cjs", WEBPACK, &[tools.to_str().unwrap()]);
    assert_eq!(printed(program.project.node().arg("webpack/main.mjs")), program.in_node());
    page(&program, "webpack-page");
}

#[test]
fn vite_builds_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    program.project.folder.write("index.html", INDEX.as_bytes());
    let mut vite = program.project.node();
    vite.arg(tools.join("node_modules/vite/bin/vite.js")).args(["build", "--outDir", "vite", "--logLevel", "warn"]);
    succeeds(&mut vite);
    in_chromium(&program, &program.folder().join("vite"));
}

const INDEX: &str = "<!doctype html>\n<title>page</title>\n<script type=\"module\" src=\"./page.mjs\"></script>\n";

fn page(program: &Program, folder: &str) {
    program.project.folder.write(&format!("{folder}/index.html"), INDEX.as_bytes());
    in_chromium(program, &program.folder().join(folder));
}

/// The bundler leaves the modules' addresses as they are, relative to the script.
fn page_beside_modules(program: &Program, folder: &str) {
    for name in ["rekor-wasm_bg.wasm", "rekor-sigstore-wasm_bg.wasm", "rekor-extras-wasm_bg.wasm"] {
        let module = read(&program.project.package().join(name));
        program.project.folder.write(&Path::new(folder).join(name).to_string_lossy(), &module);
    }
    page(program, folder);
}
