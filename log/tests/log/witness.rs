//! A witness cosigns what continues the tree that it saw, and nothing else. In each test of a refusal the request is
//! sound but for one thing.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{Log, NotCosigned, Witness, WitnessError};
use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::tlog;
use rekor_verifier::format::note::Vkey;
use rekor_verifier::policy::Policy;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

const NOW: u64 = 1_800_000_000;

/// A log that grows, and a witness that knows it.
struct Scene {
    folder: TempDir,
    log: Log,
    vkey: Vkey,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::create(&folder.path().join("data"), None).unwrap();
        let vkey = Witness::create(&folder.path().join("witness"), "witness.example/w1").unwrap();
        Self { folder, log, vkey }
    }

    fn witness(&self) -> Witness {
        Witness::open(&self.folder.path().join("witness"), &self.logs()).unwrap()
    }

    fn logs(&self) -> String {
        format!("log {}\nquorum none\n", self.log.vkey())
    }

    fn origin(&self) -> Hash {
        sha256(self.log.origin().as_bytes())
    }

    fn record(&self) -> PathBuf {
        self.folder.path().join("witness").join(self.origin().to_string())
    }

    /// The log's checkpoint once it has `size` entries.
    fn grow(&self, size: u64) -> String {
        for i in self.log.head().size..size {
            self.log.add(submission(&LinkMaker::new(1), &format!("artifact {i}"))).unwrap();
        }
        self.log.head().checkpoint
    }

    /// The request for the newest checkpoint, going on from a tree of `old` entries.
    fn request(&self, old: u64) -> String {
        let head = self.log.head();
        self.request_for(old, &self.log.consistency_proof(old, head.size).unwrap(), &head.checkpoint)
    }

    fn request_for(&self, old: u64, proof: &[Hash], checkpoint: &str) -> String {
        let proof: String = proof.iter().map(|hash| format!("{}\n", hash.to_base64())).collect();
        format!("old {old}\n{proof}\n{checkpoint}")
    }

    /// Whether the checkpoint with this line below it carries the witness's cosignature.
    fn holds(&self, checkpoint: &str, line: &str) -> bool {
        let policy = format!("log {}\nwitness w {}\nquorum w\n", self.log.vkey(), self.vkey);
        let policy = Policy::parse(&policy).unwrap();
        let opened = tlog::open(format!("{checkpoint}{line}").as_bytes(), &policy, None).unwrap();
        opened.cosignatures() == [("w".to_owned(), Some(NOW))] && policy.witnesses.satisfied_by(opened.witnesses())
    }
}

/// What the witness says to a request that it should refuse.
fn refusal(witness: &Witness, request: &str) -> NotCosigned {
    witness.add_checkpoint(request.as_bytes(), NOW).unwrap_err()
}

#[test]
fn a_tree_that_grows_is_cosigned_at_every_step() {
    let scene = Scene::new();
    let witness = scene.witness();
    assert_eq!(witness.checkpoint(&scene.origin()), None);
    let mut old = 0;
    for size in [0, 1, 2, 3, 7, 8, 8, 20] {
        let checkpoint = scene.grow(size);
        let line = witness.add_checkpoint(scene.request(old).as_bytes(), NOW).unwrap();
        assert!(scene.holds(&checkpoint, &line), "{size}");
        assert_eq!(witness.checkpoint(&scene.origin()).unwrap(), format!("{checkpoint}{line}"));
        old = size;
    }
}

#[test]
fn the_record_survives_a_restart() {
    let scene = Scene::new();
    scene.grow(3);
    scene.witness().add_checkpoint(scene.request(0).as_bytes(), NOW).unwrap();
    let witness = scene.witness();
    assert!(matches!(refusal(&witness, &scene.request(0)), NotCosigned::OtherSize(3)));
    scene.grow(5);
    witness.add_checkpoint(scene.request(3).as_bytes(), NOW).unwrap();
}

#[test]
fn a_damaged_record_is_refused_at_start() {
    let scene = Scene::new();
    scene.grow(3);
    scene.witness().add_checkpoint(scene.request(0).as_bytes(), NOW).unwrap();
    let sound = fs::read_to_string(scene.record()).unwrap();
    let log_alone = scene.log.head().checkpoint;
    let other = Log::create(&scene.folder.path().join("other"), None).unwrap().head().checkpoint;
    for damaged in ["", &sound.replace("\n3\n", "\n2\n"), &log_alone, &other] {
        fs::write(scene.record(), damaged).unwrap();
        let opened = Witness::open(&scene.folder.path().join("witness"), &scene.logs());
        assert!(matches!(opened, Err(WitnessError::Record(..))), "{damaged}");
    }
    fs::write(scene.record(), sound).unwrap();
    scene.witness();
}

#[test]
fn one_process_at_a_time() {
    let scene = Scene::new();
    let _open = scene.witness();
    let second = Witness::open(&scene.folder.path().join("witness"), &scene.logs());
    assert!(matches!(second, Err(WitnessError::InUse(_))));
}

#[test]
fn an_unknown_log_is_refused() {
    let scene = Scene::new();
    let stranger = Log::create(&scene.folder.path().join("data"), None).unwrap();
    let request = scene.request_for(0, &[], &stranger.head().checkpoint);
    assert!(matches!(refusal(&scene.witness(), &request), NotCosigned::UnknownLog));
}

#[test]
fn another_key_or_a_bad_signature_is_refused() {
    let scene = Scene::new();
    let witness = scene.witness();
    // Another log under the same name: its own key, which the witness does not know.
    let twin = Log::create(&scene.folder.path().join("twin"), Some(scene.log.origin())).unwrap();
    let request = scene.request_for(0, &[], &twin.head().checkpoint);
    assert!(matches!(refusal(&witness, &request), NotCosigned::NotSigned));
    // The log's own line, over another text: the same tree with a line that the log did not sign.
    let checkpoint = scene.grow(1).replace("\n\n", "\nextension\n\n");
    assert!(matches!(refusal(&witness, &scene.request_for(0, &[], &checkpoint)), NotCosigned::NotSigned));
    assert_eq!(witness.checkpoint(&scene.origin()), None);
}

#[test]
fn a_strangers_signature_beside_the_logs_is_not_kept() {
    let scene = Scene::new();
    let witness = scene.witness();
    let twin = Log::create(&scene.folder.path().join("twin"), Some("twin.example")).unwrap().head().checkpoint;
    let strange = twin.rsplit_once("\n\n").unwrap().1;
    let checkpoint = scene.grow(1);
    let request = scene.request_for(0, &[], &format!("{checkpoint}{strange}"));
    let line = witness.add_checkpoint(request.as_bytes(), NOW).unwrap();
    assert_eq!(witness.checkpoint(&scene.origin()).unwrap(), format!("{checkpoint}{line}"));
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let scene = Scene::new();
    let witness = scene.witness();
    let old = scene.grow(3);
    scene.grow(5);
    witness.add_checkpoint(scene.request(0).as_bytes(), NOW).unwrap();
    // Larger than the checkpoint: a request that contradicts itself.
    assert!(matches!(refusal(&witness, &scene.request_for(5, &[], &old)), NotCosigned::OldSize));
    // Not the size that was cosigned last.
    assert!(matches!(refusal(&witness, &scene.request(3)), NotCosigned::OtherSize(5)));
    // An older tree, from the beginning: a rollback.
    assert!(matches!(refusal(&witness, &scene.request_for(0, &[], &old)), NotCosigned::OtherSize(5)));
}

#[test]
fn proofs_that_do_not_hold_are_refused() {
    let scene = Scene::new();
    let witness = scene.witness();
    scene.grow(3);
    let one = scene.request_for(0, &[scene.log.head().root], &scene.log.head().checkpoint);
    assert!(matches!(refusal(&witness, &one), NotCosigned::Inconsistent(_)), "a proof where nothing is to be proven");
    witness.add_checkpoint(scene.request(0).as_bytes(), NOW).unwrap();
    let again = scene.request_for(3, &[scene.log.head().root], &scene.log.head().checkpoint);
    assert!(matches!(refusal(&witness, &again), NotCosigned::Inconsistent(_)), "a proof for the same tree");
    let checkpoint = scene.grow(7);
    let proof = scene.log.consistency_proof(3, 7).unwrap();
    for i in 0..proof.len() {
        let mut flipped = proof.clone();
        let mut bytes = *flipped[i].as_bytes();
        bytes[31] ^= 1;
        flipped[i] = Hash::from_bytes(bytes);
        assert!(matches!(
            refusal(&witness, &scene.request_for(3, &flipped, &checkpoint)),
            NotCosigned::Inconsistent(_)
        ));
    }
    for wrong in [&proof[1..], &proof[..proof.len() - 1], &[]] {
        assert!(matches!(refusal(&witness, &scene.request_for(3, wrong, &checkpoint)), NotCosigned::Inconsistent(_)));
    }
    assert!(fs::read_to_string(scene.record()).unwrap().contains("\n3\n"), "the record stays as it was");
    witness.add_checkpoint(scene.request(3).as_bytes(), NOW).unwrap();
}

/// The log of `scene`, copied while it was small, which then went another way.
fn fork(scene: &Scene, size: u64) -> Log {
    let (from, to) = (scene.folder.path().join("data"), scene.folder.path().join("fork"));
    let tree = scene.log.tree_id().to_string();
    fs::create_dir_all(to.join(&tree)).unwrap();
    for file in fs::read_dir(from.join(&tree)).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_dir() {
            continue; // The index, which is derived.
        }
        fs::copy(file.path(), to.join(&tree).join(file.file_name())).unwrap();
    }
    let mark = format!("{tree}.signed");
    fs::copy(from.join(&mark), to.join(&mark)).unwrap();
    let fork = Log::open(&to, scene.log.tree_id()).unwrap();
    for i in fork.head().size..size {
        fork.add(submission(&LinkMaker::new(2), &format!("forked {i}"))).unwrap();
    }
    fork
}

#[test]
fn a_fork_is_refused_and_the_record_stays() {
    let scene = Scene::new();
    let witness = scene.witness();
    scene.grow(2);
    let fork = fork(&scene, 6);
    scene.grow(4);
    witness.add_checkpoint(scene.request(0).as_bytes(), NOW).unwrap();
    let kept = fs::read(scene.record()).unwrap();
    // Its best proof: from its own tree of four entries, which is not the one that was cosigned.
    let proof = fork.consistency_proof(4, 6).unwrap();
    let request = scene.request_for(4, &proof, &fork.head().checkpoint);
    assert!(matches!(refusal(&witness, &request), NotCosigned::Inconsistent(_)));
    // Of the same size: no proof is needed, and the root is another one.
    scene.grow(6);
    witness.add_checkpoint(scene.request(4).as_bytes(), NOW).unwrap();
    let same_size = scene.request_for(6, &[], &fork.head().checkpoint);
    assert!(matches!(refusal(&witness, &same_size), NotCosigned::Inconsistent(_)));
    assert_ne!(fs::read(scene.record()).unwrap(), kept);
    assert!(fs::read_to_string(scene.record()).unwrap().starts_with(&scene.log.head().checkpoint));
}

#[test]
fn of_requests_at_once_that_go_on_from_one_tree_one_wins() {
    let scene = Scene::new();
    let witness = scene.witness();
    scene.grow(1);
    witness.add_checkpoint(scene.request(0).as_bytes(), NOW).unwrap();
    let requests: Vec<String> = (2..10)
        .map(|size| {
            scene.grow(size);
            scene.request(1)
        })
        .collect();
    let won = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for request in &requests {
            scope.spawn(|| match witness.add_checkpoint(request.as_bytes(), NOW) {
                Ok(_) => drop(won.fetch_add(1, Ordering::Relaxed)),
                Err(error) => assert!(matches!(error, NotCosigned::OtherSize(_))),
            });
        }
    });
    assert_eq!(won.into_inner(), 1);
}

#[test]
fn a_record_that_cannot_be_kept_is_not_cosigned() {
    let scene = Scene::new();
    let witness = scene.witness();
    scene.grow(1);
    // Where the record is written first, something stands that is no file.
    fs::create_dir(scene.record().with_extension("new")).unwrap();
    assert!(matches!(refusal(&witness, &scene.request(0)), NotCosigned::Trouble(_)));
    assert_eq!(witness.checkpoint(&scene.origin()), None);
    fs::remove_dir(scene.record().with_extension("new")).unwrap();
    witness.add_checkpoint(scene.request(0).as_bytes(), NOW).unwrap();
}

#[test]
fn names_and_keys_that_cannot_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "a b", "a+b", &"x".repeat(256)] {
        assert!(matches!(Witness::create(&folder.path().join("w"), name), Err(WitnessError::Name(_))), "{name:?}");
    }
    Witness::create(&folder.path().join("w"), "one").unwrap();
    assert!(Witness::create(&folder.path().join("w"), "one").is_err(), "a key is never replaced");
    Witness::create(&folder.path().join("other"), "one").unwrap();
    fs::copy(folder.path().join("other/ed25519.key"), folder.path().join("w/ed25519.key")).unwrap();
    assert!(matches!(Witness::open(&folder.path().join("w"), "quorum none"), Err(WitnessError::Key(_))));
}
