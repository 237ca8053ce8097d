//! `rekor verify`: the report.

use crate::look_up::{Files, look_up};
use crate::options::Options;
use crate::{Failure, Outcome, render};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  Where does this file come from?
    rekor verify --artifact foo.tar.gz --public-key carl.pub
  The same, with the link file that came along:
    rekor verify --linkfile package.link --artifact foo.tar.gz --public-key carl.pub
  Any of several signers, and the logs and witnesses of a policy:
    rekor verify --artifact foo.tar.gz --signers signers.txt --policy policy.txt

`rekor key carl.pub` prints a key's line for a signers file.

Exit codes: 0 verified, 1 not verified, 2 could not tell (or trouble).";

/// Check link files and artifacts against a log, and report.
///
/// With link files and artifacts: are the artifacts products of these links, who signed them, are they recorded?
/// With artifacts alone: which recorded links name them? With link files alone: are they signed and recorded?
///
/// Nothing leaves this machine but digests and public keys.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
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
        true => println!("{}", render::json(&done.report)),
        false => print!("{}", render::human(&done.report)),
    }
    Ok(done.report.verdict.exit_code())
}
