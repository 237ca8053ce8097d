//! `rekor verify-bundle`: one Sigstore bundle against one artifact, by the command line that sigstore-conformance asks of
//! every client.

use crate::render::{escaped, printable};
use crate::{Failure, Outcome, files};
use clap::Args;
use rekor_sigstore::Sigstore;
use rekor_verifier::bytes::hex_decode;
use rekor_verifier::format::bundle::{Container, Found, MAX_BUNDLES, recognise};
use rekor_verifier::format::key::{MAX_KEY_FILE, PublicKey};
use rekor_verifier::report::{Outcome as CheckOutcome, Verdict};
use rekor_verifier::sigstore::{
    ArtifactDigests, BundleReport, BundleRequest, BundleVerifier, Expected, IdentityPolicy, ManagedKey, Trust,
};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The largest trusted root that is read, in bytes.
const MAX_ROOT: usize = 4 * 1024 * 1024;

const EXAMPLES: &str = "\
Examples:
  rekor verify-bundle --bundle foo.sigstore.json --certificate-identity carl@example.com \\
      --certificate-oidc-issuer https://accounts.google.com foo.tar.gz
  rekor verify-bundle --bundle foo.sigstore.json --key carl.pub sha256:52947cb7…

Exit codes: 0 verified, 1 not verified, 2 could not tell (or trouble).";

/// Check a Sigstore bundle: is it about this artifact, who signed, is it recorded?
///
/// Reads bundles 0.1 to 0.3, cosign's older form, PyPI's attestations (PEP 740), the answers of npm's and GitHub's
/// attestation APIs, and one bundle a line; of several bundles the best decides. Nothing is fetched.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyBundle {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,

    /// Expect this identity in the certificate: an e-mail address, or the URI of a workflow
    #[arg(long, value_name = "WHO", requires = "certificate_oidc_issuer")]
    certificate_identity: Option<String>,

    /// The same as a pattern: `*` is any text without `/`, `**` any text; the whole identity must fit
    #[arg(long, value_name = "PATTERN", requires = "certificate_oidc_issuer", conflicts_with = "certificate_identity")]
    certificate_identity_pattern: Option<String>,

    /// Expect this OpenID Connect issuer to have vouched for the identity
    #[arg(long, value_name = "URL")]
    certificate_oidc_issuer: Option<String>,

    /// Expect a signature by this managed key
    #[arg(long, value_name = "PEM", conflicts_with_all = ["certificate_identity", "certificate_identity_pattern"])]
    key: Option<PathBuf>,

    /// Trust the authorities and logs of this trusted_root.json, not the embedded ones of Sigstore's public instance
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,

    /// Trust Sigstore's staging instance, where no --trusted-root is given: for tests of signers
    #[arg(long)]
    staging: bool,

    /// Print the reports as JSON, an array with one for each bundle
    #[arg(long)]
    json: bool,

    /// The artifact: a file, or its digest
    #[arg(value_name = "FILE|sha256:HEX")]
    artifact: String,
}

pub fn run(command: &VerifyBundle) -> Outcome {
    let artifact = artifact(&command.artifact)?;
    let trust = command.trust()?;
    let keys = command.keys()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64);
    let sigstore = Sigstore::new();
    let reports: Vec<BundleReport> = bundles(&command.bundle)?
        .into_iter()
        .enumerate()
        .map(|(i, found)| {
            sigstore.verify(&BundleRequest {
                subject: Cow::Owned(format!("bundle[{i}]")),
                bundle: Cow::Owned(found.json),
                container: found.container,
                artifact: Some(artifact.clone()),
                identity: command.identity(),
                keys: Cow::Borrowed(&keys),
                trust: trust.clone(),
                now,
            })
        })
        .collect();
    match command.json {
        true => println!("{}", json(&reports)?),
        false => reports.iter().for_each(|report| print!("{}", human(report))),
    }
    let best = reports.iter().map(|report| report.verdict()).min_by_key(|verdict| match verdict {
        Verdict::Verified => 0,
        Verdict::CouldNotTell => 1,
        Verdict::NotVerified => 2,
    });
    Ok(best.unwrap_or(Verdict::CouldNotTell).exit_code())
}

impl VerifyBundle {
    fn identity(&self) -> Option<IdentityPolicy> {
        let exact = self.certificate_identity.clone().map(Expected::Exact);
        let identity = exact.or(self.certificate_identity_pattern.clone().map(Expected::Pattern))?;
        Some(IdentityPolicy { identity, issuer: Expected::Exact(self.certificate_oidc_issuer.clone()?) })
    }

    fn keys(&self) -> Result<Vec<ManagedKey>, Failure> {
        let Some(path) = &self.key else { return Ok(Vec::new()) };
        let keys = PublicKey::parse_all(&files::read(path, MAX_KEY_FILE)?);
        let keys = keys.map_err(|error| Failure::trouble(format!("{}: {error}", path.display())))?;
        Ok(keys.iter().map(ManagedKey::from).collect())
    }

    fn trust(&self) -> Result<Trust<'static>, Failure> {
        Ok(match (&self.trusted_root, self.staging) {
            (Some(path), _) => Trust::Root(Cow::Owned(files::read_text(path, MAX_ROOT)?)),
            (None, true) => Trust::Staging,
            (None, false) => Trust::Production,
        })
    }
}

/// The digests of the artifact; where only one is given, that one.
fn artifact(text: &str) -> Result<ArtifactDigests, Failure> {
    let Some(hex) = text.strip_prefix("sha256:") else {
        return Ok(ArtifactDigests::from(&files::digests(Path::new(text))?));
    };
    match hex_decode(hex).is_some_and(|digest| digest.len() == 32) {
        true => Ok(ArtifactDigests { sha256: hex.to_owned(), sha384: None, sha512: None }),
        false => Err(Failure::trouble(format!("{text}: expected sha256: and 64 lower-case hexadecimal digits"))),
    }
}

/// The bundles in a file. What is none that is recognised is reported by the verifier, which says why.
fn bundles(path: &Path) -> Result<Vec<Found>, Failure> {
    let bytes = files::read(path, MAX_BUNDLES)?;
    let unknown = || vec![Found { json: String::from_utf8_lossy(&bytes).into_owned(), container: Container::File }];
    Ok(recognise(&bytes).unwrap_or_else(unknown))
}

fn json(reports: &[BundleReport]) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(reports).map_err(|error| Failure::trouble(error.to_string()))?;
    Ok(escaped(&json))
}

/// Verdict and checks, a line each.
fn human(report: &BundleReport) -> String {
    let verdict = match report.verdict() {
        Verdict::Verified => "VERIFIED",
        Verdict::NotVerified => "NOT VERIFIED",
        Verdict::CouldNotTell => "COULD NOT TELL",
    };
    let mut lines = vec![format!("{verdict} by {}", trust(report))];
    if let Some(signer) = &report.signer {
        let who = signer.identity.as_ref().or(signer.fingerprint.as_ref());
        let issuer = signer.issuer.as_ref().map(|issuer| format!(", says {issuer}")).unwrap_or_default();
        lines.push(format!("signer  {}{issuer}", who.map_or("unknown", |who| who)));
    }
    for check in &report.checks {
        let mark = match check.outcome {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "FAILED",
            CheckOutcome::Untrusted => "untrusted",
            CheckOutcome::NotChecked => "not checked",
        };
        lines.push(format!("{mark:<11}  {:<22}  {}", check.id.name(), check.sentence));
    }
    lines.iter().map(|line| printable(line) + "\n").collect()
}

fn trust(report: &BundleReport) -> String {
    let taken = report.trust.taken.as_ref().map(|date| format!(", as of {date}")).unwrap_or_default();
    format!("{}{taken}", report.trust.name)
}
