//! Receipts: one spelling; with a link they show offline that it is recorded; and for each check of one, a case in which
//! it alone stands in the way.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::check::digest::Digests;
use rekor_verifier::check::link::admit;
use rekor_verifier::check::merkle::leaf_hash;
use rekor_verifier::evidence::{Artifact, Evidence, Found, GivenFile, LogEvidence, Lookup, NoAnswer, Record, Subject};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::note::KeyType;
use rekor_verifier::format::receipt::{HEADER, MAX_EXTRA, MAX_HASHES, Receipt, ReceiptError};
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::report::{CheckId, Outcome, Report, Time};
use rekor_verifier::sigstore::NotLoaded;
use rekor_verifier::verify;
use witnessed::{NoteKey, note, tree};

mod vectors;
mod witnessed;

const LEAVES: [&[u8]; 5] = [b"zero", b"one", b"two", b"three", b"four"];

fn receipt(index: u64, signers: &[&NoteKey]) -> Receipt {
    let (head, hashes) = tree(&LEAVES, index);
    let extra = LEAVES[index as usize].to_vec();
    Receipt { extra, index, hashes, checkpoint: note(&head, signers) }
}

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(vectors::fixtures().join(path)).unwrap()
}

fn witness() -> NoteKey {
    NoteKey::new("witness.example/w1", 2, KeyType::CosignatureV1)
}

/// A reader with a link, its product and a receipt, who names a signer, a log and a witness, and asks nobody.
struct Reader {
    evidence: Evidence,
    policy: Policy,
    receipt: Receipt,
}

impl Reader {
    fn new() -> Self {
        let link = fixture("first-rekor-twin/package.link");
        let carl = PublicKey::parse(&fixture("keys/carl.pub")).unwrap();
        let leaf = admit(&link, std::slice::from_ref(&carl)).unwrap().entry.encode();
        let (head, hashes) = tree(&[b"before", &leaf, b"after"], 1);
        let checkpoint = note(&head, &[&NoteKey::log(), &witness()]);
        let digests = Digests::of(&fixture("first-rekor-twin/foo.tar.gz"));
        let evidence = Evidence {
            artifacts: vec![Artifact { name: "foo.tar.gz".into(), digests, listing: None }],
            links: vec![GivenFile { name: "package.link".into(), bytes: link }],
            ..Evidence::default()
        };
        let (log, witness) = (NoteKey::log().vkey, witness().vkey);
        let mut policy = Policy::parse(&format!("log {log}\nwitness w1 {witness}\nquorum w1\n")).unwrap();
        policy.signers = Some(Quorum::all(vec![("carl".into(), carl)]));
        Self { evidence, policy, receipt: Receipt { extra: leaf, index: 1, hashes, checkpoint } }
    }

    /// The same with another checkpoint over the same tree.
    fn with_checkpoint(mut self, origin: &str, signers: &[&NoteKey]) -> Self {
        let (head, _) = tree(&[b"before", &self.receipt.extra, b"after"], 1);
        self.receipt.checkpoint = note(&Checkpoint { origin: origin.into(), ..head }, signers);
        self
    }

    /// Asks a log that gives `records` for the link, under the receipt's checkpoint.
    fn with_log(mut self, checkpoint: Result<String, NoAnswer>, records: Result<Vec<Record>, NoAnswer>) -> Self {
        let found = records.map(|records| Found { records, ..Found::default() });
        self.evidence.log = Some(LogEvidence {
            url: "https://log.example/1".into(),
            checkpoint: checkpoint.map(String::into_bytes),
            remembered: Vec::new(),
            standing_alarm: None,
            lookups: vec![Lookup { subject: Subject::Link(0), found }],
        });
        self
    }

    fn report_on(&self, receipt: &[u8]) -> Report {
        let receipts = vec![GivenFile { name: "package.link.tlog-proof".into(), bytes: receipt.to_vec() }];
        let evidence = Evidence { receipts, ..self.evidence.clone() };
        verify(&evidence, &self.policy, &Time { seconds: 1_780_000_000, source: "the test".into() }, &NotLoaded)
    }

    fn report(&self) -> Report {
        self.report_on(self.receipt.encode().as_bytes())
    }

    /// Of the required checks only `id` did not pass.
    #[track_caller]
    fn expect_alone(&self, code: u8, id: CheckId, outcome: Outcome) {
        let report = self.report();
        assert_eq!(open(&report), [(id, outcome)], "{}", report.to_json());
        assert_eq!(report.verdict.exit_code(), code);
    }
}

fn open(report: &Report) -> Vec<(CheckId, Outcome)> {
    let open = report.checks.iter().filter(|check| check.required && check.outcome != Outcome::Passed);
    open.map(|check| (check.id, check.outcome)).collect()
}

fn nothing_came() -> NoAnswer {
    NoAnswer::Unreadable("nothing came within 10 seconds".into())
}

#[test]
fn a_receipt_shows_offline_that_a_link_is_recorded() {
    let report = Reader::new().report();
    assert_eq!(report.verdict.exit_code(), 0, "{}", report.to_json());
    assert!(report.headline.contains("recorded as #1, by receipt[0]"), "{}", report.headline);
    assert_eq!((report.receipts[0].size, report.receipts[0].index), (Some(3), Some(1)));
}

#[test]
fn without_it_the_record_is_not_shown() {
    let reader = Reader::new();
    let report = reader.report_on(b"");
    assert_eq!(open(&report), [(CheckId::ReceiptFormat, Outcome::Failed), (CheckId::Lookup, Outcome::NotChecked)]);
}

#[test]
fn a_wrong_proof_alone_stands_in_the_way() {
    let mut reader = Reader::new();
    reader.receipt.hashes[0] = leaf_hash(b"another");
    reader.expect_alone(1, CheckId::EntryInclusion, Outcome::Failed);
    let mut reader = Reader::new();
    reader.receipt.index = 0;
    reader.expect_alone(1, CheckId::EntryInclusion, Outcome::Failed);
}

#[test]
fn a_strangers_log_alone_stands_in_the_way() {
    let stranger = NoteKey::new("log.example/2", 9, KeyType::Ed25519);
    let mut reader = Reader::new().with_checkpoint("log.example/2", &[&stranger, &witness()]);
    reader.policy.witnesses = Quorum::default();
    reader.expect_alone(2, CheckId::LogCheckpoint, Outcome::Untrusted);
}

#[test]
fn a_key_that_is_not_the_logs_alone_stands_in_the_way() {
    let pretender = NoteKey::new("log.example/1", 9, KeyType::Ed25519);
    let reader = Reader::new().with_checkpoint("log.example/1", &[&pretender, &witness()]);
    reader.expect_alone(1, CheckId::LogCheckpoint, Outcome::Failed);
}

#[test]
fn a_missing_cosignature_alone_stands_in_the_way() {
    let reader = Reader::new().with_checkpoint("log.example/1", &[&NoteKey::log()]);
    reader.expect_alone(2, CheckId::LogQuorum, Outcome::Untrusted);
}

#[test]
fn an_entry_that_claims_more_than_the_link_alone_stands_in_the_way() {
    let mut reader = Reader::new();
    let entry = String::from_utf8(reader.receipt.extra).unwrap();
    reader.receipt.extra = entry.replacen("\"size\":", "\"size\":1", 1).into_bytes();
    let (head, hashes) = tree(&[b"before", &reader.receipt.extra, b"after"], 1);
    reader.receipt.hashes = hashes;
    reader.receipt.checkpoint = note(&head, &[&NoteKey::log(), &witness()]);
    reader.expect_alone(1, CheckId::EntryLeaf, Outcome::Failed);
}

#[test]
fn a_receipt_for_another_file_shows_nothing() {
    let mut reader = Reader::new();
    reader.evidence.links[0].bytes.push(b'\n');
    let open = open(&reader.report());
    assert_eq!(open, [(CheckId::Lookup, Outcome::NotChecked), (CheckId::ReceiptFormat, Outcome::NotChecked)]);
}

#[test]
fn a_receipt_that_carries_no_entry_is_not_checked() {
    let mut reader = Reader::new();
    reader.receipt.extra.clear();
    let open = open(&reader.report());
    assert_eq!(open, [(CheckId::ReceiptFormat, Outcome::NotChecked), (CheckId::Lookup, Outcome::NotChecked)]);
}

#[test]
fn with_a_receipt_a_log_that_is_silent_or_forgetful_takes_nothing_away() {
    let reader = Reader::new().with_log(Err(nothing_came()), Err(nothing_came()));
    assert_eq!(reader.report().verdict.exit_code(), 0, "{}", reader.report().to_json());
    let checkpoint = reader.receipt.checkpoint.clone();
    let reader = reader.with_log(Ok(checkpoint), Ok(Vec::new()));
    assert_eq!(reader.report().verdict.exit_code(), 0, "{}", reader.report().to_json());
}

#[test]
fn a_receipt_does_not_hide_that_the_log_contradicts_itself() {
    let reader = Reader::new();
    let receipt = reader.receipt.clone();
    let record = Record {
        uuid: leaf_hash(&receipt.extra).to_string(),
        index: 1,
        time: None,
        leaf: receipt.extra,
        body: None,
        digest_list: None,
        proof: Ok(Vec::new()),
        own_proof: None,
    };
    let reader = reader.with_log(Ok(receipt.checkpoint), Ok(vec![record]));
    reader.expect_alone(1, CheckId::EntryInclusion, Outcome::Failed);
}

/// A log's answer that proves the entry of the receipt.
fn proven(receipt: &Receipt) -> Record {
    Record {
        uuid: leaf_hash(&receipt.extra).to_string(),
        index: 1,
        time: None,
        leaf: receipt.extra.clone(),
        body: None,
        digest_list: None,
        proof: Ok(receipt.hashes.clone()),
        own_proof: None,
    }
}

#[test]
fn a_log_does_not_hide_a_receipt_that_is_wrong() {
    let mut reader = Reader::new();
    let (checkpoint, record) = (reader.receipt.checkpoint.clone(), proven(&reader.receipt));
    reader.receipt.hashes[0] = leaf_hash(b"another");
    let reader = reader.with_log(Ok(checkpoint), Ok(vec![record]));
    reader.expect_alone(1, CheckId::EntryInclusion, Outcome::Failed);
}

#[test]
fn two_trees_of_one_size_are_two_histories() {
    let reader = Reader::new();
    let (checkpoint, record) = (reader.receipt.checkpoint.clone(), proven(&reader.receipt));
    let mut reader = reader.with_log(Ok(checkpoint), Ok(vec![record]));
    let (head, hashes) = tree(&[b"another", &reader.receipt.extra, b"after"], 1);
    reader.receipt.hashes = hashes;
    reader.receipt.checkpoint = note(&head, &[&NoteKey::log(), &witness()]);
    reader.expect_alone(1, CheckId::LogConsistency, Outcome::Failed);
}

#[test]
fn what_is_written_is_what_is_read() {
    for index in 0..5 {
        let bytes = receipt(index, &[&NoteKey::log(), &witness()]).encode();
        assert_eq!(Receipt::parse(bytes.as_bytes()).unwrap().encode(), bytes);
    }
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
