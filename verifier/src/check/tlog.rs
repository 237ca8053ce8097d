//! A log's checkpoint under the reader's policy: who signed it, who cosigned it.

use super::merkle::{ProofError, verify_history};
use super::signature;
use crate::Hash;
use crate::extras::{self, Unavailable};
use crate::format::checkpoint::{Checkpoint, CheckpointError};
use crate::format::note::{KeyType, Note, NoteError, NoteSignature, Vkey};
use crate::policy::{Policy, TrustedLog};
use crate::sorted::Set;
use std::fmt;

/// A checkpoint signed by a log that the policy names. There is no other way to make one than [`open`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    vkey: Vkey,
    witnesses: Set<usize>,
    cosignatures: Vec<(String, Option<u64>)>,
    strangers: Vec<String>,
    unchecked: Vec<String>,
}

impl SignedCheckpoint {
    /// The tree head that was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The key of the log that signed it.
    pub fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// Positions, among the policy's witnesses, of those whose cosignatures hold.
    pub fn witnesses(&self) -> &Set<usize> {
        &self.witnesses
    }

    /// Names of the policy's witnesses whose cosignatures hold, and when each says that it signed, in seconds since
    /// 1970.
    pub fn cosignatures(&self) -> &[(String, Option<u64>)] {
        &self.cosignatures
    }

    /// Names of the policy's witnesses whose cosignatures were not checked, because what checks them is not at hand.
    pub fn unchecked(&self) -> &[String] {
        &self.unchecked
    }

    /// Names under which other keys signed, as they stand in the note: nobody has checked them.
    pub fn strangers(&self) -> &[String] {
        &self.strangers
    }
}

/// Why a checkpoint is not one of a trusted log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Not a signed note.
    Note(NoteError),
    /// A signed note, but no checkpoint.
    Checkpoint(CheckpointError),
    /// A key that the policy names signed it, and the signature is bad.
    BadSignature {
        /// The name of the key.
        name: String,
    },
    /// The policy names a log for this origin or this address, and other keys signed.
    OtherKey {
        /// The key that should have signed.
        expected: Vkey,
        /// The origin that the checkpoint names.
        origin: String,
    },
    /// The policy names no log that signed this. What the checkpoint says, for display.
    Untrusted {
        /// The tree head as stated, by nobody whom the policy names.
        checkpoint: Checkpoint,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Note(error) => error.fmt(f),
            OpenError::Checkpoint(error) => error.fmt(f),
            OpenError::BadSignature { name } => write!(f, "the checkpoint's signature by {name} does not match"),
            OpenError::OtherKey { expected, origin } => {
                write!(
                    f,
                    "the checkpoint of {origin} is not signed by the key that you trust for this log ({expected})"
                )
            }
            OpenError::Untrusted { checkpoint } => {
                write!(f, "the checkpoint is by {}, a log that you have not named", checkpoint.origin)
            }
        }
    }
}

impl std::error::Error for OpenError {}

/// Opens the signed note that a log serves as its checkpoint.
///
/// 1. The note and its text are read.
/// 2. Signatures by keys that the policy names are verified; one that is bad rejects the whole note. Signatures by
///    other keys are ignored (C2SP signed-note).
/// 3. The log is the one of the policy that signed under the checkpoint's origin; a policy may name several keys for
///    it. `expected` is the log that the policy ties to the address that was asked.
pub fn open(note: &[u8], policy: &Policy, expected: Option<&TrustedLog>) -> Result<SignedCheckpoint, OpenError> {
    let note = Note::parse(note).map_err(OpenError::Note)?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(OpenError::Checkpoint)?;
    let mut signers = Vec::new();
    for log in &policy.logs {
        if signed(&note, &checkpoint, &log.vkey)? == Ok(true) && log.vkey.is_of(&checkpoint.origin) {
            signers.push(log);
        }
    }
    let meant = |log: &&&TrustedLog| expected.is_none_or(|expected| same_log(log, expected));
    let vkey = match signers.iter().find(meant) {
        Some(log) => log.vkey.clone(),
        None => {
            let named = expected.or_else(|| policy.logs.iter().find(|log| log.vkey.is_of(&checkpoint.origin)));
            return Err(match named {
                Some(log) => OpenError::OtherKey { expected: log.vkey.clone(), origin: checkpoint.origin },
                None => OpenError::Untrusted { checkpoint },
            });
        }
    };
    let mut witnesses = Set::new();
    let (mut cosignatures, mut unchecked) = (Vec::new(), Vec::new());
    for (i, (name, witness)) in policy.witnesses.members.iter().enumerate() {
        match signed(&note, &checkpoint, witness)? {
            Ok(true) => {
                witnesses.insert(i);
                cosignatures.push((name.clone(), time_of(&note, witness)));
            }
            Ok(false) => {}
            Err(Unavailable) => unchecked.push(name.clone()),
        }
    }
    let strangers = strangers(&note, policy);
    Ok(SignedCheckpoint { checkpoint, vkey, witnesses, cosignatures, strangers, unchecked })
}

/// Whether two lines of a policy are about one log: it may have changed its key, and the reader trusts both.
fn same_log(one: &TrustedLog, other: &TrustedLog) -> bool {
    one.vkey.name == other.vkey.name && one.url == other.url
}

/// When `vkey` says that it signed; a log's own signature has no time.
fn time_of(note: &Note, vkey: &Vkey) -> Option<u64> {
    let line = note.signatures.iter().find(|line| by(line, vkey))?;
    vkey.key_type.stamps().then(|| timestamped(&line.signature))?.map(|(time, _)| time)
}

/// The names in signature lines of keys that the policy does not name.
fn strangers(note: &Note, policy: &Policy) -> Vec<String> {
    let logs = policy.logs.iter().map(|log| &log.vkey);
    let known: Vec<&Vkey> = logs.chain(policy.witnesses.members.iter().map(|(_, vkey)| vkey)).collect();
    let strange = note.signatures.iter().filter(|line| !known.iter().any(|vkey| by(line, vkey)));
    strange.map(|line| line.name.clone()).collect()
}

/// Whether a line carries the name and the ID of a key.
fn by(line: &NoteSignature, vkey: &Vkey) -> bool {
    line.name == vkey.name && line.key_id == vkey.key_id()
}

/// Whether `vkey` signed the note, as far as that can be checked; every line that carries its name and ID must hold.
fn signed(note: &Note, head: &Checkpoint, vkey: &Vkey) -> Result<Result<bool, Unavailable>, OpenError> {
    let mut found = false;
    for line in note.signatures.iter().filter(|line| by(line, vkey)) {
        match line_holds(note, head, line, vkey) {
            Ok(true) => found = true,
            Ok(false) => return Err(OpenError::BadSignature { name: vkey.name.clone() }),
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Ok(found))
}

fn line_holds(note: &Note, head: &Checkpoint, line: &NoteSignature, vkey: &Vkey) -> Result<bool, Unavailable> {
    Ok(match vkey.key_type {
        KeyType::Ed25519 => ed25519_holds(&vkey.key, note.text.as_bytes(), &line.signature),
        KeyType::EcdsaP256 => {
            vkey.ecdsa().is_some_and(|key| signature::verify(&key, note.text.as_bytes(), &line.signature).is_ok())
        }
        KeyType::CosignatureV1 => timestamped(&line.signature).is_some_and(|(time, signature)| {
            let message = format!("cosignature/v1\ntime {time}\n{}", note.text);
            ed25519_holds(&vkey.key, message.as_bytes(), signature)
        }),
        KeyType::MlDsa44 => {
            let signed = timestamped(&line.signature)
                .and_then(|(time, signature)| Some((cosigned_message(&vkey.name, time, head)?, signature)));
            let holds = signed.map(|(message, signature)| extras::ml_dsa_holds(&vkey.key, &message, signature));
            holds.transpose()? == Some(true)
        }
    })
}

/// C2SP tlog-cosignature, `timestamped_signature`: seconds since 1970, big-endian and below 2⁶³, then the signature.
fn timestamped(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    (time < 1 << 63).then_some((time, signature))
}

/// C2SP tlog-cosignature, `cosigned_message`: the tree head as the subtree that begins at the first leaf. Extension
/// lines of the checkpoint are no part of it. `None` where a name is longer than the structure can hold.
fn cosigned_message(cosigner: &str, time: u64, head: &Checkpoint) -> Option<Vec<u8>> {
    let start: u64 = 0;
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(u8::try_from(cosigner.len()).ok()?);
    message.extend(cosigner.as_bytes());
    message.extend(time.to_be_bytes());
    message.push(u8::try_from(head.origin.len()).ok()?);
    message.extend(head.origin.as_bytes());
    message.extend(start.to_be_bytes());
    message.extend(head.size.to_be_bytes());
    message.extend(head.root.as_bytes());
    Some(message)
}

fn ed25519_holds(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = ed25519_dalek::VerifyingKey::try_from(key);
    let signature = ed25519_dalek::Signature::from_slice(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_strict(message, &signature).is_ok())
}

/// How two tree heads of one log, each signed by it, relate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum History {
    /// The same tree, or the later head extends the earlier one.
    Kept,
    /// The present head is older, and the beginning of the one seen before.
    Older,
    /// Proven: neither tree is the beginning of the other.
    Forked,
    /// The present tree is empty, the one seen before was not.
    Emptied,
    /// The proof does not hold, which proves nothing by itself.
    Unproven(ProofError),
}

/// Compares the head `now` with one seen `before`; `proof` ([`crate::check::merkle::Tiles::history_proof`]) leads from
/// the smaller tree to the larger.
pub fn compare(before: &Checkpoint, now: &Checkpoint, proof: &[Hash]) -> History {
    if before.size == 0 {
        return History::Kept;
    }
    if now.size == 0 {
        return History::Emptied;
    }
    if now.size == before.size {
        return if now.root == before.root { History::Kept } else { History::Forked };
    }
    let older = now.size < before.size;
    let (small, large) = if older { (now, before) } else { (before, now) };
    match verify_history(small.size, large.size, proof, small.root, large.root) {
        Ok(()) if older => History::Older,
        Ok(()) => History::Kept,
        Err(ProofError::Forked { .. }) => History::Forked,
        Err(error) => History::Unproven(error),
    }
}
