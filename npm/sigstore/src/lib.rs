//! JavaScript bindings of the Sigstore verifier: the second module, loaded when a bundle appears. JSON in, JSON out, so
//! that the two modules need not share memory or types.

use rekor_sigstore::Sigstore;
use rekor_verifier::sigstore::{BundleRequest, BundleVerifier, Trust};
use std::borrow::Cow;
use std::sync::OnceLock;
use wasm_bindgen::prelude::*;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Checks one bundle: takes the JSON of a [`BundleRequest`], gives that of a
/// [`BundleReport`](rekor_verifier::sigstore::BundleReport). Throws where the request cannot be read.
#[wasm_bindgen]
pub fn verify_bundle(request: &str) -> Result<String, JsError> {
    let request: BundleRequest = serde_json::from_str(request)?;
    let report = sigstore().verify(&request);
    Ok(serde_json::to_string(&report)?)
}

/// The JSON of the embedded trusted root of an instance of Sigstore: `production` or `staging`. Throws for any other.
#[wasm_bindgen]
pub fn trusted_root(instance: &str) -> Result<String, JsError> {
    let trust = match instance {
        "production" => Trust::Production,
        "staging" => Trust::Staging,
        other => return Err(JsError::new(&format!("there is no trusted root called {other:?}"))),
    };
    Ok(sigstore().trusted_root(&trust).map(Cow::into_owned).unwrap_or_default())
}

fn sigstore() -> &'static Sigstore {
    static SIGSTORE: OnceLock<Sigstore> = OnceLock::new();
    SIGSTORE.get_or_init(Sigstore::new)
}
