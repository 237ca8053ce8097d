//! in-toto link files: the metablock `{"signatures": […], "signed": {…}}` around a link (in-toto specification §4.4).
//!
//! Stricter than Python's in-toto where it is lax: an unknown or missing field, a float, an integer out of range,
//! `-0` or a duplicate key is refused, because a signature over a *re-read* link would not cover it.

use crate::bytes::hex_decode;
use crate::format::json::{self, JsonError, Value};
use std::collections::BTreeSet;
use std::fmt;

/// The largest link file that is read, in bytes.
pub const MAX_LINK_FILE: usize = 1024 * 1024;

/// The most signatures that a link file may carry.
pub const MAX_SIGNATURES: usize = 64;

/// Integers in a link lie in ±(2⁵³ − 1), the range that every JSON reader keeps exactly (RFC 7493 §2.2).
const MAX_INTEGER: u64 = (1 << 53) - 1;

const FIELDS: [&str; 7] = ["_type", "name", "command", "materials", "products", "byproducts", "environment"];

/// A link file as read; nothing in it has been checked against a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Name of the step.
    pub name: String,
    /// The command that was run, word by word; may be empty.
    pub command: Vec<String>,
    /// What went in, in the order of the file.
    pub materials: Vec<FileRecord>,
    /// What came out, in the order of the file.
    pub products: Vec<FileRecord>,
    /// The signatures as the file has them.
    pub signatures: Vec<LinkSignature>,
    /// What is signed: the canonical JSON (OLPC) of the whole `signed` value as received.
    pub signed_bytes: Vec<u8>,
}

/// A path and the digests that the link states for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The path, as written.
    pub path: String,
    /// Pairs of algorithm and value. Known algorithms have lower-case hexadecimal values of the right length.
    pub digests: Vec<(String, String)>,
}

/// A signature of a link file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSignature {
    /// The signer's key ID as claimed: a hint.
    pub keyid: String,
    /// The signature's bytes, or `None` for an OpenPGP signature, which is not supported.
    pub signature: Option<Vec<u8>>,
}

/// Why a file is not a link file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Larger than [`MAX_LINK_FILE`].
    TooLarge(usize),
    /// Not JSON, or JSON that is refused.
    Json(JsonError),
    /// JSON, but nothing that claims to be a link.
    NotALink,
    /// A document of another kind, which is not supported; the text names it.
    Unsupported(&'static str),
    /// Claims to be a link, and is wrong at `place`.
    Malformed {
        /// Where, as a path of member names.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::TooLarge(size) => {
                write!(f, "{size} bytes are too many for a link file (at most {MAX_LINK_FILE})")
            }
            LinkError::Json(error) => write!(f, "not a link file, its JSON is refused: {error}"),
            LinkError::NotALink => f.write_str("not a link file"),
            LinkError::Unsupported(what) => write!(f, "{what} is not supported yet"),
            LinkError::Malformed { place, problem } => write!(f, "malformed link file: {place}: {problem}"),
        }
    }
}

impl std::error::Error for LinkError {}

fn malformed(place: &str, problem: impl Into<String>) -> LinkError {
    LinkError::Malformed { place: place.to_owned(), problem: problem.into() }
}

impl Link {
    /// Reads a link file.
    pub fn parse(file: &[u8]) -> Result<Self, LinkError> {
        if file.len() > MAX_LINK_FILE {
            return Err(LinkError::TooLarge(file.len()));
        }
        let value = json::parse(file).map_err(LinkError::Json)?;
        let signed = recognise(&value)?;
        only_members(&value, "the file", &["signatures", "signed"])?;
        only_members(signed, "signed", &FIELDS)?;
        numbers_in_range(signed)?;
        objects(signed, &["byproducts", "environment"])?;
        Ok(Self {
            name: string(signed.get("name"), "signed.name")?,
            command: command(signed)?,
            materials: file_records(signed, "materials")?,
            products: file_records(signed, "products")?,
            signatures: signatures(&value)?,
            signed_bytes: signed.to_olpc().map_err(|e| malformed("signed", e.to_string()))?,
        })
    }

    /// Whether `file` claims to be a link file, well-formed or not: what is dropped is recognised by content.
    pub fn claims_to_be(file: &[u8]) -> bool {
        match Self::parse(file) {
            Err(LinkError::Json(_)) => looks_like_metablock(file),
            Err(LinkError::NotALink | LinkError::TooLarge(_)) => false,
            Ok(_) | Err(LinkError::Unsupported(_) | LinkError::Malformed { .. }) => true,
        }
    }

    /// The digest list that a log keeps for look-ups: unique lines `product|material <algorithm> <hex>`, sorted
    /// bytewise, each ending in a line feed. Digests that are not hexadecimal are left out.
    pub fn digest_list(&self) -> String {
        let mut lines = BTreeSet::new();
        for (role, records) in [("product", &self.products), ("material", &self.materials)] {
            for (algorithm, value) in records.iter().flat_map(|record| &record.digests) {
                if is_token(algorithm) && !value.is_empty() && hex_decode(value).is_some() {
                    lines.insert(format!("{role} {algorithm} {value}\n"));
                }
            }
        }
        lines.into_iter().collect()
    }
}

/// A file with the marks of a metablock whose JSON is refused (a duplicate key, say): somebody who drops it means a
/// link, and wants to know what is wrong with it.
fn looks_like_metablock(file: &[u8]) -> bool {
    let text = String::from_utf8_lossy(file);
    text.trim_start().starts_with('{')
        && ["\"signatures\"", "\"signed\"", "\"_type\""].iter().all(|mark| text.contains(mark))
}

/// The `signed` value of a metablock that holds a link.
fn recognise(value: &Value) -> Result<&Value, LinkError> {
    if value.get("payload").is_some() && value.get("payloadType").is_some() {
        return Err(LinkError::Unsupported("a DSSE envelope"));
    }
    let signed = value.get("signed").ok_or(LinkError::NotALink)?;
    match signed.get("_type").and_then(Value::as_str) {
        Some("link") => Ok(signed),
        Some("layout") => Err(LinkError::Unsupported("an in-toto layout")),
        _ => Err(LinkError::NotALink),
    }
}

fn only_members(value: &Value, place: &str, allowed: &[&str]) -> Result<(), LinkError> {
    let members = value.as_object().ok_or_else(|| malformed(place, "expected an object"))?;
    if let Some((unknown, _)) = members.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
        return Err(malformed(place, format!("unknown field {unknown:?}")));
    }
    match allowed.iter().find(|name| value.get(name).is_none()) {
        Some(missing) => Err(malformed(place, format!("the field {missing:?} is missing"))),
        None => Ok(()),
    }
}

fn objects(signed: &Value, names: &[&str]) -> Result<(), LinkError> {
    for name in names {
        if signed.get(name).and_then(Value::as_object).is_none() {
            return Err(malformed(&format!("signed.{name}"), "expected an object"));
        }
    }
    Ok(())
}

fn numbers_in_range(value: &Value) -> Result<(), LinkError> {
    match value {
        Value::Number(number) => {
            let digits = number.strip_prefix('-').unwrap_or(number);
            let in_range = crate::bytes::decimal(digits).is_some_and(|n| n <= MAX_INTEGER);
            if !in_range || number == "-0" {
                return Err(malformed("signed", format!("the number {number} is not an integer within ±(2^53 - 1)")));
            }
            Ok(())
        }
        Value::Array(elements) => elements.iter().try_for_each(numbers_in_range),
        Value::Object(members) => members.iter().try_for_each(|(_, member)| numbers_in_range(member)),
        _ => Ok(()),
    }
}

fn string(value: Option<&Value>, place: &str) -> Result<String, LinkError> {
    value.and_then(Value::as_str).map(str::to_owned).ok_or_else(|| malformed(place, "expected a string"))
}

fn command(signed: &Value) -> Result<Vec<String>, LinkError> {
    let place = "signed.command";
    let words = signed.get("command").and_then(Value::as_array);
    let words = words.ok_or_else(|| malformed(place, "expected a list of strings"))?;
    words.iter().map(|word| string(Some(word), place)).collect()
}

fn file_records(signed: &Value, field: &str) -> Result<Vec<FileRecord>, LinkError> {
    let place = format!("signed.{field}");
    let members = signed.get(field).and_then(Value::as_object);
    let members = members.ok_or_else(|| malformed(&place, "expected an object of paths"))?;
    members.iter().map(|(path, digests)| file_record(path, digests, &format!("{place}[{path:?}]"))).collect()
}

fn file_record(path: &str, digests: &Value, place: &str) -> Result<FileRecord, LinkError> {
    let members = digests.as_object().ok_or_else(|| malformed(place, "expected an object of digests"))?;
    let mut pairs = Vec::with_capacity(members.len());
    for (algorithm, value) in members {
        let value = string(Some(value), place)?;
        if let Some(length) = digest_length(algorithm)
            && hex_decode(&value).map(|bytes| bytes.len()) != Some(length)
        {
            return Err(malformed(
                place,
                format!("{algorithm} is {} lower-case hexadecimal digits, found {value:?}", 2 * length),
            ));
        }
        pairs.push((algorithm.clone(), value));
    }
    Ok(FileRecord { path: path.to_owned(), digests: pairs })
}

/// Length in bytes of the digests whose algorithm we know.
fn digest_length(algorithm: &str) -> Option<usize> {
    match algorithm {
        "md5" => Some(16),
        "sha1" => Some(20),
        "sha224" => Some(28),
        "sha256" => Some(32),
        "sha384" => Some(48),
        "sha512" => Some(64),
        _ => None,
    }
}

/// Algorithm names that may stand in a digest list, whose lines are split at spaces.
fn is_token(name: &str) -> bool {
    (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn signatures(value: &Value) -> Result<Vec<LinkSignature>, LinkError> {
    let list = value.get("signatures").and_then(Value::as_array);
    let list = list.ok_or_else(|| malformed("signatures", "expected a list"))?;
    if list.len() > MAX_SIGNATURES {
        return Err(malformed("signatures", format!("{} are too many (at most {MAX_SIGNATURES})", list.len())));
    }
    list.iter().enumerate().map(|(i, one)| signature(one, &format!("signatures[{i}]"))).collect()
}

fn signature(value: &Value, place: &str) -> Result<LinkSignature, LinkError> {
    let keyid = string(value.get("keyid"), &format!("{place}.keyid"))?;
    // OpenPGP signatures are {keyid, other_headers, signature}.
    if value.get("other_headers").is_some() {
        return Ok(LinkSignature { keyid, signature: None });
    }
    let hex = string(value.get("sig"), &format!("{place}.sig"))?;
    let signature = hex_decode(&hex.to_ascii_lowercase());
    let signature = signature.ok_or_else(|| malformed(&format!("{place}.sig"), "expected hexadecimal digits"))?;
    Ok(LinkSignature { keyid, signature: Some(signature) })
}
