//! A signature by certificate that a Rekor v1 log recorded, as the Sigstore bundle that says the same. The log's answer holds
//! all of it; of an attestation where the log kept that and handed it out.

use rekor_verifier::bytes::{base64_decode, base64_encode, hex_decode};
use rekor_verifier::format::json::{self, Value};
use rekor_verifier::format::rekor_entry::RekorEntry;

/// What was signed, as a bundle has it, and the certificate as PEM.
struct Signed {
    content: String,
    certificate: String,
}

/// The bundle of the one entry in an answer, a `hashedrekord` 0.0.1 or an `intoto` 0.0.2 with its attestation, by a
/// certificate; an entry of another kind does not hold enough for one. What the entry lacks, its bundle would.
pub fn bundle(answer: &str) -> Option<String> {
    let entries = RekorEntry::parse_answer(answer.as_bytes()).ok()?;
    let [entry] = &entries[..] else { return None };
    // Read here once more: what reads every kind in the core would bring all forms of keys into this module.
    let body = json::parse(&entry.leaf).ok()?;
    let (kind, version) = (text(&body, "kind")?, text(&body, "apiVersion")?);
    let signed = match (&kind[..], &version[..]) {
        ("hashedrekord", "0.0.1") => file(body.get("spec")?)?,
        ("intoto", "0.0.2") => attestation(body.get("spec")?.get("content")?, &kept(answer)?)?,
        _ => return None,
    };
    let pem = signed.certificate.strip_prefix("-----BEGIN CERTIFICATE-----")?;
    let certificate: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    // What is written into JSON below has to be what it says.
    base64_decode(&certificate)?;
    let (proof, promise) = (entry.proof.as_ref()?, entry.promise.as_ref()?);
    let hashes: Vec<String> = proof.hashes.iter().map(|hash| format!("\"{}\"", hash.to_base64())).collect();
    Some(format!(
        concat!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.2","verificationMaterial":{{"#,
            r#""x509CertificateChain":{{"certificates":[{{"rawBytes":"{certificate}"}}]}},"tlogEntries":[{{"#,
            r#""logIndex":"{index}","logId":{{"keyId":"{log}"}},"integratedTime":"{time}","#,
            r#""kindVersion":{{"kind":"{kind}","version":"{version}"}},"#,
            r#""inclusionPromise":{{"signedEntryTimestamp":"{promise}"}},"#,
            r#""inclusionProof":{{"logIndex":"{leaf}","rootHash":"{root}","treeSize":"{size}","#,
            r#""hashes":[{hashes}],"checkpoint":{{"envelope":{checkpoint}}}}},"canonicalizedBody":"{body}"}}]}},"#,
            r#"{content}}}"#
        ),
        certificate = certificate,
        index = entry.index,
        log = entry.log_id.to_base64(),
        time = entry.time?,
        kind = kind,
        version = version,
        promise = base64_encode(promise),
        leaf = proof.index,
        root = proof.root.to_base64(),
        size = proof.size,
        hashes = hashes.join(","),
        checkpoint = serde_json::to_string(&proof.checkpoint).ok()?,
        body = base64_encode(&entry.leaf),
        content = signed.content,
    ))
}

/// `{signature: {content, publicKey: {content}}, data: {hash}}`: a file's signature.
fn file(spec: &Value) -> Option<Signed> {
    let (hash, one) = (spec.get("data")?.get("hash")?, spec.get("signature")?);
    let (digest, signature) = (hex_decode(&text(hash, "value")?)?, bytes(one, "content")?);
    let content = format!(
        r#""messageSignature":{{"messageDigest":{{"algorithm":"SHA2_256","digest":"{}"}},"signature":"{}"}}"#,
        base64_encode(&digest),
        base64_encode(&signature),
    );
    let certificate = String::from_utf8(bytes(one.get("publicKey")?, "content")?).ok()?;
    (text(hash, "algorithm")? == "sha256").then_some(Signed { content, certificate })
}

/// `{envelope: {payloadType, signatures: [{sig, publicKey}]}}`: an envelope without its payload, which is `kept`. `sig` is
/// the base64 of what the envelope held, which is base64 itself.
fn attestation(content: &Value, kept: &[u8]) -> Option<Signed> {
    let envelope = content.get("envelope")?;
    let [one] = envelope.get("signatures")?.as_array()? else { return None };
    let signature = base64_decode(std::str::from_utf8(&bytes(one, "sig")?).ok()?)?;
    let content = format!(
        r#""dsseEnvelope":{{"payload":"{}","payloadType":{},"signatures":[{{"sig":"{}"}}]}}"#,
        base64_encode(kept),
        serde_json::to_string(&text(envelope, "payloadType")?).ok()?,
        base64_encode(&signature),
    );
    Some(Signed { content, certificate: String::from_utf8(bytes(one, "publicKey")?).ok()? })
}

/// The attestation that came along in an answer of one entry.
fn kept(answer: &str) -> Option<Vec<u8>> {
    let answer = json::parse(answer.as_bytes()).ok()?;
    let (_, entry) = answer.as_object()?.first()?;
    bytes(entry.get("attestation")?, "data")
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn bytes(value: &Value, name: &str) -> Option<Vec<u8>> {
    base64_decode(value.get(name)?.as_str()?)
}
