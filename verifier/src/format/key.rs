//! Public keys of signers: PEM (SPKI) and in-toto's JSON form, and the key IDs that in-toto has given them.
//!
//! A key is its bytes: two keys are equal when their canonical SPKI DER is. Key IDs are hints, never identity.

use crate::Hash;
use crate::bytes::{hex_decode, hex_encode};
use crate::check::digest::sha256;
use crate::format::json::{self, Value};
use p256::pkcs8::der::Decode;
use p256::pkcs8::der::pem::{self, LineEnding};
use p256::pkcs8::{DecodePublicKey, EncodePublicKey, ObjectIdentifier, SubjectPublicKeyInfoRef};
use rsa::traits::PublicKeyParts;
use std::fmt;

/// The largest file that is read as a key, in bytes.
pub const MAX_KEY_FILE: usize = 64 * 1024;

/// The smallest RSA modulus that is accepted, in bits.
pub const MIN_RSA_BITS: u32 = 2048;

const ED25519_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// SPKI DER of an Ed25519 key up to its 32 bytes (RFC 8410 §4).
const ED25519_SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A signer's public key of a type that can be checked here.
#[derive(Clone)]
pub struct PublicKey {
    spki: Vec<u8>,
    pub(crate) material: Material,
}

#[derive(Clone)]
pub(crate) enum Material {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
    Rsa(Box<rsa::PublicKey>),
}

/// The signature scheme that a key is used with, under in-toto's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 8032, pure Ed25519.
    Ed25519,
    /// ECDSA over P-256 with SHA-256, signature in DER.
    EcdsaP256,
    /// RSA-PSS with SHA-256 and MGF1-SHA-256, any salt length.
    RsaPssSha256,
}

impl Scheme {
    /// `ed25519`, `ecdsa-sha2-nistp256` or `rsassa-pss-sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::Ed25519 => "ed25519",
            Scheme::EcdsaP256 => "ecdsa-sha2-nistp256",
            Scheme::RsaPssSha256 => "rsassa-pss-sha256",
        }
    }
}

/// Why bytes are not a public key that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// Neither PEM nor in-toto JSON nor a bare key.
    NotAKey,
    /// A private key: never to be handed to a verifier.
    PrivateKey,
    /// A key of a type that is not supported; the text names it.
    Unsupported(String),
    /// The key is of a supported type but its bytes are wrong.
    Malformed(String),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::NotAKey => {
                f.write_str("not a public key: expected PEM (-----BEGIN PUBLIC KEY-----) or in-toto's JSON form")
            }
            KeyError::PrivateKey => {
                f.write_str("this is a private key: keep it secret and give the public key instead")
            }
            KeyError::Unsupported(what) => {
                write!(f, "{what} is not supported: use Ed25519, ECDSA P-256 or RSA (2048 bits or more)")
            }
            KeyError::Malformed(why) => write!(f, "malformed public key: {why}"),
        }
    }
}

impl std::error::Error for KeyError {}

impl PublicKey {
    /// Reads a key in any supported form: PEM (SPKI), in-toto JSON, or one line holding the base64 of the SPKI DER or
    /// the 64 hexadecimal digits of an Ed25519 key.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() > MAX_KEY_FILE {
            return Err(KeyError::NotAKey);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| KeyError::NotAKey)?.trim();
        if text.starts_with("-----BEGIN ") {
            return Self::from_pem(text);
        }
        if text.starts_with('{') {
            return Self::from_in_toto_json(text);
        }
        if text.len() == 64 && hex_decode(text).is_some() {
            return Self::from_ed25519_hex(text);
        }
        match crate::bytes::base64_decode(text) {
            Some(der) if !der.is_empty() => Self::from_spki_der(&der),
            _ => Err(KeyError::NotAKey),
        }
    }

    /// Reads `-----BEGIN PUBLIC KEY-----` (RFC 7468, SPKI).
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, der) = pem::decode_vec(text.trim().as_bytes())
            .map_err(|e| KeyError::Malformed(format!("its PEM armour cannot be read ({e})")))?;
        match label {
            "PUBLIC KEY" => Self::from_spki_der(&der),
            label if label.ends_with("PRIVATE KEY") => Err(KeyError::PrivateKey),
            label => Err(KeyError::Unsupported(format!("PEM of type {label}"))),
        }
    }

    /// Reads SubjectPublicKeyInfo (RFC 5280 §4.1); nothing may follow it.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = |e: &dyn fmt::Display| KeyError::Malformed(e.to_string());
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|e| malformed(&e))?;
        match info.algorithm.oid {
            ED25519_OID => {
                let raw = info.subject_public_key.as_bytes().and_then(|b| <[u8; 32]>::try_from(b).ok());
                Self::from_ed25519(&raw.ok_or_else(|| malformed(&"an Ed25519 key has 32 bytes"))?)
            }
            EC_OID => match info.algorithm.parameters_oid() {
                Ok(P256_OID) => Self::from_p256(p256::PublicKey::from_public_key_der(der).map_err(|e| malformed(&e))?),
                Ok(curve) => Err(KeyError::Unsupported(format!("the elliptic curve {curve}"))),
                Err(e) => Err(malformed(&e)),
            },
            RSA_OID => Self::from_rsa(rsa::PublicKey::from_public_key_der(der).map_err(|e| malformed(&e))?),
            oid => Err(KeyError::Unsupported(format!("a key of type {oid}"))),
        }
    }

    fn from_ed25519_hex(text: &str) -> Result<Self, KeyError> {
        let raw = hex_decode(text).and_then(|b| <[u8; 32]>::try_from(b).ok());
        Self::from_ed25519(
            &raw.ok_or_else(|| KeyError::Malformed("an Ed25519 key has 64 lower-case hexadecimal digits".into()))?,
        )
    }

    /// The Ed25519 key with these 32 bytes (RFC 8032 §5.1.5). Points of low order are refused: they verify anything.
    pub fn from_ed25519(raw: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(raw)
            .map_err(|_| KeyError::Malformed("these 32 bytes are no point of the curve".into()))?;
        if key.is_weak() {
            return Err(KeyError::Malformed("an Ed25519 key of low order".into()));
        }
        let spki = [&ED25519_SPKI_PREFIX[..], raw].concat();
        Ok(Self { spki, material: Material::Ed25519(key) })
    }

    fn from_p256(key: p256::PublicKey) -> Result<Self, KeyError> {
        let document = key.to_public_key_der().map_err(|e| KeyError::Malformed(e.to_string()))?;
        Ok(Self { spki: document.into_vec(), material: Material::P256(key.into()) })
    }

    fn from_rsa(key: rsa::PublicKey) -> Result<Self, KeyError> {
        let bits = key.n().bit_width();
        if bits < MIN_RSA_BITS {
            return Err(KeyError::Unsupported(format!("an RSA key of {bits} bits")));
        }
        let document = key.to_public_key_der().map_err(|e| KeyError::Malformed(e.to_string()))?;
        Ok(Self { spki: document.into_vec(), material: Material::Rsa(Box::new(key)) })
    }

    fn from_in_toto_json(text: &str) -> Result<Self, KeyError> {
        let value = json::parse(text.as_bytes()).map_err(|_| KeyError::NotAKey)?;
        let keyval = value.get("keyval").ok_or(KeyError::NotAKey)?;
        if matches!(keyval.get("private"), Some(Value::String(secret)) if !secret.is_empty()) {
            return Err(KeyError::PrivateKey);
        }
        let public = keyval.get("public").and_then(Value::as_str).ok_or(KeyError::NotAKey)?;
        let keytype = value.get("keytype").and_then(Value::as_str).ok_or(KeyError::NotAKey)?;
        let key = match keytype {
            "ed25519" => Self::from_ed25519_hex(public),
            "rsa" | "ecdsa" | "ecdsa-sha2-nistp256" => Self::from_pem(public),
            other => Err(KeyError::Unsupported(format!("keytype {other:?}"))),
        }?;
        key.agrees_with(keytype, value.get("scheme"))?;
        Ok(key)
    }

    /// What an in-toto key says of itself must be what it is: a file that names another scheme is not for us.
    fn agrees_with(&self, keytype: &str, scheme: Option<&Value>) -> Result<(), KeyError> {
        if !self.keytypes().contains(&keytype) {
            return Err(KeyError::Malformed(format!("keytype {keytype:?}, but the key is {}", self.scheme().name())));
        }
        match scheme {
            None => Ok(()),
            Some(Value::String(name)) if name == self.scheme().name() => Ok(()),
            Some(Value::String(name)) => Err(KeyError::Unsupported(format!("the scheme {name:?} for this key"))),
            Some(_) => Err(KeyError::Malformed("its scheme is not a string".into())),
        }
    }

    /// The canonical DER of its SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of [`Self::spki_der`]: what people compare, and what a log's key index holds.
    pub fn fingerprint(&self) -> Hash {
        sha256(&self.spki)
    }

    /// The scheme that signatures by this key are checked with.
    pub fn scheme(&self) -> Scheme {
        match self.material {
            Material::Ed25519(_) => Scheme::Ed25519,
            Material::P256(_) => Scheme::EcdsaP256,
            Material::Rsa(_) => Scheme::RsaPssSha256,
        }
    }

    /// PEM of the SPKI, lines of 64 characters, with a final line feed.
    pub fn to_pem(&self) -> String {
        // Encoding fails only for sizes near usize::MAX; an empty text would lose no more than the display of a key.
        pem::encode_string("PUBLIC KEY", LineEnding::LF, &self.spki).unwrap_or_default()
    }

    fn keytypes(&self) -> &'static [&'static str] {
        match self.material {
            Material::Ed25519(_) => &["ed25519"],
            Material::P256(_) => &["ecdsa", "ecdsa-sha2-nistp256"],
            Material::Rsa(_) => &["rsa"],
        }
    }

    /// Every ID that in-toto's three generations of key IDs give this key, as 64 hexadecimal digits.
    pub fn in_toto_keyids(&self) -> Vec<String> {
        let publics = match &self.material {
            Material::Ed25519(key) => vec![hex_encode(key.as_bytes())],
            _ => {
                let pem = self.to_pem();
                vec![pem.trim_end().to_owned(), pem]
            }
        };
        let mut ids = Vec::new();
        for public in &publics {
            for keytype in self.keytypes() {
                ids.extend(keyids(keytype, self.scheme().name(), public));
            }
        }
        ids
    }
}

/// The IDs of one description of a key: current, 2018 to 2024, 2016 to 2017.
fn keyids(keytype: &str, scheme: &str, public: &str) -> Vec<String> {
    let text = |s: &str| Value::String(s.to_owned());
    let member = |k: &str, v: Value| (k.to_owned(), v);
    let keyval = member("keyval", Value::Object(vec![member("public", text(public))]));
    let oldest = vec![member("keytype", text(keytype)), keyval];
    let mut current = oldest.clone();
    current.push(member("scheme", text(scheme)));
    let mut with_algorithms = current.clone();
    with_algorithms.push(member("keyid_hash_algorithms", Value::Array(vec![text("sha256"), text("sha512")])));
    let canonical = [current, with_algorithms, oldest].map(|members| Value::Object(members).to_olpc());
    canonical.into_iter().flatten().map(|bytes| sha256(&bytes).to_string()).collect()
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.scheme().name(), self.fingerprint())
    }
}
