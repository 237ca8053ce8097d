//! Proposed entries to send: link files of 1 KiB, each really signed by one of several keys.

use crate::Trouble;
use ed25519_dalek::{Signer as _, SigningKey};
use rekor_verifier::bytes::{base64_encode, hex_encode};
use rekor_verifier::check::digest::sha256;

/// Bytes of a link file.
pub const LINK_SIZE: usize = 1024;

/// Signers that take turns, as a log has more than one: whoever caches keys gains no more than it would there.
const SIGNERS: usize = 64;

/// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4), up to the key's 32 bytes.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The bodies of `count` additions that no earlier run with another `seed` has made.
pub fn proposals(count: usize, seed: u64) -> Result<Vec<Vec<u8>>, Trouble> {
    let signers: Vec<Signer> = (0..SIGNERS).map(|number| Signer::new(seed, number)).collect();
    let proposal = |number: usize| signers[number % SIGNERS].proposal(&format!("{seed}/{number}"));
    (0..count).map(proposal).collect()
}

struct Signer {
    key: SigningKey,
    /// Its public key's PEM in base64.
    public: String,
}

impl Signer {
    fn new(seed: u64, number: usize) -> Self {
        let key = SigningKey::from_bytes(sha256(format!("signer {seed}/{number}").as_bytes()).as_bytes());
        let spki = base64_encode(&[SPKI.as_slice(), key.verifying_key().as_bytes()].concat());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n");
        Self { key, public: base64_encode(pem.as_bytes()) }
    }

    fn proposal(&self, name: &str) -> Result<Vec<u8>, Trouble> {
        let content = base64_encode(&self.link(name)?);
        let key = &self.public;
        let spec = format!(r#"{{"content":"{content}","publicKeys":[{{"content":"{key}"}}]}}"#);
        Ok(format!(r#"{{"apiVersion":"0.0.1","kind":"link","spec":{spec}}}"#).into_bytes())
    }

    /// A metablock with two materials and a product, filled up by what its command printed.
    fn link(&self, name: &str) -> Result<Vec<u8>, Trouble> {
        let bare = self.signed_link(name, 0);
        let missing = LINK_SIZE.checked_sub(bare.len());
        let missing = missing.ok_or_else(|| Trouble::new(format!("a link file already has {} bytes", bare.len())))?;
        Ok(self.signed_link(name, missing))
    }

    fn signed_link(&self, name: &str, filling: usize) -> Vec<u8> {
        let digest = |what: &str| sha256(format!("{what} of {name}").as_bytes());
        // Sorted members, no spaces, nothing to escape: this text is its own canonical form.
        let signed = format!(
            concat!(
                r#"{{"_type":"link","byproducts":{{"return-value":0,"stderr":"","stdout":"{}"}},"#,
                r#""command":["cargo","package"],"environment":{{}},"#,
                r#""materials":{{"src/lib.rs":{{"sha256":"{}"}},"src/main.rs":{{"sha256":"{}"}}}},"#,
                r#""name":"package","products":{{"target/package/{}.crate":{{"sha256":"{}"}}}}}}"#
            ),
            ".".repeat(filling),
            digest("lib"),
            digest("main"),
            name,
            digest("crate"),
        );
        let signature = hex_encode(&self.key.sign(signed.as_bytes()).to_bytes());
        let keyid = sha256(self.key.verifying_key().as_bytes());
        format!(r#"{{"signatures":[{{"keyid":"{keyid}","sig":"{signature}"}}],"signed":{signed}}}"#).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_its_size_and_no_two_are_the_same() {
        let signer = Signer::new(1, 0);
        for name in ["1/0", "1/99999"] {
            assert_eq!(signer.link(name).map(|link| link.len()).ok(), Some(LINK_SIZE));
        }
        let all: std::collections::HashSet<_> = proposals(100, 7).into_iter().flatten().collect();
        assert_eq!(all.len(), 100);
    }
}
