//! A signature by certificate that a Rekor v1 log recorded, as the Sigstore bundle that says the same. The log's answer holds
//! all of it.

use rekor_verifier::bytes::base64_encode;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::rekor_body::EntryStatement;
use rekor_verifier::format::rekor_entry::RekorEntry;

/// The bundle of the one entry in an answer, a `hashedrekord` 0.0.1 with a certificate; an entry of another kind does not
/// hold enough for one. What the entry lacks, its bundle would.
pub fn bundle(answer: &str) -> Option<String> {
    let entries = RekorEntry::parse_answer(answer.as_bytes()).ok()?;
    let [entry] = &entries[..] else { return None };
    let statement = EntryStatement::parse(&entry.leaf).ok().filter(|it| it.kind == "hashedrekord" && !it.is_v2())?;
    let digest = statement.artifact().filter(|digest| digest.algorithm == "sha256")?;
    let [one] = &statement.signatures[..] else { return None };
    let pem = std::str::from_utf8(&one.verifier).ok().filter(|pem| PublicKey::is_certificate(pem.as_bytes()))?;
    let certificate: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
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
        digest = base64_encode(&digest.digest),
        signature = base64_encode(one.signature.as_ref()?),
    ))
}
