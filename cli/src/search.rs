//! `rekor search`: what a log has about a digest, a key, an address, an entry.

use crate::home::Home;
use crate::look_up::remember;
use crate::options::Options;
use crate::transport::Transport;
use crate::{Failure, Outcome, files, render};
use clap::Args;
use rekor_client::{Explored, Explorer, Look, Question, Seen};
use rekor_verifier::evidence::Asked;
use rekor_verifier::report::Outcome as CheckOutcome;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  rekor search sha256:85f48a92… --policy policy.txt
  rekor search --file foo.tar.gz
  rekor search 771488337 --policy policy.txt
  rekor search carl@example.org --server https://rekor.sigstore.dev --log-key rekor.sigstore.dev+c0d23d6a+…

Exit codes: 0 every entry that is shown holds, 1 one does not, 2 could not tell, or there is none (or trouble).";

/// Look up entries of a log, and check each.
///
/// By a digest (with or without sha256: in front), an entry's ID, an index, an e-mail address, or a public key in one
/// line. The log may be ours, a folder of tiles (by index alone), or a Rekor log that your policy names, the public ones
/// too. Who signed an entry is what the entry says; `rekor verify` tells whether a file is by whom you expect.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Search {
    /// What to look up
    #[arg(value_name = "TEXT", required_unless_present = "file", conflicts_with = "file")]
    text: Option<String>,

    /// Look up the digest of a file, or the key in it
    #[arg(long, value_name = "F")]
    file: Option<PathBuf>,

    #[command(flatten)]
    options: Options,

    /// Show all entries, not only the first 20
    #[arg(long)]
    all: bool,

    /// Print each page of the answer as JSON, one a line
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Search) -> Outcome {
    let question = question(command)?;
    let home = Home::find()?;
    let policy = command.options.policy(&home)?;
    let (base, before) = (command.options.base(&policy)?, home.seen()?);
    let mut explorer = Explorer::new(question, policy, &base, before.clone());
    let transport = command.options.transport();
    let mut code = 0;
    loop {
        let page = page(&mut explorer, &transport);
        match command.json {
            true => println!("{}", render::escaped(&serde_json::to_string(&page).unwrap_or_default())),
            false => print!("{}", render::found(&page, !command.all)),
        }
        code = worse(code, exit_code(&page));
        if !(page.more && command.all) {
            let after = Seen::parse(&page.seen).map_err(|error| Failure::trouble(error.to_string()))?;
            if after != before {
                remember(&home, &before, &after);
            }
            return Ok(code);
        }
        explorer.next_page();
    }
}

fn question(command: &Search) -> Result<Question, Failure> {
    let trouble = |error: rekor_client::QuestionError| Failure::trouble(error.to_string());
    match (&command.text, &command.file) {
        (Some(text), _) => Question::parse(text).map_err(trouble),
        (None, Some(path)) => match files::digests_and_bytes(path)? {
            (_, Some(bytes)) => Question::of_file(&bytes).map_err(trouble),
            (digests, None) => {
                let hex = digests.sha256.to_string();
                Ok(Question::Entries(Asked::Digest { algorithm: "sha256".into(), hex }))
            }
        },
        (None, None) => Err(Failure::trouble("nothing to look up")),
    }
}

fn page(explorer: &mut Explorer, transport: &Transport) -> Explored {
    loop {
        let asks = match explorer.step() {
            Look::Done(page) => return *page,
            Look::Ask(asks) => asks,
        };
        for (id, ask) in asks {
            match transport.send(&ask) {
                Ok(response) => explorer.answer(id, response),
                Err(reason) => explorer.no_answer(id, &reason),
            }
        }
    }
}

/// What the entries of a page come to.
fn exit_code(page: &Explored) -> u8 {
    let outcomes: Vec<CheckOutcome> = page.report.entries.iter().map(|entry| entry.outcome).collect();
    let failed = page.report.log.alarm.is_some() || outcomes.contains(&CheckOutcome::Failed);
    match (failed, outcomes.is_empty() || page.problem.is_some()) {
        (true, _) => 1,
        (false, false) if outcomes.iter().all(|outcome| *outcome == CheckOutcome::Passed) => 0,
        (false, _) => 2,
    }
}

/// The worse of two exit codes: 1 before 2 before 0.
fn worse(one: u8, other: u8) -> u8 {
    match [one, other] {
        [1, _] | [_, 1] => 1,
        [2, _] | [_, 2] => 2,
        _ => 0,
    }
}
