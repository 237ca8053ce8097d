//! `rekor verify`: the report.

use crate::look_up::{Files, look_up};
use crate::options::Options;
use crate::{Failure, Outcome, render};
use clap::Args;
use std::path::PathBuf;

/// Check link files and artifacts against a log, and say what was found.
///
/// With link files and artifacts: are the artifacts products of these links, who signed them, are they recorded?
/// With artifacts alone: which recorded links name them? With link files alone: are they signed and recorded?
///
/// Nothing leaves this machine but digests and public keys.
#[derive(Args)]
pub struct Verify {
    /// A link file; may be given several times
    #[arg(long = "linkfile", value_name = "F")]
    links: Vec<PathBuf>,

    /// A file whose origin is in question; may be given several times
    #[arg(long = "artifact", value_name = "A")]
    artifacts: Vec<PathBuf>,

    #[command(flatten)]
    options: Options,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Verify) -> Outcome {
    if command.links.is_empty() && command.artifacts.is_empty() {
        return Err(Failure::trouble(
            "nothing to verify: give --linkfile, --artifact, or both (see rekor verify --help)",
        ));
    }
    let done = look_up(&command.options, &Files { links: &command.links, artifacts: &command.artifacts })?;
    match command.json {
        true => println!("{}", done.report.to_json()),
        false => print!("{}", render::human(&done.report)),
    }
    Ok(done.report.verdict.exit_code())
}
