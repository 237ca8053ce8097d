//! Really signed link files for tests: one Ed25519 signer, as many links as wanted.

use ed25519_dalek::{Signer as _, SigningKey};
use rekor_verifier::bytes::hex_encode;
use rekor_verifier::check::digest::sha256;

/// Makes link files of one signer.
pub struct LinkMaker(SigningKey);

impl LinkMaker {
    /// The signer with this seed.
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    /// The public key, as 64 hexadecimal digits.
    pub fn key(&self) -> Vec<u8> {
        hex_encode(self.0.verifying_key().as_bytes()).into_bytes()
    }

    /// A link file whose product is the bytes `artifact`.
    pub fn link(&self, artifact: &str) -> Vec<u8> {
        self.named_link("step", artifact)
    }

    /// The same for a step with another name, which has nothing in it that JSON escapes.
    pub fn named_link(&self, step: &str, artifact: &str) -> Vec<u8> {
        self.link_of(step, "{}", artifact)
    }

    /// A link file whose material is the bytes `material`, and whose product is the bytes `artifact`.
    #[allow(dead_code)] // The server's tests share this file and have no use for it.
    pub fn link_from(&self, material: &str, artifact: &str) -> Vec<u8> {
        self.step_from("step", material, artifact)
    }

    /// The same for a step with another name.
    #[allow(dead_code)]
    pub fn step_from(&self, step: &str, material: &str, artifact: &str) -> Vec<u8> {
        let digest = sha256(material.as_bytes());
        self.link_of(step, &format!(r#"{{"in":{{"sha256":"{digest}"}}}}"#), artifact)
    }

    fn link_of(&self, step: &str, materials: &str, artifact: &str) -> Vec<u8> {
        let digest = sha256(artifact.as_bytes());
        // Sorted members, no spaces, nothing to escape: this text is its own canonical form.
        let signed = format!(
            r#"{{"_type":"link","byproducts":{{}},"command":[],"environment":{{}},"materials":{materials},"name":"{step}","products":{{"out":{{"sha256":"{digest}"}}}}}}"#
        );
        let signature = hex_encode(&self.0.sign(signed.as_bytes()).to_bytes());
        format!(r#"{{"signatures":[{{"keyid":"","sig":"{signature}"}}],"signed":{signed}}}"#).into_bytes()
    }
}
