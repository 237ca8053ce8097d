//! What somebody wrote into the one field for look-ups, or what a file that they chose stands for.

use rekor_verifier::bytes::{base64_encode, decimal, hex_decode};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::evidence::Asked;
use rekor_verifier::format::key::{KeyError, MAX_KEY_FILE, PublicKey};
use std::fmt;

use crate::recognise::{Recognised, recognise};

/// The longest e-mail address, in bytes (RFC 5321 §4.5.3.1).
const MAX_EMAIL: usize = 254;

/// What to ask a log.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Entries.
    Entries(Asked),
    /// The log's state and its newest entries; those before this many are known already.
    Newest {
        /// How many entries the log had when it was asked last; 0 at first.
        known: u64,
    },
    /// The steps around the file with this SHA-256, so many hops in each direction.
    Chain {
        /// Lower-case hexadecimal.
        sha256: String,
        /// 1 to [`crate::MAX_HOPS`].
        hops: usize,
    },
}

/// Why a text is not a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionError {
    /// Nothing was written.
    Empty,
    /// It is none of the forms that are understood.
    Unknown,
    /// A digest that has another number of digits than its algorithm gives; how many, and how many it should have.
    Digits {
        /// The algorithm.
        algorithm: String,
        /// Digits that there are.
        found: usize,
        /// Digits that there should be.
        expected: usize,
    },
    /// Looks like a key and is none that can be used; why.
    Key(KeyError),
}

impl fmt::Display for QuestionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuestionError::Empty => f.write_str("there is nothing to look up"),
            QuestionError::Unknown => f.write_str(
                "this is none of a digest (sha256:…), an entry's ID, an index, an e-mail address or a public key",
            ),
            QuestionError::Digits { algorithm, found, expected } => {
                write!(f, "a {algorithm} digest has {expected} hexadecimal digits, this one {found}")
            }
            QuestionError::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for QuestionError {}

impl Question {
    /// Reads what somebody wrote: a digest with or without its algorithm's name, an entry's ID, an index (`#7` or `7`),
    /// an e-mail address, or a public key in any form.
    ///
    /// 64 digits alone are taken for a SHA-256 digest first, and for an entry's ID where nothing names that digest.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(QuestionError::Empty);
        }
        if text.len() > MAX_KEY_FILE {
            return Err(QuestionError::Unknown);
        }
        let asked = match simple(text)? {
            None => key(text)?,
            asked => asked,
        };
        asked.map(Self::Entries).ok_or(QuestionError::Unknown)
    }

    /// What a file stands for: a key for itself, anything else, a link say, for its digest.
    pub fn of_file(bytes: &[u8]) -> Result<Self, QuestionError> {
        match recognise(bytes) {
            Recognised::Keys(keys) => match keys.into_iter().next() {
                Some(key) => Ok(Self::Entries(Asked::Key(Box::new(key)))),
                None => Err(QuestionError::Unknown),
            },
            Recognised::UnusableKey(error) => Err(QuestionError::Key(error)),
            _ => Ok(Self::Entries(Asked::Digest { algorithm: "sha256".into(), hex: sha256(bytes).to_string() })),
        }
    }

    /// What a link to the same question says: a text that [`Self::parse`] reads back.
    pub fn to_text(&self) -> String {
        match self {
            Self::Entries(Asked::Digest { algorithm, hex }) => format!("{algorithm}:{hex}"),
            Self::Entries(Asked::Key(key)) => base64_encode(key.spki_der()),
            Self::Entries(Asked::Email(email)) => email.clone(),
            Self::Entries(Asked::Entry(id)) => id.clone(),
            Self::Entries(Asked::Index(index)) => index.to_string(),
            Self::Entries(Asked::Any) | Self::Newest { .. } => String::new(),
            Self::Chain { sha256, .. } => format!("sha256:{sha256}"),
        }
    }
}

/// Everything but a key.
fn simple(text: &str) -> Result<Option<Asked>, QuestionError> {
    if let Some(index) = decimal(text.strip_prefix('#').unwrap_or(text)) {
        return Ok(Some(Asked::Index(index)));
    }
    let lower = text.to_ascii_lowercase();
    if let Some((algorithm, hex)) = lower.split_once(':')
        && let Some(expected) = digits(algorithm)
    {
        return match hex_decode(hex) {
            Some(_) if hex.len() == expected => Ok(Some(digest(algorithm, hex))),
            Some(_) => Err(QuestionError::Digits { algorithm: algorithm.into(), found: hex.len(), expected }),
            None => Err(QuestionError::Unknown),
        };
    }
    if hex_decode(&lower).is_some() {
        return Ok(match lower.len() {
            40 => Some(digest("sha1", &lower)),
            64 => Some(digest("sha256", &lower)),
            80 => Some(Asked::Entry(lower)),
            96 => Some(digest("sha384", &lower)),
            128 => Some(digest("sha512", &lower)),
            _ => None,
        });
    }
    Ok(is_email(text).then(|| Asked::Email(text.to_owned())))
}

fn digest(algorithm: &str, hex: &str) -> Asked {
    Asked::Digest { algorithm: algorithm.to_owned(), hex: hex.to_owned() }
}

fn digits(algorithm: &str) -> Option<usize> {
    match algorithm {
        "sha1" => Some(40),
        "sha256" => Some(64),
        "sha384" => Some(96),
        "sha512" => Some(128),
        _ => None,
    }
}

/// Something with one `@` in it, in characters that JSON leaves as they are. What else an address may be is for those
/// who deliver mail.
fn is_email(text: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\\' | '<' | '>');
    let parts = text.split_once('@');
    text.len() <= MAX_EMAIL
        && text.chars().all(plain)
        && parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

fn key(text: &str) -> Result<Option<Asked>, QuestionError> {
    match PublicKey::parse_all(text.as_bytes()) {
        Ok(keys) => Ok(keys.into_iter().next().map(|key| Asked::Key(Box::new(key)))),
        Err(KeyError::NotAKey) => Ok(None),
        Err(error) => Err(QuestionError::Key(error)),
    }
}
