//! Attacks on a reader who holds a whole release: its layout, its links, its product, from report to exit code. In each
//! of them one check alone stands between the attacker and "verified".
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use ed25519_dalek::{Signer, SigningKey};
use rekor_verifier::bytes::hex_encode;
use rekor_verifier::check::archive::ArchiveLister;
use rekor_verifier::check::digest::{Digests, sha256};
use rekor_verifier::evidence::{Artifact, Evidence, GivenFile};
use rekor_verifier::format::json;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::report::{CheckId, Outcome, Report, Time};
use rekor_verifier::sigstore::NotLoaded;
use rekor_verifier::verify;
use serde_json::{Value, json};

mod vectors;

/// A second before the layout among the fixtures ends.
const NOW: i64 = 1_670_006_466;

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(vectors::fixtures().join("layouts/chain").join(path)).unwrap()
}

fn given(name: &str, bytes: impl Into<Vec<u8>>) -> GivenFile {
    GivenFile { name: name.into(), bytes: bytes.into() }
}

fn artifact(name: &str, bytes: &[u8]) -> Artifact {
    let mut lister = ArchiveLister::default();
    let listing = lister.update(bytes).and_then(|()| lister.finish());
    Artifact { name: name.into(), digests: Digests::of(bytes), listing: Some(listing) }
}

/// A reader with a release, who named its owner: everything holds until a test changes it.
struct Reader {
    evidence: Evidence,
    policy: Policy,
    now: i64,
}

impl Reader {
    /// The chain that PyPI in-toto made.
    fn new() -> Self {
        let alice = PublicKey::parse(&fixture("alice.pub")).unwrap();
        let links = ["write.9106eaf2.link", "package.e871a4df.link"];
        let evidence = Evidence {
            artifacts: vec![artifact("demo.tar.gz", &fixture("demo.tar.gz"))],
            links: links.iter().map(|name| given(name, fixture(&format!("links/{name}")))).collect(),
            layouts: vec![given("root.layout", fixture("root.layout"))],
            ..Evidence::default()
        };
        let policy = Policy { signers: Some(Quorum::all(vec![("alice".into(), alice)])), ..Policy::default() };
        Self { evidence, policy, now: NOW }
    }

    /// A layout of one step, which the first of `people` carried out. No inspection looks at what else is given.
    fn with_one_step(people: &[&Person]) -> Self {
        let owner = Person(1);
        let evidence = Evidence {
            artifacts: vec![artifact("demo", b"good")],
            links: vec![given("package.1.link", people[0].signs(&link("demo", b"good")))],
            layouts: vec![given("root.layout", owner.signs(&layout(people)))],
            ..Evidence::default()
        };
        let owners = Quorum::all(vec![("owner".into(), owner.public())]);
        let reader = Self { evidence, policy: Policy { signers: Some(owners), ..Policy::default() }, now: NOW };
        assert_eq!(reader.report().verdict.exit_code(), 0, "{}", reader.report().to_json());
        reader
    }

    fn report(&self) -> Report {
        verify(&self.evidence, &self.policy, &Time { seconds: self.now, source: "the test".into() }, &NotLoaded)
    }

    /// Of the required checks only `id` did not pass.
    #[track_caller]
    fn expect_alone(&self, code: u8, id: CheckId, outcome: Outcome) {
        self.expect(code, &[(id, outcome)]);
    }

    /// Of the required checks only these did not pass.
    #[track_caller]
    fn expect(&self, code: u8, expected: &[(CheckId, Outcome)]) {
        let report = self.report();
        let open = report.checks.iter().filter(|check| check.required && check.outcome != Outcome::Passed);
        let open: Vec<_> = open.map(|check| (check.id, check.outcome)).collect();
        assert_eq!(open, expected, "{}", report.to_json());
        assert_eq!(report.verdict.exit_code(), code);
    }
}

/// Whoever holds the test key made of this byte.
struct Person(u8);

impl Person {
    fn secret(&self) -> SigningKey {
        SigningKey::from_bytes(&[self.0; 32])
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_ed25519(self.secret().verifying_key().as_bytes()).unwrap()
    }

    fn keyid(&self) -> String {
        self.public().keyids()[0].clone()
    }

    fn json(&self) -> Value {
        let public = hex_encode(self.secret().verifying_key().as_bytes());
        json!({ "keyid": self.keyid(), "keytype": "ed25519", "scheme": "ed25519", "keyval": { "public": public } })
    }

    /// A metablock around `signed`.
    fn signs(&self, signed: &Value) -> Vec<u8> {
        let bytes = json::parse(signed.to_string().as_bytes()).unwrap().to_olpc().unwrap();
        let signature = hex_encode(&self.secret().sign(&bytes).to_bytes());
        json!({ "signatures": [{ "keyid": self.keyid(), "sig": signature }], "signed": signed })
            .to_string()
            .into_bytes()
    }
}

/// A layout of one step, `package`, that any of `people` may carry out alone, and that makes `demo`.
fn layout(people: &[&Person]) -> Value {
    let keys: serde_json::Map<String, Value> = people.iter().map(|who| (who.keyid(), who.json())).collect();
    let step = json!({
        "_type": "step", "name": "package", "threshold": 1, "expected_command": [],
        "pubkeys": people.iter().map(|who| who.keyid()).collect::<Vec<_>>(),
        "expected_materials": [], "expected_products": [["CREATE", "demo"], ["DISALLOW", "*"]],
    });
    json!({
        "_type": "layout", "expires": "2030-01-01T00:00:00Z", "readme": "", "keys": keys, "steps": [step],
        "inspect": [],
    })
}

fn link(path: &str, product: &[u8]) -> Value {
    json!({
        "_type": "link", "name": "package", "command": [], "materials": {}, "byproducts": {}, "environment": {},
        "products": { path: { "sha256": sha256(product).to_string() } },
    })
}

#[test]
fn a_release_that_holds() {
    let report = Reader::new().report();
    assert_eq!(report.verdict.exit_code(), 0, "{}", report.to_json());
}

#[test]
fn a_layout_by_another_owner_alone_stands_in_the_way() {
    let mut reader = Reader::new();
    reader.policy.signers = None;
    reader.expect_alone(2, CheckId::LayoutSignature, Outcome::Untrusted);
}

#[test]
fn a_layout_of_the_attackers_beside_the_owners_alone_stands_in_the_way() {
    let mallory = Person(9);
    let mut reader = Reader::with_one_step(&[&Person(2)]);
    reader.evidence.layouts.push(given("mallory.layout", mallory.signs(&layout(&[&mallory]))));
    reader.evidence.links.push(given("package.2.link", mallory.signs(&link("demo", b"evil"))));
    reader.expect_alone(2, CheckId::LayoutSignature, Outcome::Untrusted);
    // What a stranger's layout says of a product is not even read.
    reader.evidence.artifacts.push(artifact("demo", b"evil"));
    reader.expect(1, &[(CheckId::LayoutSignature, Outcome::Untrusted), (CheckId::ArtifactProduct, Outcome::Failed)]);
}

/// Where the only layout is a stranger's, it decides about no link, and the links by themselves show too little.
#[test]
fn a_layout_by_a_stranger_decides_nothing() {
    let mut reader = Reader::with_one_step(&[&Person(2)]);
    reader.policy.signers = Some(Quorum::all(vec![("other".into(), Person(8).public())]));
    reader.expect(
        2,
        &[
            (CheckId::LayoutSignature, Outcome::Untrusted),
            (CheckId::LinkSignature, Outcome::Untrusted),
            (CheckId::Lookup, Outcome::NotChecked),
        ],
    );
}

/// A layout that is named like one that stands for a step, and stands for none, must not hide what it asks for.
#[test]
fn a_layout_hidden_by_its_name_alone_stands_in_the_way() {
    let mut reader = Reader::with_one_step(&[&Person(2)]);
    let mut old = layout(&[&Person(9)]);
    old["expires"] = "2001-01-01T00:00:00Z".into();
    reader.evidence.layouts.push(given("package.0123abcd.link", Person(1).signs(&old)));
    reader.expect_alone(2, CheckId::Sublayout, Outcome::NotChecked);
    assert_eq!(reader.report().layouts.len(), 2);
    // Only eight hexadecimal digits make such a name.
    reader.evidence.layouts[1].name = "package.whatever.link".into();
    reader.evidence.artifacts.clear();
    let report = reader.report();
    let expired = |check: &&rekor_verifier::report::Check| check.id == CheckId::LayoutExpiry;
    assert!(report.checks.iter().filter(expired).any(|check| check.outcome == Outcome::Failed));
}

/// Layouts beyond the bound are not looked at, and that is told.
#[test]
fn too_many_layouts() {
    let mut reader = Reader::with_one_step(&[&Person(2)]);
    for i in 0..64 {
        let mut other = layout(&[&Person(2)]);
        other["readme"] = i.to_string().into();
        reader.evidence.layouts.push(given(&format!("{i}.layout"), Person(1).signs(&other)));
    }
    reader.expect_alone(2, CheckId::LayoutFormat, Outcome::NotChecked);
}

#[test]
fn an_old_layout_alone_stands_in_the_way() {
    let mut reader = Reader::new();
    reader.now += 1;
    reader.expect_alone(1, CheckId::LayoutExpiry, Outcome::Failed);
}

#[test]
fn a_layout_that_can_be_read_in_two_ways_alone_stands_in_the_way() {
    let mut reader = Reader::new();
    let layout = String::from_utf8(fixture("root.layout")).unwrap();
    let twice = layout.replacen("\"_type\"", "\"_type\": \"layout\", \"_type\"", 1);
    assert_ne!(twice, layout);
    reader.evidence.layouts.push(given("twice.layout", twice));
    reader.expect_alone(1, CheckId::LayoutFormat, Outcome::Failed);
}

#[test]
fn a_receipt_that_can_be_read_in_two_ways_alone_stands_in_the_way() {
    let mut reader = Reader::new();
    reader.evidence.receipts.push(given("demo.tlog-proof", "c2sp.org/tlog-proof@v1\nindex 01\n\n"));
    reader.expect_alone(1, CheckId::ReceiptFormat, Outcome::Failed);
}

#[test]
fn a_product_that_no_link_of_the_chain_has_alone_stands_in_the_way() {
    let mut reader = Reader::with_one_step(&[&Person(2)]);
    reader.evidence.artifacts.push(artifact("demo", b"evil"));
    // A stranger's link for it counts for nothing under the layout.
    reader.evidence.links.push(given("package.2.link", Person(9).signs(&link("demo", b"evil"))));
    reader.expect_alone(1, CheckId::ArtifactProduct, Outcome::Failed);
}

/// Two people may carry out the step, and one of them breaks its rules. The other's link must not cover for that.
#[test]
fn a_link_that_no_rule_was_held_against_vouches_for_nothing() {
    let mallory = Person(9);
    let mut reader = Reader::with_one_step(&[&Person(2), &mallory]);
    reader.evidence.links.push(given("package.2.link", mallory.signs(&link("install.sh", b"evil"))));
    reader.evidence.artifacts.push(artifact("install.sh", b"evil"));
    reader.expect_alone(1, CheckId::ArtifactProduct, Outcome::Failed);
    // By itself the link breaks the rules.
    reader.evidence.links.remove(0);
    reader.evidence.artifacts.remove(0);
    reader.expect_alone(1, CheckId::StepRules, Outcome::Failed);
}
