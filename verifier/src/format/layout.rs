//! in-toto layouts (in-toto specification §4.3): which steps make a product, by whom, from what to what.
//!
//! As strict as [`super::link`]: a field that is not known is refused, except the ones that in-toto's Go implementation
//! adds for X.509 certificates. Those are read past, and a step that relies on them says so.

mod rule;

pub use rule::{Match, Rule, RuleKind, Side};

use super::envelope::{Envelope, EnvelopeError};
use super::json::Value;
use super::key::{KeyError, PublicKey};
use super::shape::{Malformed, list, malformed, object, string};
use super::time::rfc3339_utc;
use crate::sorted::Set;
use std::fmt;

/// The most keys that a layout, or one of its steps, may name: each costs a check of every signature of a link.
pub const MAX_KEYS: usize = 256;

/// The most steps, and the most inspections, of a layout: each is held against all links and files that were given.
pub const MAX_STEPS: usize = 256;

const FIELDS: [&str; 6] = ["_type", "expires", "inspect", "keys", "readme", "steps"];
const STEP_FIELDS: [&str; 7] =
    ["_type", "name", "expected_materials", "expected_products", "pubkeys", "expected_command", "threshold"];
const INSPECTION_FIELDS: [&str; 5] = ["_type", "name", "expected_materials", "expected_products", "run"];

/// A layout as read; nothing in it has been checked against a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The document, its signatures, and the bytes that they are over.
    pub envelope: Envelope,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
    /// Those who may carry out steps, in the order of the file; at most [`MAX_KEYS`].
    pub functionaries: Vec<Functionary>,
    /// The steps, in the order in which they are carried out; at most [`MAX_STEPS`]. No two items have the same name.
    pub steps: Vec<Step>,
    /// What the receiver does with the product; at most [`MAX_STEPS`].
    pub inspections: Vec<Inspection>,
    /// What the owner tells people.
    pub readme: String,
}

/// Somebody who may carry out steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functionary {
    /// The name by which steps refer to it: a key ID, which says nothing of the key.
    pub keyid: String,
    /// The key, with OpenPGP its signing subkeys too; or why they cannot be used.
    pub keys: Result<Vec<PublicKey>, KeyError>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, which its links carry.
    pub name: String,
    /// Rules on what goes in.
    pub expected_materials: Vec<Rule>,
    /// Rules on what comes out.
    pub expected_products: Vec<Rule>,
    /// Key IDs of those who may carry it out; at most [`MAX_KEYS`].
    pub pubkeys: Vec<String>,
    /// The command that the owner expects, word by word; may be empty.
    pub expected_command: Vec<String>,
    /// How many of them have to (≥ 1).
    pub threshold: u64,
    /// Whether it may be carried out by holders of certificates as well (in-toto's Go implementation).
    pub cert_constraints: bool,
}

/// A command for the receiver, and rules on the files before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its name.
    pub name: String,
    /// Rules on the files before.
    pub expected_materials: Vec<Rule>,
    /// Rules on the files after.
    pub expected_products: Vec<Rule>,
    /// The command, word by word.
    pub run: Vec<String>,
}

/// Why a file is not a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// Its envelope cannot be read.
    Envelope(EnvelopeError),
    /// Signed, but nothing that claims to be a layout.
    NotALayout,
    /// Claims to be a layout, and is wrong at one place.
    Malformed(Malformed),
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayoutError::Envelope(error) => write!(f, "malformed layout: {error}"),
            LayoutError::NotALayout => f.write_str("not a layout"),
            LayoutError::Malformed(malformed) => write!(f, "malformed layout: {malformed}"),
        }
    }
}

impl std::error::Error for LayoutError {}

impl From<EnvelopeError> for LayoutError {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::NotAnEnvelope | EnvelopeError::PayloadType(_) => LayoutError::NotALayout,
            other => LayoutError::Envelope(other),
        }
    }
}

impl From<Malformed> for LayoutError {
    fn from(malformed: Malformed) -> Self {
        LayoutError::Malformed(malformed)
    }
}

impl Layout {
    /// Reads a layout.
    pub fn parse(file: &[u8]) -> Result<Self, LayoutError> {
        Self::from_envelope(Envelope::parse(file)?)
    }

    /// Whether `file` claims to be a layout, well-formed or not: what is dropped is recognised by content.
    pub fn claims_to_be(file: &[u8]) -> bool {
        Envelope::parse(file).is_ok_and(|envelope| envelope.document_type() == Some("layout"))
    }

    /// Reads the layout in an envelope.
    pub fn from_envelope(envelope: Envelope) -> Result<Self, LayoutError> {
        if envelope.document_type() != Some("layout") {
            return Err(LayoutError::NotALayout);
        }
        let layout = &envelope.payload;
        members(layout, "layout", &FIELDS, &["rootcas", "intermediatecas"])?;
        let steps = each(layout, "steps", step)?;
        let inspections = each(layout, "inspect", inspection)?;
        distinct_names(&steps, &inspections)?;
        Ok(Self {
            expires: expires(layout)?,
            functionaries: functionaries(layout)?,
            steps,
            inspections,
            readme: string(layout.get("readme"), "readme")?,
            envelope,
        })
    }

    /// `expires` as the layout writes it.
    pub fn expires_text(&self) -> &str {
        self.envelope.payload.get("expires").and_then(Value::as_str).unwrap_or_default()
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ`, in whole seconds, from the year 1 on.
fn expires(layout: &Value) -> Result<i64, Malformed> {
    let text = string(layout.get("expires"), "expires")?;
    let seconds = rfc3339_utc(&text).filter(|_| !text.contains('.') && !text.starts_with("0000"));
    seconds.ok_or_else(|| malformed("expires", format!("expected YYYY-MM-DDTHH:MM:SSZ, found {text:?}")))
}

/// Refuses members beside `required` and `optional`, and the absence of a required one.
fn members(value: &Value, place: &str, required: &[&str], optional: &[&str]) -> Result<(), Malformed> {
    let known = |name: &str| required.contains(&name) || optional.contains(&name);
    if let Some((unknown, _)) = object(Some(value), place)?.iter().find(|(name, _)| !known(name)) {
        return Err(malformed(place, format!("unknown field {unknown:?}")));
    }
    match required.iter().find(|name| value.get(name).is_none()) {
        Some(missing) => Err(malformed(place, format!("the field {missing:?} is missing"))),
        None => Ok(()),
    }
}

fn each<T>(
    layout: &Value,
    field: &str,
    read_one: impl Fn(&Value, &str) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let items = list(layout.get(field), field)?;
    if items.len() > MAX_STEPS {
        return Err(malformed(field, format!("{} are too many (at most {MAX_STEPS})", items.len())));
    }
    items.iter().enumerate().map(|(i, item)| read_one(item, &format!("{field}[{i}]"))).collect()
}

fn step(value: &Value, place: &str) -> Result<Step, Malformed> {
    members(value, place, &STEP_FIELDS, &["cert_constraints"])?;
    typed(value, place, "step")?;
    let threshold = value.get("threshold").and_then(Value::as_u64).filter(|threshold| *threshold >= 1);
    Ok(Step {
        name: string(value.get("name"), &format!("{place}.name"))?,
        expected_materials: rules(value, "expected_materials", place)?,
        expected_products: rules(value, "expected_products", place)?,
        pubkeys: pubkeys(value, place)?,
        expected_command: words(value, "expected_command", place)?,
        threshold: threshold
            .ok_or_else(|| malformed(&format!("{place}.threshold"), "expected a whole number from 1"))?,
        cert_constraints: value.get("cert_constraints").is_some(),
    })
}

fn inspection(value: &Value, place: &str) -> Result<Inspection, Malformed> {
    members(value, place, &INSPECTION_FIELDS, &[])?;
    typed(value, place, "inspection")?;
    Ok(Inspection {
        name: string(value.get("name"), &format!("{place}.name"))?,
        expected_materials: rules(value, "expected_materials", place)?,
        expected_products: rules(value, "expected_products", place)?,
        run: words(value, "run", place)?,
    })
}

fn typed(value: &Value, place: &str, expected: &str) -> Result<(), Malformed> {
    match value.get("_type").and_then(Value::as_str) == Some(expected) {
        true => Ok(()),
        false => Err(malformed(&format!("{place}._type"), format!("expected {expected:?}"))),
    }
}

fn words(value: &Value, field: &str, place: &str) -> Result<Vec<String>, Malformed> {
    let place = format!("{place}.{field}");
    list(value.get(field), &place)?.iter().map(|word| string(Some(word), &place)).collect()
}

fn pubkeys(value: &Value, place: &str) -> Result<Vec<String>, Malformed> {
    let pubkeys = words(value, "pubkeys", place)?;
    match pubkeys.len() <= MAX_KEYS {
        true => Ok(pubkeys),
        false => Err(malformed(place, format!("{} pubkeys are too many (at most {MAX_KEYS})", pubkeys.len()))),
    }
}

fn rules(value: &Value, field: &str, place: &str) -> Result<Vec<Rule>, Malformed> {
    let place = format!("{place}.{field}");
    let rule = |(i, rule): (usize, &Value)| {
        let place = format!("{place}[{i}]");
        let words = list(Some(rule), &place)?.iter().map(|word| string(Some(word), &place));
        let words = words.collect::<Result<Vec<String>, Malformed>>()?;
        Rule::parse(&words).ok_or_else(|| malformed(&place, format!("no artifact rule: {:?}", words.join(" "))))
    };
    list(value.get(field), &place)?.iter().enumerate().map(rule).collect()
}

fn functionaries(layout: &Value) -> Result<Vec<Functionary>, Malformed> {
    let members = object(layout.get("keys"), "keys")?;
    if members.len() > MAX_KEYS {
        return Err(malformed("keys", format!("{} are too many (at most {MAX_KEYS})", members.len())));
    }
    let functionary = |(keyid, key): &(String, Value)| {
        object(Some(key), &format!("keys[{keyid:?}]"))?;
        Ok(Functionary { keyid: keyid.clone(), keys: keys(key) })
    };
    members.iter().map(functionary).collect()
}

/// The key or keys of a functionary, by the reader that reads key files.
fn keys(value: &Value) -> Result<Vec<PublicKey>, KeyError> {
    let text = value.to_jcs().map_err(|e| KeyError::Malformed(e.to_string()))?;
    PublicKey::parse_all(&text)
}

fn distinct_names(steps: &[Step], inspections: &[Inspection]) -> Result<(), Malformed> {
    let names = steps.iter().map(|step| &step.name).chain(inspections.iter().map(|inspection| &inspection.name));
    let mut seen = Set::new();
    for name in names {
        if !seen.insert(name) {
            return Err(malformed("steps and inspect", format!("the name {name:?} stands twice")));
        }
    }
    Ok(())
}
