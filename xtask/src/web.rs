//! Builds the web application with trunk, when something that goes into it has changed.

use crate::command::{cargo, command, path_with};
use crate::embed::EXAMPLE;
use crate::inputs;
use crate::pack::pack;
use crate::package::{POLICY, SIGNERS};
use crate::place;
use crate::release::{self, RECORD};
use crate::sections;
use crate::shrink;
use crate::split;
use crate::standard;
use crate::step::Step;
use crate::tools;
use crate::trouble::{Doing, Result};
use crate::wasm;
use std::env;
use std::fs;
use std::path::PathBuf;

/// Everything that trunk and cargo read for it.
const SOURCES: [&str; 23] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "Trunk.toml",
    "index.html",
    "verifier",
    "client",
    "npm/Cargo.toml",
    "npm/package",
    "npm/src",
    "npm/explorer",
    "npm/extras",
    "npm/sigstore",
    "sigstore",
    "web",
    "samples",
    "xtask/src/embed.rs",
    "xtask/src/order.rs",
    "xtask/src/release.rs",
    "xtask/src/sections.rs",
    "xtask/src/shrink.rs",
    "xtask/src/split.rs",
    "xtask/src/standard.rs",
];

/// What in `dist` is no result of the build: whoever deploys the page writes it.
const DEPLOYED: [&str; 6] = [POLICY, SIGNERS[0], SIGNERS[1], EXAMPLE, RECORD[0], RECORD[1]];

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
    let environment = standard::environment(toolchain, &without_places())?;
    let parts = split::build(toolchain, &environment)?;
    let mut trunk = command("trunk");
    toolchain.choose_for(&mut trunk);
    trunk.args(["build", "--offline"]).env("PATH", path_with(&folders));
    // trunk takes only true or false for it, and 1 is what people set.
    trunk.env_remove("NO_COLOR");
    trunk.envs(environment);
    Step::new("building the web application", trunk).run()?;
    parts.place(&place::dist())?;
    shrink::bound(&place::dist())?;
    sections::shorten_imports(&place::dist())?;
    release::finish(&place::dist())?;
    println!("packing the web application …");
    pack(&place::dist())?;
    fs::write(&stamp, state()?).doing("writing", &stamp)
}

/// Where a dependency's sources lie on this machine is in the messages of its panics, and must not be in the modules: who
/// builds the page elsewhere would get another one.
fn without_places() -> String {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let places = [(home, "/cargo"), (Some(place::root()), "/rekor")];
    let remap = |(from, to): (Option<PathBuf>, &str)| {
        // cargo takes white space for the end of a flag; there the build is as good, and not reproducible elsewhere.
        let from = from?.into_os_string().into_string().ok().filter(|from| !from.contains(char::is_whitespace))?;
        Some(format!("--remap-path-prefix={from}={to}"))
    };
    places.into_iter().filter_map(remap).collect::<Vec<_>>().join(" ")
}

/// What the page was made of, with what, and what came out: a person may have changed or removed
/// any of it.
fn state() -> Result<String> {
    let sources = inputs::digest(&SOURCES, &[])?;
    let results = inputs::digest(&["dist"], &DEPLOYED)?;
    let asked = env::var(wasm::CHOICE).unwrap_or_default();
    Ok(format!("{sources}\n{results}\n{}\n{asked}\n", tools::versions()))
}
