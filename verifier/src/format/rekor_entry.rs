//! An entry as a Rekor log hands it out: in an answer of v1's API, or in a Sigstore bundle (`TransparencyLogEntry` of
//! sigstore/protobuf-specs), where those of v2 come as well. Nothing in it has been checked.

use super::json::{self, JsonError, Value};
use super::shape::{Malformed, list, malformed, object};
use crate::Hash;
use crate::bytes::{base64_decode, decimal, hex_decode};
use std::fmt;

/// The largest answer that is read, in bytes: ten entries, the most that v1 gives at once, with what they attest.
pub const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// The most entries of one answer: v1 gives ten at once.
pub const MAX_ENTRIES: usize = 100;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RekorEntry {
    /// The entry ID that v1's API gives: 64 hexadecimal digits, or 80 with the tree's ID before them.
    pub id: Option<String>,
    /// The bytes that are hashed into the tree.
    pub leaf: Vec<u8>,
    /// Position in the log, all its trees counted, from 0.
    pub index: u64,
    /// The ID of the log's key.
    pub log_id: Hash,
    /// When the log says that it took the entry, in seconds since 1970; `None` where it says nothing.
    pub time: Option<i64>,
    /// The signed entry timestamp, v1's promise of inclusion.
    pub promise: Option<Vec<u8>>,
    /// The proof of inclusion.
    pub proof: Option<InclusionProof>,
}

/// A proof of inclusion as the log stated it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Position in the tree, from 0.
    pub index: u64,
    /// Number of entries in the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// Hashes from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The signed note over the tree; empty where there is none.
    pub checkpoint: String,
}

/// Why bytes are no entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RekorEntryError {
    /// Larger than [`MAX_ANSWER`].
    TooLarge,
    /// Not JSON that is accepted.
    Json(JsonError),
    /// More than [`MAX_ENTRIES`].
    TooMany(usize),
    /// JSON of another shape.
    Malformed(Malformed),
}

impl fmt::Display for RekorEntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RekorEntryError::TooLarge => write!(f, "an answer of more than {MAX_ANSWER} bytes"),
            RekorEntryError::Json(error) => error.fmt(f),
            RekorEntryError::TooMany(count) => write!(f, "an answer of {count} entries, more than {MAX_ENTRIES}"),
            RekorEntryError::Malformed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RekorEntryError {}

impl From<Malformed> for RekorEntryError {
    fn from(error: Malformed) -> Self {
        RekorEntryError::Malformed(error)
    }
}

impl RekorEntry {
    /// Reads an answer of v1's API: an object of entries under their IDs, or a list of such objects. There is at least
    /// one entry.
    pub fn parse_answer(bytes: &[u8]) -> Result<Vec<Self>, RekorEntryError> {
        let value = parse(bytes)?;
        let named = named(&value)?;
        match named.len() {
            0 => Err(malformed("the answer", "it holds no entry").into()),
            count if count > MAX_ENTRIES => Err(RekorEntryError::TooMany(count)),
            _ => Ok(named.into_iter().map(|(id, entry)| Self::from_api(id, entry)).collect::<Result<_, _>>()?),
        }
    }

    /// Whether `bytes` claim to be an answer of v1's API: entries under their IDs, well-formed or not.
    pub fn claims_to_be(bytes: &[u8]) -> bool {
        // Most files are something else, which need not be read as JSON to know.
        if !bytes.windows(8).any(|window| window == b"logIndex") {
            return false;
        }
        let Ok(value) = parse(bytes) else { return false };
        let has = |entry: &Value| ["body", "logID", "logIndex"].iter().all(|name| entry.get(name).is_some());
        named(&value).is_ok_and(|named| !named.is_empty() && named.iter().all(|(id, entry)| is_id(id) && has(entry)))
    }

    /// Reads one `TransparencyLogEntry`.
    pub fn parse_bundled(bytes: &[u8]) -> Result<Self, RekorEntryError> {
        Ok(Self::from_bundle(&parse(bytes)?)?)
    }

    /// Reads one entry of an answer that is read already, under its ID.
    pub fn from_api(id: &str, value: &Value) -> Result<Self, Malformed> {
        if !is_id(id) {
            return Err(malformed(id, "expected an entry ID of 64 or 80 hexadecimal digits"));
        }
        let verification = value.get("verification").unwrap_or(&Value::Null);
        let proof = verification.get("inclusionProof");
        let read_hash = |value: &Value| value.as_str().and_then(Hash::from_hex);
        Ok(Self {
            id: Some(id.to_owned()),
            leaf: base64(value, "body")?,
            index: number(value, "logIndex")?,
            log_id: value.get("logID").and_then(read_hash).ok_or_else(|| malformed("logID", "expected 32 bytes"))?,
            time: time(value)?,
            promise: optional(verification, "signedEntryTimestamp", base64)?,
            proof: proof.map(|proof| InclusionProof::read(proof, read_hash, proof.get("checkpoint"))).transpose()?,
        })
    }

    /// Reads the `TransparencyLogEntry` of a bundle that is read already.
    pub fn from_bundle(value: &Value) -> Result<Self, Malformed> {
        let promise = value.get("inclusionPromise").unwrap_or(&Value::Null);
        let read_hash = |value: &Value| value.as_str().and_then(Hash::from_base64);
        let log_id = value.get("logId").and_then(|id| id.get("keyId")).and_then(read_hash);
        let checkpoint = |proof: &'_ Value| proof.get("checkpoint").and_then(|note| note.get("envelope")).cloned();
        let proof = value.get("inclusionProof");
        Ok(Self {
            id: None,
            leaf: base64(value, "canonicalizedBody")?,
            // Protobuf's JSON leaves out what is zero.
            index: optional(value, "logIndex", number)?.unwrap_or(0),
            log_id: log_id.ok_or_else(|| malformed("logId.keyId", "expected the base64 of 32 bytes"))?,
            time: time(value)?,
            promise: optional(promise, "signedEntryTimestamp", base64)?,
            proof: proof.map(|proof| InclusionProof::read(proof, read_hash, checkpoint(proof).as_ref())).transpose()?,
        })
    }
}

impl InclusionProof {
    fn read(
        value: &Value,
        read_hash: impl Fn(&Value) -> Option<Hash>,
        checkpoint: Option<&Value>,
    ) -> Result<Self, Malformed> {
        let hash =
            |value: &Value| read_hash(value).ok_or_else(|| malformed("inclusionProof", "a hash is not 32 bytes"));
        let hashes = match value.get("hashes") {
            None | Some(Value::Null) => &[],
            some => list(some, "inclusionProof.hashes")?,
        };
        let checkpoint = match checkpoint {
            None | Some(Value::Null) => "",
            Some(Value::String(note)) => note,
            Some(_) => return Err(malformed("inclusionProof.checkpoint", "expected a string")),
        };
        Ok(Self {
            index: optional(value, "logIndex", number)?.unwrap_or(0),
            size: number(value, "treeSize")?,
            root: hash(value.get("rootHash").unwrap_or(&Value::Null))?,
            hashes: hashes.iter().map(hash).collect::<Result<_, _>>()?,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

/// The entries of an answer, each with its ID.
fn named(answer: &Value) -> Result<Vec<(&str, &Value)>, Malformed> {
    let mut named = Vec::new();
    for members in answer.as_array().unwrap_or(std::slice::from_ref(answer)) {
        named.extend(object(Some(members), "the answer")?.iter().map(|(id, entry)| (id.as_str(), entry)));
    }
    Ok(named)
}

fn is_id(id: &str) -> bool {
    matches!(id.len(), 64 | 80) && hex_decode(id).is_some()
}

fn parse(bytes: &[u8]) -> Result<Value, RekorEntryError> {
    match bytes.len() > MAX_ANSWER {
        true => Err(RekorEntryError::TooLarge),
        false => json::parse(bytes).map_err(RekorEntryError::Json),
    }
}

/// A time of 0 is none: that is how protobuf and v2 say so.
fn time(value: &Value) -> Result<Option<i64>, Malformed> {
    let time = optional(value, "integratedTime", number)?.filter(|time| *time != 0);
    let seconds = |time| i64::try_from(time).map_err(|_| malformed("integratedTime", "not a time"));
    time.map(seconds).transpose()
}

/// A member that may be missing or `null`.
fn optional<T>(
    value: &Value,
    name: &str,
    read: fn(&Value, &str) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => read(value, name).map(Some),
    }
}

fn base64(value: &Value, name: &str) -> Result<Vec<u8>, Malformed> {
    let bytes = value.get(name).and_then(Value::as_str).and_then(base64_decode);
    bytes.ok_or_else(|| malformed(name, "expected base64"))
}

/// A number below 2⁶³, which protobuf's JSON writes as a string.
fn number(value: &Value, name: &str) -> Result<u64, Malformed> {
    let number = match value.get(name) {
        Some(Value::String(text)) => decimal(text),
        other => other.and_then(Value::as_u64),
    };
    number.filter(|number| *number < 1 << 63).ok_or_else(|| malformed(name, "expected a number below 2^63"))
}
