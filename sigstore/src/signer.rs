//! Who signed: the certificate in the bundle, or a managed key that the reader named.

use crate::finding::Finding;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::sigstore::{BundleRequest, BundleSigner};
use sigstore_verify::crypto::{
    CertificateInfo, Error, FulcioCiClaims, KeyAlgorithm, SigningScheme, parse_certificate_info, verify_signature,
    verify_signature_prehashed,
};
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{ArtifactDigest, Bundle, DerPublicKey, SignatureContent};

/// Whose key has to have made the signature.
pub enum Signer {
    /// The key of the certificate in the bundle.
    Certificate(Box<CertificateInfo>),
    /// A key that the reader named; `claimed` is whether the bundle names this very key.
    Managed { key: DerPublicKey, claimed: bool },
    /// A managed key, and the reader named none.
    Unnamed,
    /// A certificate that cannot be read.
    Malformed(String),
}

impl Signer {
    pub fn of(bundle: &Bundle, request: &BundleRequest, digest: Option<&ArtifactDigest>) -> Self {
        if let Some(certificate) = bundle.signing_certificate() {
            return match parse_certificate_info(certificate) {
                Ok(info) => Self::Certificate(Box::new(info)),
                Err(error) => Self::Malformed(error.to_string()),
            };
        }
        let VerificationMaterialContent::PublicKey(material) = &bundle.verification_material.content else {
            return Self::Malformed("the bundle names neither a certificate nor a key".to_owned());
        };
        let made_it = |key: &&DerPublicKey| verify(bundle, key, digest).is_ok();
        let claimed = |key: &DerPublicKey| {
            let fingerprint = sha256(key.as_bytes());
            [fingerprint.to_base64(), fingerprint.to_string()].contains(&material.hint)
        };
        let keys: Vec<DerPublicKey> = request.keys.iter().map(|key| DerPublicKey::new(key.spki_der())).collect();
        let by = keys.iter().find(made_it).or_else(|| keys.iter().find(|key| claimed(key))).or_else(|| keys.first());
        by.map_or(Self::Unnamed, |key| Self::Managed { key: key.clone(), claimed: claimed(key) })
    }

    pub fn key(&self) -> Option<&DerPublicKey> {
        match self {
            Signer::Certificate(info) => Some(&info.public_key),
            Signer::Managed { key, .. } => Some(key),
            Signer::Unnamed | Signer::Malformed(_) => None,
        }
    }

    /// What the report says of the signer.
    pub fn describe(&self) -> Option<BundleSigner> {
        let fingerprint = Some(sha256(self.key()?.as_bytes()).to_string());
        let Signer::Certificate(info) = self else {
            return Some(BundleSigner { fingerprint, ..BundleSigner::default() });
        };
        Some(BundleSigner {
            identity: info.identity.as_ref().map(|name| name.as_str().to_owned()),
            issuer: info.issuer.clone(),
            fingerprint,
            not_before: Some(info.not_before.as_second()),
            not_after: Some(info.not_after.as_second()),
            claims: claims(&info.ci_claims),
        })
    }

    /// Whether the signature is by this signer's key; `settled` where `sigstore-verify` has said so.
    pub fn check_signature(&self, bundle: &Bundle, digest: Option<&ArtifactDigest>, settled: bool) -> Finding {
        let key = match self {
            Signer::Unnamed => return Finding::not_checked("Signed by a managed key, and you named none."),
            Signer::Malformed(why) => return Finding::not_checked(format!("There is no key to check it with: {why}.")),
            Signer::Certificate(info) => &info.public_key,
            Signer::Managed { key, .. } => key,
        };
        match if settled { Ok(()) } else { verify(bundle, key, digest) } {
            Ok(()) => Finding::passed(match self {
                Signer::Certificate(_) => "The signature is by the key of the certificate.",
                _ => "The signature is by a key that you named.",
            })
            .with("fingerprint", sha256(key.as_bytes()).to_string()),
            Err(Error::UnsupportedAlgorithm(what)) => Finding::not_checked(format!("Not supported: {what}.")),
            Err(_) if matches!(self, Signer::Managed { claimed: false, .. }) => {
                Finding::untrusted("The signature is by none of the keys that you named.")
            }
            Err(_) => Finding::failed("The signature does not match."),
        }
    }
}

/// The signature under `key`: over the envelope's pre-authentication encoding, or over the digest that the bundle
/// states, and where it states none over `digest`, the artifact's.
fn verify(bundle: &Bundle, key: &DerPublicKey, digest: Option<&ArtifactDigest>) -> Result<(), Error> {
    let algorithm = KeyAlgorithm::from_spki(key)?;
    let message = match &bundle.content {
        SignatureContent::DsseEnvelope(envelope) => {
            let scheme = algorithm.default_signing_scheme();
            return verify_signature(key, &envelope.pae(), &envelope.signature.sig, scheme);
        }
        SignatureContent::MessageSignature(message) => message,
        _ => return Err(Error::UnsupportedAlgorithm("this kind of signed content".to_owned())),
    };
    let (scheme, digest) = match (&message.message_digest, digest) {
        (Some(stated), _) => (algorithm.resolve_signing_scheme(stated.algorithm)?, stated.digest.as_bytes()),
        (None, Some(digest)) => (algorithm.default_signing_scheme(), digest.as_bytes()),
        (None, None) => return Err(Error::UnsupportedAlgorithm("a signature without the digest of a file".to_owned())),
    };
    if !SigningScheme::supports_prehashed(&scheme) {
        let what = format!("{} signs the file itself, and here is only its digest", scheme.name());
        return Err(Error::UnsupportedAlgorithm(what));
    }
    verify_signature_prehashed(key, digest, &message.signature, scheme)
}

/// What Fulcio's extensions (1.3.6.1.4.1.57264.1) say of the build, the older ones where the newer are missing.
fn claims(ci: &FulcioCiClaims) -> rekor_verifier::sorted::Map<String, String> {
    let old = &ci.deprecated_github;
    let named = [
        ("source_repository", ci.source_repository_uri.as_ref().or(old.workflow_repository.as_ref())),
        ("source_ref", ci.source_repository_ref.as_ref().or(old.workflow_ref.as_ref())),
        ("source_digest", ci.source_repository_digest.as_ref().or(old.workflow_sha.as_ref())),
        ("workflow", ci.build_config_uri.as_ref().or(old.workflow_name.as_ref())),
        ("workflow_digest", ci.build_config_digest.as_ref()),
        ("trigger", ci.build_trigger.as_ref().or(old.workflow_trigger.as_ref())),
        ("run", ci.run_invocation_uri.as_ref()),
        ("runner", ci.runner_environment.as_ref()),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.clone()))).collect()
}
