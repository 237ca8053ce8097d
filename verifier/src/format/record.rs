//! What a document states about one file: its path and digests. Links write a map of paths, statements a list of
//! resource descriptors (in-toto attestation specification, `resource_descriptor.md` and `digest_set.md`).

use super::json::Value;
use super::shape::{Malformed, list, malformed, object, string};
use crate::bytes::hex_decode;
use crate::sorted::Set;

/// A path and the digests that are stated for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The path, as written; of a resource descriptor its name, else its URI, else empty.
    pub path: String,
    /// Pairs of algorithm and value. Known algorithms have lower-case hexadecimal values of the right length.
    pub digests: Vec<(String, String)>,
}

/// The map `{path: {algorithm: hex}}` of a link.
pub(super) fn map(value: Option<&Value>, place: &str) -> Result<Vec<FileRecord>, Malformed> {
    let member = |(path, value): &(String, Value)| {
        let digests = digests(value, &format!("{place}[{path:?}]"))?;
        Ok(FileRecord { path: path.clone(), digests })
    };
    object(value, place)?.iter().map(member).collect()
}

/// A list of resource descriptors; digests may be missing, as those of a build's inputs may.
pub(super) fn descriptors(value: Option<&Value>, place: &str) -> Result<Vec<FileRecord>, Malformed> {
    let descriptor = |(i, one): (usize, &Value)| {
        let place = format!("{place}[{i}]");
        object(Some(one), &place)?;
        let digests =
            given(one, "digest").map_or(Ok(Vec::new()), |value| digests(value, &format!("{place}.digest")))?;
        Ok(FileRecord { path: path(one, &place)?, digests })
    };
    list(value, place)?.iter().enumerate().map(descriptor).collect()
}

/// Refuses records whose names cannot stand for paths: one that is empty or stands twice.
pub(super) fn distinct(records: &[FileRecord], place: &str) -> Result<(), Malformed> {
    let mut seen = Set::new();
    for record in records {
        if record.path.is_empty() {
            return Err(malformed(place, "a name is missing"));
        }
        if !seen.insert(&record.path) {
            return Err(malformed(place, format!("the name {:?} stands twice", record.path)));
        }
    }
    Ok(())
}

/// A member that is there and not `null`, which some writers put for what they leave out.
pub(super) fn given<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|member| **member != Value::Null)
}

fn path(descriptor: &Value, place: &str) -> Result<String, Malformed> {
    match ["name", "uri"].into_iter().find(|name| given(descriptor, name).is_some()) {
        Some(name) => string(descriptor.get(name), &format!("{place}.{name}")),
        None => Ok(String::new()),
    }
}

fn digests(value: &Value, place: &str) -> Result<Vec<(String, String)>, Malformed> {
    let members = value.as_object().ok_or_else(|| malformed(place, "expected an object of digests"))?;
    members.iter().map(|(algorithm, value)| Ok((algorithm.clone(), digest(algorithm, value, place)?))).collect()
}

fn digest(algorithm: &str, value: &Value, place: &str) -> Result<String, Malformed> {
    let value = string(Some(value), place)?;
    match digest_length(algorithm) {
        Some(length) if hex_decode(&value).map(|bytes| bytes.len()) != Some(length) => {
            let problem = format!("{algorithm} is {} lower-case hexadecimal digits, found {value:?}", 2 * length);
            Err(malformed(place, problem))
        }
        _ => Ok(value),
    }
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
