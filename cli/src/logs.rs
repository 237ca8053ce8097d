//! `rekor log`: creating logs, and trusting them.

use crate::add::confirm;
use crate::home::Home;
use crate::options::{base, tree_id_in};
use crate::transport::Transport;
use crate::{Failure, Outcome, data_folder, render};
use clap::Subcommand;
use rekor_client::Seen;
use rekor_verifier::check::tlog;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::note::{KeyType, Vkey};
use rekor_verifier::policy::{Policy, TrustedLog};
use std::time::Duration;

/// The largest of the small answers that are read here, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

const TIMEOUT: Duration = Duration::from_secs(10);

const TRUST_EXAMPLES: &str = "\
Examples:
  rekor log trust https://rekor.example
  rekor log trust https://rekor.example/logs/5
  rekor log trust https://rekor.sigstore.dev      (a Rekor v1 log, by its ECDSA key)
  rekor log trust http://127.0.0.1:3000 --yes     (without asking: for scripts that compared it)";

#[derive(Subcommand)]
pub enum LogCommand {
    // What each does is said at its options.
    Create(data_folder::Create),
    List(data_folder::List),
    Show(data_folder::Show),
    Freeze(data_folder::Freeze),
    Erase(data_folder::Erase),
    /// Show the fingerprint of a log's key and, after a yes, trust the log from now on
    ///
    /// The log's address and key are kept in `$REKOR_HOME` (`~/.rekor`); `add`, `get` and `verify` then ask this log
    /// unless told otherwise. Whoever holds a log's key decides what it says: compare the fingerprint first.
    #[command(after_help = TRUST_EXAMPLES)]
    Trust {
        /// The address of a log (it ends in /logs/ and a tree ID), or of a server for its first log
        url: String,

        /// Store the key without asking: only where the fingerprint was compared before
        #[arg(long)]
        yes: bool,

        /// Replace the key that was stored for this log: only where its operator explained the change
        #[arg(long)]
        replace: bool,
    },
    /// Forget the checkpoints and the alarm of a log, once you know what happened
    ///
    /// An alarm is raised when a log contradicts what it showed before. It stays until it is forgotten here.
    Forget {
        /// The address of a log that you trust, or any log's key (its vkey)
        #[arg(value_name = "URL|VKEY")]
        log: String,

        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub fn run(command: &LogCommand) -> Outcome {
    match command {
        LogCommand::Create(command) => data_folder::create(command),
        LogCommand::List(command) => data_folder::list(command),
        LogCommand::Show(command) => data_folder::show(command),
        LogCommand::Freeze(command) => data_folder::freeze(command),
        LogCommand::Erase(command) => data_folder::erase(command),
        LogCommand::Trust { url, yes, replace } => trust(url, *yes, *replace),
        LogCommand::Forget { log, yes } => forget(log, *yes),
    }
}

fn trust(url: &str, yes: bool, replace: bool) -> Outcome {
    let home = Home::find()?;
    let found = fetch(url)?;
    let address = found.url.clone().unwrap_or_default();
    println!("origin       {}", render::printable(&found.vkey.name));
    println!("address      {}", render::printable(&address));
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
    let state = transport.get(&format!("{url}/api/v1/log"), MAX_ANSWER).ok();
    let tree_id = state.as_ref().and_then(|body| rekor_client::tree_id(body).ok());
    check_tree_id(url, tree_id.as_deref())?;
    let address = base(url, tree_id.as_deref());
    let vkey = match (transport.get(&format!("{address}/vkey"), MAX_ANSWER), &state) {
        (Err(_), Some(state)) => return fetch_rekor_v1(&transport, url, state),
        (vkey, _) => vkey?,
    };
    let text = String::from_utf8_lossy(&vkey).into_owned();
    let vkey: Vkey = text.trim().parse().map_err(|error| Failure::trouble(format!("{address}/vkey: {error}")))?;
    let log = TrustedLog { vkey, url: Some(address.clone()) };
    let policy = Policy { logs: vec![log.clone()], ..Policy::default() };
    let checkpoint = transport.get(&format!("{address}/checkpoint"), MAX_ANSWER)?;
    tlog::open(&checkpoint, &policy, Some(&log)).map_err(|error| Failure::refused(format!("{address}: {error}")))?;
    Ok(log)
}

/// A Rekor v1 log serves its ECDSA key as PEM; its name stands in front of the tree's ID in its tree head, which has to be
/// signed by that key.
fn fetch_rekor_v1(transport: &Transport, url: &str, state: &[u8]) -> Result<TrustedLog, Failure> {
    let refused = |why: &dyn std::fmt::Display| Failure::refused(format!("{url}: {why}"));
    let note = rekor_client::signed_tree_head(state).map_err(|error| refused(&error))?;
    let origin = Checkpoint::stated_in(&note).map(|head| head.origin).unwrap_or_default();
    let name = origin.rsplit_once(" - ").map(|(name, _)| name.to_owned());
    let pem = transport.get(&format!("{url}/api/v1/log/publicKey"), MAX_ANSWER)?;
    let key = PublicKey::parse(&pem).map_err(|error| refused(&error))?;
    let (key_type, key) = (KeyType::EcdsaP256, key.spki_der().to_vec());
    let vkey = Vkey { name: name.ok_or_else(|| refused(&"its tree head names no log"))?, key_type, key };
    let log = TrustedLog { vkey, url: Some(url.to_owned()) };
    let policy = Policy { logs: vec![log.clone()], ..Policy::default() };
    tlog::open(&note, &policy, Some(&log)).map_err(|error| refused(&error))?;
    Ok(log)
}

/// An address that names a log is about that log, whatever answers there.
fn check_tree_id(url: &str, answered: Option<&str>) -> Result<(), Failure> {
    match (tree_id_in(url), answered) {
        (Some(asked), Some(answered)) if asked != answered => {
            Err(Failure::refused(format!("{url}: the log that answers there is not {asked}, but {answered}")))
        }
        _ => Ok(()),
    }
}

fn forget(log: &str, yes: bool) -> Outcome {
    let home = Home::find()?;
    let seen = home.seen()?;
    let vkey = choose(log, &home.trusted_logs()?, &seen)?;
    let alarm = seen.alarm(&vkey);
    match alarm {
        Some(alarm) => eprintln!("ALARM: {}", render::printable(alarm)),
        None => eprintln!("No alarm stands for {}.", render::printable(&vkey.name)),
    }
    eprintln!("Forgetting means that the next visit accepts whatever history the log then shows.");
    if !yes && !confirm("Forget what was seen of this log?")? {
        return Err(Failure::refused("nothing was forgotten"));
    }
    home.change_seen(|now| {
        if now.alarm(&vkey) != alarm {
            return Err(Failure::trouble("another visit changed the alarm meanwhile: look at it again"));
        }
        now.forget(&vkey);
        Ok(())
    })?;
    println!("Forgotten.");
    Ok(0)
}

/// The key of the one log that `text` names: an address among the trusted logs, or the key itself. What was seen under
/// `--log-key` or `--policy` is known by its key alone.
fn choose(text: &str, trusted: &[TrustedLog], seen: &Seen) -> Result<Vkey, Failure> {
    let known = trusted.iter().map(|log| log.vkey.clone()).chain(seen.vkeys());
    if let Ok(vkey) = text.parse::<Vkey>() {
        let unknown = || Failure::trouble(format!("{text}: nothing is remembered of a log with this key"));
        return known.into_iter().find(|one| *one == vkey).ok_or_else(unknown);
    }
    let url = text.trim_end_matches('/');
    let fits = |log: &&TrustedLog| {
        log.url.as_deref().is_some_and(|known| known == url || known.starts_with(&format!("{url}/logs/")))
    };
    let mut fitting = trusted.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(log), None) => Ok(log.vkey.clone()),
        _ => {
            let keys: Vec<String> = seen.vkeys().map(|vkey| vkey.to_string()).collect();
            let keys = if keys.is_empty() { "none".into() } else { keys.join(" or ") };
            let what = "not the address of exactly one log that you trust";
            Err(Failure::trouble(format!("{url}: {what}. Remembered, by their keys: {keys}")))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;
    use rekor_log::Log;

    fn vkey(name: &str) -> Vkey {
        let folder = tempfile::TempDir::new().unwrap();
        Log::create(folder.path(), Some(name)).unwrap().vkey().parse().unwrap()
    }

    #[test]
    fn a_log_to_forget_is_named_by_address_or_key() {
        let (one, two, seen_only) = (vkey("one"), vkey("two"), vkey("seen-only"));
        let trusted = |vkey: &Vkey, url: &str| TrustedLog { vkey: vkey.clone(), url: Some(url.to_owned()) };
        let logs = [trusted(&one, "http://a.example/logs/1"), trusted(&two, "http://b.example/logs/2")];
        let seen = Seen::parse(&format!(r#"{{"logs":{{"{seen_only}":{{"alarm":"forked"}}}}}}"#)).unwrap();
        let choose = |text: &str| choose(text, &logs, &seen);
        assert_eq!(choose("http://a.example/logs/1/").unwrap(), one);
        assert_eq!(choose("http://b.example").unwrap(), two);
        assert_eq!(choose(&two.to_string()).unwrap(), two);
        assert_eq!(choose(&seen_only.to_string()).unwrap(), seen_only);
        assert!(choose(&vkey("other").to_string()).is_err());
        assert!(choose("http://c.example").unwrap_err().message.contains(&seen_only.to_string()));
    }

    #[test]
    fn an_address_that_names_a_log_is_about_that_log() {
        assert!(check_tree_id("http://a.example/logs/5", Some("5")).is_ok());
        assert!(check_tree_id("http://a.example/logs/5", None).is_ok());
        assert!(check_tree_id("http://a.example", Some("7")).is_ok());
        assert_eq!(check_tree_id("http://a.example/logs/5", Some("7")).unwrap_err().code, 1);
    }
}
