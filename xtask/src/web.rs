//! Builds the web application with trunk, when something that goes into it has changed.

use crate::command::{cargo, command, path_with};
use crate::inputs;
use crate::pack::pack;
use crate::place;
use crate::release;
use crate::step::Step;
use crate::tools;
use crate::trouble::{Doing, Result};
use crate::wasm;
use std::env;
use std::fs;

/// Everything that trunk and cargo read for it.
const SOURCES: [&str; 14] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "Trunk.toml",
    "index.html",
    "verifier",
    "client",
    "npm/Cargo.toml",
    "npm/src",
    "npm/sigstore",
    "sigstore",
    "web",
    "samples",
    "xtask/src/release.rs",
];

/// The file in `dist` that is no result of the build: whoever deploys the page writes it.
pub const POLICY: &str = "policy.txt";

/// Builds `dist/` unless it is what these sources gave.
pub fn build() -> Result<()> {
    let stamp = place::notes().join("web.stamp");
    if fs::read_to_string(&stamp).is_ok_and(|old| Some(old) == state().ok()) {
        println!("web application: nothing has changed");
        return Ok(());
    }
    let folders = tools::web_tools()?;
    let toolchain = wasm::toolchain()?;
    // trunk's --offline goes on to cargo, so what cargo needs must be there before.
    Step::new("fetching dependencies", cargo(&["fetch", "--locked"])).run()?;
    let mut trunk = command("trunk");
    toolchain.choose_for(&mut trunk);
    trunk.args(["build", "--offline"]).env("PATH", path_with(&folders));
    // trunk takes only true or false for it, and 1 is what people set.
    trunk.env_remove("NO_COLOR");
    Step::new("building the web application", trunk).run()?;
    release::finish(&place::dist())?;
    println!("packing the web application …");
    pack(&place::dist())?;
    fs::write(&stamp, state()?).doing("writing", &stamp)
}

/// What the page was made of, with what, and what came out: a person may have changed or removed
/// any of it.
fn state() -> Result<String> {
    let sources = inputs::digest(&SOURCES, "")?;
    let results = inputs::digest(&["dist"], POLICY)?;
    let asked = env::var(wasm::CHOICE).unwrap_or_default();
    Ok(format!("{sources}\n{results}\n{}\n{asked}\n", tools::versions()))
}
