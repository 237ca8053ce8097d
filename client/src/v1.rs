//! Rekor v1's JSON: what is sent, and reading what comes back.

use rekor_verifier::Hash;
use rekor_verifier::bytes::{base64_decode, base64_encode, hex_decode};
use rekor_verifier::evidence::NoAnswer;
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::json::{self, Value};
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::rekor_entry::RekorEntry;
use std::fmt;

/// One entry of an answer.
#[derive(Clone, Debug)]
pub(crate) struct V1Entry {
    pub uuid: String,
    pub index: u64,
    pub time: Option<i64>,
    pub leaf: Vec<u8>,
    pub body: Option<Vec<u8>>,
    /// All that came, with what proves it; `None` where it was read from tiles.
    pub answered: Option<RekorEntry>,
    /// The same as JSON, under its ID; `None` also where a link file came along.
    pub json: Option<String>,
}

/// The state of a Rekor v1 log.
#[derive(Clone, Debug)]
pub(crate) struct V1State {
    /// The signed note over its present tree.
    pub head: Vec<u8>,
    /// How many entries its earlier trees hold: indices go on from tree to tree.
    pub earlier: u64,
}

fn unreadable(what: &str) -> NoAnswer {
    NoAnswer::Unreadable(format!("its answer cannot be read: {what}"))
}

fn parse(body: &[u8]) -> Result<Value, NoAnswer> {
    json::parse(body).map_err(|error| unreadable(&error.to_string()))
}

/// An entry ID: 64 hexadecimal digits of the leaf hash, or 80 with the tree ID before it.
pub(crate) fn is_uuid(text: &str) -> bool {
    matches!(text.len(), 64 | 80) && hex_decode(text).is_some()
}

/// Reads the answer of `index/retrieve`: a list of entry IDs.
pub(crate) fn read_uuids(body: &[u8]) -> Result<Vec<String>, NoAnswer> {
    let value = parse(body)?;
    let list = value.as_array().ok_or_else(|| unreadable("expected a list of entry IDs"))?;
    let uuids: Option<Vec<String>> =
        list.iter().map(|id| id.as_str().filter(|id| is_uuid(id)).map(str::to_owned)).collect();
    uuids.ok_or_else(|| unreadable("expected entry IDs of 64 or 80 hexadecimal digits"))
}

/// Reads the answer of `entries/retrieve`: a list of objects, each with entries under their IDs.
pub(crate) fn read_entries(body: &[u8]) -> Result<Vec<V1Entry>, NoAnswer> {
    let value = parse(body)?;
    let list = value.as_array().ok_or_else(|| unreadable("expected a list of entries"))?;
    let mut entries = Vec::new();
    for object in list {
        entries.extend(entries_of(object)?);
    }
    Ok(entries)
}

fn entries_of(object: &Value) -> Result<Vec<V1Entry>, NoAnswer> {
    let members = object.as_object().ok_or_else(|| unreadable("expected entries under their IDs"))?;
    members.iter().map(|(uuid, value)| entry(uuid, value)).collect()
}

fn entry(uuid: &str, value: &Value) -> Result<V1Entry, NoAnswer> {
    let bytes = |value: Option<&Value>| value.and_then(Value::as_str).and_then(base64_decode);
    let body = match value.get("attestation").and_then(|attestation| attestation.get("data")) {
        None => None,
        data => Some(bytes(data).ok_or_else(|| unreadable("attestation.data is not base64"))?),
    };
    let entry = RekorEntry::from_api(uuid, value).map_err(|error| unreadable(&error.to_string()))?;
    let (uuid, index, time, leaf) = (uuid.to_owned(), entry.index, entry.time, entry.leaf.clone());
    let object = || Value::Object(vec![(uuid.clone(), value.clone())]).to_jcs().ok();
    let is_link = body.is_some() && LinkEntry::parse(&leaf).is_ok();
    let json = if is_link { None } else { object().and_then(|json| String::from_utf8(json).ok()) };
    Ok(V1Entry { uuid, index, time, leaf, body, answered: Some(entry), json })
}

/// Reads the answer of `GET /api/v1/log`.
pub(crate) fn read_state(body: &[u8]) -> Result<V1State, NoAnswer> {
    let value = parse(body)?;
    let head = value.get("signedTreeHead").and_then(Value::as_str);
    let shards = value.get("inactiveShards").and_then(Value::as_array).unwrap_or_default();
    let mut sizes = shards.iter().map(|shard| shard.get("treeSize").and_then(Value::as_u64));
    let earlier = sizes.try_fold(0, |sum: u64, size| sum.checked_add(size?));
    Ok(V1State {
        head: head.ok_or_else(|| unreadable("signedTreeHead is missing"))?.into(),
        earlier: earlier.ok_or_else(|| unreadable("an earlier tree without its size"))?,
    })
}

/// Reads the answer of `GET /api/v1/log/proof`.
pub(crate) fn read_hashes(body: &[u8]) -> Result<Vec<Hash>, NoAnswer> {
    let value = parse(body)?;
    let hashes = value.get("hashes").and_then(Value::as_array).unwrap_or_default();
    let hashes: Option<Vec<Hash>> = hashes.iter().map(|hash| Hash::from_hex(hash.as_str()?)).collect();
    hashes.ok_or_else(|| unreadable("a hash that is not 32 bytes"))
}

/// The body of `index/retrieve` for a digest, alone or together with a signer's key.
pub(crate) fn index_query(sha256: &Hash, key: Option<&PublicKey>) -> String {
    match key {
        None => format!(r#"{{"hash":"sha256:{sha256}"}}"#),
        Some(key) => {
            let pem = base64_encode(key.to_pem().as_bytes());
            format!(
                r#"{{"hash":"sha256:{sha256}","publicKey":{{"format":"x509","content":"{pem}"}},"operator":"and"}}"#
            )
        }
    }
}

/// The body of `index/retrieve` for a digest by any algorithm, in lower-case hexadecimal.
pub(crate) fn digest_query(algorithm: &str, hex: &str) -> String {
    format!(r#"{{"hash":"{algorithm}:{hex}"}}"#)
}

/// The body of `index/retrieve` for a signer's key.
pub(crate) fn key_query(key: &PublicKey) -> String {
    let pem = base64_encode(key.to_pem().as_bytes());
    format!(r#"{{"publicKey":{{"format":"x509","content":"{pem}"}}}}"#)
}

/// The body of `index/retrieve` for an e-mail address, which holds nothing that JSON escapes.
pub(crate) fn email_query(email: &str) -> String {
    format!(r#"{{"email":"{email}"}}"#)
}

/// The body of `entries/retrieve` for these indices.
pub(crate) fn indexes_query(indexes: &[u64]) -> String {
    let listed: Vec<String> = indexes.iter().map(u64::to_string).collect();
    format!(r#"{{"logIndexes":[{}]}}"#, listed.join(","))
}

/// The body of `entries/retrieve` for these entry IDs, which consist of hexadecimal digits.
pub(crate) fn retrieve_query(uuids: &[String]) -> String {
    let quoted: Vec<String> = uuids.iter().map(|uuid| format!("\"{uuid}\"")).collect();
    format!(r#"{{"entryUUIDs":[{}]}}"#, quoted.join(","))
}

/// A key file that cannot be sent along with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposeError {
    /// No key was given.
    NoKey,
}

impl fmt::Display for ProposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProposeError::NoKey => f.write_str("a link is recorded together with its signer's public key: give one"),
        }
    }
}

impl std::error::Error for ProposeError {}

/// The body of `POST /api/v1/log/entries` that proposes a link file.
pub fn proposed_entry(link: &[u8], keys: &[PublicKey], digest_only: bool) -> Result<String, ProposeError> {
    if keys.is_empty() {
        return Err(ProposeError::NoKey);
    }
    let keys: Vec<String> =
        keys.iter().map(|key| format!(r#"{{"content":"{}"}}"#, base64_encode(key.to_pem().as_bytes()))).collect();
    Ok(format!(
        r#"{{"apiVersion":"0.0.1","kind":"link","spec":{{"content":"{}","digestOnly":{digest_only},"publicKeys":[{}]}}}}"#,
        base64_encode(link),
        keys.join(",")
    ))
}

/// What a log answered to an addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedEntry {
    /// The entry's ID.
    pub uuid: String,
    /// Where the log says that it stands.
    pub index: u64,
}

/// Reads the answer to an addition, or to `GET /api/v1/log/entries/{id}`: one entry under its ID.
pub fn read_added(body: &[u8]) -> Result<AddedEntry, NoAnswer> {
    match &entries_of(&parse(body)?)?[..] {
        [one] => Ok(AddedEntry { uuid: one.uuid.clone(), index: one.index }),
        _ => Err(unreadable("expected one entry")),
    }
}

/// Reads the signed tree head, a note, out of the answer of `GET /api/v1/log`.
pub fn signed_tree_head(body: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    read_state(body).map(|state| state.head)
}

/// Reads the tree ID out of the answer of `GET /api/v1/log`: a decimal number, as a string.
pub fn tree_id(body: &[u8]) -> Result<String, NoAnswer> {
    let value = parse(body)?;
    let id = value.get("treeID").and_then(Value::as_str).filter(|id| rekor_verifier::bytes::decimal(id).is_some());
    id.map(str::to_owned).ok_or_else(|| unreadable("treeID is missing"))
}
