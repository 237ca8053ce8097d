//! Receipts: one spelling, and for each step a receipt that only this step refuses.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::check::merkle::ProofError;
use rekor_verifier::check::receipt::{NoLeaf, NotIncluded, Steps, check};
use rekor_verifier::check::tlog::OpenError;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::KeyType;
use rekor_verifier::format::receipt::{HEADER, MAX_EXTRA, MAX_HASHES, Receipt, ReceiptError};
use rekor_verifier::policy::Policy;
use witnessed::{NoteKey, note, tree};

mod witnessed;

const LEAVES: [&[u8]; 5] = [b"zero", b"one", b"two", b"three", b"four"];

fn witness() -> NoteKey {
    NoteKey::new("witness.example/w1", 2, KeyType::CosignatureV1)
}

fn receipt(index: u64, signers: &[&NoteKey]) -> Receipt {
    let (head, hashes) = tree(&LEAVES, index);
    let extra = LEAVES[index as usize].to_vec();
    Receipt { extra, index, hashes, checkpoint: note(&head, signers) }
}

fn policy() -> Policy {
    let (log, witness) = (NoteKey::log().vkey, witness().vkey);
    Policy::parse(&format!("log {log}\nwitness w1 {witness}\nquorum w1\n")).unwrap()
}

/// Which steps hold: leaf, checkpoint, inclusion, quorum.
fn held(steps: &Steps) -> [bool; 4] {
    [steps.leaf.is_ok(), steps.checkpoint.is_ok(), steps.inclusion.is_ok(), steps.quorum]
}

#[test]
fn every_entry_of_a_log_has_a_receipt() {
    for index in 0..5 {
        let bytes = receipt(index, &[&NoteKey::log(), &witness()]).encode();
        let read = Receipt::parse(bytes.as_bytes()).unwrap();
        assert_eq!(read.encode(), bytes);
        let steps = check(&read, None, &policy());
        let recorded = steps.recorded().expect("every step holds");
        assert_eq!((recorded.leaf(), recorded.index()), (LEAVES[index as usize], index));
        assert_eq!(recorded.checkpoint().checkpoint().size, 5);
    }
}

#[test]
fn each_step_alone_stands_in_the_way() {
    let good = receipt(3, &[&NoteKey::log(), &witness()]);
    let policy = policy();

    let bare = Receipt { extra: Vec::new(), ..good.clone() };
    let steps = check(&bare, None, &policy);
    assert_eq!((held(&steps), steps.leaf), ([false, true, false, true], Err(NoLeaf)));
    assert!(steps.recorded().is_none());
    assert!(check(&bare, Some(b"three"), &policy).recorded().is_some());

    // The entry that was given decides, whatever the receipt carries.
    let steps = check(&good, Some(b"four"), &policy);
    assert_eq!(held(&steps), [true, true, false, true]);
    assert!(matches!(steps.inclusion, Err(NotIncluded::Proof(ProofError::Root { .. }))));
    assert!(steps.recorded().is_none());

    // A stranger's log: sound, but by nobody whom the policy names.
    let stranger = NoteKey::new("log.example/2", 9, KeyType::Ed25519);
    let (head, _) = tree(&LEAVES, 3);
    let head = Checkpoint { origin: stranger.vkey.name.clone(), ..head };
    let elsewhere = Receipt { checkpoint: note(&head, &[&stranger, &witness()]), ..good.clone() };
    let steps = check(&elsewhere, None, &policy);
    assert_eq!(held(&steps), [true, false, true, false]);
    assert!(matches!(steps.checkpoint, Err(OpenError::Untrusted { .. })));
    assert!(steps.recorded().is_none());

    let alone = receipt(3, &[&NoteKey::log()]);
    let steps = check(&alone, None, &policy);
    assert_eq!(held(&steps), [true, true, true, false]);
    assert!(steps.recorded().is_none());

    let unreadable = Receipt { checkpoint: "no note\n".into(), ..good };
    let steps = check(&unreadable, None, &policy);
    assert_eq!((held(&steps), steps.inclusion), ([true, false, false, false], Err(NotIncluded::NoTree)));
}

#[test]
fn size_and_root_come_from_what_was_signed() {
    // The proof is right for this index in a smaller tree, not in the one that was signed.
    let (small, hashes) = tree(&LEAVES[..4], 3);
    let signed = receipt(3, &[&NoteKey::log(), &witness()]);
    let stale = Receipt { hashes, ..signed };
    let steps = check(&stale, None, &policy());
    assert!(matches!(steps.inclusion, Err(NotIncluded::Proof(ProofError::Length { expected: 3, found: 2 }))));
    // Whoever swaps the text below the signature to make it fit loses the signature.
    let text = stale.checkpoint.split_once("\n\n").unwrap().1;
    let forged = Receipt { checkpoint: format!("{}\n{text}", small.encode()), ..stale };
    let steps = check(&forged, None, &policy());
    assert_eq!(held(&steps), [true, false, true, false]);
    assert!(matches!(steps.checkpoint, Err(OpenError::BadSignature { .. })));
}

#[test]
fn receipts_have_one_spelling() {
    let good = receipt(3, &[&NoteKey::log()]).encode();
    let error = |text: &str| Receipt::parse(text.as_bytes()).unwrap_err();
    assert_eq!(error(&good.replace("@v1", "@v2")), ReceiptError::Header);
    assert_eq!(error(&good.replacen('\n', "\r\n", 1)), ReceiptError::Header);
    assert_eq!(error(&format!("\n{good}")), ReceiptError::Header);
    assert_eq!(error(HEADER), ReceiptError::Header);
    assert_eq!(error(&format!("{HEADER}\nindex 3\n")), ReceiptError::NoCheckpoint);
    for index in ["index 03", "index +3", "index  3", "index", "Index 3", "index 3 ", "index 18446744073709551616"] {
        assert_eq!(error(&good.replace("index 3", index)), ReceiptError::Index, "{index:?}");
    }
    for extra in ["extra ", "extra dGhyZWU", "extra  dGhyZWU=", "extra dGhyZWV="] {
        assert_eq!(error(&good.replace("extra dGhyZWU=", extra)), ReceiptError::Extra, "{extra:?}");
    }
    // The extra data stands before the index, once.
    assert_eq!(error(&good.replace("index 3", "extra dGhyZWU=\nindex 3")), ReceiptError::Index);
    assert_eq!(error(&good.replace("index 3", "index 3\nindex 3")), ReceiptError::Hash(4));
    let one = receipt(3, &[]).hashes[0];
    let many =
        |count| good.replace("index 3\n", &format!("index 3\n{}", format!("{}\n", one.to_base64()).repeat(count)));
    assert!(Receipt::parse(many(MAX_HASHES - 3).as_bytes()).is_ok());
    assert_eq!(error(&many(MAX_HASHES - 2)), ReceiptError::TooMany);
    let long = Receipt { extra: vec![7; MAX_EXTRA + 1], ..receipt(3, &[]) };
    assert_eq!(error(&long.encode()), ReceiptError::Extra);
    assert_eq!(Receipt::parse(b"c2sp.org/tlog-proof@v1\n\xff"), Err(ReceiptError::NotText));
}
