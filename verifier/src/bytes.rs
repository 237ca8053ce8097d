//! Encodings with exactly one accepted spelling: hexadecimal, base64, decimal; and the SHA-256 value.

mod base64;
pub(crate) mod der;

use base16ct::lower as base16;
use std::fmt;

/// A SHA-256 value: a digest of bytes, or the hash of a node of a Merkle tree.
///
/// Shown as 64 lower-case hexadecimal digits; checkpoints and notes write it in base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash with these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash in `bytes`, if there are exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash written as 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::from_slice(&hex_decode(text)?)
    }

    /// The hash written as 44 characters of padded base64.
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_slice(&base64_decode(text)?)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Padded base64, as in checkpoints.
    pub fn to_base64(self) -> String {
        base64_encode(&self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where `part` first stands in `text`. The standard library's search is made for long parts, and one more kilobyte for
/// the browser to load.
pub fn find(text: &str, part: &str) -> Option<usize> {
    (0..=text.len()).find(|&at| text.as_bytes()[at..].starts_with(part.as_bytes()))
}

/// Whether `part` stands in `text`.
pub fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// What stands in `text` before and behind the first `part`.
pub fn split_once<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, part)?;
    Some((&text[..at], &text[at + part.len()..]))
}

/// Lower-case hexadecimal.
pub fn hex_encode(bytes: &[u8]) -> String {
    base16::encode_string(bytes)
}

/// The bytes of lower-case hexadecimal text; `None` for anything else (upper case, odd length, spaces).
pub fn hex_decode(text: &str) -> Option<Vec<u8>> {
    base16::decode_vec(text).ok()
}

/// Standard padded base64 (RFC 4648 §4).
pub fn base64_encode(bytes: &[u8]) -> String {
    base64::encode(bytes)
}

/// The bytes of standard padded base64; `None` for anything that [`base64_encode`] would not have written.
pub fn base64_decode(text: &str) -> Option<Vec<u8>> {
    base64::decode(text, base64::STANDARD)
}

/// The bytes of padded base64 in the alphabet for addresses (RFC 4648 §5); `None` for any other spelling.
pub(crate) fn base64url_decode(text: &str) -> Option<Vec<u8>> {
    base64::decode(text, base64::URL)
}

/// A decimal number without sign, spaces or leading zeros: the only spelling that signed texts may use.
pub fn decimal(text: &str) -> Option<u64> {
    let digits_only = text.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !digits_only || leading_zero {
        return None;
    }
    text.parse().ok()
}

/// Reads binary fields from the front of bytes; every read gives `None` where too few are left.
#[derive(Clone)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// Two bytes, big-endian.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    /// Four bytes, big-endian.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// Bytes that stand behind their length in four bytes (RFC 4251 §5, `string`).
    pub(crate) fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.take(length)
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_each() {
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for bad in ["", "+5", "-5", "005", " 5", "5 ", "18446744073709551616", "٣"] {
            assert_eq!(decimal(bad), None, "{bad:?}");
        }
        assert_eq!(hex_decode("0a"), Some(vec![10]));
        for bad in ["0A", "0", "0g", " 0a"] {
            assert_eq!(hex_decode(bad), None, "{bad:?}");
        }
        assert_eq!(base64_decode("AQ=="), Some(vec![1]));
        // Without padding, with stray bits in the last digit, with white space, in the URL alphabet.
        for bad in ["AQ", "AR==", "AQ==\n", "_w=="] {
            assert_eq!(base64_decode(bad), None, "{bad:?}");
        }
    }
}
