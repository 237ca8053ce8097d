//! Links in every form and scheme: who signed them, what they say, which entry they give, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::bytes::base64_encode;
use rekor_verifier::check::envelope::{SignedBy, signed_by, signed_hash};
use rekor_verifier::check::link::{AdmitError, admit, admit_by};
use rekor_verifier::check::merkle::leaf_hash;
use rekor_verifier::format::dsse::{IN_TOTO, pae};
use rekor_verifier::format::entry::{EntryError, LinkEntry};
use rekor_verifier::format::envelope::{Envelope, EnvelopeError, Format, SignatureForm};
use rekor_verifier::format::json::{self, Value};
use rekor_verifier::format::key::{PublicKey, Scheme};
use rekor_verifier::format::link::{Link, LinkError, LinkForm};
use std::path::{Path, PathBuf};

mod vectors;

/// Link, key files that signed it, form, schemes in the order of the keys. Below `tests/fixtures`.
const LINKS: [(&str, &[&str], LinkForm, &[Scheme]); 31] = {
    use LinkForm::{Dsse, Metablock, Provenance, Statement};
    use Scheme::*;
    [
        ("forms/metablock-ed25519.link", &["keys/dora.pub"], Metablock, &[Ed25519]),
        ("forms/metablock-p256.link", &["keys/erik.pub"], Metablock, &[EcdsaP256]),
        ("forms/metablock-p384.link", &["forms/keys/frida.pub"], Metablock, &[EcdsaP384]),
        ("forms/metablock-p521.link", &["forms/keys/gustav.pub"], Metablock, &[EcdsaP521]),
        ("forms/metablock-rsa-pss.link", &["keys/carl.pub"], Metablock, &[RsaPssSha256]),
        ("forms/metablock-rsa-pkcs1.link", &["forms/keys/hanna.pub"], Metablock, &[RsaPkcs1Sha256]),
        ("forms/openpgp-rsa.link", &["forms/keys/rsa.asc"], Metablock, &[OpenPgpRsa]),
        ("forms/openpgp-rsa.link", &["forms/keys/rsa.json"], Metablock, &[OpenPgpRsa]),
        ("forms/openpgp-rsa-sig.link", &["forms/keys/rsa.asc"], Metablock, &[OpenPgpRsa]),
        ("forms/openpgp-eddsa.link", &["forms/keys/eddsa.asc"], Metablock, &[OpenPgpEd25519]),
        ("forms/openpgp-eddsa-sig.link", &["forms/keys/eddsa.json"], Metablock, &[OpenPgpEd25519]),
        ("forms/openpgp-subkeys.link", &["forms/keys/subkeys.asc"], Metablock, &[OpenPgpRsa]),
        ("forms/dsse-ed25519.link", &["keys/dora.pub"], Dsse, &[Ed25519]),
        ("forms/dsse-p256.link", &["keys/erik.pub"], Dsse, &[EcdsaP256]),
        ("forms/dsse-p384.link", &["forms/keys/frida.pub"], Dsse, &[EcdsaP384]),
        ("forms/dsse-p521.link", &["forms/keys/gustav.pub"], Dsse, &[EcdsaP521]),
        ("forms/dsse-rsa-pss.link", &["keys/carl.pub"], Dsse, &[RsaPssSha256]),
        ("forms/dsse-rsa-pkcs1.link", &["forms/keys/hanna.pub"], Dsse, &[RsaPkcs1Sha256]),
        ("forms/dsse-openpgp-rsa.link", &["forms/keys/rsa.asc"], Dsse, &[OpenPgpRsa]),
        ("forms/dsse-two-signatures.link", &["keys/carl.pub", "keys/dora.pub"], Dsse, &[RsaPssSha256, Ed25519]),
        ("forms/statement-link.link", &["keys/dora.pub"], Statement, &[Ed25519]),
        ("forms/statement-link-url-safe.link", &["keys/dora.pub"], Statement, &[Ed25519]),
        (
            "forms/statement-link-two-signatures.link",
            &["keys/dora.pub", "keys/carl.pub"],
            Statement,
            &[Ed25519, RsaPssSha256],
        ),
        ("forms/golang-metablock.link", &["keys/dora.pub"], Metablock, &[Ed25519]),
        ("forms/golang-dsse.link", &["keys/dora.pub"], Dsse, &[Ed25519]),
        ("forms/golang-statement-link.link", &["keys/dora.pub"], Statement, &[Ed25519]),
        ("forms/golang-provenance-v0.2.link", &["keys/dora.pub"], Provenance, &[Ed25519]),
        ("forms/golang-provenance-v1.link", &["keys/dora.pub"], Provenance, &[Ed25519]),
        ("forms/provenance-v0.1.link", &["keys/dora.pub"], Provenance, &[Ed25519]),
        ("forms/provenance-v0.2.link", &["keys/dora.pub"], Provenance, &[Ed25519]),
        ("forms/provenance-v1.link", &["keys/dora.pub"], Provenance, &[Ed25519]),
    ]
};

fn fixture(path: &str) -> Vec<u8> {
    read(&vectors::fixtures().join(path))
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn keys(path: &str) -> Vec<PublicKey> {
    PublicKey::parse_all(&fixture(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A DSSE envelope around `payload` that nobody signed.
fn unsigned(payload: &str) -> Vec<u8> {
    let payload = base64_encode(payload.as_bytes());
    format!(r#"{{"payload":"{payload}","payloadType":"{IN_TOTO}","signatures":[]}}"#).into_bytes()
}

fn statement(subject: &str, predicate_type: &str, predicate: &str) -> Vec<u8> {
    unsigned(&format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":{subject},"predicateType":"{predicate_type}","predicate":{predicate}}}"#
    ))
}

#[test]
fn every_form_and_scheme_is_read_and_verified() {
    for (file, signers, form, schemes) in LINKS {
        let link = Link::parse(&fixture(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(link.form, form, "{file}");
        assert_eq!(link.products[0].path, "foo.tar.gz", "{file}");
        assert_eq!(link.products.len(), 1, "{file}");
        assert!(link.materials[0].path.ends_with("foo.py"), "{file}");
        let by = |name: &str| {
            let found = keys(name).iter().map(|key| signed_by(&link.envelope, key)).collect::<Vec<_>>();
            found.into_iter().find_map(|by| if let SignedBy::Yes { scheme, .. } = by { Some(scheme) } else { None })
        };
        for (name, scheme) in signers.iter().zip(schemes) {
            assert_eq!(by(name), Some(*scheme), "{file} by {name}");
        }
        assert_eq!(by("keys/mallory.pub"), None, "{file}");
    }
}

#[test]
fn all_forms_of_one_step_say_the_same() {
    let twin = Link::parse(&fixture("first-rekor-twin/package.link")).unwrap();
    for (file, _, form, _) in LINKS {
        let link = Link::parse(&fixture(file)).unwrap();
        if form == LinkForm::Provenance {
            let build = link.build.as_ref().unwrap();
            assert_eq!(
                (&*build.builder, &*build.build_type),
                ("https://builder.example/1", "https://builder.example/make@v1")
            );
            assert!(link.digest_list().contains(&twin.digest_list()[..30]), "{file}");
            assert_eq!(link.products, twin.products, "{file}");
            continue;
        }
        assert_eq!(link.name, twin.name, "{file}");
        assert_eq!((&link.materials, &link.products), (&twin.materials, &twin.products), "{file}");
        assert_eq!(link.digest_list(), twin.digest_list(), "{file}");
        // in-toto-golang's step ran another command, which printed nothing.
        if !file.contains("golang") {
            assert_eq!(link.command, twin.command, "{file}");
            assert_eq!(link.byproducts.get("stdout"), twin.byproducts.get("stdout"), "{file}");
        }
    }
}

/// An entry is read back as it was written, in the first version that can express it, whatever form the keys came in.
#[test]
fn every_form_gives_one_entry() {
    for (file, signers, form, schemes) in LINKS {
        let bytes = fixture(file);
        let key_files: Vec<Vec<PublicKey>> = signers.iter().map(|name| keys(name)).collect();
        let key_files: Vec<&[PublicKey]> = key_files.iter().map(Vec::as_slice).collect();
        let entry = admit_by(&bytes, &key_files).unwrap_or_else(|e| panic!("{file}: {e}")).entry;
        let leaf = entry.encode();
        assert_eq!(LinkEntry::parse(&leaf).as_ref(), Ok(&entry), "{file}");
        assert_eq!(json::parse(&leaf).unwrap().to_jcs().unwrap(), leaf, "{file}");
        let first = [Scheme::Ed25519, Scheme::EcdsaP256, Scheme::RsaPssSha256];
        let expressible = form == LinkForm::Metablock && schemes.iter().all(|scheme| first.contains(scheme));
        assert_eq!(entry.version(), if expressible { "0.0.1" } else { "0.0.2" }, "{file}");
        assert_eq!(entry.signatures.len(), signers.len());
        // From the leaf's own keys, as who checks a log computes it.
        let bare: Vec<PublicKey> = entry.signatures.iter().map(|one| one.key.clone()).collect();
        assert_eq!(admit(&bytes, &bare).unwrap().entry.encode(), leaf, "{file}");
        let envelope = Envelope::parse(&bytes).unwrap();
        let signed: Vec<_> = envelope.signatures.iter().map(|one| signed_hash(&envelope, &one.form)).collect();
        assert!(entry.signatures.iter().all(|one| signed.contains(&one.signed)), "{file}");
    }
}

/// Versions do not overlap: what one can express the other does not take.
#[test]
fn entries_have_one_version() {
    for (file, key, other) in [
        ("forms/metablock-ed25519.link", "keys/dora.pub", ("0.0.1", "0.0.2")),
        ("forms/dsse-ed25519.link", "keys/dora.pub", ("0.0.2", "0.0.1")),
        ("forms/metablock-p384.link", "forms/keys/frida.pub", ("0.0.2", "0.0.1")),
    ] {
        let leaf = String::from_utf8(admit(&fixture(file), &keys(key)).unwrap().entry.encode()).unwrap();
        let changed = leaf.replace(&format!("\"{}\"", other.0), &format!("\"{}\"", other.1));
        assert_ne!(leaf, changed);
        assert_eq!(LinkEntry::parse(changed.as_bytes()), Err(EntryError::NotCanonical), "{file}");
    }
    let leaf =
        String::from_utf8(admit(&fixture("forms/dsse-ed25519.link"), &keys("keys/dora.pub")).unwrap().entry.encode());
    let leaf = leaf.unwrap();
    for (from, to, error) in [
        ("0.0.2", "0.0.3", EntryError::OtherKind("link 0.0.3".into())),
        ("\"dsse\"", "\"pgp\"", EntryError::Field("spec.format")),
        // A scheme that the key cannot have.
        ("\"ed25519\"", "\"rsassa-pss-sha256\"", EntryError::Field("spec.signatures.scheme")),
    ] {
        assert_eq!(LinkEntry::parse(leaf.replace(from, to).as_bytes()), Err(error));
    }
}

/// The leaves that `tests/fixtures/entries.py` makes from `docs/entry-link.md`, without this crate. Those in `docs` are in
/// logs: they never change.
#[test]
fn golden_entries() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let page = String::from_utf8(read(&docs.join("entry-link.md"))).unwrap();
    let golden = read(&docs.join("entry-link-0.0.2.golden.json"));
    let two = [keys("keys/carl.pub"), keys("keys/dora.pub")].concat();
    let entry = admit(&fixture("forms/statement-link-two-signatures.link"), &two).unwrap().entry;
    assert_eq!(String::from_utf8(entry.encode()).unwrap(), String::from_utf8(golden.clone()).unwrap());
    assert!(page.contains(&leaf_hash(&golden).to_string()));
    let entry = admit(&fixture("forms/openpgp-rsa.link"), &keys("forms/keys/rsa.asc")).unwrap().entry;
    assert_eq!(entry.encode(), fixture("forms/openpgp-rsa.entry.json"));
    let schema = String::from_utf8(read(&docs.join("entry-link.schema.json"))).unwrap();
    for scheme in LINKS.iter().flat_map(|(_, _, _, schemes)| *schemes) {
        assert!(page.contains(&format!("`{}`", scheme.name())), "{}", scheme.name());
        assert!(schema.contains(&format!("\"{}\"", scheme.name())), "{}", scheme.name());
    }
}

/// Changes one byte of a file at every position: it is refused, or another file with the same signed content.
#[test]
fn a_changed_byte_never_goes_unnoticed() {
    for (file, key) in [
        ("forms/dsse-ed25519.link", "keys/dora.pub"),
        ("forms/statement-link-url-safe.link", "keys/dora.pub"),
        ("forms/provenance-v1.link", "keys/dora.pub"),
        ("forms/openpgp-rsa.link", "forms/keys/rsa.asc"),
        ("forms/dsse-openpgp-rsa.link", "forms/keys/rsa.asc"),
    ] {
        let (bytes, keys) = (fixture(file), keys(key));
        let good = admit(&bytes, &keys).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x01;
            if let Ok(admitted) = admit(&changed, &keys) {
                assert_eq!(admitted.link.envelope.signed_bytes, good.link.envelope.signed_bytes, "{file}: byte {at}");
                assert_ne!(admitted.entry, good.entry, "{file}: byte {at}");
            }
        }
    }
}

/// Other projects' links: good as they are, and bad with any byte of their signed content changed.
#[test]
fn real_links_in_every_form() {
    let Some(shared) = vectors::shared() else { return };
    let folder = shared.join("in-toto");
    let pgp = openpgp_keys(&folder.join("demo-gpg/demo.layout.template"));
    for (link, key) in [
        ("first-rekor/clone.link", "first-rekor/bob.pub"),
        ("first-rekor/package.link", "first-rekor/carl.pub"),
        ("demo/write-code.776a00e2.link", "demo/bob.pub"),
        ("demo/package.2f89b927.link", "demo/carl.pub"),
        ("demo-dsse/write-code.776a00e2.link", "demo/bob.pub"),
        ("demo-dsse/package.2f89b927.link", "demo/carl.pub"),
        ("layout/links/clone.776a00e2.link", "demo/bob.pub"),
        ("layout/links/update-version.776a00e2.link", "demo/bob.pub"),
        ("layout/links/package.2f89b927.link", "demo/carl.pub"),
        ("demo-gpg/write-code.8288ef56.link", ""),
        ("demo-gpg/package.7b3abb26.link", ""),
    ] {
        let file = read(&folder.join(link));
        let keys = if key.is_empty() { pgp.clone() } else { vec![PublicKey::parse(&read(&folder.join(key))).unwrap()] };
        let admitted = admit_by(&file, &[&keys]).unwrap_or_else(|e| panic!("{link}: {e}"));
        assert!(admitted.link.envelope.signatures.iter().all(|one| !one.keyid.is_empty()));
        every_byte_of_the_content_counts(link, &admitted.link.envelope, &admitted.entry.signatures[0].key);
    }
}

/// The two OpenPGP keys of a layout's `keys`.
fn openpgp_keys(layout: &Path) -> Vec<PublicKey> {
    let layout = vectors::json(layout);
    let keys = layout["signed"]["keys"].as_object().unwrap();
    let keys = keys.values().flat_map(|key| PublicKey::parse_all(key.to_string().as_bytes()).unwrap());
    keys.collect()
}

fn every_byte_of_the_content_counts(link: &str, envelope: &Envelope, key: &PublicKey) {
    for at in 0..envelope.signed_bytes.len() {
        let mut changed = envelope.clone();
        changed.signed_bytes[at] ^= 0x01;
        assert!(!matches!(signed_by(&changed, key), SignedBy::Yes { .. }), "{link}: byte {at}");
    }
}

#[test]
fn of_several_signatures_every_one_counts_and_bad_ones_lower_nothing() {
    let (carl, dora) = (&keys("keys/carl.pub")[0], &keys("keys/dora.pub")[0]);
    let good = Envelope::parse(&fixture("forms/dsse-two-signatures.link")).unwrap();
    let yes = |envelope: &Envelope, key| matches!(signed_by(envelope, key), SignedBy::Yes { .. });
    assert!(yes(&good, carl) && yes(&good, dora));
    // A bogus one with the same key ID in front.
    let mut bogus = good.clone();
    let mut first = bogus.signatures[0].clone();
    first.form = SignatureForm::Raw(vec![0; 384]);
    bogus.signatures.insert(0, first);
    assert!(yes(&bogus, carl) && yes(&bogus, dora));
    // Key IDs are hints: swapped, missing, foreign.
    for keyid in ["", "ff", &good.signatures[1].keyid] {
        let mut other = good.clone();
        keyid.clone_into(&mut other.signatures[0].keyid);
        assert!(yes(&other, carl), "{keyid:?}");
    }
    // Without a good signature the key ID is a claim, and an empty one is none.
    let mut without = good.clone();
    without.signed_bytes.push(b' ');
    assert_eq!(signed_by(&without, carl), SignedBy::Claimed);
    without.signatures.iter_mut().for_each(|one| one.keyid.clear());
    assert_eq!(signed_by(&without, carl), SignedBy::No);
}

/// A leaf does not tell what a key file said of its scheme, so a file that allows one of two gives the same leaf.
#[test]
fn a_key_that_states_its_scheme_gives_the_same_entry() {
    let file = fixture("forms/metablock-two-schemes.link");
    let pem = String::from_utf8(fixture("keys/carl.pub")).unwrap();
    let stating = |scheme: &str| {
        let key = serde_json::json!({ "keytype": "rsa", "scheme": scheme, "keyval": { "public": pem } });
        PublicKey::parse(key.to_string().as_bytes()).unwrap()
    };
    let entry = admit(&file, &keys("keys/carl.pub")).unwrap().entry;
    let envelope = Envelope::parse(&file).unwrap();
    let smallest = envelope.signatures.iter().map(|one| one.form.bytes()).min();
    assert_eq!(Some(&*entry.signatures[0].signature), smallest);
    for scheme in ["rsassa-pss-sha256", "rsa-pkcs1v15-sha256"] {
        assert_eq!(admit(&file, &[stating(scheme)]).unwrap().entry, entry, "{scheme}");
    }
    // It still has to be signed by the scheme that the file states.
    let refused = admit(&fixture("forms/metablock-rsa-pss.link"), &[stating("rsa-pkcs1v15-sha256")]);
    assert!(matches!(refused, Err(AdmitError::NotSignedBy { .. })), "{refused:?}");
}

/// A key file with several keys: those that signed count, and there has to be one.
#[test]
fn of_a_certificates_keys_those_that_signed_count() {
    let (file, subkeys) = (fixture("forms/openpgp-subkeys.link"), keys("forms/keys/subkeys.asc"));
    assert_eq!(subkeys.len(), 2);
    assert_eq!(admit_by(&file, &[&subkeys]).unwrap().entry.signatures.len(), 1);
    assert!(matches!(admit(&file, &subkeys), Err(AdmitError::NotSignedBy { .. })));
    let refused = admit_by(&fixture("forms/openpgp-rsa.link"), &[&subkeys]);
    assert!(matches!(refused, Err(AdmitError::NotSignedBy { .. })), "{refused:?}");
}

/// An OpenPGP signature that cannot be checked is not called a bad one.
#[test]
fn unsupported_signatures_are_told_apart() {
    let mut envelope = Envelope::parse(&fixture("forms/openpgp-rsa.link")).unwrap();
    let key = &keys("forms/keys/rsa.asc")[0];
    let SignatureForm::OpenPgp { other_headers, .. } = &mut envelope.signatures[0].form else { panic!("OpenPGP") };
    other_headers[3] = 10; // SHA-512
    assert!(matches!(signed_by(&envelope, key), SignedBy::Unsupported(_)));
    let SignatureForm::OpenPgp { other_headers, .. } = &mut envelope.signatures[0].form else { panic!("OpenPGP") };
    other_headers[3] = 8;
    assert!(matches!(signed_by(&envelope, key), SignedBy::Yes { .. }));
    envelope.signed_bytes.push(b' ');
    assert_eq!(signed_by(&envelope, key), SignedBy::Claimed);
}

#[test]
fn dsse_is_read_as_its_specification_says() {
    assert_eq!(
        pae("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
    let file = String::from_utf8(unsigned(r#"{"_type":"link","a":"??>>.."}"#)).unwrap();
    let payload = Envelope::parse(file.as_bytes()).unwrap().payload;
    // Either alphabet, with padding; unknown members are ignored.
    let url_safe = file
        .replace('/', "_")
        .replace("application_vnd", "application/vnd")
        .replace('+', "-")
        .replace("in-toto-json", "in-toto+json");
    assert_ne!(url_safe, file);
    assert_eq!(Envelope::parse(url_safe.as_bytes()).unwrap().payload, payload);
    let more = file.replacen('{', r#"{"more":[1],"#, 1);
    assert_eq!(Envelope::parse(more.as_bytes()).unwrap().payload, payload);
    // Ignored, and not passed over in silence: the file holds more than is signed.
    let extra = |file: &str| Envelope::parse(file.as_bytes()).unwrap().extra_members;
    assert_eq!([extra(&file), extra(&more)], [false, true]);
    assert!(Link::claims_to_be(more.as_bytes()));
    let malformed = |file: String| match Envelope::parse(file.as_bytes()) {
        Err(EnvelopeError::Malformed(malformed)) => malformed.place,
        other => panic!("{other:?}"),
    };
    assert_eq!(malformed(file.replace("=\"", "\"")), "payload", "no padding");
    assert_eq!(malformed(file.replace("\"signatures\":[]", "\"signatures\":{}")), "signatures");
    assert_eq!(malformed(file.replace("[]", r#"[{"sig":"AQ"}]"#)), "signatures[0].sig");
    assert_eq!(malformed(file.replace("[]", r#"[{"sig":"AQ==","keyid":1}]"#)), "signatures[0].keyid");
    assert_eq!(malformed(file.replace("[]", &format!("[{}1]", "1,".repeat(64)))), "signatures");
    let duplicate = file.replacen('{', r#"{"payloadType":"x","#, 1);
    assert!(matches!(Envelope::parse(duplicate.as_bytes()), Err(EnvelopeError::Json(_))));
    let inside = unsigned(r#"{"_type":"link","_type":"layout"}"#);
    assert!(matches!(Envelope::parse(&inside), Err(EnvelopeError::Payload(_))));
    assert!(matches!(Envelope::parse(&[b' '; 1024 * 1024 + 1]), Err(EnvelopeError::TooLarge(_))));
    assert_eq!(Envelope::parse(b"{}"), Err(EnvelopeError::NotAnEnvelope));
    assert_eq!(Envelope::parse(br#"{"signed":{"_type":"root"},"signatures":[]}"#), Err(EnvelopeError::NotAnEnvelope));
}

/// What Python's in-toto lets pass in a link, in the payload of DSSE as in a metablock.
#[test]
fn bare_links_are_as_strict_as_metablocks() {
    let good =
        r#"{"_type":"link","byproducts":{},"command":[],"environment":{},"materials":{},"name":"s","products":{}}"#;
    assert!(Link::parse(&unsigned(good)).is_ok());
    for (from, to) in [
        ("\"name\":\"s\"", "\"name\":\"s\",\"note\":1"),
        ("\"environment\":{},", ""),
        ("\"byproducts\":{}", "\"byproducts\":{\"return-value\":0.0}"),
        ("\"byproducts\":{}", "\"byproducts\":{\"return-value\":-0}"),
        ("\"byproducts\":{}", "\"byproducts\":{\"return-value\":9007199254740992}"),
        ("\"byproducts\":{}", "\"byproducts\":[]"),
        ("\"command\":[]", "\"command\":\"x\""),
        ("\"products\":{}", "\"products\":{\"a\":{\"sha256\":\"00\"}}"),
        ("\"products\":{}", "\"products\":[]"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        assert!(matches!(Link::parse(&unsigned(&bad)), Err(LinkError::Malformed(_))), "{bad}");
        let block = format!(r#"{{"signatures":[],"signed":{bad}}}"#);
        assert!(Link::parse(block.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn statements_are_read_as_their_specification_says() {
    let subject = r#"[{"name":"a","digest":{"sha1":"SHA"}}]"#.replace("SHA", &"ab".repeat(20));
    let link = "https://in-toto.io/attestation/link/v0.3";
    let good = statement(&subject, link, r#"{"name":"s","unknown":1.5,"materials":null}"#);
    let read = Link::parse(&good).unwrap();
    assert_eq!((read.form, &*read.name, read.command.len()), (LinkForm::Statement, "s", 0));
    let place = |file: Vec<u8>| match Link::parse(&file) {
        Err(LinkError::Malformed(malformed)) => malformed.place,
        other => panic!("{other:?}"),
    };
    assert_eq!(place(statement("{}", link, "{}")), "payload.subject");
    assert_eq!(place(statement(r#"[{"name":"a"}]"#, link, "{}")), "payload.subject[0]");
    assert_eq!(place(statement(&subject, link, "{}")), "payload.predicate.name");
    assert_eq!(place(statement(&subject, link, "[]")), "payload.predicate");
    let twice = subject.replace("[{", r#"[{"name":"a","digest":{"x":"y"}},{"#);
    assert_eq!(place(statement(&twice, link, r#"{"name":"s"}"#)), "payload.subject");
    let nameless = subject.replace(r#""name":"a","#, "");
    assert_eq!(place(statement(&nameless, link, r#"{"name":"s"}"#)), "payload.subject");
    let materials = r#"{"name":"s","materials":[{"name":"m","digest":{"sha256":"00"}}]}"#;
    assert_eq!(place(statement(&subject, link, materials)), "payload.predicate.materials[0].digest");
    // Provenance names its builder; a nameless subject is one in v1, and a dependency needs no digest.
    let slsa = "https://slsa.dev/provenance/v1";
    let predicate = r#"{"buildDefinition":{"buildType":"t","externalParameters":{},"resolvedDependencies":[{"uri":"u"}]},"runDetails":{"builder":{"id":"b"}}}"#;
    let provenance = Link::parse(&statement(&nameless, slsa, predicate)).unwrap();
    assert_eq!((&*provenance.products[0].path, &*provenance.materials[0].path), ("", "u"));
    assert_eq!(
        place(statement(&subject, slsa, &predicate.replace("\"b\"", "1"))),
        "payload.predicate.runDetails.builder.id"
    );
    let v02 = "https://slsa.dev/provenance/v0.2";
    assert_eq!(place(statement(&subject, v02, r#"{"buildType":"t"}"#)), "payload.predicate.builder.id");
    // Digests that are not hexadecimal pass through, and stay out of the list.
    let odd = r#"[{"name":"a","digest":{"dirHash":"h1:x=","gitCommit":"ab"}}]"#;
    let odd = Link::parse(&statement(odd, slsa, predicate)).unwrap();
    assert_eq!(odd.digest_list(), "product gitCommit ab\n");
}

#[test]
fn what_is_not_read_is_named_and_layouts_are_layouts() {
    let unread = |file: &str| match Link::parse(&fixture(file)) {
        Err(LinkError::Unsupported(what)) => what,
        other => panic!("{file}: {other:?}"),
    };
    assert!(unread("forms/unread/predicate.link").contains("https://spdx.dev/Document"));
    assert!(unread("forms/unread/payload-type.link").contains("application/vnd.example+json"));
    assert_eq!(Link::parse(&unsigned(r#"{"_type":"layout"}"#)), Err(LinkError::Layout));
    assert_eq!(Link::parse(br#"{"signed":{"_type":"layout"},"signatures":[]}"#), Err(LinkError::Layout));
    assert_eq!(Link::parse(&unsigned("{}")), Err(LinkError::NotALink));
    for claims in ["forms/unread/predicate.link", "forms/dsse-ed25519.link", "links/bad/duplicate-key.link"] {
        assert!(Link::claims_to_be(&fixture(claims)), "{claims}");
    }
    assert!(Link::claims_to_be(br#"{"payload":"","payload":"","payloadType":"x","signatures":[]}"#));
    for other in
        [&b"{}"[..], b"", br#"{"signed":true}"#, br#"{"payload":1}"#, br#"{"signed":{"_type":"root"},"signatures":[]}"#]
    {
        assert!(!Link::claims_to_be(other), "{}", String::from_utf8_lossy(other));
    }
}

/// Every fixture, cut short at every length, and with a byte made another: an error or a value, never a panic.
#[test]
fn any_bytes_give_a_value_or_an_error() {
    let paths: Vec<PathBuf> = LINKS.iter().map(|(file, ..)| vectors::fixtures().join(file)).collect();
    for path in paths {
        let file = read(&path);
        for at in (0..file.len()).step_by(7) {
            assert!(Link::parse(&file[..at]).is_err());
            for byte in [0, b'"', b'}', 0xff] {
                let mut changed = file.clone();
                changed[at] = byte;
                let _ = Link::parse(&changed).map(|link| link.digest_list());
            }
        }
    }
}

#[test]
fn formats_have_stable_names() {
    assert_eq!([Format::Metablock, Format::Dsse].map(Format::name), ["metablock", "dsse"]);
    let forms = [LinkForm::Metablock, LinkForm::Dsse, LinkForm::Statement, LinkForm::Provenance];
    assert_eq!(forms.map(LinkForm::name), ["metablock-link", "dsse-link", "statement-link", "statement-provenance"]);
    let link = Link::parse(&fixture("forms/dsse-ed25519.link")).unwrap();
    assert_eq!(link.envelope.payload_type.as_deref(), Some(IN_TOTO));
    assert_eq!(link.environment, Value::Object(Vec::new()));
}
