//! A signature by certificate that a Rekor v1 log recorded, as the Sigstore bundle that says the same. The log's answer holds
//! all of it.

use rekor_verifier::bytes::{base64_decode, base64_encode, hex_decode};
use rekor_verifier::format::json::{self, Value};
use rekor_verifier::format::rekor_entry::RekorEntry;

/// The bundle of the one entry in an answer, a `hashedrekord` 0.0.1 with a certificate; an entry of another kind does not
/// hold enough for one. What the entry lacks, its bundle would.
pub fn bundle(answer: &str) -> Option<String> {
    let entries = RekorEntry::parse_answer(answer.as_bytes()).ok()?;
    let [entry] = &entries[..] else { return None };
    // Read here once more: what reads every kind in the core would bring all forms of keys into this module.
    let body = json::parse(&entry.leaf).ok()?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let spec = body.get("spec")?;
    let (hash, one) = (spec.get("data")?.get("hash")?, spec.get("signature")?);
    let kind = [text(&body, "kind")?, text(&body, "apiVersion")?, text(hash, "algorithm")?];
    let (digest, signature) = (hex_decode(&text(hash, "value")?)?, base64_decode(&text(one, "content")?)?);
    let pem = String::from_utf8(base64_decode(&text(one.get("publicKey")?, "content")?)?).ok()?;
    let certificate: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    if kind != ["hashedrekord", "0.0.1", "sha256"] || !pem.starts_with("-----BEGIN CERTIFICATE-----") {
        return None;
    }
    // What is written into JSON below has to be what it says.
    base64_decode(&certificate)?;
    let (proof, promise) = (entry.proof.as_ref()?, entry.promise.as_ref()?);
    let hashes: Vec<String> = proof.hashes.iter().map(|hash| format!("\"{}\"", hash.to_base64())).collect();
    Some(format!(
        concat!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.2","verificationMaterial":{{"#,
            r#""x509CertificateChain":{{"certificates":[{{"rawBytes":"{certificate}"}}]}},"tlogEntries":[{{"#,
            r#""logIndex":"{index}","logId":{{"keyId":"{log}"}},"integratedTime":"{time}","#,
            r#""kindVersion":{{"kind":"hashedrekord","version":"0.0.1"}},"#,
            r#""inclusionPromise":{{"signedEntryTimestamp":"{promise}"}},"#,
            r#""inclusionProof":{{"logIndex":"{leaf}","rootHash":"{root}","treeSize":"{size}","#,
            r#""hashes":[{hashes}],"checkpoint":{{"envelope":{checkpoint}}}}},"canonicalizedBody":"{body}"}}]}},"#,
            r#""messageSignature":{{"messageDigest":{{"algorithm":"SHA2_256","digest":"{digest}"}},"#,
            r#""signature":"{signature}"}}}}"#
        ),
        certificate = certificate,
        index = entry.index,
        log = entry.log_id.to_base64(),
        time = entry.time?,
        promise = base64_encode(promise),
        leaf = proof.index,
        root = proof.root.to_base64(),
        size = proof.size,
        hashes = hashes.join(","),
        checkpoint = serde_json::to_string(&proof.checkpoint).ok()?,
        body = base64_encode(&entry.leaf),
        digest = base64_encode(&digest),
        signature = base64_encode(&signature),
    ))
}
