//! Bundles in which one thing is wrong: for every check one that this check alone finds, and bundles that a log of the
//! attacker's own vouches for.
//!
//! The log here is named by the reader's trusted root, so that what it signs counts, and only the check that is meant
//! stands between its bundle and "verified".

use super::bundles::{Case, Expected, Trust, embedded};
use base16ct::lower::encode_string as hex;
use base64ct::{Base64, Encoding};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384};
use std::path::Path;

/// A file that is signed here.
pub const FILE: &[u8] = b"a file\n";

/// Every forged case, made of the sound ones in `from`.
pub fn cases(from: &[Case]) -> Vec<Case> {
    let sound = |name: &str| from.iter().find(|case| case.name == name).unwrap().clone();
    let (npm, conda, cosign) = (sound("npm provenance"), sound("conda, Rekor v1"), sound("cosign blob"));
    let (blob, attestation) = (sound("blob, staging"), sound("attestation, staging"));
    let log = Log::new();
    let entry = "/verificationMaterial/tlogEntries/0";
    let at = |path: &str| format!("{entry}{path}");
    vec![
        changed(&sound("Python wheel"), "a certificate chain where 0.3 wants one certificate", "bundle-format", |it| {
            it["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.3+json");
        }),
        trusting(&conda, "no certificate authority", "bundle-certificate", |root| {
            root["certificateAuthorities"] = json!([]);
        }),
        trusting(&conda, "another certificate authority", "bundle-certificate", |root| {
            root["certificateAuthorities"] = parse(&embedded("trusted_root_staging"))["certificateAuthorities"].clone();
        }),
        trusting(&conda, "no certificate log", "bundle-sct", |root| root["ctlogs"] = json!([])),
        changed(&cosign, "the timestamp of another signature", "bundle-timestamp", |it| {
            let path = "/verificationMaterial/timestampVerificationData";
            *it.pointer_mut(path).unwrap() = parse(&sound("managed key").bundle).pointer(path).unwrap().clone();
        }),
        trusting(&cosign, "no timestamp authority", "bundle-timestamp", |root| {
            root["timestampAuthorities"] = json!([])
        }),
        log.records(&conda, "a signature by nobody", Expected::Fault("bundle-signature"), |bundle, body| {
            let signature =
                json!(Base64::encode_string(&flipped(&decode(&bundle["dsseEnvelope"]["signatures"][0]["sig"]))));
            bundle["dsseEnvelope"]["signatures"][0]["sig"] = signature.clone();
            body["spec"]["signatures"][0]["signature"] = signature;
        }),
        log.records(&conda, "an entry by a log of the reader's", Expected::Sound, |_, _| {}),
        by_p384(&log, &sound("managed key"), "P-384 with SHA-256", Expected::Sound, &Sha256::digest(FILE)),
        by_p384(&log, &sound("managed key"), "P-384 with SHA-384", Expected::Refused, &Sha384::digest(FILE)),
        Case { artifact: ("ab".repeat(32), None), ..renamed(&npm, "another file", Expected::Refused) },
        Case {
            artifact: ("ab".repeat(32), None),
            ..renamed(&conda, "another file", Expected::Fault("bundle-subject"))
        },
        Case {
            artifact: ("ab".repeat(32), None),
            ..renamed(&cosign, "another file", Expected::Fault("bundle-subject"))
        },
        changed(&attestation, "the entry of another bundle", "bundle-log-entry", |it| {
            *it.pointer_mut(entry).unwrap() = parse(&blob.bundle).pointer(entry).unwrap().clone();
        }),
        changed(&conda, "a hash of the proof", "bundle-inclusion", |it| flip(it, &at("/inclusionProof/hashes/0"))),
        changed(&conda, "the size of the proof", "bundle-inclusion", |it| {
            *it.pointer_mut(&at("/inclusionProof/treeSize")).unwrap() = json!("9999999999");
        }),
        changed(&conda, "the signature of the checkpoint", "bundle-checkpoint", |it| {
            let note = it.pointer_mut(&at("/inclusionProof/checkpoint/envelope")).unwrap();
            *note = json!(flip_note(note.as_str().unwrap()));
        }),
        log.vouches(&cosign, "a log that the entry does not name", "bundle-checkpoint"),
        changed(&conda, "the entry timestamp", "bundle-entry-timestamp", |it| {
            flip(it, &at("/inclusionPromise/signedEntryTimestamp"));
        }),
        changed(&conda, "the index in the entry timestamp", "bundle-entry-timestamp", |it| {
            *it.pointer_mut(&at("/logIndex")).unwrap() = json!("7");
        }),
        Case {
            identity: identity("https://github.com/", ""),
            ..renamed(&npm, "another identity", Expected::Fault("bundle-identity"))
        },
        Case {
            identity: npm.identity.as_ref().map(|(name, _)| (name.clone(), "https://accounts.google.com".to_owned())),
            ..renamed(&npm, "another issuer", Expected::Fault("bundle-identity"))
        },
    ]
}

/// The case with a signature over this digest by the P-384 key of the fixtures, which is the one that is named.
fn by_p384(log: &Log, case: &Case, what: &str, expected: Expected, digest: &[u8]) -> Case {
    let fixture = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/key-forms").join(name);
    let (key, secret) = (fixture("frida.pub"), std::fs::read(fixture("frida.pkcs8.der")).unwrap());
    let signature: p384::ecdsa::Signature =
        p384::ecdsa::SigningKey::from_pkcs8_der(&secret).unwrap().sign_prehash(digest).unwrap();
    let signature = json!(Base64::encode_string(signature.to_der().as_bytes()));
    let bits = digest.len() * 8;
    let signed = log.records(case, what, expected, |bundle, body| {
        bundle["verificationMaterial"]["timestampVerificationData"] = json!({});
        let stated = json!({ "algorithm": format!("SHA2_{bits}"), "digest": Base64::encode_string(digest) });
        bundle["messageSignature"] = json!({ "messageDigest": stated, "signature": signature });
        let pem = Base64::encode_string(&std::fs::read(&key).unwrap());
        body["spec"]["signature"] = json!({ "content": signature, "publicKey": { "content": pem } });
        body["spec"]["data"]["hash"] = json!({ "algorithm": format!("sha{bits}"), "value": hex(digest) });
    });
    Case { key: Some(key), artifact: (hex(&Sha256::digest(FILE)), None), ..signed }
}

fn identity(identity: &str, issuer: &str) -> Option<(String, String)> {
    Some((identity.to_owned(), issuer.to_owned()))
}

pub(crate) fn renamed(case: &Case, what: &str, expected: Expected) -> Case {
    Case { name: format!("{}: {what}", case.name), expected, ..case.clone() }
}

/// The case with another bundle.
pub(crate) fn changed(case: &Case, what: &str, fault: &'static str, change: impl FnOnce(&mut Value)) -> Case {
    let mut bundle = parse(&case.bundle);
    change(&mut bundle);
    Case { bundle: bundle.to_string(), ..renamed(case, what, Expected::Fault(fault)) }
}

/// The case with a trusted root that names others.
pub(crate) fn trusting(case: &Case, what: &str, fault: &'static str, change: impl FnOnce(&mut Value)) -> Case {
    let mut root = parse(&embedded("trusted_root"));
    change(&mut root);
    Case { trust: Trust::Root(root.to_string()), ..renamed(case, what, Expected::Fault(fault)) }
}

/// A log of our own, in the manner of Rekor v1.
pub(crate) struct Log {
    key: SigningKey,
    spki: Vec<u8>,
}

impl Log {
    pub(crate) fn new() -> Self {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let spki = key.verifying_key().to_public_key_der().unwrap().into_vec();
        Self { key, spki }
    }

    fn id(&self) -> Vec<u8> {
        Sha256::digest(&self.spki).to_vec()
    }

    fn sign(&self, message: &str) -> Vec<u8> {
        let signature: Signature = self.key.sign(message.as_bytes());
        signature.to_der().as_bytes().to_vec()
    }

    /// The public instance, and this log.
    fn root(&self) -> Trust {
        let mut root = parse(&embedded("trusted_root"));
        let log = json!({
            "baseUrl": "https://log.example",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": Base64::encode_string(&self.spki),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": { "start": "2020-01-01T00:00:00Z" },
            },
            "logId": { "keyId": Base64::encode_string(&self.id()) },
        });
        root["tlogs"].as_array_mut().unwrap().push(log);
        Trust::Root(root.to_string())
    }

    /// A tree with one leaf, and its signed head.
    fn proof(&self, body: &str) -> Value {
        let root = Sha256::digest([&[0], body.as_bytes()].concat());
        let text = format!("log.example - 7\n1\n{}\n", Base64::encode_string(&root));
        let line = Base64::encode_string(&[&self.id()[..4], &self.sign(&text)].concat());
        json!({
            "logIndex": "0",
            "rootHash": Base64::encode_string(&root),
            "treeSize": "1",
            "hashes": [],
            "checkpoint": { "envelope": format!("{text}\n\u{2014} log.example {line}\n") },
        })
    }

    /// The bundle with an entry of this log, which signs whatever stands in it.
    pub(crate) fn records(
        &self,
        case: &Case,
        what: &str,
        expected: Expected,
        change: impl FnOnce(&mut Value, &mut Value),
    ) -> Case {
        let mut bundle = parse(&case.bundle);
        let mut body =
            serde_json::from_slice(&decode(&bundle["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"]))
                .unwrap();
        change(&mut bundle, &mut body);
        let body = body.to_string();
        let entry = &mut bundle["verificationMaterial"]["tlogEntries"][0];
        let (encoded, time) = (Base64::encode_string(body.as_bytes()), entry["integratedTime"].as_str().unwrap());
        let id = hex(&self.id());
        let promise = format!(r#"{{"body":"{encoded}","integratedTime":{time},"logID":"{id}","logIndex":0}}"#);
        entry["inclusionPromise"] = json!({ "signedEntryTimestamp": Base64::encode_string(&self.sign(&promise)) });
        entry["inclusionProof"] = self.proof(&body);
        entry["canonicalizedBody"] = json!(encoded);
        entry["logIndex"] = json!("0");
        entry["logId"] = json!({ "keyId": Base64::encode_string(&self.id()) });
        Case { bundle: bundle.to_string(), trust: self.root(), ..renamed(case, what, expected) }
    }

    /// The bundle, its entry still naming the other log, with this log's proof and no entry timestamp.
    fn vouches(&self, case: &Case, what: &str, fault: &'static str) -> Case {
        let mut bundle = parse(&case.bundle);
        let entry = &mut bundle["verificationMaterial"]["tlogEntries"][0];
        let body = String::from_utf8(decode(&entry["canonicalizedBody"])).unwrap();
        entry["inclusionProof"] = self.proof(&body);
        entry.as_object_mut().unwrap().remove("inclusionPromise");
        Case { bundle: bundle.to_string(), trust: self.root(), ..renamed(case, what, Expected::Fault(fault)) }
    }
}

pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn decode(text: &Value) -> Vec<u8> {
    Base64::decode_vec(text.as_str().unwrap()).unwrap()
}

/// The bytes with one bit of the last one turned: a DER signature stays well-formed.
pub(crate) fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

pub(crate) fn flip(bundle: &mut Value, path: &str) {
    let value = bundle.pointer_mut(path).unwrap();
    *value = json!(Base64::encode_string(&flipped(&decode(value))));
}

fn flip_note(note: &str) -> String {
    let (start, line) = note.trim_end().rsplit_once(' ').unwrap();
    format!("{start} {}\n", Base64::encode_string(&flipped(&Base64::decode_vec(line).unwrap())))
}
