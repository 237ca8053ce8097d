//! in-toto's metablock (in-toto specification §4.2): `{"signatures": […], "signed": {…}}`, these two members and no
//! other. What is signed is the canonical JSON (OLPC) of the whole `signed` value as received.

use super::envelope::{Envelope, Format, Signature, SignatureForm, signatures};
use super::json::Value;
use super::shape::{Malformed, malformed, only_members, string};
use crate::bytes::hex_decode;

pub(super) fn read(file: Value) -> Result<Envelope, Malformed> {
    only_members(&file, "the file", &["signatures", "signed"])?;
    let signatures = signatures(&file, signature)?;
    let payload = signed(file).ok_or_else(|| malformed("signed", "expected an object"))?;
    let signed_bytes = payload.to_olpc().map_err(|e| malformed("signed", e.to_string()))?;
    Ok(Envelope {
        format: Format::Metablock,
        payload_type: None,
        payload,
        signed_bytes,
        signatures,
        extra_members: false,
    })
}

/// The object `signed`, moved out of the file: it may be nearly all of it.
fn signed(file: Value) -> Option<Value> {
    let Value::Object(members) = file else { return None };
    let signed = members.into_iter().find(|(name, _)| name == "signed");
    signed.map(|(_, value)| value).filter(|value| value.as_object().is_some())
}

/// `{"keyid", "sig"}`, or `{"keyid", "other_headers", "signature"}` for OpenPGP, where securesystemslib by itself says
/// `sig` as well; all hexadecimal, in either case.
fn signature(value: &Value, place: &str) -> Result<Signature, Malformed> {
    let keyid = string(value.get("keyid"), &format!("{place}.keyid"))?;
    let form = match value.get("other_headers") {
        None => SignatureForm::Raw(hex(value, "sig", place)?),
        Some(_) => SignatureForm::OpenPgp {
            other_headers: hex(value, "other_headers", place)?,
            signature: hex(value, if value.get("signature").is_some() { "signature" } else { "sig" }, place)?,
        },
    };
    Ok(Signature { keyid, form })
}

pub(super) fn hex(value: &Value, name: &str, place: &str) -> Result<Vec<u8>, Malformed> {
    let place = format!("{place}.{name}");
    let text = string(value.get(name), &place)?;
    hex_decode(&text.to_ascii_lowercase()).ok_or_else(|| malformed(&place, "expected hexadecimal digits"))
}
