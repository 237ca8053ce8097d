//! ECDSA on P-256 with SHA-256 (FIPS 186-5), as Rekor v1's clients verify it: by ring, whose arithmetic for this curve is
//! many times as fast as what the browser has to do with. Each entry that is shown is signed anew, so it counts.
//!
//! A signature's nonce is random, hedged with the key and the message; two signatures of the same bytes differ.

use crate::keys::KeyError;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, UnparsedPublicKey};

/// The private key.
pub(crate) struct V1Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl V1Signer {
    pub(crate) fn new(key: &p256::ecdsa::SigningKey) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let public = key.verifying_key().to_sec1_point(false);
        let key = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            &key.to_bytes(),
            public.as_bytes(),
            &random,
        );
        Ok(Self { key: key.map_err(|_| KeyError::Malformed("p256.key"))?, random })
    }

    /// A signature over SHA-256 of `bytes`, in DER. Whoever lets it out verifies it first.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.key.sign(&self.random, bytes);
        signature.map(|signature| signature.as_ref().to_vec()).map_err(|_| KeyError::BadSignature("ECDSA"))
    }
}

/// The public key.
#[derive(Debug)]
pub(crate) struct V1Verifier(UnparsedPublicKey<Vec<u8>>);

impl V1Verifier {
    pub(crate) fn new(key: &p256::ecdsa::VerifyingKey) -> Self {
        let point = key.to_sec1_point(false).as_bytes().to_vec();
        Self(UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point))
    }

    /// Whether `signature`, in DER, is the key's over SHA-256 of `bytes`.
    pub(crate) fn verify(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.0.verify(bytes, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;
    use p256::ecdsa::signature::{Signer as _, Verifier as _};
    use p256::ecdsa::{DerSignature, SigningKey};

    #[test]
    fn another_implementation_agrees() {
        for seed in 1..16 {
            let key = SigningKey::from_slice(&[seed; 32]).unwrap();
            let (signer, verifier) = (V1Signer::new(&key).unwrap(), V1Verifier::new(key.verifying_key()));
            let message = vec![seed; usize::from(seed) * 100];
            let ours = signer.sign(&message).unwrap();
            assert!(verifier.verify(&message, &ours));
            let read = DerSignature::from_bytes(&ours).unwrap();
            key.verifying_key().verify(&message, &read).unwrap();
            let theirs: DerSignature = key.sign(&message);
            assert!(verifier.verify(&message, theirs.as_bytes()));
            // One bit of the message, or of the signature, or another key.
            assert!(!verifier.verify(&message[1..], &ours));
            let mut flipped = ours.clone();
            *flipped.last_mut().unwrap() ^= 1;
            assert!(!verifier.verify(&message, &flipped));
            let other = SigningKey::from_slice(&[seed + 1; 32]).unwrap();
            assert!(!V1Verifier::new(other.verifying_key()).verify(&message, &ours));
        }
    }
}
