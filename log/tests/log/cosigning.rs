//! A log and its witnesses: what is served verifies, whoever lies or is away is not waited for, and a log that its
//! witnesses know to be an old copy signs nothing.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{AddError, Log, Messenger, NotCosigned, Witness, WitnessesError};
use rekor_verifier::Hash;
use rekor_verifier::check::tlog;
use rekor_verifier::format::note::{Note, Vkey};
use rekor_verifier::policy::Policy;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How a witness behaves.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Honest,
    Down,
    /// One bit of its cosignature is wrong.
    BadSignature,
    /// It answers with the cosignature of somebody else.
    Stranger,
    /// It always names the same size, whatever it is asked.
    Stubborn(u64),
}

/// Witnesses without a network: the n-th answers at `http://n`.
#[derive(Default)]
struct Street {
    witnesses: Mutex<Vec<(Option<Witness>, Mood)>>,
    news: Mutex<Vec<String>>,
}

impl Messenger for Street {
    fn exchange(&self, url: &str, body: Option<&str>, _limit: usize) -> Result<(u16, Vec<u8>), String> {
        let witnesses = self.witnesses.lock().unwrap();
        let (number, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let (witness, mood) = &witnesses[number.parse::<usize>().unwrap()];
        let Some(witness) = witness.as_ref().filter(|_| *mood != Mood::Down) else { return Err("is away".to_owned()) };
        let Some(body) = body else {
            let origin = Hash::from_hex(path.strip_suffix("/checkpoint").unwrap()).unwrap();
            return Ok(witness.checkpoint(&origin).map_or((404, Vec::new()), |note| (200, note.into_bytes())));
        };
        assert_eq!(path, "add-checkpoint");
        let answer = match (mood, witness.add_checkpoint(body.as_bytes(), 1_800_000_000)) {
            (Mood::Stubborn(size), _) => (409, format!("{size}\n")),
            (Mood::BadSignature, Ok(line)) => (200, flipped(&line)),
            (Mood::Stranger, Ok(line)) => (200, line.replace("/w0", "/w9")),
            (_, Ok(line)) => (200, line),
            (_, Err(NotCosigned::OtherSize(size))) => (409, format!("{size}\n")),
            (_, Err(NotCosigned::Inconsistent(error))) => (422, error.to_string()),
            (_, Err(error)) => panic!("a log asks in the right form: {error}\n{body}"),
        };
        Ok((answer.0, answer.1.into_bytes()))
    }

    fn news(&self, witness: &str, what: &str, _good: bool) {
        self.news.lock().unwrap().push(format!("{witness} {what}"));
    }
}

/// The line with the last bit of its signature flipped.
fn flipped(line: &str) -> String {
    let mut note = Note::parse(format!("x\n\n{line}").as_bytes()).unwrap();
    *note.signatures[0].signature.last_mut().unwrap() ^= 1;
    note.encode().strip_prefix("x\n\n").unwrap().to_owned()
}

/// A log, and a street of witnesses that know it.
struct Scene {
    folder: TempDir,
    street: Arc<Street>,
    tree_id: u64,
    vkey: String,
    vkeys: Vec<Vkey>,
}

impl Scene {
    /// So many witnesses, `quorum` of which make one.
    fn new(count: usize, quorum: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::create(&folder.path().join("data"), None).unwrap();
        let (tree_id, vkey) = (log.tree_id(), log.vkey().to_owned());
        drop(log);
        let mut scene = Self { folder, street: Arc::default(), tree_id, vkey, vkeys: Vec::new() };
        for i in 0..count {
            let at = scene.folder.path().join(format!("w{i}"));
            scene.vkeys.push(Witness::create(&at, &format!("witness.example/w{i}")).unwrap());
            let open = scene.witness(&at);
            scene.street.witnesses.lock().unwrap().push((Some(open), Mood::Honest));
        }
        fs::write(scene.data().join(tree_id.to_string()).join("witnesses"), scene.policy_text(quorum)).unwrap();
        scene
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn witness(&self, folder: &Path) -> Witness {
        Witness::open(folder, &format!("log {}\nquorum none\n", self.vkey)).unwrap()
    }

    fn policy_text(&self, quorum: usize) -> String {
        let mut text = format!("log {}\n", self.vkey);
        let names: Vec<String> = (0..self.vkeys.len()).map(|i| format!("w{i}")).collect();
        for (i, vkey) in self.vkeys.iter().enumerate() {
            text.push_str(&format!("witness w{i} {vkey} http://{i}\n"));
        }
        text + &format!("group enough {quorum} {}\nquorum enough\n", names.join(" "))
    }

    fn policy(&self, quorum: usize) -> Policy {
        Policy::parse(&self.policy_text(quorum)).unwrap()
    }

    fn mood(&self, witness: usize, mood: Mood) {
        self.street.witnesses.lock().unwrap()[witness].1 = mood;
    }

    fn messenger(&self) -> Arc<dyn Messenger> {
        Arc::clone(&self.street) as Arc<dyn Messenger>
    }

    /// The log, once it asks its witnesses.
    fn open(&self) -> Log {
        let log = Log::open(&self.data(), self.tree_id).unwrap();
        assert!(log.ask_witnesses(&self.messenger()).unwrap());
        log
    }

    /// Names of the witnesses whose cosignatures hold under this checkpoint.
    fn cosigners(&self, checkpoint: &str) -> Vec<String> {
        let opened = tlog::open(checkpoint.as_bytes(), &self.policy(1), None).unwrap();
        opened.cosignatures().iter().map(|(name, _)| name.clone()).collect()
    }

    fn heard(&self, what: &str) -> bool {
        self.street.news.lock().unwrap().iter().any(|news| news.contains(what))
    }
}

fn add(log: &Log, number: u32) {
    log.add(submission(&LinkMaker::new(1), &format!("artifact {number}"))).unwrap();
}

/// Stops the test where this does not come true in a long time.
fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < until, "{what}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn each_tree_is_cosigned_and_v1_never_shows_it() {
    let scene = Scene::new(2, 2);
    let log = scene.open();
    for i in 0..3 {
        add(&log, i);
        eventually("both cosign", || log.head().cosignatures.len() == 2);
        let head = log.head();
        assert_eq!(scene.cosigners(&head.cosigned()), ["w0", "w1"]);
        assert_eq!(log.cosigned_checkpoint(), Some(head.cosigned()));
        assert_eq!(Note::parse(head.checkpoint_v1.as_bytes()).unwrap().signatures.len(), 1);
        assert_eq!(Note::parse(head.checkpoint.as_bytes()).unwrap().signatures.len(), 1);
    }
}

#[test]
fn a_log_without_witnesses_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::create(folder.path(), None).unwrap();
    let nobody: Arc<dyn Messenger> = Arc::new(Street::default());
    assert!(!log.ask_witnesses(&nobody).unwrap());
    add(&log, 0);
    assert_eq!((log.cosigned_checkpoint(), log.head().cosignatures), (None, Vec::new()));
}

#[test]
fn cosignatures_survive_a_restart_and_what_was_changed_does_not() {
    let scene = Scene::new(1, 1);
    let log = scene.open();
    add(&log, 0);
    eventually("it cosigns", || log.cosigned_checkpoint() == Some(log.head().cosigned()) && log.head().size == 1);
    let cosigned = log.head().cosigned();
    drop(log);
    scene.mood(0, Mood::Down);
    assert_eq!(scene.open().head().cosigned(), cosigned);
    let file = scene.data().join(scene.tree_id.to_string()).join("cosigned");
    let (text, line) = cosigned.split_at(cosigned.trim_end().rfind('\n').unwrap() + 1);
    fs::write(&file, format!("{text}{}", flipped(line))).unwrap();
    let log = scene.open();
    assert_eq!((log.cosigned_checkpoint(), log.head().cosignatures), (None, Vec::new()));
}

#[test]
fn a_witness_that_is_down_holds_up_nobody_and_comes_back() {
    let scene = Scene::new(2, 1);
    scene.mood(1, Mood::Down);
    let log = scene.open();
    for i in 0..5 {
        add(&log, i);
    }
    eventually("the other one cosigns", || scene.cosigners(&log.head().cosigned()) == ["w0"]);
    assert!(scene.heard("w1 ") && scene.heard("is away"));
    scene.mood(1, Mood::Honest);
    eventually("it comes back", || log.head().cosignatures.len() == 2);
    eventually("which is heard of", || scene.heard("w1 cosigns again"));
}

#[test]
fn without_the_quorum_there_is_no_cosigned_checkpoint() {
    let scene = Scene::new(2, 2);
    scene.mood(1, Mood::Down);
    let log = scene.open();
    add(&log, 0);
    eventually("one cosigns", || scene.cosigners(&log.head().cosigned()) == ["w0"]);
    assert_eq!(log.cosigned_checkpoint(), None);
    add(&log, 1);
    eventually("and goes on to the next tree", || scene.cosigners(&log.head().cosigned()) == ["w0"]);
}

#[test]
fn what_does_not_verify_is_never_shown() {
    for mood in [Mood::BadSignature, Mood::Stranger] {
        let scene = Scene::new(2, 1);
        scene.mood(0, mood);
        let log = scene.open();
        add(&log, 0);
        eventually("the honest one cosigns", || log.head().size == 1 && log.head().cosignatures.len() == 1);
        eventually("the lie is noticed", || scene.heard("w0 answered with a cosignature that does not verify"));
        assert_eq!(scene.cosigners(&log.head().cosigned()), ["w1"]);
        assert_eq!(log.stopped(), None, "a witness can lie, and cannot stop a log");
    }
}

#[test]
fn a_witness_that_names_sizes_at_will_stops_nothing() {
    for size in [0, 1_000_000] {
        let scene = Scene::new(2, 1);
        scene.mood(0, Mood::Stubborn(size));
        let log = scene.open();
        add(&log, 0);
        eventually("the honest one cosigns", || scene.cosigners(&log.head().cosigned()) == ["w1"]);
        eventually("the other is heard of", || scene.heard("w0 refuses") || scene.heard("and shows none"));
        assert_eq!(log.stopped(), None);
    }
}

#[test]
fn a_witness_that_was_set_back_is_brought_up_to_date() {
    let scene = Scene::new(1, 1);
    let log = scene.open();
    add(&log, 0);
    eventually("it cosigns", || log.head().size == 1 && log.head().cosignatures.len() == 1);
    let record = fs::read_dir(scene.folder.path().join("w0")).unwrap();
    let record = record.map(|file| file.unwrap().path()).find(|path| path.file_name().unwrap().len() == 64).unwrap();
    let old = fs::read(&record).unwrap();
    add(&log, 1);
    eventually("it cosigns", || log.head().size == 2 && log.head().cosignatures.len() == 1);
    // It is restarted from a backup, while the log is open.
    scene.street.witnesses.lock().unwrap()[0].0 = None;
    fs::write(&record, old).unwrap();
    let restarted = scene.witness(&scene.folder.path().join("w0"));
    scene.street.witnesses.lock().unwrap()[0].0 = Some(restarted);
    add(&log, 2);
    eventually("it cosigns", || log.head().size == 3 && log.head().cosignatures.len() == 1);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        match file.file_type().unwrap().is_dir() {
            true => copy(&file.path(), &to.join(file.file_name())),
            false => drop(fs::copy(file.path(), to.join(file.file_name())).unwrap()),
        }
    }
}

/// A log of three cosigned entries, restored from a backup with `kept` of them and the mark of that time.
fn restored(kept: u32) -> Scene {
    let scene = Scene::new(1, 1);
    let backup = scene.folder.path().join("backup");
    let log = scene.open();
    for i in 0..3 {
        if i == kept {
            copy(&scene.data(), &backup);
        }
        add(&log, i);
    }
    eventually("it cosigns", || log.head().size == 3 && log.head().cosignatures.len() == 1);
    drop(log);
    fs::remove_dir_all(scene.data()).unwrap();
    fs::rename(backup, scene.data()).unwrap();
    scene
}

#[test]
fn an_old_copy_is_not_served() {
    let scene = restored(2);
    let log = Log::open(&scene.data(), scene.tree_id).unwrap();
    let refused = log.ask_witnesses(&scene.messenger()).unwrap_err();
    assert!(matches!(&refused, WitnessesError::OtherHistory(why) if why.contains("an old copy")), "{refused}");
}

#[test]
fn an_old_copy_whose_witness_was_away_at_start_stops_once_it_is_back() {
    for forked in [0, 2] {
        let scene = restored(2);
        scene.mood(0, Mood::Down);
        let log = scene.open();
        // Three entries again with one of them, and another root; more with two.
        for i in 0..=forked {
            add(&log, 100 + i);
        }
        let before = scene.street.witnesses.lock().unwrap()[0].0.as_ref().unwrap().checkpoint(&origin(&log));
        scene.mood(0, Mood::Honest);
        eventually("it stops", || log.stopped().is_some());
        assert!(log.stopped().unwrap().contains("an old copy"), "{:?}", log.stopped());
        let refused = log.add(submission(&LinkMaker::new(1), "one more"));
        assert!(matches!(refused, Err(AddError::Stopped(_))));
        let after = scene.street.witnesses.lock().unwrap()[0].0.as_ref().unwrap().checkpoint(&origin(&log));
        assert_eq!(before, after, "the witness keeps its record");
        assert_eq!(log.head().cosignatures, [""; 0]);
    }
}

fn origin(log: &Log) -> Hash {
    rekor_verifier::check::digest::sha256(log.origin().as_bytes())
}

#[test]
fn a_policy_that_cannot_be_used_is_refused() {
    let scene = Scene::new(1, 1);
    let file = scene.data().join(scene.tree_id.to_string()).join("witnesses");
    let log = Log::open(&scene.data(), scene.tree_id).unwrap();
    let refused = |text: &str| {
        fs::write(&file, text).unwrap();
        log.ask_witnesses(&scene.messenger()).unwrap_err()
    };
    let sound = scene.policy_text(1);
    assert!(matches!(refused("quorum"), WitnessesError::Policy(_)));
    assert!(matches!(refused(&sound.replace(" http://0", "")), WitnessesError::NoAddress(name) if name == "w0"));
    assert!(matches!(refused(&sound.replace("http://0", "ftp://0")), WitnessesError::NoAddress(_)));
}
