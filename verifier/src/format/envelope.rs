//! What carries signatures around a signed document: in-toto's metablock and the DSSE envelope, told apart by their
//! members. What the document says is read by [`super::link`] and [`super::layout`].

use super::json::{self, JsonError, Value};
use super::shape::{Malformed, list, malformed};
use super::{dsse, metablock};
use std::fmt;

/// The largest envelope that is read, in bytes.
pub const MAX_FILE: usize = 1024 * 1024;

/// The most signatures that an envelope may carry.
pub const MAX_SIGNATURES: usize = 64;

/// A signed document as read; nothing in it has been checked against a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Which of the two envelopes it is.
    pub format: Format,
    /// The type that a DSSE envelope states for its payload; a metablock states none.
    pub payload_type: Option<String>,
    /// The document: the `signed` value of a metablock, the JSON in the payload of DSSE.
    pub payload: Value,
    /// The bytes that are signed: the canonical JSON (OLPC) of `signed`, or DSSE's pre-authentication encoding.
    pub signed_bytes: Vec<u8>,
    /// The signatures as the file has them, at most [`MAX_SIGNATURES`].
    pub signatures: Vec<Signature>,
    /// Whether the file holds members beside those of its format, which no signature covers. DSSE lets them pass when an
    /// envelope is verified; but the file then is more than what was verified, a package's manifest, say.
    pub extra_members: bool,
}

/// The kinds of envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `{"signatures": […], "signed": {…}}` (in-toto specification §4.2)
    Metablock,
    /// `{"payload", "payloadType", "signatures"}` (DSSE v1)
    Dsse,
}

/// One signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The signer's key ID as claimed, a hint; empty where none is claimed.
    pub keyid: String,
    /// The signature itself.
    pub form: SignatureForm,
}

/// How a signature is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureForm {
    /// Over [`Envelope::signed_bytes`].
    Raw(Vec<u8>),
    /// OpenPGP as securesystemslib keeps it: over the signed bytes, `other_headers` and a trailer.
    OpenPgp {
        /// The signature packet from its version to the end of the hashed subpackets (RFC 9580 §5.2.3).
        other_headers: Vec<u8>,
        /// The value that the signing algorithm gave.
        signature: Vec<u8>,
    },
}

/// Why a file is not an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Larger than [`MAX_FILE`]; its size in bytes.
    TooLarge(usize),
    /// Not JSON, or JSON that is refused.
    Json(JsonError),
    /// JSON, but neither a metablock nor a DSSE envelope.
    NotAnEnvelope,
    /// DSSE around a payload of another type than in-toto's, which this names.
    PayloadType(String),
    /// The payload is not JSON, or JSON that is refused.
    Payload(JsonError),
    /// An envelope by its members, and wrong at one place.
    Malformed(Malformed),
}

impl Format {
    /// `metablock` or `dsse`.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Metablock => "metablock",
            Format::Dsse => "dsse",
        }
    }

    /// The format with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Format::Metablock, Format::Dsse].into_iter().find(|format| format.name() == name)
    }
}

impl Envelope {
    /// Reads a metablock or a DSSE envelope.
    pub fn parse(file: &[u8]) -> Result<Self, EnvelopeError> {
        if file.len() > MAX_FILE {
            return Err(EnvelopeError::TooLarge(file.len()));
        }
        let value = json::parse(file).map_err(EnvelopeError::Json)?;
        if value.get("payload").is_some() && value.get("payloadType").is_some() {
            return dsse::read(&value);
        }
        match value.get("signed").and_then(|signed| signed.get("_type")).and_then(Value::as_str) {
            // Others sign documents in this shape as well, TUF for one.
            Some("link" | "layout") => metablock::read(value).map_err(EnvelopeError::Malformed),
            _ => Err(EnvelopeError::NotAnEnvelope),
        }
    }

    /// The document's `_type`.
    pub fn document_type(&self) -> Option<&str> {
        self.payload.get("_type").and_then(Value::as_str)
    }
}

impl SignatureForm {
    /// The value that the signing algorithm gave.
    pub fn bytes(&self) -> &[u8] {
        match self {
            SignatureForm::Raw(signature) | SignatureForm::OpenPgp { signature, .. } => signature,
        }
    }
}

/// Reads the list `signatures`, one by one with `read_one`.
pub(super) fn signatures(
    file: &Value,
    read_one: impl Fn(&Value, &str) -> Result<Signature, Malformed>,
) -> Result<Vec<Signature>, Malformed> {
    let list = list(file.get("signatures"), "signatures")?;
    if list.len() > MAX_SIGNATURES {
        return Err(malformed("signatures", format!("{} are too many (at most {MAX_SIGNATURES})", list.len())));
    }
    list.iter().enumerate().map(|(i, one)| read_one(one, &format!("signatures[{i}]"))).collect()
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnvelopeError::TooLarge(size) => {
                write!(f, "{size} bytes are too many for a signed document (at most {MAX_FILE})")
            }
            EnvelopeError::Json(error) => write!(f, "its JSON is refused: {error}"),
            EnvelopeError::NotAnEnvelope => f.write_str("neither a metablock nor a DSSE envelope"),
            EnvelopeError::PayloadType(found) => {
                write!(f, "a DSSE envelope of the type {found:?} (expected {:?})", dsse::IN_TOTO)
            }
            EnvelopeError::Payload(error) => write!(f, "the JSON in its payload is refused: {error}"),
            EnvelopeError::Malformed(malformed) => malformed.fmt(f),
        }
    }
}

impl std::error::Error for EnvelopeError {}
