//! The log entry of kind `link`: a small canonical JSON text (RFC 8785) that commits to a link file.
//!
//! It holds digests, public keys and signatures: no names, no paths, no clock. Its schema and golden bytes stand in
//! `docs/entry-link.md`; a published version never changes.

use crate::Hash;
use crate::bytes::{base64_decode, base64_encode};
use crate::format::envelope::Format;
use crate::format::json::{self, Value};
use crate::format::key::{PublicKey, Scheme};
use std::fmt;

/// The largest entry, in bytes: what an entry bundle of tlog-tiles can hold.
pub const MAX_ENTRY: usize = 65_535;

/// The most signatures in one entry.
pub const MAX_SIGNATURES: usize = 16;

/// The version of the kind `link` for metablocks and the schemes that in-toto had at first.
pub const VERSION_1: &str = "0.0.1";

/// The version for every form and scheme that is read here; only for what [`VERSION_1`] cannot express.
pub const VERSION_2: &str = "0.0.2";

/// The commitment to one link file, as it stands in a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkEntry {
    /// SHA-256 of the file's bytes.
    pub file: Hash,
    /// Size of the file in bytes.
    pub size: u64,
    /// The envelope that the file is.
    pub format: Format,
    /// The signatures that verified when the entry was admitted, one a key, sorted by the key's SPKI DER.
    pub signatures: Vec<EntrySignature>,
    /// SHA-256 of the digest list (see [`crate::format::link::Link::digest_list`]).
    pub digest_list: Hash,
}

/// One signature in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntrySignature {
    /// The signer's key.
    pub key: PublicKey,
    /// The scheme that the signature verifies by.
    pub scheme: Scheme,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    /// SHA-256 of the bytes that it signs, for schemes with another hash as well: a look-up goes by it. For OpenPGP it
    /// is the digest of the signature itself, trailer included.
    pub signed: Hash,
}

/// Why bytes are not an entry of kind `link`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// Larger than [`MAX_ENTRY`]; its size in bytes.
    TooLarge(usize),
    /// Not JSON that is accepted.
    Json(json::JsonError),
    /// An entry of another kind or version.
    OtherKind(String),
    /// A field is missing or wrong; the text names it.
    Field(&'static str),
    /// The fields are right, but the bytes are not their canonical form.
    NotCanonical,
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryError::TooLarge(size) => write!(f, "an entry of {size} bytes, at most {MAX_ENTRY} are allowed"),
            EntryError::Json(error) => write!(f, "the entry is not JSON: {error}"),
            EntryError::OtherKind(kind) => {
                write!(f, "an entry of kind {kind}, expected link {VERSION_1} or {VERSION_2}")
            }
            EntryError::Field(name) => write!(f, "the entry's field {name} is missing or wrong"),
            EntryError::NotCanonical => f.write_str("the entry is not in canonical form"),
        }
    }
}

impl std::error::Error for EntryError {}

impl LinkEntry {
    /// The version that the entry is written in: the first that can express it, so that it has one form.
    pub fn version(&self) -> &'static str {
        let first =
            |one: &EntrySignature| matches!(one.scheme, Scheme::Ed25519 | Scheme::EcdsaP256 | Scheme::RsaPssSha256);
        match self.format == Format::Metablock && self.signatures.iter().all(first) {
            true => VERSION_1,
            false => VERSION_2,
        }
    }

    /// The canonical bytes: what is hashed into the tree.
    pub fn encode(&self) -> Vec<u8> {
        // Only plain ASCII strings and one integer occur, so that sorted keys are all there is to RFC 8785.
        let signatures: Vec<String> = self.signatures.iter().map(EntrySignature::encode).collect();
        format!(
            r#"{{"apiVersion":"{}","kind":"link","spec":{{"digestList":{},"file":{{"hash":{},"size":{}}},"format":"{}","signatures":[{}]}}}}"#,
            self.version(),
            encode_hash(&self.digest_list),
            encode_hash(&self.file),
            self.size,
            self.format.name(),
            signatures.join(",")
        )
        .into_bytes()
    }

    /// Reads canonical bytes; anything that [`Self::encode`] would not have written is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > MAX_ENTRY {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let value = json::parse(bytes).map_err(EntryError::Json)?;
        let text = |name| value.get(name).and_then(Value::as_str).unwrap_or("?");
        if text("kind") != "link" || ![VERSION_1, VERSION_2].contains(&text("apiVersion")) {
            return Err(EntryError::OtherKind(format!("{} {}", text("kind"), text("apiVersion"))));
        }
        let spec = value.get("spec").ok_or(EntryError::Field("spec"))?;
        let file = spec.get("file").ok_or(EntryError::Field("spec.file"))?;
        let format = spec.get("format").and_then(Value::as_str);
        let signatures = spec.get("signatures").and_then(Value::as_array);
        let signatures = signatures.filter(|list| (1..=MAX_SIGNATURES).contains(&list.len()));
        let signatures = signatures.ok_or(EntryError::Field("spec.signatures"))?;
        let entry = Self {
            file: hash(file.get("hash")).ok_or(EntryError::Field("spec.file.hash"))?,
            size: file.get("size").and_then(Value::as_u64).ok_or(EntryError::Field("spec.file.size"))?,
            format: format.and_then(Format::from_name).ok_or(EntryError::Field("spec.format"))?,
            signatures: signatures.iter().map(EntrySignature::parse).collect::<Result<_, _>>()?,
            digest_list: hash(spec.get("digestList")).ok_or(EntryError::Field("spec.digestList"))?,
        };
        let sorted = entry.signatures.windows(2).all(|pair| pair[0].key.spki_der() < pair[1].key.spki_der());
        if !sorted {
            return Err(EntryError::Field("spec.signatures"));
        }
        // Encoding chooses the version, so that an entry of 0.0.2 which 0.0.1 could express is refused here as well.
        if entry.encode() != bytes {
            return Err(EntryError::NotCanonical);
        }
        Ok(entry)
    }
}

impl EntrySignature {
    fn encode(&self) -> String {
        format!(
            r#"{{"publicKey":"{}","scheme":"{}","signature":"{}","signedHash":{}}}"#,
            base64_encode(self.key.spki_der()),
            self.scheme.name(),
            base64_encode(&self.signature),
            encode_hash(&self.signed)
        )
    }

    fn parse(value: &Value) -> Result<Self, EntryError> {
        let bytes = |name| value.get(name).and_then(Value::as_str).and_then(base64_decode);
        let key = bytes("publicKey").and_then(|der| PublicKey::from_spki_der(&der).ok());
        let key = key.ok_or(EntryError::Field("spec.signatures.publicKey"))?;
        let name = value.get("scheme").and_then(Value::as_str);
        let scheme = key.schemes().iter().copied().find(|scheme| Some(scheme.name()) == name);
        Ok(Self {
            key,
            scheme: scheme.ok_or(EntryError::Field("spec.signatures.scheme"))?,
            signature: bytes("signature").ok_or(EntryError::Field("spec.signatures.signature"))?,
            signed: hash(value.get("signedHash")).ok_or(EntryError::Field("spec.signatures.signedHash"))?,
        })
    }
}

fn encode_hash(hash: &Hash) -> String {
    format!(r#"{{"algorithm":"sha256","value":"{hash}"}}"#)
}

fn hash(value: Option<&Value>) -> Option<Hash> {
    let value = value?;
    match value.get("algorithm")?.as_str()? {
        "sha256" => Hash::from_hex(value.get("value")?.as_str()?),
        _ => None,
    }
}
