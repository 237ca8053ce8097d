//! The DSSE envelope (secure-systems-lab/dsse, envelope.md and protocol.md v1.0.2).
//!
//! Members that the specification does not know are ignored, as it asks; that there are some is kept. Base64 is standard or URL-safe; padding is
//! required, because RFC 4648 §3.2 asks for it where a specification does not say otherwise. Signatures are over the
//! decoded payload, so that how it was encoded changes nothing.

use super::envelope::{Envelope, EnvelopeError, Format, Signature, SignatureForm, signatures};
use super::json::{self, Value};
use super::metablock::hex;
use super::shape::{Malformed, malformed, only_members, string};
use crate::bytes::{base64_decode, base64url_decode};

/// The type of payload that is read here: links, layouts and statements all have it.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

pub(super) fn read(file: &Value) -> Result<Envelope, EnvelopeError> {
    let payload_type = string(file.get("payloadType"), "payloadType").map_err(EnvelopeError::Malformed)?;
    if payload_type != IN_TOTO {
        return Err(EnvelopeError::PayloadType(payload_type));
    }
    let body = base64(file, "payload", "").map_err(EnvelopeError::Malformed)?;
    Ok(Envelope {
        format: Format::Dsse,
        signed_bytes: pae(&payload_type, &body),
        payload_type: Some(payload_type),
        payload: json::parse(&body).map_err(EnvelopeError::Payload)?,
        signatures: signatures(file, signature).map_err(EnvelopeError::Malformed)?,
        extra_members: only_members(file, "the file", &["payload", "payloadType", "signatures"]).is_err(),
    })
}

/// Pre-authentication encoding (protocol.md): what is signed.
pub fn pae(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), body.len());
    [head.as_bytes(), body].concat()
}

/// `{"keyid", "sig"}`, where an absent key ID is the same as an empty one; with securesystemslib's hexadecimal
/// `other_headers` beside them it is an OpenPGP signature.
fn signature(value: &Value, place: &str) -> Result<Signature, Malformed> {
    let keyid = match value.get("keyid") {
        None => String::new(),
        keyid => string(keyid, &format!("{place}.keyid"))?,
    };
    let signature = base64(value, "sig", &format!("{place}."))?;
    let form = match value.get("other_headers") {
        None => SignatureForm::Raw(signature),
        Some(_) => SignatureForm::OpenPgp { other_headers: hex(value, "other_headers", place)?, signature },
    };
    Ok(Signature { keyid, form })
}

fn base64(value: &Value, name: &str, place: &str) -> Result<Vec<u8>, Malformed> {
    let place = format!("{place}{name}");
    let text = string(value.get(name), &place)?;
    let bytes = base64_decode(&text).or_else(|| base64url_decode(&text));
    bytes.ok_or_else(|| malformed(&place, "expected base64 with padding"))
}
