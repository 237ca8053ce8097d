//! Additions on a disk that fails at each step in turn, in each way: nothing that was acknowledged is lost, and no two
//! trees that were shown disagree.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on should stop where it is.

#[path = "../tests/log/links.rs"]
mod links;

use crate::faults::{Fault, Plan};
use crate::{Added, AtRest, Depth, Head, KnownTree, Log, Settings, Source as _, Submission, audit};
use links::LinkMaker;
use rekor_verifier::check::merkle;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use tempfile::TempDir;

/// So little memory that runs of the index are written and merged all the time.
fn settings() -> Settings {
    Settings { index_memory: 6, ..Settings::default() }
}

/// A closed log of `size` entries, to be copied.
struct Base {
    data: TempDir,
    tree_id: u64,
    head: Head,
}

impl Base {
    fn new(size: u64) -> Self {
        let data = tempfile::tempdir().unwrap();
        let calm = Plan::calm(data.path());
        let log = Log::create(data.path(), None).unwrap();
        let tree_id = log.tree_id();
        let (sender, done) = std::sync::mpsc::channel();
        for i in 0..size {
            let sender = sender.clone();
            let raw = crate::Candidate::raw(i.to_be_bytes().to_vec()).unwrap();
            log.submit(raw, move |added| sender.send(added.unwrap()).unwrap());
        }
        drop(sender);
        assert_eq!(done.iter().count() as u64, size);
        let head = log.head();
        drop(log);
        calm.end();
        Self { data, tree_id, head }
    }

    fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.data.path(), copy.path());
        copy
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        match file.file_type().unwrap().is_dir() {
            true => copy_folder(&file.path(), &to.join(file.file_name())),
            false => drop(fs::copy(file.path(), to.join(file.file_name())).unwrap()),
        }
    }
}

/// What a client of the log remembers.
struct Seen {
    heads: Vec<Head>,
    /// Number of the addition, index, whether the body was kept.
    acknowledged: Vec<(u64, u64, bool)>,
}

fn link(number: u64) -> Submission {
    let maker = LinkMaker::new(1);
    Submission { content: maker.link(&format!("artifact {number}")), keys: vec![maker.key()], digest_only: false }
}

impl Seen {
    /// Adds links, one of them again, one at first without its body; opens and closes the log.
    fn add(&mut self, data: &Path, tree_id: u64) {
        let Ok(log) = Log::open_with(data, tree_id, &settings()) else { return };
        for number in 0..5 {
            self.note(&log, number, true, log.add(link(number)).ok());
        }
        self.note(&log, 2, true, log.add(link(2)).ok());
        let later = Submission { digest_only: true, ..link(7) };
        self.note(&log, 7, false, log.add(later).ok());
        self.note(&log, 7, true, log.add(link(7)).ok());
    }

    fn note(&mut self, log: &Log, number: u64, body: bool, added: Option<Added>) {
        self.heads.push(log.head());
        if let Some(added) = added {
            self.acknowledged.push((number, added.index, body));
        }
    }

    /// The log has all of it, and goes on.
    fn check(&self, data: &Path, tree_id: u64, what: &str) {
        let log = Log::open_with(data, tree_id, &settings()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(log.index_rebuilt(), None, "{what}");
        for head in &self.heads {
            assert!(log.head().size >= head.size, "{what}: {} entries of {}", log.head().size, head.size);
            assert_eq!(log.root(head.size).unwrap(), head.root, "{what}: the tree of {} entries", head.size);
        }
        for (number, index, body) in &self.acknowledged {
            let leaf = log.entry(*index).unwrap();
            assert_eq!(log.index_of_leaf_hash(&merkle::leaf_hash(&leaf)).unwrap(), Some(*index), "{what}");
            let sent = link(*number);
            let file = crate::tree::sha256(&sent.content);
            if *body {
                assert_eq!(log.blob(&file).unwrap(), Some(sent.content.clone()), "{what}: body {number}");
            }
            assert_eq!(log.add(sent).unwrap(), Added { index: *index, duplicate: true }, "{what}");
            let found = log.find(&[crate::Term::digest("sha256", &file.to_string())], crate::Operator::Or, 2);
            assert_eq!(found.unwrap().indices, [*index], "{what}: found by its digest");
        }
        log.add(link(99)).unwrap();
        drop(log);
        audit_all(&data.join(tree_id.to_string()), what);
    }
}

fn audit_all(folder: &Path, what: &str) {
    let mut log = AtRest::open(folder).unwrap();
    let trees: Vec<_> = log.heads().unwrap().map(|head| head.unwrap()).collect();
    let last = trees.last().map(|head| (head.size, head.root)).unwrap();
    let known = trees.into_iter().map(|head| Ok(KnownTree { size: head.size, root: head.root, from: what.to_owned() }));
    log.checkpoint().unwrap();
    audit(&mut log, last, known, Depth::Everything, &mut ()).unwrap_or_else(|error| panic!("{what}: {error}"));
}

/// One fault after another, until there is no step left that has none; how many there were.
fn sweep(base: &Base, fault: impl Fn(u64) -> Fault) -> u64 {
    for at in 0.. {
        let data = base.copy();
        let mut seen = Seen { heads: vec![base.head.clone()], acknowledged: Vec::new() };
        let plan = Plan::start(data.path(), at, fault(at));
        seen.add(data.path(), base.tree_id);
        let struck = plan.end();
        let calm = Plan::calm(data.path());
        seen.check(data.path(), base.tree_id, &format!("{:?} at step {at} of {} entries", fault(at), base.head.size));
        calm.end();
        if !struck {
            assert_eq!(seen.acknowledged.len(), 8);
            return at;
        }
    }
    0
}

/// The number of random choices for each step at which the machine ends.
fn choices() -> u64 {
    std::env::var("REKOR_FAULTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

#[test]
fn a_step_that_fails_loses_nothing() {
    // The first entry; the last of a tile, the first of the next one, and a tile above.
    let mut points = 0;
    for size in [0, 254] {
        let base = Base::new(size);
        points += sweep(&base, |_| Fault::Error(ErrorKind::Other));
        points += sweep(&base, |_| Fault::Short);
    }
    println!("{points} points");
    assert!(points >= 200, "{points}");
}

#[test]
fn an_end_of_the_process_loses_nothing() {
    let mut points = 0;
    for size in [0, 254] {
        points += sweep(&Base::new(size), |_| Fault::Kill);
    }
    println!("{points} points");
    assert!(points >= 100, "{points}");
}

#[test]
fn an_end_of_the_machine_loses_nothing() {
    let mut points = 0;
    for size in [0, 254] {
        let base = Base::new(size);
        for choice in 0..choices() {
            points += sweep(&base, |at| Fault::PowerCut(at * 7919 + choice));
            points += sweep(&base, |at| Fault::LostSync(at * 7919 + choice));
        }
    }
    println!("{points} points");
    assert!(points >= 200, "{points}");
}

#[test]
fn the_creation_of_a_log_is_whole_or_nothing() {
    for fault in [Fault::Error(ErrorKind::Other), Fault::Short, Fault::Kill] {
        for at in 0.. {
            let data = tempfile::tempdir().unwrap();
            let plan = Plan::start(data.path(), at, fault);
            let created = Log::create(data.path(), None).is_ok();
            let struck = plan.end();
            let calm = Plan::calm(data.path());
            // Where the fault came with the opening, behind the creation, the log is there.
            let there = crate::Logs::open(data.path()).unwrap();
            assert!(there.iter().count() <= 1 && (!created || there.iter().count() == 1), "{fault:?} at step {at}");
            assert!(there.iter().all(|log| log.add(link(0)).is_ok()));
            drop(there);
            drop(Log::create(data.path(), None).unwrap());
            calm.end();
            if !struck {
                break;
            }
        }
    }
}
