//! Sigstore bundles, recognised: in a file of their own, one a line, or in the answers of the registries that keep them.
//!
//! Nothing of a bundle is checked here. The core has to know that there is one, so that the verifier for it can be
//! loaded; that verifier reads it (see [`crate::sigstore`]).
//!
//! Sources: protobuf-specs `sigstore_bundle.proto` in its JSON form; PEP 740; the attestations API of npm and GitHub;
//! `LocalSignedPayload` in sigstore/cosign.

use super::json::{self, Value};
use crate::bytes::{base64_decode, contains, hex_encode};
use serde::{Deserialize, Serialize};

/// The largest file that is looked into for bundles, in bytes: an attestation with a large predicate fits.
pub const MAX_BUNDLES: usize = 16 * 1024 * 1024;

/// The members that a bundle may have. Whatever else stands in a file that is dropped makes it something that holds a
/// bundle, a package's manifest, say: no bundle, since nobody would check the rest.
const BUNDLE: [&str; 4] = ["dsseEnvelope", "mediaType", "messageSignature", "verificationMaterial"];

/// The members of the bundle that cosign wrote before there was a bundle format.
const COSIGN: [&str; 3] = ["base64Signature", "cert", "rekorBundle"];

/// The members of one element of `attestations`, as npm's registry and GitHub answer.
const ATTESTATION: [&str; 5] = ["bundle", "bundle_url", "initiator", "predicateType", "repository_id"];

/// What every bundle's `mediaType` starts with.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle";

/// Where a bundle was found, which says whose it is better than the bundle itself does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// A file that is the bundle, or one bundle a line.
    #[default]
    File,
    /// `{"attestations": [{"predicateType": …, "bundle": …}]}`, as npm's registry and GitHub answer.
    Attestations,
    /// An attestation in PyPI's own form (PEP 740), turned into a bundle.
    Pep740,
    /// The answer of a Rekor v1 log about one entry, which whoever checks bundles turns into one.
    RekorEntry,
}

/// A bundle that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The bundle as JSON.
    pub json: String,
    /// Where it was.
    pub container: Container,
}

impl Found {
    /// Whether the bundle holds a log's promise to take its entry, and no proof. A hint like the digests.
    pub fn is_only_promised(&self) -> bool {
        contains(&self.json, "EntryTimestamp\"") && !contains(&self.json, "\"inclusionProof\"")
    }

    /// The digests that the bundle says it is about, in hexadecimal; none where it does not say. A hint for which file
    /// to check it against, and nothing more.
    pub fn stated_digests(&self) -> Vec<String> {
        let Ok(value) = json::parse(self.json.as_bytes()) else { return Vec::new() };
        let bytes = |value: Option<&Value>| value.and_then(Value::as_str).and_then(base64_decode);
        let message = value.get("messageSignature").and_then(|message| message.get("messageDigest"));
        if let Some(digest) = message.and_then(|digest| bytes(digest.get("digest"))) {
            return vec![hex_encode(&digest)];
        }
        let recorded = value.get("rekorBundle").and_then(|it| bytes(it.get("Payload")?.get("body")));
        if let Some(entry) = recorded.and_then(|body| json::parse(&body).ok()) {
            let digest = entry.get("spec").and_then(|spec| spec.get("data")?.get("hash")?.get("value")?.as_str());
            return digest.map(str::to_owned).into_iter().collect();
        }
        let payload = value.get("dsseEnvelope").and_then(|envelope| bytes(envelope.get("payload")));
        let statement = payload.and_then(|payload| json::parse(&payload).ok());
        let subjects = statement.as_ref().and_then(|statement| statement.get("subject")?.as_array());
        let digests = subjects.into_iter().flatten().filter_map(|subject| subject.get("digest")?.as_object());
        digests.flatten().filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect()
    }
}

/// The bundles in a file, in their order; `None` where it is something else.
pub fn recognise(file: &[u8]) -> Option<Vec<Found>> {
    let text = std::str::from_utf8(file).ok().filter(|text| text.len() <= MAX_BUNDLES)?;
    if ![MEDIA_TYPE, "\"verification_material\"", COSIGN[0]].iter().any(|mark| contains(text, mark)) {
        return None;
    }
    match json::parse(file) {
        Ok(value) => in_value(&value, text),
        Err(_) => in_lines(text),
    }
}

/// One JSON value: a bundle, an attestation by PEP 740, or an answer that holds some of them.
fn in_value(value: &Value, text: &str) -> Option<Vec<Found>> {
    if is_bundle(value) {
        return Some(vec![Found { json: text.to_owned(), container: Container::File }]);
    }
    if let Some(attestations) = list(value, "attestations", &["attestations"]) {
        let bundles = attestations.iter().map(|attestation| {
            let bundle = attestation.get("bundle").filter(|bundle| is_bundle(bundle))?;
            has_only(attestation, &ATTESTATION).then(|| found(bundle, Container::Attestations))?
        });
        return bundles.collect::<Option<Vec<_>>>().filter(|bundles| !bundles.is_empty());
    }
    if let Some(groups) = list(value, "attestation_bundles", &["attestation_bundles", "version"]) {
        let groups = groups.iter().map(|group| list(group, "attestations", &["attestations", "publisher"]));
        let attestations = groups.collect::<Option<Vec<_>>>()?.concat();
        return attestations.iter().map(pep740).collect::<Option<Vec<_>>>().filter(|bundles| !bundles.is_empty());
    }
    pep740(value).map(|bundle| vec![bundle])
}

/// One bundle a line, as `gh attestation download` writes them; empty lines are allowed.
fn in_lines(text: &str) -> Option<Vec<Found>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let bundles = lines.map(|line| {
        let value = json::parse(line.as_bytes()).ok()?;
        is_bundle(&value).then(|| Found { json: line.to_owned(), container: Container::File })
    });
    bundles.collect::<Option<Vec<_>>>().filter(|bundles| !bundles.is_empty())
}

fn is_bundle(value: &Value) -> bool {
    let media_type = value.get("mediaType").and_then(Value::as_str);
    let is_cosign = value.get(COSIGN[0]).is_some() && has_only(value, &COSIGN);
    is_cosign || media_type.is_some_and(|media_type| media_type.starts_with(MEDIA_TYPE)) && has_only(value, &BUNDLE)
}

/// The list under `name` in an object with no members but `allowed`.
fn list<'a>(value: &'a Value, name: &str, allowed: &[&str]) -> Option<&'a [Value]> {
    value.get(name).and_then(Value::as_array).filter(|_| has_only(value, allowed))
}

fn has_only(object: &Value, allowed: &[&str]) -> bool {
    object.as_object().is_some_and(|members| members.iter().all(|(name, _)| allowed.contains(&name.as_str())))
}

fn found(bundle: &Value, container: Container) -> Option<Found> {
    Some(Found { json: String::from_utf8(bundle.to_jcs().ok()?).ok()?, container })
}

/// The bundle that an attestation by PEP 740 stands for: the same parts under other names, one DSSE signature.
fn pep740(attestation: &Value) -> Option<Found> {
    if attestation.get("version")?.as_u64()? != 1 {
        return None;
    }
    let material = attestation.get("verification_material")?;
    let envelope = attestation.get("envelope")?;
    let known = has_only(attestation, &["envelope", "verification_material", "version"])
        && has_only(material, &["certificate", "transparency_entries"])
        && has_only(envelope, &["signature", "statement"]);
    if !known {
        return None;
    }
    let bundle = object([
        ("mediaType", string("application/vnd.dev.sigstore.bundle.v0.3+json")),
        (
            "verificationMaterial",
            object([
                ("certificate", object([("rawBytes", material.get("certificate")?.clone())])),
                ("tlogEntries", material.get("transparency_entries")?.clone()),
            ]),
        ),
        (
            "dsseEnvelope",
            object([
                ("payload", envelope.get("statement")?.clone()),
                ("payloadType", string("application/vnd.in-toto+json")),
                ("signatures", Value::Array(vec![object([("sig", envelope.get("signature")?.clone())])])),
            ]),
        ),
    ]);
    found(&bundle, Container::Pep740)
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use super::*;

    const BUNDLE: &str = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{}}"#;
    const ATTESTATION: &str = r#"{"version":1,"verification_material":{"certificate":"Q0E=","transparency_entries":[{"logIndex":"7"}]},"envelope":{"statement":"e30=","signature":"c2ln"}}"#;

    const COSIGN: &str = r#"{"base64Signature":"c2ln","cert":"","rekorBundle":{"SignedEntryTimestamp":"c2V0","Payload":{"body":"eyJzcGVjIjp7ImRhdGEiOnsiaGFzaCI6eyJ2YWx1ZSI6ImFiIn19fX0="}}}"#;

    fn containers(file: &str) -> Option<Vec<Container>> {
        Some(recognise(file.as_bytes())?.iter().map(|found| found.container).collect())
    }

    #[test]
    fn every_form_in_which_bundles_are_kept() {
        assert_eq!(recognise(BUNDLE.as_bytes()).unwrap()[0].json, BUNDLE);
        assert_eq!(containers(&format!("{BUNDLE}\n\n{BUNDLE}\n")), Some(vec![Container::File; 2]));
        let npm = format!(r#"{{"attestations":[{{"predicateType":"p","bundle":{BUNDLE}}}]}}"#);
        assert_eq!(containers(&npm), Some(vec![Container::Attestations]));
        assert_eq!(containers(ATTESTATION), Some(vec![Container::Pep740]));
        assert_eq!(recognise(COSIGN.as_bytes()).unwrap()[0].json, COSIGN);
        let provenance = format!(
            r#"{{"version":1,"attestation_bundles":[{{"publisher":{{}},"attestations":[{ATTESTATION},{ATTESTATION}]}}]}}"#
        );
        assert_eq!(containers(&provenance), Some(vec![Container::Pep740; 2]));
    }

    #[test]
    fn an_attestation_by_pep_740_is_a_bundle_under_other_names() {
        assert_eq!(
            recognise(ATTESTATION.as_bytes()).unwrap()[0].json,
            r#"{"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"c2ln"}]},"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"certificate":{"rawBytes":"Q0E="},"tlogEntries":[{"logIndex":"7"}]}}"#
        );
    }

    #[test]
    fn cosigns_older_form_says_what_it_is_about_and_holds_a_promise() {
        let found = |json: &str| Found { json: json.to_owned(), container: Container::File };
        assert_eq!(found(COSIGN).stated_digests(), ["ab"]);
        assert!(found(COSIGN).is_only_promised());
        assert!(!found(BUNDLE).is_only_promised(), "no log promised anything");
        let proven = r#"{"inclusionPromise":{"signedEntryTimestamp":""},"inclusionProof":{}}"#;
        assert!(!found(proven).is_only_promised());
    }

    #[test]
    fn anything_else_is_none() {
        let mixed = format!(r#"{{"attestations":[{{"bundle":{BUNDLE}}},{{"bundle":{{}}}}]}}"#);
        let twice = BUNDLE.replace("{}", "{\"x\":1,\"x\":2}");
        for file in
            ["", "{}", "[]", "text", &mixed, &twice, r#"{"attestations":[]}"#, &ATTESTATION.replace(":1,", ":2,")]
        {
            assert_eq!(containers(file), None, "{file}");
        }
        assert_eq!(recognise(&[BUNDLE.as_bytes(), b"\xff"].concat()), None);
    }

    #[test]
    fn what_holds_more_than_bundles_is_none() {
        let npm = format!(r#"{{"attestations":[{{"predicateType":"p","bundle":{BUNDLE}}}]}}"#);
        let provenance =
            format!(r#"{{"version":1,"attestation_bundles":[{{"publisher":{{}},"attestations":[{ATTESTATION}]}}]}}"#);
        for (file, objects) in [(BUNDLE, 1), (&npm, 3), (ATTESTATION, 3), (&provenance, 5), (COSIGN, 1)] {
            assert!(containers(file).is_some(), "{file}");
            // Objects in whose members the verifier for bundles looks itself, and the free form of a publisher.
            let closed = [
                r#"{"mediaType"#,
                r#"{"attestation"#,
                r#"{"predicateType"#,
                r#"{"version"#,
                r#"{"certificate"#,
                r#"{"statement"#,
                r#"{"publisher"#,
                r#"{"base64Signature"#,
            ];
            let places: Vec<_> = closed.iter().flat_map(|start| file.match_indices(start)).collect();
            assert_eq!(places.len(), objects, "{file}");
            for (place, _) in places {
                let (before, after) = file.split_at(place + 1);
                let more = format!(r#"{before}"scripts":{{"preinstall":"x"}},{after}"#);
                assert_eq!(containers(&more), None, "{more}");
            }
        }
    }
}
