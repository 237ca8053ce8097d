//! OpenSSH's public keys, one a line: type, base64, comment (sshd(8), RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4).

use super::spki::{self, Curve};
use super::{KeyError, PublicKey, is_plain};
use crate::bytes::{Cursor, base64_decode, contains};

pub(super) fn claims(text: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "---- BEGIN SSH2 "].iter().any(|start| text.starts_with(start))
}

/// Reads every key of a file; empty lines and lines that begin with `#` are left out, as sshd does. Comments and remarks
/// are plain words: what else stands there may be meant for a shell.
pub(super) fn read(text: &str) -> Result<Vec<PublicKey>, KeyError> {
    if !text.lines().all(|line| is_plain(line.trim_start_matches('#'))) {
        return Err(KeyError::NotAKey);
    }
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(line).collect()
}

fn line(line: &str) -> Result<PublicKey, KeyError> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().unwrap_or_default();
    supported(name)?;
    let blob = words.next().and_then(base64_decode).ok_or_else(malformed)?;
    key(name, &mut Cursor::new(&blob)).ok_or_else(malformed)?
}

fn supported(name: &str) -> Result<(), KeyError> {
    let unsupported = |what: String| Err(KeyError::Unsupported(what));
    match name {
        "ssh-ed25519" | "ssh-rsa" | "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => Ok(()),
        "----" => unsupported("the SSH2 form of a key".into()),
        name if contains(name, "-cert-v01@") => unsupported(format!("an OpenSSH certificate ({name})")),
        // Its signatures cover the token's counter besides the message.
        name if name.starts_with("sk-") => unsupported(format!("an OpenSSH key of a security token ({name})")),
        name => unsupported(format!("an OpenSSH key of type {name}")),
    }
}

fn malformed() -> KeyError {
    KeyError::Malformed("this OpenSSH key cannot be read".into())
}

/// Reads the blob, which repeats the type; nothing may follow its last field.
fn key(name: &str, blob: &mut Cursor<'_>) -> Option<Result<PublicKey, KeyError>> {
    if blob.prefixed()? != name.as_bytes() {
        return None;
    }
    let key = match name {
        "ssh-ed25519" => PublicKey::from_ed25519(blob.prefixed()?.try_into().ok()?),
        "ssh-rsa" => {
            let exponent = positive(blob.prefixed()?)?;
            spki::from_rsa(positive(blob.prefixed()?)?, exponent)
        }
        _ => {
            let curve = blob.prefixed()?;
            if name.as_bytes().strip_prefix(b"ecdsa-sha2-") != Some(curve) {
                return None;
            }
            spki::from_point(curve_of(curve)?, blob.prefixed()?)
        }
    };
    blob.is_empty().then_some(key)
}

fn curve_of(name: &[u8]) -> Option<Curve> {
    match name {
        b"nistp256" => Some(Curve::P256),
        b"nistp384" => Some(Curve::P384),
        b"nistp521" => Some(Curve::P521),
        _ => None,
    }
}

/// An `mpint` (RFC 4251 §5) that is not negative and has no needless zero in front.
fn positive(mpint: &[u8]) -> Option<&[u8]> {
    match mpint {
        [0, second, ..] if *second >= 0x80 => mpint.get(1..),
        [first, ..] if (1..0x80).contains(first) => Some(mpint),
        _ => None,
    }
}
