//! The index: exact across runs, merges and restarts, and made again where it is damaged.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{Candidate, Log, Operator, Settings, Submission, Term};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle;
use rekor_verifier::format::entry::LinkEntry;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// So few records in memory that there are many runs, of several sizes.
fn settings() -> Settings {
    Settings { index_memory: 40, ..Settings::default() }
}

/// What a log should find, held in memory.
#[derive(Default)]
struct Model {
    leaves: Vec<Vec<u8>>,
    products: HashMap<Term, Vec<u64>>,
    materials: HashMap<Term, Vec<u64>>,
}

impl Model {
    fn note(&mut self, log: &Log, index: u64, products: &[&str], materials: &[&str]) {
        assert_eq!(index, self.leaves.len() as u64);
        self.leaves.push(log.entry(index).unwrap());
        products.iter().for_each(|product| self.products.entry(term(product)).or_default().push(index));
        materials.iter().for_each(|material| self.materials.entry(term(material)).or_default().push(index));
    }

    /// Products newest first, then materials newest first.
    fn expected(&self, term: &Term) -> Vec<u64> {
        let newest_first = |found: Option<&Vec<u64>>| found.into_iter().flatten().rev().copied().collect::<Vec<_>>();
        let products = newest_first(self.products.get(term));
        let materials = newest_first(self.materials.get(term));
        let others = materials.into_iter().filter(|index| !products.contains(index)).collect::<Vec<_>>();
        [products, others].concat()
    }

    fn check(&self, log: &Log) {
        for (index, leaf) in (0..).zip(&self.leaves) {
            assert_eq!(log.index_of_leaf_hash(&merkle::leaf_hash(leaf)).unwrap(), Some(index));
        }
        assert_eq!(log.index_of_leaf_hash(&merkle::leaf_hash(b"never added")).unwrap(), None);
        assert_eq!(log.blob(&sha256(b"never added")).unwrap(), None);
        let terms: Vec<&Term> = self.products.keys().chain(self.materials.keys()).collect();
        for term in &terms {
            let expected = self.expected(term);
            for limit in [1, 3, 10_000] {
                let found = log.find(std::slice::from_ref(term), Operator::Or, limit).unwrap();
                assert_eq!(found.indices, expected[..limit.min(expected.len())], "{term:?}");
                assert_eq!(found.truncated, expected.len() > limit);
                let same = log.find(std::slice::from_ref(term), Operator::And, limit).unwrap();
                assert_eq!(same, found);
            }
        }
        for pair in terms.windows(2) {
            let (one, other) = (self.products.get(pair[0]), self.products.get(pair[1]));
            let (Some(one), Some(other)) = (one, other) else { continue };
            let pair = [pair[0].clone(), pair[1].clone()];
            let mut both: Vec<u64> = one.iter().copied().filter(|index| other.contains(index)).collect();
            both.reverse();
            let found = log.find(&pair, Operator::And, 10_000).unwrap().indices;
            assert_eq!(found[..both.len()], both, "{pair:?}");
            let mut any = [one.clone(), other.clone()].concat();
            any.sort_unstable_by(|a, b| b.cmp(a));
            any.dedup();
            let found = log.find(&pair, Operator::Or, 10_000).unwrap().indices;
            assert_eq!(found[..any.len()], any, "{pair:?}");
        }
    }
}

fn term(artifact: &str) -> Term {
    Term::digest("sha256", &sha256(artifact.as_bytes()).to_string())
}

/// Adds entries that share few products and materials; some raw, some at once.
fn grow(log: &Log, model: &mut Model, entries: u64) {
    let maker = LinkMaker::new(1);
    for _ in 0..entries {
        let number = model.leaves.len() as u64;
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let (product, material) = (format!("product {}", mixed % 7), format!("product {}", mixed % 5));
        match mixed % 4 {
            0 => {
                let added = log.append_raw(number.to_be_bytes().to_vec()).unwrap();
                model.note(log, added.index, &[], &[]);
            }
            1 => {
                let added = log.add(submission(&maker, &format!("only {number}"))).unwrap();
                model.note(log, added.index, &[&format!("only {number}")], &[]);
            }
            _ => {
                let content = maker.step_from(&format!("step {number}"), &material, &product);
                let added = log.add(Submission { content, ..submission(&maker, "") }).unwrap();
                model.note(log, added.index, &[&product], &[&material]);
            }
        }
    }
}

fn runs(log: &Path) -> Vec<PathBuf> {
    let mut runs: Vec<PathBuf> = fs::read_dir(log.join("index")).unwrap().map(|it| it.unwrap().path()).collect();
    runs.sort();
    runs
}

#[test]
fn what_was_added_is_found_across_runs_merges_and_restarts() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    drop(log);
    let mut model = Model::default();
    for entries in [0, 1, 30, 120, 250, 3, 300] {
        let log = Log::open_with(data.path(), tree_id, &settings()).unwrap();
        assert_eq!(log.index_rebuilt(), None);
        model.check(&log);
        grow(&log, &mut model, entries);
        model.check(&log);
    }
    let log = Log::open(data.path(), tree_id).unwrap();
    model.check(&log);
    drop(log);
    // Thousands of records, forty at a time: without merges there were a hundred runs.
    let runs = runs(&data.path().join(tree_id.to_string()));
    assert!((2..40).contains(&runs.len()), "{runs:?}");
}

/// A closed log with several runs.
struct Closed {
    data: TempDir,
    tree_id: u64,
    model: Model,
}

impl Closed {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let log = Log::create(data.path(), None).unwrap();
        let tree_id = log.tree_id();
        drop(log);
        let mut model = Model::default();
        let log = Log::open_with(data.path(), tree_id, &settings()).unwrap();
        grow(&log, &mut model, 60);
        drop(log);
        let folder = data.path().join(tree_id.to_string());
        // When runs are merged is left to chance; what is in memory at the end becomes a run of its own.
        while runs(&folder).len() < 2 {
            let log = Log::open_with(data.path(), tree_id, &settings()).unwrap();
            grow(&log, &mut model, 1);
        }
        Self { data, tree_id, model }
    }

    fn folder(&self) -> PathBuf {
        self.data.path().join(self.tree_id.to_string())
    }

    /// The log opens and finds everything; whether the index was made again.
    fn opens(&self) -> bool {
        let log = Log::open_with(self.data.path(), self.tree_id, &settings()).unwrap();
        self.model.check(&log);
        let rebuilt = log.index_rebuilt().map(str::to_owned);
        if let Some(why) = &rebuilt {
            assert!(why.contains("index") && why.contains("made again"), "{why}");
        }
        rebuilt.is_some()
    }
}

#[test]
fn a_damaged_index_is_made_again() {
    let closed = Closed::new();
    assert!(!closed.opens());
    // Records, what follows them in a block, fences, filter, footer: each counted from the end of the first run.
    for back in [u64::MAX, 4096 + 500, 510, 400, 125, 90, 2] {
        let path = runs(&closed.folder())[0].clone();
        let file = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let at = file.metadata().unwrap().len().saturating_sub(back);
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 4], at).unwrap();
        assert!(closed.opens(), "byte {at}, {back} from the end");
    }
    assert!(!closed.opens());
}

#[test]
fn a_short_or_a_missing_run_is_noticed() {
    let closed = Closed::new();
    let shorten = |by: u64| {
        let file = fs::OpenOptions::new().write(true).open(&runs(&closed.folder())[0]).unwrap();
        file.set_len(file.metadata().unwrap().len().saturating_sub(by)).unwrap();
    };
    for by in [1, 100, 4096, u64::MAX] {
        shorten(by);
        assert!(closed.opens(), "{by} bytes less");
    }
    let closed = Closed::new();
    fs::remove_file(&runs(&closed.folder())[0]).unwrap();
    assert!(closed.opens());
    // What the last run had is read from the commits, as after a crash.
    let closed = Closed::new();
    fs::remove_file(runs(&closed.folder()).last().unwrap()).unwrap();
    assert!(!closed.opens());
    fs::remove_dir_all(closed.folder().join("index")).unwrap();
    assert!(!closed.opens());
}

#[test]
fn another_logs_index_is_not_believed() {
    let (closed, other) = (Closed::new(), Closed::new());
    fs::remove_dir_all(closed.folder().join("index")).unwrap();
    fs::rename(other.folder().join("index"), closed.folder().join("index")).unwrap();
    assert!(closed.opens());
}

#[test]
fn what_a_crash_left_in_the_index_folder_does_no_harm() {
    let closed = Closed::new();
    let index = closed.folder().join("index");
    fs::write(index.join("flush.unfinished"), "half a run").unwrap();
    // A merge that was not finished: what it merged is still there, and in it.
    let first = runs(&closed.folder())[0].clone();
    let copy = fs::read(&first).unwrap();
    assert!(!closed.opens());
    assert!(!index.join("flush.unfinished").exists());
    let name = first.file_name().unwrap().to_str().unwrap().to_owned();
    let (from, to) = name.split_once('-').unwrap();
    let within = index.join(format!("{from}-{:020}", to.parse::<u64>().unwrap() - 1));
    fs::write(&within, copy).unwrap();
    assert!(!closed.opens());
    assert!(!within.exists());
}

#[test]
fn a_duplicate_is_found_wherever_the_first_one_is() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    drop(log);
    for round in 0..4u64 {
        let log = Log::open_with(data.path(), tree_id, &settings()).unwrap();
        for number in 0..200 * (round + 1) {
            let (done, added) = std::sync::mpsc::channel();
            let leaf = || Candidate::raw(number.to_be_bytes().to_vec()).unwrap();
            for _ in 0..2 {
                let done = done.clone();
                log.submit(leaf(), move |added| done.send(added.unwrap()).unwrap());
            }
            let (first, second) = (added.recv().unwrap(), added.recv().unwrap());
            assert_eq!((first.index, second.index), (number, number));
            assert_eq!((first.duplicate, second.duplicate), (number < 200 * round, true));
        }
        assert_eq!(log.head().size, 200 * (round + 1));
    }
}

#[test]
fn times_are_found_in_the_commits() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    let mut times = Vec::new();
    for i in 0..100u8 {
        log.append_raw(vec![i]).unwrap();
        times.push(log.head().time);
    }
    let check = |log: &Log| {
        assert!((0..100).all(|i| log.time_of(i).unwrap() == times[i as usize]));
        assert!(log.time_of(100).is_err());
    };
    check(&log);
    drop(log);
    check(&Log::open(data.path(), tree_id).unwrap());
}

#[test]
fn blobs_are_found_by_whoever_knows_their_hash() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    drop(log);
    let maker = LinkMaker::new(1);
    for round in 0..3 {
        let log = Log::open_with(data.path(), tree_id, &settings()).unwrap();
        for number in 0..60 {
            let link = maker.link(&format!("artifact {}", round * 60 + number));
            let added = log.add(submission(&maker, &format!("artifact {}", round * 60 + number))).unwrap();
            let entry = LinkEntry::parse(&log.entry(added.index).unwrap()).unwrap();
            assert_eq!(log.blob(&entry.file).unwrap(), Some(link));
            assert_eq!(log.blob(&sha256(&[round, number])).unwrap(), None);
        }
    }
}
