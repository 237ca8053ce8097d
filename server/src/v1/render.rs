//! An entry as Rekor v1 shows it.

use crate::answer::Refused;
use crate::entry_id::entry_id;
use rekor_log::Log;
use rekor_verifier::Hash;
use rekor_verifier::bytes::base64_encode;
use rekor_verifier::format::entry::LinkEntry;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Entries by their IDs, as one JSON object.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// An entry with a proof in the newest tree.
#[derive(Serialize)]
pub(crate) struct Entry {
    /// The leaf, in base64.
    body: String,
    #[serde(rename = "integratedTime")]
    integrated_time: u64,
    #[serde(rename = "logID", serialize_with = "as_text")]
    log_id: Hash,
    #[serde(rename = "logIndex")]
    log_index: u64,
    verification: Verification,
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation: Option<Attestation>,
}

#[derive(Serialize)]
struct Verification {
    #[serde(rename = "inclusionProof")]
    inclusion_proof: InclusionProof,
    #[serde(rename = "signedEntryTimestamp", skip_serializing_if = "Option::is_none")]
    signed_entry_timestamp: Option<String>,
}

#[derive(Serialize)]
struct InclusionProof {
    checkpoint: String,
    hashes: Vec<String>,
    #[serde(rename = "logIndex")]
    log_index: u64,
    #[serde(rename = "rootHash", serialize_with = "as_text")]
    root_hash: Hash,
    #[serde(rename = "treeSize")]
    tree_size: u64,
}

/// The link file's own bytes in base64.
#[derive(Serialize)]
struct Attestation {
    data: String,
}

fn as_text<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

/// What of an entry does not depend on the tree, in base64: known as soon as the entry is.
pub(crate) struct Parts {
    /// The leaf.
    pub body: String,
    /// The link file, where the log keeps it.
    pub attestation: Option<String>,
}

impl Parts {
    fn read(log: &Log, index: u64) -> Result<Self, Refused> {
        let leaf = log.entry(index)?;
        Ok(Self { attestation: link_file(log, &leaf)?.as_deref().map(base64_encode), body: base64_encode(&leaf) })
    }

    /// Entry `index`, which these are the parts of.
    pub(crate) fn entry(self, log: &Log, index: u64) -> Result<Entry, Refused> {
        let timestamp = log.signed_entry_timestamp(index, &self.body)?;
        let signed_entry_timestamp = timestamp.as_deref().map(base64_encode);
        let inclusion_proof = inclusion_proof(log, index)?;
        Ok(Entry {
            body: self.body,
            integrated_time: log.time_of(index)?,
            log_id: log.log_id(),
            log_index: index,
            verification: Verification { inclusion_proof, signed_entry_timestamp },
            attestation: self.attestation.map(|data| Attestation { data }),
        })
    }
}

/// `{"<entryID>": {…}}` for one entry.
pub(crate) fn entry(log: &Log, index: u64) -> Result<Entries, Refused> {
    let entry = Parts::read(log, index)?.entry(log, index)?;
    Ok(Entries::from([(entry_id(log, &log.leaf_hash(index)?), entry)]))
}

/// Proof and checkpoint come from one head: the tree may grow meanwhile.
fn inclusion_proof(log: &Log, index: u64) -> Result<InclusionProof, Refused> {
    let head = log.head();
    let hashes = log.inclusion_proof(index, head.size)?;
    Ok(InclusionProof {
        checkpoint: head.checkpoint_v1,
        hashes: hashes.iter().map(ToString::to_string).collect(),
        log_index: index,
        root_hash: head.root,
        tree_size: head.size,
    })
}

/// The link file's own bytes, where the log keeps them.
fn link_file(log: &Log, leaf: &[u8]) -> Result<Option<Vec<u8>>, Refused> {
    match LinkEntry::parse(leaf) {
        Ok(entry) => Ok(log.blob(&entry.file)?),
        Err(_) => Ok(None),
    }
}
