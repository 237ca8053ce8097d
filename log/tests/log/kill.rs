//! What was acknowledged is there after `kill -9` at any moment, and after a disk that takes no more.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{AddError, Head, Log, Settings, Submission};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle;
use rekor_verifier::format::entry::LinkEntry;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Kills, each at another moment, unless `REKOR_KILLS` says how many.
const ROUNDS: u64 = 24;

/// Threads that add at the same time.
const WRITERS: u64 = 4;

/// Set in the process that is to be killed: data folder, tree ID, round, separated by commas.
const ORDERS: &str = "REKOR_TEST_ADD_UNTIL_KILLED";

/// The process that is killed: adds from several threads and tells of each acknowledgement.
#[test]
#[ignore = "started by the tests beside it, in a process of its own"]
fn add_until_killed() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let mut orders = orders.split(',');
    let mut order = || orders.next().unwrap();
    let (data, tree_id, round) = (order(), order().parse().unwrap(), order());
    // So little memory that runs of the index are written and merged all the time.
    let settings = Settings { index_memory: 64, ..Settings::default() };
    let log = Log::open_with(Path::new(data), tree_id, &settings).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let log = &log;
            scope.spawn(move || add_for_ever(log, &format!("round {round} writer {writer}")));
        }
    });
}

fn add_for_ever(log: &Log, name: &str) {
    let maker = LinkMaker::new(1);
    for i in 0.. {
        // Every third one is not kept, every fourth is also added by the other writers.
        let artifact = if i % 4 == 0 { format!("shared {i}") } else { format!("{name} artifact {i}") };
        let candidate = Submission { digest_only: i % 3 == 0, ..submission(&maker, &artifact) };
        match log.add(candidate) {
            Ok(added) => tell(&format!("{},{},{artifact}\n", added.index, u8::from(i % 3 != 0))),
            Err(AddError::Stopped(why)) => return tell(&format!("stopped: {why}\n")),
            Err(error) => panic!("{error}"),
        }
    }
}

/// One write, so that the lines of several threads do not mix.
fn tell(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

fn start(log: &Path, tree_id: u64, round: u64, file_limit: Option<u32>) -> Child {
    let this = std::env::current_exe().unwrap();
    let mut command = match file_limit {
        None => Command::new(this),
        Some(blocks) => {
            // A file that would grow beyond the limit gives an error instead of a signal.
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]).arg(this);
            shell
        }
    };
    command.args(["--exact", "kill::add_until_killed", "--ignored", "--nocapture"]);
    command.env(ORDERS, format!("{},{tree_id},{round}", log.display()));
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What was acknowledged: by index, whether the body was to be kept, and the artifact.
#[derive(Default)]
struct Acknowledged(BTreeMap<u64, (bool, String)>);

impl Acknowledged {
    fn note(&mut self, line: &str) {
        let parts: Vec<&str> = line.splitn(3, ',').collect();
        let [index, kept, artifact] = parts[..] else { panic!("the process says {line:?}") };
        let (index, kept, artifact) = (index.parse().unwrap(), kept == "1", artifact.to_owned());
        let before = self.0.entry(index).or_insert((false, artifact.clone()));
        assert_eq!(before.1, artifact, "one index, two entries");
        before.0 |= kept;
    }

    /// All of it is in the log, provable, and the log has only grown.
    fn check(&self, log: &Log, before: &Head) -> Head {
        let head = log.head();
        let maker = LinkMaker::new(1);
        for (index, (kept, artifact)) in &self.0 {
            let leaf = log.entry(*index).unwrap();
            let entry = LinkEntry::parse(&leaf).unwrap();
            let link = maker.link(artifact);
            assert_eq!(entry.file, sha256(&link), "entry {index}");
            let proof = log.inclusion_proof(*index, head.size).unwrap();
            merkle::verify_inclusion(*index, head.size, merkle::leaf_hash(&leaf), &proof, head.root).unwrap();
            if *kept {
                assert_eq!(log.blob(&entry.file).unwrap(), Some(link), "body of entry {index}");
            }
            assert!(log.add(submission(&maker, artifact)).unwrap().duplicate);
        }
        if before.size > 0 {
            let proof = log.consistency_proof(before.size, head.size).unwrap();
            merkle::verify_consistency(before.size, head.size, &proof, before.root, head.root).unwrap();
        }
        head
    }
}

fn random(below: u64) -> u64 {
    getrandom::u64().unwrap() % below
}

#[test]
fn every_acknowledged_entry_survives_kill_minus_nine() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let (tree_id, mut head) = (log.tree_id(), log.head());
    drop(log);
    let mut acknowledged = Acknowledged::default();
    let rounds = std::env::var("REKOR_KILLS").map_or(ROUNDS, |kills| kills.parse().unwrap());
    for round in 0..rounds {
        let mut child = start(data.path(), tree_id, round, None);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // Some are killed while they recover, most in the middle of commits.
        for _ in 0..random(40) * u64::from(round % 6 != 5) {
            acknowledged.note(&lines.next().unwrap().unwrap());
        }
        // Not to wait for anything: to hit another moment each time.
        std::thread::sleep(Duration::from_micros(random(15_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            acknowledged.note(&line.unwrap());
        }
        let log = Log::open(data.path(), tree_id).unwrap();
        head = acknowledged.check(&log, &head);
    }
    assert!(acknowledged.0.len() > 100, "only {} entries were acknowledged", acknowledged.0.len());
}

#[test]
fn a_write_that_fails_stops_the_log_and_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let (tree_id, head) = (log.tree_id(), log.head());
    drop(log);
    // 64 blocks of 512 bytes: some file of the log is full before long.
    let mut child = start(data.path(), tree_id, 0, Some(64));
    let (mut acknowledged, mut stopped) = (Acknowledged::default(), Vec::new());
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        match line.unwrap() {
            line if line.starts_with("stopped: ") => stopped.push(line),
            line => acknowledged.note(&line),
        }
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(stopped.len() as u64, WRITERS, "{stopped:?}");
    assert!(stopped.iter().all(|why| why.contains("cannot write")), "{stopped:?}");
    assert!(acknowledged.0.len() > 5);
    let log = Log::open(data.path(), tree_id).unwrap();
    acknowledged.check(&log, &head);
}
