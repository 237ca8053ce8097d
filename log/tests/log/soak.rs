//! Additions, reads, audits and restarts together.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{AtRest, Depth, Head, KnownTree, Log, Operator, Settings, Source as _, Term, audit};
use rekor_verifier::check::merkle;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::entry::LinkEntry;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Times that the log is opened, unless `REKOR_SOAK` says how many.
const ROUNDS: u64 = 3;

/// Additions of each writer while the log is open.
const ADDITIONS: u64 = 150;

const WRITERS: u64 = 4;

fn write(log: &Log, round: u64, writer: u64) {
    let maker = LinkMaker::new(writer as u8);
    for i in 0..ADDITIONS {
        // Every fourth one was there in the round before.
        let round = if i % 4 == 0 { round.saturating_sub(1) } else { round };
        let added = log.add(submission(&maker, &format!("artifact {round} {i}"))).unwrap();
        let head = log.head();
        assert!(added.index < head.size, "an addition is answered when it is in the tree that is shown");
        prove(log, added.index, &head);
    }
}

fn prove(log: &Log, index: u64, head: &Head) {
    let leaf = log.entry(index).unwrap();
    let hash = merkle::leaf_hash(&leaf);
    let proof = log.inclusion_proof(index, head.size).unwrap();
    merkle::verify_inclusion(index, head.size, hash, &proof, head.root).unwrap();
    assert_eq!(log.index_of_leaf_hash(&hash).unwrap(), Some(index));
    let entry = LinkEntry::parse(&leaf).unwrap();
    assert!(log.blob(&entry.file).unwrap().is_some());
    let found = log.find(&[Term::digest("sha256", &entry.file.to_string())], Operator::And, 2).unwrap();
    assert_eq!(found.indices, [index]);
}

/// Reads what is there, and sees that the tree only grows.
fn read(log: &Log, seen: &Mutex<Head>, seed: &AtomicU64) {
    let head = log.head();
    let mut before = seen.lock().unwrap();
    if before.size > 0 && before.size <= head.size {
        let proof = log.consistency_proof(before.size, head.size).unwrap();
        merkle::verify_consistency(before.size, head.size, &proof, before.root, head.root).unwrap();
    }
    assert!(head.size >= before.size, "the tree has shrunk");
    *before = head.clone();
    drop(before);
    if head.size > 0 {
        let number = seed.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        prove(log, number % head.size, &head);
    }
}

/// The audit of a log that is being added to.
fn audit_once(folder: &Path) -> u64 {
    let mut log = AtRest::open(folder).unwrap();
    let checkpoint = Checkpoint::stated_in(&log.checkpoint().unwrap()).unwrap();
    let known: Vec<_> = log.heads().unwrap().map(|head| head.unwrap()).collect();
    let known = known.into_iter().map(|head| Ok(KnownTree { size: head.size, root: head.root, from: "it".to_owned() }));
    audit(&mut log, (checkpoint.size, checkpoint.root), known, Depth::Everything, &mut ()).unwrap().entries
}

#[test]
fn everything_at_once_stays_in_order() {
    let rounds = std::env::var("REKOR_SOAK").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let (tree_id, seen, seed) = (log.tree_id(), Mutex::new(log.head()), AtomicU64::new(0));
    drop(log);
    let folder = data.path().join(tree_id.to_string());
    for round in 0..rounds {
        let settings = Settings { index_memory: 100, read_whole: 1000 * (round % 2), ..Settings::default() };
        let log = Log::open_with(data.path(), tree_id, &settings).unwrap();
        assert_eq!(log.head(), *seen.lock().unwrap(), "nothing happens while a log is closed");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (log, done, seen, seed, folder) = (&log, &done, &seen, &seed, &folder);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    read(log, seen, seed);
                }
            });
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    audit_once(folder);
                }
            });
            let writers: Vec<_> =
                (0..WRITERS).map(|writer| scope.spawn(move || write(log, round, writer + 1))).collect();
            let outcomes: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
            done.store(true, Ordering::Relaxed);
            assert!(outcomes.iter().all(Result::is_ok));
        });
        assert_eq!(log.stopped(), None);
        let (size, counters) = (log.head().size, log.counters());
        assert_eq!((counters.entries, counters.waiting, counters.waiting_bytes), (size, 0, 0));
        assert_eq!(counters.additions, WRITERS * ADDITIONS);
        assert_eq!(audit_once(&folder), size);
        *seen.lock().unwrap() = log.head();
    }
}
