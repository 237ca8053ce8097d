//! Load on a log over HTTP: additions and tile reads, as fast as they go or at a fixed rate.
//!
//! `cargo xtask bench log` runs all of it; this command can put load on any server by itself.

mod links;
mod load;
mod process;
mod suite;
mod tiles;
mod wire;

use clap::{Args, Parser, Subcommand};
use std::fmt;
use std::process::ExitCode;

/// Put load on a log.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Add(Add),
    Suite(suite::Suite),
}

/// Add link files of 1 KiB, each signed beforehand.
#[derive(Args)]
struct Add {
    /// The server: host and port
    #[arg(long, value_name = "HOST:PORT")]
    server: String,

    /// Additions in all
    #[arg(long, default_value_t = 50_000)]
    count: usize,

    /// Connections that are kept open
    #[arg(long, default_value_t = 128)]
    connections: usize,

    /// Send this many a second, whatever the server does; otherwise each connection waits for its answers
    #[arg(long)]
    rate: Option<f64>,

    /// Another seed gives other entries; the same one gives duplicates
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Why a measurement cannot go on.
#[derive(Debug)]
struct Trouble(String);

impl Trouble {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Add(command) => add(&command),
        Command::Suite(command) => suite::suite(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("rekor-bench: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn add(command: &Add) -> Result<(), Trouble> {
    let proposals = links::proposals(command.count, command.seed)?;
    let post = |body: &Vec<u8>| wire::post(&command.server, "/api/v1/log/entries", body);
    let requests = proposals.iter().map(post).collect();
    let figures = match command.rate {
        Some(rate) => load::open_loop(&command.server, command.connections, rate, requests),
        None => load::closed_loop(&command.server, command.connections, requests),
    };
    println!("{}", figures?);
    Ok(())
}
