//! Raw leaves, additions that wait for nothing, and a log that takes no more.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{AddError, Candidate, Log, Operator, Refusal, Settings, Term, admit};
use rekor_verifier::check::merkle;
use std::sync::mpsc::channel;

#[test]
fn additions_are_submitted_without_waiting() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let (sender, outcomes) = channel();
    for i in 0..200 {
        let candidate = admit(submission(&LinkMaker::new(1), &format!("artifact {}", i / 2))).unwrap();
        let sender = sender.clone();
        log.submit(candidate, move |added| sender.send((i, added.unwrap())).unwrap());
    }
    drop(sender);
    let mut outcomes: Vec<_> = outcomes.iter().collect();
    outcomes.sort_unstable_by_key(|(i, _)| *i);
    // In the order of submission, each twice.
    let expected = (0..200).map(|i| (i, i as u64 / 2, i % 2 == 1));
    assert!(outcomes.iter().map(|(i, added)| (*i, added.index, added.duplicate)).eq(expected), "{outcomes:?}");
    assert_eq!(log.head().size, 100);
}

#[test]
fn what_was_submitted_is_recorded_though_the_log_is_closed_at_once() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    let (sender, outcomes) = channel();
    for i in 0..50u8 {
        let sender = sender.clone();
        log.submit(Candidate::raw(vec![i]).unwrap(), move |added| sender.send(added.unwrap().index).unwrap());
    }
    drop((log, sender));
    assert_eq!(outcomes.iter().collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
    assert_eq!(Log::open(data.path(), tree_id).unwrap().head().size, 50);
}

#[test]
fn a_raw_leaf_is_found_by_its_hash_across_restarts() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    let leaves = [b"".to_vec(), b"{}".to_vec(), vec![0xff; 65_535], br#"{"kind":"other"}"#.to_vec()];
    for (index, leaf) in (0..).zip(&leaves) {
        let added = log.append_raw(leaf.clone()).unwrap();
        assert_eq!((added.index, added.duplicate), (index, false));
    }
    log.add(submission(&LinkMaker::new(1), "a")).unwrap();
    drop(log);
    let log = Log::open(data.path(), tree_id).unwrap();
    for (index, leaf) in (0..).zip(&leaves) {
        assert_eq!(log.entry(index).unwrap(), *leaf);
        assert_eq!(log.index_of_leaf_hash(&merkle::leaf_hash(leaf)).unwrap(), Some(index));
        let added = log.append_raw(leaf.clone()).unwrap();
        assert_eq!((added.index, added.duplicate), (index, true));
    }
    assert!(log.find(&[Term::digest("sha256", "00")], Operator::Or, 10).unwrap().indices.is_empty());
}

#[test]
fn a_raw_leaf_is_neither_too_long_nor_a_link_entry() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let refused = |leaf| match log.append_raw(leaf) {
        Err(AddError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert!(matches!(refused(vec![0; 65_536]), Refusal::TooLong(65_536)));
    log.add(submission(&LinkMaker::new(1), "a")).unwrap();
    assert!(matches!(refused(log.entry(0).unwrap()), Refusal::LinkEntry));
    assert!(matches!(refused(br#"{"apiVersion":"0.0.1","kind":"link","spec":{}}"#.to_vec()), Refusal::LinkEntry));
    assert_eq!(log.head().size, 1);
}

#[test]
fn additions_are_refused_before_the_disk_is_full() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    log.append_raw(b"first".to_vec()).unwrap();
    drop(log);
    let log = Log::open_with(data.path(), tree_id, &Settings { reserve: u64::MAX, ..Settings::default() }).unwrap();
    let head = log.head();
    let error = log.append_raw(b"second".to_vec()).err().unwrap();
    assert!(matches!(&error, AddError::Full(space) if space.contains("in reserve")), "{error}");
    // What needs no room has its answer, and everything is read as before.
    assert!(log.append_raw(b"first".to_vec()).unwrap().duplicate);
    assert_eq!((log.head(), log.entry(0).unwrap(), log.stopped()), (head, b"first".to_vec(), None));
    drop(log);
    let log = Log::open(data.path(), tree_id).unwrap();
    assert_eq!(log.append_raw(b"second".to_vec()).unwrap().index, 1);
}

#[test]
fn a_frozen_log_signs_nothing_more() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    let (sender, outcomes) = channel();
    for i in 0..10u8 {
        let sender = sender.clone();
        log.submit(Candidate::raw(vec![i]).unwrap(), move |added| sender.send(added.is_ok()).unwrap());
    }
    log.freeze().unwrap();
    drop(sender);
    // What was submitted before is recorded.
    assert_eq!(outcomes.iter().filter(|recorded| *recorded).count(), 10);
    let head = log.head();
    assert_eq!(head.size, 10);
    is_frozen(&log);
    drop(log);
    let log = Log::open(data.path(), tree_id).unwrap();
    is_frozen(&log);
    assert_eq!((log.head(), log.entry(3).unwrap()), (head, vec![3]));
}

/// The log says so in every answer to an addition, also of what it has.
fn is_frozen(log: &Log) {
    assert!(log.frozen());
    for leaf in [vec![0], b"new".to_vec()] {
        assert!(matches!(log.append_raw(leaf), Err(AddError::Frozen)));
    }
    assert!(matches!(log.add(submission(&LinkMaker::new(1), "a")), Err(AddError::Frozen)));
    assert!(matches!(log.freeze(), Err(AddError::Frozen)));
    assert_eq!(log.signed_entry_timestamp(3, "").unwrap(), None);
    assert_eq!(log.stopped(), None);
}
