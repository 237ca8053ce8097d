//! The reader's choices, as JavaScript hands them over.

use crate::error;
use crate::json::{member, text};
use js_sys::Error;
use rekor_verifier::bytes::base64_decode;
use rekor_verifier::format::json::Value;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum, SigstorePolicy};
use rekor_verifier::report::Time;
use rekor_verifier::sigstore::{Expected, IdentityPolicy, Trust};
use std::borrow::Cow;

/// Whom the reader trusts, of everything that stands in a session's options.
pub(crate) fn policy(options: &Value) -> Result<Policy, Error> {
    let mut policy = policy_of(text(options, "policy")?)?;
    policy.signers = member(options, "signers").map(signers).transpose()?.flatten();
    policy.sigstore = SigstorePolicy {
        identity: member(options, "identity").map(identity).transpose()?,
        trust: member(options, "trust").and_then(Value::as_str).map(trust).unwrap_or_default(),
    };
    let parameters = member(options, "parameters").and_then(Value::as_array).unwrap_or_default();
    policy.parameters = parameters.iter().map(parameter).collect::<Result<_, Error>>()?;
    Ok(policy)
}

/// The time of the checks, and who vouches for it.
pub(crate) fn time(options: &Value) -> Result<Time, Error> {
    let now = member(options, "now").and_then(Value::as_u64).and_then(|now| now.try_into().ok());
    let seconds = now.ok_or_else(|| Error::new("now: expected whole seconds since 1970"))?;
    let clock = member(options, "clock").and_then(Value::as_str).unwrap_or("this computer's clock");
    Ok(Time { seconds, source: clock.into() })
}

/// tlog-policy text, empty for nobody.
pub(crate) fn policy_of(text: &str) -> Result<Policy, Error> {
    match text.trim() {
        "" => Ok(Policy::default()),
        _ => Policy::parse(text).map_err(error),
    }
}

fn signers(value: &Value) -> Result<Option<Quorum<PublicKey>>, Error> {
    if let Some(file) = value.as_str() {
        return Policy::parse_signers(file).map(Some).map_err(error);
    }
    let mut keys = Vec::new();
    for signer in value.as_array().unwrap_or_default() {
        let name = text(signer, "name")?;
        let bytes = match member(signer, "base64").and_then(Value::as_str) {
            Some(bytes) => base64_decode(bytes).unwrap_or_default(),
            None => text(signer, "key")?.into(),
        };
        let found = PublicKey::parse_all(&bytes).map_err(|e| Error::new(&format!("{name}: {e}")))?;
        keys.push((name.to_owned(), found));
    }
    Ok((!keys.is_empty()).then(|| Quorum::all_of_any(keys)))
}

/// An identity as a Sigstore certificate states it: exactly this one, or one that fits a pattern.
fn identity(expected: &Value) -> Result<IdentityPolicy, Error> {
    let identity = match member(expected, "pattern").and_then(Value::as_str) {
        Some(pattern) => Expected::Pattern(pattern.to_owned()),
        None => Expected::Exact(text(expected, "identity")?.to_owned()),
    };
    Ok(IdentityPolicy { identity, issuer: Expected::Exact(text(expected, "issuer")?.to_owned()) })
}

fn trust(text: &str) -> Trust<'static> {
    match text {
        "production" => Trust::Production,
        "staging" => Trust::Staging,
        root => Trust::Root(Cow::Owned(root.to_owned())),
    }
}

fn parameter(value: &Value) -> Result<(String, String), Error> {
    Ok((text(value, "name")?.to_owned(), text(value, "value")?.to_owned()))
}
