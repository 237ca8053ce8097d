//! The bundle that cosign wrote before there was a Sigstore bundle format, as the 0.1 bundle that says the same: the log's
//! promise (signed entry timestamp) and no proof. Nothing is checked here but the form; what the entry says of the
//! signature is held against the rest like any entry.
//!
//! Sources: `LocalSignedPayload` in `pkg/cosign` and `RekorBundle` in `pkg/cosign/bundle` of sigstore/cosign.

use crate::read::Unread::{self, Malformed, Unsupported};
use rekor_verifier::Hash;
use rekor_verifier::bytes::{base64_decode, base64_encode, hex_decode};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::format::json::{self, Value};

/// The algorithms of digests: Rekor's name, and the bundle's.
const ALGORITHMS: [(&str, &str); 3] = [("sha256", "SHA2_256"), ("sha384", "SHA2_384"), ("sha512", "SHA2_512")];

/// The 0.1 bundle of what is read as a bundle in the older form; `None` where it is none.
pub fn bundle(value: &Value) -> Option<Result<String, Unread>> {
    value.get("base64Signature").map(|_| converted(value))
}

fn converted(value: &Value) -> Result<String, Unread> {
    has_only("the bundle", value, &["base64Signature", "cert", "rekorBundle"])?;
    let signature = bytes(value, "base64Signature")?;
    let Some(recorded) = value.get("rekorBundle") else {
        return Err(Unsupported("a signature without an entry of a log".to_owned()));
    };
    has_only("rekorBundle", recorded, &["Payload", "SignedEntryTimestamp"])?;
    let payload = member(recorded, "Payload");
    has_only("Payload", payload, &["body", "integratedTime", "logID", "logIndex"])?;
    let leaf = bytes(payload, "body")?;
    let entry = json::parse(&leaf).map_err(|error| Malformed(format!("its log entry is no JSON: {error}")))?;
    let log = payload.get("logID").and_then(Value::as_str).and_then(Hash::from_hex);
    let log = log.ok_or_else(|| Malformed("logID: expected 64 hexadecimal digits".to_owned()))?;
    Ok(format!(
        concat!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.1","verificationMaterial":{{{signer},"#,
            r#""tlogEntries":[{{"logIndex":"{index}","logId":{{"keyId":"{log}"}},"#,
            r#""kindVersion":{{"kind":{kind},"version":{version}}},"integratedTime":"{time}","#,
            r#""inclusionPromise":{{"signedEntryTimestamp":"{promise}"}},"canonicalizedBody":"{leaf}"}}]}},{content}}}"#
        ),
        signer = signer(value, &entry)?,
        index = number(payload, "logIndex")?,
        log = log.to_base64(),
        kind = quoted(&entry, "kind")?,
        version = quoted(&entry, "apiVersion")?,
        time = number(payload, "integratedTime")?,
        promise = base64_encode(&bytes(recorded, "SignedEntryTimestamp")?),
        leaf = base64_encode(&leaf),
        content = content(&signature, &entry)?,
    ))
}

/// What was signed. `sign-blob` leaves the digest to the entry, and `attest-blob` puts a whole envelope in the place of the
/// signature.
fn content(signature: &[u8], entry: &Value) -> Result<String, Unread> {
    if let Some("dsse" | "intoto") = entry.get("kind").and_then(Value::as_str) {
        let envelope = std::str::from_utf8(signature).ok().filter(|text| json::parse(text.as_bytes()).is_ok());
        let envelope = envelope.ok_or_else(|| expected("base64Signature", "an envelope"))?;
        return Ok(format!(r#""dsseEnvelope":{envelope}"#));
    }
    let digest = digest(member(member(member(entry, "spec"), "data"), "hash"));
    let digest = digest.map(|digest| format!(r#""messageDigest":{digest},"#)).unwrap_or_default();
    Ok(format!(r#""messageSignature":{{{digest}"signature":"{}"}}"#, base64_encode(signature)))
}

/// `{algorithm: "sha256", value: hex}` in the words of a bundle; an entry that states none is refused as what it is.
fn digest(hash: &Value) -> Option<String> {
    let stated = hash.get("algorithm")?.as_str()?;
    let (_, algorithm) = ALGORITHMS.iter().find(|(name, _)| *name == stated)?;
    let digest = hex_decode(hash.get("value")?.as_str()?)?;
    Some(format!(r#"{{"algorithm":"{algorithm}","digest":"{}"}}"#, base64_encode(&digest)))
}

/// Whose signature it is, by `cert`, and where cosign left that out, by what the entry names.
fn signer(value: &Value, entry: &Value) -> Result<String, Unread> {
    let cert = value.get("cert").map(|it| it.as_str().ok_or_else(|| expected("cert", "a string"))).transpose()?;
    let cert = cert.filter(|text| !text.is_empty());
    let recorded = member(member(member(entry, "spec"), "signature"), "publicKey").get("content");
    let pem = match cert {
        // Some versions put base64 around the PEM, and some do not.
        Some(pem) if pem.starts_with("-----") => Some(pem.to_owned()),
        Some(text) => decoded(text),
        None => recorded.and_then(Value::as_str).and_then(decoded),
    };
    match (pem.as_deref().and_then(blocks).and_then(|blocks| material(&blocks)), cert) {
        (Some(material), _) => Ok(material),
        (None, Some(_)) => Err(expected("cert", "certificates or a public key in PEM, or the base64 of that")),
        // Other kinds of entries name it elsewhere, and it is compared there.
        (None, None) => Ok(key("")),
    }
}

/// Certificates, the signer's first, or one key, of which a bundle holds no more than a hint.
fn material(blocks: &[(&str, Vec<u8>)]) -> Option<String> {
    if let [("PUBLIC KEY", spki)] = blocks {
        return Some(key(&sha256(spki).to_base64()));
    }
    let certificate = |(label, der): &(&str, Vec<u8>)| {
        (*label == "CERTIFICATE").then(|| format!(r#"{{"rawBytes":"{}"}}"#, base64_encode(der)))
    };
    let certificates: Vec<String> = blocks.iter().map(certificate).collect::<Option<_>>()?;
    Some(format!(r#""x509CertificateChain":{{"certificates":[{}]}}"#, certificates.join(",")))
}

fn key(hint: &str) -> String {
    format!(r#""publicKey":{{"hint":"{hint}"}}"#)
}

/// The blocks of a PEM text, by label, at least one; `None` where anything else stands in it.
fn blocks(pem: &str) -> Option<Vec<(&str, Vec<u8>)>> {
    let (mut blocks, mut rest) = (Vec::new(), pem.trim());
    while !rest.is_empty() {
        let (label, after) = rest.strip_prefix("-----BEGIN ")?.split_once("-----")?;
        let (inside, after) = after.split_once(&format!("-----END {label}-----"))?;
        blocks.push((label, base64_decode(&inside.split_ascii_whitespace().collect::<String>())?));
        rest = after.trim_start();
    }
    (!blocks.is_empty()).then_some(blocks)
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(base64_decode(text)?).ok()
}

/// A member that is reported as missing by whoever looks into it.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn has_only(place: &str, value: &Value, allowed: &[&str]) -> Result<(), Unread> {
    let members = value.as_object().ok_or_else(|| expected(place, "an object"))?;
    match members.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
        Some((name, _)) => Err(Malformed(format!("{place}: unknown field {name:?}"))),
        None => Ok(()),
    }
}

fn bytes(value: &Value, name: &str) -> Result<Vec<u8>, Unread> {
    let bytes = value.get(name).and_then(Value::as_str).and_then(base64_decode);
    bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| expected(name, "base64"))
}

fn number(value: &Value, name: &str) -> Result<u64, Unread> {
    value.get(name).and_then(Value::as_u64).ok_or_else(|| expected(name, "a number"))
}

/// A string as JSON.
fn quoted(value: &Value, name: &str) -> Result<String, Unread> {
    let text = value.get(name).and_then(Value::as_str);
    text.and_then(|text| serde_json::to_string(text).ok()).ok_or_else(|| expected(name, "a string"))
}

fn expected(place: &str, what: &str) -> Unread {
    Malformed(format!("{place}: expected {what}"))
}
