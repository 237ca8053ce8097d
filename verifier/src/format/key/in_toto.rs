//! Keys as in-toto writes them in JSON, and the key IDs that it has given them.
//!
//! A key of today is `{"keytype", "scheme", "keyval": {"public": text}}`. A GnuPG key, as layouts carry it, has numbers
//! in `public` and names its scheme as `method`: `{"type", "method", "keyid", "keyval": {"public": {…}}, "subkeys": {…}}`.
//!
//! A member that none of them has makes the file something else, which has a key in it: a package's manifest, say.

use super::{KeyError, OpenPgpHints, PublicKey, Scheme, members, spki};
use crate::bytes::{hex_decode, hex_encode};
use crate::check::digest::sha256;
use crate::format::json::{self, Value};
use crate::format::key::Material;

/// Reads one key, or a GnuPG key with its subkeys. A subkey of a type that is not supported is left out as long as
/// another key is left.
pub(super) fn read(text: &str) -> Result<Vec<PublicKey>, KeyError> {
    let value = json::parse(text.as_bytes()).map_err(|_| KeyError::NotAKey)?;
    let keyval = value.get("keyval").ok_or(KeyError::NotAKey)?;
    if matches!(keyval.get("private"), Some(Value::String(secret)) if !secret.is_empty()) {
        return Err(KeyError::PrivateKey);
    }
    if !members::are_of_a_key(&value) {
        return Err(KeyError::NotAKey);
    }
    match keyval.get("public") {
        Some(Value::String(public)) => Ok(vec![plain(&value, public)?]),
        Some(Value::Object(_)) => with_subkeys(&value),
        _ => Err(KeyError::NotAKey),
    }
}

fn plain(value: &Value, public: &str) -> Result<PublicKey, KeyError> {
    let keytype = value.get("keytype").and_then(Value::as_str).ok_or(KeyError::NotAKey)?;
    let key = match keytype {
        "ed25519" => PublicKey::from_ed25519_hex(public),
        "rsa" | "ecdsa" | "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => {
            PublicKey::from_pem(public)
        }
        other => Err(KeyError::Unsupported(format!("keytype {other:?}"))),
    }?;
    if !keytypes(&key).contains(&keytype) {
        let found = key.scheme().name();
        return Err(KeyError::Malformed(format!("keytype {keytype:?}, but the key is {found}")));
    }
    bound_to(key, value.get("scheme"))
}

/// A key that states a scheme is for that scheme only.
fn bound_to(mut key: PublicKey, scheme: Option<&Value>) -> Result<PublicKey, KeyError> {
    let name = match scheme {
        None => return Ok(key),
        Some(Value::String(name)) => name,
        Some(_) => return Err(KeyError::Malformed("its scheme is not a string".into())),
    };
    let stated = key.schemes().iter().copied().find(|scheme| scheme.name() == name);
    key.stated = Some(stated.ok_or_else(|| KeyError::Unsupported(format!("the scheme {name:?} for this key")))?);
    Ok(key)
}

fn with_subkeys(value: &Value) -> Result<Vec<PublicKey>, KeyError> {
    let subkeys = value.get("subkeys").and_then(Value::as_object).unwrap_or_default();
    let (mut keys, mut unsupported) = (Vec::new(), None);
    for one in std::iter::once(value).chain(subkeys.iter().map(|(_, subkey)| subkey)) {
        match gnupg(one) {
            Ok(key) => keys.push(key),
            Err(KeyError::Unsupported(what)) => unsupported = unsupported.or(Some(what)),
            Err(other) => return Err(other),
        }
    }
    match unsupported {
        Some(what) if keys.is_empty() => Err(KeyError::Unsupported(what)),
        _ => Ok(keys),
    }
}

fn gnupg(value: &Value) -> Result<PublicKey, KeyError> {
    let method = value.get("method").or(value.get("scheme")).and_then(Value::as_str).ok_or(KeyError::NotAKey)?;
    let public = value.get("keyval").and_then(|keyval| keyval.get("public")).ok_or(KeyError::NotAKey)?;
    let number = |name| public.get(name).and_then(Value::as_str).and_then(hex_decode);
    let malformed = || KeyError::Malformed(format!("the numbers of a {method} key are missing or not hexadecimal"));
    let key = if method == Scheme::OpenPgpRsa.name() {
        spki::from_rsa(&number("n").ok_or_else(malformed)?, &number("e").ok_or_else(malformed)?)
    } else if method == Scheme::OpenPgpEd25519.name() {
        let raw = number("q").and_then(|q| <[u8; 32]>::try_from(q).ok());
        PublicKey::from_ed25519(&raw.ok_or_else(malformed)?)
    } else {
        Err(KeyError::Unsupported(format!("a key for {method:?}")))
    }?;
    Ok(key.for_openpgp(hints(value)))
}

fn hints(value: &Value) -> OpenPgpHints {
    let keyid = value.get("keyid").and_then(Value::as_str);
    let fingerprint = keyid.filter(|id| id.len() == 40 && hex_decode(id).is_some());
    let seconds = |name| value.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).map(i64::from);
    let expires = seconds("validity_period").filter(|period| *period > 0);
    OpenPgpHints {
        fingerprint: fingerprint.map(str::to_owned),
        expires: seconds("creation_time").zip(expires).map(|(from, period)| from + period),
    }
}

fn keytypes(key: &PublicKey) -> &'static [&'static str] {
    match key.material {
        Material::Ed25519(_) => &["ed25519"],
        Material::P256(_) => &["ecdsa", "ecdsa-sha2-nistp256"],
        Material::P384(_) => &["ecdsa", "ecdsa-sha2-nistp384"],
        Material::P521(_) => &["ecdsa", "ecdsa-sha2-nistp521"],
        Material::Rsa(_) => &["rsa"],
    }
}

/// Every ID that in-toto's three generations give `key`, as 64 hexadecimal digits.
pub(super) fn keyids(key: &PublicKey) -> Vec<String> {
    let publics = match &key.material {
        Material::Ed25519(key) => vec![hex_encode(key.as_bytes())],
        _ => {
            let pem = key.to_pem();
            vec![pem.trim_end().to_owned(), pem]
        }
    };
    let mut ids = Vec::new();
    for public in &publics {
        for keytype in keytypes(key) {
            for scheme in key.schemes().iter().filter(|scheme| !scheme.is_openpgp()) {
                ids.extend(generations(keytype, scheme.name(), public));
            }
        }
    }
    ids
}

/// The IDs of one description of a key: current, 2018 to 2024, 2016 to 2017.
fn generations(keytype: &str, scheme: &str, public: &str) -> Vec<String> {
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
