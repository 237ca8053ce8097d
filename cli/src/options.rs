//! Options that `add`, `get` and `verify` share: which log to ask, and whom to trust.

use crate::home::Home;
use crate::transport::Transport;
use crate::{Failure, files};
use clap::Args;
use rekor_verifier::format::key::{MAX_KEY_FILE, PublicKey};
use rekor_verifier::format::note::{KeyType, Vkey};
use rekor_verifier::policy::{MAX_POLICY, Policy, Quorum, TrustedLog};
use rekor_verifier::report::Time;
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

    #[command(flatten)]
    pub trust: Trust,

    /// Expect the signers of this file (lines `signer <name> <key>`, groups, one `quorum`)
    #[arg(long, value_name = "FILE")]
    pub signers: Option<PathBuf>,

    /// Expect a signature by this key (PEM, in-toto JSON, X.509, OpenPGP, OpenSSH, minisign); given several times, by
    /// every one of them
    #[arg(long = "public-key", value_name = "K")]
    pub public_keys: Vec<PathBuf>,

    /// Check as of this time, 2026-01-31T12:00:00Z say; without it, as of now by this computer's clock
    #[arg(long, value_name = "TIME")]
    pub time: Option<jiff::Timestamp>,

    /// Give up on a request after so many seconds
    #[arg(long, default_value = "10", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

/// Which logs and witnesses to trust.
#[derive(Args, Default)]
pub struct Trust {
    /// Trust this log: its vkey, or a file that holds it
    #[arg(long, value_name = "VKEY|FILE", conflicts_with = "policy")]
    log_key: Option<String>,

    /// Trust the logs and witnesses of this C2SP tlog-policy file
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Trust {
    /// Logs and witnesses by `--policy`, `--log-key` or what `log trust` stored.
    pub fn policy(&self, home: &Home) -> Result<Policy, Failure> {
        match (&self.policy, &self.log_key) {
            (Some(path), _) => {
                let text = files::read_text(path, MAX_POLICY)?;
                Policy::parse(&text).map_err(|error| Failure::trouble(format!("{}: {error}", path.display())))
            }
            (None, Some(key)) => {
                Ok(Policy { logs: vec![TrustedLog { vkey: log_key(key)?, url: None }], ..Policy::default() })
            }
            (None, None) => Ok(Policy { logs: home.trusted_logs()?, ..Policy::default() }),
        }
    }
}

impl Options {
    pub fn transport(&self) -> Transport {
        Transport::new(Duration::from_secs(self.timeout))
    }

    /// The time that checks use which depend on time, and who vouches for it.
    pub fn time(&self) -> Time {
        match self.time {
            Some(time) => Time { seconds: time.as_second(), source: "--time".into() },
            None => Time { seconds: jiff::Timestamp::now().as_second(), source: "this computer's clock".into() },
        }
    }

    /// The keys given by `--public-key`, each under the name of its file.
    pub fn named_keys(&self) -> Result<Vec<(String, Vec<PublicKey>)>, Failure> {
        self.public_keys.iter().map(|path| Ok((files::stem(path), read_keys(path)?))).collect()
    }

    /// Whom the user trusts: logs by `--policy`, `--log-key` or what `log trust` stored; signers by `--signers` or
    /// `--public-key`.
    pub fn policy(&self, home: &Home) -> Result<Policy, Failure> {
        let mut policy = self.trust.policy(home)?;
        let keys = self.named_keys()?;
        policy.signers = match (&self.signers, keys.is_empty()) {
            (None, true) => None,
            (None, false) => Some(Quorum::all_of_any(keys)),
            (Some(path), true) => Some(read_signers(path)?),
            (Some(_), false) => {
                return Err(Failure::trouble("give --signers or --public-key, not both: which of them would decide?"));
            }
        };
        Ok(policy)
    }

    /// The base address of the log to ask. Which of several is meant, nobody can guess.
    pub fn base(&self, policy: &Policy) -> Result<String, Failure> {
        let bases = self.bases(policy)?;
        match &bases[..] {
            [only] => Ok(only.clone()),
            several => {
                let urls = several.join(", ");
                Err(Failure::trouble(format!("which log? Choose by --server or --tlog_id among {urls}")))
            }
        }
    }

    /// The base addresses of the logs to ask, in the order of the policy: one where it is named.
    pub fn bases(&self, policy: &Policy) -> Result<Vec<String>, Failure> {
        let mut servers = match &self.server {
            Some(server) => vec![server.clone()],
            None => self.trusted_addresses(policy),
        };
        if servers.is_empty() {
            servers.push(DEFAULT_SERVER.to_owned());
        }
        if let Some(server) = servers.iter().find(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            return Err(Failure::trouble(format!(
                "{server}: expected an address that starts with http:// or https://"
            )));
        }
        let tree_id = self.tlog_id.map(|id| id.to_string());
        Ok(servers.iter().map(|server| base(server, tree_id.as_deref())).collect())
    }

    /// Whether nobody said which log to ask, so that one on this machine is tried.
    pub fn names_no_log(&self, policy: &Policy) -> bool {
        self.server.is_none() && self.trusted_addresses(policy).is_empty()
    }

    /// The addresses of the trusted logs that fit, each once.
    fn trusted_addresses(&self, policy: &Policy) -> Vec<String> {
        let tree_id = self.tlog_id.map(|id| id.to_string());
        let fits = |url: &&String| tree_id.is_none() || tree_id_in(url) == tree_id.as_deref();
        let mut urls: Vec<String> = Vec::new();
        for url in policy.logs.iter().filter_map(|log| log.url.as_ref()).filter(fits) {
            if !urls.contains(url) {
                urls.push(url.clone());
            }
        }
        urls
    }
}

/// `<server>/logs/<treeID>`, or the server's root, which serves its default log.
pub fn base(server: &str, tree_id: Option<&str>) -> String {
    let server = server.trim_end_matches('/');
    match (tree_id, tree_id_in(server)) {
        (None, _) => server.to_owned(),
        (Some(id), Some(other)) => format!("{}{id}", server.strip_suffix(other).unwrap_or(server)),
        (Some(id), None) => format!("{server}/logs/{id}"),
    }
}

/// The tree ID at the end of a log's address.
pub fn tree_id_in(url: &str) -> Option<&str> {
    let (_, id) = url.trim_end_matches('/').rsplit_once("/logs/")?;
    (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())).then_some(id)
}

/// Reads a public key file; a certificate may hold several keys that sign.
pub fn read_keys(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    let bytes = files::read(path, MAX_KEY_FILE)?;
    PublicKey::parse_all(&bytes).map_err(|error| Failure::trouble(format!("{}: {error}", path.display())))
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
        KeyType::Ed25519 | KeyType::EcdsaP256 => Ok(vkey),
        KeyType::CosignatureV1 | KeyType::MlDsa44 => {
            Err(Failure::trouble("--log-key: this is a witness's key, not a log's"))
        }
    }
}

/// The first line of a file that is a vkey: what `rekor log create` prints can be given as it is.
fn vkey_file(path: &Path) -> Result<Vkey, Failure> {
    let text = files::read_text(path, MAX_KEY_FILE)?;
    text.lines().find_map(|line| line.trim().parse().ok()).ok_or_else(|| {
        Failure::trouble(format!("{}: holds no verifier key (one line name+hex+base64)", path.display()))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        options: Options,
    }

    /// Whoever trusts the logs at these addresses.
    fn policy(trusted: &[&str]) -> Policy {
        let folder = tempfile::TempDir::new().unwrap();
        let log = |url: &&str| {
            let vkey = rekor_log::Log::create(folder.path(), None).unwrap().vkey().parse().unwrap();
            TrustedLog { vkey, url: Some((*url).to_owned()) }
        };
        Policy { logs: trusted.iter().map(log).collect(), ..Policy::default() }
    }

    fn options(arguments: &[&str]) -> Options {
        let mut options = Only::parse_from([&["rekor"], arguments].concat()).options;
        if !arguments.contains(&"--server") {
            options.server = None; // whatever REKOR_SERVER says where the tests run
        }
        options
    }

    /// The base address under these arguments, for a user who trusts the logs at `trusted`.
    fn asked(arguments: &[&str], trusted: &[&str]) -> Result<String, Failure> {
        options(arguments).base(&policy(trusted))
    }

    #[test]
    fn which_log_is_asked() {
        let (one, two) = ("http://a.example/logs/1", "http://a.example/logs/2");
        assert_eq!(asked(&[], &[]).unwrap(), DEFAULT_SERVER);
        assert_eq!(asked(&["--tlog_id=7"], &[]).unwrap(), format!("{DEFAULT_SERVER}/logs/7"));
        assert_eq!(asked(&[], &[one]).unwrap(), one);
        assert_eq!(asked(&[], &[one, one]).unwrap(), one);
        assert_eq!(asked(&["--tlog_id=2"], &[one, two]).unwrap(), two);
        assert_eq!(asked(&["--server", "http://b.example/"], &[one, two]).unwrap(), "http://b.example");
        assert_eq!(asked(&["--server", one, "--tlog_id=3"], &[]).unwrap(), "http://a.example/logs/3");
        assert!(asked(&["--server", "file:///etc"], &[]).is_err());
        let unnamed = |arguments: &[&str], trusted: &[&str]| options(arguments).names_no_log(&policy(trusted));
        assert!(unnamed(&[], &[]) && unnamed(&["--tlog_id=7"], &[one]));
        assert!(!unnamed(&["--server", one], &[]) && !unnamed(&[], &[one]));
    }

    #[test]
    fn several_trusted_logs_are_asked_in_their_order() {
        let (one, two) = ("http://b.example/logs/1", "http://a.example/logs/2");
        let bases = |arguments: &[&str]| options(arguments).bases(&policy(&[one, two, one])).unwrap();
        assert_eq!(bases(&[]), [one, two]);
        assert_eq!(bases(&["--tlog_id=2"]), [two]);
        assert_eq!(bases(&["--server", two]), [two]);
    }

    #[test]
    fn with_several_trusted_logs_the_user_chooses() {
        let (one, two) = ("http://a.example/logs/1", "http://b.example/logs/1");
        for arguments in [&[][..], &["--tlog_id=1"]] {
            let message = asked(arguments, &[one, two]).unwrap_err().message;
            assert!(message.contains(one) && message.contains(two), "{message}");
        }
    }
}
