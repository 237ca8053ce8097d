//! One entry of a log against one link file: leaf, bytes, digest list, inclusion.

use super::log::entries;
use super::sentence;
use crate::bytes::split_once;
use crate::check::digest::sha256;
use crate::check::link::{AdmitError, entry_of};
use crate::check::merkle::{leaf_hash, root_of_inclusion, verify_inclusion};
use crate::check::tlog::{self, History};
use crate::evidence::{OwnProof, Record};
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::LinkEntry;
use crate::format::link::Link;
use crate::report::{Check, CheckId, Outcome, inclusion_evidence};

/// Checks `record` as an entry for the link file with these bytes.
///
/// 1. The leaf is named by its hash, and is what the link file gives with the leaf's own keys.
/// 2. Bytes that the log returned are those of the file.
/// 3. The digest list is the link's.
/// 4. The leaf stands in the tree of the checkpoint.
/// 5. The proof that came with the entry says the same.
pub(super) fn check(
    record: &Record,
    entry: &LinkEntry,
    file: &[u8],
    link: &Link,
    head: Option<&Checkpoint>,
) -> Vec<Check> {
    let mut checks = check_contents(record, entry, file, link);
    checks.extend(tree(record, head));
    checks
}

/// Steps 1 to 3: what the entry says, wherever it stands.
pub(super) fn check_contents(record: &Record, entry: &LinkEntry, file: &[u8], link: &Link) -> Vec<Check> {
    let mut checks = vec![leaf(record, entry, file, link)];
    checks.extend(body(record, entry));
    checks.push(digest_list(record, entry, link));
    checks
}

/// The checks that need no body.
pub(super) fn tree(record: &Record, head: Option<&Checkpoint>) -> Vec<Check> {
    let mut checks = vec![inclusion(record, head)];
    checks.extend(record.own_proof.as_ref().map(|own| own_proof(record, own, head)));
    checks
}

pub(super) fn subject(record: &Record) -> String {
    format!("entry {}", record.uuid)
}

/// An entry's ID ends in the hash of its leaf (Rekor v1: 16 digits of tree ID may stand before it).
pub(super) fn named_by_its_hash(record: &Record) -> bool {
    record.uuid.ends_with(&leaf_hash(&record.leaf).to_string())
}

fn leaf(record: &Record, entry: &LinkEntry, file: &[u8], link: &Link) -> Check {
    let problem = leaf_problem(record, entry, file, link);
    let check = match &problem {
        None => {
            let text = "The entry is exactly what this link file gives: its digest, its size, its signatures.";
            Check::new(CheckId::EntryLeaf, &subject(record), Outcome::Passed, text)
        }
        Some((outcome, problem)) => Check::new(CheckId::EntryLeaf, &subject(record), *outcome, sentence(problem)),
    };
    let keys: Vec<String> = entry.signatures.iter().map(|one| one.key.fingerprint().to_string()).collect();
    check
        .with("leaf_hash", leaf_hash(&record.leaf).to_string())
        .with("index", record.index)
        .with("file_sha256", entry.file.to_string())
        .with("keys", keys)
}

fn leaf_problem(record: &Record, entry: &LinkEntry, file: &[u8], link: &Link) -> Option<(Outcome, String)> {
    let failed = |problem: String| Some((Outcome::Failed, problem));
    if !named_by_its_hash(record) {
        return failed("the log returned another entry than the one that was asked for".into());
    }
    let found = sha256(file);
    if entry.file != found {
        return failed(format!("the entry is for the file {}, not for this one ({found})", entry.file));
    }
    let keys: Vec<_> = entry.signatures.iter().map(|one| one.key.clone()).collect();
    match entry_of(file, link, &keys) {
        Err(error @ AdmitError::Unavailable(_)) => {
            Some((Outcome::NotChecked, format!("a signature that the entry claims was not checked: {error}")))
        }
        Err(error) => failed(format!("the entry claims a signature that this link does not have: {error}")),
        Ok(expected) if expected.signatures != entry.signatures => {
            failed("the entry holds another signature than this link".into())
        }
        Ok(expected) if expected.size != entry.size => {
            failed(format!("the entry states {} bytes, the file has {}", entry.size, expected.size))
        }
        Ok(expected) if expected.format != entry.format => failed(format!(
            "the entry states the format {}, the file is {}",
            entry.format.name(),
            expected.format.name()
        )),
        Ok(_) => None,
    }
}

pub(super) fn body(record: &Record, entry: &LinkEntry) -> Option<Check> {
    let found = sha256(record.body.as_ref()?);
    let check = match found == entry.file {
        true => Check::new(
            CheckId::EntryBody,
            &subject(record),
            Outcome::Passed,
            "The file that the log returned is the recorded one.",
        ),
        false => {
            let text = "The log returned other bytes than it recorded.";
            Check::new(CheckId::EntryBody, &subject(record), Outcome::Failed, text)
        }
    };
    Some(check.with("expected", entry.file.to_string()).with("found", found.to_string()))
}

fn digest_list(record: &Record, entry: &LinkEntry, link: &Link) -> Check {
    let found = sha256(link.digest_list().as_bytes());
    let check = match found == entry.digest_list {
        true => {
            let text = "The recorded list of digests is the one that the link gives.";
            Check::new(CheckId::EntryDigestList, &subject(record), Outcome::Passed, text)
        }
        false => {
            let text = "The recorded list of digests is not the one that the link gives.";
            Check::new(CheckId::EntryDigestList, &subject(record), Outcome::Failed, text)
        }
    };
    check.with("expected", found.to_string()).with("found", entry.digest_list.to_string())
}

fn inclusion(record: &Record, head: Option<&Checkpoint>) -> Check {
    let check = |outcome, text: String| Check::new(CheckId::EntryInclusion, &subject(record), outcome, text);
    let Some(head) = head else {
        return check(Outcome::NotChecked, "Without a checkpoint nothing proves that the entry is in the log.".into());
    };
    if record.index >= head.size {
        return beyond(record, head.size, check);
    }
    let proof = match &record.proof {
        Ok(proof) => proof,
        Err(reason) => {
            return check(
                Outcome::NotChecked,
                format!("The log did not prove that the entry is in its tree: {reason}."),
            );
        }
    };
    let verified = verify_inclusion(record.index, head.size, leaf_hash(&record.leaf), proof, head.root);
    let check = match verified {
        Ok(()) => check(
            Outcome::Passed,
            format!("The entry is #{} of the {} under the checkpoint.", record.index, entries(head.size)),
        ),
        Err(error) => {
            check(Outcome::Failed, format!("The entry is not in the log's tree as #{}: {error}.", record.index))
        }
    };
    check.with_all(&inclusion_evidence(record.index, head, leaf_hash(&record.leaf), proof))
}

/// An entry outside the tree. Where the log's own proof is for a larger tree, the checkpoint may only have come from a
/// cache (C2SP tlog-tiles lets it be some seconds old); otherwise the log contradicts itself.
fn beyond(record: &Record, size: u64, check: impl Fn(Outcome, String) -> Check) -> Check {
    match record.own_proof.as_ref().is_some_and(|own| own.size > record.index) {
        true => {
            let text =
                "The checkpoint that came is older than this entry, so it cannot prove it yet: try again in a moment.";
            check(Outcome::NotChecked, text.into())
        }
        false => {
            let text =
                format!("The log says that the entry is #{}, but its tree has only {}.", record.index, entries(size));
            check(Outcome::Failed, text)
        }
    }
}

fn own_proof(record: &Record, own: &OwnProof, head: Option<&Checkpoint>) -> Check {
    let check = |outcome, text: String| {
        Check::new(CheckId::EntryAnswer, &subject(record), outcome, text)
            .with("index", own.index)
            .with("size", own.size)
            .with("root", own.root.to_string())
    };
    if let Some(problem) = own_proof_problem(record, own) {
        return check(Outcome::Failed, format!("The proof that came with the entry is wrong: {problem}."));
    }
    let own_head = Checkpoint { origin: String::new(), size: own.size, root: own.root, extensions: Vec::new() };
    match (head, &own.consistency) {
        (Some(head), Ok(proof)) => match tlog::compare(&own_head, head, proof) {
            History::Kept | History::Older => {
                check(Outcome::Passed, "The proof that came with the entry agrees with the checkpoint.".into())
            }
            _ => check(
                Outcome::Failed,
                "The proof that came with the entry is for another tree than the checkpoint's.".into(),
            ),
        },
        (Some(_), Err(reason)) => {
            let text =
                format!("The proof that came with the entry could not be compared with the checkpoint: {reason}.");
            check(Outcome::NotChecked, text)
        }
        (None, _) => check(Outcome::NotChecked, "There is no checkpoint to compare the entry's own proof with.".into()),
    }
}

/// What is wrong with the proof in itself.
fn own_proof_problem(record: &Record, own: &OwnProof) -> Option<String> {
    if own.index != record.index {
        return Some(format!("it is for the index {}, the answer says {}", own.index, record.index));
    }
    match root_of_inclusion(own.index, own.size, leaf_hash(&record.leaf), &own.hashes) {
        Err(error) => return Some(error.to_string()),
        Ok(found) if found != own.root => return Some(format!("it leads to the root {found}, not to {}", own.root)),
        Ok(_) => {}
    }
    // The text of the checkpoint in v1's rendering; its ECDSA signature is not what we trust the log by.
    let text = split_once(&own.checkpoint, "\n\n").map(|(text, _)| format!("{text}\n"));
    match text.and_then(|text| Checkpoint::parse(&text).ok()) {
        None => Some("its checkpoint cannot be read".into()),
        Some(head) if (head.size, head.root) != (own.size, own.root) => {
            Some("its checkpoint is for another tree".into())
        }
        Some(_) => None,
    }
}
