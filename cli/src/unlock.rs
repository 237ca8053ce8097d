//! Passphrases and private keys, from a file descriptor, the environment or the terminal: on a command line others would
//! see them.

use crate::Failure;
use clap::Args;
use rekor_log::{Secrets, needs_passphrase};
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::Path;

/// The most that is read of a passphrase or of keys, in bytes.
const MAX_SECRET: u64 = 1024 * 1024;

/// What opens the private keys of logs.
#[derive(Args)]
pub struct Unlock {
    #[command(flatten)]
    passphrase: Passphrase,

    /// Read the private keys from this file descriptor, not from the folder: `ed25519.key` and `p256.key` of each log, one
    /// after the other; `REKOR_KEYS` may hold the same
    #[arg(long, value_name = "FD")]
    keys_fd: Option<u32>,
}

/// Where a passphrase is.
#[derive(Args)]
pub struct Passphrase {
    /// Read the passphrase of encrypted private keys from this file descriptor; without it from `REKOR_PASSPHRASE`, or
    /// from whoever is at the terminal
    #[arg(long, value_name = "FD")]
    passphrase_fd: Option<u32>,
}

impl Unlock {
    /// What opens the keys of the logs in `data`; nobody is asked for what is not needed.
    pub fn secrets(&self, data: &Path) -> Result<Secrets, Failure> {
        let keys = given(self.keys_fd, "REKOR_KEYS")?;
        let needed = keys.is_none() && needs_passphrase(data).map_err(|error| Failure::trouble(error.to_string()))?;
        let passphrase = match needed {
            true => Some(self.passphrase.get("Passphrase of the private keys: ")?),
            false => None,
        };
        Ok(Secrets { passphrase, keys })
    }
}

impl Passphrase {
    /// The passphrase of keys that are there.
    fn get(&self, question: &str) -> Result<String, Failure> {
        match given(self.passphrase_fd, "REKOR_PASSPHRASE")? {
            Some(passphrase) => Ok(one_line(passphrase)),
            None => ask(question),
        }
    }

    /// The passphrase for new keys; asked for twice, where somebody is asked.
    pub fn choose(&self) -> Result<String, Failure> {
        if let Some(passphrase) = given(self.passphrase_fd, "REKOR_PASSPHRASE")? {
            return Ok(one_line(passphrase));
        }
        let passphrase = ask("Passphrase for the private keys: ")?;
        match ask("The same again: ")? == passphrase {
            true => Ok(passphrase),
            false => Err(Failure::trouble("the two passphrases differ")),
        }
    }
}

/// The text behind a file descriptor, or in an environment variable.
fn given(descriptor: Option<u32>, variable: &str) -> Result<Option<String>, Failure> {
    let Some(descriptor) = descriptor else {
        return match std::env::var(variable) {
            Ok(text) => Ok(Some(text)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(error) => Err(Failure::trouble(format!("{variable}: {error}"))),
        };
    };
    let trouble = |error: std::io::Error| Failure::trouble(format!("file descriptor {descriptor}: {error}"));
    let file = File::open(format!("/dev/fd/{descriptor}")).map_err(trouble)?;
    let mut text = String::new();
    file.take(MAX_SECRET).read_to_string(&mut text).map_err(trouble)?;
    Ok(Some(text))
}

/// A passphrase without the end of its line, which is no part of it.
fn one_line(mut text: String) -> String {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    text
}

fn ask(question: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let how = "give it by --passphrase-fd or REKOR_PASSPHRASE";
        return Err(Failure::trouble(format!("a passphrase is needed, and there is no terminal to ask on: {how}")));
    }
    rpassword::prompt_password(question).map_err(|error| Failure::trouble(format!("the terminal: {error}")))
}
