//! What a step of a supply chain recorded about itself: an in-toto link (in-toto specification §4.4) in a metablock or
//! a DSSE envelope, or a statement with a link or SLSA provenance as its predicate.
//!
//! Links are read more strictly than by Python's in-toto where that is lax: an unknown or missing field, a float, an
//! integer out of range, `-0` or a duplicate key is refused, because a signature over a *re-read* link would not cover
//! it. Statements follow their own specification, which lets unknown fields pass.

use super::envelope::{Envelope, EnvelopeError, Format};
use super::json::Value;
use super::provenance::{Build, Provenance};
use super::record::{self, given};
use super::shape::{Malformed, list, malformed, object, only_members, string};
use super::statement::Statement;
use crate::bytes::{contains, hex_decode};
use crate::sorted::Set;
use std::fmt;

pub use super::record::FileRecord;

/// Integers in a link lie in ±(2⁵³ − 1), the range that every JSON reader keeps exactly (RFC 7493 §2.2).
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// The predicate that is a link (in-toto/attestation `predicates/link.md`), and those that it replaced.
const LINK_PREDICATE: &str = "https://in-toto.io/attestation/link/v0.3";
const OLDER_LINK_PREDICATES: [&str; 3] =
    ["https://in-toto.io/Link/v0.1", "https://in-toto.io/Link/v0.2", "https://in-toto.io/Link/v1"];

const FIELDS: [&str; 7] = ["_type", "name", "command", "materials", "products", "byproducts", "environment"];

/// A link as read; nothing in it has been checked against a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The document, its signatures, and the bytes that they are over.
    pub envelope: Envelope,
    /// How the link was written.
    pub form: LinkForm,
    /// Name of the step; empty for provenance, which names a builder instead.
    pub name: String,
    /// The command that was run, word by word; may be empty.
    pub command: Vec<String>,
    /// What went in, in the order of the file.
    pub materials: Vec<FileRecord>,
    /// What came out, in the order of the file: a link's products, a statement's subjects.
    pub products: Vec<FileRecord>,
    /// What else the step gave, an object; empty where the form has no such field.
    pub byproducts: Value,
    /// Where the step ran, an object; empty where the form has no such field.
    pub environment: Value,
    /// Who built and how; only provenance says so.
    pub build: Option<Build>,
}

/// The forms of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkForm {
    /// A link in a metablock.
    Metablock,
    /// A link in a DSSE envelope.
    Dsse,
    /// A statement whose predicate is a link.
    Statement,
    /// A statement whose predicate is SLSA provenance.
    Provenance,
}

/// Why a file is not a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Its envelope cannot be read.
    Envelope(EnvelopeError),
    /// JSON, but nothing that claims to be a link.
    NotALink,
    /// An in-toto layout: [`super::layout`] reads it.
    Layout,
    /// A document of another kind, which is not read here; the text names it.
    Unsupported(String),
    /// Claims to be a link, and is wrong at one place.
    Malformed(Malformed),
}

impl LinkForm {
    /// Its stable name: `metablock-link`, `dsse-link`, `statement-link` or `statement-provenance`.
    pub const fn name(self) -> &'static str {
        match self {
            LinkForm::Metablock => "metablock-link",
            LinkForm::Dsse => "dsse-link",
            LinkForm::Statement => "statement-link",
            LinkForm::Provenance => "statement-provenance",
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Envelope(error) => write!(f, "malformed link file: {error}"),
            LinkError::NotALink => f.write_str("not a link file"),
            LinkError::Layout => f.write_str("this is a layout, which says what links must show; it is not a link"),
            LinkError::Unsupported(what) => write!(f, "{what} is not read here"),
            LinkError::Malformed(malformed) => write!(f, "malformed link file: {malformed}"),
        }
    }
}

impl std::error::Error for LinkError {}

impl From<EnvelopeError> for LinkError {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::NotAnEnvelope => LinkError::NotALink,
            EnvelopeError::PayloadType(_) => LinkError::Unsupported(error.to_string()),
            other => LinkError::Envelope(other),
        }
    }
}

impl From<Malformed> for LinkError {
    fn from(malformed: Malformed) -> Self {
        LinkError::Malformed(malformed)
    }
}

impl Link {
    /// Reads a link in any of its forms.
    pub fn parse(file: &[u8]) -> Result<Self, LinkError> {
        Self::from_envelope(Envelope::parse(file)?)
    }

    /// Reads the link in an envelope.
    pub fn from_envelope(envelope: Envelope) -> Result<Self, LinkError> {
        match (envelope.format, envelope.document_type()) {
            (_, Some("layout")) => Err(LinkError::Layout),
            (Format::Metablock, Some("link")) => Ok(bare(envelope, LinkForm::Metablock, "signed")?),
            (Format::Dsse, Some("link")) => Ok(bare(envelope, LinkForm::Dsse, "payload")?),
            (Format::Dsse, Some(name)) if Statement::is_type(name) => statement(envelope),
            _ => Err(LinkError::NotALink),
        }
    }

    /// Whether `file` claims to be a link file, well-formed or not: what is dropped is recognised by content. A layout
    /// does as well; who tells the two apart asks for a layout first.
    pub fn claims_to_be(file: &[u8]) -> bool {
        match Self::parse(file) {
            Err(LinkError::Envelope(EnvelopeError::Json(_))) => looks_like_an_envelope(file),
            Err(LinkError::NotALink | LinkError::Envelope(EnvelopeError::TooLarge(_))) => false,
            Ok(_) | Err(_) => true,
        }
    }

    /// The digest list that a log keeps for look-ups: unique lines `product|material <algorithm> <hex>`, sorted
    /// bytewise, each ending in a line feed. Digests that are not hexadecimal are left out.
    pub fn digest_list(&self) -> String {
        let mut lines = Set::new();
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

/// A file with the marks of an envelope whose JSON is refused (a duplicate key, say): somebody who drops it means a
/// link, and wants to know what is wrong with it.
fn looks_like_an_envelope(file: &[u8]) -> bool {
    let text = String::from_utf8_lossy(file);
    let has = |marks: [&str; 3]| marks.iter().all(|mark| contains(&text, mark));
    text.trim_start().starts_with('{')
        && (has(["\"signatures\"", "\"signed\"", "\"_type\""])
            || has(["\"signatures\"", "\"payload\"", "\"payloadType\""]))
}

/// A link by itself; `root` is the place of the document in its envelope.
fn bare(envelope: Envelope, form: LinkForm, root: &str) -> Result<Link, Malformed> {
    let link = &envelope.payload;
    only_members(link, root, &FIELDS)?;
    numbers_in_range(link, root)?;
    let place = |name: &str| format!("{root}.{name}");
    Ok(Link {
        form,
        name: string(link.get("name"), &place("name"))?,
        command: command(link.get("command"), &place("command"))?,
        materials: record::map(link.get("materials"), &place("materials"))?,
        products: record::map(link.get("products"), &place("products"))?,
        byproducts: open_object(link.get("byproducts"), &place("byproducts"))?,
        environment: open_object(link.get("environment"), &place("environment"))?,
        build: None,
        envelope,
    })
}

/// A statement is read for the sake of its predicate.
fn statement(envelope: Envelope) -> Result<Link, LinkError> {
    match envelope.payload.get("predicateType").and_then(Value::as_str) {
        Some(LINK_PREDICATE) => Ok(link_predicate(envelope)?),
        Some(older) if OLDER_LINK_PREDICATES.contains(&older) => Ok(link_predicate(envelope)?),
        _ => provenance(envelope),
    }
}

/// The predicate of in-toto/attestation `predicates/link.md`. Older ones write their materials as a link does; what
/// they repeat of the products is not read, since a statement is about its subjects.
fn link_predicate(envelope: Envelope) -> Result<Link, Malformed> {
    let Statement { subjects, predicate, .. } = Statement::read(&envelope.payload)?;
    let place = |name: &str| format!("payload.predicate.{name}");
    let materials = match given(predicate, "materials") {
        None => Vec::new(),
        Some(map @ Value::Object(_)) => record::map(Some(map), &place("materials"))?,
        list => record::descriptors(list, &place("materials"))?,
    };
    record::distinct(&subjects, "payload.subject")?;
    record::distinct(&materials, &place("materials"))?;
    let open = |name| given(predicate, name).map_or(Ok(nothing()), |value| open_object(Some(value), &place(name)));
    Ok(Link {
        form: LinkForm::Statement,
        name: string(predicate.get("name"), &place("name"))?,
        command: match given(predicate, "command") {
            None => Vec::new(),
            // Version 0.2 has the command in one piece.
            Some(Value::String(command)) => vec![command.clone()],
            words => command(words, &place("command"))?,
        },
        materials,
        products: subjects,
        byproducts: open("byproducts")?,
        environment: open("environment")?,
        build: None,
        envelope,
    })
}

fn provenance(envelope: Envelope) -> Result<Link, LinkError> {
    let Statement { subjects, predicate_type, predicate } = Statement::read(&envelope.payload)?;
    let Some(provenance) = Provenance::read(&predicate_type, predicate) else {
        let what = format!("a statement whose predicate is of the type {predicate_type:?}");
        return Err(LinkError::Unsupported(what));
    };
    let Provenance { build, materials } = provenance?;
    Ok(Link {
        form: LinkForm::Provenance,
        name: String::new(),
        command: Vec::new(),
        materials,
        products: subjects,
        byproducts: nothing(),
        environment: nothing(),
        build: Some(build),
        envelope,
    })
}

/// The empty object.
fn nothing() -> Value {
    Value::Object(Vec::new())
}

fn open_object(value: Option<&Value>, place: &str) -> Result<Value, Malformed> {
    Ok(Value::Object(object(value, place)?.to_vec()))
}

fn command(words: Option<&Value>, place: &str) -> Result<Vec<String>, Malformed> {
    list(words, place)?.iter().map(|word| string(Some(word), place)).collect()
}

fn numbers_in_range(value: &Value, root: &str) -> Result<(), Malformed> {
    match value {
        Value::Number(number) => {
            let digits = number.strip_prefix('-').unwrap_or(number);
            let in_range = crate::bytes::decimal(digits).is_some_and(|n| n <= MAX_INTEGER);
            if !in_range || number == "-0" {
                return Err(malformed(root, format!("the number {number} is not an integer within ±(2^53 - 1)")));
            }
            Ok(())
        }
        Value::Array(elements) => elements.iter().try_for_each(|element| numbers_in_range(element, root)),
        Value::Object(members) => members.iter().try_for_each(|(_, member)| numbers_in_range(member, root)),
        _ => Ok(()),
    }
}

/// Algorithm names that may stand in a digest list, whose lines are split at spaces.
fn is_token(name: &str) -> bool {
    (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
