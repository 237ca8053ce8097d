//! Builds what is run: the web page and the command.

use crate::command::cargo;
use crate::package;
use crate::reproduce;
use crate::single;
use crate::step::Step;
use crate::trouble::{Result, Trouble};
use crate::web;
use std::path::Path;

/// `cargo xtask build`.
pub fn everything(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => {
            command_line()?;
            web::build()
        }
        ["--page"] => web::build(),
        ["--package"] => package::build().map(|_| ()),
        ["--twice"] => reproduce::check(),
        ["--single-file", ref policy @ ..] if policy.len() <= 1 => {
            command_line()?;
            single::build(policy.first().map(Path::new))
        }
        _ => Err(Trouble::Usage(format!(
            "build takes --page, --package, --single-file [POLICY] or --twice, found {}",
            words.join(" ")
        ))),
    }
}

/// The `rekor` command, optimised.
pub fn command_line() -> Result<()> {
    let cargo = cargo(&["build", "--release", "--locked", "--package", "rekor-cli"]);
    Step::new("building the rekor command", cargo).run()
}
