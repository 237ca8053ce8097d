//! C2SP signed notes: a text and the signature lines below it, and the verifier keys (vkeys) that check them.
//!
//! ```text
//! example.com/log
//! 15
//! rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=
//!
//! — example.com/log M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=
//! ```
//!
//! Source: C2SP signed-note.

use super::key::{Material, PublicKey};
use crate::bytes::{base64_decode, base64_encode, decimal, hex_decode, hex_encode};
use crate::check::digest::sha256;
use std::fmt;
use std::str::FromStr;

/// The most signature lines that are read; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 128;

/// The largest note that is read, in bytes.
pub const MAX_NOTE: usize = 1024 * 1024;

/// A note as read; no signature has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is signed, ending in a line feed.
    pub text: String,
    /// The signature lines, in order.
    pub signatures: Vec<NoteSignature>,
}

/// A signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's ID: a hint that tells keys of one name apart.
    pub key_id: [u8; 4],
    /// What follows the ID, in the form that the key's type gives it.
    pub signature: Vec<u8>,
}

/// Why bytes are not a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteError {
    /// Larger than [`MAX_NOTE`].
    TooLarge,
    /// Not UTF-8, or a control character other than the line feed.
    BadCharacter,
    /// No empty line between text and signatures, or no line feed at the end.
    NoSignatures,
    /// A signature line that cannot be read; its number, from 1.
    BadLine(usize),
    /// More than [`MAX_SIGNATURES`] lines.
    TooMany,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteError::TooLarge => write!(f, "the note is larger than {MAX_NOTE} bytes"),
            NoteError::BadCharacter => f.write_str("the note is not text (UTF-8 without control characters)"),
            NoteError::NoSignatures => f.write_str("the note has no signatures"),
            NoteError::BadLine(n) => write!(f, "signature line {n} of the note cannot be read"),
            NoteError::TooMany => write!(f, "the note has more than {MAX_SIGNATURES} signatures"),
        }
    }
}

impl std::error::Error for NoteError {}

impl Note {
    /// Reads a note that fills `bytes` to the end.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::TooLarge);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::BadCharacter)?;
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::BadCharacter);
        }
        let split = bytes.windows(2).rposition(|pair| pair == b"\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, lines) = (&note[..split + 1], &note[split + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (i, line) in lines.split('\n').enumerate() {
            if i == MAX_SIGNATURES {
                return Err(NoteError::TooMany);
            }
            signatures.push(NoteSignature::parse(line).ok_or(NoteError::BadLine(i + 1))?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The bytes of the note.
    pub fn encode(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for one in &self.signatures {
            let bytes = [&one.key_id[..], &one.signature].concat();
            out.push_str(&format!("\u{2014} {} {}\n", one.name, base64_encode(&bytes)));
        }
        out
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = base64_decode(encoded)?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        if !is_name(name) || signature.is_empty() {
            return None;
        }
        Some(Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }
}

/// Key names are not empty and hold neither white space nor `+`.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// 01: Ed25519 over the note's text; what logs sign with.
    Ed25519,
    /// 02: ECDSA P-256 with SHA-256 over the note's text; what Rekor v1 logs sign with.
    EcdsaP256,
    /// 04: Ed25519 over a timestamp and the note's text; what witnesses sign with (C2SP tlog-cosignature).
    CosignatureV1,
    /// 06: ML-DSA-44 (FIPS 204) over a timestamp and the tree head; what witnesses sign with (C2SP tlog-cosignature).
    MlDsa44,
}

impl KeyType {
    const fn byte(self) -> u8 {
        match self {
            KeyType::Ed25519 => 0x01,
            KeyType::EcdsaP256 => 0x02,
            KeyType::CosignatureV1 => 0x04,
            KeyType::MlDsa44 => 0x06,
        }
    }

    /// Size of such a key in bytes.
    const fn size(self) -> usize {
        match self {
            KeyType::Ed25519 | KeyType::CosignatureV1 => 32,
            KeyType::EcdsaP256 => 91,
            KeyType::MlDsa44 => 1312,
        }
    }

    /// Whether its signatures begin with the time at which they were made.
    pub(crate) const fn stamps(self) -> bool {
        matches!(self, KeyType::CosignatureV1 | KeyType::MlDsa44)
    }
}

/// A note's verifier key, written `name+<8 hex digits of the key ID>+<base64 of type and key>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Vkey {
    /// The key's name; for a log, its origin.
    pub name: String,
    /// What it signs with.
    pub key_type: KeyType,
    /// The public key: 32 bytes of Ed25519, 1,312 of ML-DSA-44, or the SPKI DER of an ECDSA key.
    pub key: Vec<u8>,
}

/// Why a text is not a vkey that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VkeyError {
    /// Not of the form `name+id+key`.
    Malformed,
    /// The ID does not belong to the name and key: a typing error, or another name.
    WrongId,
    /// A key type that is not supported.
    UnknownType(u8),
}

impl fmt::Display for VkeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VkeyError::Malformed => f.write_str("not a verifier key: expected name+hex+base64 in one line"),
            VkeyError::WrongId => {
                f.write_str("the verifier key's ID does not belong to its name and key: was it changed?")
            }
            VkeyError::UnknownType(t) => {
                write!(
                    f,
                    "verifier keys of type {t:#04x} are not supported (only Ed25519, ECDSA P-256 and ML-DSA-44 are)"
                )
            }
        }
    }
}

impl std::error::Error for VkeyError {}

impl Vkey {
    /// SHA-256(name ‖ 0A ‖ type ‖ key), its first 4 bytes; of ECDSA keys those of the SHA-256 of the key alone.
    pub fn key_id(&self) -> [u8; 4] {
        let id = match self.key_type {
            KeyType::EcdsaP256 => sha256(&self.key),
            other => sha256(&[self.name.as_bytes(), b"\n", &[other.byte()], &self.key].concat()),
        };
        let [a, b, c, d, ..] = *id.as_bytes();
        [a, b, c, d]
    }

    /// The ECDSA key, where it is one.
    pub fn ecdsa(&self) -> Option<PublicKey> {
        let key = PublicKey::from_spki_der(&self.key).ok().filter(|_| self.key_type == KeyType::EcdsaP256)?;
        (matches!(key.material, Material::P256(_)) && key.spki_der() == self.key).then_some(key)
    }

    /// Whether checkpoints of `origin` are this log's. Rekor v1 puts the ID of the tree behind the log's name, and begins
    /// another tree from time to time.
    pub fn is_of(&self, origin: &str) -> bool {
        match self.key_type {
            KeyType::EcdsaP256 => origin
                .strip_prefix(&self.name)
                .and_then(|rest| rest.strip_prefix(" - "))
                .is_some_and(|id| decimal(id).is_some()),
            _ => origin == self.name,
        }
    }

    /// SHA-256 over the whole vkey as written: what people compare before they trust a log.
    pub fn fingerprint(&self) -> crate::Hash {
        sha256(self.to_string().as_bytes())
    }
}

impl FromStr for Vkey {
    type Err = VkeyError;

    fn from_str(text: &str) -> Result<Self, VkeyError> {
        // Neither the name nor the ID can hold a `+`; the base64 may.
        let (name, rest) = text.split_once('+').ok_or(VkeyError::Malformed)?;
        let (id, key) = rest.split_once('+').ok_or(VkeyError::Malformed)?;
        let id = hex_decode(id).filter(|id| id.len() == 4).ok_or(VkeyError::Malformed)?;
        let bytes = base64_decode(key).ok_or(VkeyError::Malformed)?;
        let (&type_byte, raw) = bytes.split_first().ok_or(VkeyError::Malformed)?;
        if !is_name(name) {
            return Err(VkeyError::Malformed);
        }
        let key_type = match type_byte {
            0x01 => KeyType::Ed25519,
            0x02 => KeyType::EcdsaP256,
            0x04 => KeyType::CosignatureV1,
            0x06 => KeyType::MlDsa44,
            other => return Err(VkeyError::UnknownType(other)),
        };
        if raw.len() != key_type.size() {
            return Err(VkeyError::Malformed);
        }
        let vkey = Self { name: name.to_owned(), key_type, key: raw.to_vec() };
        if key_type == KeyType::EcdsaP256 && vkey.ecdsa().is_none() {
            return Err(VkeyError::Malformed);
        }
        match vkey.key_id()[..] == id[..] {
            true => Ok(vkey),
            false => Err(VkeyError::WrongId),
        }
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.key_type.byte()][..], &self.key].concat();
        write!(f, "{}+{}+{}", self.name, hex_encode(&self.key_id()), base64_encode(&key))
    }
}

impl fmt::Debug for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
