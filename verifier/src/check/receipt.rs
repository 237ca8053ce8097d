//! A receipt under the reader's policy: the leaf, its inclusion, the checkpoint, the witnesses.

use super::merkle::{ProofError, leaf_hash, verify_inclusion};
use super::tlog::{self, OpenError, SignedCheckpoint};
use crate::format::checkpoint::Checkpoint;
use crate::format::receipt::Receipt;
use crate::policy::Policy;
use std::fmt;

/// What came of each step; none of them stands for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps<'a> {
    /// The entry that the receipt is for: the one that was given, else the one that the receipt carries.
    pub leaf: Result<&'a [u8], NoLeaf>,
    /// The checkpoint, signed by a log that the policy names.
    pub checkpoint: Result<SignedCheckpoint, OpenError>,
    /// Whether the leaf stands at the receipt's index in the tree of the checkpoint. Where nobody whom the policy
    /// names signed that, it is the tree as stated.
    pub inclusion: Result<(), NotIncluded>,
    /// Whether the witnesses that the policy asks for cosigned the checkpoint; so also where it asks for none.
    pub quorum: bool,
    index: u64,
}

/// An entry that a log of the policy is proven to hold. There is no other way to make one than [`Steps::recorded`].
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    leaf: &'a [u8],
    index: u64,
    checkpoint: &'a SignedCheckpoint,
}

impl Recorded<'_> {
    /// The entry's bytes.
    pub fn leaf(&self) -> &[u8] {
        self.leaf
    }

    /// Its position in the log, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The tree head that it was proven against.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        self.checkpoint
    }
}

/// The receipt carries no entry, and none was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoLeaf;

impl fmt::Display for NoLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receipt carries no entry, and none was given")
    }
}

impl std::error::Error for NoLeaf {}

/// Why the entry is not shown to be in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIncluded {
    /// There is no entry to look for.
    NoLeaf,
    /// The checkpoint cannot be read, so that there is no tree to look in.
    NoTree,
    /// The proof does not lead from the entry to the root.
    Proof(ProofError),
}

impl fmt::Display for NotIncluded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotIncluded::NoLeaf => NoLeaf.fmt(f),
            NotIncluded::NoTree => f.write_str("the receipt's checkpoint cannot be read"),
            NotIncluded::Proof(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotIncluded {}

/// Checks a receipt (C2SP tlog-proof) for the entry `leaf`, or for the one that it carries as extra data.
///
/// 1. The checkpoint is opened: size and root come from what was signed.
/// 2. The leaf's hash leads by the proof to that root (RFC 9162 §2.1.3.2).
/// 3. The witnesses that the policy asks for cosigned it.
///
/// What the receipt carries is hashed into the tree, so that a wrong entry shows as a wrong proof.
pub fn check<'a>(receipt: &'a Receipt, leaf: Option<&'a [u8]>, policy: &Policy) -> Steps<'a> {
    let carried = Some(&receipt.extra[..]).filter(|extra| !extra.is_empty());
    let leaf = leaf.or(carried).ok_or(NoLeaf);
    let note = receipt.checkpoint.as_bytes();
    let checkpoint = tlog::open(note, policy, None);
    let tree = match &checkpoint {
        Ok(signed) => Some(signed.checkpoint().clone()),
        Err(_) => Checkpoint::stated_in(note),
    };
    let inclusion = match (leaf, tree) {
        (Err(NoLeaf), _) => Err(NotIncluded::NoLeaf),
        (Ok(_), None) => Err(NotIncluded::NoTree),
        (Ok(leaf), Some(tree)) => {
            verify_inclusion(receipt.index, tree.size, leaf_hash(leaf), &receipt.hashes, tree.root)
                .map_err(NotIncluded::Proof)
        }
    };
    let quorum = matches!(&checkpoint, Ok(signed) if policy.witnesses.satisfied_by(signed.witnesses()));
    Steps { leaf, checkpoint, inclusion, quorum, index: receipt.index }
}

impl Steps<'_> {
    /// The entry with its place, where every step holds.
    pub fn recorded(&self) -> Option<Recorded<'_>> {
        match (self.leaf, &self.checkpoint, self.inclusion, self.quorum) {
            (Ok(leaf), Ok(checkpoint), Ok(()), true) => Some(Recorded { leaf, index: self.index, checkpoint }),
            _ => None,
        }
    }
}
