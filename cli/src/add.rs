//! `rekor add`: record a link file.

use crate::home::Home;
use crate::look_up::{Files, look_up};
use crate::options::Options;
use crate::{Failure, Outcome, files, privacy, render};
use clap::Args;
use rekor_client::{Ask, Method, Response, proposed_entry};
use rekor_verifier::check::link::admit;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::link::MAX_LINK_FILE;
use rekor_verifier::report::{Outcome as CheckOutcome, Verdict};
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

/// The largest answer to an addition that is read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Record a link file in a log, under the key that signed it.
///
/// The signature is checked here first, and by the log again. What the link tells about people is shown before
/// anything is sent: a log is public and for ever. Adding the same file again gives the same entry.
#[derive(Args)]
pub struct Add {
    /// The link file to record
    #[arg(long = "linkfile", value_name = "F")]
    link: PathBuf,

    #[command(flatten)]
    options: Options,

    /// Let the log check the file but not keep it: digests, signatures and keys are recorded
    #[arg(long)]
    digest_only: bool,

    /// Send what was found about people without asking
    #[arg(long)]
    yes: bool,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Add) -> Outcome {
    let file = files::read(&command.link, MAX_LINK_FILE)?;
    let keys = command.options.named_keys()?;
    let keys: Vec<PublicKey> = keys.into_iter().map(|(_, key)| key).collect();
    if keys.is_empty() {
        return Err(Failure::trouble("give the signer's public key: --public-key K"));
    }
    admit(&file, &keys).map_err(|error| Failure::refused(format!("{}: {error}", command.link.display())))?;
    confirm_privacy(command, &file)?;
    let again = submit(command, &file, &keys)?;
    let files = Files { links: std::slice::from_ref(&command.link), artifacts: &[] };
    report(command, again, &look_up(&command.options, &files)?.report)
}

fn confirm_privacy(command: &Add, file: &[u8]) -> Result<(), Failure> {
    let findings = privacy::scan(file);
    if findings.is_empty() {
        return Ok(());
    }
    eprintln!("{} tells about people or holds secrets:", render::printable(&command.link.display().to_string()));
    for finding in &findings {
        eprintln!("  {} in {}: {}", finding.kind, render::printable(&finding.place), render::printable(&finding.text));
    }
    match command.digest_only {
        true => eprintln!("The log would see it, but with --digest-only it keeps only digests, signatures and keys."),
        false => {
            eprintln!("A log is public and keeps this file for ever; --digest-only records it without its content.")
        }
    }
    match command.yes || confirm("Send it?")? {
        true => Ok(()),
        false => Err(Failure::refused("nothing was sent")),
    }
}

/// Asks on the terminal; without one there is nobody to ask.
pub fn confirm(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::refused("this needs a yes, and there is no terminal to ask on: look at it and add --yes"));
    }
    eprint!("{question} [y/N] ");
    let trouble = |error: std::io::Error| Failure::trouble(format!("the terminal: {error}"));
    std::io::stderr().flush().map_err(trouble)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(trouble)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// Sends the file; true where the log had it already.
fn submit(command: &Add, file: &[u8], keys: &[PublicKey]) -> Result<bool, Failure> {
    let policy = command.options.policy(&Home::find()?)?;
    let base = command.options.base(&policy)?;
    let body = proposed_entry(file, keys, command.digest_only).map_err(|error| Failure::trouble(error.to_string()))?;
    let url = format!("{base}/api/v1/log/entries");
    let ask = Ask { method: Method::Post, url, body: Some(body), limit: MAX_ANSWER };
    match command.options.transport().send(&ask) {
        Err(reason) => Err(Failure::trouble(format!("{base}: {reason}"))),
        Ok(Response { status: 200 | 201, .. }) => Ok(false),
        // v1 says that it has the entry already: for whoever wants it recorded, that is success.
        Ok(Response { status: 409, .. }) => Ok(true),
        Ok(response) => Err(refusal(&base, &response)),
    }
}

fn refusal(base: &str, response: &Response) -> Failure {
    let said = serde_json::from_slice::<serde_json::Value>(&response.body).ok();
    let said = said.and_then(|value| value.get("message")?.as_str().map(str::to_owned));
    let message = format!("{base} answered {}: {}", response.status, said.as_deref().unwrap_or("(no reason given)"));
    match response.status {
        400 | 413 | 422 => Failure::refused(message),
        _ => Failure::trouble(message),
    }
}

/// The log took the file; whether it can prove so is another matter, and a proof that fails is a refusal.
fn report(command: &Add, again: bool, report: &rekor_verifier::report::Report) -> Outcome {
    let entry = report.links.first().and_then(|link| link.entry.as_ref());
    match (command.json, entry) {
        (true, _) => println!("{}", report.to_json()),
        (false, Some(entry)) => {
            println!("{} as #{}  {}", if again { "Already recorded" } else { "Recorded" }, entry.index, entry.uuid);
            eprint!("{}", render::human(report));
        }
        (false, None) => eprint!("{}", render::human(report)),
    }
    let trusted = report.log.as_ref().is_some_and(|log| log.trusted);
    let only_trust_is_missing = report
        .checks
        .iter()
        .all(|check| !check.required || matches!(check.outcome, CheckOutcome::Passed | CheckOutcome::Untrusted));
    match report.verdict {
        Verdict::CouldNotTell if entry.is_some() && !trusted && only_trust_is_missing => {
            eprintln!("Recorded, but you have not named this log's key: `rekor log trust URL`.");
            Ok(0)
        }
        verdict => Ok(verdict.exit_code()),
    }
}
