//! in-toto Statements, v0.1 and v1 (in-toto attestation specification, `statement.md`): subjects, and a predicate about
//! them. Unknown members are ignored, as the specification asks ("Parsing rules").

use super::json::Value;
use super::record::{self, FileRecord};
use super::shape::{Malformed, malformed, object, string};

const TYPES: [&str; 2] = ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"];

/// A statement as read from the payload of a DSSE envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// What it is about, in the order of the statement; each has at least one digest. Names may be missing in v1.
    pub subjects: Vec<FileRecord>,
    /// The type of the predicate, a URI.
    pub predicate_type: String,
    /// The predicate, unread: an object, or `null` where the statement has none.
    pub predicate: &'a Value,
}

impl<'a> Statement<'a> {
    /// Whether `_type` is that of a statement that is read here.
    pub fn is_type(document_type: &str) -> bool {
        TYPES.contains(&document_type)
    }

    /// Reads a document whose `_type` is a statement's.
    pub fn read(document: &'a Value) -> Result<Self, Malformed> {
        let subjects = record::descriptors(document.get("subject"), "payload.subject")?;
        if let Some(i) = subjects.iter().position(|subject| subject.digests.is_empty()) {
            return Err(malformed(&format!("payload.subject[{i}]"), "a subject without a digest"));
        }
        let predicate = document.get("predicate").unwrap_or(&Value::Null);
        if *predicate != Value::Null {
            object(Some(predicate), "payload.predicate")?;
        }
        let predicate_type = string(document.get("predicateType"), "payload.predicateType")?;
        Ok(Self { subjects, predicate_type, predicate })
    }
}
