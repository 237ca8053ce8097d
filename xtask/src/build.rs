//! Builds what is run: the web page and the command.

use crate::command::cargo;
use crate::step::Step;
use crate::trouble::{Result, Trouble};
use crate::web;

/// `cargo xtask build`.
pub fn everything(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        return Err(Trouble::Usage(format!("build takes no arguments, found {argument}")));
    }
    command_line()?;
    web::build()
}

/// The `rekor` command, optimised.
pub fn command_line() -> Result<()> {
    let cargo = cargo(&["build", "--release", "--locked", "--package", "rekor-cli"]);
    Step::new("building the rekor command", cargo).run()
}
