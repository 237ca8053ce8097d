//! An entry as Rekor v1 shows it.

use crate::answer::Refused;
use crate::entry_id::entry_id;
use rekor_log::Log;
use rekor_verifier::bytes::base64_encode;
use rekor_verifier::format::entry::LinkEntry;
use serde_json::{Map, Value, json};

/// `{"<entryID>": {…}}`, with a proof in the newest tree.
pub(crate) fn entry(log: &Log, index: u64) -> Result<Value, Refused> {
    let leaf = log.entry(index)?;
    let body = base64_encode(&leaf);
    let timestamp = log.signed_entry_timestamp(index, &body)?;
    let mut entry = json!({
        "body": body,
        "integratedTime": log.time_of(index)?,
        "logID": log.log_id().to_string(),
        "logIndex": index,
        "verification": {
            "inclusionProof": inclusion_proof(log, index)?,
            "signedEntryTimestamp": base64_encode(&timestamp),
        },
    });
    if let Some(file) = link_file(log, &leaf)? {
        entry["attestation"] = json!({ "data": base64_encode(&file) });
    }
    let mut answer = Map::new();
    answer.insert(entry_id(log, &log.leaf_hash(index)?), entry);
    Ok(Value::Object(answer))
}

/// Proof and checkpoint come from one head: the tree may grow meanwhile.
fn inclusion_proof(log: &Log, index: u64) -> Result<Value, Refused> {
    let head = log.head();
    let hashes = log.inclusion_proof(index, head.size)?;
    Ok(json!({
        "checkpoint": head.checkpoint_v1,
        "hashes": hashes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "logIndex": index,
        "rootHash": head.root.to_string(),
        "treeSize": head.size,
    }))
}

/// The link file's own bytes, where the log keeps them.
fn link_file(log: &Log, leaf: &[u8]) -> Result<Option<Vec<u8>>, Refused> {
    match LinkEntry::parse(leaf) {
        Ok(entry) => Ok(log.blob(&entry.file)?),
        Err(_) => Ok(None),
    }
}
