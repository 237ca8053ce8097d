//! Options that `add`, `get` and `verify` share: which log to ask, and whom to trust.

use crate::home::Home;
use crate::transport::Transport;
use crate::{Failure, files};
use clap::Args;
use rekor_verifier::format::key::{MAX_KEY_FILE, PublicKey};
use rekor_verifier::format::note::{KeyType, Vkey};
use rekor_verifier::policy::{MAX_POLICY, Policy, Quorum, TrustedLog};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The address that `rekor serve` listens on by default.
const DEFAULT_SERVER: &str = "http://127.0.0.1:3000";

/// Which log, and whom to trust.
#[derive(Args)]
pub struct Options {
    /// The log's tree ID, a decimal number
    #[arg(long = "tlog_id", alias = "tlog-id", value_name = "N")]
    pub tlog_id: Option<u64>,

    /// The server's address; without it, that of the log that you trust, or http://127.0.0.1:3000
    #[arg(long, env = "REKOR_SERVER", value_name = "URL")]
    pub server: Option<String>,

    /// Trust this log: its vkey, or a file that holds it
    #[arg(long, value_name = "VKEY|FILE", conflicts_with = "policy")]
    pub log_key: Option<String>,

    /// Trust the logs and witnesses of this C2SP tlog-policy file
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// Expect the signers of this file (lines `signer <name> <key>`, groups, one `quorum`)
    #[arg(long, value_name = "FILE")]
    pub signers: Option<PathBuf>,

    /// Expect a signature by this key (PEM or in-toto JSON); given several times, by every one of them
    #[arg(long = "public-key", value_name = "K")]
    pub public_keys: Vec<PathBuf>,

    /// Give up on a request after so many seconds
    #[arg(long, default_value = "10", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

impl Options {
    pub fn transport(&self) -> Transport {
        Transport::new(Duration::from_secs(self.timeout))
    }

    /// The keys given by `--public-key`, each under the name of its file.
    pub fn named_keys(&self) -> Result<Vec<(String, PublicKey)>, Failure> {
        self.public_keys.iter().map(|path| Ok((files::name(path), read_key(path)?))).collect()
    }

    /// Whom the user trusts: logs by `--policy`, `--log-key` or what `log trust` stored; signers by `--signers` or
    /// `--public-key`.
    pub fn policy(&self, home: &Home) -> Result<Policy, Failure> {
        let mut policy = match (&self.policy, &self.log_key) {
            (Some(path), _) => {
                let text = files::read_text(path, MAX_POLICY)?;
                Policy::parse(&text).map_err(|error| Failure::trouble(format!("{}: {error}", path.display())))?
            }
            (None, Some(key)) => {
                Policy { logs: vec![TrustedLog { vkey: log_key(key)?, url: None }], ..Policy::default() }
            }
            (None, None) => Policy { logs: home.trusted_logs()?, ..Policy::default() },
        };
        let keys = self.named_keys()?;
        policy.signers = match (&self.signers, keys.is_empty()) {
            (None, true) => None,
            (None, false) => Some(Quorum::all(keys)),
            (Some(path), true) => Some(read_signers(path)?),
            (Some(_), false) => {
                return Err(Failure::trouble("give --signers or --public-key, not both: which of them would decide?"));
            }
        };
        Ok(policy)
    }

    /// The base address of the log to ask.
    pub fn base(&self, policy: &Policy) -> Result<String, Failure> {
        let server = match &self.server {
            Some(server) => server.clone(),
            None => self.trusted_address(policy).unwrap_or_else(|| DEFAULT_SERVER.to_owned()),
        };
        if !server.starts_with("http://") && !server.starts_with("https://") {
            return Err(Failure::trouble(format!(
                "{server}: expected an address that starts with http:// or https://"
            )));
        }
        Ok(base(&server, self.tlog_id.map(|id| id.to_string()).as_deref()))
    }

    /// The address of the one trusted log that fits; with several, nobody can guess which one is meant.
    fn trusted_address(&self, policy: &Policy) -> Option<String> {
        let fits = |url: &&String| self.tlog_id.is_none_or(|id| url.ends_with(&format!("/logs/{id}")));
        let mut urls = policy.logs.iter().filter_map(|log| log.url.as_ref()).filter(fits);
        let first = urls.next()?;
        urls.next().is_none().then(|| first.clone())
    }
}

/// `<server>/logs/<treeID>`, or the server's root, which serves its default log.
pub fn base(server: &str, tree_id: Option<&str>) -> String {
    let server = server.trim_end_matches('/');
    match (tree_id, server.rsplit_once("/logs/")) {
        (None, _) => server.to_owned(),
        (Some(id), Some((root, last))) if last.bytes().all(|b| b.is_ascii_digit()) => format!("{root}/logs/{id}"),
        (Some(id), _) => format!("{server}/logs/{id}"),
    }
}

/// Reads a public key file.
pub fn read_key(path: &Path) -> Result<PublicKey, Failure> {
    let bytes = files::read(path, MAX_KEY_FILE)?;
    PublicKey::parse(&bytes).map_err(|error| Failure::trouble(format!("{}: {error}", path.display())))
}

fn read_signers(path: &Path) -> Result<Quorum<PublicKey>, Failure> {
    let text = files::read_text(path, MAX_POLICY)?;
    Policy::parse_signers(&text).map_err(|error| Failure::trouble(format!("{}: {error}", path.display())))
}

fn log_key(text: &str) -> Result<Vkey, Failure> {
    let vkey = match text.parse::<Vkey>() {
        Ok(vkey) => vkey,
        Err(error) if !Path::new(text).exists() => return Err(Failure::trouble(format!("--log-key {text}: {error}"))),
        Err(_) => vkey_file(Path::new(text))?,
    };
    match vkey.key_type {
        KeyType::Ed25519 => Ok(vkey),
        KeyType::CosignatureV1 => Err(Failure::trouble("--log-key: this is a witness's key, not a log's")),
    }
}

/// The first line of a file that is a vkey: what `rekor log create` prints can be given as it is.
fn vkey_file(path: &Path) -> Result<Vkey, Failure> {
    let text = files::read_text(path, MAX_KEY_FILE)?;
    text.lines().find_map(|line| line.trim().parse().ok()).ok_or_else(|| {
        Failure::trouble(format!("{}: holds no verifier key (one line name+hex+base64)", path.display()))
    })
}
