//! `rekor witness`: a C2SP tlog-witness.

use crate::{Failure, Outcome, files};
use clap::Subcommand;
use rekor_log::Witness;
use rekor_verifier::policy::MAX_POLICY;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const RUN_EXAMPLES: &str = "\
Examples:
  rekor witness create --name witness.example/w1
  printf 'log %s\\nquorum none\\n' \"$(curl -s https://rekor.example/vkey)\" > logs.policy
  rekor witness run --logs logs.policy --listen 127.0.0.1:3001";

#[derive(Subcommand)]
pub enum WitnessCommand {
    /// Create a witness with a key of its own; prints its verifier key, which policies name
    Create {
        /// The folder that will hold its key and what it remembers; must not exist yet
        #[arg(long, default_value = "rekor-witness", value_name = "DIR")]
        data: PathBuf,

        /// The witness's unique name, best the address under which it will be served; never changes
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Serve a witness (C2SP tlog-witness)
    ///
    /// A log sends it each new checkpoint with a proof that nothing was rewritten; the witness checks that against what
    /// it saw before, remembers the new one durably, and cosigns it. `add-checkpoint` and the newest checkpoint of each
    /// log are served at the root of the address.
    #[command(after_help = RUN_EXAMPLES)]
    Run {
        /// The folder that holds its key and what it remembers
        #[arg(long, default_value = "rekor-witness", value_name = "DIR")]
        data: PathBuf,

        /// The logs that it knows: a C2SP tlog-policy, of which the `log` lines count
        #[arg(long, value_name = "FILE")]
        logs: PathBuf,

        /// Address to listen on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:3001", value_name = "ADDR")]
        listen: SocketAddr,
    },
}

pub fn run(command: &WitnessCommand) -> Outcome {
    match command {
        WitnessCommand::Create { data, name } => create(data, name),
        WitnessCommand::Run { data, logs, listen } => serve(data, logs, *listen),
    }
}

fn create(data: &Path, name: &str) -> Outcome {
    let vkey = Witness::create(data, name).map_err(|error| Failure::trouble(error.to_string()))?;
    println!("{vkey}");
    eprintln!("Created the witness {name} in {}.", data.display());
    Ok(0)
}

fn serve(data: &Path, logs: &Path, listen: SocketAddr) -> Outcome {
    let trouble = |error: &dyn std::fmt::Display| Failure::trouble(error.to_string());
    let policy = files::read_text(logs, MAX_POLICY)?;
    let witness = Witness::open(data, &policy).map_err(|error| trouble(&error))?;
    if witness.logs() == 0 {
        return Err(Failure::trouble(format!("{}: names no log, expected lines `log <vkey>`", logs.display())));
    }
    eprintln!("witness {}  {} logs", witness.vkey(), witness.logs());
    let runtime = tokio::runtime::Runtime::new().map_err(|error| trouble(&error))?;
    let served = runtime.block_on(rekor_server::serve_witness(witness, listen, |address| {
        println!("listening on http://{address}");
        // Whoever started us waits for this line; if it cannot be written, serving goes on all the same.
        let _ = std::io::stdout().flush();
    }));
    served.map(|()| 0).map_err(|error| trouble(&error))
}
