//! What the body of a Rekor entry commits to, for every kind that holds signatures of files or attestations.
//!
//! | kind | digests | signatures |
//! |---|---|---|
//! | `hashedrekord` 0.0.1, 0.0.2 | artifact | one, over the artifact; in v2 also over the PAE of a DSSE envelope |
//! | `dsse` 0.0.1, 0.0.2 | payload, envelope (0.0.1) | the envelope's |
//! | `intoto` 0.0.1, 0.0.2 | payload, envelope | the envelope's (0.0.2); only its key (0.0.1) |
//! | `rekord` 0.0.1 | artifact | one, over the artifact |
//! | `link` | link file | the link's |
//!
//! Sources: the JSON schemas in `pkg/types` of sigstore/rekor, `api/proto/rekor/v2` of sigstore/rekor-tiles.

use super::entry::{EntryError, LinkEntry};
use super::json::{self, JsonError, Value};
use super::key::Holder;
use super::shape::{Malformed, list, malformed, string};
use crate::bytes::{base64_decode, hex_decode};
use std::fmt;

/// The largest body that is read, in bytes: v1 takes entries of up to 32 MiB and stores far smaller ones.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// The most signatures of one body.
pub const MAX_SIGNATURES: usize = 64;

/// What a body states, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryStatement {
    /// `hashedrekord`, `dsse`, …
    pub kind: String,
    /// Its `apiVersion`: `0.0.1`, …
    pub version: String,
    /// The digests that it commits to.
    pub digests: Vec<Committed>,
    /// The signatures that it commits to.
    pub signatures: Vec<BodySignature>,
}

/// A digest in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// What it is the digest of.
    pub subject: Subject,
    /// `sha256`, `sha384` or `sha512`.
    pub algorithm: String,
    /// The digest, as long as the algorithm makes it.
    pub digest: Vec<u8>,
}

/// What a digest is of, or a signature over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The artifact; in v2 it may also be the PAE of a DSSE envelope.
    Artifact,
    /// The payload of a DSSE envelope. What is signed is its PAE, to which the payload's type belongs.
    Payload,
    /// A DSSE envelope as it was sent to the log.
    Envelope,
    /// A link file.
    LinkFile,
}

/// A signature in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodySignature {
    /// How it is made: `x509` (a bare signature), `pgp`, `minisign` or `ssh`.
    pub format: String,
    /// The key or certificate that it is to be checked with: PEM, DER, or what the format uses.
    pub verifier: Vec<u8>,
    /// The signature; `None` where the kind keeps only the key.
    pub signature: Option<Vec<u8>>,
}

/// Why bytes are not a body that is read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RekorBodyError {
    /// Larger than [`MAX_BODY`].
    TooLarge,
    /// Not JSON that is accepted.
    Json(JsonError),
    /// A kind or version that is not read here.
    Unsupported {
        /// The kind.
        kind: String,
        /// Its version.
        version: String,
    },
    /// The body is not of the shape of its kind.
    Malformed(Malformed),
    /// An entry of kind `link` that is none.
    Link(EntryError),
}

impl fmt::Display for RekorBodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RekorBodyError::TooLarge => write!(f, "an entry of more than {MAX_BODY} bytes"),
            RekorBodyError::Json(error) => write!(f, "the entry is not JSON: {error}"),
            RekorBodyError::Unsupported { kind, version } => {
                write!(f, "entries of kind {kind:?} in version {version:?} are not read here")
            }
            RekorBodyError::Malformed(error) => write!(f, "malformed entry: {error}"),
            RekorBodyError::Link(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RekorBodyError {}

type Parts = (Vec<Committed>, Vec<BodySignature>);

impl EntryStatement {
    /// Reads the bytes of a leaf.
    pub fn parse(leaf: &[u8]) -> Result<Self, RekorBodyError> {
        if leaf.len() > MAX_BODY {
            return Err(RekorBodyError::TooLarge);
        }
        let body = json::parse(leaf).map_err(RekorBodyError::Json)?;
        let kind = string(body.get("kind"), "kind").map_err(RekorBodyError::Malformed)?;
        let version = string(body.get("apiVersion"), "apiVersion").map_err(RekorBodyError::Malformed)?;
        let spec = body.get("spec").unwrap_or(&Value::Null);
        let parts = match (&kind[..], &version[..]) {
            ("hashedrekord", "0.0.1") => hashedrekord_v1(spec),
            ("hashedrekord", "0.0.2") => hashedrekord_v2(member(spec, "hashedRekordV002")),
            ("dsse", "0.0.1") => dsse_v1(spec),
            ("dsse", "0.0.2") => dsse_v2(member(spec, "dsseV002")),
            ("intoto", "0.0.1") => intoto_v1(spec),
            ("intoto", "0.0.2") => intoto_v2(member(spec, "content")),
            ("rekord", "0.0.1") => rekord(spec),
            ("link", _) => return link(leaf, kind, version),
            _ => return Err(RekorBodyError::Unsupported { kind, version }),
        };
        let (digests, signatures) = parts.map_err(RekorBodyError::Malformed)?;
        if signatures.len() > MAX_SIGNATURES {
            let problem = format!("more than {MAX_SIGNATURES} signatures");
            return Err(RekorBodyError::Malformed(malformed("spec", problem)));
        }
        Ok(Self { kind, version, digests, signatures })
    }

    /// Whether it is of a kind that only v2 logs write.
    pub fn is_v2(&self) -> bool {
        matches!(&self.kind[..], "hashedrekord" | "dsse") && self.version == "0.0.2"
    }

    /// Whom the certificate names that it is signed with, unchecked; `None` where that is a key.
    pub fn holder(&self) -> Option<Holder> {
        self.signatures.iter().find_map(|one| Holder::of(&one.verifier))
    }

    /// The digest of the artifact; `None` where the kind commits to none.
    pub fn artifact(&self) -> Option<&Committed> {
        self.digests.iter().find(|digest| digest.subject == Subject::Artifact)
    }
}

/// `{signature: {content, publicKey: {content}}, data: {hash}}`
fn hashedrekord_v1(spec: &Value) -> Result<Parts, Malformed> {
    let signature = member(spec, "signature");
    let digest = hash_v1(member(spec, "data"), "hash", Subject::Artifact)?;
    let verifier = base64(member(signature, "publicKey"), "content")?;
    Ok((vec![digest], vec![bare(verifier, Some(base64(signature, "content")?))]))
}

/// `{data: {algorithm, digest}, signature: {content, verifier}}`
fn hashedrekord_v2(spec: &Value) -> Result<Parts, Malformed> {
    let digest = hash_v2(member(spec, "data"), Subject::Artifact)?;
    Ok((vec![digest], vec![signature_v2(member(spec, "signature"))?]))
}

/// `{payloadHash, envelopeHash, signatures: [{signature, verifier}]}`
fn dsse_v1(spec: &Value) -> Result<Parts, Malformed> {
    let signature = |one: &Value| Ok(bare(base64(one, "verifier")?, Some(base64(one, "signature")?)));
    let signatures = list(spec.get("signatures"), "signatures")?.iter().map(signature).collect::<Result<_, _>>()?;
    let payload = hash_v1(spec, "payloadHash", Subject::Payload)?;
    Ok((vec![payload, hash_v1(spec, "envelopeHash", Subject::Envelope)?], signatures))
}

/// `{payloadHash: {algorithm, digest}, signatures: [{content, verifier}]}`
fn dsse_v2(spec: &Value) -> Result<Parts, Malformed> {
    let signatures = list(spec.get("signatures"), "signatures")?.iter().map(signature_v2).collect::<Result<_, _>>()?;
    Ok((vec![hash_v2(member(spec, "payloadHash"), Subject::Payload)?], signatures))
}

/// `{content: {hash, payloadHash}, publicKey}`; entries before mid-2022 lack `payloadHash`.
fn intoto_v1(spec: &Value) -> Result<Parts, Malformed> {
    let content = member(spec, "content");
    let mut digests = vec![hash_v1(content, "hash", Subject::Envelope)?];
    if content.get("payloadHash").is_some() {
        digests.push(hash_v1(content, "payloadHash", Subject::Payload)?);
    }
    Ok((digests, vec![bare(base64(spec, "publicKey")?, None)]))
}

/// `{envelope: {signatures: [{sig, publicKey}]}, hash, payloadHash}`; `sig` is the base64 of what a DSSE envelope holds,
/// which is base64 itself.
fn intoto_v2(content: &Value) -> Result<Parts, Malformed> {
    let signature = |one: &Value| {
        let inner = String::from_utf8(base64(one, "sig")?).ok();
        let signature = inner.as_deref().and_then(base64_decode);
        let signature =
            signature.filter(|bytes| !bytes.is_empty()).ok_or_else(|| malformed("sig", "expected base64 of base64"))?;
        Ok(bare(base64(one, "publicKey")?, Some(signature)))
    };
    let signatures = list(member(content, "envelope").get("signatures"), "envelope.signatures")?;
    let signatures = signatures.iter().map(signature).collect::<Result<_, _>>()?;
    let payload = hash_v1(content, "payloadHash", Subject::Payload)?;
    Ok((vec![payload, hash_v1(content, "hash", Subject::Envelope)?], signatures))
}

/// `{signature: {format, content, publicKey: {content}}, data: {hash}}`
fn rekord(spec: &Value) -> Result<Parts, Malformed> {
    let signature = member(spec, "signature");
    let format = string(signature.get("format"), "signature.format")?;
    if !["pgp", "minisign", "x509", "ssh"].contains(&&format[..]) {
        return Err(malformed("signature.format", format!("unknown: {format:?}")));
    }
    let verifier = base64(member(signature, "publicKey"), "content")?;
    let signature = BodySignature { format, verifier, signature: Some(base64(signature, "content")?) };
    Ok((vec![hash_v1(member(spec, "data"), "hash", Subject::Artifact)?], vec![signature]))
}

/// Our own kind: see [`LinkEntry`].
fn link(leaf: &[u8], kind: String, version: String) -> Result<EntryStatement, RekorBodyError> {
    let entry = LinkEntry::parse(leaf).map_err(|error| match error {
        EntryError::OtherKind(_) => RekorBodyError::Unsupported { kind: kind.clone(), version: version.clone() },
        error => RekorBodyError::Link(error),
    })?;
    let digest = entry.file.as_bytes().to_vec();
    let digests = vec![Committed { subject: Subject::LinkFile, algorithm: "sha256".into(), digest }];
    let signatures = entry.signatures.iter().map(|one| bare(one.key.spki_der().to_vec(), Some(one.signature.clone())));
    let signatures = signatures.collect();
    Ok(EntryStatement { kind, version, digests, signatures })
}

fn bare(verifier: Vec<u8>, signature: Option<Vec<u8>>) -> BodySignature {
    BodySignature { format: "x509".into(), verifier, signature }
}

/// `{content, verifier: {publicKey: {rawBytes}} | {x509Certificate: {rawBytes}}}`
fn signature_v2(value: &Value) -> Result<BodySignature, Malformed> {
    let verifier = member(value, "verifier");
    let raw = match (verifier.get("publicKey"), verifier.get("x509Certificate")) {
        (Some(one), None) | (None, Some(one)) => base64(one, "rawBytes")?,
        _ => return Err(malformed("verifier", "expected either publicKey or x509Certificate")),
    };
    Ok(bare(raw, Some(base64(value, "content")?)))
}

/// `{algorithm: "sha256", value: hex}`
fn hash_v1(parent: &Value, name: &str, subject: Subject) -> Result<Committed, Malformed> {
    let hash = member(parent, name);
    let algorithm = string(hash.get("algorithm"), name)?;
    let digest = hash.get("value").and_then(Value::as_str).and_then(hex_decode);
    committed(subject, algorithm, digest, name)
}

/// `{algorithm: "SHA2_256", digest: base64}`
fn hash_v2(hash: &Value, subject: Subject) -> Result<Committed, Malformed> {
    let algorithm = match &string(hash.get("algorithm"), "algorithm")?[..] {
        "SHA2_256" => "sha256",
        "SHA2_384" => "sha384",
        "SHA2_512" => "sha512",
        other => return Err(malformed("algorithm", format!("unknown: {other:?}"))),
    };
    committed(subject, algorithm.into(), hash.get("digest").and_then(Value::as_str).and_then(base64_decode), "digest")
}

fn committed(
    subject: Subject,
    algorithm: String,
    digest: Option<Vec<u8>>,
    place: &str,
) -> Result<Committed, Malformed> {
    let size = match &algorithm[..] {
        "sha256" => 32,
        "sha384" => 48,
        "sha512" => 64,
        _ => return Err(malformed(place, format!("unknown algorithm {algorithm:?}"))),
    };
    match digest {
        Some(digest) if digest.len() == size => Ok(Committed { subject, algorithm, digest }),
        _ => Err(malformed(place, format!("not a {algorithm} digest"))),
    }
}

/// A member that is reported as missing by whoever looks into it.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// Keys and signatures are never empty.
fn base64(value: &Value, name: &str) -> Result<Vec<u8>, Malformed> {
    let bytes = value.get(name).and_then(Value::as_str).and_then(base64_decode);
    bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| malformed(name, "expected base64"))
}
