//! The command-line tools that build the web application, from crates.io, one folder a version.

use crate::command::command;
use crate::place;
use crate::scratch::Scratch;
use crate::step::Step;
use crate::trouble::{Doing, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A tool that `cargo install` builds.
struct Tool {
    name: &'static str,
    package: &'static str,
    version: &'static str,
    /// Some build only with the dependencies they were released with.
    locked: bool,
    /// What has to be switched on for the command to be built; empty for nothing.
    features: &'static str,
    minutes: u32,
}

/// Must be the version of the wasm-bindgen crate in `Cargo.lock`, to the last digit.
const WASM_BINDGEN: Tool = Tool {
    name: "wasm-bindgen",
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    locked: false,
    features: "",
    minutes: 2,
};

/// The newest that builds with the Rust version of this workspace.
const TRUNK: Tool =
    Tool { name: "trunk", package: "trunk", version: "0.21.14", locked: true, features: "", minutes: 4 };

/// Has to understand the marks that the crate wasm_split_helpers leaves in the page's module.
const WASM_SPLIT: Tool = Tool {
    name: "wasm-split-cli",
    package: "wasm_split_cli_support",
    version: "0.2.4",
    locked: true,
    features: "build-binary",
    minutes: 1,
};

/// Installs what is missing and gives the folders that belong on PATH.
pub fn web_tools() -> Result<Vec<PathBuf>> {
    Ok(vec![install(&WASM_BINDGEN)?, install(&WASM_SPLIT)?, install(&TRUNK)?])
}

/// Names and versions, for whoever must notice that one of them changed.
pub fn versions() -> String {
    [WASM_BINDGEN, WASM_SPLIT, TRUNK].map(|tool| format!("{} {}", tool.name, tool.version)).join(" ")
}

fn install(tool: &Tool) -> Result<PathBuf> {
    let folder = place::tools().join(format!("{}-{}", tool.name, tool.version));
    let bin = folder.join("bin");
    if bin.join(tool.name).is_file() {
        return Ok(bin);
    }
    let work = Scratch::beside(&folder)?;
    let root = work.path().join("root");
    let what = format!("installing {} {} (about {} minutes, once)", tool.name, tool.version, tool.minutes);
    Step::new(what, install_command(tool, &root, &work.path().join("target"))).run()?;
    fs::rename(&root, &folder).doing("moving the finished tool to", &folder)?;
    Ok(bin)
}

fn install_command(tool: &Tool, root: &Path, target: &Path) -> std::process::Command {
    let mut cargo = command("cargo");
    // Outside the repository, whose .cargo/config.toml is not meant for tools.
    cargo.current_dir(place::tools());
    cargo.args(["install", tool.package, "--version", tool.version, "--root"]).arg(root);
    if !tool.features.is_empty() {
        cargo.args(["--features", tool.features]);
    }
    if tool.locked {
        cargo.arg("--locked");
    }
    cargo.env("CARGO_TARGET_DIR", target);
    // The tools run for a second and are built for minutes: optimise the latter.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
    cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    cargo
}
