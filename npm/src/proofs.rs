//! Proofs, checkpoints and receipts by themselves, for who has them apart from a file.

use crate::error;
use crate::json::to_js;
use crate::options::policy_of;
use js_sys::Error;
use rekor_verifier::Hash;
use rekor_verifier::bytes::base64_encode;
use rekor_verifier::check::{merkle, tlog};
use rekor_verifier::extras::Unavailable;
use rekor_verifier::format::receipt::Receipt;
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// The hash of a leaf (RFC 6962 §2.1), hexadecimal.
#[wasm_bindgen]
pub fn leaf_hash(entry: &[u8]) -> String {
    merkle::leaf_hash(entry).to_string()
}

/// Why the proof does not show that `leaf`, a hash, is leaf `index` of the tree of `size` leaves under `root`; nothing
/// where it does. `proof` is 32 bytes for each hash, from the leaf's sibling up.
#[wasm_bindgen]
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &[u8],
    proof: &[u8],
    root: &[u8],
) -> Result<Option<String>, Error> {
    let checked = merkle::verify_inclusion(index, size, hash(leaf)?, &hashes(proof)?, hash(root)?);
    Ok(checked.err().map(|why| why.to_string()))
}

/// Why the proof does not show that the tree of `old_size` leaves is the beginning of that of `new_size`; nothing where
/// it does (RFC 6962 §2.1.2).
#[wasm_bindgen]
pub fn verify_consistency(
    old_size: u64,
    new_size: u64,
    old_root: &[u8],
    new_root: &[u8],
    proof: &[u8],
) -> Result<Option<String>, Error> {
    let checked = merkle::verify_consistency(old_size, new_size, &hashes(proof)?, hash(old_root)?, hash(new_root)?);
    Ok(checked.err().map(|why| why.to_string()))
}

/// A checkpoint that a log of the policy signed.
#[derive(Serialize)]
struct JsCheckpoint<'a> {
    origin: &'a str,
    /// A decimal number: JavaScript's own are exact to 2⁵³ only.
    size: String,
    root: String,
    vkey: String,
    cosignatures: Vec<JsCosignature<'a>>,
    quorum: bool,
}

/// A witness of the policy whose cosignature holds, and when it says that it signed.
#[derive(Serialize)]
struct JsCosignature<'a> {
    name: &'a str,
    time: Option<u64>,
}

/// `{origin, size, root, vkey, cosignatures: [{name, time}], quorum}` of a checkpoint that is signed by a log of the
/// policy; `quorum` is whether enough of its witnesses cosigned. Throws with the reason where it is not.
#[wasm_bindgen]
pub fn open_checkpoint(note: &[u8], policy: &str) -> Result<JsValue, Error> {
    let policy = policy_of(policy)?;
    let signed = tlog::open(note, &policy, None).map_err(error)?;
    if !signed.unchecked().is_empty() {
        return Err(error(format!(
            "the cosignature by {} was not checked: {Unavailable}",
            signed.unchecked().join(" and ")
        )));
    }
    let head = signed.checkpoint();
    to_js(&JsCheckpoint {
        origin: &head.origin,
        size: head.size.to_string(),
        root: head.root.to_string(),
        vkey: signed.vkey().to_string(),
        cosignatures: signed.cosignatures().iter().map(|(name, time)| JsCosignature { name, time: *time }).collect(),
        quorum: policy.witnesses.satisfied_by(signed.witnesses()),
    })
}

/// A receipt as read.
#[derive(Serialize)]
struct JsReceiptContents {
    index: String,
    hashes: Vec<String>,
    checkpoint: String,
    extra: String,
}

/// `{index, hashes, checkpoint, extra}` of a receipt (C2SP tlog-proof), `extra` as base64. Nothing in it has been checked.
/// Throws where it is none.
#[wasm_bindgen]
pub fn read_receipt(receipt: &[u8]) -> Result<JsValue, Error> {
    let receipt = Receipt::parse(receipt).map_err(error)?;
    to_js(&JsReceiptContents {
        index: receipt.index.to_string(),
        hashes: receipt.hashes.iter().map(Hash::to_string).collect(),
        checkpoint: receipt.checkpoint,
        extra: base64_encode(&receipt.extra),
    })
}

fn hash(bytes: &[u8]) -> Result<Hash, Error> {
    Hash::from_slice(bytes).ok_or_else(|| Error::new("a hash has 32 bytes"))
}

fn hashes(proof: &[u8]) -> Result<Vec<Hash>, Error> {
    proof.chunks(32).map(hash).collect()
}
