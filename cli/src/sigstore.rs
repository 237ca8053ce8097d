//! Options that say whose Sigstore bundles count.

use crate::{Failure, files};
use clap::Args;
use rekor_verifier::policy::SigstorePolicy;
use rekor_verifier::sigstore::{Expected, IdentityPolicy, Trust};
use std::borrow::Cow;
use std::path::PathBuf;

/// The largest trusted root that is read, in bytes.
const MAX_TRUSTED_ROOT: usize = 4 * 1024 * 1024;

/// Whose Sigstore bundles count.
#[derive(Args)]
pub struct SigstoreOptions {
    /// Expect a Sigstore bundle by this identity: an e-mail address, or the URI of a workflow
    #[arg(long, value_name = "WHO", alias = "certificate-identity", requires = "issuer")]
    identity: Option<String>,

    /// The same as a pattern: `*` is any text without `/`, `**` any text; the whole identity must fit
    #[arg(long, value_name = "PATTERN", conflicts_with = "identity", requires = "issuer")]
    identity_pattern: Option<String>,

    /// Who vouches for the identity: `https://token.actions.githubusercontent.com`, say
    #[arg(long, value_name = "URL", alias = "certificate-oidc-issuer")]
    issuer: Option<String>,

    /// Take Sigstore's authorities and logs from this trusted_root.json, not from the one that is built in
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,

    /// Use Sigstore's staging instance, which is for tests
    #[arg(long, conflicts_with = "trusted_root")]
    staging: bool,
}

impl SigstoreOptions {
    pub fn policy(&self) -> Result<SigstorePolicy, Failure> {
        let identity = match (&self.identity, &self.identity_pattern, &self.issuer) {
            (Some(exact), _, Some(issuer)) => Some(expected(Expected::Exact(exact.clone()), issuer)),
            (None, Some(pattern), Some(issuer)) => Some(expected(Expected::Pattern(pattern.clone()), issuer)),
            (None, None, Some(_)) => {
                return Err(Failure::trouble("--issuer alone names nobody: give --identity or --identity-pattern too"));
            }
            _ => None,
        };
        let trust = match (&self.trusted_root, self.staging) {
            (Some(path), _) => Trust::Root(Cow::Owned(files::read_text(path, MAX_TRUSTED_ROOT)?)),
            (None, true) => Trust::Staging,
            (None, false) => Trust::Production,
        };
        Ok(SigstorePolicy { identity, trust })
    }
}

fn expected(identity: Expected, issuer: &str) -> IdentityPolicy {
    IdentityPolicy { identity, issuer: Expected::Exact(issuer.to_owned()) }
}
