//! ASCII armor (RFC 4880 §6.2, RFC 9580 §6.2).

use super::super::key::KeyError;
use super::malformed;
use crate::bytes::{base64_decode, contains};

/// What armored files of every kind begin with.
pub(crate) const ARMOR: &str = "-----BEGIN PGP ";

const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const END: &str = "-----END PGP PUBLIC KEY BLOCK-----";

/// The packets in a text that is one armored block of public keys.
///
/// Its CRC-24, which guards against noise and not against people, is not computed: the signatures inside are checked.
pub(crate) fn unarmor(text: &str) -> Result<Vec<u8>, KeyError> {
    let blocks = text.lines().filter(|line| line.starts_with(ARMOR)).count();
    if contains(text, " PRIVATE KEY BLOCK-----") {
        return Err(KeyError::PrivateKey);
    }
    if blocks > 1 {
        return Err(KeyError::Several(blocks));
    }
    let mut lines = text.lines().map(str::trim_end);
    match lines.next() {
        Some(BEGIN) => {}
        // A signature or a message: evidence perhaps, but no key.
        _ => return Err(KeyError::NotAKey),
    }
    // Headers such as `Comment: …`; base64 has no colon.
    let mut lines = lines.skip_while(|line| line.contains(':')).peekable();
    lines.next_if(|line| line.is_empty());
    let mut base64 = String::with_capacity(text.len());
    for line in lines.by_ref().take_while(|line| *line != END) {
        match line.strip_prefix('=') {
            // The checksum stands in a line of its own before the last.
            Some(checksum) if checksum.len() == 4 => {}
            _ => base64.push_str(line),
        }
    }
    match base64_decode(&base64) {
        Some(bytes) if lines.next().is_none() && text.ends_with(END) => Ok(bytes),
        _ => Err(malformed("its armor cannot be read")),
    }
}
