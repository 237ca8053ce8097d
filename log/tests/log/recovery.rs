//! What is left behind by a crash is cut off; what was damaged later is refused.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{AddError, CommitError, KeyError, Log, Logs, OpenError, StoreError};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;
use tempfile::TempDir;

const FILES: [&str; 6] = ["blobs", "entries", "offsets", "tiles.0", "tiles.1", "tiles.2"];

/// A closed log of five entries.
struct Closed {
    data: TempDir,
    tree_id: u64,
    checkpoint: String,
}

impl Closed {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let log = Log::create(data.path(), None).unwrap();
        for i in 0..5 {
            log.add(submission(&LinkMaker::new(1), &format!("artifact {i}"))).unwrap();
        }
        let (tree_id, checkpoint) = (log.tree_id(), log.head().checkpoint);
        drop(log);
        Self { data, tree_id, checkpoint }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(self.tree_id.to_string()).join(name)
    }

    fn open(&self) -> Result<Log, OpenError> {
        Log::open(self.data.path(), self.tree_id)
    }

    fn append(&self, name: &str, bytes: &[u8]) {
        OpenOptions::new().append(true).open(self.path(name)).unwrap().write_all(bytes).unwrap();
    }

    fn shorten(&self, name: &str, by: u64) {
        let file = OpenOptions::new().write(true).open(self.path(name)).unwrap();
        file.set_len(file.metadata().unwrap().len() - by).unwrap();
    }

    fn flip(&self, name: &str, offset: u64) {
        let file = OpenOptions::new().read(true).write(true).open(self.path(name)).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).unwrap();
        file.write_all_at(&[byte[0] ^ 1], offset).unwrap();
    }
}

/// The log has what it had, and takes more.
fn goes_on(closed: &Closed) {
    let log = closed.open().unwrap();
    assert_eq!(log.head().checkpoint, closed.checkpoint);
    for i in 0..5 {
        let added = log.add(submission(&LinkMaker::new(1), &format!("artifact {i}"))).unwrap();
        assert_eq!((added.index, added.duplicate), (i, true));
    }
    assert_eq!(log.add(submission(&LinkMaker::new(1), "new")).unwrap().index, 5);
}

#[test]
fn the_tail_of_every_file_is_cut_off() {
    for garbage in [&b"x"[..], &[0; 5000], &[0xff; 70_000]] {
        let closed = Closed::new();
        for name in FILES {
            closed.append(name, garbage);
        }
        goes_on(&closed);
        goes_on_after_reopening(&closed);
    }
}

fn goes_on_after_reopening(closed: &Closed) {
    let log = closed.open().unwrap();
    assert_eq!(log.head().size, 6);
    assert!(log.add(submission(&LinkMaker::new(1), "new")).unwrap().duplicate);
}

#[test]
fn a_torn_commit_record_is_cut_off() {
    let whole = fs::read_to_string(Closed::new().path("commits")).unwrap();
    let record = whole.lines().last().unwrap();
    let zeros = format!("{}\n", "\0".repeat(700));
    // Half a record, one that is not the successor of the last, holes, and a line too long to be one.
    for torn in [&record[..1], &record[..record.len() / 2], record, &format!("{record}\n"), &zeros, &"z".repeat(65_000)]
    {
        let closed = Closed::new();
        closed.append("commits", torn.as_bytes());
        closed.append("entries", b"half an entry");
        goes_on(&closed);
    }
}

#[test]
fn a_damaged_commit_record_is_refused() {
    let closed = Closed::new();
    // The size in the first record becomes 1: it is still a record, but not the one that the second names.
    closed.flip("commits", 20);
    assert!(matches!(closed.open(), Err(OpenError::Commit(CommitError::Damaged { .. }))));
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    for name in ["checkpoint", "checkpoint_v1"] {
        let closed = Closed::new();
        let records = fs::read_to_string(closed.path("commits")).unwrap();
        let last = records.lines().last().unwrap();
        // As records were before they had a hash: the signature alone stands in the way.
        let (unhashed, _) = last.split_once(",\"hash\"").unwrap();
        let mut older = unhashed.replacen("\"version\":2", "\"version\":1", 1) + "}\n";
        let whole = records.strip_suffix(&format!("{last}\n")).unwrap().to_owned();
        fs::write(closed.path("commits"), format!("{whole}{older}")).unwrap();
        assert!(closed.open().is_ok(), "{name}");
        // Ten bytes into the signature, behind the name of the signer.
        let start = older.find(&format!("\"{name}\"")).unwrap();
        let dash = start + older[start..].find('\u{2014}').unwrap() + 4;
        let at = dash + older[dash..].find(' ').unwrap() + 11;
        let other = if &older[at..=at] == "A" { "B" } else { "A" };
        older.replace_range(at..=at, other);
        fs::write(closed.path("commits"), format!("{whole}{older}")).unwrap();
        assert!(matches!(closed.open(), Err(OpenError::Key(KeyError::BadSignature(_)))), "{name}");
    }
}

#[test]
fn losing_what_was_signed_is_refused() {
    let closed = Closed::new();
    closed.shorten("commits", 1);
    let error = closed.open().err().unwrap();
    assert!(matches!(error, OpenError::Commit(CommitError::Behind { recorded: 4, signed: 5 })), "{error}");
    assert!(error.to_string().contains("fork"), "{error}");
}

#[test]
fn a_folder_without_its_high_water_mark_is_refused() {
    let closed = Closed::new();
    let mark = closed.data.path().join(format!("{}.signed", closed.tree_id));
    fs::remove_file(&mark).unwrap();
    assert!(matches!(closed.open(), Err(OpenError::Commit(CommitError::NoMark(_)))));
    fs::write(&mark, "5").unwrap();
    assert!(matches!(closed.open(), Err(OpenError::Commit(CommitError::Mark))));
    // Of the right size, with another tree's root.
    fs::write(&mark, "00000000000000000005 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n").unwrap();
    assert!(matches!(closed.open(), Err(OpenError::Store(StoreError::Damaged { .. }))));
    // A crash of the machine may leave the mark behind, never ahead.
    fs::write(&mark, "00000000000000000000 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n").unwrap();
    goes_on(&closed);
}

#[test]
fn files_that_are_shorter_than_committed_are_refused() {
    for name in &FILES[..4] {
        let closed = Closed::new();
        closed.shorten(name, 1);
        let error = closed.open().err().unwrap();
        assert!(
            matches!(&error, OpenError::Store(StoreError::Damaged { file, .. }) if file.ends_with(name)),
            "{error}"
        );
    }
}

#[test]
fn a_flipped_bit_in_what_was_committed_is_refused() {
    for name in &FILES[..4] {
        let closed = Closed::new();
        closed.flip(name, 36);
        assert!(matches!(closed.open(), Err(OpenError::Store(StoreError::Damaged { .. }))), "{name}");
    }
}

#[test]
fn a_log_has_one_process() {
    let closed = Closed::new();
    let log = closed.open().unwrap();
    assert!(matches!(closed.open(), Err(OpenError::InUse(_))));
    assert!(matches!(Logs::open(closed.data.path()), Err(OpenError::Log { .. })));
    drop(log);
    closed.open().unwrap();
}

#[test]
fn the_keys_are_readable_by_the_owner_alone() {
    let closed = Closed::new();
    for name in ["ed25519.key", "p256.key"] {
        assert_eq!(fs::metadata(closed.path(name)).unwrap().mode() & 0o777, 0o600);
    }
}

#[test]
fn another_logs_keys_are_refused() {
    let (closed, other) = (Closed::new(), Closed::new());
    for name in ["ed25519.key", "p256.key"] {
        let own = fs::read(closed.path(name)).unwrap();
        fs::copy(other.path(name), closed.path(name)).unwrap();
        assert!(matches!(closed.open(), Err(OpenError::Key(_))), "{name}");
        fs::write(closed.path(name), own).unwrap();
    }
    closed.open().unwrap();
}

#[test]
fn a_tree_that_does_not_hold_the_signed_one_is_never_signed() {
    // The stored hash of an entry changes behind the running log's back: the next batch is not signed.
    let closed = Closed::new();
    let log = closed.open().unwrap();
    closed.flip("tiles.0", 40);
    let before = log.head();
    let error = log.add(submission(&LinkMaker::new(1), "new")).err().unwrap();
    assert!(matches!(&error, AddError::Stopped(why) if why.contains("self-check")), "{error}");
    assert_eq!(log.head(), before);
    closed.flip("tiles.0", 40);
    // It stays stopped, and says why, until it is opened again.
    assert!(matches!(log.add(submission(&LinkMaker::new(1), "newer")), Err(AddError::Stopped(_))));
    assert!(log.stopped().is_some());
    drop(log);
    goes_on(&closed);
}

#[test]
fn an_interrupted_creation_leaves_no_log() {
    let data = tempfile::tempdir().unwrap();
    assert!(Logs::open(&data.path().join("none")).unwrap().into_vec().is_empty());
    fs::create_dir(data.path().join(".new-123456")).unwrap();
    fs::write(data.path().join("123456.signed"), "").unwrap();
    assert!(Logs::open(data.path()).unwrap().into_vec().is_empty());
}

#[test]
fn logs_are_listed_oldest_first_and_origins_are_unique() {
    let data = tempfile::tempdir().unwrap();
    let ids: Vec<u64> =
        (0..4).map(|i| Log::create(data.path(), Some(&format!("log.example/{i}"))).unwrap().tree_id()).collect();
    let opened: Vec<u64> = Logs::open(data.path()).unwrap().into_vec().iter().map(Log::tree_id).collect();
    assert_eq!(opened, ids);
    assert!(ids.iter().all(|id| (100_000_000_000_000..1 << 53).contains(id)));
    assert!(matches!(Log::create(data.path(), Some("log.example/2")), Err(OpenError::OriginTaken(_))));
    assert!(matches!(Log::create(data.path(), Some("two words")), Err(OpenError::Key(_))));
}
