//! Public keys of signers, in every form that projects publish them.
//!
//! A key is its bytes: two keys are equal when their canonical SPKI DER is. Everything else that a file says of a key
//! (its IDs, a certificate's names and dates, a comment) is a hint at most, never identity.
//!
//! | form | read by |
//! |---|---|
//! | PEM or DER: SPKI, PKCS#1, X.509 certificate | `key/der.rs`, `key/spki.rs` |
//! | in-toto JSON, of all its years, GnuPG keys of layouts included | `key/in_toto.rs` |
//! | OpenSSH | `key/openssh.rs` |
//! | minisign and signify | `key/minisign.rs` |
//! | OpenPGP v4 certificate | `format/openpgp.rs`, `check/openpgp.rs` |

mod certificate;
mod der;
mod error;
mod in_toto;
mod members;
mod minisign;
mod openssh;
mod pem;
mod spki;

pub use certificate::Holder;
pub use error::KeyError;
pub(crate) use spki::from_rsa;

use super::openpgp;
use crate::Hash;
use crate::bytes::{base64_decode, base64_encode, contains, hex_decode};
use crate::check::digest::sha256;
use crate::extras;
use std::fmt;

/// The largest file that is read as a key, in bytes.
pub const MAX_KEY_FILE: usize = 64 * 1024;

/// The smallest RSA modulus that is accepted, in bits.
pub const MIN_RSA_BITS: u32 = 2048;

/// The largest RSA modulus that is accepted, in bits. A check takes the square of it in time, and a file may ask for
/// thousands.
pub const MAX_RSA_BITS: u32 = 8192;

/// The largest public exponent of RSA that is accepted, in bits: 65537 needs 17, and a check takes time for each.
pub const MAX_RSA_EXPONENT_BITS: u32 = 32;

/// A signer's public key of a type that can be checked here.
#[derive(Clone)]
pub struct PublicKey {
    spki: Vec<u8>,
    pub(crate) material: Material,
    /// The one scheme that the file allows, where it states one.
    stated: Option<Scheme>,
    openpgp: OpenPgpHints,
}

#[derive(Clone)]
pub(crate) enum Material {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
    /// An uncompressed point, as P-521's: what checks with it may be in another module.
    P384(Vec<u8>),
    P521(Vec<u8>),
    Rsa(RsaNumbers),
}

/// An RSA key: as the curves' points, it is calculated with where that is at hand.
#[derive(Clone, Debug)]
pub(crate) struct RsaNumbers {
    /// Big-endian, without leading zeros: as long as its signatures are.
    pub(crate) modulus: Vec<u8>,
    /// Big-endian.
    pub(crate) exponent: Vec<u8>,
}

/// What an OpenPGP certificate, or in-toto's JSON form of one, says of its key.
#[derive(Clone, Default)]
pub(crate) struct OpenPgpHints {
    /// The v4 fingerprint, 40 hexadecimal digits.
    pub(crate) fingerprint: Option<String>,
    /// When the key expires, in seconds since 1970.
    pub(crate) expires: Option<i64>,
}

/// A signature scheme, under in-toto's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 8032, pure Ed25519.
    Ed25519,
    /// ECDSA over P-256 with SHA-256, signature in DER.
    EcdsaP256,
    /// ECDSA over P-384 with SHA-384, signature in DER.
    EcdsaP384,
    /// ECDSA over P-521 with SHA-512, signature in DER.
    EcdsaP521,
    /// RSA-PSS with SHA-256 and MGF1-SHA-256, any salt length.
    RsaPssSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 over the digest of an OpenPGP v4 signature.
    OpenPgpRsa,
    /// Ed25519 over the digest of an OpenPGP v4 signature.
    OpenPgpEd25519,
}

impl Scheme {
    /// in-toto's name: `ed25519`, `ecdsa-sha2-nistp256`, `rsassa-pss-sha256`, `pgp+rsa-pkcsv1.5` and so on.
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::Ed25519 => "ed25519",
            Scheme::EcdsaP256 => "ecdsa-sha2-nistp256",
            Scheme::EcdsaP384 => "ecdsa-sha2-nistp384",
            Scheme::EcdsaP521 => "ecdsa-sha2-nistp521",
            Scheme::RsaPssSha256 => "rsassa-pss-sha256",
            Scheme::RsaPkcs1Sha256 => "rsa-pkcs1v15-sha256",
            Scheme::OpenPgpRsa => "pgp+rsa-pkcsv1.5",
            Scheme::OpenPgpEd25519 => "pgp+eddsa-ed25519",
        }
    }

    /// Whether its signatures are OpenPGP's, which sign headers of their own besides the message.
    pub const fn is_openpgp(self) -> bool {
        matches!(self, Scheme::OpenPgpRsa | Scheme::OpenPgpEd25519)
    }
}

impl PublicKey {
    /// Reads a file, or one line of text, that holds exactly one key; see [`Self::parse_all`] for the forms.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        match <[Self; 1]>::try_from(Self::parse_all(bytes)?) {
            Ok([key]) => Ok(key),
            Err(keys) => Err(KeyError::Several(keys.len())),
        }
    }

    /// Reads every signing key in a file of any supported form; there is at least one.
    ///
    /// Besides the forms of files (see [the module](self)), one line may hold the base64 of SPKI DER, a minisign key or
    /// the 64 hexadecimal digits of an Ed25519 key. [`KeyError::NotAKey`] is kept for bytes that do not claim to be a
    /// key, or that hold more than one: any other error is about a key. Who recognises files by content relies on it, so
    /// that a script or a manifest with a key in it is not taken for the key.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, KeyError> {
        if bytes.len() > MAX_KEY_FILE {
            return Err(KeyError::NotAKey);
        }
        if openpgp::looks_like_keys(bytes) {
            return extras::openpgp_keys(bytes);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::from_text(text.trim()),
            Err(_) => Ok(vec![der::read(bytes)?]),
        }
    }

    fn from_text(text: &str) -> Result<Vec<Self>, KeyError> {
        if text.starts_with(openpgp::ARMOR) {
            return extras::openpgp_keys(&openpgp::unarmor(text)?);
        }
        if text.starts_with('{') {
            return in_toto::read(text);
        }
        if openssh::claims(text) {
            return openssh::read(text);
        }
        let one = if text.starts_with("-----BEGIN ") {
            Self::from_pem(text)
        } else if minisign::claims(text) {
            minisign::read(text)
        } else {
            Self::from_word(text)
        };
        Ok(vec![one?])
    }

    fn from_word(word: &str) -> Result<Self, KeyError> {
        if word.len() == 64 && hex_decode(word).is_some() {
            return Self::from_ed25519_hex(word);
        }
        let bytes = base64_decode(word).ok_or(KeyError::NotAKey)?;
        match minisign::read_bytes(&bytes) {
            Err(KeyError::NotAKey) => der::read(&bytes),
            key => key,
        }
    }

    /// Reads one PEM block (RFC 7468): `PUBLIC KEY` (SPKI), `RSA PUBLIC KEY` (PKCS#1) or `CERTIFICATE` (X.509).
    ///
    /// Of a certificate only the key is taken. Who issued it, for whom and until when is not looked at: whoever names
    /// the file as a signer's vouches for the key in it.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if contains(text, "PRIVATE KEY-----") {
            return Err(KeyError::PrivateKey);
        }
        let blocks = (0..text.len()).filter(|&at| text.as_bytes()[at..].starts_with(b"-----BEGIN ")).count();
        if blocks > 1 {
            return Err(KeyError::Several(blocks));
        }
        let text = text.trim();
        if !text.starts_with("-----BEGIN ") {
            return Err(KeyError::Malformed("a text that is no PEM, or that stands in front of one".into()));
        }
        let (label, bytes) =
            pem::decode(text).ok_or_else(|| KeyError::Malformed("its PEM armour cannot be read".into()))?;
        match label {
            "PUBLIC KEY" => Self::from_spki_der(&bytes),
            "RSA PUBLIC KEY" => spki::from_pkcs1(&bytes),
            "CERTIFICATE" => Self::from_spki_der(der::spki_of_certificate(&bytes)?),
            label => Err(KeyError::Unsupported(format!("PEM of type {label}"))),
        }
    }

    /// Whether `bytes` are an X.509 certificate in PEM or DER: then they say, unchecked, whose the key is.
    pub fn is_certificate(bytes: &[u8]) -> bool {
        bytes.trim_ascii_start().starts_with(b"-----BEGIN CERTIFICATE-----") || der::is_certificate(bytes)
    }

    /// Reads SubjectPublicKeyInfo (RFC 5280 §4.1); nothing may follow it.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        spki::read(der)
    }

    /// Reads RSAPublicKey (RFC 8017 A.1.1); nothing may follow it.
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        spki::from_pkcs1(der)
    }

    fn from_ed25519_hex(text: &str) -> Result<Self, KeyError> {
        let raw = hex_decode(text).and_then(|b| <[u8; 32]>::try_from(b).ok());
        Self::from_ed25519(
            &raw.ok_or_else(|| KeyError::Malformed("an Ed25519 key has 64 lower-case hexadecimal digits".into()))?,
        )
    }

    /// The Ed25519 key with these 32 bytes (RFC 8032 §5.1.5). Points of low order are refused: they verify anything.
    pub fn from_ed25519(raw: &[u8; 32]) -> Result<Self, KeyError> {
        spki::from_ed25519(raw)
    }

    fn new(spki: Vec<u8>, material: Material) -> Self {
        Self { spki, material, stated: None, openpgp: OpenPgpHints::default() }
    }

    /// This key as OpenPGP has it: with what its certificate says, and for OpenPGP signatures only.
    pub(crate) fn for_openpgp(mut self, hints: OpenPgpHints) -> Self {
        self.stated = self.schemes().iter().copied().find(|scheme| scheme.is_openpgp());
        self.openpgp = hints;
        self
    }

    /// The fingerprint and the end of an OpenPGP key as texts, empty where there is none.
    #[cfg(feature = "extras")]
    pub(crate) fn openpgp_words(&self) -> [String; 2] {
        let expires = self.openpgp.expires.map(|seconds| seconds.to_string());
        [self.openpgp.fingerprint.clone().unwrap_or_default(), expires.unwrap_or_default()]
    }

    /// The canonical DER of its SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of [`Self::spki_der`]: what people compare, and what a log's key index holds.
    pub fn fingerprint(&self) -> Hash {
        sha256(&self.spki)
    }

    /// The schemes that signatures by this key may be of, in the order in which they are tried: all that fit the key,
    /// or the one that its file states.
    pub fn schemes(&self) -> &[Scheme] {
        match (&self.stated, &self.material) {
            (Some(stated), _) => std::slice::from_ref(stated),
            (None, Material::Ed25519(_)) => &[Scheme::Ed25519, Scheme::OpenPgpEd25519],
            (None, Material::P256(_)) => &[Scheme::EcdsaP256],
            (None, Material::P384(_)) => &[Scheme::EcdsaP384],
            (None, Material::P521(_)) => &[Scheme::EcdsaP521],
            (None, Material::Rsa(_)) => &[Scheme::RsaPssSha256, Scheme::RsaPkcs1Sha256, Scheme::OpenPgpRsa],
        }
    }

    /// The first of [`Self::schemes`]. A verified signature knows better which one it is of.
    pub fn scheme(&self) -> Scheme {
        match (self.stated, &self.material) {
            (Some(stated), _) => stated,
            (None, Material::Ed25519(_)) => Scheme::Ed25519,
            (None, Material::P256(_)) => Scheme::EcdsaP256,
            (None, Material::P384(_)) => Scheme::EcdsaP384,
            (None, Material::P521(_)) => Scheme::EcdsaP521,
            (None, Material::Rsa(_)) => Scheme::RsaPssSha256,
        }
    }

    /// When an OpenPGP key or its primary key expires, in seconds since 1970, by their own certificate; `None` for never and for keys of
    /// other forms.
    ///
    /// No check in this crate refuses a key for it: a link does not say when it was signed, so that an expired key
    /// proves nothing against a signature. It is for showing.
    pub fn expires(&self) -> Option<i64> {
        self.openpgp.expires
    }

    /// PEM of the SPKI, lines of 64 characters, with a final line feed.
    pub fn to_pem(&self) -> String {
        let text = base64_encode(&self.spki);
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        pem
    }

    /// Every ID that signatures may name this key by: those of in-toto's three generations (64 hexadecimal digits),
    /// and the OpenPGP fingerprint (40) where it is known.
    pub fn keyids(&self) -> Vec<String> {
        let mut ids = in_toto::keyids(self);
        ids.extend(self.openpgp.fingerprint.clone());
        ids
    }
}

/// Whether a text beside a key is a name, an ID or base64: nothing that anybody could run or be led by.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._+ :/=-".contains(&byte))
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
