//! JavaScript bindings of the Sigstore verifier: the second module, loaded when a bundle appears. JSON in, JSON out, so
//! that the two modules need not share memory or types.

use rekor_sigstore::Sigstore;
use rekor_verifier::sigstore::{BundleRequest, BundleVerifier};
use std::sync::OnceLock;
use wasm_bindgen::prelude::*;

/// Checks one bundle: takes the JSON of a [`BundleRequest`], gives that of a
/// [`BundleReport`](rekor_verifier::sigstore::BundleReport). Throws where the request cannot be read.
#[wasm_bindgen]
pub fn verify_bundle(request: &str) -> Result<String, JsError> {
    static SIGSTORE: OnceLock<Sigstore> = OnceLock::new();
    let request: BundleRequest = serde_json::from_str(request)?;
    let report = SIGSTORE.get_or_init(Sigstore::new).verify(&request);
    Ok(serde_json::to_string(&report)?)
}
