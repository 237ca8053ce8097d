//! Key packets, version 4 (RFC 4880 §5.5.2).

use super::super::key::{KeyError, OpenPgpHints, PublicKey, from_rsa};
use super::malformed;
use super::packet::mpi_values;
use crate::bytes::{Cursor, hex_encode};
use sha1::{Digest, Sha1};

/// Public-key algorithms that sign and are read (RFC 4880 §9.1, and 22 as GnuPG and RFC 9580 §9.1 have it).
pub(crate) mod algorithm {
    pub(crate) const RSA: u8 = 1;
    pub(crate) const RSA_SIGN_ONLY: u8 = 3;
    pub(crate) const EDDSA: u8 = 22;
}

/// The curve Ed25519, with its length, as EdDSA key packets name it (RFC 9580 §9.2).
const ED25519_OID: [u8; 10] = [9, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01];

/// A primary key or subkey.
pub(crate) struct KeyPacket<'a> {
    /// What precedes the body where a signature or the fingerprint hashes the key (RFC 4880 §5.2.4, §12.2).
    head: [u8; 3],
    body: &'a [u8],
    /// When it was made, by its own word, in seconds since 1970.
    pub(crate) created: u32,
    /// Its v4 fingerprint.
    pub(crate) fingerprint: [u8; 20],
    /// The key, if it is of a type that signs and is supported.
    pub(crate) key: Result<PublicKey, KeyError>,
}

impl<'a> KeyPacket<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, KeyError> {
        let mut cursor = Cursor::new(body);
        match cursor.u8() {
            Some(4) => {}
            Some(version) => return Err(KeyError::Unsupported(format!("an OpenPGP key of version {version}"))),
            None => return Err(malformed("an empty key packet")),
        }
        let (created, algorithm) = cursor.u32().zip(cursor.u8()).ok_or_else(|| malformed("a key packet is cut off"))?;
        let key = match material(algorithm, cursor.rest()) {
            Err(error @ KeyError::Malformed(_)) => return Err(error),
            key => key,
        };
        let length = u16::try_from(body.len()).map_err(|_| malformed("a key packet is too long"))?;
        let [high, low] = length.to_be_bytes();
        let head = [0x99, high, low];
        let fingerprint = Sha1::new().chain_update(head).chain_update(body).finalize().into();
        Ok(Self { head, body, created, fingerprint, key })
    }

    /// What a signature on it hashes of it.
    pub(crate) fn hashed(&self) -> [&[u8]; 2] {
        [&self.head, self.body]
    }

    /// When it expires, in seconds since 1970, if it is good for `period` seconds (0 or nothing: without end).
    pub(crate) fn expires(&self, period: Option<u32>) -> Option<i64> {
        let period = period.filter(|seconds| *seconds > 0)?;
        Some(i64::from(self.created) + i64::from(period))
    }

    /// The key, with what its certificate says of it.
    pub(crate) fn usable(&self, expires: Option<i64>) -> Result<PublicKey, KeyError> {
        Ok(self.key.clone()?.for_openpgp(OpenPgpHints { fingerprint: Some(hex_encode(&self.fingerprint)), expires }))
    }
}

fn material(algorithm: u8, numbers: &[u8]) -> Result<PublicKey, KeyError> {
    let cut_off = || malformed("a key's numbers are wrong");
    match algorithm {
        algorithm::RSA | algorithm::RSA_SIGN_ONLY => {
            let [modulus, exponent] = mpi_values(numbers).ok_or_else(cut_off)?;
            from_rsa(modulus, exponent)
        }
        algorithm::EDDSA => {
            let point = numbers
                .strip_prefix(&ED25519_OID[..])
                .ok_or_else(|| KeyError::Unsupported("an OpenPGP EdDSA key on another curve than Ed25519".into()))?;
            let [point] = mpi_values(point).ok_or_else(cut_off)?;
            let raw = point.strip_prefix(&[0x40]).and_then(|raw| raw.try_into().ok());
            PublicKey::from_ed25519(raw.ok_or_else(cut_off)?)
        }
        other => Err(KeyError::Unsupported(named(other))),
    }
}

fn named(algorithm: u8) -> String {
    let name = match algorithm {
        2 => "RSA (encryption only)",
        16 | 20 => "Elgamal",
        17 => "DSA",
        18 => "ECDH",
        19 => "ECDSA",
        25 => "X25519",
        26 => "X448",
        27 => "Ed25519 (algorithm 27)",
        28 => "Ed448",
        other => return format!("an OpenPGP key of algorithm {other}"),
    };
    format!("an OpenPGP {name} key")
}
