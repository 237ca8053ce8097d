//! Bundles in the form that cosign wrote before there was a bundle format, made of bundles that hold the same: the
//! signatures, the certificates and the log's promise stay those of others.

use super::bundles::{Case, Expected};
use super::forged_bundles::{Log, changed, decode, flip, flipped, parse, renamed, trusting};
use base16ct::lower::encode_string as hex;
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

/// Every case in the older form, made of the sound ones in `from`.
pub fn cases(from: &[Case]) -> Vec<Case> {
    let sound = |name: &str| from.iter().find(|case| case.name == name).unwrap().clone();
    let promised = |case: &Case, what: &str| older(&renamed(case, what, Expected::Promised));
    let (blob, managed, attestation) = (sound("cosign blob"), sound("managed key"), sound("conda, Rekor v1"));
    let (cosign, key) = (promised(&blob, "older form"), promised(&managed, "older form"));
    let key_pem = std::fs::read_to_string(managed.key.as_ref().unwrap()).unwrap();
    let payload = "/rekorBundle/Payload";
    let log = Log::new();
    let mut cases = vec![
        with(&cosign, "PEM without base64 around it", Expected::Promised, |it| {
            it["cert"] = json!(String::from_utf8(decode(&it["cert"])).unwrap());
        }),
        with(&cosign, "the certificate in the entry alone", Expected::Promised, |it| it["cert"] = json!("")),
        with(&cosign, "more certificates", Expected::Promised, |it| {
            let chain = [decode(&it["cert"]), certificate(&parse(&sound("Python wheel").bundle))].concat();
            it["cert"] = json!(Base64::encode_string(&chain));
        }),
        with(&key, "the key beside it", Expected::Promised, |it| {
            it["cert"] = json!(Base64::encode_string(key_pem.as_bytes()))
        }),
        promised(&attestation, "older form"),
        promised(&sound("managed key: P-384 with SHA-256"), "older form"),
        older(&log.records(&blob, "older form: a log of the reader's", Expected::Promised, |_, _| {})),
        // What each check finds alone.
        changed(&cosign, "another field", "bundle-format", |it| it["scripts"] = json!({})),
        changed(&cosign, "no time", "bundle-format", |it| drop(member(it, payload).remove("integratedTime"))),
        changed(&cosign, "no PEM", "bundle-format", |it| it["cert"] = json!("AAAA")),
        trusting(&cosign, "no certificate authority", "bundle-certificate", |root| {
            root["certificateAuthorities"] = json!([]);
        }),
        older(&log.records(&blob, "older form: long after", Expected::Fault("bundle-certificate"), |bundle, _| {
            bundle["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = json!("1790000000");
        })),
        trusting(&cosign, "no certificate log", "bundle-sct", |root| root["ctlogs"] = json!([])),
        older(&log.records(
            &blob,
            "older form: nobody's signature",
            Expected::Fault("bundle-signature"),
            |bundle, body| {
                let signature = Base64::encode_string(&flipped(&decode(&bundle["messageSignature"]["signature"])));
                bundle["messageSignature"]["signature"] = json!(signature);
                body["spec"]["signature"]["content"] = json!(signature);
            },
        )),
        Case {
            artifact: ("ab".repeat(32), None),
            ..renamed(&cosign, "another file", Expected::Fault("bundle-subject"))
        },
        older(&log.records(
            &blob,
            "older form: another's certificate",
            Expected::Fault("bundle-log-entry"),
            |_, body| {
                let other = certificate(&parse(&sound("Python wheel").bundle));
                body["spec"]["signature"]["publicKey"]["content"] = json!(Base64::encode_string(&other));
            },
        )),
        changed(&cosign, "a space in the entry", "bundle-entry-timestamp", |it| {
            let spaced = [&b" "[..], &decode(&it["rekorBundle"]["Payload"]["body"])].concat();
            it["rekorBundle"]["Payload"]["body"] = json!(Base64::encode_string(&spaced));
        }),
        changed(&cosign, "another index", "bundle-entry-timestamp", |it| {
            it["rekorBundle"]["Payload"]["logIndex"] = json!(7)
        }),
        changed(&cosign, "another time", "bundle-entry-timestamp", |it| {
            let time = it["rekorBundle"]["Payload"]["integratedTime"].as_u64().unwrap();
            it["rekorBundle"]["Payload"]["integratedTime"] = json!(time + 1);
        }),
        changed(&cosign, "another log's ID", "bundle-entry-timestamp", |it| {
            it["rekorBundle"]["Payload"]["logID"] = json!("ab".repeat(32));
        }),
        changed(&cosign, "another promise", "bundle-entry-timestamp", |it| {
            flip(it, "/rekorBundle/SignedEntryTimestamp");
        }),
        Case {
            identity: Some(("somebody@example.org".to_owned(), "https://accounts.google.com".to_owned())),
            ..renamed(&cosign, "another identity", Expected::Fault("bundle-identity"))
        },
        // What several find, and what is not supported.
        with(&cosign, "the entry of another signature", Expected::Refused, |it| {
            it["rekorBundle"] = parse(&older(&sound("Python wheel")).bundle)["rekorBundle"].clone();
        }),
        with(&cosign, "another signature", Expected::Refused, |it| flip(it, "/base64Signature")),
        with(&key, "a certificate beside a key's entry", Expected::Refused, |it| {
            it["cert"] = parse(&cosign.bundle)["cert"].clone();
        }),
        with(&cosign, "no entry", Expected::Refused, |it| drop(member(it, "").remove("rekorBundle"))),
        older(&log.records(&blob, "older form: a kind that is not read", Expected::Refused, |_, body| {
            body["kind"] = json!("rekord");
        })),
        older(&log.records(&blob, "older form: a longer digest", Expected::Refused, |_, body| {
            body["spec"]["data"]["hash"] = json!({ "algorithm": "sha512", "value": "ab".repeat(64) });
        })),
    ];
    cases.extend([cosign, key]);
    cases
}

/// The case in the older form.
pub fn older(case: &Case) -> Case {
    let bundle = parse(&case.bundle);
    let entry = &bundle["verificationMaterial"]["tlogEntries"][0];
    let number = |name: &str| entry[name].as_str().unwrap().parse::<u64>().unwrap();
    let signature = match bundle.get("dsseEnvelope") {
        Some(envelope) => json!(Base64::encode_string(envelope.to_string().as_bytes())),
        None => bundle["messageSignature"]["signature"].clone(),
    };
    let mut older = json!({
        "base64Signature": signature,
        "rekorBundle": {
            "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "Payload": {
                "body": entry["canonicalizedBody"],
                "integratedTime": number("integratedTime"),
                "logIndex": number("logIndex"),
                "logID": hex(&decode(&entry["logId"]["keyId"])),
            },
        },
    });
    if bundle["verificationMaterial"].get("publicKey").is_none() {
        older["cert"] = json!(Base64::encode_string(&certificate(&bundle)));
    }
    Case { bundle: older.to_string(), ..case.clone() }
}

/// The signer's certificate as PEM.
fn certificate(bundle: &Value) -> Vec<u8> {
    let material = &bundle["verificationMaterial"];
    let one = material["certificate"]["rawBytes"].as_str();
    let one = one.or(material["x509CertificateChain"]["certificates"][0]["rawBytes"].as_str()).unwrap();
    let lines: Vec<&str> = one.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")).into_bytes()
}

fn with(case: &Case, what: &str, expected: Expected, change: impl FnOnce(&mut Value)) -> Case {
    Case { expected, ..changed(case, what, "", change) }
}

fn member<'a>(value: &'a mut Value, path: &str) -> &'a mut serde_json::Map<String, Value> {
    value.pointer_mut(path).unwrap().as_object_mut().unwrap()
}
