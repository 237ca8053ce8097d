//! The same program in every runtime: the same reports, to the last byte.

use crate::program::{Program, reports};
use rekor_tests::files::read;
use rekor_tests::package::{printed, succeeds};
use std::fs::read_dir;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn node_imports_and_requires_it() {
    let Some(program) = Program::write() else { return };
    assert_eq!(reports(&printed(program.project.node().arg("main.mjs"))), ["verified", "verified"]);
    let required = r#"
const { verify } = require("rekor-verifier");
verify([]).then(({ report }) => console.log(JSON.stringify(report.verdict)));
"#;
    program.project.folder.write("main.cjs", required.as_bytes());
    assert_eq!(printed(program.project.node().arg("main.cjs")), "could-not-tell");
}

#[test]
fn deno_runs_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    let mut deno = Command::new(binary(&tools, "@deno", "deno"));
    deno.args(["run", "--no-config", "--node-modules-dir=manual", "--allow-read", "main.mjs"]);
    deno.current_dir(program.folder()).env("DENO_DIR", program.folder().join(".deno")).env("DENO_NO_UPDATE_CHECK", "1");
    assert_eq!(printed(&mut deno), program.in_node());
}

#[test]
fn bun_runs_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    let mut bun = Command::new(binary(&tools, "@oven", "bun"));
    assert_eq!(printed(bun.args(["run", "main.mjs"]).current_dir(program.folder())), program.in_node());
}

/// A worker at the edge: no file system, no module compiled at run time, everything named ahead.
#[test]
fn workerd_runs_it() {
    let Some((program, tools)) = Program::with_tools() else { return };
    let modules = ["workerd.js", "slim.js", "driver.js", "files.js", "options.js", "transport.js", "values.js"];
    let glue = ["rekor-wasm.js", "rekor-sigstore-wasm.js", "rekor-extras-wasm.js"];
    let own = ["edge.mjs", "check.mjs", "given.mjs"].map(|name| (name.to_owned(), name.to_owned(), "esModule"));
    let installed = |name: &str, kind| (name.to_owned(), format!("node_modules/rekor-verifier/{name}"), kind);
    let scripts = modules.iter().chain(&glue).map(|name| installed(name, "esModule"));
    let wasm = ["rekor-wasm_bg.wasm", "rekor-sigstore-wasm_bg.wasm", "rekor-extras-wasm_bg.wasm"];
    let wasm = wasm.map(|name| installed(name, "wasm"));
    // What a bundler for such workers makes of the package's name.
    let check = String::from_utf8(read(&program.folder().join("check.mjs"))).unwrap();
    program.project.folder.write("check-edge.mjs", check.replace("\"rekor-verifier\"", "\"./workerd.js\"").as_bytes());
    let modules: String = own
        .into_iter()
        .chain(scripts)
        .chain(wasm)
        .map(|(name, file, kind)| {
            let file = if name == "check.mjs" { "check-edge.mjs".to_owned() } else { file };
            format!("    (name = \"{name}\", {kind} = embed \"{file}\"),\n")
        })
        .collect();
    program.project.folder.write("edge.mjs", EDGE.as_bytes());
    let config = format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (services = [(name = \"main\", worker = .edge)]);\n\
         const edge :Workerd.Worker = (compatibilityDate = \"2025-01-01\", modules = [\n{modules}]);\n"
    );
    program.project.folder.write("edge.capnp", config.as_bytes());
    let mut workerd = Command::new(binary(&tools, "@cloudflare", "workerd"));
    let output = succeeds(workerd.args(["test", "edge.capnp"]).current_dir(program.folder()));
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.starts_with("[\"{")).unwrap_or_else(|| panic!("{said}"));
    assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap(), program.in_node());
}

const EDGE: &str = r#"
import { check } from "./check.mjs";
import given from "./given.mjs";
export default {
  async test() {
    const reports = [];
    for (const one of given) reports.push(await check(one));
    console.log(JSON.stringify(reports));
  },
};
"#;

/// A program that npm has installed for this machine, in one of the packages of `scope`.
pub fn binary(tools: &Path, scope: &str, name: &str) -> PathBuf {
    let packages = read_dir(tools.join("node_modules").join(scope)).unwrap();
    let mut places: Vec<PathBuf> = packages.map(|package| package.unwrap().path()).collect();
    // The shortest name is the plain one, beside those for other libraries of C.
    places.sort_by_key(|place| place.as_os_str().len());
    let candidates = places.iter().flat_map(|place| [place.join("bin").join(name), place.join(name)]);
    candidates.into_iter().find(|file| file.is_file()).unwrap_or_else(|| panic!("no {name} in {scope}"))
}
