//! `rekor add`: record a link file.

use crate::home::Home;
use crate::look_up::{Given, is_proven, look_up, write_receipt};
use crate::options::Options;
use crate::{Failure, Outcome, files, privacy, render};
use clap::Args;
use rekor_client::{Ask, Done, Method, Response, proposed_entry, read_added};
use rekor_verifier::bytes::hex_decode;
use rekor_verifier::check::link::admit_by;
use rekor_verifier::format::envelope::MAX_FILE;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::Policy;
use rekor_verifier::report::{Check, CheckId, Outcome as CheckOutcome, Report, Time, Verdict};
use rekor_verifier::sigstore::NotLoaded;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// The largest answer to an addition that is read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Between two looks at whether the quorum is there.
const WAIT_PAUSE: Duration = Duration::from_millis(500);

const EXAMPLES: &str = "\
Examples:
  rekor add --linkfile package.link --public-key carl.pub
  rekor add --linkfile package.link --public-key carl.pub --server https://rekor.example --tlog_id 5
  rekor add --linkfile package.link --public-key carl.pub --digest-only
  rekor add --linkfile package.link --public-key carl.pub --receipt package.link.tlog-proof
  rekor add --linkfile package.link --public-key carl.pub --policy rekor.policy --wait-quorum --receipt package.link.tlog-proof

It prints `Recorded as #<index>  <entry ID>` once the log has proven the entry.

Exit codes: 0 recorded and verified, 1 refused or not verified, 2 could not tell (or trouble).";

/// Record a link file in a log, under the key that signed it.
///
/// The signature is checked here first, and by the log again. What the link tells about people is shown before
/// anything is sent: a log is public and for ever. Adding the same file again gives the same entry.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
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

    /// Write the proof of the record to this file; `rekor verify` takes it offline
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,

    /// Wait until the checkpoint carries the quorum of your policy (`--policy`), at most so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    wait_quorum: Option<u64>,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Add) -> Outcome {
    let file = files::read(&command.link, MAX_FILE)?;
    let named = command.options.named_keys()?;
    if named.is_empty() {
        return Err(Failure::trouble("give the signer's public key: --public-key K"));
    }
    let policy = command.options.policy(&Home::find()?)?;
    if command.wait_quorum.is_some() && policy.witnesses.is_none() {
        return Err(Failure::trouble("--wait-quorum: your policy asks for no witnesses, name them with --policy"));
    }
    let key_files: Vec<&[PublicKey]> = named.iter().map(|(_, keys)| &keys[..]).collect();
    let refused = |error| Failure::refused(format!("{}: {error}", command.link.display()));
    let admitted = admit_by(&file, &key_files).map_err(refused)?;
    let keys: Vec<PublicKey> = admitted.entry.signatures.into_iter().map(|one| one.key).collect();
    confirm_privacy(command, &file)?;
    let added = submit(command, &policy, &file, &keys)?;
    let mut done = wait(command)?;
    about(&added, &mut done, &policy, &command.options.time());
    let code = report(command, &added, &done.report)?;
    if let Some(path) = &command.receipt {
        write_receipt(&done, path)?;
    }
    Ok(code)
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

/// What the log proves of the file: at once, or when the quorum is there and at the latest when the time is up.
fn wait(command: &Add) -> Result<Done, Failure> {
    let look_up = || look_up(&command.options, Given::link(&command.link));
    let Some(seconds) = command.wait_quorum else { return look_up() };
    let until = Instant::now() + Duration::from_secs(seconds);
    loop {
        let done = look_up()?;
        let lacks = |check: &Check| check.id == CheckId::LogQuorum && check.outcome != CheckOutcome::Passed;
        if !done.report.checks.iter().any(lacks) {
            return Ok(done);
        }
        if Instant::now() >= until {
            eprintln!(
                "The quorum of your policy did not come together within {seconds} seconds. The file is recorded: \
                 `rekor get --receipt` asks again later."
            );
            return Ok(done);
        }
        thread::sleep(WAIT_PAUSE);
    }
}

/// The entry that a log names for what was sent.
struct Added {
    /// 64 or 80 hexadecimal digits.
    uuid: String,
    /// Whether it was there before.
    again: bool,
}

impl Added {
    fn is(&self, uuid: &str) -> bool {
        // With the tree ID in front or without it.
        self.uuid.ends_with(uuid) || uuid.ends_with(&self.uuid)
    }
}

fn submit(command: &Add, policy: &Policy, file: &[u8], keys: &[PublicKey]) -> Result<Added, Failure> {
    let base = command.options.base(policy)?;
    let body = proposed_entry(file, keys, command.digest_only).map_err(|error| Failure::trouble(error.to_string()))?;
    let url = format!("{base}/api/v1/log/entries");
    let ask = Ask { method: Method::Post, url, body: Some(body), limit: MAX_ANSWER };
    let answer = command.options.transport().send_and_locate(&ask);
    let (response, location) = answer.map_err(|reason| Failure::trouble(format!("{base}: {reason}")))?;
    named(&response, location.as_deref()).unwrap_or_else(|| Err(refusal(&base, &response)))
}

/// The entry that an answer to an addition names; `None` where the log did not take the file.
fn named(response: &Response, location: Option<&str>) -> Option<Result<Added, Failure>> {
    let (uuid, again) = match response.status {
        200 | 201 => (read_added(&response.body).map(|added| added.uuid).map_err(|error| error.to_string()), false),
        // v1 says that it has the entry already: for whoever wants it recorded, that is success.
        409 => {
            let id = location.and_then(|location| location.rsplit('/').next());
            (id.map(str::to_owned).ok_or_else(|| "no Location in its answer".to_owned()), true)
        }
        _ => return None,
    };
    let uuid = uuid.and_then(|uuid| match (uuid.len(), hex_decode(&uuid)) {
        (64 | 80, Some(_)) => Ok(uuid),
        _ => Err(format!("{uuid} is no entry ID")),
    });
    let unnamed = |why| Failure::trouble(format!("the log has the file, but does not say as which entry: {why}"));
    Some(uuid.map(|uuid| Added { uuid, again }).map_err(unnamed))
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

/// The report about the entry that the log named, and about no other of the same file. Where the log does not show it
/// again, the report is about what it does show.
fn about(added: &Added, done: &mut Done, policy: &Policy, time: &Time) {
    for lookup in done.evidence.log.iter_mut().flat_map(|log| &mut log.lookups) {
        if let Ok(found) = &mut lookup.found
            && found.records.iter().any(|record| added.is(&record.uuid))
        {
            let all = found.records.len();
            found.records.retain(|record| added.is(&record.uuid));
            found.more = found.more.saturating_add((all - found.records.len()) as u64);
        }
    }
    done.report = rekor_verifier::verify(&done.evidence, policy, time, &NotLoaded);
}

/// The log took the file; whether it can prove so is another matter, and a proof that fails is a refusal.
fn report(command: &Add, added: &Added, report: &Report) -> Outcome {
    let entry = report.links.first().and_then(|link| link.entry.as_ref());
    let entry = entry.filter(|entry| added.is(&entry.uuid) && is_proven(report));
    match (command.json, entry) {
        (true, _) => println!("{}", render::json(report)),
        (false, Some(entry)) => {
            println!(
                "{} as #{}  {}",
                if added.again { "Already recorded" } else { "Recorded" },
                entry.index,
                entry.uuid
            );
            eprint!("{}", render::human(report, false));
        }
        (false, None) => eprint!("{}", render::human(report, false)),
    }
    if entry.is_none() {
        eprintln!("The log says that it recorded the file as {}, and has not proven it.", added.uuid);
        return Ok(if report.verdict == Verdict::NotVerified { 1 } else { 2 });
    }
    let trusted = report.log.as_ref().is_some_and(|log| log.trusted);
    let only_trust_is_missing = report
        .checks
        .iter()
        .all(|check| !check.required || matches!(check.outcome, CheckOutcome::Passed | CheckOutcome::Untrusted));
    match report.verdict {
        Verdict::CouldNotTell if !trusted && only_trust_is_missing => {
            eprintln!("Recorded, but you have not named this log's key: `rekor log trust URL`.");
            Ok(0)
        }
        verdict => Ok(verdict.exit_code()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;

    fn answer(status: u16, body: &str, location: Option<&str>) -> Option<Result<Added, Failure>> {
        named(&Response { status, body: body.into(), truncated: false }, location)
    }

    #[test]
    fn the_answer_names_the_entry() {
        let id = "0a".repeat(40);
        let log_id = "0c".repeat(32);
        let body = format!(r#"{{"{id}":{{"logIndex":3,"logID":"{log_id}","body":"e30="}}}}"#);
        let added = answer(201, &body, None).unwrap().unwrap();
        assert!(added.is(&id) && added.is(&id[16..]) && !added.again);
        let location = format!("/logs/1/api/v1/log/entries/{id}");
        let added = answer(409, "", Some(&location)).unwrap().unwrap();
        assert!(added.is(&id) && !added.is(&"0b".repeat(40)) && added.again);
    }

    #[test]
    fn an_answer_that_names_no_entry_is_trouble() {
        for (status, body, location) in [
            (201, "{}", None),
            (201, r#"{"x":{"logIndex":3,"body":"e30="}}"#, None),
            (409, "", None),
            (409, "", Some("/api/v1/log/entries/")),
            (409, "", Some("/0a0b")),
        ] {
            assert_eq!(answer(status, body, location).unwrap().err().unwrap().code, 2, "{status} {body} {location:?}");
        }
        assert!(answer(400, "", None).is_none() && answer(302, "", Some("/x")).is_none());
    }
}
