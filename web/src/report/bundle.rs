//! Sigstore bundles in the report.

use crate::json::read_fields;
use crate::model::Identity;
use crate::text::t;

/// What the certificate says of the build, by name.
pub type Claims = Vec<(String, String)>;

/// A Sigstore bundle. Its checks stand in the report's list.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// `bundle[i]`.
    pub subject: String,
    /// As dropped.
    pub name: String,
    /// The artifact that it was checked against: `artifact[i]`.
    pub artifacts: Vec<String>,
    /// `npm-attestation`, `pypi-attestation`, `github-attestation`, `attestation`, `envelope`, `blob`, `cosign-bundle` or
    /// `unknown`.
    pub kind: String,
    /// The type of a signed statement's predicate, a URI.
    pub predicate_type: Option<String>,
    /// What a signed statement is about, as it says itself.
    pub subjects: Vec<Subject>,
    /// Who signed, as far as the checks go.
    pub signer: Option<Signer>,
    /// The log entry, as the bundle says.
    pub entry: Option<Entry>,
    /// When it was signed, and who vouches for that.
    pub times: Vec<Time>,
    /// Whose word counted.
    pub trust: Trust,
}

read_fields!(Bundle { subject, name, artifacts, kind, predicate_type, subjects, signer, entry, times, trust });

/// An artifact that a statement is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Its name; may be empty.
    pub name: String,
    /// Hexadecimal digests by algorithm.
    pub digests: Vec<(String, String)>,
}

read_fields!(Subject { name, digests });

/// Who signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Signer {
    /// The e-mail address or URI of the certificate; none for a managed key.
    pub identity: Option<String>,
    /// Who vouches for it.
    pub issuer: Option<String>,
    /// SHA-256 of the SPKI DER form of the key, lower-case hex.
    pub fingerprint: Option<String>,
    /// Start of the certificate's validity, Unix seconds.
    pub not_before: Option<i64>,
    /// End of the certificate's validity, Unix seconds.
    pub not_after: Option<i64>,
    /// What the certificate says of the build.
    pub claims: Claims,
}

read_fields!(Signer { identity, issuer, fingerprint, not_before, not_after, claims });

/// The entry of a transparency log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The log's ID, hexadecimal.
    pub log_id: String,
    /// The log's address, where the trusted root names the log.
    pub log: Option<String>,
    /// Its index, from 0.
    pub index: u64,
}

read_fields!(Entry { log_id, log, index });

/// A time of signing.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    /// Unix seconds.
    pub time: i64,
    /// Who vouches for it.
    pub voucher: String,
}

read_fields!(Time { time, voucher });

/// Whose word counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Trust {
    /// In words.
    pub name: String,
    /// The date of an embedded root.
    pub taken: Option<String>,
}

read_fields!(Trust { name, taken });

impl Bundle {
    /// What kind of bundle it is, in words.
    pub fn title(&self) -> &'static str {
        match self.kind.as_str() {
            "npm-attestation" => t("kind.npm-attestation"),
            "pypi-attestation" => t("kind.pypi-attestation"),
            "github-attestation" => t("kind.github-attestation"),
            "attestation" => t("kind.attestation"),
            "envelope" => t("kind.envelope"),
            "blob" => t("kind.blob"),
            "cosign-bundle" => t("kind.cosign-bundle"),
            _ => t("kind.bundle"),
        }
    }

    /// Whom the certificate names, where it names somebody and who vouches for them.
    pub fn identity(&self) -> Option<Identity> {
        let signer = self.signer.as_ref()?;
        Some(Identity { identity: signer.identity.clone()?, issuer: signer.issuer.clone()? })
    }
}
