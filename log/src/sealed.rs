//! Private keys at rest, encrypted with a passphrase: PKCS#8 with PBES2 (RFC 5958, RFC 8018), scrypt and AES-256-CBC, as
//! PEM. OpenSSL reads it.

use crate::keys::KeyError;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use std::fmt;

/// How an encrypted key file begins.
const BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// What opens a log's private keys, and where they are if not in its folder.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// For encrypted key files.
    pub passphrase: Option<String>,
    /// The texts of unencrypted key files, `ed25519.key` and `p256.key` of one or more logs, one after the other: the
    /// folders need not have any.
    pub keys: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// Whether the text of a key file is encrypted.
pub(crate) fn is_sealed(text: &str) -> bool {
    text.starts_with(BEGIN)
}

/// The text of a key file that only this passphrase opens.
pub(crate) fn seal(key: &impl EncodePrivateKey, passphrase: &str) -> Result<String, KeyError> {
    if passphrase.is_empty() {
        return Err(KeyError::EmptyPassphrase);
    }
    let sealed = key.to_pkcs8_encrypted_pem(passphrase, LineEnding::LF).map_err(|_| KeyError::Sealing)?;
    Ok(sealed.to_string())
}

/// The key in an encrypted key file, which `file` names in errors.
pub(crate) fn unseal<K: DecodePrivateKey>(
    text: &str,
    passphrase: Option<&str>,
    file: &'static str,
) -> Result<K, KeyError> {
    let passphrase = passphrase.ok_or(KeyError::NoPassphrase)?;
    // Nothing in the format tells a wrong passphrase from damage.
    K::from_pkcs8_encrypted_pem(text, passphrase).map_err(|_| KeyError::WrongPassphrase(file))
}
