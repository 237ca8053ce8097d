//! Entries of Rekor logs in a report: all holds, and for each check a case in which it alone stands in the way.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::DecodePrivateKey;
use rekor_log::{Secret, TIME, URL, api_json, promised, tlog, trusted_root};
use rekor_verifier::bytes::{base64_encode, hex_decode};
use rekor_verifier::check::digest::{Hasher, sha256};
use rekor_verifier::check::merkle::leaf_hash;
use rekor_verifier::evidence::{Artifact, Evidence, GivenFile};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::rekor_entry::{InclusionProof, MAX_ENTRIES, RekorEntry};
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::report::{CheckId, Outcome, Report, Time, Verdict};
use rekor_verifier::sigstore::{NotLoaded, Trust};
use rekor_verifier::verify;
use serde_json::{Value, json};
use witnessed::tree;

mod rekor_log;
mod vectors;
mod witnessed;

const FILE: &[u8] = b"what was signed";

/// A file, the entry that records its signature, and a reader who trusts the log and names the signer: all holds until
/// a test changes it.
struct Scene {
    log: Secret,
    body: Value,
    entry: RekorEntry,
    /// What the API answers; made of `entry` where it is not set.
    answer: Option<Value>,
    artifacts: Vec<Vec<u8>>,
    signers: Option<Vec<PublicKey>>,
    trust: Trust<'static>,
    now: i64,
}

fn log() -> Secret {
    Secret::p256(1)
}

fn signer() -> Secret {
    Secret::p256(2)
}

/// `hashedrekord` 0.0.1 of `file`, signed by `secret`.
fn hashedrekord(file: &[u8], secret: &Secret) -> Value {
    let key = base64_encode(secret.public().to_pem().as_bytes());
    json!({ "apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {
        "data": { "hash": { "algorithm": "sha256", "value": sha256(file).to_string() } },
        "signature": { "content": base64_encode(&secret.sign(file)), "publicKey": { "content": key } },
    }})
}

/// The third of four entries, in a log of v1 whose earlier trees hold 1,000.
fn recorded(leaf: Vec<u8>, log: &Secret) -> RekorEntry {
    let (head, hashes) = tree(&[b"zero", b"one", &leaf, b"three"], 2);
    let head = Checkpoint { origin: "rekor.example - 42".into(), ..head };
    let log_id = sha256(log.public().spki_der());
    let checkpoint = log.note(&head, "rekor.example", log_id);
    let proof = InclusionProof { index: 2, size: head.size, root: head.root, hashes, checkpoint };
    let entry = RekorEntry {
        id: Some(format!("{:016x}{}", 42, leaf_hash(&leaf))),
        leaf,
        index: 1002,
        log_id,
        time: Some(TIME),
        promise: None,
        proof: Some(proof),
    };
    promised(entry, log)
}

impl Scene {
    fn new() -> Self {
        Self::of(hashedrekord(FILE, &signer()))
    }

    fn of(body: Value) -> Self {
        let log = log();
        let key = log.public();
        Self {
            entry: recorded(body.to_string().into_bytes(), &log),
            body,
            log,
            answer: None,
            artifacts: vec![FILE.to_vec()],
            signers: Some(vec![signer().public()]),
            trust: Trust::Root(trusted_root(&[tlog(&key, sha256(key.spki_der()))]).to_string().into()),
            now: TIME + 10,
        }
    }

    /// The scene with another body, recorded as the first one was.
    fn record(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.body);
        self.entry = recorded(self.body.to_string().into_bytes(), &self.log);
    }

    fn evidence(&self) -> Evidence {
        let artifact = |(i, bytes): (usize, &Vec<u8>)| {
            let mut hasher = Hasher::with_sha384();
            hasher.update(bytes);
            Artifact { name: format!("file{i}"), digests: hasher.finish(), listing: None }
        };
        let answer = self.answer.clone().unwrap_or_else(|| api_json(&self.entry));
        Evidence {
            artifacts: self.artifacts.iter().enumerate().map(artifact).collect(),
            rekor_entries: vec![GivenFile { name: "entry.json".into(), bytes: answer.to_string().into_bytes() }],
            ..Evidence::default()
        }
    }

    fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        let name = |(i, key): (usize, &PublicKey)| (format!("signer{i}"), key.clone());
        policy.signers = self.signers.as_ref().map(|keys| Quorum::all(keys.iter().enumerate().map(name).collect()));
        policy.sigstore.trust = self.trust.clone();
        policy
    }

    fn report(&self) -> Report {
        let time = Time { seconds: self.now, source: "the test".into() };
        verify(&self.evidence(), &self.policy(), &time, &NotLoaded)
    }
}

/// The required checks that did not pass.
fn open(report: &Report) -> Vec<(CheckId, Outcome)> {
    let open = report.checks.iter().filter(|check| check.required && check.outcome != Outcome::Passed);
    open.map(|check| (check.id, check.outcome)).collect()
}

#[test]
fn a_file_is_what_an_entry_records() {
    let report = Scene::new().report();
    assert_eq!((report.verdict, open(&report)), (Verdict::Verified, Vec::new()), "{:#?}", report.checks);
    assert_eq!(
        report.headline,
        format!("file0 is what entry.json records. Signed by signer0, recorded as #1002 of {URL}/.")
    );
    let ids: Vec<CheckId> = report.checks.iter().map(|check| check.id).collect();
    use CheckId::*;
    let expected = [
        ArtifactProduct,
        RekorEntryFormat,
        EntryLeaf,
        LogCheckpoint,
        EntryInclusion,
        RekorEntryTimestamp,
        RekorEntryStatement,
        RekorEntrySignature,
    ];
    assert_eq!(ids, expected);
    let product = &report.checks[0];
    assert_eq!(product.sentence, "The file is what entry.json records.");
    assert_eq!(report.artifacts[0].rekor_entry.as_deref(), Some("rekor-entry[0]"));
    let entry = &report.rekor_entries[0];
    assert_eq!((entry.kind.as_deref(), entry.index, entry.time), (Some("hashedrekord 0.0.1"), Some(1002), Some(TIME)));
    assert_eq!((entry.artifact.as_deref(), &entry.name[..]), (Some("artifact[0]"), "entry.json"));
    assert_eq!(entry.key.as_ref().unwrap().name.as_deref(), Some("signer0"));
}

/// What to change, and the one check that is to find it, with its outcome.
type Row = (&'static str, fn(&mut Scene), CheckId, Outcome);

#[test]
fn each_check_alone_stands_in_the_way() {
    use CheckId::*;
    use Outcome::*;
    let rows: &[Row] = &[
        ("another leaf's ID", |it| it.entry.id = Some(leaf_hash(b"other").to_string()), EntryLeaf, Failed),
        ("a checkpoint by another key", forge_checkpoint, LogCheckpoint, Failed),
        ("a place that is not the entry's", |it| proof(it).index = 3, EntryInclusion, Failed),
        ("another time", |it| it.entry.time = Some(TIME + 1), RekorEntryTimestamp, Failed),
        ("a time to come", |it| it.now = TIME - 1, RekorEntryTimestamp, Failed),
        ("no signed time", |it| it.entry.promise = None, RekorEntryTimestamp, NotChecked),
        ("no artifact", |it| it.artifacts.clear(), RekorEntryStatement, NotChecked),
        ("a signature over another file", |it| sign(it, b"other"), RekorEntrySignature, Failed),
        ("nobody named", |it| it.signers = None, RekorEntrySignature, Untrusted),
        ("a stranger's key", |it| it.signers = Some(vec![log().public()]), RekorEntrySignature, Untrusted),
        ("one of two signers", |it| it.signers.as_mut().unwrap().push(log().public()), RekorEntrySignature, Untrusted),
        ("another kind of signature", rekord, RekorEntrySignature, NotChecked),
        ("an Ed25519 key", ed25519, RekorEntrySignature, NotChecked),
        ("another file", |it| it.artifacts.push(b"unknown".to_vec()), ArtifactProduct, Failed),
    ];
    for (name, change, id, outcome) in rows {
        let mut scene = Scene::new();
        change(&mut scene);
        let report = scene.report();
        assert_eq!(open(&report), [(*id, *outcome)], "{name}: {:#?}", report.checks);
        assert_eq!(report.verdict == Verdict::NotVerified, *outcome == Failed, "{name}");
    }
}

fn proof(scene: &mut Scene) -> &mut InclusionProof {
    scene.entry.proof.as_mut().unwrap()
}

fn forge_checkpoint(scene: &mut Scene) {
    let id = scene.entry.log_id;
    let proof = proof(scene);
    let head =
        Checkpoint { origin: "rekor.example - 42".into(), size: proof.size, root: proof.root, extensions: Vec::new() };
    proof.checkpoint = signer().note(&head, "rekor.example", id);
}

fn sign(scene: &mut Scene, message: &[u8]) {
    let signature = base64_encode(&signer().sign(message));
    scene.record(|body| body["spec"]["signature"]["content"] = json!(signature));
}

fn rekord(scene: &mut Scene) {
    scene.record(|body| {
        body["kind"] = json!("rekord");
        body["spec"]["signature"]["format"] = json!("ssh");
    });
}

fn ed25519(scene: &mut Scene) {
    let secret = Secret::ed25519(2);
    scene.signers = Some(vec![secret.public()]);
    let body = hashedrekord(FILE, &secret);
    scene.record(|it| *it = body);
}

/// The outcomes of what asks whose word counts: checkpoint, time.
fn trusting(trust: Trust<'static>) -> Vec<(CheckId, Outcome)> {
    open(&Scene { trust, ..Scene::new() }.report())
}

#[test]
fn only_logs_of_the_trusted_root_count() {
    let both = |outcome| vec![(CheckId::LogCheckpoint, outcome), (CheckId::RekorEntryTimestamp, outcome)];
    let other = signer().public();
    let root = trusted_root(&[tlog(&other, sha256(other.spki_der()))]).to_string();
    assert_eq!(trusting(Trust::Root(root.into())), both(Outcome::Untrusted));
    // Here nobody has the embedded roots, and this one cannot be read.
    assert_eq!(trusting(Trust::Production), both(Outcome::NotChecked));
    assert_eq!(trusting(Trust::Root("{}".into())), both(Outcome::NotChecked));
}

#[test]
fn without_a_proof_nothing_is_recorded() {
    let missing = [(CheckId::LogCheckpoint, Outcome::NotChecked), (CheckId::EntryInclusion, Outcome::NotChecked)];
    let mut scene = Scene::new();
    proof(&mut scene).checkpoint.clear();
    assert_eq!(open(&scene.report()), missing);
    scene.entry.proof = None;
    scene.answer = Some(json!({ scene.entry.id.clone().unwrap(): {
        "body": base64_encode(&scene.entry.leaf),
        "integratedTime": TIME,
        "logID": scene.entry.log_id.to_string(),
        "logIndex": 1002,
        "verification": { "signedEntryTimestamp": base64_encode(scene.entry.promise.as_ref().unwrap()) },
    }}));
    assert_eq!(open(&scene.report()), missing);
}

#[test]
fn certificates_are_for_bundles() {
    let form = |file: &str| std::fs::read(vectors::fixtures().join("key-forms").join(file)).unwrap();
    let secret = Secret::P256(p256::ecdsa::SigningKey::from_pkcs8_der(&form("erik.pkcs8.der")).unwrap());
    for file in ["erik.crt", "erik.crt.der"] {
        let mut scene = Scene::of(hashedrekord(FILE, &secret));
        scene.record(|body| body["spec"]["signature"]["publicKey"]["content"] = json!(base64_encode(&form(file))));
        for signers in [None, Some(vec![signer().public()])] {
            scene.signers = signers;
            let report = scene.report();
            assert_eq!(open(&report), [(CheckId::RekorEntrySignature, Outcome::NotChecked)], "{file}");
            assert!(report.headline.ends_with("give the Sigstore bundle."), "{}", report.headline);
        }
        // The key in it may all the same be one that the reader named.
        scene.signers = Some(vec![secret.public()]);
        assert_eq!(open(&scene.report()), [], "{file}");
    }
    assert!(!["erik.pub", "erik.spki.der", "carl.pkcs1.der"].iter().any(|key| PublicKey::is_certificate(&form(key))));
}

#[test]
fn a_key_file_that_allows_one_scheme_allows_no_other() {
    let form = |file: &str| std::fs::read(vectors::fixtures().join("key-forms").join(file)).unwrap();
    let key = rsa::pkcs1v15::SigningKey::<sha2::Sha256>::from_pkcs8_der(&form("carl.pkcs8.der")).unwrap();
    let signature = base64_encode(&Box::<[u8]>::from(key.sign(FILE)));
    let mut scene = Scene::new();
    scene.record(|body| {
        body["spec"]["signature"] =
            json!({ "content": signature, "publicKey": { "content": base64_encode(&form("carl.pub")) } });
    });
    let mut by = |file: &str| {
        scene.signers = Some(vec![PublicKey::parse(&form(file)).unwrap()]);
        open(&scene.report())
    };
    assert_eq!(by("carl.pub"), []);
    assert_eq!(by("carl.pkcs1v15.json"), []);
    assert_eq!(by("carl.json"), [(CheckId::RekorEntrySignature, Outcome::Untrusted)]);
}

#[test]
fn entries_of_v2_need_no_time() {
    let mut scene = Scene::new();
    let digest = base64_encode(sha256(FILE).as_bytes());
    let key = base64_encode(signer().public().spki_der());
    scene.record(|body| {
        *body = json!({ "apiVersion": "0.0.2", "kind": "hashedrekord", "spec": { "hashedRekordV002": {
            "data": { "algorithm": "SHA2_256", "digest": digest },
            "signature": {
                "content": body["spec"]["signature"]["content"],
                "verifier": { "publicKey": { "rawBytes": key } },
            },
        }}});
    });
    // A v2 log has one tree, and signs under its host's name.
    let (size, root) = (proof(&mut scene).size, proof(&mut scene).root);
    let head = Checkpoint { origin: "rekor.example".into(), size, root, extensions: Vec::new() };
    let id = scene.entry.log_id;
    proof(&mut scene).checkpoint = scene.log.note(&head, "rekor.example", id);
    (scene.entry.index, scene.entry.time, scene.entry.promise) = (2, None, None);
    let report = scene.report();
    assert_eq!(open(&report), [], "{:#?}", report.checks);
    let timestamp = report.checks.iter().find(|check| check.id == CheckId::RekorEntryTimestamp).unwrap();
    assert_eq!((timestamp.outcome, timestamp.required), (Outcome::NotChecked, false));
}

#[test]
fn entries_about_attestations_ask_for_the_bundle() {
    let hash = json!({ "algorithm": "sha256", "value": "11".repeat(32) });
    let one = json!({ "signature": base64_encode(b"x"), "verifier": base64_encode(b"x") });
    let spec = json!({ "envelopeHash": hash, "payloadHash": hash, "signatures": [one] });
    let mut scene = Scene::of(json!({ "apiVersion": "0.0.1", "kind": "dsse", "spec": spec }));
    scene.artifacts.clear();
    let report = scene.report();
    let missing =
        [(CheckId::RekorEntryStatement, Outcome::NotChecked), (CheckId::RekorEntrySignature, Outcome::NotChecked)];
    assert_eq!(open(&report), missing);
    assert!(report.headline.contains("give the Sigstore bundle"), "{}", report.headline);
    // Neither does an entry of a kind that is not read here say anything against anybody.
    let mut scene = Scene::of(json!({ "apiVersion": "0.0.1", "kind": "alpine", "spec": {} }));
    scene.artifacts.clear();
    assert_eq!(open(&scene.report()), missing);
    // A body that is not of the shape of its kind does.
    let mut scene = Scene::of(json!({ "apiVersion": "0.0.1", "kind": "dsse", "spec": {} }));
    scene.artifacts.clear();
    assert_eq!(open(&scene.report())[0], (CheckId::RekorEntryStatement, Outcome::Failed));
}

#[test]
fn stronger_digests_count_too() {
    let Secret::P256(key) = signer() else { panic!("the signer's key is a P-256 one") };
    let mut hasher = Hasher::with_sha384();
    hasher.update(FILE);
    for algorithm in ["sha384", "sha512"] {
        let value = hasher.clone().finish().get(algorithm).unwrap();
        let signature: p256::ecdsa::DerSignature = key.sign_prehash(&hex_decode(&value).unwrap()).unwrap();
        let mut scene = Scene::new();
        scene.record(|body| {
            body["spec"]["data"]["hash"] = json!({ "algorithm": algorithm, "value": value });
            body["spec"]["signature"]["content"] = json!(base64_encode(signature.as_bytes()));
        });
        assert_eq!(open(&scene.report()), [], "{algorithm}");
    }
}

#[test]
fn of_several_entries_the_best_decides() {
    let scene = Scene::new();
    let stranger = recorded(hashedrekord(FILE, &Secret::p256(3)).to_string().into_bytes(), &log());
    for order in [[&stranger, &scene.entry], [&scene.entry, &stranger]] {
        let answer: Vec<Value> = order.iter().map(|entry| api_json(entry)).collect();
        let report = Scene { answer: Some(json!(answer)), ..Scene::new() }.report();
        assert_eq!((report.verdict, open(&report)), (Verdict::Verified, Vec::new()), "{:#?}", report.checks);
        assert_eq!(report.rekor_entries.len(), 2);
    }
    // A fault in any of them is told.
    let bad = RekorEntry { time: Some(TIME + 1), ..stranger };
    let answer = json!([api_json(&bad), api_json(&scene.entry)]);
    let report = Scene { answer: Some(answer), ..Scene::new() }.report();
    assert_eq!(open(&report), [(CheckId::RekorEntryTimestamp, Outcome::Failed)]);
}

#[test]
fn answers_are_read_strictly() {
    let entry = &Scene::new().entry;
    let failed = [(CheckId::RekorEntryFormat, Outcome::Failed)];
    let id = entry.id.clone().unwrap();
    let mut bad = api_json(entry);
    bad[&id]["logIndex"] = json!(-1);
    let many = json!(vec![api_json(entry); MAX_ENTRIES + 1]);
    for answer in [bad.clone(), many, json!([]), json!({})] {
        let scene = Scene { answer: Some(answer), artifacts: Vec::new(), ..Scene::new() };
        assert_eq!(open(&scene.report()), failed);
    }
    let claims = |value: &Value| RekorEntry::claims_to_be(value.to_string().as_bytes());
    assert!(claims(&api_json(entry)) && claims(&json!([api_json(entry)])) && claims(&bad));
    let other = json!({ "logIndex": 1, "body": "", "logID": "" });
    assert!(!claims(&other) && !claims(&json!([])) && !claims(&json!({})) && !claims(&json!([other])));
    assert!(!claims(&json!({ id: { "body": "", "logIndex": 1 } })));
}
