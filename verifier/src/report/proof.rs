//! Proofs as evidence: every hash on the way, so that they can be drawn and followed by hand.

use crate::Hash;
use crate::check::merkle::{PathStep, Side, audit_path};
use crate::format::checkpoint::Checkpoint;
use crate::format::json::Value;

/// The way from a leaf to the root that `head` states: `index`, `size`, `root` (base64, as in the checkpoint),
/// `leaf_hash`, and, where the proof has as many hashes as these positions need, `path` with an object
/// `{side, hash, node}` for each level: the given hash, on which side it stands, and the hash that was computed of both.
/// The last of them is `computed_root`, in base64. Hashes are hexadecimal.
pub fn inclusion_evidence(index: u64, head: &Checkpoint, leaf: Hash, proof: &[Hash]) -> Value {
    let mut evidence = Value::Object(Vec::new());
    let mut add = |key: &str, value: Value| evidence.set(key, value);
    add("index", index.into());
    add("size", head.size.into());
    add("root", head.root.to_base64().into());
    add("leaf_hash", leaf.to_string().into());
    if let Ok(path) = audit_path(index, head.size, leaf, proof) {
        let root = path.last().map_or(leaf, |step| step.node);
        add("path", Value::Array(path.iter().map(level).collect()));
        add("computed_root", root.to_base64().into());
    }
    evidence
}

fn level(step: &PathStep) -> Value {
    let side = match step.side {
        Side::Left => "left",
        Side::Right => "right",
    };
    let (hash, node) = (step.sibling.to_string(), step.node.to_string());
    Value::object(vec![("side", side.into()), ("hash", hash.into()), ("node", node.into())])
}
