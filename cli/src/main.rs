//! The `rekor` command. Every verdict comes from the verifier; here are only options, files, a transport and a
//! terminal.

mod add;
mod files;
mod get;
mod home;
mod keys;
mod logs;
mod look_up;
mod options;
mod privacy;
mod render;
mod serve;
mod transport;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Check where software came from, and record it.
///
/// A maintainer records an in-toto link file with `add`; a receiver checks a file against it with `verify`. What a
/// log says counts only under keys that you chose: trust a log with `log trust`, name the signer that you expect with
/// `--public-key` or `--signers`.
///
/// Exit codes: 0 verified (or done), 1 not verified (or refused), 2 could not tell (or trouble).
#[derive(Parser)]
#[command(name = "rekor", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create a log, or choose which logs to trust
    #[command(subcommand)]
    Log(logs::LogCommand),
    /// Run the logs of a data folder, and the page that verifies
    Serve(serve::Serve),
    /// Record a link file in a log
    Add(add::Add),
    /// Print the recorded link file, once its record is proven
    Get(get::Get),
    /// Check link files and artifacts, and report
    Verify(verify::Verify),
    /// Show a public key's fingerprint, and its line for a signers file
    Key(keys::Key),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Log(command) => logs::run(&command),
        Command::Serve(command) => serve::run(command),
        Command::Add(command) => add::run(&command),
        Command::Get(command) => get::run(&command),
        Command::Verify(command) => verify::run(&command),
        Command::Key(command) => keys::run(&command),
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
