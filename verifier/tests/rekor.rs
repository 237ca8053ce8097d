//! Rekor entries, v1 and v2: made here with keys of every type, and for each step an entry that only this step refuses.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_log::{Secret, TIME, URL, api_json, promised, tlog, trusted_root};
use rekor_verifier::Hash;
use rekor_verifier::bytes::base64_encode;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle::{ProofError, leaf_hash};
use rekor_verifier::check::rekor::{Generation, RekorError, Steps, check};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::rekor_entry::{InclusionProof, RekorEntry, RekorEntryError};
use rekor_verifier::format::trusted_root::{RekorLog, parse_logs};
use serde_json::{Value, json};
use witnessed::tree;

mod rekor_log;
mod witnessed;

const LEAVES: [&[u8]; 4] = [b"zero", b"one", b"{\"a\":\"b\"}", b"three"];

fn head(origin: &str) -> (Checkpoint, Vec<Hash>) {
    let (head, hashes) = tree(&LEAVES, 2);
    (Checkpoint { origin: origin.into(), ..head }, hashes)
}

/// The third entry of a v1 log whose earlier trees hold 1,000 entries.
fn v1(secret: &Secret) -> (RekorEntry, RekorLog) {
    let log = RekorLog::with_key(URL, secret.public());
    let (head, hashes) = head("rekor.example - 42");
    let checkpoint = secret.note(&head, "rekor.example", log.log_id);
    let proof = InclusionProof { index: 2, size: head.size, root: head.root, hashes, checkpoint };
    let entry = RekorEntry {
        id: Some(format!("{:016x}{}", 42, leaf_hash(LEAVES[2]))),
        leaf: LEAVES[2].to_vec(),
        index: 1002,
        log_id: log.log_id,
        time: Some(TIME),
        promise: None,
        proof: Some(proof),
    };
    (promised(entry, secret), log)
}

/// The third entry of a v2 log.
fn v2(secret: &Secret) -> (RekorEntry, RekorLog) {
    let mut log = RekorLog::with_key(URL, secret.public());
    log.log_id = log.v2_id().unwrap();
    let (head, hashes) = head("rekor.example");
    let checkpoint = secret.note(&head, "rekor.example", log.log_id);
    // What the proof says of itself is not looked at.
    let proof = InclusionProof { index: 0, size: 1, root: leaf_hash(b""), hashes, checkpoint };
    let leaf = LEAVES[2].to_vec();
    let entry =
        RekorEntry { id: None, leaf, index: 2, log_id: log.log_id, time: None, promise: None, proof: Some(proof) };
    (entry, log)
}

/// Which steps hold: log, leaf, checkpoint, inclusion, time.
fn held(steps: &Steps) -> [bool; 5] {
    [steps.log.is_ok(), steps.leaf.is_ok(), steps.checkpoint.is_ok(), steps.inclusion.is_ok(), steps.time.is_ok()]
}

fn bundle_json(entry: &RekorEntry) -> Value {
    let proof = entry.proof.as_ref().unwrap();
    json!({
        "logIndex": entry.index.to_string(),
        "logId": { "keyId": entry.log_id.to_base64() },
        "kindVersion": { "kind": "hashedrekord", "version": "0.0.2" },
        "integratedTime": entry.time.unwrap_or(0).to_string(),
        "inclusionPromise": entry.promise.as_ref().map(|set| json!({ "signedEntryTimestamp": base64_encode(set) })),
        "inclusionProof": {
            "logIndex": proof.index.to_string(),
            "rootHash": proof.root.to_base64(),
            "treeSize": proof.size.to_string(),
            "hashes": proof.hashes.iter().map(|hash| hash.to_base64()).collect::<Vec<_>>(),
            "checkpoint": { "envelope": proof.checkpoint },
        },
        "canonicalizedBody": base64_encode(&entry.leaf),
    })
}

#[test]
fn entries_are_read_as_api_and_bundles_write_them() {
    let (entry, _) = v1(&Secret::p256(1));
    let answer = api_json(&entry).to_string();
    assert_eq!(RekorEntry::parse_answer(answer.as_bytes()), Ok(vec![entry.clone()]));
    let list = format!("[{answer}]");
    assert_eq!(RekorEntry::parse_answer(list.as_bytes()), Ok(vec![entry.clone()]));
    let bundled = bundle_json(&entry).to_string();
    assert_eq!(RekorEntry::parse_bundled(bundled.as_bytes()), Ok(RekorEntry { id: None, ..entry }));
    let (entry, _) = v2(&Secret::ed25519(1));
    assert_eq!(RekorEntry::parse_bundled(bundle_json(&entry).to_string().as_bytes()), Ok(entry));

    for bad in ["1", "[1]", "{\"a\":{}}", "{\"a\":{},\"a\":{}}"] {
        assert!(RekorEntry::parse_answer(bad.as_bytes()).is_err(), "{bad}");
    }
    for (from, to) in [
        ("\"treeSize\":4", "\"treeSize\":-4"),
        ("\"treeSize\":4", "\"treeSize\":4.0"),
        ("\"treeSize\":4", "\"treeSize\":9223372036854775808"),
        ("\"body\":\"", "\"body\":\"="),
        ("\"logIndex\":1002", "\"logIndex\":\"01002\""),
        ("\"integratedTime\":1700000000", "\"integratedTime\":\"now\""),
        ("\"rootHash\":\"", "\"rootHash\":\"00"),
        ("\"checkpoint\":\"", "\"checkpoint\":[],\"x\":\""),
    ] {
        assert!(answer.contains(from), "{from}");
        let changed = RekorEntry::parse_answer(answer.replace(from, to).as_bytes());
        assert!(matches!(changed, Err(RekorEntryError::Malformed(_))), "{to}: {changed:?}");
    }
}

#[test]
fn entries_of_v1_hold_under_keys_of_every_type() {
    for secret in [Secret::p256(1), Secret::ed25519(1)] {
        let (entry, log) = v1(&secret);
        let logs = [RekorLog::with_key("https://other.example", Secret::p256(9).public()), log];
        let steps = check(&entry, Generation::V1, &logs);
        assert_eq!(held(&steps), [true; 5], "{steps:?}");
        assert!(steps.is_recorded());
        assert_eq!((steps.time, steps.checkpoint.unwrap().size), (Ok(TIME), 4));
    }
}

/// Checks the entry of v1 after a change: what holds, and the error of the one step that matters.
fn v1_after(change: impl Fn(&mut RekorEntry, &mut RekorLog, &Secret)) -> ([bool; 5], Vec<RekorError>) {
    let secret = Secret::p256(1);
    let (mut entry, mut log) = v1(&secret);
    change(&mut entry, &mut log, &secret);
    let logs = [log];
    let steps = check(&entry, Generation::V1, &logs);
    let errors = [steps.leaf.clone().err(), steps.checkpoint.clone().err(), steps.inclusion.clone().err()];
    let held = held(&steps);
    assert_eq!(steps.is_recorded(), held[..4] == [true; 4]);
    (held, errors.into_iter().chain([steps.time.err(), steps.log.err()]).flatten().collect())
}

fn proof(entry: &mut RekorEntry) -> &mut InclusionProof {
    entry.proof.as_mut().unwrap()
}

#[test]
fn each_step_of_v1_alone_stands_in_the_way() {
    let unknown = RekorError::UnknownLog(sha256(b"another key"));
    let (held, errors) = v1_after(|entry, _, _| entry.log_id = sha256(b"another key"));
    assert_eq!((held, errors[0].clone()), ([false, true, false, true, false], unknown));

    // The ID is that of another leaf.
    let (held, errors) = v1_after(|entry, _, _| entry.id = Some(leaf_hash(b"other").to_string()));
    assert_eq!(held, [true, false, true, true, true]);
    assert!(matches!(errors[..], [RekorError::OtherEntry { .. }]));
    let (held, _) = v1_after(|entry, _, _| entry.id = Some(leaf_hash(LEAVES[2]).to_string()));
    assert_eq!(held, [true; 5], "64 digits are the leaf's hash alone");

    // No proof, or one without a checkpoint: the promise still holds, and is not a proof.
    let (held, errors) = v1_after(|entry, _, _| entry.proof = None);
    assert_eq!((held, errors), ([true, true, false, false, true], vec![RekorError::NoProof, RekorError::NoProof]));
    let (held, errors) = v1_after(|entry, _, _| proof(entry).checkpoint.clear());
    assert_eq!(held, [true, true, false, false, true]);
    assert_eq!(errors, [RekorError::NoCheckpoint, RekorError::NoCheckpoint]);

    // A checkpoint by another key, or with a signature by this one that is over something else.
    let (held, errors) = v1_after(|entry, _, _| {
        let other = Secret::p256(2);
        proof(entry).checkpoint =
            other.note(&head("rekor.example - 42").0, "rekor.example", sha256(other.public().spki_der()));
    });
    assert_eq!((held, errors), ([true, true, false, true, true], vec![RekorError::NotSigned]));
    let (held, errors) = v1_after(|entry, log, _| {
        proof(entry).checkpoint = Secret::p256(2).note(&head("rekor.example - 42").0, "rekor.example", log.log_id);
    });
    assert_eq!((held, errors), ([true, true, false, true, true], vec![RekorError::BadCheckpoint]));

    // The proof is right for the tree that it states, which is not the one that was signed.
    let (held, errors) = v1_after(|entry, _, _| {
        let (small, hashes) = tree(&LEAVES[..3], 2);
        *proof(entry) = InclusionProof { size: 3, root: small.root, hashes, ..proof(entry).clone() };
    });
    assert_eq!(held, [true, true, true, false, true]);
    assert!(matches!(errors[..], [RekorError::OtherTree { .. }]));
    let (held, errors) = v1_after(|entry, _, _| proof(entry).index = 3);
    assert_eq!(held, [true, true, true, false, true]);
    assert!(matches!(errors[..], [RekorError::Proof(ProofError::Root { .. })]));
    for change in [|hashes: &mut Vec<Hash>| hashes.truncate(1), |hashes: &mut Vec<Hash>| hashes.push(leaf_hash(b""))] {
        let (held, errors) = v1_after(|entry, _, _| change(&mut proof(entry).hashes));
        assert_eq!(held, [true, true, true, false, true]);
        assert!(matches!(errors[..], [RekorError::Proof(ProofError::Length { .. })]));
    }
    // Another entry of the same tree under this proof.
    let (held, _) = v1_after(|entry, _, secret| {
        entry.leaf = LEAVES[3].to_vec();
        entry.id = None;
        *entry = promised(entry.clone(), secret);
    });
    assert_eq!(held, [true, true, true, false, true]);
}

#[test]
fn times_are_vouched_for_by_the_log() {
    let time = |change: &dyn Fn(&mut RekorEntry, &mut RekorLog, &Secret)| {
        let (held, errors) = v1_after(change);
        assert_eq!(held, [true, true, true, true, errors.is_empty()]);
        errors
    };
    assert_eq!(time(&|entry, _, _| entry.promise = None), [RekorError::NoTime]);
    assert_eq!(time(&|entry, _, _| entry.time = None), [RekorError::NoTime]);
    assert_eq!(time(&|entry, _, _| entry.time = Some(TIME + 1)), [RekorError::BadTime]);
    assert_eq!(time(&|entry, _, _| entry.index += 1), [RekorError::BadTime]);
    assert_eq!(time(&|entry, _, _| *entry = promised(entry.clone(), &Secret::p256(2))), [RekorError::BadTime]);
    let outside = [RekorError::KeyNotValid { time: TIME }];
    assert_eq!(time(&|_, log, _| log.start = TIME + 1), outside);
    assert_eq!(time(&|_, log, _| log.end = Some(TIME - 1)), outside);
    assert_eq!(time(&|_, log, _| (log.start, log.end) = (TIME, Some(TIME))), []);

    // A key that counted twice stands twice in a trusted root.
    let (entry, log) = v1(&Secret::p256(1));
    let before = RekorLog { end: Some(TIME - 1), ..log.clone() };
    for logs in [[before.clone(), log.clone()], [log, before]] {
        assert_eq!(check(&entry, Generation::V1, &logs).time, Ok(TIME));
    }
}

#[test]
fn entries_of_v2_hold_under_keys_of_every_type() {
    for secret in [Secret::p256(1), Secret::ed25519(1)] {
        let (entry, log) = v2(&secret);
        let logs = [log];
        let steps = check(&entry, Generation::V2, &logs);
        assert_eq!(held(&steps), [true, true, true, true, false], "{steps:?}");
        assert!(steps.is_recorded());
        // No time is taken from a v2 log, even where one is stated and signed.
        let timed = promised(RekorEntry { time: Some(TIME), ..entry }, &secret);
        assert_eq!(check(&timed, Generation::V2, &logs).time, Err(RekorError::NoTime));
    }
}

#[test]
fn each_step_of_v2_alone_stands_in_the_way() {
    let secret = Secret::ed25519(1);
    let (entry, log) = v2(&secret);
    let with = |checkpoint: String| {
        let mut entry = entry.clone();
        proof(&mut entry).checkpoint = checkpoint;
        let steps = check(&entry, Generation::V2, std::slice::from_ref(&log));
        (held(&steps), steps.checkpoint.err())
    };
    let id = log.log_id;
    let (good, _) = head("rekor.example");
    // Origin, name and key ID are the host's.
    let other_origin = with(secret.note(&head("other.example").0, "rekor.example", id));
    assert_eq!(other_origin.0, [true, true, false, true, false]);
    assert!(matches!(other_origin.1, Some(RekorError::Origin { .. })));
    assert_eq!(with(secret.note(&good, "other.example", id)).1, Some(RekorError::NotSigned));
    assert_eq!(with(secret.note(&good, "rekor.example", log.v1_id().unwrap())).1, Some(RekorError::NotSigned));
    assert_eq!(with(Secret::ed25519(2).note(&good, "rekor.example", id)).1, Some(RekorError::BadCheckpoint));
    assert_eq!(with(secret.note(&good, "rekor.example", id)), ([true, true, true, true, false], None));

    // Index, size and root are those of the entry and of the checkpoint.
    let elsewhere = RekorEntry { index: 3, ..entry.clone() };
    assert!(check(&elsewhere, Generation::V2, std::slice::from_ref(&log)).inclusion.is_err());
    let other = RekorEntry { leaf: b"other".to_vec(), ..entry };
    assert!(check(&other, Generation::V2, &[log]).inclusion.is_err());
}

#[test]
fn trusted_roots_name_logs() {
    let p256 = Secret::p256(1).public();
    let ed25519 = Secret::ed25519(1).public();
    let named = sha256(&[b"rekor.example\n\x01", &ed25519.spki_der()[12..]].concat());
    let root = trusted_root(&[
        tlog(&p256, sha256(p256.spki_der())),
        tlog(&ed25519, named),
        tlog(&ed25519, sha256(ed25519.spki_der())),
    ]);
    let logs = parse_logs(root.to_string().as_bytes()).unwrap();
    assert_eq!((logs[0].host(), logs[0].start, logs[0].end), ("rekor.example", 1_610_452_407, Some(1_767_225_600)));
    assert_eq!((&logs[0].key, &logs[1].key), (&Ok(p256.clone()), &Ok(ed25519)));
    assert_eq!(logs[1].log_id, logs[1].v2_id().unwrap());
    assert!(logs[0].counts_at(1_610_452_407) && !logs[0].counts_at(1_610_452_406));
    assert!(logs[0].counts_at(1_767_225_600) && !logs[0].counts_at(1_767_225_601));
    assert_eq!(parse_logs(json!({"mediaType": root["mediaType"]}).to_string().as_bytes()), Ok(Vec::new()));

    let good = tlog(&p256, sha256(p256.spki_der()));
    let changed = |pointer: &str, value: Value| {
        let mut log = good.clone();
        *log.pointer_mut(pointer).unwrap() = value;
        parse_logs(trusted_root(&[log]).to_string().as_bytes())
    };
    assert!(changed("/baseUrl", json!("https://rekor.example")).is_ok());
    assert!(changed("/publicKey/validFor/end", Value::Null).unwrap()[0].end.is_none());
    for (pointer, value) in [
        ("/baseUrl", json!(1)),
        ("/hashAlgorithm", json!("SHA2_512")),
        ("/publicKey/rawBytes", json!("AQ")),
        ("/publicKey/validFor/start", Value::Null),
        ("/publicKey/validFor/start", json!("2021-01-12")),
        ("/publicKey/validFor/end", json!("never")),
        ("/logId/keyId", json!("AQ==")),
        ("/logId/keyId", json!(sha256(b"another key").to_base64())),
    ] {
        assert!(changed(pointer, value.clone()).is_err(), "{pointer} {value}");
    }
    // A key that cannot be used does not spoil the others; its log says so where it is asked for.
    let unusable = changed("/publicKey/rawBytes", json!(base64_encode(b"no key"))).unwrap();
    assert!(unusable[0].key.is_err() && unusable[0].ids().is_empty());
    let (entry, _) = v1(&Secret::p256(1));
    let steps = check(&entry, Generation::V1, &unusable);
    assert!(matches!(steps.checkpoint, Err(RekorError::UnsupportedKey(_))));
    assert!(parse_logs(root.to_string().replace("trustedroot", "bundle").as_bytes()).is_err());
}
