//! Whose word counts: the trusted roots, read once.

use rekor_verifier::sigstore::{Trust, TrustReport};
use sigstore_verify::Verifier;
use sigstore_verify::crypto::Keyring;
use sigstore_verify::trust_root::{
    SIGSTORE_PRODUCTION_TRUSTED_ROOT, SIGSTORE_STAGING_TRUSTED_ROOT, TimestampAuthority, TrustedRoot,
};
use sigstore_verify::tsa::TsaAuthority;
use std::sync::{Arc, OnceLock};

/// The day as of which the embedded roots hold: that of the crate `sigstore-trust-root` 0.15.1, which carries them as
/// Sigstore's TUF repositories published them. What Sigstore changed since is not known here; a newer root goes by file.
pub const EMBEDDED_TAKEN: &str = "2026-10-23";

/// A trusted root, ready for use.
pub struct Anchors {
    pub root: TrustedRoot,
    pub verifier: Verifier,
    pub rekor_keys: Keyring,
    pub authorities: Vec<(String, TsaAuthority)>,
}

/// The embedded roots, read when they are first asked for.
#[derive(Default)]
pub struct Roots {
    production: OnceLock<Result<Arc<Anchors>, String>>,
    staging: OnceLock<Result<Arc<Anchors>, String>>,
}

impl Roots {
    /// The root that the reader chose, or why it cannot be used.
    pub fn get(&self, trust: &Trust) -> Result<Arc<Anchors>, String> {
        match trust {
            Trust::Production => self.production.get_or_init(|| read(json(trust))).clone(),
            Trust::Staging => self.staging.get_or_init(|| read(json(trust))).clone(),
            Trust::Root(json) => read(json),
        }
    }
}

/// The JSON of the root.
pub fn json<'a>(trust: &'a Trust) -> &'a str {
    match trust {
        Trust::Production => SIGSTORE_PRODUCTION_TRUSTED_ROOT,
        Trust::Staging => SIGSTORE_STAGING_TRUSTED_ROOT,
        Trust::Root(json) => json,
    }
}

/// How the report names the root.
pub fn describe(trust: &Trust) -> TrustReport {
    let embedded = |name: &str| TrustReport { name: name.to_owned(), taken: Some(EMBEDDED_TAKEN.to_owned()) };
    match trust {
        Trust::Production => embedded("Sigstore's public instance"),
        Trust::Staging => embedded("Sigstore's staging instance"),
        Trust::Root(_) => TrustReport { name: "a trusted root of your own".to_owned(), taken: None },
    }
}

fn read(json: &str) -> Result<Arc<Anchors>, String> {
    // serde_json keeps the last of two equal keys; which of them the reader meant, nobody can guess.
    rekor_verifier::format::json::parse(json.as_bytes()).map_err(|error| error.to_string())?;
    let root = TrustedRoot::from_json(json).map_err(|error| error.to_string())?;
    let verifier = Verifier::new(&root).map_err(|error| error.to_string())?;
    let rekor_keys = root.rekor_keys().map_err(|error| error.to_string())?;
    let authorities = root.timestamp_authorities.iter().filter_map(authority).collect();
    Ok(Arc::new(Anchors { root, verifier, rekor_keys, authorities }))
}

/// An authority under the name that the report gives it: leaf, intermediates and root in the order of the chain.
fn authority(authority: &TimestampAuthority) -> Option<(String, TsaAuthority)> {
    let certificates = &authority.cert_chain.certificates;
    let (leaf, root) = (certificates.first()?, certificates.last()?);
    let between = certificates.get(1..certificates.len().saturating_sub(1)).unwrap_or_default();
    let between = between.iter().map(|certificate| certificate.raw_bytes.clone()).collect();
    let name = authority.uri.clone().or_else(|| authority.subject.common_name.clone());
    let name = name.unwrap_or_else(|| "A timestamp authority of the trusted root".to_owned());
    Some((name, TsaAuthority::new(leaf.raw_bytes.clone(), between, root.raw_bytes.clone(), authority.valid_for)))
}
