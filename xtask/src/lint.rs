//! `cargo xtask lint`: what can be said about the sources without running them.
//!
//! Known security advisories are not looked up: their database is a git repository, which a machine
//! with nothing but package registries does not reach.

use crate::command::{cargo, command};
use crate::licences;
use crate::step::{Step, ask};
use crate::trouble::{Result, Trouble};
use crate::wasm::{self, Toolchain};
use std::process::Command;

/// Crates that are used one by one, so that each must build without what the others switch on.
const ALONE: [&str; 5] = ["rekor-verifier", "rekor-client", "rekor-log", "rekor-server", "rekor-cli"];

/// Crates that run in a browser.
const IN_BROWSER: [&str; 6] =
    ["rekor-verifier", "rekor-client", "rekor-wasm", "rekor-explorer-wasm", "rekor-extras-wasm", "rekor-web"];

/// Runs every check, also after one has failed, and says in the end which did.
pub fn lint(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        return Err(Trouble::Usage(format!("lint takes no arguments, found {argument}")));
    }
    components()?;
    let toolchain = wasm::toolchain()?;
    let mut failed = Vec::new();
    for (name, command) in checks(toolchain) {
        note(&mut failed, &name, Step::new(name.as_str(), command).run());
    }
    note(&mut failed, "licences", licences::check());
    if failed.is_empty() { Ok(()) } else { Err(Trouble::Failed(failed)) }
}

fn note(failed: &mut Vec<String>, name: &str, result: Result<()>) {
    if let Err(trouble) = result {
        println!("{trouble}");
        failed.push(name.to_owned());
    }
}

/// A minimal rustup comes without them.
fn components() -> Result<()> {
    let present = ask(command("cargo").args(["fmt", "--version"])).is_some()
        && ask(command("cargo").args(["clippy", "--version"])).is_some();
    if present {
        return Ok(());
    }
    let mut rustup = command("rustup");
    rustup.args(["component", "add", "rustfmt", "clippy"]);
    Step::new("adding rustfmt and clippy with rustup", rustup).run()
}

fn checks(toolchain: Toolchain) -> Vec<(String, Command)> {
    let mut checks = vec![
        ("formatting".to_owned(), cargo(&["fmt", "--all", "--check"])),
        ("clippy".to_owned(), denying(cargo(&["clippy", "--workspace", "--all-targets", "--locked"]))),
        ("documentation".to_owned(), documentation()),
    ];
    for name in ALONE {
        checks.push((format!("{name} by itself"), cargo(&["check", "--locked", "--package", name])));
    }
    for name in IN_BROWSER {
        checks.push((format!("{name} by itself for wasm32"), in_browser(toolchain, name)));
    }
    checks
}

/// clippy where it knows the target; Debian's toolchain has none, and only compiles.
fn in_browser(toolchain: Toolchain, name: &str) -> Command {
    let task = if toolchain == Toolchain::Default { "clippy" } else { "check" };
    let mut command = cargo(&[task, "--locked", "--package", name, "--target", wasm::TARGET]);
    toolchain.choose_for(&mut command);
    if toolchain == Toolchain::Default { denying(command) } else { command }
}

fn denying(mut clippy: Command) -> Command {
    clippy.args(["--", "-D", "warnings"]);
    clippy
}

fn documentation() -> Command {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    doc
}
