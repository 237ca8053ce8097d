//! `rekor key`: what people compare.

use crate::Outcome;
use crate::files;
use crate::options::read_keys;
use clap::Args;
use rekor_verifier::bytes::base64_encode;
use std::path::PathBuf;

/// Show the fingerprint of public keys, and the line that names each in a signers file.
#[derive(Args)]
pub struct Key {
    /// Public key files: PEM, in-toto JSON, X.509, OpenPGP, OpenSSH, minisign
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub fn run(command: &Key) -> Outcome {
    for path in &command.files {
        let keys = read_keys(path)?;
        let name = crate::render::printable(&files::stem(path)).replace(char::is_whitespace, "-");
        for (i, key) in keys.iter().enumerate() {
            let number = if keys.len() > 1 { format!("-{}", i + 1) } else { String::new() };
            println!("{}  {}", key.fingerprint(), key.scheme().name());
            println!("signer {name}{number} {}", base64_encode(key.spki_der()));
        }
    }
    Ok(0)
}
