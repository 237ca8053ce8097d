//! Every file of a log, missing or with a bit flipped; an old copy; damage that is found while the log runs.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{AddError, CommitError, Head, Log, OpenError, Settings};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

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

/// Every file below a folder, as paths within it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path).iter().map(|file| path.join(file))),
            false => found.push(path),
        }
    }
    found.iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect()
}

/// A closed log of 260 entries, the last four of them links.
fn log_of_260() -> (TempDir, u64, Head) {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    for i in 0..256u16 {
        log.submit(rekor_log::Candidate::raw(i.to_be_bytes().to_vec()).unwrap(), |added| assert!(added.is_ok()));
    }
    for i in 0..4 {
        log.add(submission(&LinkMaker::new(1), &format!("artifact {i}"))).unwrap();
    }
    let (tree_id, head) = (log.tree_id(), log.head());
    (data, tree_id, head)
}

/// The log in a copy of `data` that was changed: if it opens at all, it has what it had, and the reason is returned if
/// it does not.
fn opens(data: &Path, tree_id: u64, head: &Head, change: impl FnOnce(&Path)) -> Option<String> {
    let copied = tempfile::tempdir().unwrap();
    copy(data, copied.path());
    change(copied.path());
    match Log::open(copied.path(), tree_id) {
        Err(error) => Some(error.to_string()),
        Ok(log) => {
            assert_eq!(log.head(), *head);
            for i in 0..4 {
                let again = log.add(submission(&LinkMaker::new(1), &format!("artifact {i}"))).unwrap();
                assert_eq!((again.index, again.duplicate), (256 + i, true));
            }
            assert!((0..256u16).all(|i| log.entry(u64::from(i)).unwrap() == i.to_be_bytes()));
            None
        }
    }
}

/// Files that hold nothing, and files that are derived from others.
fn is_dispensable(file: &Path) -> bool {
    file.ends_with("lock") || file.parent().is_some_and(|folder| folder.ends_with("index"))
}

#[test]
fn a_missing_file_is_named() {
    let (data, tree_id, head) = log_of_260();
    let files = files(data.path());
    assert!(files.len() >= 14, "{files:?}");
    for file in files {
        let refused = opens(data.path(), tree_id, &head, |copied| fs::remove_file(copied.join(&file)).unwrap());
        let name = file.file_name().unwrap().to_str().unwrap();
        match refused {
            Some(why) => assert!(why.contains(name), "{name}: {why}"),
            None => assert!(is_dispensable(&file), "{name} is missing, and nobody says so"),
        }
    }
}

#[test]
fn a_flipped_bit_in_any_file_is_noticed() {
    let (data, tree_id, head) = log_of_260();
    for file in files(data.path()) {
        let length = fs::metadata(data.path().join(&file)).unwrap().len();
        for step in 0..12 {
            let at = (length * step / 12 + step * 7) as usize;
            if at >= length as usize {
                continue;
            }
            let refused = opens(data.path(), tree_id, &head, |copied| {
                let path = copied.join(&file);
                let mut bytes = fs::read(&path).unwrap();
                bytes[at] ^= 1 << (step % 8);
                fs::write(&path, bytes).unwrap();
            });
            // Words in log.json that say when the log was made are bound to nothing.
            let unbound = file.ends_with("log.json");
            assert!(refused.is_some() || is_dispensable(&file) || unbound, "byte {at} of {}", file.display());
        }
    }
}

#[test]
fn a_restored_old_copy_is_refused() {
    let (data, tree_id, _) = log_of_260();
    let backup = tempfile::tempdir().unwrap();
    let folder = tree_id.to_string();
    copy(&data.path().join(&folder), backup.path());
    let log = Log::open(data.path(), tree_id).unwrap();
    log.append_raw(b"newer".to_vec()).unwrap();
    drop(log);
    fs::remove_dir_all(data.path().join(&folder)).unwrap();
    copy(backup.path(), &data.path().join(&folder));
    let error = Log::open(data.path(), tree_id).err().unwrap();
    assert!(matches!(error, OpenError::Commit(CommitError::Behind { recorded: 260, signed: 261 })), "{error}");
}

/// Reads a log beside its work, as one that is too large to be read before.
fn open_large(data: &Path, tree_id: u64) -> Result<Log, OpenError> {
    Log::open_with(data, tree_id, &Settings { read_whole: 0, ..Settings::default() })
}

#[test]
fn damage_that_is_found_while_a_log_runs_stops_it() {
    for name in ["entries", "offsets", "tiles.0", "blobs", "commits"] {
        let (data, tree_id, _) = log_of_260();
        let path = data.path().join(tree_id.to_string()).join(name);
        let mut bytes = fs::read(&path).unwrap();
        // In the middle of the file, far from its end; of commits, in the first record.
        let at = if name == "commits" { 100 } else { bytes.len() / 3 };
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
        let log = match open_large(data.path(), tree_id) {
            Ok(log) => log,
            // A log whose commits fit into what is read of them in any case.
            Err(OpenError::Commit(CommitError::Damaged { .. })) if name == "commits" => continue,
            Err(error) => panic!("{name}: {error}"),
        };
        while log.stopped().is_none() {
            std::thread::yield_now();
        }
        let why = log.stopped().unwrap();
        assert!(why.contains("read again"), "{name}: {why}");
        let before = log.head();
        assert!(matches!(log.append_raw(b"new".to_vec()), Err(AddError::Stopped(_))), "{name}");
        assert_eq!(log.head(), before);
    }
}

#[test]
fn a_large_log_that_is_sound_is_read_to_its_end() {
    let (data, tree_id, head) = log_of_260();
    let log = open_large(data.path(), tree_id).unwrap();
    log.append_raw(b"new".to_vec()).unwrap();
    while log.scrubbed() < head.size {
        assert_eq!(log.stopped(), None);
        std::thread::yield_now();
    }
    drop(log);
    assert_eq!(Log::open(data.path(), tree_id).unwrap().scrubbed(), head.size + 1);
}

#[test]
fn a_damaged_index_of_a_large_log_stops_it_and_is_made_again() {
    let (data, tree_id, head) = log_of_260();
    let index = data.path().join(tree_id.to_string()).join("index");
    let run = fs::read_dir(&index).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&run).unwrap();
    bytes[50] ^= 1;
    fs::write(&run, bytes).unwrap();
    let log = open_large(data.path(), tree_id).unwrap();
    while log.stopped().is_none() {
        std::thread::yield_now();
    }
    assert!(log.stopped().unwrap().contains("the index"), "{:?}", log.stopped());
    drop(log);
    let refused = opens(data.path(), tree_id, &head, |_| {});
    assert_eq!(refused, None);
}
