//! Reading a report again that came back from the second module. By hand: what serde derives for it would be a
//! tenth of the core module, which the browser loads for every file.

use super::{BundleEntry, BundleKind, BundleReport, BundleSigner, BundleSubject, BundleTime, TrustReport};
use crate::format::json::{self, Value};
use crate::report::{Check, CheckId, Outcome};
use crate::sorted::Map;
use std::borrow::Cow;

/// The kinds of bundles.
const KINDS: [BundleKind; 8] = [
    BundleKind::NpmAttestation,
    BundleKind::PypiAttestation,
    BundleKind::GithubAttestation,
    BundleKind::Attestation,
    BundleKind::Envelope,
    BundleKind::Blob,
    BundleKind::CosignBundle,
    BundleKind::Unknown,
];

/// What a check can come to.
const OUTCOMES: [Outcome; 4] = [Outcome::Passed, Outcome::Failed, Outcome::Untrusted, Outcome::NotChecked];

impl BundleReport {
    /// Reads the JSON that a report is written as; `None` for any other text.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = json::parse(text.as_bytes()).ok()?;
        let kind = value.get("kind")?.as_str()?;
        Some(Self {
            kind: KINDS.into_iter().find(|one| one.name() == kind)?,
            media_type: optional(&value, "media_type", text_of)?,
            subjects: list(&value, "subjects", subject)?,
            predicate_type: optional(&value, "predicate_type", text_of)?,
            signer: optional(&value, "signer", signer)?,
            entry: optional(&value, "entry", entry)?,
            times: list(&value, "times", time)?,
            trust: trust(value.get("trust")?)?,
            checks: list(&value, "checks", check)?,
        })
    }
}

/// The member `name`, where it is not `null`; `None` where it is missing or cannot be read.
fn optional<T>(value: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match value.get(name)? {
        Value::Null => Some(None),
        member => read(member).map(Some),
    }
}

fn list<T>(value: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    let mut list = Vec::new();
    for element in value.get(name)?.as_array()? {
        list.push(read(element)?);
    }
    Some(list)
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn text(value: &Value, name: &str) -> Option<String> {
    text_of(value.get(name)?)
}

/// A whole number; the parser keeps numbers as they are spelt.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.parse().ok(),
        _ => None,
    }
}

fn texts(value: &Value, name: &str) -> Option<Map<String, String>> {
    let mut texts = Map::new();
    for (key, member) in value.get(name)?.as_object()? {
        texts.insert(key.clone(), text_of(member)?);
    }
    Some(texts)
}

fn subject(value: &Value) -> Option<BundleSubject> {
    Some(BundleSubject { name: text(value, "name")?, digests: texts(value, "digests")? })
}

fn signer(value: &Value) -> Option<BundleSigner> {
    Some(BundleSigner {
        identity: optional(value, "identity", text_of)?,
        issuer: optional(value, "issuer", text_of)?,
        fingerprint: optional(value, "fingerprint", text_of)?,
        not_before: optional(value, "not_before", number)?,
        not_after: optional(value, "not_after", number)?,
        claims: texts(value, "claims")?,
    })
}

fn entry(value: &Value) -> Option<BundleEntry> {
    Some(BundleEntry {
        log_id: text(value, "log_id")?,
        log: optional(value, "log", text_of)?,
        index: value.get("index")?.as_u64()?,
        kind: text(value, "kind")?,
        integrated_time: optional(value, "integrated_time", number)?,
    })
}

fn time(value: &Value) -> Option<BundleTime> {
    Some(BundleTime { time: number(value.get("time")?)?, voucher: text(value, "voucher")? })
}

fn trust(value: &Value) -> Option<TrustReport> {
    Some(TrustReport { name: text(value, "name")?, taken: optional(value, "taken", text_of)? })
}

fn check(value: &Value) -> Option<Check> {
    let id = value.get("id")?.as_str()?;
    let outcome = value.get("outcome")?.as_str()?;
    Some(Check {
        id: CheckId::ALL.into_iter().find(|one| one.name() == id)?,
        subject: text(value, "subject")?,
        outcome: OUTCOMES.into_iter().find(|one| one.name() == outcome)?,
        required: match value.get("required")? {
            Value::Bool(required) => *required,
            _ => return None,
        },
        sentence: text(value, "sentence")?,
        explanation: Cow::Owned(text(value, "explanation")?),
        evidence: value.get("evidence").filter(|evidence| evidence.as_object().is_some())?.clone(),
    })
}
