//! A proposed entry: what `POST /api/v1/log/entries` takes.
//!
//! ```json
//! {"apiVersion": "0.0.1", "kind": "link",
//!  "spec": {"content": "<base64>", "publicKeys": [{"content": "<base64>"}], "digestOnly": false}}
//! ```

use crate::answer::{Refused, only};
use rekor_log::Submission;
use rekor_verifier::bytes::base64_decode;
use rekor_verifier::format::json::Value;

/// Reads a proposed entry of kind `link`.
pub(crate) fn parse(proposed: &Value) -> Result<Submission, Refused> {
    only(proposed, "the proposed entry", &["apiVersion", "kind", "spec"])?;
    let text = |name| proposed.get(name).and_then(Value::as_str).unwrap_or_default();
    if (text("kind"), text("apiVersion")) != ("link", "0.0.1") {
        let found = format!("{:?} {:?}", text("kind"), text("apiVersion"));
        return Err(Refused::bad(format!("entries of kind {found} are not taken here: expected \"link\" \"0.0.1\"")));
    }
    let spec = proposed.get("spec").ok_or_else(|| Refused::bad("the proposed entry: the field \"spec\" is missing"))?;
    only(spec, "spec", &["content", "publicKeys", "digestOnly"])?;
    Ok(Submission { content: base64(spec, "spec.content")?, keys: public_keys(spec)?, digest_only: digest_only(spec)? })
}

fn public_keys(spec: &Value) -> Result<Vec<Vec<u8>>, Refused> {
    let keys = spec.get("publicKeys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| Refused::bad("spec.publicKeys: expected a list of objects with \"content\""))?;
    keys.iter().enumerate().map(|(i, key)| public_key(key, &format!("spec.publicKeys[{i}]"))).collect()
}

fn public_key(key: &Value, place: &str) -> Result<Vec<u8>, Refused> {
    only(key, place, &["content"])?;
    base64(key, &format!("{place}.content"))
}

fn digest_only(spec: &Value) -> Result<bool, Refused> {
    match spec.get("digestOnly") {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(Refused::bad("spec.digestOnly: expected true or false")),
    }
}

/// The bytes in the member `content` of an object.
fn base64(holder: &Value, place: &str) -> Result<Vec<u8>, Refused> {
    let text = holder.get("content").and_then(Value::as_str);
    let bytes = text.and_then(base64_decode);
    bytes.ok_or_else(|| Refused::bad(format!("{place}: expected standard base64 with padding")))
}
