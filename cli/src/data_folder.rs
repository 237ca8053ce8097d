//! `rekor log create`, `list`, `show`, `freeze`, `erase`: the logs of a data folder.

use crate::add::confirm;
use crate::unlock::{Passphrase, Unlock};
use crate::{Failure, Outcome, render};
use clap::Args;
use rekor_log::{AtRest, EraseError, Erased, Log, Settings};
use rekor_verifier::Hash;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const ERASE_EXAMPLES: &str = "\
Examples:
  rekor log erase --linkfile-sha256 $(sha256sum package.link | cut -c1-64)
  rekor log erase --data /srv/rekor --tlog_id 5 --linkfile-sha256 0123… --digests-too --yes";

/// The folder with the logs, and one of them.
#[derive(Args)]
pub struct One {
    /// The folder that holds the logs
    #[arg(long, default_value = "rekor-data", value_name = "DIR")]
    data: PathBuf,

    /// The log's tree ID; may be left out where there is one log
    #[arg(long = "tlog_id", alias = "tlog-id", value_name = "N")]
    tlog_id: Option<u64>,
}

impl One {
    /// The log's folder, and its tree ID.
    fn log(&self) -> Result<AtRest, Failure> {
        let folder = match self.tlog_id {
            Some(id) => self.data.join(id.to_string()),
            None => self.only()?,
        };
        AtRest::open(&folder).map_err(|error| Failure::trouble(format!("{}: {error}", folder.display())))
    }

    fn only(&self) -> Result<PathBuf, Failure> {
        let data = self.data.display();
        let mut folders = AtRest::folders(&self.data).map_err(|error| Failure::trouble(error.to_string()))?;
        match (folders.pop(), folders.len()) {
            (Some(folder), 0) => Ok(folder),
            (None, _) => Err(Failure::trouble(format!("{data} holds no log"))),
            (Some(_), others) => {
                Err(Failure::trouble(format!("{data} holds {} logs: choose one by --tlog_id", others + 1)))
            }
        }
    }
}

/// Create a log; prints its tree ID first, then its public keys (vkey, PEM)
#[derive(Args)]
pub struct Create {
    /// The folder that holds the logs
    #[arg(long, default_value = "rekor-data", value_name = "DIR")]
    data: PathBuf,

    /// The log's unique name, best the address under which it will be served; never changes
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,

    /// Encrypt the private keys with a passphrase
    #[arg(long)]
    encrypt: bool,

    #[command(flatten)]
    passphrase: Passphrase,
}

/// List the logs of a data folder, the first created first: tree ID, origin, entries, state
#[derive(Args)]
pub struct List {
    /// The folder that holds the logs
    #[arg(long, default_value = "rekor-data", value_name = "DIR")]
    data: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Show a log of a data folder: its keys, its newest tree, its state
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    one: One,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Finish a log: it signs nothing more, and is served as before
///
/// Additions are refused from then on, with a message that says so. There is no way back: start a new log. The server
/// that has the log open must be stopped first.
#[derive(Args)]
pub struct Freeze {
    #[command(flatten)]
    one: One,

    #[command(flatten)]
    unlock: Unlock,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Forget link files: overwrite what the log keeps of them, for ever
///
/// The entries stay, and the tree: they hold digests, signatures and keys. The link file's own bytes are overwritten, and
/// adding the file again does not bring them back. Its digest list stays as well, so that the entry is found by the
/// digests of its products and materials, unless `--digests-too` is given. Backups, exports and mirrors made before are
/// not reached from here. The server that has the log open must be stopped first.
#[derive(Args)]
#[command(after_help = ERASE_EXAMPLES)]
pub struct Erase {
    #[command(flatten)]
    one: One,

    /// SHA-256 of a link file; may be given several times
    #[arg(long = "linkfile-sha256", required = true, value_name = "HEX", value_parser = hash)]
    files: Vec<Hash>,

    /// Forget the digests of products and materials too: they are no longer found
    #[arg(long)]
    digests_too: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

fn hash(text: &str) -> Result<Hash, String> {
    Hash::from_hex(text).ok_or_else(|| "expected 64 hexadecimal digits, lower case".to_owned())
}

pub fn create(command: &Create) -> Outcome {
    let Create { data, origin, encrypt, passphrase } = command;
    let log = match encrypt {
        true => Log::create_encrypted(data, origin.as_deref(), &passphrase.choose()?),
        false => Log::create(data, origin.as_deref()),
    };
    let log = log.map_err(|error| Failure::trouble(error.to_string()))?;
    println!("{}", log.tree_id());
    println!("{}", log.vkey());
    print!("{}", log.public_key_pem());
    eprintln!("Created the log {} in {}.", log.origin(), data.join(log.tree_id().to_string()).display());
    Ok(0)
}

pub fn list(command: &List) -> Outcome {
    let folders = AtRest::folders(&command.data).map_err(|error| Failure::trouble(error.to_string()))?;
    let mut logs = Vec::with_capacity(folders.len());
    for folder in &folders {
        let opened = AtRest::open(folder);
        logs.push(opened.map_err(|error| Failure::trouble(format!("{}: {error}", folder.display())))?);
    }
    if command.json {
        let logs: Vec<Value> = logs.iter().map(as_json).collect();
        println!("{}", render::escaped(&format!("{:#}", Value::from(logs))));
        return Ok(0);
    }
    for log in &logs {
        println!("{}  {}  {} entries{}", log.tree_id(), log.origin(), log.newest().size, state(log));
    }
    if logs.is_empty() {
        eprintln!("{} holds no log.", command.data.display());
    }
    Ok(0)
}

fn state(log: &AtRest) -> &'static str {
    if log.frozen() { "  frozen" } else { "" }
}

fn as_json(log: &AtRest) -> Value {
    json!({
        "treeID": log.tree_id().to_string(), "origin": log.origin(), "vkey": log.vkey(),
        "publicKey": log.public_key_pem(), "created": log.created() / 1_000_000, "size": log.newest().size,
        "root": log.newest().root.to_string(), "time": log.time(), "frozen": log.frozen(),
        "witnesses": log.witnesses(),
    })
}

pub fn show(command: &Show) -> Outcome {
    let log = command.one.log()?;
    if command.json {
        println!("{}", render::escaped(&format!("{:#}", as_json(&log))));
        return Ok(0);
    }
    println!("tree ID    {}{}", log.tree_id(), state(&log));
    println!("origin     {}", log.origin());
    println!("created    {}", time(log.created() / 1_000_000));
    println!("entries    {}", log.newest().size);
    println!("root       {}", log.newest().root);
    println!("as of      {}", time(log.time()));
    for witness in log.witnesses() {
        println!("witness    {}", render::printable(&witness));
    }
    println!("vkey       {}", log.vkey());
    print!("{}", log.public_key_pem());
    Ok(0)
}

/// Seconds since 1970 as people write a time.
fn time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

pub fn freeze(command: &Freeze) -> Outcome {
    let log = command.one.log()?;
    if log.frozen() {
        println!("{} is frozen already.", log.tree_id());
        return Ok(0);
    }
    eprintln!("A frozen log accepts nothing for ever. It has {} entries.", log.newest().size);
    if !command.yes && !confirm(&format!("Freeze {}?", log.origin()))? {
        return Err(Failure::refused("nothing was frozen"));
    }
    let tree_id = log.tree_id();
    drop(log);
    let secrets = command.unlock.secrets(&command.one.data)?;
    let settings = Settings { secrets, ..Settings::default() };
    let log = Log::open_with(&command.one.data, tree_id, &settings);
    let log = log.map_err(|error| Failure::trouble(error.to_string()))?;
    log.freeze().map_err(|error| Failure::trouble(error.to_string()))?;
    println!("Frozen: {tree_id}, at {} entries with the root {}.", log.head().size, log.head().root);
    Ok(0)
}

pub fn erase(command: &Erase) -> Outcome {
    let tree_id = command.one.log()?.tree_id();
    let what = if command.digests_too { "link files and digest lists" } else { "link files" };
    eprintln!("What is erased is gone for ever: {} {what}.", command.files.len());
    if !command.yes && !confirm("Erase them?")? {
        return Err(Failure::refused("nothing was erased"));
    }
    let erased = rekor_log::erase(&folder(&command.one.data, tree_id), &command.files, command.digests_too);
    let erased = erased.map_err(|error| match error {
        EraseError::Open(_) => Failure::trouble(error.to_string()),
        EraseError::NoEntry(_) | EraseError::Shared { .. } => Failure::refused(error.to_string()),
    })?;
    for Erased { hash, digest_list, overwritten } in erased {
        let what = if digest_list { "digest list" } else { "link file" };
        match overwritten {
            Some(bytes) => println!("{hash}  {what}: {bytes} bytes overwritten"),
            None => println!("{hash}  {what}: nothing was there any more, and nothing will be"),
        }
    }
    Ok(0)
}

fn folder(data: &Path, tree_id: u64) -> PathBuf {
    data.join(tree_id.to_string())
}
