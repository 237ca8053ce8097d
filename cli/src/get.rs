//! `rekor get`: the recorded file, byte for byte.

use crate::home::Home;
use crate::look_up::{Given, is_proven, look_up, write_receipt};
use crate::options::Options;
use crate::{Failure, Outcome, render};
use clap::Args;
use rekor_client::{Ask, Done, Method};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::evidence::GivenFile;
use rekor_verifier::report::{Check, CheckId, Outcome as CheckOutcome};
use std::io::Write;
use std::path::PathBuf;

/// The largest answer that says that a file was erased, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

const EXAMPLES: &str = "\
Examples:
  rekor get --linkfile package.link --public-key carl.pub > recorded.link
  rekor get --linkfile package.link --server https://rekor.example --log-key rekor.vkey
  rekor get --linkfile package.link --public-key carl.pub --receipt package.link.tlog-proof > recorded.link

Exit codes: 0 verified, 1 not verified, 2 could not tell (or trouble).";

/// Print the recorded link file, once its record is proven.
///
/// The file goes to standard output, the verdict to standard error. Where only the signer or the log is not
/// confirmed, the file is printed all the same, and the exit code is 2.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    /// The link file to look up
    #[arg(long = "linkfile", value_name = "F")]
    link: PathBuf,

    #[command(flatten)]
    options: Options,

    /// Write the proof of the record to this file; `rekor verify` takes it offline
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,

    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Get) -> Outcome {
    let done = look_up(&command.options, Given::link(&command.link))?;
    match command.json {
        true => eprintln!("{}", render::json(&done.report)),
        false => eprint!("{}", render::human(&done.report, false)),
    }
    match recorded(command, &done)? {
        Some(bytes) => {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(bytes).and_then(|()| out.flush());
            written.map_err(|error| Failure::trouble(format!("standard output: {error}")))?;
        }
        None => eprintln!("Nothing is printed: no record of this file was proven."),
    }
    if let Some(path) = &command.receipt {
        write_receipt(&done, path)?;
    }
    Ok(done.report.verdict.exit_code())
}

/// The recorded bytes, once the log proved an entry of them.
///
/// Where the log keeps no body, they are the reader's own: their digest is the recorded one, so they are the same.
fn recorded<'a>(command: &Get, done: &'a Done) -> Result<Option<&'a [u8]>, Failure> {
    if !is_proven(&done.report) {
        return Ok(None);
    }
    let link = done.evidence.links.first();
    let has_body = |check: &Check| check.id == CheckId::EntryBody && check.outcome == CheckOutcome::Passed;
    if !done.report.checks.iter().any(has_body) {
        let what = if erased(command, link)? { "erased its" } else { "keeps no" };
        eprintln!("The log {what} copy of this file; printed is your own, whose digest is the recorded one.");
    }
    Ok(link.map(|link| &link.bytes[..]))
}

/// Whether the log says that it was asked to forget this file.
fn erased(command: &Get, link: Option<&GivenFile>) -> Result<bool, Failure> {
    let Some(link) = link else { return Ok(false) };
    let base = command.options.base(&command.options.policy(&Home::find()?)?)?;
    let url = format!("{base}/blob/{}", sha256(&link.bytes));
    let ask = Ask { method: Method::Get, url, body: None, limit: MAX_ANSWER };
    Ok(command.options.transport().send(&ask).is_ok_and(|response| response.status == 410))
}
