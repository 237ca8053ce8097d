//! An audit passes on what the log made, at rest and exported, and names the first thing that is not so.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{
    AtRest, AuditError, Audited, Depth, EntryFault, Fault, Keep, Kept, KnownTree, Log, Source, SourceError,
    StaticFolder, audit,
};
use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::tile::{BundleId, TileId};
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::Path;
use tempfile::TempDir;

/// A log in memory, each part under its path.
#[derive(Clone, Default)]
struct Parts {
    parts: HashMap<String, Vec<u8>>,
    head: Option<(u64, Hash)>,
}

impl Parts {
    fn get(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        self.parts.get(path).cloned().ok_or_else(|| SourceError::Missing(path.to_owned()))
    }

    /// The log of these leaves and blobs, its tree computed by the definition of RFC 6962 §2.1.
    fn of(leaves: &[Vec<u8>], blobs: &[&[u8]]) -> Self {
        let mut parts = HashMap::new();
        let hashes: Vec<Hash> = leaves.iter().map(|leaf| sha256(&[b"\0", leaf.as_slice()].concat())).collect();
        let width = leaves.len() as u16;
        let bundle = leaves.iter().flat_map(|leaf| [&(leaf.len() as u16).to_be_bytes(), leaf.as_slice()].concat());
        parts.insert(BundleId { index: 0, width }.path(), bundle.collect());
        let tile = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        parts.insert(TileId { level: 0, index: 0, width }.path(), tile);
        parts.extend(blobs.iter().map(|blob| (format!("blob/{}", sha256(blob)), blob.to_vec())));
        Self { parts, head: Some((leaves.len() as u64, root(&hashes))) }
    }

    fn audit(&mut self, depth: Depth) -> Result<Audited, AuditError> {
        let head = self.head.unwrap();
        audit(self, head, std::iter::empty(), depth, &mut ())
    }

    fn fault(&mut self, depth: Depth) -> Fault {
        match self.audit(depth) {
            Err(AuditError::Fault(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }
}

/// MTH(leaves), for at least one.
fn root(leaves: &[Hash]) -> Hash {
    if let [only] = leaves {
        return *only;
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    sha256(&[&[1], root(left).as_bytes().as_slice(), root(right).as_bytes()].concat())
}

impl Source for Parts {
    fn checkpoint(&mut self) -> Result<Vec<u8>, SourceError> {
        self.get("checkpoint")
    }

    fn tile(&mut self, id: TileId) -> Result<Vec<u8>, SourceError> {
        self.get(&id.path())
    }

    fn bundle(&mut self, id: BundleId) -> Result<Vec<u8>, SourceError> {
        self.get(&id.path())
    }

    fn blob(&mut self, hash: &Hash) -> Result<Kept, SourceError> {
        Ok(self.get(&format!("blob/{hash}")).map_or(Kept::Nothing, Kept::Bytes))
    }

    fn erased(&mut self) -> Result<BTreeSet<Hash>, SourceError> {
        Ok(BTreeSet::new())
    }
}

/// Keeps every part in memory.
impl Keep for Parts {
    fn tile(&mut self, path: &str, _: u16, bytes: &[u8]) -> Result<(), AuditError> {
        self.parts.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn blob(&mut self, hash: &Hash, bytes: &[u8]) -> Result<(), AuditError> {
        self.parts.insert(format!("blob/{hash}"), bytes.to_vec());
        Ok(())
    }
}

/// A log of `size` entries, the third of each four without its body, in several commits; closed.
fn log_of(size: usize) -> (TempDir, std::path::PathBuf) {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let maker = LinkMaker::new(1);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (log, maker) = (&log, &maker);
            scope.spawn(move || {
                for i in (thread..size).step_by(8) {
                    let submission = submission(maker, &format!("artifact {i}"));
                    log.add(rekor_log::Submission { digest_only: i % 4 == 2, ..submission }).unwrap();
                }
            });
        }
    });
    let folder = data.path().join(log.tree_id().to_string());
    (data, folder)
}

fn head(source: &mut dyn Source) -> (u64, Hash) {
    let checkpoint = Checkpoint::stated_in(&source.checkpoint().unwrap()).unwrap();
    (checkpoint.size, checkpoint.root)
}

fn known(log: &AtRest) -> Vec<Result<KnownTree, AuditError>> {
    let trees = log.heads().unwrap().map(|head| head.unwrap());
    trees.map(|head| Ok(KnownTree { size: head.size, root: head.root, from: "a commit".to_owned() })).collect()
}

/// What an audit of the log in `folder` finds and keeps.
fn audit_folder(folder: &Path, keep: &mut dyn Keep) -> Result<Audited, AuditError> {
    let mut log = AtRest::open(folder).unwrap();
    let (head, known) = (head(&mut log), known(&log));
    audit(&mut log, head, known.into_iter(), Depth::Everything, keep)
}

#[test]
fn what_the_log_made_is_in_order() {
    let (_data, folder) = log_of(600);
    let mut parts = Parts::default();
    let audited = audit_folder(&folder, &mut parts).unwrap();
    assert_eq!((audited.entries, audited.bodies, audited.without_body, audited.signatures), (600, 450, 150, 450));
    // Three bundles, three tiles of leaves, one above them.
    assert_eq!((audited.tiles, audited.other_kinds), (7, 0));
    assert!(audited.known_trees > 2 && audited.index_records.is_some(), "{audited:?}");
    // What was kept is as good as what it came from.
    parts.head = Some(head(&mut AtRest::open(&folder).unwrap()));
    let again = parts.audit(Depth::Everything).unwrap();
    assert_eq!(again, Audited { known_trees: 0, index_records: None, ..audited });
}

#[test]
fn an_empty_log_is_in_order() {
    let (_data, folder) = log_of(0);
    let audited = audit_folder(&folder, &mut ()).unwrap();
    assert_eq!(audited, Audited { known_trees: 1, index_records: Some(0), ..Audited::default() });
}

#[test]
fn every_part_counts() {
    let (_data, folder) = log_of(300);
    let mut whole = Parts::default();
    audit_folder(&folder, &mut whole).unwrap();
    whole.head = Some(head(&mut AtRest::open(&folder).unwrap()));
    let tiles = whole.parts.keys().filter(|path| !path.starts_with("blob/"));
    let blobs = whole.parts.keys().filter(|path| path.starts_with("blob/")).take(4);
    for path in tiles.chain(blobs) {
        let depth = if path.starts_with("blob/") { Depth::Everything } else { Depth::Tree };
        let mut parts = whole.clone();
        let part = parts.parts.get_mut(path).unwrap();
        *part.last_mut().unwrap() ^= 1;
        assert!(matches!(parts.audit(depth), Err(AuditError::Fault(_))), "{path} changed");
        parts.parts.get_mut(path).unwrap().pop();
        assert!(matches!(parts.audit(depth), Err(AuditError::Fault(_))), "{path} cut");
        parts.parts.remove(path);
        match (parts.audit(depth), depth) {
            (Err(AuditError::Fault(Fault::Part(SourceError::Missing(missing)))), Depth::Tree) => {
                assert_eq!(missing, *path);
            }
            (Err(AuditError::Fault(Fault::Entry { fault: EntryFault::NoDigestList, .. })), Depth::Everything) => {}
            (Ok(audited), Depth::Everything) => assert_eq!(audited.without_body, 76, "{path} is a body"),
            (other, _) => panic!("{path} removed: {other:?}"),
        }
    }
}

#[test]
fn the_tree_is_the_one_that_was_signed() {
    let (_data, folder) = log_of(300);
    let mut log = AtRest::open(&folder).unwrap();
    let (size, root) = head(&mut log);
    let other = Hash::from_bytes([7; 32]);
    let mut audit_of = |head: (u64, Hash), known: Vec<KnownTree>| {
        let outcome = audit(&mut log, head, known.into_iter().map(Ok), Depth::Tree, &mut ());
        outcome.map_err(|error| match error {
            AuditError::Fault(fault) => fault,
            AuditError::Trouble(why) => panic!("{why}"),
        })
    };
    let tree = |size, root| KnownTree { size, root, from: "memory".to_owned() };
    assert!(audit_of((size, root), vec![tree(size, root)]).is_ok());
    assert!(matches!(audit_of((size, other), vec![]), Err(Fault::Root { from, .. }) if from == "the checkpoint"));
    assert!(matches!(audit_of((size, root), vec![tree(7, other)]), Err(Fault::Root { size: 7, .. })));
    assert!(matches!(audit_of((size, root), vec![tree(301, root)]), Err(Fault::Shrunk { size: 301, then: 300, .. })));
    let shrunk = audit_of((size, root), vec![tree(size, root), tree(7, other)]);
    assert!(matches!(shrunk, Err(Fault::Shrunk { size: 300, then: 7, .. })), "{shrunk:?}");
}

#[test]
fn entries_digest_lists_and_bodies_agree() {
    let (_data, folder) = log_of(1);
    let mut log = AtRest::open(&folder).unwrap();
    let leaf = BundleId { index: 0, width: 1 }.entries(&log.bundle(BundleId { index: 0, width: 1 }).unwrap()).unwrap()
        [0]
    .to_vec();
    let entry = rekor_verifier::format::entry::LinkEntry::parse(&leaf).unwrap();
    let Kept::Bytes(body) = log.blob(&entry.file).unwrap() else { panic!("the body is there") };
    let Kept::Bytes(list) = log.blob(&entry.digest_list).unwrap() else { panic!("the list is there") };
    let fault = |leaf: Vec<u8>, blobs: &[&[u8]]| match Parts::of(&[leaf], blobs).fault(Depth::Everything) {
        Fault::Entry { index: 0, fault } => fault,
        other => panic!("{other}"),
    };
    assert!(Parts::of(std::slice::from_ref(&leaf), &[&body, &list]).audit(Depth::Everything).is_ok());
    assert_eq!(fault(leaf.clone(), &[&body]), EntryFault::NoDigestList);

    let other_list = "product sha256 00\n".to_owned().into_bytes();
    let mut with_other_list = entry.clone();
    with_other_list.digest_list = sha256(&other_list);
    assert_eq!(fault(with_other_list.encode(), &[&body, &other_list]), EntryFault::OtherEntry);

    let stranger = LinkMaker::new(2).link("artifact 0");
    let mut of_stranger = entry.clone();
    (of_stranger.file, of_stranger.size) = (sha256(&stranger), stranger.len() as u64);
    assert!(matches!(fault(of_stranger.encode(), &[&stranger, &list]), EntryFault::Refused(_)));

    let mut larger = entry.clone();
    larger.size += 1;
    assert_eq!(fault(larger.encode(), &[&body, &list]), EntryFault::OtherEntry);

    let spaced = String::from_utf8(leaf.clone()).unwrap().replacen(':', ": ", 1).into_bytes();
    assert!(matches!(fault(spaced, &[&body, &list]), EntryFault::Form(_)));

    let mut twice = Parts::of(&[leaf.clone(), leaf.clone()], &[&body, &list]);
    assert_eq!(twice.fault(Depth::Everything), Fault::Duplicate { indices: (0, 1) });
    assert!(twice.audit(Depth::Tree).is_ok(), "the tree by itself is in order");
    let other_kind = br#"{"apiVersion":"0.0.1","kind":"other","spec":{}}"#.to_vec();
    assert_eq!(Parts::of(&[other_kind], &[]).audit(Depth::Everything).unwrap().other_kinds, 1);
}

#[test]
fn a_static_folder_holds_the_log() {
    let (_data, folder) = log_of(300);
    let out = tempfile::tempdir().unwrap();
    let mut log = AtRest::open(&folder).unwrap();
    let mut copy = StaticFolder::new(out.path().join("copy"));
    assert!(!copy.is_complete());
    let mut parts = Parts::default();
    audit_folder(&folder, &mut parts).unwrap();
    // First as of a smaller tree: the partial tile is gone once the full one is there.
    copy.write_tile("tile/0/000", 5, b"partial").unwrap();
    for (path, bytes) in &parts.parts {
        match path.strip_prefix("blob/") {
            Some(hash) => copy.write_blob(&Hash::from_hex(hash).unwrap(), bytes).unwrap(),
            None => copy.write_tile(path, if path.contains(".p/") { 44 } else { 256 }, bytes).unwrap(),
        }
    }
    assert!(!copy.is_complete());
    let checkpoint = log.checkpoint().unwrap();
    copy.finish(log.vkey(), &checkpoint).unwrap();
    assert!(copy.is_complete());
    assert_eq!(copy.vkey().as_deref(), Some(log.vkey()));
    let head = head(&mut copy);
    audit(&mut copy, head, std::iter::empty(), Depth::Everything, &mut ()).unwrap();
}
