//! Sigstore bundles: what is asked of whoever checks them, and what comes back.
//!
//! The core knows what a bundle is about and what to report. The cryptography of Fulcio, timestamp authorities and both
//! Rekors is behind [`BundleVerifier`], so that the browser loads it only when a bundle appears. Request and report cross
//! between the two modules as JSON.

mod read;

use crate::bytes::{base64_decode, base64_encode};
use crate::check::digest::Digests;
use crate::format::bundle::Container;
use crate::format::key::PublicKey;
use crate::report::{Check, CheckId, Outcome, Verdict};
use crate::sorted::Map;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;

/// Checks Sigstore bundles.
pub trait BundleVerifier {
    /// Checks one bundle. The same request gives the same report; nothing is fetched.
    fn verify(&self, request: &BundleRequest) -> BundleReport;

    /// The JSON of the trusted root that `trust` stands for; `None` where that is one that is not at hand.
    fn trusted_root<'a>(&self, trust: &'a Trust) -> Option<Cow<'a, str>> {
        match trust {
            Trust::Root(json) => Some(Cow::Borrowed(json)),
            Trust::Production | Trust::Staging => None,
        }
    }
}

/// Stands where nothing that checks bundles is at hand: it says so.
pub struct NotLoaded;

impl BundleVerifier for NotLoaded {
    fn verify(&self, request: &BundleRequest) -> BundleReport {
        BundleReport::not_checked(&request.subject, "it is not loaded")
    }
}

/// One bundle, and what the reader chose apart from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BundleRequest<'a> {
    /// What the checks call the bundle: `bundle[0]`.
    pub subject: Cow<'a, str>,
    /// The bundle as JSON, in the form that [`crate::format::bundle::recognise`] gives.
    pub bundle: Cow<'a, str>,
    /// Where it was found.
    pub container: Container,
    /// The artifact in question; `None` where none was given.
    pub artifact: Option<ArtifactDigests>,
    /// Who has to have signed with a certificate; `None` where the reader named nobody.
    pub identity: Option<IdentityPolicy>,
    /// The managed keys that the reader named.
    pub keys: Cow<'a, [ManagedKey]>,
    /// Whose word counts.
    pub trust: Trust<'a>,
    /// Seconds since 1970.
    pub now: i64,
}

/// A key that the reader named, by its canonical SPKI DER. It was read before it crosses to the second module, which
/// so needs no reader of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ManagedKey {
    spki: String,
}

impl ManagedKey {
    /// The DER of its SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> Vec<u8> {
        base64_decode(&self.spki).unwrap_or_default()
    }
}

impl From<&PublicKey> for ManagedKey {
    fn from(key: &PublicKey) -> Self {
        Self { spki: base64_encode(key.spki_der()) }
    }
}

/// Whose word counts: authorities, logs and timestamp authorities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust<'a> {
    /// Sigstore's public instance, as embedded.
    #[default]
    Production,
    /// Sigstore's staging instance, as embedded: for tests of signers, worth nothing otherwise.
    Staging,
    /// The JSON of a `trusted_root.json` that the reader chose.
    Root(Cow<'a, str>),
}

/// The digests of an artifact, lower-case hexadecimal. SHA-256 alone may be all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactDigests {
    /// 64 digits.
    pub sha256: String,
    /// 96 digits.
    pub sha384: Option<String>,
    /// 128 digits.
    pub sha512: Option<String>,
}

impl ArtifactDigests {
    /// The digest under in-toto's name for its algorithm.
    pub fn get(&self, algorithm: &str) -> Option<&str> {
        match algorithm {
            "sha256" => Some(&self.sha256),
            "sha384" => self.sha384.as_deref(),
            "sha512" => self.sha512.as_deref(),
            _ => None,
        }
    }
}

impl From<&Digests> for ArtifactDigests {
    fn from(digests: &Digests) -> Self {
        Self { sha256: digests.sha256.to_string(), sha384: digests.get("sha384"), sha512: digests.get("sha512") }
    }
}

/// Who has to have signed: both must hold, since an identity means something only with who vouched for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPolicy {
    /// The e-mail address or URI that the certificate was issued to.
    pub identity: Expected,
    /// The address of the OpenID Connect issuer that vouched for it.
    pub issuer: Expected,
}

/// A text that is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// This text.
    Exact(String),
    /// A text of this pattern, from its first character to its last: `*` stands for any characters but `/`, `**` for
    /// any characters, everything else for itself.
    Pattern(String),
}

impl Expected {
    /// Whether `text` is what is expected.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Expected::Exact(expected) => expected == text,
            Expected::Pattern(pattern) => pattern_matches(pattern.as_bytes(), text.as_bytes()),
        }
    }
}

/// In O(pattern × text): `reached[i]` is whether the pattern so far can end before byte `i` of the text.
fn pattern_matches(pattern: &[u8], text: &[u8]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    let mut rest = pattern;
    while let Some((&first, after)) = rest.split_first() {
        let any = first == b'*' && after.first() == Some(&b'*');
        rest = if any { &after[1..] } else { after };
        let mut before = reached[0];
        reached[0] &= first == b'*';
        for (i, &byte) in text.iter().enumerate() {
            let next = match first {
                b'*' => reached[i + 1] || (reached[i] && (any || byte != b'/')),
                _ => before && byte == first,
            };
            before = reached[i + 1];
            reached[i + 1] = next;
        }
    }
    reached[text.len()]
}

/// What kind of bundle it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "kebab-case"))]
pub enum BundleKind {
    /// How an npm package was built, or that it was published.
    NpmAttestation,
    /// How a Python distribution was published, or built (PEP 740).
    PypiAttestation,
    /// An attestation made by GitHub's own action.
    GithubAttestation,
    /// Any other signed statement about artifacts.
    Attestation,
    /// A signed envelope that holds something else.
    Envelope,
    /// A signature over a file, as `cosign sign-blob` and the signing clients of Python and JavaScript make it.
    Blob,
    /// What cosign wrote before there was a bundle format: a signature, and the log's promise to record it.
    CosignBundle,
    /// It could not be read.
    Unknown,
}

impl BundleKind {
    /// The kind as it stands in JSON: `npm-attestation`.
    pub const fn name(self) -> &'static str {
        match self {
            BundleKind::NpmAttestation => "npm-attestation",
            BundleKind::PypiAttestation => "pypi-attestation",
            BundleKind::GithubAttestation => "github-attestation",
            BundleKind::Attestation => "attestation",
            BundleKind::Envelope => "envelope",
            BundleKind::Blob => "blob",
            BundleKind::CosignBundle => "cosign-bundle",
            BundleKind::Unknown => "unknown",
        }
    }

    /// What it is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            BundleKind::NpmAttestation => "npm attestation",
            BundleKind::PypiAttestation => "PyPI attestation (PEP 740)",
            BundleKind::GithubAttestation => "GitHub artifact attestation",
            BundleKind::Attestation => "signed statement",
            BundleKind::Envelope => "signed envelope",
            BundleKind::Blob => "signature",
            BundleKind::CosignBundle => "cosign bundle (older form)",
            BundleKind::Unknown => "Sigstore bundle",
        }
    }
}

impl Serialize for BundleKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What came of a bundle.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundleReport {
    /// What kind of bundle it is.
    pub kind: BundleKind,
    /// Its media type, which states the version of its format.
    pub media_type: Option<String>,
    /// What a signed statement is about, as it says itself.
    pub subjects: Vec<BundleSubject>,
    /// The type of a signed statement's predicate.
    pub predicate_type: Option<String>,
    /// Who signed, as the certificate says; trusted as far as the checks go.
    pub signer: Option<BundleSigner>,
    /// The log entry, as the bundle says.
    pub entry: Option<BundleEntry>,
    /// The times that somebody whom the trusted root names vouches for.
    pub times: Vec<BundleTime>,
    /// Whose word counted.
    pub trust: TrustReport,
    /// Every check.
    pub checks: Vec<Check>,
}

impl BundleReport {
    /// The report on a bundle that nothing could check, and why.
    pub fn not_checked(subject: &str, why: &str) -> Self {
        let text = format!("The part of the verifier that checks Sigstore bundles cannot be used: {why}.");
        let check = Check::new(CheckId::BundleFormat, subject, Outcome::NotChecked, text);
        let trust = TrustReport { name: "nobody".into(), taken: None };
        Self { checks: vec![check], ..Self::unknown(trust) }
    }

    /// The report on a bundle of which nothing is known yet.
    pub fn unknown(trust: TrustReport) -> Self {
        Self {
            kind: BundleKind::Unknown,
            media_type: None,
            subjects: Vec::new(),
            predicate_type: None,
            signer: None,
            entry: None,
            times: Vec::new(),
            trust,
            checks: Vec::new(),
        }
    }

    /// Whether nothing could be found out about the bundle, for or against it.
    pub fn is_unread(&self) -> bool {
        self.checks.iter().any(|check| check.id == CheckId::BundleFormat && check.outcome == Outcome::NotChecked)
    }

    /// What the required checks amount to.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.checks.iter().filter(|check| check.required))
    }
}

/// An artifact that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundleSubject {
    /// Its name; may be empty.
    pub name: String,
    /// Hexadecimal digests by algorithm.
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, String>"))]
    pub digests: Map<String, String>,
}

/// Who signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundleSigner {
    /// The e-mail address or URI of the certificate; `None` for a managed key.
    pub identity: Option<String>,
    /// The OpenID Connect issuer.
    pub issuer: Option<String>,
    /// SHA-256 of the SPKI DER of the key, hexadecimal.
    pub fingerprint: Option<String>,
    /// Start of the certificate's validity, seconds since 1970.
    pub not_before: Option<i64>,
    /// End of the certificate's validity, seconds since 1970.
    pub not_after: Option<i64>,
    /// What the certificate says of the build, by name: `source_repository`, `source_ref`, `source_digest`, `workflow`,
    /// `workflow_digest`, `trigger`, `run`, `runner`.
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, String>"))]
    pub claims: Map<String, String>,
}

/// The entry of a transparency log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundleEntry {
    /// The log's ID, hexadecimal.
    pub log_id: String,
    /// The log's base address, where the trusted root names the log.
    pub log: Option<String>,
    /// The index over all trees of the log, from 0.
    pub index: u64,
    /// Kind and version: `hashedrekord 0.0.1`.
    pub kind: String,
    /// When the log says it took the entry, seconds since 1970; `None` where it says nothing.
    pub integrated_time: Option<i64>,
}

/// A time of signing, and who vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundleTime {
    /// Seconds since 1970.
    pub time: i64,
    /// A timestamp authority by its address, or a log.
    pub voucher: String,
}

/// Whose word counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrustReport {
    /// In words: `Sigstore's public instance`.
    pub name: String,
    /// The date of an embedded root, `2026-10-23`; `None` for the reader's own.
    pub taken: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_anchored_and_stars_stay_within_a_segment() {
        let pattern = |pattern: &str, text: &str| Expected::Pattern(pattern.to_owned()).matches(text);
        assert!(pattern("https://github.com/org/*", "https://github.com/org/repo"));
        assert!(!pattern("https://github.com/org/*", "https://github.com/org/repo/x"));
        assert!(pattern("https://github.com/org/**", "https://github.com/org/repo/x@refs/tags/v1"));
        assert!(!pattern("https://github.com/org/**", "x https://github.com/org/repo"));
        assert!(!pattern("*@example.com", "a@example.com.evil.org"));
        assert!(!pattern("*@example.com", "a@exampleXcom"));
        assert!(pattern("*@example.com", "@example.com"));
        assert!(pattern("a**b*c", "a/b/bxc"));
        assert!(!pattern("", "a"));
        assert!(pattern("", ""));
        assert!(pattern("**", "") && pattern("***", "a/b") && !pattern("a", ""));
        assert!(!Expected::Exact("*".to_owned()).matches("a"));
    }
}
