//! The log's two keys and what they sign.
//!
//! Ed25519 signs the C2SP checkpoint, which our own clients verify. ECDSA P-256 signs Rekor v1's rendering
//! of the same tree and its signed entry timestamps, which Sigstore's clients verify. The Ed25519 key is
//! kept in the form of Go's `sumdb/note` (`PRIVATE+KEY+name+id+base64`), the other as PKCS#8 PEM; both as
//! encrypted PKCS#8 PEM where there is a passphrase (see `sealed`).

use crate::public_keys::{Checkpoints, PublicKeys};
use crate::sealed::{is_sealed, seal, unseal};
use crate::v1_signer::V1Signer;
use ed25519_dalek::Signer as _;
use ed25519_dalek::pkcs8::KeypairBytes;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rekor_verifier::Hash;
use rekor_verifier::bytes::{base64_decode, base64_encode, hex_encode};
use rekor_verifier::format::note::{Note, NoteSignature, is_name};
use std::fmt;

/// Signature type of Ed25519 in a C2SP vkey.
const ED25519_TYPE: u8 = 1;

/// The longest origin, in bytes.
const MAX_ORIGIN: usize = 255;

/// A key cannot be made, read or used.
#[derive(Debug)]
pub enum KeyError {
    /// The origin cannot be the name in a signed note.
    Origin(String),
    /// The operating system gave no random bytes.
    Random(String),
    /// The file does not hold the private key that belongs to this log.
    Malformed(&'static str),
    /// The private keys are encrypted, and there is no passphrase.
    NoPassphrase,
    /// The passphrase does not open this file.
    WrongPassphrase(&'static str),
    /// An empty passphrase protects nothing.
    EmptyPassphrase,
    /// A key could not be encrypted.
    Sealing,
    /// Of the keys that were given from outside none is this log's.
    NotGiven(&'static str),
    /// A checkpoint's signature does not verify: one just made, or that of the last commit record.
    BadSignature(&'static str),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(origin) => write!(
                f,
                "{origin:?} cannot be an origin: expected 1 to {MAX_ORIGIN} bytes without white space, control characters or +"
            ),
            Self::Random(why) => write!(f, "the operating system gave no random bytes: {why}"),
            Self::Malformed(file) => write!(f, "{file} does not hold the private key of this log"),
            Self::NoPassphrase => f.write_str("the private keys are encrypted, and no passphrase was given"),
            Self::WrongPassphrase(file) => {
                write!(f, "the passphrase does not open {file}: it is another one, or the file is damaged")
            }
            Self::EmptyPassphrase => f.write_str("the passphrase is empty"),
            Self::Sealing => f.write_str("the private keys could not be encrypted"),
            Self::NotGiven(which) => write!(f, "the keys that were given hold no {which} key of this log"),
            Self::BadSignature(which) => write!(f, "the {which} signature of the newest tree does not verify"),
        }
    }
}

impl std::error::Error for KeyError {}

/// The private keys of one log, with the names that they sign under.
pub(crate) struct Keys {
    ed25519: ed25519_dalek::SigningKey,
    p256: p256::ecdsa::SigningKey,
    v1: V1Signer,
    public: PublicKeys,
}

impl Keys {
    /// New keys for a log.
    pub(crate) fn generate(tree_id: u64, origin: &str) -> Result<Self, KeyError> {
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(&random()?);
        loop {
            // Nearly every 32 bytes are a scalar of P-256; for the rest, try others.
            if let Ok(p256) = p256::ecdsa::SigningKey::from_slice(&random()?) {
                return Self::assemble(tree_id, origin, ed25519, p256);
            }
        }
    }

    /// The keys in the two files' texts, each of which may be encrypted.
    pub(crate) fn read(
        tree_id: u64,
        origin: &str,
        ed25519: &str,
        p256: &str,
        passphrase: Option<&str>,
    ) -> Result<Self, KeyError> {
        let p256_key = match is_sealed(p256) {
            true => unseal(p256, passphrase, "p256.key")?,
            false => p256::ecdsa::SigningKey::from_pkcs8_pem(p256).map_err(|_| KeyError::Malformed("p256.key"))?,
        };
        if is_sealed(ed25519) {
            return Self::assemble(tree_id, origin, unseal(ed25519, passphrase, "ed25519.key")?, p256_key);
        }
        // PRIVATE+KEY+name+id+base64: the name has no `+`, the base64 may have some.
        let key = ed25519.trim_end().splitn(5, '+').nth(4).and_then(base64_decode);
        let seed = key.and_then(|key| <[u8; 32]>::try_from(key.strip_prefix(&[ED25519_TYPE])?).ok());
        let seed = seed.ok_or(KeyError::Malformed("ed25519.key"))?;
        let keys = Self::assemble(tree_id, origin, ed25519_dalek::SigningKey::from_bytes(&seed), p256_key)?;
        if keys.ed25519_file() != ed25519 {
            return Err(KeyError::Malformed("ed25519.key"));
        }
        Ok(keys)
    }

    /// The keys of the log `public` among the texts of key files, one after the other.
    pub(crate) fn find(texts: &str, public: &PublicKeys) -> Result<Self, KeyError> {
        let (tree_id, vkey) = (public.tree_id(), public.vkey());
        let name = format!("PRIVATE+KEY+{}+{}+", vkey.name, hex_encode(&vkey.key_id()));
        let ed25519 = texts.lines().find(|line| line.starts_with(&name)).ok_or(KeyError::NotGiven("Ed25519"))?;
        let ed25519 = format!("{ed25519}\n");
        let blocks = texts.split_inclusive("-----END PRIVATE KEY-----").filter_map(|text| {
            let begin = text.find("-----BEGIN PRIVATE KEY-----")?;
            Some(format!("{}\n", &text[begin..]))
        });
        let own = |pem: &String| {
            let keys = Self::read(tree_id, &vkey.name, &ed25519, pem, None).ok()?;
            (keys.public.pem() == public.pem() && keys.public.vkey() == vkey).then_some(keys)
        };
        blocks.into_iter().find_map(|pem| own(&pem)).ok_or(KeyError::NotGiven("P-256"))
    }

    fn assemble(
        tree_id: u64,
        origin: &str,
        ed25519: ed25519_dalek::SigningKey,
        p256: p256::ecdsa::SigningKey,
    ) -> Result<Self, KeyError> {
        check_origin(origin)?;
        let public = PublicKeys::new(tree_id, origin, ed25519.verifying_key(), *p256.verifying_key())?;
        Ok(Self { v1: V1Signer::new(&p256)?, ed25519, p256, public })
    }

    /// The public half.
    pub(crate) fn public(&self) -> &PublicKeys {
        &self.public
    }

    /// What the two files hold, encrypted where there is a passphrase: `ed25519.key`, `p256.key`.
    pub(crate) fn files(&self, passphrase: Option<&str>) -> Result<[String; 2], KeyError> {
        match passphrase {
            Some(passphrase) => {
                // Without the public key beside it, which OpenSSL does not read.
                let ed25519 = KeypairBytes { secret_key: self.ed25519.to_bytes(), public_key: None };
                Ok([seal(&ed25519, passphrase)?, seal(&self.p256, passphrase)?])
            }
            None => Ok([self.ed25519_file(), self.p256_file()?]),
        }
    }

    /// What `ed25519.key` holds.
    pub(crate) fn ed25519_file(&self) -> String {
        let secret = base64_encode(&[&[ED25519_TYPE], self.ed25519.as_bytes().as_slice()].concat());
        let vkey = self.public.vkey();
        format!("PRIVATE+KEY+{}+{}+{secret}\n", vkey.name, hex_encode(&vkey.key_id()))
    }

    /// What `p256.key` holds.
    pub(crate) fn p256_file(&self) -> Result<String, KeyError> {
        let pem = self.p256.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Malformed("p256.key"))?;
        Ok(pem.to_string())
    }

    /// Signs a tree in both renderings, and verifies what was signed.
    pub(crate) fn sign_tree(&self, size: u64, root: &Hash) -> Result<Checkpoints, KeyError> {
        let [c2sp, v1] = self.public.texts(size, root);
        let vkey = self.public.vkey();
        let c2sp_signature = self.ed25519.sign(c2sp.as_bytes()).to_vec();
        let v1_signature = self.v1.sign(v1.as_bytes())?;
        let signed = Checkpoints {
            c2sp: note(c2sp, &vkey.name, vkey.key_id(), c2sp_signature),
            v1: note(v1, self.public.host(), self.public.v1_key_id(), v1_signature),
        };
        self.public.verify_tree(size, root, &signed)?;
        Ok(signed)
    }

    /// An ECDSA P-256 signature over SHA-256 of `bytes`, in DER; verified before it is returned.
    pub(crate) fn sign_v1(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.v1.sign(bytes)?;
        match self.public.verify_v1(bytes, &signature) {
            true => Ok(signature),
            false => Err(KeyError::BadSignature("ECDSA")),
        }
    }
}

/// A signed note with one signature.
fn note(text: String, name: &str, key_id: [u8; 4], signature: Vec<u8>) -> String {
    let signature = NoteSignature { name: name.to_owned(), key_id, signature };
    Note { text, signatures: vec![signature] }.encode()
}

/// The origin is a note's name, and its part before the first slash is another one.
fn check_origin(origin: &str) -> Result<(), KeyError> {
    if !is_name(origin) || origin.starts_with('/') || origin.len() > MAX_ORIGIN {
        return Err(KeyError::Origin(origin.to_owned()));
    }
    Ok(())
}

pub(crate) fn random() -> Result<[u8; 32], KeyError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| KeyError::Random(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;
    use crate::tree::empty_root;
    use rekor_verifier::format::checkpoint::Checkpoint;
    use rekor_verifier::format::key::PublicKey;

    #[test]
    fn keys_are_read_as_they_were_written() {
        for tree_id in 0..64 {
            let keys = Keys::generate(tree_id, "log.example/x").unwrap();
            let read =
                Keys::read(tree_id, "log.example/x", &keys.ed25519_file(), &keys.p256_file().unwrap(), None).unwrap();
            assert_eq!((read.public().vkey(), read.public().pem()), (keys.public().vkey(), keys.public().pem()));
        }
    }

    #[test]
    fn another_logs_key_is_refused() {
        let keys = Keys::generate(1, "log.example/x").unwrap();
        let p256 = keys.p256_file().unwrap();
        assert!(Keys::read(1, "log.example/y", &keys.ed25519_file(), &p256, None).is_err());
        assert!(Keys::read(1, "log.example/x", &p256, &p256, None).is_err());
        for origin in ["", "/x", "a b", "a+b", "a\n"] {
            assert!(matches!(Keys::generate(1, origin), Err(KeyError::Origin(_))), "{origin:?}");
        }
    }

    #[test]
    fn both_checkpoints_show_the_same_tree() {
        let keys = Keys::generate(123_456, "log.example/logs/123456").unwrap();
        let signed = keys.sign_tree(0, &empty_root()).unwrap();
        let c2sp = Note::parse(signed.c2sp.as_bytes()).unwrap();
        let v1 = Note::parse(signed.v1.as_bytes()).unwrap();
        assert_eq!(c2sp.signatures[0].name, "log.example/logs/123456");
        assert_eq!(v1.signatures[0].name, "log.example");
        assert_eq!(Checkpoint::parse(&v1.text).unwrap().origin, "log.example - 123456");
        assert_eq!(c2sp.text.split_once('\n').unwrap().1, v1.text.split_once('\n').unwrap().1);
        let key = PublicKey::parse(keys.public().pem().as_bytes()).unwrap();
        assert_eq!(v1.signatures[0].key_id, key.fingerprint().as_bytes()[..4]);
        assert_eq!(keys.public().log_id(), key.fingerprint());
        rekor_verifier::check::signature::verify(&key, v1.text.as_bytes(), &v1.signatures[0].signature).unwrap();
    }

    #[test]
    fn a_signature_line_is_under_the_logs_own_name_and_id() {
        let keys = Keys::generate(1, "log.example/x").unwrap();
        let root = empty_root();
        let changed = |c2sp: bool, change: fn(&mut NoteSignature)| {
            let mut signed = keys.sign_tree(0, &root).unwrap();
            let text = if c2sp { &mut signed.c2sp } else { &mut signed.v1 };
            let mut note = Note::parse(text.as_bytes()).unwrap();
            change(&mut note.signatures[0]);
            *text = note.encode();
            keys.public().verify_tree(0, &root, &signed)
        };
        for c2sp in [true, false] {
            assert!(changed(c2sp, |_| ()).is_ok());
            assert!(changed(c2sp, |line| line.name = "log.exbmple".to_owned()).is_err());
            assert!(changed(c2sp, |line| line.key_id[3] ^= 1).is_err());
        }
    }

    #[test]
    fn encrypted_keys_are_opened_by_their_passphrase_alone() {
        let keys = Keys::generate(1, "log.example/x").unwrap();
        let [ed25519, p256] = keys.files(Some("correct horse")).unwrap();
        let read = |passphrase| Keys::read(1, "log.example/x", &ed25519, &p256, passphrase);
        assert_eq!(read(Some("correct horse")).unwrap().public().vkey(), keys.public().vkey());
        assert!(matches!(read(None), Err(KeyError::NoPassphrase)));
        assert!(matches!(read(Some("correct horsf")), Err(KeyError::WrongPassphrase("p256.key"))));
        let open = keys.ed25519_file();
        assert!(!ed25519.contains(open.rsplit('+').next().unwrap()) && !ed25519.contains("PRIVATE+KEY"));
        // Each file is looked at by itself.
        assert!(Keys::read(1, "log.example/x", &open, &p256, Some("correct horse")).is_ok());
        let mixed = Keys::read(1, "log.example/x", &ed25519, &keys.p256_file().unwrap(), Some("wrong"));
        assert!(matches!(mixed, Err(KeyError::WrongPassphrase("ed25519.key"))));
        assert!(matches!(keys.files(Some("")), Err(KeyError::EmptyPassphrase)));
    }

    #[test]
    fn a_log_finds_its_keys_among_others() {
        let logs = ["log.example/x", "log.example/y"].map(|origin| Keys::generate(1, origin).unwrap());
        let texts: String = logs.iter().flat_map(|keys| keys.files(None).unwrap()).collect();
        for keys in &logs {
            assert_eq!(Keys::find(&texts, keys.public()).unwrap().public().vkey(), keys.public().vkey());
        }
        let stranger = Keys::generate(1, "log.example/x").unwrap();
        assert!(matches!(Keys::find(&texts, stranger.public()), Err(KeyError::NotGiven("Ed25519"))));
        let half = stranger.ed25519_file() + &texts;
        assert!(matches!(Keys::find(&half, stranger.public()), Err(KeyError::NotGiven("P-256"))));
    }
}
