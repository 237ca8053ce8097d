//! `docs/verdict.md`, row by row; and for every check a case in which it alone stands in the way.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use ed25519_dalek::{Signer, SigningKey};
use rekor_verifier::Hash;
use rekor_verifier::check::digest::{Digests, sha256};
use rekor_verifier::check::link::admit;
use rekor_verifier::check::merkle::{Tiles, leaf_hash, root_of_inclusion};
use rekor_verifier::evidence::{
    Artifact, Evidence, Found, GivenFile, LogEvidence, Lookup, NoAnswer, OfferedKey, OwnProof, Record, Remembered,
    Subject,
};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::envelope::Format;
use rekor_verifier::format::key::{PublicKey, Scheme};
use rekor_verifier::format::link::Link;
use rekor_verifier::format::note::{KeyType, Note, NoteSignature, Vkey};
use rekor_verifier::format::tile::TileId;
use rekor_verifier::policy::{Policy, Quorum, TrustedLog};
use rekor_verifier::report::{CheckId, Outcome, Report, Time};
use rekor_verifier::sigstore::NotLoaded;
use rekor_verifier::verify;

mod vectors;

const URL: &str = "https://log.example/logs/1";

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(vectors::fixtures().join(path)).unwrap()
}

fn key(name: &str) -> PublicKey {
    PublicKey::parse(&fixture(&format!("keys/{name}.pub"))).unwrap()
}

fn named(names: &[&str]) -> Quorum<PublicKey> {
    Quorum::all(names.iter().map(|name| (name.to_string(), key(name))).collect())
}

/// A note's signer: the log's key, or a witness's.
struct NoteKey(SigningKey, Vkey);

impl NoteKey {
    fn new(name: &str, seed: u8, key_type: KeyType) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let vkey = Vkey { name: name.into(), key_type, key: key.verifying_key().to_bytes().to_vec() };
        Self(key, vkey)
    }

    fn log() -> Self {
        Self::new("log.example/logs/1", 1, KeyType::Ed25519)
    }

    fn line(&self, text: &str) -> NoteSignature {
        let signature = match self.1.key_type {
            KeyType::Ed25519 => self.0.sign(text.as_bytes()).to_bytes().to_vec(),
            KeyType::CosignatureV1 => {
                let signed = format!("cosignature/v1\ntime 1700000000\n{text}");
                [&1_700_000_000u64.to_be_bytes()[..], &self.0.sign(signed.as_bytes()).to_bytes()].concat()
            }
            KeyType::EcdsaP256 | KeyType::MlDsa44 => unreachable!("no key here is of this type"),
        };
        NoteSignature { name: self.1.name.clone(), key_id: self.1.key_id(), signature }
    }
}

fn note(head: &Checkpoint, keys: &[&NoteKey]) -> Vec<u8> {
    let text = head.encode();
    let signatures = keys.iter().map(|key| key.line(&text)).collect();
    Note { text, signatures }.encode().into_bytes()
}

/// A log's tree over a few leaves.
#[derive(Clone)]
struct Tree(Vec<Vec<u8>>);

impl Tree {
    fn tiles(&self, size: usize) -> Tiles {
        let mut tiles = Tiles::default();
        let hashes = self.0[..size].iter().map(|leaf| leaf_hash(leaf)).collect();
        tiles.insert(TileId { level: 0, index: 0, width: size as u16 }, hashes);
        tiles
    }

    fn head(&self, size: usize) -> Checkpoint {
        let proof = self.inclusion(0, size);
        let root = root_of_inclusion(0, size as u64, leaf_hash(&self.0[0]), &proof).unwrap();
        Checkpoint { origin: NoteKey::log().1.name, size: size as u64, root, extensions: Vec::new() }
    }

    fn inclusion(&self, index: usize, size: usize) -> Vec<Hash> {
        self.tiles(size).inclusion_proof(index as u64, size as u64).unwrap()
    }

    fn consistency(&self, old: usize, new: usize) -> Vec<Hash> {
        self.tiles(new).history_proof(old as u64, new as u64).unwrap()
    }
}

/// A reader with a link and its product, a named signer, a trusted log: everything holds until a test changes it.
struct Scene {
    evidence: Evidence,
    policy: Policy,
    tree: Tree,
    record: Record,
}

fn record(tree: &Tree, index: usize, leaf: &[u8], body: &[u8]) -> Record {
    let size = tree.0.len();
    let head = tree.head(size);
    let own = OwnProof {
        index: index as u64,
        size: head.size,
        root: head.root,
        hashes: tree.inclusion(index, size),
        checkpoint: format!(
            "log.example - 1\n{}\n{}\n\n\u{2014} log.example AAAAAAA=\n",
            head.size,
            head.root.to_base64()
        ),
        consistency: Ok(Vec::new()),
    };
    Record {
        uuid: format!("{:016x}{}", 1, leaf_hash(leaf)),
        index: index as u64,
        time: Some(1_770_000_000),
        leaf: leaf.to_vec(),
        body: Some(body.to_vec()),
        digest_list: None,
        proof: Ok(tree.inclusion(index, size)),
        own_proof: Some(own),
    }
}

fn file(name: &str, bytes: &[u8]) -> Artifact {
    Artifact { name: name.into(), digests: Digests::of(bytes), listing: None }
}

impl Scene {
    /// `link` by `signers`, recorded as #1 of 3.
    fn of(link: &[u8], signers: &[&str]) -> Self {
        let keys: Vec<PublicKey> = signers.iter().map(|name| key(name)).collect();
        let leaf = admit(link, &keys).unwrap().entry.encode();
        let tree = Tree(vec![b"before".to_vec(), leaf.clone(), b"after".to_vec()]);
        let record = record(&tree, 1, &leaf, link);
        let log = LogEvidence {
            url: URL.into(),
            checkpoint: Ok(note(&tree.head(3), &[&NoteKey::log()])),
            remembered: Vec::new(),
            standing_alarm: None,
            lookups: vec![Lookup {
                subject: Subject::Link(0),
                found: Ok(Found { records: vec![record.clone()], ..Found::default() }),
            }],
        };
        let evidence = Evidence {
            artifacts: vec![file("foo.tar.gz", &fixture("first-rekor-twin/foo.tar.gz"))],
            links: vec![GivenFile { name: "package.link".into(), bytes: link.to_vec() }],
            log: Some(log),
            ..Evidence::default()
        };
        let logs = vec![TrustedLog { vkey: NoteKey::log().1, url: Some(URL.into()) }];
        let policy = Policy { logs, signers: Some(named(signers)), ..Policy::default() };
        Self { evidence, policy, tree, record }
    }

    fn good() -> Self {
        Self::of(&fixture("first-rekor-twin/package.link"), &["carl"])
    }

    fn log(&mut self) -> &mut LogEvidence {
        self.evidence.log.as_mut().unwrap()
    }

    fn set_records(&mut self, subject: Subject, records: Vec<Record>) {
        self.log().lookups = vec![Lookup { subject, found: Ok(Found { records, ..Found::default() }) }];
    }

    /// The reader has no link: what the log finds for the artifact decides.
    fn artifact_only(mut self) -> Self {
        self.evidence.links.clear();
        let records = vec![self.record.clone()];
        self.set_records(Subject::Artifact(0), records);
        self
    }

    fn remember(&mut self, checkpoint: Checkpoint, proof: Result<Vec<Hash>, NoAnswer>) {
        self.log().remembered = vec![Remembered { checkpoint, cosigned: false, proof }];
    }

    fn report(&self) -> Report {
        let time = Time { seconds: 1_780_000_000, source: "the test".into() };
        verify(&self.evidence, &self.policy, &time, &NotLoaded)
    }

    /// The exit code is `code`, and of the required checks only `id` did not pass.
    #[track_caller]
    fn expect_alone(&self, code: u8, id: CheckId, outcome: Outcome) {
        let report = self.report();
        let open: Vec<_> = report
            .checks
            .iter()
            .filter(|c| c.required && c.outcome != Outcome::Passed)
            .map(|c| (c.id, c.outcome))
            .collect();
        assert_eq!(open, [(id, outcome)], "{}", report.to_json());
        assert_eq!(report.verdict.exit_code(), code);
    }

    #[track_caller]
    fn expect(&self, code: u8, words: &str) -> Report {
        let report = self.report();
        assert_eq!(report.verdict.exit_code(), code, "{}", report.to_json());
        assert!(report.headline.contains(words), "{:?} lacks {words:?}", report.headline);
        report
    }
}

fn nothing_came() -> NoAnswer {
    NoAnswer::Unreadable("nothing came within 10 seconds".into())
}

#[test]
fn everything_holds() {
    let report = Scene::good().expect(0, "Signed by carl, recorded as #1.");
    assert_eq!(report.artifacts[0].product.as_ref().unwrap().path, "foo.tar.gz");
    assert_eq!(report.links[0].entry.as_ref().unwrap().time, Some(1_770_000_000));
}

#[test]
fn the_log_does_not_answer() {
    let mut scene = Scene::good();
    scene.log().checkpoint = Err(nothing_came());
    scene.log().lookups[0].found = Err(nothing_came());
    let report = scene.expect(2, "nothing came");
    let signature = report.checks.iter().find(|c| c.id == CheckId::LinkSignature).unwrap();
    assert_eq!(signature.outcome, Outcome::Passed);
}

#[test]
fn no_log_was_asked() {
    let mut scene = Scene::good();
    scene.evidence.log = None;
    scene.expect_alone(2, CheckId::Lookup, Outcome::NotChecked);
}

#[test]
fn link_and_signer_without_artifact() {
    let mut scene = Scene::good();
    scene.evidence.artifacts.clear();
    scene.expect(0, "No file was checked");
}

#[test]
fn nobody_named_as_signer() {
    let mut scene = Scene::good();
    scene.policy.signers = None;
    scene.expect_alone(2, CheckId::LinkSignature, Outcome::Untrusted);
    scene.expect(2, "Recorded as #1, signer not confirmed: key");
    // A key that came along changes nothing.
    scene.evidence.keys = vec![OfferedKey { name: "carl.pub".into(), key: key("carl") }];
    let report = scene.expect(2, "signer not confirmed");
    assert!(!report.keys[0].expected);
}

#[test]
fn a_strangers_link_with_a_perfect_record() {
    let mut scene = Scene::of(&fixture("links/stranger.link"), &["mallory"]);
    scene.policy.signers = Some(named(&["carl"]));
    scene.expect_alone(2, CheckId::LinkSignature, Outcome::Untrusted);
    scene.expect(2, "not by the signer you expect");
}

#[test]
fn artifact_alone_found_by_a_named_signer() {
    let scene = Scene::good().artifact_only();
    let report = scene.expect(0, "is the product foo.tar.gz of the step package");
    assert_eq!(report.links[0].name, None);
}

#[test]
fn artifact_alone_found_by_strangers_only() {
    let mut scene = Scene::of(&fixture("links/stranger.link"), &["mallory"]).artifact_only();
    scene.policy.signers = Some(named(&["carl"]));
    scene.expect(2, "named by 1 link in this log, none by a signer you named");
}

#[test]
fn strangers_around_the_trusted_entry_change_nothing() {
    let stranger = fixture("links/stranger.link");
    let mut scene = Scene::good().artifact_only();
    let leaf = admit(&stranger, &[key("mallory")]).unwrap().entry.encode();
    let mut tree = scene.tree.clone();
    tree.0[0] = leaf.clone();
    let strange = record(&tree, 0, &leaf, &stranger);
    let trusted = record(&tree, 1, &tree.0[1], &fixture("first-rekor-twin/package.link"));
    scene.log().checkpoint = Ok(note(&tree.head(3), &[&NoteKey::log()]));
    scene.set_records(Subject::Artifact(0), vec![strange.clone(), trusted.clone()]);
    let report = scene.expect(0, "Signed by carl, recorded as #1");
    assert_eq!(report.links[0].others.len(), 1);
    // Nor does one whose proof is bad.
    let broken = Record { proof: Ok(vec![]), ..strange };
    scene.set_records(Subject::Artifact(0), vec![broken, trusted]);
    scene.expect(0, "Signed by carl");
}

#[test]
fn artifact_alone_unknown_to_the_log() {
    let mut scene = Scene::good().artifact_only();
    scene.set_records(Subject::Artifact(0), Vec::new());
    scene.expect_alone(2, CheckId::ArtifactProduct, Outcome::NotChecked);
    scene.expect(2, "This log shows no record of this file (its word).");
}

#[test]
fn the_artifact_is_a_material() {
    let link = Link::parse(&fixture("first-rekor-twin/package.link")).unwrap();
    let wanted = &link.materials[0].digests[0].1;
    let mut scene = Scene::good();
    scene.evidence.artifacts[0].digests.sha256 = Hash::from_hex(wanted).unwrap();
    scene.expect_alone(2, CheckId::ArtifactProduct, Outcome::NotChecked);
    scene.expect(2, "an input of the step package, not its result");
}

#[test]
fn one_of_two_products() {
    Scene::of(&fixture("links/two-products.link"), &["carl"]).expect(0, "of the step package (1 of the 2 products)");
}

#[test]
fn one_artifact_of_several_in_no_link() {
    let mut scene = Scene::good();
    scene.evidence.artifacts.push(file("other.bin", b"something else"));
    scene.expect_alone(1, CheckId::ArtifactProduct, Outcome::Failed);
    let report = scene.report();
    assert_eq!((report.artifacts[0].outcome, report.artifacts[1].outcome), (Outcome::Passed, Outcome::Failed));
}

#[test]
fn digests_of_one_product_disagree() {
    let scene = Scene::of(&fixture("links/digests-disagree.link"), &["carl"]);
    scene.expect_alone(1, CheckId::ArtifactProduct, Outcome::Failed);
}

#[test]
fn weak_digests_decide_nothing() {
    let scene = Scene::of(&fixture("links/sha1-only.link"), &["carl"]);
    assert_ne!(scene.report().artifacts[0].outcome, Outcome::Passed);
}

#[test]
fn the_log_holds_no_body_but_the_reader_does() {
    let mut scene = Scene::good();
    let record = Record { body: None, ..scene.record.clone() };
    scene.set_records(Subject::Link(0), vec![record]);
    scene.expect(0, "Signed by carl");
}

#[test]
fn nobody_holds_the_body() {
    let mut scene = Scene::good().artifact_only();
    let list = Link::parse(&fixture("first-rekor-twin/package.link")).unwrap().digest_list();
    let record = Record { body: None, digest_list: Some(list.into_bytes()), ..scene.record.clone() };
    scene.set_records(Subject::Artifact(0), vec![record]);
    let report = scene.expect(2, "could not be checked");
    let list = report.checks.iter().find(|c| c.id == CheckId::EntryDigestList).unwrap();
    assert_eq!(list.outcome, Outcome::NotChecked);
}

#[test]
fn the_policy_asks_for_a_witness() {
    let witness = NoteKey::new("witness.example/w1", 2, KeyType::CosignatureV1);
    let mut scene = Scene::good();
    let text = format!("log {} {URL}\nwitness w1 {}\nquorum w1\n", NoteKey::log().1, witness.1);
    scene.policy = Policy { signers: scene.policy.signers.take(), ..Policy::parse(&text).unwrap() };
    scene.expect_alone(2, CheckId::LogQuorum, Outcome::Untrusted);
    let head = scene.tree.head(3);
    scene.log().checkpoint = Ok(note(&head, &[&NoteKey::log(), &witness]));
    scene.expect(0, "Signed by carl");
    // A bad cosignature of a known witness rejects the whole note.
    let impostor = NoteKey(SigningKey::from_bytes(&[9; 32]), witness.1.clone());
    scene.log().checkpoint = Ok(note(&head, &[&NoteKey::log(), &impostor]));
    scene.expect(1, "signature by witness.example/w1 does not match");
}

#[test]
fn two_signers_asked_for() {
    let mut scene = Scene::good();
    scene.policy.signers = Some(named(&["carl", "dora"]));
    scene.expect_alone(2, CheckId::LinkSignature, Outcome::Untrusted);
    let mut scene = Scene::of(&fixture("links/two-signatures.link"), &["carl", "dora"]);
    scene.expect(0, "Signed by carl and dora");
    // One key under two names is one signer.
    let twice = Quorum::all(vec![("carl".into(), key("carl")), ("charles".into(), key("carl"))]);
    assert_eq!(twice.members.len(), 1);
    let text = |quorum: &str| {
        let line =
            |name: &str| format!("signer {name} {}\n", rekor_verifier::bytes::base64_encode(key(name).spki_der()));
        format!("{}{}{}group two 2 carl dora erik\nquorum {quorum}\n", line("carl"), line("dora"), line("erik"))
    };
    scene.policy.signers = Some(Policy::parse_signers(&text("two")).unwrap());
    scene.expect(0, "Signed by carl and dora");
    scene.policy.signers = Some(Policy::parse_signers(&text("erik")).unwrap());
    scene.expect_alone(2, CheckId::LinkSignature, Outcome::Untrusted);
}

#[test]
fn a_byte_inside_signed_changed() {
    let mut scene = Scene::good();
    let text = String::from_utf8(scene.evidence.links[0].bytes.clone()).unwrap();
    let changed = text.replacen("foo.tar.gz", "fop.tar.gz", 1);
    assert_ne!(changed, text);
    scene.evidence.links[0].bytes = changed.into_bytes();
    scene.set_records(Subject::Link(0), Vec::new());
    let report = scene.expect(1, "signature does not match");
    let failed: Vec<_> = report.checks.iter().filter(|c| c.outcome == Outcome::Failed).map(|c| c.id).collect();
    assert_eq!(failed, [CheckId::LinkSignature]);
}

#[test]
fn a_byte_outside_signed_changed() {
    let mut scene = Scene::good();
    scene.evidence.links[0].bytes.push(b'\n');
    let found = Found { same_content: Some((scene.record.uuid.clone(), 1)), ..Found::default() };
    scene.log().lookups[0].found = Ok(found);
    scene.expect_alone(2, CheckId::Lookup, Outcome::NotChecked);
    scene.expect(2, "This exact file is not recorded. The same signed content is, as #1,");
}

#[test]
fn a_byte_of_the_artifact_changed() {
    let mut scene = Scene::good();
    let mut bytes = fixture("first-rekor-twin/foo.tar.gz");
    bytes[10] ^= 1;
    scene.evidence.artifacts = vec![file("foo.tar.gz", &bytes)];
    scene.expect_alone(1, CheckId::ArtifactProduct, Outcome::Failed);
    let report = scene.report();
    let check = report.checks.iter().find(|c| c.id == CheckId::ArtifactProduct).unwrap();
    let evidence = serde_json::to_value(&check.evidence).unwrap();
    assert_eq!(evidence["path"], "foo.tar.gz");
    assert_eq!(evidence["found"], format!("sha256:{}", sha256(&bytes)));
    assert!(evidence["expected"].to_string().contains("sha256:"));
}

#[test]
fn a_log_that_nobody_named() {
    let mut scene = Scene::good();
    scene.policy.logs.clear();
    scene.expect_alone(2, CheckId::LogCheckpoint, Outcome::Untrusted);
}

#[test]
fn a_malformed_link_fails_by_itself() {
    for bad in ["duplicate-key", "float", "unknown-field", "lone-surrogate", "negative-zero", "missing-field"] {
        let mut scene = Scene::good();
        scene.evidence.artifacts.clear();
        scene.evidence.links[0].bytes = fixture(&format!("links/bad/{bad}.link"));
        scene.expect_alone(1, CheckId::LinkFormat, Outcome::Failed);
    }
}

#[test]
fn a_checkpoint_by_another_key() {
    let mut scene = Scene::good();
    let head = scene.tree.head(3);
    let other = NoteKey::new(&head.origin, 7, KeyType::Ed25519);
    scene.log().checkpoint = Ok(note(&head, &[&other]));
    scene.expect_alone(1, CheckId::LogCheckpoint, Outcome::Failed);
    assert!(scene.report().log.unwrap().alarm.is_some());
    // Another origin at the address of a trusted log is no better.
    let elsewhere = NoteKey::new("elsewhere.example", 7, KeyType::Ed25519);
    let head = Checkpoint { origin: "elsewhere.example".into(), ..head };
    scene.log().checkpoint = Ok(note(&head, &[&elsewhere]));
    scene.expect_alone(1, CheckId::LogCheckpoint, Outcome::Failed);
    // Nor is another log that the reader trusts.
    scene.policy.logs.push(TrustedLog { vkey: elsewhere.1, url: None });
    scene.expect_alone(1, CheckId::LogCheckpoint, Outcome::Failed);
}

#[test]
fn a_trusted_log_that_signs_under_another_origin() {
    let mut scene = Scene::good();
    let head = Checkpoint { origin: "elsewhere.example".into(), ..scene.tree.head(3) };
    scene.log().checkpoint = Ok(note(&head, &[&NoteKey::log()]));
    scene.expect_alone(1, CheckId::LogCheckpoint, Outcome::Failed);
    scene.policy.logs[0].url = None;
    scene.expect_alone(2, CheckId::LogCheckpoint, Outcome::Untrusted);
}

#[test]
fn a_checkpoint_whose_signature_is_bad() {
    let mut scene = Scene::good();
    let head = scene.tree.head(3);
    let forged = NoteKey(SigningKey::from_bytes(&[7; 32]), NoteKey::log().1);
    scene.log().checkpoint = Ok(note(&head, &[&forged]));
    scene.expect_alone(1, CheckId::LogCheckpoint, Outcome::Failed);
}

#[test]
fn a_checkpoint_that_is_garbage_is_no_answer() {
    let mut scene = Scene::good();
    scene.log().checkpoint = Ok(b"<html>502</html>".to_vec());
    scene.expect(2, "cannot be read as a checkpoint");
}

#[test]
fn a_wrong_root() {
    let mut scene = Scene::good();
    let head = Checkpoint { root: sha256(b"another tree"), ..scene.tree.head(3) };
    scene.log().checkpoint = Ok(note(&head, &[&NoteKey::log()]));
    let record = Record { own_proof: None, ..scene.record.clone() };
    scene.set_records(Subject::Link(0), vec![record]);
    scene.expect_alone(1, CheckId::EntryInclusion, Outcome::Failed);
}

#[test]
fn a_proof_for_another_leaf_or_index() {
    let mut scene = Scene::good();
    let other = Record { proof: Ok(scene.tree.inclusion(0, 3)), ..scene.record.clone() };
    scene.set_records(Subject::Link(0), vec![other]);
    scene.expect_alone(1, CheckId::EntryInclusion, Outcome::Failed);
    for index in [0, 2, 3, u64::MAX] {
        let other = Record { index, own_proof: None, ..scene.record.clone() };
        scene.set_records(Subject::Link(0), vec![other]);
        scene.expect_alone(1, CheckId::EntryInclusion, Outcome::Failed);
    }
    let unproven = Record { proof: Err(nothing_came()), ..scene.record.clone() };
    scene.set_records(Subject::Link(0), vec![unproven]);
    scene.expect_alone(2, CheckId::EntryInclusion, Outcome::NotChecked);
}

#[test]
fn every_field_of_the_proof_that_came_with_the_entry() {
    let good = Scene::good().record.own_proof.unwrap();
    let wrong = [
        OwnProof { index: 0, ..good.clone() },
        OwnProof { size: 4, ..good.clone() },
        OwnProof { root: sha256(b"x"), ..good.clone() },
        OwnProof { hashes: good.hashes.iter().rev().copied().collect(), ..good.clone() },
        OwnProof { checkpoint: good.checkpoint.replace("\n3\n", "\n4\n"), ..good.clone() },
        OwnProof { checkpoint: "garbage".into(), ..good.clone() },
    ];
    for own in wrong {
        let mut scene = Scene::good();
        let record = Record { own_proof: Some(own), ..scene.record.clone() };
        scene.set_records(Subject::Link(0), vec![record]);
        scene.expect_alone(1, CheckId::EntryAnswer, Outcome::Failed);
    }
}

#[test]
fn other_bytes_than_recorded() {
    let mut scene = Scene::good();
    let record = Record { body: Some(b"{}".to_vec()), ..scene.record.clone() };
    scene.set_records(Subject::Link(0), vec![record]);
    scene.expect_alone(1, CheckId::EntryBody, Outcome::Failed);
}

/// A lying log's entry: `change` is applied to the leaf, and the tree proves it.
fn with_leaf(change: impl Fn(&mut rekor_verifier::format::entry::LinkEntry)) -> Scene {
    let mut scene = Scene::good();
    let link = fixture("first-rekor-twin/package.link");
    let mut entry = admit(&link, &[key("carl")]).unwrap().entry;
    change(&mut entry);
    let mut tree = scene.tree.clone();
    tree.0[1] = entry.encode();
    let record = record(&tree, 1, &tree.0[1], &link);
    scene.log().checkpoint = Ok(note(&tree.head(3), &[&NoteKey::log()]));
    scene.set_records(Subject::Link(0), vec![record]);
    scene
}

#[test]
fn a_leaf_that_is_not_what_the_link_gives() {
    with_leaf(|entry| entry.size += 1).expect_alone(1, CheckId::EntryLeaf, Outcome::Failed);
    with_leaf(|entry| entry.signatures[0].signature[5] ^= 1).expect_alone(1, CheckId::EntryLeaf, Outcome::Failed);
    with_leaf(|entry| entry.signatures[0].signed = sha256(b"x")).expect_alone(1, CheckId::EntryLeaf, Outcome::Failed);
    with_leaf(|entry| entry.format = Format::Dsse).expect_alone(1, CheckId::EntryLeaf, Outcome::Failed);
    with_leaf(|entry| entry.signatures[0].scheme = Scheme::RsaPkcs1Sha256).expect_alone(
        1,
        CheckId::EntryLeaf,
        Outcome::Failed,
    );
    with_leaf(|entry| entry.signatures[0].key = key("dora")).expect_alone(1, CheckId::EntryLeaf, Outcome::Failed);
    with_leaf(|entry| entry.digest_list = sha256(b"x")).expect_alone(1, CheckId::EntryDigestList, Outcome::Failed);
    with_leaf(|_| {}).expect(0, "Signed by carl");
}

#[test]
fn another_entry_than_the_one_asked_for() {
    let mut scene = Scene::good();
    let record = Record { uuid: "0".repeat(80), ..scene.record.clone() };
    scene.set_records(Subject::Link(0), vec![record]);
    scene.expect_alone(1, CheckId::EntryLeaf, Outcome::Failed);
}

#[test]
fn what_the_reader_saw_before() {
    let first = Scene::good().report();
    let visit = first.checks.iter().find(|c| c.id == CheckId::LogConsistency).unwrap();
    assert!(!visit.required && visit.outcome == Outcome::NotChecked);

    let mut scene = Scene::good();
    let (before, proof) = (scene.tree.head(2), scene.tree.consistency(2, 3));
    scene.remember(before.clone(), Ok(proof.clone()));
    let report = scene.expect(0, "Signed by carl");
    let kept = report.checks.iter().find(|c| c.id == CheckId::LogConsistency).unwrap();
    assert!(kept.sentence.contains("kept everything that you saw before: 2 entries then, 3"), "{}", kept.sentence);
    // Another past; a proof that is none; no proof.
    scene.remember(Checkpoint { root: sha256(b"x"), ..before.clone() }, Ok(proof));
    scene.expect_alone(1, CheckId::LogConsistency, Outcome::Failed);
    assert!(scene.report().log.unwrap().alarm.is_some());
    scene.remember(before.clone(), Ok(Vec::new()));
    scene.expect_alone(1, CheckId::LogConsistency, Outcome::Failed);
    scene.remember(before, Err(nothing_came()));
    scene.expect_alone(2, CheckId::LogConsistency, Outcome::NotChecked);
    // The same size and another root.
    let fork = Checkpoint { root: sha256(b"x"), ..scene.tree.head(3) };
    scene.remember(fork, Ok(Vec::new()));
    scene.expect_alone(1, CheckId::LogConsistency, Outcome::Failed);
}

#[test]
fn an_older_tree_than_the_one_seen_before() {
    let mut scene = Scene::good();
    let mut longer = scene.tree.clone();
    longer.0.push(b"later".to_vec());
    scene.remember(longer.head(4), Ok(longer.consistency(3, 4)));
    let report = scene.expect(0, "Signed by carl");
    let check = report.checks.iter().find(|c| c.id == CheckId::LogConsistency).unwrap();
    assert!(check.sentence.contains("as of 3 entries"), "{}", check.sentence);
    // It shrank: the log refuses to prove how the trees fit.
    scene.remember(longer.head(4), Err(NoAnswer::Refused("the log answered 404".into())));
    scene.expect_alone(1, CheckId::LogConsistency, Outcome::Failed);
    scene.remember(longer.head(4), Err(nothing_came()));
    scene.expect_alone(2, CheckId::LogConsistency, Outcome::NotChecked);
    longer.0[0] = b"rewritten".to_vec();
    scene.remember(longer.head(4), Ok(longer.consistency(3, 4)));
    scene.expect_alone(1, CheckId::LogConsistency, Outcome::Failed);
}

#[test]
fn an_alarm_stays() {
    let mut scene = Scene::good();
    scene.log().standing_alarm = Some("The log was rewritten.".into());
    scene.expect_alone(1, CheckId::LogConsistency, Outcome::Failed);
}

#[test]
fn a_strangers_junk_signature_in_a_named_signers_name() {
    let text = String::from_utf8(fixture("links/stranger.link")).unwrap();
    let mut link: serde_json::Value = serde_json::from_str(&text).unwrap();
    let junk = serde_json::json!({ "keyid": key("carl").keyids()[0], "sig": "00" });
    link["signatures"].as_array_mut().unwrap().push(junk);
    let link = serde_json::to_vec(&link).unwrap();
    // Found in the log it is a stranger's link; brought by the reader it claims what is not so.
    let mut scene = Scene::of(&link, &["mallory"]).artifact_only();
    scene.policy.signers = Some(named(&["carl"]));
    scene.expect(2, "none by a signer you named");
    let mut scene = Scene::of(&link, &["mallory"]);
    scene.policy.signers = Some(named(&["carl"]));
    scene.expect_alone(1, CheckId::LinkSignature, Outcome::Failed);
}

#[test]
fn a_checkpoint_from_a_cache_is_no_lie() {
    let mut scene = Scene::good();
    let (head, proof) = (scene.tree.head(1), scene.tree.consistency(1, 3));
    scene.log().checkpoint = Ok(note(&head, &[&NoteKey::log()]));
    let own = OwnProof { consistency: Ok(proof), ..scene.record.own_proof.clone().unwrap() };
    let record = Record { own_proof: Some(own), ..scene.record.clone() };
    scene.set_records(Subject::Link(0), vec![record]);
    scene.expect_alone(2, CheckId::EntryInclusion, Outcome::NotChecked);
}

#[test]
fn an_entry_that_only_mentions_the_link() {
    // A stranger's link with this very link file as its material, of which the log holds the digest list alone.
    let mut scene = Scene::good();
    let other = fixture("links/stranger.link");
    let leaf = admit(&other, &[key("mallory")]).unwrap().entry;
    let list = format!("material sha256 {}\n", sha256(&scene.evidence.links[0].bytes));
    let leaf = rekor_verifier::format::entry::LinkEntry { digest_list: sha256(list.as_bytes()), ..leaf }.encode();
    let mut tree = scene.tree.clone();
    tree.0[1] = leaf.clone();
    let record = Record { body: None, digest_list: Some(list.into_bytes()), ..record(&tree, 1, &leaf, &other) };
    scene.set_records(Subject::Link(0), vec![record]);
    scene.log().checkpoint = Ok(note(&tree.head(3), &[&NoteKey::log()]));
    scene.expect_alone(2, CheckId::Lookup, Outcome::NotChecked);
}

#[test]
fn a_file_that_could_not_be_read() {
    let mut scene = Scene::good();
    scene.evidence.unrecognised = vec![("x.pem".into(), "a key of another type".into())];
    scene.expect_alone(2, CheckId::ArtifactProduct, Outcome::NotChecked);
}

#[test]
fn nothing_to_check_is_not_verified() {
    let mut scene = Scene::good();
    scene.evidence.links.clear();
    scene.evidence.artifacts.clear();
    scene.expect(2, "nothing here that could be checked");
}
