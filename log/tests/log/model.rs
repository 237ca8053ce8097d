//! Random histories of a log, compared at each step with a model that is nothing but lists.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{Added, Candidate, Head, Log, Settings, Submission};
use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle;
use std::collections::{BTreeSet, HashMap};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::channel;

/// Histories, unless `REKOR_MODELS` says how many, and steps of each.
const HISTORIES: u64 = 3;
const STEPS: u64 = 120;

/// Numbers that depend on the seed alone.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What a log should be.
#[derive(Default)]
struct Model {
    leaves: Vec<Hash>,
    index: HashMap<Hash, u64>,
    bodies: BTreeSet<u64>,
    heads: Vec<Head>,
}

impl Model {
    /// What an addition of the entry with this leaf hash should give.
    fn add(&mut self, leaf: Hash) -> Added {
        let next = self.leaves.len() as u64;
        let index = *self.index.entry(leaf).or_insert(next);
        if index == next {
            self.leaves.push(leaf);
        }
        Added { index, duplicate: index != next }
    }

    fn check(&mut self, log: &Log, random: &mut Random) {
        let head = log.head();
        assert_eq!((head.size, head.root), (self.leaves.len() as u64, root(&self.leaves)));
        if let Some(before) = self.heads.last() {
            assert!(head.time >= before.time);
        }
        self.heads.push(head.clone());
        let before = &self.heads[random.below(self.heads.len() as u64) as usize];
        assert_eq!(log.root(before.size).unwrap(), before.root);
        if before.size > 0 {
            let proof = log.consistency_proof(before.size, head.size).unwrap();
            merkle::verify_consistency(before.size, head.size, &proof, before.root, head.root).unwrap();
        }
        if head.size > 0 {
            let index = random.below(head.size);
            let leaf = self.leaves[index as usize];
            assert_eq!(log.leaf_hash(index).unwrap(), leaf);
            assert_eq!(merkle::leaf_hash(&log.entry(index).unwrap()), leaf);
            assert_eq!(log.index_of_leaf_hash(&leaf).unwrap(), Some(index));
            let proof = log.inclusion_proof(index, head.size).unwrap();
            merkle::verify_inclusion(index, head.size, leaf, &proof, head.root).unwrap();
        }
        let number = random.below(40);
        let link = LinkMaker::new(1).link(&format!("artifact {number}"));
        assert_eq!(log.blob(&sha256(&link)).unwrap().is_some(), self.bodies.contains(&number), "body {number}");
    }
}

/// MTH of RFC 6962 §2.1 over leaf hashes.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], root(left).as_bytes().as_slice(), root(right).as_bytes()].concat())
        }
    }
}

fn link(number: u64, digest_only: bool) -> Submission {
    Submission { digest_only, ..submission(&LinkMaker::new(1), &format!("artifact {number}")) }
}

/// Several additions at once, some of them of the same entry: answers in the order of submission.
fn add_at_once(log: &Log, model: &mut Model, random: &mut Random) {
    let (sender, outcomes) = channel();
    let mut expected = Vec::new();
    for turn in 0..random.below(600) {
        let candidate = Candidate::raw(random.below(5000).to_be_bytes().to_vec()).unwrap();
        expected.push((turn, model.add(candidate.leaf_hash())));
        let sender = sender.clone();
        log.submit(candidate, move |added| sender.send((turn, added.unwrap())).unwrap());
    }
    drop(sender);
    assert_eq!(outcomes.iter().collect::<Vec<_>>(), expected);
}

/// As a crash leaves the files: with more in them than the last commit has.
fn scribble(folder: &Path, random: &mut Random) {
    for name in ["blobs", "entries", "offsets", "tiles.0", "tiles.1", "commits"] {
        if random.below(2) == 0 {
            let garbage = vec![b'{'; random.below(5000) as usize];
            OpenOptions::new().append(true).open(folder.join(name)).unwrap().write_all(&garbage).unwrap();
        }
    }
}

fn history(seed: u64) {
    let data = tempfile::tempdir().unwrap();
    let mut log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    let (mut random, mut model) = (Random(seed), Model::default());
    for _ in 0..STEPS {
        match random.below(12) {
            0 => {
                drop(log);
                let folder = data.path().join(tree_id.to_string());
                if random.below(2) == 0 {
                    scribble(&folder, &mut random);
                }
                if random.below(6) == 0 {
                    std::fs::remove_dir_all(folder.join("index")).unwrap();
                }
                let index_memory = 1 + random.below(300) as usize;
                let settings =
                    Settings { index_memory, read_whole: random.below(2) * 1_000_000, ..Settings::default() };
                log = Log::open_with(data.path(), tree_id, &settings).unwrap();
            }
            1..4 => add_at_once(&log, &mut model, &mut random),
            4..9 => {
                let (number, digest_only) = (random.below(40), random.below(2) == 0);
                let leaf = rekor_log::leaf_hash_of(link(number, digest_only)).unwrap();
                assert_eq!(log.add(link(number, digest_only)).unwrap(), model.add(leaf));
                if !digest_only {
                    model.bodies.insert(number);
                }
            }
            _ => {
                let leaf = random.below(5000).to_be_bytes().to_vec();
                let expected = model.add(merkle::leaf_hash(&leaf));
                assert_eq!(log.append_raw(leaf).unwrap(), expected);
            }
        }
        model.check(&log, &mut random);
    }
    assert_eq!(log.stopped(), None);
}

#[test]
fn random_histories_agree_with_the_model() {
    let histories = std::env::var("REKOR_MODELS").map_or(HISTORIES, |count| count.parse().unwrap());
    for seed in 0..histories {
        println!("history {seed}"); // Shown where it fails.
        history(seed);
    }
}
