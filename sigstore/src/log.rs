//! What the log answers for: the entry stands in its tree, the tree head is signed, and so is the time of the entry.

use crate::finding::Finding;
use crate::trust::Anchors;
use rekor_verifier::Hash;
use rekor_verifier::bytes::{base64_encode, hex_encode};
use rekor_verifier::check::merkle::{leaf_hash, verify_inclusion};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::Note;
use rekor_verifier::report::inclusion_evidence;
use rekor_verifier::sigstore::{BundleEntry, BundleTime};
use sigstore_verify::trust_root::TransparencyLog;
use sigstore_verify::types::bundle::InclusionProof;
use sigstore_verify::types::{KindVersion, Sha256Hash, SignatureBytes, TransparencyLogEntry};

/// A checkpoint as read: what is signed, and by whom, both untrusted.
struct Head {
    note: Note,
    checkpoint: Checkpoint,
}

/// An entry and the log that it names.
pub struct LogEntry<'a> {
    pub entry: &'a TransparencyLogEntry,
    pub anchors: &'a Anchors,
    /// Seconds since 1970.
    pub now: i64,
}

impl LogEntry<'_> {
    /// Rekor v2 has one kind of entry, and no times.
    fn is_v2(&self) -> bool {
        self.entry.kind_version == KindVersion::HashedRekordV002
    }

    fn log(&self) -> Option<&TransparencyLog> {
        self.anchors.root.tlogs.iter().find(|log| log.log_id.key_id == self.entry.log_id.key_id)
    }

    fn log_id(&self) -> Option<Sha256Hash> {
        Sha256Hash::try_from(self.entry.log_id.key_id.as_bytes()).ok()
    }

    /// What the report says of the entry.
    pub fn describe(&self) -> BundleEntry {
        let kind = self.entry.kind_version;
        BundleEntry {
            log_id: hex_encode(self.entry.log_id.key_id.as_bytes()),
            log: self.log().map(|log| log.base_url.clone()),
            index: self.entry.log_index.get(),
            kind: format!("{} {}", kind.kind(), kind.version()),
            integrated_time: self.entry.integrated_time.map(|time| time.as_second()),
        }
    }

    /// The tree head that the proof came with. It is not optional: a proof for a root that nobody signed proves nothing.
    fn head(&self, proof: &InclusionProof) -> Result<Head, String> {
        if proof.checkpoint.is_empty() {
            return Err("The proof has no checkpoint, and without one it proves nothing.".to_owned());
        }
        let note = Note::parse(proof.checkpoint.envelope().as_bytes())
            .map_err(|error| format!("The checkpoint is malformed: {error}."))?;
        let checkpoint =
            Checkpoint::parse(&note.text).map_err(|error| format!("The checkpoint is malformed: {error}."))?;
        Ok(Head { note, checkpoint })
    }

    /// The leaf stands in the tree whose size and root the checkpoint states (RFC 6962 §2.1.1). The proof's own size and
    /// root prove nothing, but in Rekor v1 they must not say otherwise.
    pub fn check_inclusion(&self) -> Finding {
        let Some(proof) = &self.entry.inclusion_proof else {
            return Finding::not_checked(match self.entry.inclusion_promise {
                Some(_) => "The log promised to take the entry, and the bundle holds no proof that it did.",
                None => "The bundle holds no proof that the log has the entry.",
            });
        };
        let head = match self.head(proof) {
            Ok(head) => head.checkpoint,
            Err(why) => return Finding::failed(why),
        };
        let same = proof.tree_size == head.size && proof.root_hash.as_bytes() == head.root.as_bytes();
        if !self.is_v2() && !same {
            return Finding::failed("The proof is for another tree than its checkpoint.")
                .with("expected", head.size)
                .with("found", proof.tree_size);
        }
        let index = if self.is_v2() { self.entry.log_index } else { proof.log_index }.get();
        let hashes: Vec<Hash> = proof.hashes.iter().map(|hash| Hash::from_bytes(*hash.as_bytes())).collect();
        let leaf = leaf_hash(self.entry.canonicalized_body.as_bytes());
        let finding = match verify_inclusion(index, head.size, leaf, &hashes, head.root) {
            Ok(()) => Finding::passed(format!("The entry is number {index} of {} in the log's tree.", head.size)),
            Err(error) => Finding::failed(format!("The entry is not in the log's tree: {error}.")),
        };
        finding.with_all(&inclusion_evidence(index, &head, leaf, &hashes))
    }

    /// The checkpoint is signed by the very log that the entry names, under its key of the trusted root.
    pub fn check_checkpoint(&self) -> Finding {
        let Some(proof) = &self.entry.inclusion_proof else {
            return Finding::not_checked("The bundle holds no checkpoint of the log.");
        };
        let head = match self.head(proof) {
            Ok(head) => head,
            Err(why) => return Finding::failed(why),
        };
        let (Some(log), Some(id)) = (self.log(), self.log_id()) else {
            return Finding::untrusted("The trusted root does not name this log.")
                .with("found", hex_encode(self.entry.log_id.key_id.as_bytes()));
        };
        if self.is_v2() && head.checkpoint.origin != host(&log.base_url) {
            return Finding::failed("The checkpoint is of another log than the entry names.")
                .with("expected", host(&log.base_url))
                .with("found", head.checkpoint.origin);
        }
        if !self.signed(&head, &id) {
            return Finding::failed("The log that the entry names did not sign the checkpoint.");
        }
        Finding::passed(format!("The log {} signed the checkpoint.", log.base_url))
            .with("origin", head.checkpoint.origin)
            .with("size", head.checkpoint.size)
            .with("root", head.checkpoint.root.to_base64())
    }

    fn signed(&self, head: &Head, id: &Sha256Hash) -> bool {
        let started = jiff_time(self.now).and_then(|now| self.anchors.rekor_keys.key_started_by(id, now));
        let Some(key) = started else { return false };
        let named = |name: &str| !self.is_v2() || name == head.checkpoint.origin;
        head.note.signatures.iter().any(|line| {
            // A key's hint is the start of the log's ID: of SHA-256(SPKI) in v1, of the note key's long ID in v2.
            line.key_id[..] == id.as_bytes()[..4]
                && named(&line.name)
                && key.verify(head.note.text.as_bytes(), &SignatureBytes::from_bytes(&line.signature)).is_ok()
        })
    }

    /// The signed entry timestamp: RFC 8785 of body, time, log ID and index, under the key that was valid at that time.
    /// `settled` where `sigstore-verify` has said so.
    pub fn check_promise(&self, settled: bool) -> (Finding, Option<BundleTime>) {
        let Some(promise) = self.entry.inclusion_promise.as_ref().filter(|_| !self.is_v2()) else {
            return (Finding::not_checked("The log signed no time for this entry.").optional(), None);
        };
        let (Some(log), Some(id)) = (self.log(), self.log_id()) else {
            return (Finding::untrusted("The trusted root does not name this log."), None);
        };
        let Some(time) = self.entry.integrated_time else {
            return (Finding::failed("The log's promise is without a time."), None);
        };
        if time.as_second() > self.now {
            return (
                Finding::failed("The log's time for the entry is in the future.").with("found", time.as_second()),
                None,
            );
        }
        let Some(key) = self.anchors.rekor_keys.key_at(&id, time) else {
            return (Finding::failed("The log's key was not valid at the time that it signed for."), None);
        };
        let body = base64_encode(self.entry.canonicalized_body.as_bytes());
        let (time, index) = (time.as_second(), self.entry.log_index.get());
        let id = hex_encode(id.as_bytes());
        let payload = format!(r#"{{"body":"{body}","integratedTime":{time},"logID":"{id}","logIndex":{index}}}"#);
        let signature = SignatureBytes::from_bytes(promise.signed_entry_timestamp.as_bytes());
        if !settled && key.verify(payload.as_bytes(), &signature).is_err() {
            return (Finding::failed("The log did not sign this time for this entry."), None);
        }
        let voucher = log.base_url.clone();
        (
            Finding::passed(format!("The log {voucher} signed when it took the entry.")).with("time", time),
            Some(BundleTime { time, voucher }),
        )
    }
}

/// The time in the form that the trusted root's windows have.
pub fn jiff_time(seconds: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(seconds).ok()
}

/// What a Rekor v2 log's origin is: its base address without scheme.
fn host(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/')
}
