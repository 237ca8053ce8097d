//! `rekor log`: creating logs, and trusting them.

use crate::add::confirm;
use crate::home::Home;
use crate::options::base;
use crate::transport::Transport;
use crate::{Failure, Outcome, render};
use clap::Subcommand;
use rekor_log::Log;
use rekor_verifier::check::tlog;
use rekor_verifier::format::note::Vkey;
use rekor_verifier::policy::{Policy, TrustedLog};
use std::path::PathBuf;
use std::time::Duration;

/// The largest of the small answers that are read here, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Subcommand)]
pub enum LogCommand {
    /// Create a log; prints its tree ID first, then its public keys (vkey, PEM)
    Create {
        /// The folder that holds the logs
        #[arg(long, default_value = "rekor-data", value_name = "DIR")]
        data: PathBuf,

        /// The log's unique name, best the address under which it will be served; never changes
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
    },
    /// Show the fingerprint of a log's key and, after a yes, trust the log from now on
    Trust {
        /// The log's address
        url: String,

        /// Store the key without asking: only where the fingerprint was compared before
        #[arg(long)]
        yes: bool,

        /// Replace the key that was stored for this log: only where its operator explained the change
        #[arg(long)]
        replace: bool,
    },
    /// Forget the checkpoints and the alarm of a log, once you know what happened
    Forget {
        /// The log's address
        url: String,

        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub fn run(command: &LogCommand) -> Outcome {
    match command {
        LogCommand::Create { data, origin } => create(data, origin.as_deref()),
        LogCommand::Trust { url, yes, replace } => trust(url, *yes, *replace),
        LogCommand::Forget { url, yes } => forget(url, *yes),
    }
}

fn create(data: &std::path::Path, origin: Option<&str>) -> Outcome {
    let log = Log::create(data, origin).map_err(|error| Failure::trouble(error.to_string()))?;
    println!("{}", log.tree_id());
    println!("{}", log.vkey());
    print!("{}", log.public_key_pem());
    eprintln!("Created the log {} in {}.", log.origin(), data.join(log.tree_id().to_string()).display());
    Ok(0)
}

fn trust(url: &str, yes: bool, replace: bool) -> Outcome {
    let home = Home::find()?;
    let found = fetch(url)?;
    let address = found.url.clone().unwrap_or_default();
    println!("origin       {}", render::printable(&found.vkey.name));
    println!("address      {address}");
    println!("key          {}", render::printable(&found.vkey.to_string()));
    println!("fingerprint  {}", found.vkey.fingerprint());
    let mut logs = home.trusted_logs()?;
    if logs.contains(&found) {
        println!("You trust this log already.");
        return Ok(0);
    }
    let clashes = |log: &TrustedLog| log.url == found.url || log.vkey.name == found.vkey.name;
    if let Some(known) = logs.iter().find(|log| clashes(log) && log.vkey != found.vkey)
        && !replace
    {
        return Err(Failure::refused(format!(
            "THE KEY OF THIS LOG CHANGED. You trust {}, it now shows {}. A log's key does not change: ask its operator, \
             and only then use --replace",
            known.vkey, found.vkey
        )));
    }
    eprintln!("Compare the fingerprint with what the log's operator published elsewhere.");
    if !yes && !confirm("Trust this log?")? {
        return Err(Failure::refused("nothing was stored"));
    }
    logs.retain(|log| !clashes(log));
    logs.push(found);
    home.store_trusted_logs(&logs)?;
    println!("Stored.");
    Ok(0)
}

/// The key and the address that a log gives for itself; its checkpoint must at least be signed by that key.
fn fetch(url: &str) -> Result<TrustedLog, Failure> {
    let transport = Transport::new(TIMEOUT);
    let url = url.trim_end_matches('/');
    // A static log has no v1 API: its address is then what was given.
    let tree_id = transport.get(&format!("{url}/api/v1/log"), MAX_ANSWER).ok();
    let tree_id = tree_id.and_then(|body| rekor_client::tree_id(&body).ok());
    let address = base(url, tree_id.as_deref());
    let text = String::from_utf8_lossy(&transport.get(&format!("{address}/vkey"), MAX_ANSWER)?).into_owned();
    let vkey: Vkey = text.trim().parse().map_err(|error| Failure::trouble(format!("{address}/vkey: {error}")))?;
    let log = TrustedLog { vkey, url: Some(address.clone()) };
    let policy = Policy { logs: vec![log.clone()], ..Policy::default() };
    let checkpoint = transport.get(&format!("{address}/checkpoint"), MAX_ANSWER)?;
    tlog::open(&checkpoint, &policy, Some(&log)).map_err(|error| Failure::refused(format!("{address}: {error}")))?;
    Ok(log)
}

fn forget(url: &str, yes: bool) -> Outcome {
    let home = Home::find()?;
    let url = url.trim_end_matches('/');
    let fits = |log: &&TrustedLog| {
        log.url.as_deref().is_some_and(|known| known == url || known.starts_with(&format!("{url}/logs/")))
    };
    let logs = home.trusted_logs()?;
    let mut fitting = logs.iter().filter(fits);
    let (Some(log), None) = (fitting.next(), fitting.next()) else {
        return Err(Failure::trouble(format!("{url}: not the address of exactly one log that you trust")));
    };
    let mut seen = home.seen()?;
    match seen.alarm(&log.vkey) {
        Some(alarm) => eprintln!("ALARM: {}", render::printable(alarm)),
        None => eprintln!("No alarm stands for {}.", render::printable(&log.vkey.name)),
    }
    eprintln!("Forgetting means that the next visit accepts whatever history the log then shows.");
    if !yes && !confirm("Forget what was seen of this log?")? {
        return Err(Failure::refused("nothing was forgotten"));
    }
    seen.forget(&log.vkey);
    home.store_seen(&seen)?;
    println!("Forgotten.");
    Ok(0)
}
