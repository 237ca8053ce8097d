//! A bundle, read strictly: what it is, or whether it is malformed or only not supported.

use crate::{cosign, recorded};
use rekor_verifier::format::bundle::Container;
use rekor_verifier::format::json::{self, Value};
use rekor_verifier::sigstore::{BundleKind, BundleSubject};
use sigstore_verify::types::{Bundle, DsseEnvelope, SignatureContent};

/// The payload type of statements.
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The most log entries or timestamps that are read: signers write one of each, and every one costs signatures.
const MAX_PROOFS: usize = 16;

/// What the entries of a log can be that a bundle of [`MAX_PROOFS`] or fewer of them may carry.
const ENTRIES: [(&str, &str); 4] =
    [("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2"), ("dsse", "0.0.1"), ("intoto", "0.0.2")];

/// A bundle as read.
pub struct Reading {
    pub bundle: Bundle,
    pub statement: Option<Statement>,
    pub kind: BundleKind,
}

/// A signed statement about artifacts (in-toto Statement v0.1 and v1), as far as it is needed here.
pub struct Statement {
    pub subjects: Vec<BundleSubject>,
    pub predicate_type: String,
    build_type: Option<String>,
}

/// Why a bundle is not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// It breaks its format.
    Malformed(String),
    /// It may be sound, but is not of a kind that is read here.
    Unsupported(String),
}

use Unread::{Malformed, Unsupported};

/// Reads a bundle.
pub fn read(text: &str, container: Container) -> Result<Reading, Unread> {
    if container == Container::RekorEntry {
        let unsupported = || Unsupported("an entry without all that a bundle holds".to_owned());
        return read(&recorded::bundle(text).ok_or_else(unsupported)?, Container::File);
    }
    let value = json::parse(text.as_bytes()).map_err(|error| Malformed(error.to_string()))?;
    if let Some(older) = cosign::bundle(&value) {
        return Ok(Reading { kind: BundleKind::CosignBundle, ..read(&older?, Container::File)? });
    }
    supported(&value)?;
    let bundle = Bundle::from_json(text).map_err(|error| Malformed(error.to_string()))?;
    let statement = match &bundle.content {
        SignatureContent::DsseEnvelope(envelope) if envelope.payload_type == IN_TOTO => Some(statement(envelope)?),
        _ => None,
    };
    let kind = kind(&bundle, statement.as_ref(), container);
    Ok(Reading { bundle, statement, kind })
}

/// What `sigstore-verify` refuses to parse though it need not be wrong.
fn supported(bundle: &Value) -> Result<(), Unread> {
    let media_type = bundle.get("mediaType").and_then(Value::as_str).unwrap_or_default();
    if media_type.starts_with("application/vnd.dev.sigstore.bundle") && !is_known(media_type) {
        return Err(Unsupported(format!("the bundle format {media_type:?}")));
    }
    let signatures =
        bundle.get("dsseEnvelope").and_then(|envelope| envelope.get("signatures")).and_then(Value::as_array);
    if let Some(signatures) = signatures.filter(|signatures| signatures.len() > 1) {
        return Err(Unsupported(format!("an envelope with {} signatures", signatures.len())));
    }
    let material = bundle.get("verificationMaterial");
    let entries = list(material, "tlogEntries");
    let stamps = list(material.and_then(|material| material.get("timestampVerificationData")), "rfc3161Timestamps");
    if entries.len().max(stamps.len()) > MAX_PROOFS {
        return Err(Unsupported(format!("more than {MAX_PROOFS} log entries or timestamps")));
    }
    for entry in entries {
        let of = |key| entry.get("kindVersion").and_then(|it| it.get(key)).and_then(Value::as_str);
        match (of("kind"), of("version")) {
            (Some(kind), Some(version)) if !ENTRIES.contains(&(kind, version)) => {
                return Err(Unsupported(format!("a log entry of the kind {kind} {version}")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn list<'a>(outer: Option<&'a Value>, key: &str) -> &'a [Value] {
    outer.and_then(|outer| outer.get(key)).and_then(Value::as_array).unwrap_or_default()
}

fn is_known(media_type: &str) -> bool {
    let old = media_type.strip_prefix("application/vnd.dev.sigstore.bundle+json;version=");
    matches!(old, Some("0.1" | "0.2" | "0.3")) || media_type == "application/vnd.dev.sigstore.bundle.v0.3+json"
}

fn statement(envelope: &DsseEnvelope) -> Result<Statement, Unread> {
    let malformed = |what: &str| Malformed(format!("its statement {what}"));
    let value = json::parse(envelope.payload.as_bytes()).map_err(|error| malformed(&format!("is no JSON: {error}")))?;
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if !text("_type").is_some_and(|name| name.starts_with("https://in-toto.io/Statement/")) {
        return Err(malformed("has another _type"));
    }
    let predicate_type = text("predicateType").ok_or_else(|| malformed("has no predicateType"))?.to_owned();
    let subjects = value.get("subject").and_then(Value::as_array).unwrap_or_default();
    let subjects: Option<Vec<_>> = subjects.iter().map(subject).collect();
    let subjects =
        subjects.filter(|list| !list.is_empty()).ok_or_else(|| malformed("names no subject with digests"))?;
    let build = value.get("predicate").and_then(|predicate| predicate.get("buildDefinition"));
    let build_type = build.and_then(|build| build.get("buildType")).and_then(Value::as_str).map(str::to_owned);
    Ok(Statement { subjects, predicate_type, build_type })
}

fn subject(value: &Value) -> Option<BundleSubject> {
    let digests = value.get("digest")?.as_object()?;
    let digests: Option<_> = digests.iter().map(|(key, hex)| Some((key.clone(), hex.as_str()?.to_owned()))).collect();
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(BundleSubject {
        name,
        digests: digests.filter(|digests: &rekor_verifier::sorted::Map<_, _>| !digests.is_empty())?,
    })
}

/// What the bundle says it is; the checks say whether it holds.
fn kind(bundle: &Bundle, statement: Option<&Statement>, container: Container) -> BundleKind {
    let Some(statement) = statement else {
        return match bundle.content {
            SignatureContent::MessageSignature(_) => BundleKind::Blob,
            _ => BundleKind::Envelope,
        };
    };
    let predicate = statement.predicate_type.as_str();
    let build = statement.build_type.as_deref().unwrap_or_default();
    let npm = |subject: &BundleSubject| subject.name.starts_with("pkg:npm/");
    if container == Container::Pep740 || predicate.starts_with("https://docs.pypi.org/attestations/") {
        BundleKind::PypiAttestation
    } else if predicate.starts_with("https://github.com/npm/attestation/") || statement.subjects.iter().all(npm) {
        BundleKind::NpmAttestation
    } else if build.starts_with("https://actions.github.io/buildtypes/")
        || predicate.starts_with("https://in-toto.io/attestation/release/")
    {
        BundleKind::GithubAttestation
    } else {
        BundleKind::Attestation
    }
}
