//! The cryptography under `sigstore-verify`: RustCrypto's and the verifier's own, which build for wasm32, in place of
//! aws-lc-rs, which does not.
//!
//! Verification only. Keys come here checked for their form (`sigstore_crypto::validate_raw_public_key`).

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rekor_verifier::check::rsa::{self, Padding, Salt};
use rekor_verifier::format::key::PublicKey;
use sha2::{Digest, Sha256, Sha384, Sha512};
use sigstore_verify::crypto::{CryptoProvider, Error, HashContext, Result, SigningScheme, install_default_provider};
use sigstore_verify::types::HashAlgorithm;
use std::cell::RefCell;

thread_local! {
    /// The signatures that held since [`forget`]: several checks of a bundle rest on the same ones.
    static HELD: RefCell<Vec<[u8; 32]>> = const { RefCell::new(Vec::new()) };
}

/// Forgets which signatures held: each bundle is checked anew.
pub fn forget() {
    HELD.with_borrow_mut(Vec::clear);
}

/// Makes RustCrypto the process's provider. A second call changes nothing.
pub fn install() {
    // Refused where there is one already: by an earlier call, since nothing else here installs any.
    let _ = install_default_provider(&RustCrypto);
}

#[derive(Debug)]
struct RustCrypto;

struct State<D>(D);

impl<D: Digest + Send> HashContext for State<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

impl CryptoProvider for RustCrypto {
    fn hash(&self, algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>> {
        match algorithm {
            HashAlgorithm::Sha2256 => Ok(Box::new(State(Sha256::new()))),
            HashAlgorithm::Sha2384 => Ok(Box::new(State(Sha384::new()))),
            HashAlgorithm::Sha2512 => Ok(Box::new(State(Sha512::new()))),
            other => Err(Error::UnsupportedAlgorithm(format!("the digest {other}"))),
        }
    }

    fn verify_raw(&self, scheme: SigningScheme, key: &[u8], data: &[u8], signature: &[u8]) -> Result<()> {
        let Some(algorithm) = scheme.hash_algorithm() else {
            return verify_ed25519(scheme, key, data, signature);
        };
        let mut hash = self.hash(algorithm)?;
        hash.update(data);
        self.verify_prehashed(scheme, key, &hash.finalize(), signature)
    }

    fn verify_prehashed(&self, scheme: SigningScheme, key: &[u8], digest: &[u8], signature: &[u8]) -> Result<()> {
        let question = question(scheme, [key, digest, signature]);
        if HELD.with_borrow(|held| held.contains(&question)) {
            return Ok(());
        }
        verify_digest(scheme, key, digest, signature)?;
        HELD.with_borrow_mut(|held| held.push(question));
        Ok(())
    }
}

/// One name for everything that the answer depends on.
fn question(scheme: SigningScheme, parts: [&[u8]; 3]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [scheme.name().as_bytes()].into_iter().chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn verify_digest(scheme: SigningScheme, key: &[u8], digest: &[u8], signature: &[u8]) -> Result<()> {
    use SigningScheme::*;
    match scheme {
        EcdsaP256Sha256 | EcdsaP256Sha384 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(bad_key)?;
            verify(&key, digest, p256::ecdsa::Signature::from_der(signature))
        }
        EcdsaP384Sha256 | EcdsaP384Sha384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(bad_key)?;
            verify(&key, digest, p384::ecdsa::Signature::from_der(signature))
        }
        RsaPkcs1Sha256 | RsaPkcs1Sha384 | RsaPkcs1Sha512 => verify_rsa(key, Padding::Pkcs1v15, digest, signature),
        RsaPssSha256 | RsaPssSha384 | RsaPssSha512 => verify_rsa(key, Padding::Pss(Salt::OfDigest), digest, signature),
        other => Err(Error::UnsupportedAlgorithm(format!("the scheme {}", other.name()))),
    }
}

/// The one scheme here that signs the message and not its digest; strict, as everywhere in this project.
fn verify_ed25519(scheme: SigningScheme, key: &[u8], data: &[u8], signature: &[u8]) -> Result<()> {
    if scheme != SigningScheme::Ed25519 {
        return Err(Error::UnsupportedAlgorithm(format!("the scheme {}", scheme.name())));
    }
    let key = key.try_into().map_err(bad_key)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(bad_key)?;
    let signature = ed25519_dalek::Signature::from_slice(signature).map_err(bad_signature)?;
    key.verify_strict(data, &signature).map_err(bad_signature)
}

fn verify<S, E: std::fmt::Display>(
    key: &impl PrehashVerifier<S>,
    digest: &[u8],
    signature: std::result::Result<S, E>,
) -> Result<()> {
    key.verify_prehash(digest, &signature.map_err(bad_signature)?).map_err(bad_signature)
}

fn verify_rsa(key: &[u8], padding: Padding, digest: &[u8], signature: &[u8]) -> Result<()> {
    let key = PublicKey::from_pkcs1_der(key).map_err(bad_key)?;
    rsa::verify(&key, padding, digest, signature).map_err(bad_signature)
}

fn bad_key(why: impl std::fmt::Display) -> Error {
    Error::InvalidKey(why.to_string())
}

fn bad_signature(why: impl std::fmt::Display) -> Error {
    Error::Verification(why.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests panic on purpose
    use super::*;
    use p256::ecdsa::signature::hazmat::PrehashSigner;
    use p256::ecdsa::{Signature, SigningKey};

    #[test]
    fn a_signature_that_held_vouches_for_no_other() {
        let signer = SigningKey::from_slice(&[7; 32]).unwrap();
        let key = signer.verifying_key().to_sec1_point(false);
        let signature: Signature = signer.sign_prehash(&[1; 32]).unwrap();
        let signature = signature.to_der();
        let check = |key: &[u8], digest: &[u8], signature: &[u8]| {
            RustCrypto.verify_prehashed(SigningScheme::EcdsaP256Sha256, key, digest, signature).is_ok()
        };
        forget();
        for _ in 0..2 {
            assert!(check(key.as_bytes(), &[1; 32], signature.as_bytes()));
            assert!(!check(key.as_bytes(), &[2; 32], signature.as_bytes()));
            let other = signer.sign_prehash(&[2; 32]).map(|other: Signature| other.to_der()).unwrap();
            assert!(!check(key.as_bytes(), &[1; 32], other.as_bytes()));
            let stranger = SigningKey::from_slice(&[8; 32]).unwrap();
            let stranger = stranger.verifying_key().to_sec1_point(false);
            assert!(!check(stranger.as_bytes(), &[1; 32], signature.as_bytes()));
        }
    }
}
