//! Which keys of an OpenPGP certificate may sign documents, by the word of its primary key.
//!
//! 1. The primary key has not revoked itself (RFC 4880 §5.2.1, type 0x20).
//! 2. Its newest self-signature (types 0x10 to 0x13 on a user ID that is not revoked, 0x1f) says whether it signs.
//! 3. A subkey's newest binding (0x18) by the primary key says that it signs and holds the subkey's own signature
//!    (0x19), without which anybody could bind a stranger's key as theirs; the primary key has not revoked it (0x28).
//!
//! Statements count with SHA-256, SHA-384 or SHA-512 only, revocations with any hash: a weak "no" is still a no. No
//! clock is asked, so that expiry is told ([`PublicKey::expires`]) and not judged, and a revocation counts for all
//! times, whatever its reason. Revocations by other keys (designated revokers) are not looked for.

use super::signature::{self, BadSignature};
use crate::format::key::{KeyError, PublicKey};
use crate::format::openpgp::{Certificate, Headers, KeyPacket, Signature, Subkey};

/// Signature types (RFC 4880 §5.2.1).
mod kind {
    pub(super) const CERTIFICATIONS: std::ops::RangeInclusive<u8> = 0x10..=0x13;
    pub(super) const SUBKEY_BINDING: u8 = 0x18;
    pub(super) const PRIMARY_KEY_BINDING: u8 = 0x19;
    pub(super) const DIRECT: u8 = 0x1f;
    pub(super) const KEY_REVOCATION: u8 = 0x20;
    pub(super) const SUBKEY_REVOCATION: u8 = 0x28;
    pub(super) const CERTIFICATION_REVOCATION: u8 = 0x30;
}

/// The key flag "may sign data" (RFC 4880 §5.2.3.21).
const SIGNS: u8 = 0x02;

/// A signature, and what it is over.
type Claim<'a> = (&'a Signature<'a>, Vec<&'a [u8]>);

/// The keys of `certificate` that may sign, the primary key first; there is at least one.
pub(crate) fn signing_keys(certificate: &Certificate<'_>) -> Result<Vec<PublicKey>, KeyError> {
    let primary = &certificate.primary;
    let key = primary.key.as_ref().map_err(Clone::clone)?;
    if revokes(primary, key, &certificate.direct, kind::KEY_REVOCATION, &primary.hashed()) {
        return Err(KeyError::Unusable("it is revoked".into()));
    }
    let about = newest(primary, key, self_signatures(certificate, key))?;
    let about =
        about.and_then(Signature::headers).ok_or(KeyError::Unusable("it has no valid self-signature".into()))?;
    let expires = primary.expires(about.key_period());
    let mut keys = Vec::new();
    // Without flags nothing is forbidden (RFC 4880 §5.2.3.21), which is how keys of before 2007 look.
    if about.key_flags().is_none_or(|flags| flags & SIGNS != 0) {
        keys.push(primary.usable(expires)?);
    }
    let mut unusable = KeyError::Unusable("none of its keys is marked, bound and unrevoked for signing".into());
    for subkey in &certificate.subkeys {
        match signing_subkey(primary, key, expires, subkey) {
            Ok(key) => keys.extend(key),
            Err(error) => unusable = error,
        }
    }
    match keys.is_empty() {
        true => Err(unusable),
        false => Ok(keys),
    }
}

fn self_signatures<'a>(certificate: &'a Certificate<'a>, key: &PublicKey) -> Vec<Claim<'a>> {
    let primary = &certificate.primary;
    let direct = certificate.direct.iter().filter(|one| one.kind() == kind::DIRECT);
    let mut found: Vec<Claim> = direct.map(|one| (one, primary.hashed().to_vec())).collect();
    for user in &certificate.users {
        let parts = [primary.hashed(), user.hashed()].concat();
        if !revokes(primary, key, &user.signatures, kind::CERTIFICATION_REVOCATION, &parts) {
            let certifications = user.signatures.iter().filter(|one| kind::CERTIFICATIONS.contains(&one.kind()));
            found.extend(certifications.map(|one| (one, parts.clone())));
        }
    }
    found
}

/// The subkey, if it may sign; an error if only the hash stands against it, or its type.
fn signing_subkey(
    primary: &KeyPacket<'_>,
    key: &PublicKey,
    primary_expires: Option<i64>,
    subkey: &Subkey<'_>,
) -> Result<Option<PublicKey>, KeyError> {
    let parts = [primary.hashed(), subkey.key.hashed()].concat();
    if revokes(primary, key, &subkey.signatures, kind::SUBKEY_REVOCATION, &parts) {
        return Ok(None);
    }
    let bindings = subkey.signatures.iter().filter(|one| one.kind() == kind::SUBKEY_BINDING);
    let Some(binding) = newest(primary, key, bindings.map(|one| (one, parts.clone())).collect())? else {
        return Ok(None);
    };
    let signs = |headers: &&Headers| headers.key_flags().is_some_and(|flags| flags & SIGNS != 0);
    let Some(headers) = binding.headers().filter(signs) else { return Ok(None) };
    let expires = subkey.key.expires(headers.key_period()).into_iter().chain(primary_expires).min();
    let usable = subkey.key.usable(expires)?;
    let own = binding.embedded();
    let own = own.iter().filter(|one| one.kind() == kind::PRIMARY_KEY_BINDING);
    let agreed = newest(&subkey.key, &usable, own.map(|one| (one, parts.clone())).collect())?;
    Ok(agreed.is_some().then_some(usable))
}

/// Whether `by` revokes, with a signature of this kind: one whose hash or version is not supported counts as well.
fn revokes(by: &KeyPacket<'_>, key: &PublicKey, signatures: &[Signature<'_>], kind: u8, parts: &[&[u8]]) -> bool {
    let mut claimed = signatures.iter().filter(|one| one.kind() == kind && one.claims(&by.fingerprint));
    claimed.any(|one| match one.headers() {
        Some(headers) => {
            let verdict = signature::verify_packet(key, headers, parts, one.numbers);
            matches!(verdict, Ok(_) | Err(BadSignature::Hash(_)))
        }
        None => true,
    })
}

/// The newest of the claims by `by` that verifies; an error if a newer one is of a hash that is not supported, so that
/// what it says cannot be told.
fn newest<'a>(
    by: &KeyPacket<'_>,
    key: &PublicKey,
    claims: Vec<Claim<'a>>,
) -> Result<Option<&'a Signature<'a>>, KeyError> {
    let mut newest: Option<(u32, Result<&Signature<'_>, KeyError>)> = None;
    for (one, parts) in claims {
        let Some(headers) = one.headers().filter(|_| one.claims(&by.fingerprint)) else { continue };
        let Some(created) = acceptable(headers) else { continue };
        if newest.as_ref().is_some_and(|(at, _)| *at >= created) {
            continue;
        }
        match signature::verify_packet(key, headers, &parts, one.numbers) {
            Ok(_) => newest = Some((created, Ok(one))),
            Err(BadSignature::Hash(hash)) => {
                newest = Some((created, Err(KeyError::UnsupportedHash(signature::hash_name(hash).into()))));
            }
            Err(_) => {}
        }
    }
    newest.map(|(_, found)| found).transpose()
}

/// When a statement was made, if it can count: it is understood, and does not end.
fn acceptable(headers: &Headers<'_>) -> Option<u32> {
    match headers.unknown_critical().is_none() && !headers.ends() {
        true => headers.created(),
        false => None,
    }
}
