//! A witness's key, and what it signs (C2SP tlog-cosignature).

use crate::keys::{KeyError, random};
use ed25519_dalek::{Signer as _, SigningKey};
use rekor_verifier::bytes::{base64_decode, base64_encode, hex_encode};
use rekor_verifier::format::note::{KeyType, Note, NoteSignature, Vkey};

/// Signature type of timestamped Ed25519 cosignatures in a C2SP vkey.
const TYPE: u8 = 4;

/// An Ed25519 key with the name that it signs under.
pub(super) struct Cosigner {
    vkey: Vkey,
    key: SigningKey,
}

impl Cosigner {
    /// A new key.
    pub(super) fn generate(name: &str) -> Result<Self, KeyError> {
        Ok(Self::assemble(name, SigningKey::from_bytes(&random()?)))
    }

    /// The key in the texts of `vkey` and `ed25519.key`.
    pub(super) fn read(vkey: &str, key: &str) -> Result<Self, KeyError> {
        let vkey: Vkey = vkey.trim_end().parse().map_err(|_| KeyError::Malformed("vkey"))?;
        let seed = key.trim_end().splitn(5, '+').nth(4).and_then(base64_decode);
        let seed = seed.and_then(|seed| <[u8; 32]>::try_from(seed.strip_prefix(&[TYPE])?).ok());
        let seed = seed.ok_or(KeyError::Malformed("ed25519.key"))?;
        let cosigner = Self::assemble(&vkey.name, SigningKey::from_bytes(&seed));
        match cosigner.vkey == vkey && cosigner.file() == key {
            true => Ok(cosigner),
            false => Err(KeyError::Malformed("ed25519.key")),
        }
    }

    fn assemble(name: &str, key: SigningKey) -> Self {
        let public = key.verifying_key().to_bytes().to_vec();
        Self { vkey: Vkey { name: name.to_owned(), key_type: KeyType::CosignatureV1, key: public }, key }
    }

    /// Its verifier key.
    pub(super) fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// What `ed25519.key` holds: `PRIVATE+KEY+name+id+base64`, as Go's `sumdb/note` writes it.
    pub(super) fn file(&self) -> String {
        let secret = base64_encode(&[&[TYPE], self.key.as_bytes().as_slice()].concat());
        format!("PRIVATE+KEY+{}+{}+{secret}\n", self.vkey.name, hex_encode(&self.vkey.key_id()))
    }

    /// The cosignature of a checkpoint's text, stating `time` in seconds since 1970 (C2SP tlog-cosignature,
    /// `cosignature/v1`).
    pub(super) fn sign(&self, text: &str, time: u64) -> NoteSignature {
        let signature = self.key.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
        let signature = [&time.to_be_bytes()[..], &signature.to_bytes()].concat();
        NoteSignature { name: self.vkey.name.clone(), key_id: self.vkey.key_id(), signature }
    }

    /// Whether this key cosigned `note`: it signs the same text at the same time in one way only (RFC 8032).
    pub(super) fn signed(&self, note: &Note) -> bool {
        note.signatures.iter().any(|line| {
            let time = line.signature.first_chunk().map(|time| u64::from_be_bytes(*time));
            time.is_some_and(|time| self.sign(&note.text, time) == *line)
        })
    }
}
