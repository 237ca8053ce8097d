//! What a log is asked to forget is gone from its folder, stays gone, and is never taken for damage.

use crate::links::LinkMaker;
use rekor_log::{
    AtRest, Audited, Depth, EraseError, Kept, KnownTree, Log, OpenError, Operator, Source as _, Submission, Term,
    audit, erase,
};
use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::entry::LinkEntry;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A closed log with three link files by one signer.
struct Scene {
    data: TempDir,
    tree_id: u64,
    links: Vec<Vec<u8>>,
}

impl Scene {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let log = Log::create(data.path(), None).unwrap();
        let maker = LinkMaker::new(1);
        let links: Vec<Vec<u8>> = (0..3).map(|i| maker.named_link("secret-name", &artifact(i))).collect();
        for link in &links {
            log.add(by(&maker, link)).unwrap();
        }
        Self { tree_id: log.tree_id(), data, links }
    }

    fn folder(&self) -> PathBuf {
        self.data.path().join(self.tree_id.to_string())
    }

    fn open(&self) -> Log {
        Log::open(self.data.path(), self.tree_id).unwrap()
    }

    fn file(&self, i: usize) -> Hash {
        sha256(&self.links[i])
    }

    /// The digest list of entry `i`: its SHA-256.
    fn list(&self, i: u64) -> Hash {
        LinkEntry::parse(&self.open().entry(i).unwrap()).unwrap().digest_list
    }

    fn erase(&self, files: &[usize], digests_too: bool) -> Result<Vec<rekor_log::Erased>, EraseError> {
        let files: Vec<Hash> = files.iter().map(|i| self.file(*i)).collect();
        erase(&self.folder(), &files, digests_too)
    }

    /// Whether any file of the log holds these bytes.
    fn holds(&self, bytes: &[u8]) -> bool {
        files_below(&self.folder())
            .iter()
            .any(|file| fs::read(file).unwrap().windows(bytes.len()).any(|window| window == bytes))
    }

    /// The indices of the entries that have this artifact as their product.
    fn found(&self, i: u32) -> Vec<u64> {
        let term = Term::digest("sha256", &sha256(artifact(i).as_bytes()).to_string());
        self.open().find(&[term], Operator::And, 10).unwrap().indices
    }

    /// What an audit of everything finds in order.
    fn audited(&self) -> Audited {
        let mut log = AtRest::open(&self.folder()).unwrap();
        let head = Checkpoint::stated_in(&log.checkpoint().unwrap()).unwrap();
        let heads: Vec<_> = log.heads().unwrap().map(|head| head.unwrap()).collect();
        let known =
            heads.into_iter().map(|head| Ok(KnownTree { size: head.size, root: head.root, from: String::new() }));
        audit(&mut log, (head.size, head.root), known, Depth::Everything, &mut ()).unwrap()
    }
}

fn artifact(i: u32) -> String {
    format!("artifact {i}")
}

fn by(maker: &LinkMaker, link: &[u8]) -> Submission {
    Submission { content: link.to_vec(), keys: vec![maker.key()], digest_only: false }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn an_erased_body_is_gone_and_the_tree_is_the_same() {
    let scene = Scene::new();
    let list = scene.list(1);
    let head = scene.open().head();
    assert!(scene.holds(&scene.links[1]));
    let erased = scene.erase(&[1], false).unwrap();
    assert_eq!(erased.len(), 1);
    assert_eq!(erased[0].overwritten, Some(scene.links[1].len() as u64));
    assert!(!scene.holds(&scene.links[1]) && scene.holds(&scene.links[0]) && scene.holds(&scene.links[2]));
    let log = scene.open();
    assert_eq!(log.head(), head);
    assert_eq!((log.blob(&scene.file(1)).unwrap(), log.is_erased(&scene.file(1))), (None, true));
    assert!(log.blob(&list).unwrap().is_some() && !log.is_erased(&list), "the digest list stays");
    assert_eq!(log.blob(&scene.file(2)).unwrap().as_ref(), Some(&scene.links[2]));
    assert_eq!(log.erased(), format!("{}\n", scene.file(1)));
    drop(log);
    assert_eq!(scene.found(1), [1]);
    let audited = scene.audited();
    assert_eq!((audited.bodies, audited.erased_bodies, audited.erased_lists, audited.without_body), (2, 1, 0, 0));
    // Asked again, there is nothing left to do.
    assert_eq!(scene.erase(&[1], false).unwrap()[0].overwritten, None);
}

#[test]
fn erased_digests_are_no_longer_found() {
    let scene = Scene::new();
    let list = scene.list(1);
    let digests = format!("product sha256 {}", sha256(artifact(1).as_bytes()));
    assert!(scene.holds(digests.as_bytes()));
    let erased = scene.erase(&[1], true).unwrap();
    assert_eq!(
        erased.iter().map(|one| (one.hash, one.digest_list)).collect::<Vec<_>>(),
        [(scene.file(1), false), (list, true)]
    );
    assert!(!scene.holds(digests.as_bytes()));
    assert_eq!((scene.found(0), scene.found(1), scene.found(2)), (vec![0], vec![], vec![2]));
    let log = scene.open();
    assert!(log.is_erased(&list) && log.blob(&list).unwrap().is_none());
    let file = Term::digest("sha256", &scene.file(1).to_string());
    assert_eq!(log.find(&[file], Operator::And, 10).unwrap().indices, [1], "the leaf is what it was");
    drop(log);
    let audited = scene.audited();
    assert_eq!((audited.bodies, audited.erased_bodies, audited.erased_lists), (2, 1, 1));
    assert_eq!(scene.open().index_rebuilt(), None, "an index that was taken away is no damage");
}

#[test]
fn adding_it_again_brings_nothing_back() {
    for restart in [false, true] {
        let scene = Scene::new();
        scene.erase(&[1], true).unwrap();
        let log = scene.open();
        let again = log.add(by(&LinkMaker::new(1), &scene.links[1])).unwrap();
        assert!(again.duplicate && again.index == 1);
        // The same digests in another file, which is a new entry, by another signer.
        let other = LinkMaker::new(2).named_link("secret-name", &artifact(1));
        let new = log.add(by(&LinkMaker::new(2), &other)).unwrap();
        assert!(!new.duplicate);
        let find = |log: &Log| {
            let term = Term::digest("sha256", &sha256(artifact(1).as_bytes()).to_string());
            log.find(&[term], Operator::And, 10).unwrap().indices
        };
        if restart {
            drop(log);
        } else {
            assert_eq!(find(&log), [0; 0]);
            drop(log);
        }
        let log = scene.open();
        assert_eq!(find(&log), [0; 0]);
        assert_eq!(log.blob(&scene.file(1)).unwrap(), None);
        assert_eq!(log.blob(&sha256(&other)).unwrap(), Some(other), "another file is another matter");
        drop(log);
        assert!(!scene.holds(&scene.links[1]));
        scene.audited();
    }
}

#[test]
fn what_was_never_kept_can_be_supplied_until_it_is_erased() {
    let scene = Scene::new();
    let maker = LinkMaker::new(3);
    let link = maker.link("kept nowhere");
    let log = scene.open();
    log.add(Submission { digest_only: true, ..by(&maker, &link) }).unwrap();
    drop(log);
    assert_eq!(erase(&scene.folder(), &[sha256(&link)], false).unwrap()[0].overwritten, None);
    let log = scene.open();
    log.add(by(&maker, &link)).unwrap();
    assert_eq!(log.blob(&sha256(&link)).unwrap(), None);
    drop(log);
    assert!(!scene.holds(&link));
}

#[test]
fn a_digest_list_of_two_files_is_forgotten_for_both_or_not_at_all() {
    let scene = Scene::new();
    // Another step, the same product: another file, and the same list.
    let twin = LinkMaker::new(1).named_link("other-name", &artifact(1));
    scene.open().add(by(&LinkMaker::new(1), &twin)).unwrap();
    let refused = scene.erase(&[1], true).unwrap_err();
    assert!(matches!(refused, EraseError::Shared { index: 3, other, .. } if other == sha256(&twin)), "{refused}");
    assert!(scene.holds(&scene.links[1]), "nothing was erased");
    erase(&scene.folder(), &[scene.file(1), sha256(&twin)], true).unwrap();
    assert_eq!(scene.found(1), [0; 0]);
    assert!(!scene.holds(&twin));
}

#[test]
fn a_crash_at_any_point_forgets_nothing_of_the_wish() {
    let list = Scene::new().list(1);
    for crashed in 0..4 {
        let scene = Scene::new();
        assert_eq!(scene.list(1), list, "the same links");
        // As far as it came: the tombstones; half of the bytes; all of them, and no state byte.
        let stones: std::collections::BTreeSet<Hash> = [scene.file(1), list].into();
        let text: String = stones.iter().map(|hash| format!("{hash}\n")).collect();
        fs::write(scene.folder().join("erased"), text).unwrap();
        let blobs = scene.folder().join("blobs");
        let mut bytes = fs::read(&blobs).unwrap();
        let at = bytes.windows(scene.links[1].len()).position(|window| window == scene.links[1]).unwrap();
        let zeros = scene.links[1].len() * crashed / 2;
        bytes[at..at + zeros.min(scene.links[1].len())].fill(0);
        fs::write(&blobs, bytes).unwrap();
        if crashed == 3 {
            fs::remove_dir_all(scene.folder().join("index")).unwrap();
        }
        assert_eq!(scene.found(1), [0; 0], "{crashed}");
        assert!(!scene.holds(&scene.links[1][scene.links[1].len() / 2..]), "{crashed}");
        assert!(!scene.holds(format!("product sha256 {}", sha256(artifact(1).as_bytes())).as_bytes()), "{crashed}");
        assert_eq!(scene.audited().erased_bodies, 1);
    }
}

#[test]
fn a_log_in_use_and_files_that_it_does_not_know_are_refused() {
    let scene = Scene::new();
    let stranger = erase(&scene.folder(), &[scene.file(0), sha256(b"x")], false);
    assert!(matches!(stranger, Err(EraseError::NoEntry(hash)) if hash == sha256(b"x")));
    assert!(!scene.folder().join("erased").exists(), "nothing was erased");
    let _open = scene.open();
    assert!(matches!(scene.erase(&[0], false), Err(EraseError::Open(OpenError::InUse(_)))));
}

#[test]
fn a_damaged_list_of_tombstones_is_refused() {
    let scene = Scene::new();
    scene.erase(&[0], false).unwrap();
    fs::write(scene.folder().join("erased"), "x\n").unwrap();
    assert!(matches!(Log::open(scene.data.path(), scene.tree_id), Err(OpenError::Store(_))));
}

#[test]
fn an_auditor_at_work_meets_an_erased_body_and_not_damage() {
    let scene = Scene::new();
    let mut log = AtRest::open(&scene.folder()).unwrap();
    scene.erase(&[1], false).unwrap();
    assert_eq!(log.blob(&scene.file(1)).unwrap(), Kept::Erased);
}
