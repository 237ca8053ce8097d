//! `rekor get`: the recorded file, byte for byte.

use crate::look_up::{Files, look_up};
use crate::options::Options;
use crate::{Failure, Outcome, render};
use clap::Args;
use rekor_client::Done;
use rekor_verifier::report::{CheckId, Outcome as CheckOutcome};
use std::io::Write;
use std::path::PathBuf;

/// Print the recorded link file, in full, once its record, its proof and its bytes hold.
///
/// The file goes to standard output, the verdict to standard error. Where only the signer or the log is not
/// confirmed, the file is printed all the same, and the exit code is 2.
#[derive(Args)]
pub struct Get {
    /// The link file to look up
    #[arg(long = "linkfile", value_name = "F")]
    link: PathBuf,

    #[command(flatten)]
    options: Options,

    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Get) -> Outcome {
    let links = std::slice::from_ref(&command.link);
    let done = look_up(&command.options, &Files { links, artifacts: &[] })?;
    match command.json {
        true => eprintln!("{}", done.report.to_json()),
        false => eprint!("{}", render::human(&done.report)),
    }
    match recorded(&done) {
        Some(bytes) => {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(bytes).and_then(|()| out.flush());
            written.map_err(|error| Failure::trouble(format!("standard output: {error}")))?;
        }
        None => eprintln!("Nothing is printed: no record of this file was proven."),
    }
    Ok(done.report.verdict.exit_code())
}

/// The recorded bytes, once nothing failed and leaf, inclusion and checkpoint hold.
///
/// Where the log keeps no body, they are the reader's own: their digest is the recorded one, so they are the same.
fn recorded(done: &Done) -> Option<&[u8]> {
    let link = done.report.links.first()?;
    link.entry.as_ref()?;
    let holds = |id| done.report.checks.iter().any(|check| check.id == id && check.outcome == CheckOutcome::Passed);
    let failed = done.report.checks.iter().any(|check| check.outcome == CheckOutcome::Failed);
    if failed || !holds(CheckId::EntryLeaf) || !holds(CheckId::EntryInclusion) {
        return None;
    }
    if !holds(CheckId::EntryBody) {
        eprintln!("The log keeps no copy of this file; printed is your own, whose digest is the recorded one.");
    }
    Some(&done.evidence.links.first()?.bytes)
}
