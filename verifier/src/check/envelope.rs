//! An envelope and one key: whether that key signed it.

use super::digest::sha256;
use super::signature::{self, BadSignature, openpgp_digest, verify_openpgp};
use crate::Hash;
use crate::extras::Unavailable;
use crate::format::envelope::{Envelope, Signature, SignatureForm};
use crate::format::key::{PublicKey, Scheme};

/// What the signatures of an envelope say about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// A signature verifies under the key; of several, the bytewise smallest.
    Yes {
        /// The scheme that it verifies by.
        scheme: Scheme,
        /// Its bytes.
        signature: Vec<u8>,
        /// SHA-256 of the bytes that it signs, OpenPGP's trailer included.
        signed: Hash,
    },
    /// A signature claims the key by its key ID, and none verifies under it.
    Claimed,
    /// A signature claims the key and is of a kind that is not supported for it; the text names it.
    Unsupported(String),
    /// What checks signatures by the key is not at hand.
    Unavailable(Unavailable),
    /// No signature has to do with the key.
    No,
}

/// Tries every signature of `envelope` with `key`: key IDs are hints, so a signature with another ID, or with none, may
/// still be its.
pub fn signed_by(envelope: &Envelope, key: &PublicKey) -> SignedBy {
    let tried: Vec<_> = envelope.signatures.iter().map(|one| (one, verify(envelope, key, &one.form))).collect();
    let good = tried.iter().filter_map(|(one, result)| Some((result.as_ref().ok()?, &one.form)));
    if let Some((scheme, form)) = good.min_by_key(|(_, form)| form.bytes()) {
        let (signature, signed) = (form.bytes().to_vec(), signed_hash(envelope, form));
        return SignedBy::Yes { scheme: *scheme, signature, signed };
    }
    if let Some(why) = tried.iter().find_map(|(_, result)| unavailable(result)) {
        return SignedBy::Unavailable(why);
    }
    let keyids = key.keyids();
    let claims = |one: &Signature| !one.keyid.is_empty() && keyids.contains(&one.keyid);
    let claiming: Vec<BadSignature> =
        tried.iter().filter(|(one, _)| claims(one)).filter_map(|(_, result)| result.err()).collect();
    match claiming.iter().find(|why| why.is_unsupported()) {
        Some(why) => SignedBy::Unsupported(why.to_string()),
        None if claiming.is_empty() => SignedBy::No,
        None => SignedBy::Claimed,
    }
}

fn unavailable(result: &Result<Scheme, BadSignature>) -> Option<Unavailable> {
    match result {
        Err(BadSignature::Unavailable(why)) => Some(*why),
        _ => None,
    }
}

/// SHA-256 of what a signature of `envelope` is over: what a log finds the signed content by.
pub fn signed_hash(envelope: &Envelope, form: &SignatureForm) -> Hash {
    match form {
        SignatureForm::Raw(_) => sha256(&envelope.signed_bytes),
        SignatureForm::OpenPgp { other_headers, .. } => openpgp_digest(&envelope.signed_bytes, other_headers),
    }
}

fn verify(envelope: &Envelope, key: &PublicKey, form: &SignatureForm) -> Result<Scheme, BadSignature> {
    let message = &envelope.signed_bytes;
    match form {
        SignatureForm::Raw(signature) => signature::verify(key, message, signature),
        SignatureForm::OpenPgp { other_headers, signature } => verify_openpgp(key, message, other_headers, signature),
    }
}
