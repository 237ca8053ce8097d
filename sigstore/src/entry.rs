//! The log entry is about this bundle: the same digest, the same signature, the same certificate or key.

use crate::finding::Finding;
use crate::signer::Signer;
use rekor_verifier::bytes::{base64_decode, hex_encode};
use rekor_verifier::check::digest::sha256;
use sigstore_verify::rekor::body::{HashValue, PublicKeyContent, RekorEntryBody};
use sigstore_verify::types::{
    ArtifactDigest, Bundle, DerCertificate, DerPublicKey, DsseEnvelope, HashAlgorithm, SignatureContent,
    TransparencyLogEntry,
};

/// What an entry has to be about.
pub struct Expected<'a> {
    pub bundle: &'a Bundle,
    pub signer: &'a Signer,
    /// The artifact's digest, where one was given.
    pub digest: Option<&'a ArtifactDigest>,
}

/// Why an entry is not about the bundle.
enum Mismatch {
    /// It is about something else.
    Other(String),
    /// It cannot be compared.
    Unknown(String),
}

use Mismatch::{Other, Unknown};

impl Expected<'_> {
    pub fn check(&self, entry: &TransparencyLogEntry) -> Finding {
        let kind = entry.kind_version;
        let body = match RekorEntryBody::parse(&entry.canonicalized_body, kind) {
            Ok(body) => body,
            Err(error) => return Finding::failed(format!("The log entry is malformed: {error}.")),
        };
        match self.compare(&body) {
            Ok(()) => Finding::passed("The log entry is about this signature, by this key.")
                .with("kind", format!("{} {}", kind.kind(), kind.version())),
            Err(Other(what)) => Finding::failed(format!("The log entry is about something else: {what}.")),
            Err(Unknown(what)) => Finding::not_checked(format!("The log entry could not be compared: {what}.")),
        }
    }

    fn compare(&self, body: &RekorEntryBody) -> Result<(), Mismatch> {
        match (body, &self.bundle.content) {
            (RekorEntryBody::HashedRekordV001(body), SignatureContent::MessageSignature(message)) => {
                same("the signature", message.signature.as_bytes(), body.spec.signature.content.as_bytes())?;
                let HashValue { algorithm, value, .. } = &body.spec.data.hash;
                same(
                    "the digest",
                    self.signed_digest(algorithm.as_rekor_str())?.as_bytes(),
                    value.as_str().as_bytes(),
                )?;
                self.same_pem(&body.spec.signature.public_key)?;
                supported(*algorithm)
            }
            (RekorEntryBody::HashedRekordV002(body), content) => {
                let logged = &body.spec.hashed_rekord_v002;
                let (signature, digest) = match content {
                    SignatureContent::DsseEnvelope(envelope) => {
                        (&envelope.signature.sig, sha256(&envelope.pae()).to_string())
                    }
                    SignatureContent::MessageSignature(message) => {
                        (&message.signature, self.signed_digest(logged.data.algorithm.as_rekor_str())?)
                    }
                    _ => return Err(Unknown("this kind of signed content".to_owned())),
                };
                same("the signature", signature.as_bytes(), logged.signature.content.as_bytes())?;
                same("the digest", digest.as_bytes(), hex_encode(logged.data.digest.as_bytes()).as_bytes())?;
                let verifier = &logged.signature.verifier;
                let certificate = verifier.x509_certificate.as_ref().map(|it| &it.raw_bytes);
                self.same_signer(certificate, verifier.public_key.as_ref().map(|it| &it.raw_bytes))?;
                supported(logged.data.algorithm)
            }
            (RekorEntryBody::DsseV001(body), SignatureContent::DsseEnvelope(envelope)) => {
                let hash = &body.spec.payload_hash;
                same_payload(envelope, hash.algorithm.as_rekor_str(), &hash.value)?;
                let [logged] = body.spec.signatures.as_slice() else { return Err(Other("its signatures".to_owned())) };
                same("the signature", envelope.signature.sig.as_bytes(), logged.signature.as_bytes())?;
                self.same_text(logged.verifier.as_bytes())
            }
            (RekorEntryBody::IntotoV002(body), SignatureContent::DsseEnvelope(envelope)) => {
                let content = &body.spec.content;
                same_payload(
                    envelope,
                    content.payload_hash.algorithm.as_rekor_str(),
                    content.payload_hash.value.as_str(),
                )?;
                same("the payload type", envelope.payload_type.as_bytes(), content.envelope.payload_type.as_bytes())?;
                let [logged] = content.envelope.signatures.as_slice() else {
                    return Err(Other("its signatures".to_owned()));
                };
                // Rekor v1 has put base64 around what was base64 already.
                let text = std::str::from_utf8(logged.sig.as_bytes()).unwrap_or_default();
                let signature = base64_decode(text).unwrap_or_default();
                same("the signature", envelope.signature.sig.as_bytes(), &signature)?;
                self.same_text(logged.public_key.as_bytes())
            }
            _ => Err(Other("its kind does not fit what was signed".to_owned())),
        }
    }

    /// What was signed, as the bundle states it, and where it does not, the artifact: hexadecimal.
    fn signed_digest(&self, algorithm: &str) -> Result<String, Mismatch> {
        let SignatureContent::MessageSignature(message) = &self.bundle.content else {
            return Err(Unknown("what was signed has no digest".to_owned()));
        };
        let stated = message.message_digest.as_ref().map(|stated| (stated.algorithm, stated.digest.as_bytes()));
        let given = self.digest.map(|digest| (digest.algorithm(), digest.as_bytes()));
        let found = stated.into_iter().chain(given).find(|(name, _)| name.as_rekor_str() == algorithm);
        found
            .map(|(_, digest)| hex_encode(digest))
            .ok_or_else(|| Unknown(format!("the {algorithm} digest is not known")))
    }

    fn same_pem(&self, logged: &PublicKeyContent) -> Result<(), Mismatch> {
        self.same_text(logged.content.as_bytes())
    }

    /// The certificate or key as PEM.
    fn same_text(&self, pem: &[u8]) -> Result<(), Mismatch> {
        let pem = std::str::from_utf8(pem).map_err(|_| Other("its key is no PEM".to_owned()))?;
        let certificate = DerCertificate::from_pem(pem).ok();
        self.same_signer(certificate.as_ref(), DerPublicKey::from_pem(pem).ok().as_ref())
    }

    fn same_signer(&self, certificate: Option<&DerCertificate>, key: Option<&DerPublicKey>) -> Result<(), Mismatch> {
        let other = || Other("another key or certificate".to_owned());
        match self.signer {
            Signer::Certificate(_) | Signer::Malformed(_) => {
                let own = self.bundle.signing_certificate().ok_or_else(other)?;
                same("the certificate", own.as_bytes(), certificate.ok_or_else(other)?.as_bytes())
            }
            Signer::Managed { key: own, .. } => same("the key", own.as_bytes(), key.ok_or_else(other)?.as_bytes()),
            Signer::Unnamed => Err(Unknown("you named no key".to_owned())),
        }
    }
}

/// `sigstore-verify` compares the entry of a file by SHA-256, and without its word nothing is accepted.
fn supported(algorithm: HashAlgorithm) -> Result<(), Mismatch> {
    match algorithm {
        HashAlgorithm::Sha2256 => Ok(()),
        other => Err(Unknown(format!("a file that was signed by its {other} digest alone is not supported"))),
    }
}

fn same_payload(envelope: &DsseEnvelope, algorithm: &str, logged: &str) -> Result<(), Mismatch> {
    if algorithm != "sha256" {
        return Err(Unknown(format!("the payload's {algorithm} digest")));
    }
    same("the payload", sha256(envelope.payload.as_bytes()).to_string().as_bytes(), logged.as_bytes())
}

fn same(what: &str, ours: &[u8], logged: &[u8]) -> Result<(), Mismatch> {
    if ours == logged { Ok(()) } else { Err(Other(format!("{what} differs"))) }
}
