//! The Rekor logs that Sigstore's `trusted_root.json` names (`TrustedRoot` of sigstore/protobuf-specs, JSON form).
//!
//! Only `tlogs` is read here. Certificate authorities, CT logs and timestamp authorities are for whoever checks bundles.

use super::json::{self, JsonError, Value};
use super::key::{KeyError, Material, PublicKey};
use super::shape::{Malformed, list, malformed, string};
use super::time::rfc3339_utc;
use crate::Hash;
use crate::bytes::{base64_decode, split_once};
use crate::check::digest::sha256;
use std::fmt;

/// The largest file that is read, in bytes; Sigstore's own has 8 kB.
pub const MAX_TRUSTED_ROOT: usize = 1024 * 1024;

/// The identifier of RSA keys in a note's key ID (rekor-tiles, `pkg/note`): a type of 0xff and this name.
const RSA_NOTE_TYPE: &[u8] = b"\xffPKIX-RSA-PKCS#1v1.5";

/// A Rekor log and the time in which its key counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RekorLog {
    /// Its base address.
    pub url: String,
    /// Its public key, or why that cannot be used.
    pub key: Result<PublicKey, KeyError>,
    /// The ID that its entries name it by, one of [`Self::ids`].
    pub log_id: Hash,
    /// The first second in which the key counts, since 1970.
    pub start: i64,
    /// The last such second; `None` where it still counts.
    pub end: Option<i64>,
}

/// Why a file is not a trusted root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedRootError {
    /// Larger than [`MAX_TRUSTED_ROOT`].
    TooLarge,
    /// Not JSON that is accepted.
    Json(JsonError),
    /// JSON of another shape.
    Malformed(Malformed),
}

impl fmt::Display for TrustedRootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrustedRootError::TooLarge => write!(f, "the trusted root is larger than {MAX_TRUSTED_ROOT} bytes"),
            TrustedRootError::Json(error) => write!(f, "the trusted root is not JSON: {error}"),
            TrustedRootError::Malformed(error) => write!(f, "malformed trusted root: {error}"),
        }
    }
}

impl std::error::Error for TrustedRootError {}

/// Reads the logs of a trusted root, in its order; none where it names none.
pub fn parse_logs(bytes: &[u8]) -> Result<Vec<RekorLog>, TrustedRootError> {
    if bytes.len() > MAX_TRUSTED_ROOT {
        return Err(TrustedRootError::TooLarge);
    }
    let root = json::parse(bytes).map_err(TrustedRootError::Json)?;
    logs(&root).map_err(TrustedRootError::Malformed)
}

fn logs(root: &Value) -> Result<Vec<RekorLog>, Malformed> {
    let media_type = string(root.get("mediaType"), "mediaType")?;
    // Both spellings, `…trustedroot+json;version=0.1` and `…trustedroot.v0.2+json`, are in use.
    if !media_type.starts_with("application/vnd.dev.sigstore.trustedroot") {
        return Err(malformed("mediaType", format!("{media_type:?} is not that of a trusted root")));
    }
    match root.get("tlogs") {
        None => Ok(Vec::new()),
        some => list(some, "tlogs")?.iter().enumerate().map(|(i, log)| RekorLog::read(log, i)).collect(),
    }
}

impl RekorLog {
    /// The log at `url` that has this key, with no bounds in time. It is named by the SHA-256 of the key's SPKI DER, as
    /// v1 names logs.
    pub fn with_key(url: &str, key: PublicKey) -> Self {
        let log_id = sha256(key.spki_der());
        Self { url: url.to_owned(), key: Ok(key), log_id, start: i64::MIN, end: None }
    }

    fn read(value: &Value, i: usize) -> Result<Self, Malformed> {
        let place = |name: &str| format!("tlogs[{i}].{name}");
        let url = string(value.get("baseUrl"), &place("baseUrl"))?;
        if !matches!(value.get("hashAlgorithm").and_then(Value::as_str), Some("SHA2_256")) {
            return Err(malformed(&place("hashAlgorithm"), "expected SHA2_256"));
        }
        let key = value.get("publicKey").unwrap_or(&Value::Null);
        let spki = base64(key.get("rawBytes"), &place("publicKey.rawBytes"))?;
        let valid = key.get("validFor").unwrap_or(&Value::Null);
        let (start, end) = (place("publicKey.validFor.start"), place("publicKey.validFor.end"));
        let keyid = value.get("logId").and_then(|id| id.get("keyId"));
        let log_id = Hash::from_slice(&base64(keyid, &place("logId.keyId"))?);
        let log = Self {
            url,
            key: PublicKey::from_spki_der(&spki),
            log_id: log_id.ok_or_else(|| malformed(&place("logId.keyId"), "expected 32 bytes"))?,
            start: time(valid.get("start"), &start)?.ok_or_else(|| malformed(&start, "the field is missing"))?,
            end: time(valid.get("end"), &end)?,
        };
        // A key that cannot be used here may be named in ways that are not known here.
        if log.key.is_ok() && !log.ids().contains(&log.log_id) {
            return Err(malformed(&place("logId.keyId"), "not the ID of this log's key"));
        }
        Ok(log)
    }

    /// The host of its address: the name that v2 logs sign under.
    pub fn host(&self) -> &str {
        let rest = split_once(&self.url, "://").map_or(&self.url[..], |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or(rest)
    }

    /// Whether its key counts at `time`, in seconds since 1970; both bounds are within.
    pub fn counts_at(&self, time: i64) -> bool {
        self.start <= time && self.end.is_none_or(|end| time <= end)
    }

    /// The IDs of its key as v1 and as v2 give it; the first 4 bytes are the key ID of its checkpoints. Empty where the
    /// key cannot be used.
    pub fn ids(&self) -> Vec<Hash> {
        [self.v1_id(), self.v2_id()].into_iter().flatten().collect()
    }

    /// SHA-256 of the SPKI DER.
    pub fn v1_id(&self) -> Option<Hash> {
        self.key.as_ref().ok().map(|key| sha256(key.spki_der()))
    }

    /// SHA-256(name ‖ 0A ‖ type ‖ key), of which a note's key ID is the beginning (C2SP signed-note); of ECDSA keys the
    /// SHA-256 of the SPKI DER.
    pub fn v2_id(&self) -> Option<Hash> {
        let key = self.key.as_ref().ok()?;
        let named = |kind: &[u8], key: &[u8]| sha256(&[self.host().as_bytes(), b"\n", kind, key].concat());
        Some(match &key.material {
            Material::Ed25519(raw) => named(&[0x01], raw.as_bytes()),
            Material::Rsa(_) => named(RSA_NOTE_TYPE, key.spki_der()),
            _ => sha256(key.spki_der()),
        })
    }
}

fn base64(value: Option<&Value>, place: &str) -> Result<Vec<u8>, Malformed> {
    value.and_then(Value::as_str).and_then(base64_decode).ok_or_else(|| malformed(place, "expected base64"))
}

fn time(value: Option<&Value>, place: &str) -> Result<Option<i64>, Malformed> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let seconds = value.as_str().and_then(rfc3339_utc);
            seconds.map(Some).ok_or_else(|| malformed(place, "expected a time in UTC (RFC 3339)"))
        }
    }
}
