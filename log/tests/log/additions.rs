//! What an addition leaves behind: entry, proofs, blobs, index, signatures.

use crate::links::LinkMaker;
use crate::submission;
use rekor_log::{AddError, Log, Operator, Refusal, Submission, Term};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle;
use rekor_verifier::format::entry::LinkEntry;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn an_addition_can_be_found_read_and_proven() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), Some("log.example/one")).unwrap();
    let maker = LinkMaker::new(1);
    for i in 0..300 {
        let added = log.add(submission(&maker, &format!("artifact {i}"))).unwrap();
        assert_eq!((added.index, added.duplicate), (i, false));
    }
    let head = log.head();
    assert_eq!(head.size, 300);
    for i in [0, 1, 254, 255, 256, 299] {
        let leaf = log.entry(i).unwrap();
        let hash = merkle::leaf_hash(&leaf);
        let proof = log.inclusion_proof(i, head.size).unwrap();
        merkle::verify_inclusion(i, head.size, hash, &proof, head.root).unwrap();
        assert_eq!(log.index_of_leaf_hash(&hash).unwrap(), Some(i));

        let entry = LinkEntry::parse(&leaf).unwrap();
        let link = maker.link(&format!("artifact {i}"));
        assert_eq!(log.blob(&entry.file).unwrap(), Some(link));
        let product = Term::digest("sha256", &sha256(format!("artifact {i}").as_bytes()).to_string());
        let found = log.find(&[product, Term::Key(entry.signatures[0].key.fingerprint())], Operator::And, 10).unwrap();
        assert_eq!((found.indices, found.truncated), (vec![i], false));
    }
}

#[test]
fn products_are_found_before_materials() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let maker = LinkMaker::new(1);
    log.add(submission(&maker, "library")).unwrap();
    for i in 0..5 {
        let content = maker.link_from("library", &format!("program {i}"));
        log.add(Submission { content, ..submission(&maker, "library") }).unwrap();
    }
    let library = [Term::digest("sha256", &sha256(b"library").to_string())];
    let found = log.find(&library, Operator::Or, 3).unwrap();
    assert_eq!((found.indices, found.truncated), (vec![0, 5, 4], true));
    let found = log.find(&library, Operator::And, 10).unwrap();
    assert_eq!((found.indices, found.truncated), (vec![0, 5, 4, 3, 2, 1], false));
}

#[test]
fn a_duplicate_gets_the_first_index() {
    let data = tempfile::tempdir().unwrap();
    let maker = LinkMaker::new(1);
    let log = Log::create(data.path(), None).unwrap();
    let tree_id = log.tree_id();
    assert_eq!(log.origin(), format!("localhost/logs/{tree_id}"));
    log.add(submission(&maker, "a")).unwrap();
    log.add(submission(&maker, "b")).unwrap();
    let before = log.head();
    let again = log.add(submission(&maker, "a")).unwrap();
    assert_eq!((again.index, again.duplicate), (0, true));
    assert_eq!(log.head(), before);

    drop(log);
    let log = Log::open(data.path(), tree_id).unwrap();
    let again = log.add(submission(&maker, "b")).unwrap();
    assert_eq!((again.index, again.duplicate), (1, true));
    assert_eq!(log.head(), before);
}

#[test]
fn the_same_link_added_at_once_becomes_one_entry() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let maker = LinkMaker::new(1);
    let firsts = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for i in 0..20 {
                    let added = log.add(submission(&maker, &format!("artifact {i}"))).unwrap();
                    firsts.fetch_add(u64::from(!added.duplicate), Ordering::Relaxed);
                    let entry = LinkEntry::parse(&log.entry(added.index).unwrap()).unwrap();
                    assert_eq!(entry.file, sha256(&maker.link(&format!("artifact {i}"))));
                }
            });
        }
    });
    assert_eq!((log.head().size, firsts.into_inner()), (20, 20));
}

#[test]
fn a_body_that_was_not_kept_is_supplied_by_a_later_full_addition() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let maker = LinkMaker::new(1);
    let full = submission(&maker, "a");
    let file = sha256(&full.content);
    let added = log.add(Submission { digest_only: true, ..full.clone() }).unwrap();
    assert_eq!(log.blob(&file).unwrap(), None);
    let before = log.head();

    let again = log.add(full.clone()).unwrap();
    assert_eq!((again.index, again.duplicate), (added.index, true));
    assert_eq!(log.blob(&file).unwrap(), Some(full.content.clone()));
    assert_eq!(log.head().checkpoint, before.checkpoint);

    let tree_id = log.tree_id();
    drop(log);
    let log = Log::open(data.path(), tree_id).unwrap();
    assert_eq!(log.blob(&file).unwrap(), Some(full.content));
}

#[test]
fn what_is_not_signed_by_the_key_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let link = LinkMaker::new(1).link("a");
    let stranger = LinkMaker::new(2).key();
    let signer = LinkMaker::new(1).key();
    let submit = |content: &[u8], keys: Vec<Vec<u8>>| {
        log.add(Submission { content: content.to_vec(), keys, digest_only: false })
    };
    assert!(matches!(submit(&link, vec![stranger.clone()]), Err(AddError::Refused(Refusal::Link(_)))));
    assert!(matches!(submit(&link, vec![signer.clone(), stranger]), Err(AddError::Refused(Refusal::Link(_)))));
    assert!(matches!(submit(&link, vec![]), Err(AddError::Refused(Refusal::Link(_)))));
    assert!(matches!(submit(&link, vec![b"key".to_vec()]), Err(AddError::Refused(Refusal::Key(0, _)))));
    assert!(matches!(submit(&link, vec![signer.clone(); 17]), Err(AddError::Refused(Refusal::TooManyKeys(17)))));
    assert!(matches!(submit(b"{}", vec![signer.clone()]), Err(AddError::Refused(Refusal::Link(_)))));
    assert_eq!(log.head().size, 0);
    // The same key twice is one signer.
    submit(&link, vec![signer.clone(), signer]).unwrap();
    assert_eq!(log.head().size, 1);
}
