//! Entries of Rekor logs, v1 and v2, under the keys of the logs that the reader trusts.

use super::merkle::{ProofError, leaf_hash, verify_inclusion};
use super::signature;
use crate::Hash;
use crate::bytes::base64_encode;
use crate::format::checkpoint::{Checkpoint, CheckpointError};
use crate::format::key::{KeyError, PublicKey};
use crate::format::note::{Note, NoteError};
use crate::format::rekor_entry::{InclusionProof, RekorEntry};
use crate::format::trusted_root::RekorLog;
use std::fmt;

/// Which Rekor wrote an entry: their checkpoints and times differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// sigstore/rekor: the log's own time under its signature, one tree after another.
    V1,
    /// sigstore/rekor-tiles: no time, one tree.
    V2,
}

/// What came of each step; none of them stands for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps<'a> {
    /// The log that the entry names, among those that the reader trusts.
    pub log: Result<&'a RekorLog, RekorError>,
    /// The leaf's hash; it is what the entry's ID says.
    pub leaf: Result<Hash, RekorError>,
    /// The tree head, signed by that log.
    pub checkpoint: Result<Checkpoint, RekorError>,
    /// Whether the leaf is in the tree of the checkpoint. Where no trusted log signed that, it is the tree as stated.
    pub inclusion: Result<(), RekorError>,
    /// Index and tree for which the proof was checked, where it could be.
    pub position: Option<(u64, Checkpoint)>,
    /// When the log took the entry, in seconds since 1970, under its signature (v1). It is the log's word.
    pub time: Result<i64, RekorError>,
}

impl Steps<'_> {
    /// Whether the entry is proven to be in a log that the reader trusts. The time is a matter of its own.
    pub fn is_recorded(&self) -> bool {
        self.log.is_ok() && self.leaf.is_ok() && self.checkpoint.is_ok() && self.inclusion.is_ok()
    }
}

/// Why a step does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RekorError {
    /// The entry names a log that the reader does not trust.
    UnknownLog(Hash),
    /// The log's key is of a type that cannot be used.
    UnsupportedKey(KeyError),
    /// The entry's ID is that of another leaf.
    OtherEntry {
        /// The ID.
        id: String,
        /// The leaf's hash.
        found: Hash,
    },
    /// The entry comes without a proof of inclusion.
    NoProof,
    /// The proof comes without a checkpoint, and so proves nothing.
    NoCheckpoint,
    /// The checkpoint is not a signed note.
    Note(NoteError),
    /// The checkpoint is a signed note, but no tree head.
    Checkpoint(CheckpointError),
    /// The log's key did not sign the checkpoint.
    NotSigned,
    /// The log's key signed the checkpoint, and the signature does not match.
    BadCheckpoint,
    /// The checkpoint is of another log.
    Origin {
        /// The name of the log.
        expected: String,
        /// What the checkpoint says.
        found: String,
    },
    /// The proof is for another tree than its checkpoint.
    OtherTree {
        /// Size and root of the checkpoint.
        checkpoint: (u64, Hash),
        /// Size and root that the proof states.
        proof: (u64, Hash),
    },
    /// The proof does not lead from the entry to the root.
    Proof(ProofError),
    /// The entry comes without a signed time.
    NoTime,
    /// The signature over the entry's time does not match.
    BadTime,
    /// The log's key did not count at the time that the entry states.
    KeyNotValid {
        /// The time, in seconds since 1970.
        time: i64,
    },
}

impl fmt::Display for RekorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RekorError::UnknownLog(id) => write!(f, "the entry is by the log {id}, which you have not named"),
            RekorError::UnsupportedKey(error) => write!(f, "the log's key cannot be used: {error}"),
            RekorError::OtherEntry { id, found } => {
                write!(f, "the entry's ID is {id}, and its content has the hash {found}")
            }
            RekorError::NoProof => f.write_str("the entry comes without a proof of inclusion"),
            RekorError::NoCheckpoint => f.write_str("the proof comes without a checkpoint, and so proves nothing"),
            RekorError::Note(error) => error.fmt(f),
            RekorError::Checkpoint(error) => error.fmt(f),
            RekorError::NotSigned => f.write_str("the checkpoint is not signed by the log's key"),
            RekorError::BadCheckpoint => f.write_str("the log's signature on the checkpoint does not match"),
            RekorError::Origin { expected, found } => {
                write!(f, "the checkpoint is of {found:?}, expected that of {expected:?}")
            }
            RekorError::OtherTree { checkpoint, proof } => write!(
                f,
                "the proof is for a tree of {} entries with the root {}, its checkpoint for {} and {}",
                proof.0, proof.1, checkpoint.0, checkpoint.1
            ),
            RekorError::Proof(error) => error.fmt(f),
            RekorError::NoTime => f.write_str("the entry comes without a signed time"),
            RekorError::BadTime => f.write_str("the log's signature over the entry and its time does not match"),
            RekorError::KeyNotValid { time } => {
                write!(f, "the log's key did not count at the time that the entry states ({time} s after 1970)")
            }
        }
    }
}

impl std::error::Error for RekorError {}

/// Checks an entry against the logs that the reader trusts.
///
/// 1. The log ID names one of them; of several with that ID, one whose key counted at the entry's time.
/// 2. The leaf's hash is the end of the entry's ID, where it has one.
/// 3. The checkpoint is signed by the log: any signature line with the key's ID must hold. In v2, origin and the key's
///    name are the host of the log's address.
/// 4. The leaf's hash leads to the checkpoint's root (RFC 9162 §2.1.3.2). In v1, the proof states its own index, size
///    and root, and the latter two must be the checkpoint's; in v2, only the entry's index counts.
/// 5. In v1, the signed entry timestamp holds over body, time, log ID and index, and the key counted at that time.
pub fn check<'a>(entry: &RekorEntry, generation: Generation, logs: &'a [RekorLog]) -> Steps<'a> {
    let mut named = logs.iter().filter(|log| log.log_id == entry.log_id);
    let counted = named.clone().find(|log| entry.time.is_none_or(|time| log.counts_at(time)));
    let log = counted.or_else(|| named.next()).ok_or(RekorError::UnknownLog(entry.log_id));
    let leaf = leaf(entry);
    let checkpoint = log.clone().and_then(|log| checkpoint(entry, generation, log));
    let position = position(entry, generation, checkpoint.as_ref().ok());
    let inclusion = position.as_ref().map_err(Clone::clone).and_then(|(index, head)| inclusion(entry, *index, head));
    let time = match generation {
        Generation::V1 => log.clone().and_then(|log| time(entry, log)),
        Generation::V2 => Err(RekorError::NoTime),
    };
    Steps { log, leaf, checkpoint, inclusion, position: position.ok(), time }
}

fn leaf(entry: &RekorEntry) -> Result<Hash, RekorError> {
    let found = leaf_hash(&entry.leaf);
    match &entry.id {
        Some(id) if !id.ends_with(&found.to_string()) => Err(RekorError::OtherEntry { id: id.clone(), found }),
        _ => Ok(found),
    }
}

fn note(entry: &RekorEntry) -> Result<(&InclusionProof, Note, Checkpoint), RekorError> {
    let proof = entry.proof.as_ref().ok_or(RekorError::NoProof)?;
    if proof.checkpoint.is_empty() {
        return Err(RekorError::NoCheckpoint);
    }
    let note = Note::parse(proof.checkpoint.as_bytes()).map_err(RekorError::Note)?;
    let head = Checkpoint::parse(&note.text).map_err(RekorError::Checkpoint)?;
    Ok((proof, note, head))
}

fn checkpoint(entry: &RekorEntry, generation: Generation, log: &RekorLog) -> Result<Checkpoint, RekorError> {
    let (_, note, head) = note(entry)?;
    let key = usable(log)?;
    let id = match generation {
        Generation::V1 => log.v1_id(),
        Generation::V2 => log.v2_id(),
    };
    let mut signed = false;
    for line in &note.signatures {
        // v1 logs sign under whatever name they were started with.
        let named = generation == Generation::V1 || line.name == log.host();
        if named && id.is_some_and(|id| id.as_bytes().starts_with(&line.key_id)) {
            let good = signature::verify(key, note.text.as_bytes(), &line.signature).is_ok();
            signed = if good { true } else { return Err(RekorError::BadCheckpoint) };
        }
    }
    match signed {
        false => Err(RekorError::NotSigned),
        true if generation == Generation::V2 && head.origin != log.host() => {
            Err(RekorError::Origin { expected: log.host().to_owned(), found: head.origin })
        }
        true => Ok(head),
    }
}

/// Where the leaf has to stand, and in which tree.
fn position(
    entry: &RekorEntry,
    generation: Generation,
    signed: Option<&Checkpoint>,
) -> Result<(u64, Checkpoint), RekorError> {
    let (proof, _, stated) = note(entry)?;
    let head = signed.cloned().unwrap_or(stated);
    match generation {
        Generation::V1 if (proof.size, proof.root) != (head.size, head.root) => {
            let (checkpoint, proof) = ((head.size, head.root), (proof.size, proof.root));
            Err(RekorError::OtherTree { checkpoint, proof })
        }
        Generation::V1 => Ok((proof.index, head)),
        Generation::V2 => Ok((entry.index, head)),
    }
}

fn inclusion(entry: &RekorEntry, index: u64, head: &Checkpoint) -> Result<(), RekorError> {
    let proof = entry.proof.as_ref().ok_or(RekorError::NoProof)?;
    verify_inclusion(index, head.size, leaf_hash(&entry.leaf), &proof.hashes, head.root).map_err(RekorError::Proof)
}

/// The signed entry timestamp is over the canonical JSON (RFC 8785) of these four members; none of them needs escapes.
fn time(entry: &RekorEntry, log: &RekorLog) -> Result<i64, RekorError> {
    let (Some(time), Some(promise)) = (entry.time, &entry.promise) else { return Err(RekorError::NoTime) };
    let message = format!(
        r#"{{"body":"{}","integratedTime":{time},"logID":"{}","logIndex":{}}}"#,
        base64_encode(&entry.leaf),
        entry.log_id,
        entry.index
    );
    signature::verify(usable(log)?, message.as_bytes(), promise).map_err(|_| RekorError::BadTime)?;
    match log.counts_at(time) {
        true => Ok(time),
        false => Err(RekorError::KeyNotValid { time }),
    }
}

fn usable(log: &RekorLog) -> Result<&PublicKey, RekorError> {
    log.key.as_ref().map_err(|error| RekorError::UnsupportedKey(error.clone()))
}
