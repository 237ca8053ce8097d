//! The `rekor` command. Every verdict comes from the verifier; here are only options, files, a transport and a
//! terminal.

mod add;
mod audit;
mod copy;
mod data_folder;
mod files;
mod get;
mod home;
mod keys;
mod link;
mod logs;
mod look_up;
mod options;
mod place;
mod privacy;
mod render;
mod search;
mod serve;
mod sigstore;
mod transport;
mod unlock;
mod verify;
mod verify_bundle;
mod witness;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  A receiver, who knows the log and the maintainer's key:
    rekor log trust https://rekor.example
    rekor verify --artifact foo.tar.gz --public-key carl.pub

  A maintainer, who signed package.link with in-toto:
    rekor add --linkfile package.link --public-key carl.pub

  A log of your own, on this machine:
    rekor log create
    rekor serve

`rekor <COMMAND> --help` explains each command.";

/// Check where software came from, and record it.
///
/// A maintainer records an in-toto link file with `add`; a receiver checks a file against it with `verify`. What a
/// log says counts only under keys that you chose: trust a log with `log trust`, name the signer that you expect with
/// `--public-key` or `--signers`.
///
/// Exit codes: 0 verified (or done), 1 not verified (or refused), 2 could not tell (or trouble).
#[derive(Parser)]
#[command(name = "rekor", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

// What each does is said at its options.
#[derive(Subcommand)]
enum Command {
    /// Create and look after logs, or choose which logs to trust
    #[command(subcommand)]
    Log(logs::LogCommand),
    Serve(serve::Serve),
    Add(add::Add),
    Get(get::Get),
    Verify(verify::Verify),
    VerifyBundle(verify_bundle::VerifyBundle),
    Search(search::Search),
    Key(keys::Key),
    Link(link::MakeLink),
    Audit(audit::Audit),
    Export(copy::Export),
    Mirror(copy::Mirror),
    /// Run a witness: it vouches that logs keep their past
    #[command(subcommand)]
    Witness(witness::WitnessCommand),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Log(command) => logs::run(&command),
        Command::Serve(command) => serve::run(command),
        Command::Add(command) => add::run(&command),
        Command::Get(command) => get::run(&command),
        Command::Verify(command) => verify::run(&command),
        Command::VerifyBundle(command) => verify_bundle::run(&command),
        Command::Search(command) => search::run(&command),
        Command::Key(command) => keys::run(&command),
        Command::Link(command) => link::run(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Export(command) => copy::export(&command),
        Command::Mirror(command) => copy::mirror(&command),
        Command::Witness(command) => witness::run(&command),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("rekor: {}", render::printable(&failure.message));
            ExitCode::from(failure.code)
        }
    }
}

/// Why a command ended without a result.
#[derive(Debug)]
struct Failure {
    /// 1 refused by a check or by the server, 2 trouble.
    code: u8,
    /// What was wrong, where, and what to do.
    message: String,
}

impl Failure {
    fn refused(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    fn trouble(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }
}

/// An exit code, or why there is none.
type Outcome = Result<u8, Failure>;
