//! `cargo xtask test`: every test there is, none skipped for want of a tool.

use crate::browser;
use crate::build;
use crate::command::cargo;
use crate::embed;
use crate::npm;
use crate::package;
use crate::place;
use crate::python;
use crate::single;
use crate::step::{self, Step};
use crate::trouble::Result;
use std::process::Command;
use std::time::Instant;

/// Builds and installs what the tests need, then runs those whose names contain one of `filters`, or
/// all of them.
pub fn test(filters: &[String]) -> Result<()> {
    let start = Instant::now();
    build::command_line()?;
    // The samples' policy, so that the tests have receipts for it.
    single::build(Some(&place::root().join("samples").join("policy.txt")))?;
    embed::example(&place::dist())?;
    let package = package::build()?;
    let npm = npm::install(&npm::TRIED_WITH)?;
    let browser = browser::install()?;
    let python = python::install()?;

    Step::new("building the tests", tests(&["--no-run"])).run()?;
    let mut run = tests(&["--no-fail-fast"]);
    run.arg("--").args(filters);
    run.env("REKOR_BIN", place::rekor()).env("REKOR_DIST", place::dist());
    run.env("REKOR_SINGLE", single::file());
    run.env("REKOR_PACKAGE", package).env("REKOR_NPM_TOOLS", npm);
    run.env("REKOR_CHROMIUM", browser.chromium).env("REKOR_CHROMEDRIVER", browser.driver);
    run.env("REKOR_AXE", browser.axe).env("REKOR_PYTHON", python);
    // A test whose tool is missing fails instead of saying that it skips.
    run.env("REKOR_REQUIRE_ALL", "1");
    Step::new("running the tests", run).run_shown()?;
    println!("all tests passed; everything took {}", step::seconds(start.elapsed()));
    Ok(())
}

fn tests(arguments: &[&str]) -> Command {
    let mut cargo = cargo(&["test", "--workspace", "--locked"]);
    cargo.args(arguments);
    cargo
}
