//! An envelope and one key: whether that key signed it.

use super::digest::sha256;
use super::signature;
use crate::Hash;
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
    /// A signature claims the key and is of a kind that is not supported; the text names it.
    Unsupported(String),
    /// No signature has to do with the key.
    No,
}

/// Tries every signature of `envelope` with `key`: key IDs are hints, so a signature with another ID, or with none, may
/// still be its.
pub fn signed_by(envelope: &Envelope, key: &PublicKey) -> SignedBy {
    let good = envelope.signatures.iter().filter_map(|one| Some((verified(envelope, key, &one.form)?, &one.form)));
    if let Some((scheme, form)) = good.min_by(|(_, a), (_, b)| a.bytes().cmp(b.bytes())) {
        return SignedBy::Yes { scheme, signature: form.bytes().to_vec(), signed: signed_hash(envelope, form) };
    }
    let keyids = key.keyids();
    let claims = |one: &&Signature| !one.keyid.is_empty() && keyids.contains(&one.keyid);
    let claiming: Vec<&Signature> = envelope.signatures.iter().filter(claims).collect();
    match claiming.iter().find_map(|one| unsupported(&one.form)) {
        Some(what) => SignedBy::Unsupported(what),
        None if claiming.is_empty() => SignedBy::No,
        None => SignedBy::Claimed,
    }
}

/// SHA-256 of what `form` signs.
fn signed_hash(envelope: &Envelope, _form: &SignatureForm) -> Hash {
    sha256(&envelope.signed_bytes)
}

fn verified(envelope: &Envelope, key: &PublicKey, form: &SignatureForm) -> Option<Scheme> {
    match form {
        SignatureForm::Raw(bytes) => signature::verify(key, &envelope.signed_bytes, bytes).ok(),
        SignatureForm::OpenPgp { .. } => None,
    }
}

/// What about a signature is not supported, so that its failure to verify says nothing.
fn unsupported(form: &SignatureForm) -> Option<String> {
    match form {
        SignatureForm::Raw(_) => None,
        SignatureForm::OpenPgp { .. } => Some("an OpenPGP signature".into()),
    }
}
