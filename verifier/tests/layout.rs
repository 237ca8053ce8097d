//! Supply chains: one that holds, and for each check one in which only that check stands in the way.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

mod vectors;

use ed25519_dalek::{Signer, SigningKey};
use rekor_verifier::bytes::hex_encode;
use rekor_verifier::check::archive::{ArchiveError, ArchiveLister, Listing};
use rekor_verifier::check::digest::{Digests, sha256};
use rekor_verifier::check::layout::glob::Budget;
use rekor_verifier::check::layout::{LayoutFindings, LayoutInput, LinkUse, MAX_LAYOUTS, verify_layout};
use rekor_verifier::format::json;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::layout::Layout;
use rekor_verifier::format::link::Link;
use rekor_verifier::policy::Quorum;
use rekor_verifier::report::{CheckId, Outcome, Time, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use vectors::fixtures;

/// 2030-01-01T00:00:00Z
const EXPIRES: i64 = 1_893_456_000;
const ARCHIVE: &str = "archives/gnu-v7.tar.gz";

/// A signer: the test key made of this byte.
#[derive(Clone, Copy)]
struct Person(u8);

const OWNER: Person = Person(1);
const WRITER: Person = Person(2);
const PACKER: Person = Person(3);
const SECOND_PACKER: Person = Person(4);
const STRANGER: Person = Person(9);

impl Person {
    fn secret(self) -> SigningKey {
        SigningKey::from_bytes(&[self.0; 32])
    }

    fn public(self) -> PublicKey {
        PublicKey::from_ed25519(self.secret().verifying_key().as_bytes()).unwrap()
    }

    fn keyid(self) -> String {
        self.public().keyids()[0].clone()
    }

    fn json(self) -> Value {
        let public = hex_encode(self.secret().verifying_key().as_bytes());
        json!({ "keyid": self.keyid(), "keytype": "ed25519", "scheme": "ed25519", "keyval": { "public": public } })
    }
}

/// A metablock around `signed`.
fn metablock(signed: &Value, signers: &[Person]) -> Vec<u8> {
    let bytes = json::parse(signed.to_string().as_bytes()).unwrap().to_olpc().unwrap();
    let signature =
        |who: &Person| json!({ "keyid": who.keyid(), "sig": hex_encode(&who.secret().sign(&bytes).to_bytes()) });
    let signatures: Vec<Value> = signers.iter().map(signature).collect();
    json!({ "signatures": signatures, "signed": signed }).to_string().into_bytes()
}

fn rules(lines: &[&str]) -> Value {
    lines.iter().map(|line| line.split(' ').collect::<Vec<_>>()).collect::<Vec<_>>().into()
}

fn step(name: &str, threshold: u64, by: &[Person], materials: &[&str], products: &[&str]) -> Value {
    json!({
        "_type": "step", "name": name, "threshold": threshold, "expected_command": ["do", name],
        "pubkeys": by.iter().map(|who| who.keyid()).collect::<Vec<_>>(),
        "expected_materials": rules(materials), "expected_products": rules(products),
    })
}

fn layout(steps: &[Value], inspections: &[Value], people: &[Person]) -> Value {
    let keys: serde_json::Map<String, Value> = people.iter().map(|who| (who.keyid(), who.json())).collect();
    json!({
        "_type": "layout", "expires": "2030-01-01T00:00:00Z", "readme": "", "keys": keys,
        "steps": steps, "inspect": inspections,
    })
}

fn link(name: &str, materials: &Value, products: &Value) -> Value {
    json!({
        "_type": "link", "name": name, "command": ["do", name], "materials": materials, "products": products,
        "byproducts": {}, "environment": {},
    })
}

/// Everything that a reader holds.
struct Chain {
    layout: Value,
    owners: Vec<Person>,
    links: Vec<(String, Vec<u8>)>,
    sublayouts: Vec<(String, Vec<u8>)>,
    artifacts: Vec<(String, Vec<u8>)>,
    parameters: Vec<(&'static str, &'static str)>,
    now: i64,
}

impl Chain {
    /// Write, package by two people, unpack: a chain that holds.
    fn good() -> Self {
        let archive = std::fs::read(fixtures().join(ARCHIVE)).unwrap();
        let sources = sources();
        let tarball = json!({ "demo.tar.gz": { "sha256": sha256(&archive).to_string() } });
        let untar = json!({
            "_type": "inspection", "name": "untar", "run": ["tar", "xzf", "demo.tar.gz"],
            "expected_materials": rules(&["MATCH demo.tar.gz WITH PRODUCTS FROM package", "DISALLOW *"]),
            "expected_products":
                rules(&["MATCH * WITH PRODUCTS FROM write", "ALLOW demo.tar.gz", "DISALLOW *"]),
        });
        let steps = [
            step("write", 1, &[WRITER], &["DISALLOW *"], &["REQUIRE README", "CREATE *", "DISALLOW *"]),
            step(
                "package",
                2,
                &[PACKER, SECOND_PACKER],
                &["MATCH * WITH PRODUCTS FROM write", "DISALLOW *"],
                &["CREATE demo.tar.gz", "DISALLOW *"],
            ),
        ];
        let package = link("package", &sources, &tarball);
        Self {
            layout: layout(&steps, &[untar], &[WRITER, PACKER, SECOND_PACKER]),
            owners: vec![OWNER],
            links: vec![
                ("write.1.link".into(), metablock(&link("write", &json!({}), &sources), &[WRITER])),
                ("package.1.link".into(), metablock(&package, &[PACKER])),
                ("package.2.link".into(), metablock(&package, &[SECOND_PACKER])),
            ],
            sublayouts: Vec::new(),
            artifacts: vec![("demo.tar.gz".into(), archive)],
            parameters: Vec::new(),
            now: EXPIRES - 1,
        }
    }

    fn verify(&self) -> LayoutFindings {
        self.verify_file(&metablock(&self.layout, &[OWNER]))
    }

    fn verify_file(&self, layout: &[u8]) -> LayoutFindings {
        self.verify_within(layout, &mut Budget::default())
    }

    fn verify_within(&self, layout: &[u8], budget: &mut Budget) -> LayoutFindings {
        let layout = Layout::parse(layout).unwrap();
        let owners = self.owners.iter().map(|who| (who.0.to_string(), who.public())).collect::<Vec<_>>();
        let owners = (!owners.is_empty()).then(|| Quorum::all(owners));
        let links: Vec<Link> = self.links.iter().map(|(_, file)| Link::parse(file).unwrap()).collect();
        let sublayouts: Vec<Layout> = self.sublayouts.iter().map(|(_, file)| Layout::parse(file).unwrap()).collect();
        let digests: Vec<Digests> = self.artifacts.iter().map(|(_, file)| Digests::of(file)).collect();
        let archives: Vec<_> = self.artifacts.iter().map(|(_, file)| list(file)).collect();
        let time = Time { seconds: self.now, source: "a test".into() };
        verify_layout(
            &LayoutInput {
                layout: &layout,
                links: &named(&self.links, &links),
                sublayouts: &named(&self.sublayouts, &sublayouts),
                artifacts: &named(&self.artifacts, &digests),
                archives: &named(&self.artifacts, &archives),
                parameters: &self.parameters,
                time: &time,
            },
            owners.as_ref(),
            budget,
        )
    }

    fn edit_link(&mut self, i: usize, signers: &[Person], edit: impl FnOnce(&mut Value)) {
        let mut file: Value = serde_json::from_slice(&self.links[i].1).unwrap();
        edit(&mut file["signed"]);
        self.links[i].1 = metablock(&file["signed"], signers);
    }
}

fn named<'a, T>(files: &'a [(String, Vec<u8>)], values: &'a [T]) -> Vec<(&'a str, &'a T)> {
    files.iter().map(|(name, _)| name.as_str()).zip(values).collect()
}

fn list(file: &[u8]) -> Result<Listing, ArchiveError> {
    let mut lister = ArchiveLister::default();
    lister.update(file)?;
    lister.finish()
}

/// What the archive holds, as a link states it.
fn sources() -> Value {
    let expected = vectors::json(&fixtures().join("archives/expected.json"));
    let files = expected["gnu-v7.tar.gz"]["files"].as_object().unwrap();
    files.iter().map(|(path, hash)| (path.clone(), json!({ "sha256": hash }))).collect::<serde_json::Map<_, _>>().into()
}

fn verdict(findings: &LayoutFindings) -> Verdict {
    Verdict::of(findings.checks.iter().filter(|check| check.required))
}

/// The required checks that did not pass, with their subjects.
fn standing(findings: &LayoutFindings) -> Vec<(CheckId, String, Outcome)> {
    let not_passed = findings.checks.iter().filter(|check| check.required && check.outcome != Outcome::Passed);
    not_passed.map(|check| (check.id, check.subject.clone(), check.outcome)).collect()
}

/// Only this check stands between the chain and "verified".
fn only(chain: &Chain, id: CheckId, subject: &str, outcome: Outcome) {
    assert_eq!(standing(&chain.verify()), [(id, subject.to_owned(), outcome)]);
}

/// This check does not pass, nor do those that rest on it; nothing else is failed.
fn first(chain: &Chain, id: CheckId, subject: &str, outcome: Outcome) {
    let standing = standing(&chain.verify());
    assert_eq!(standing.first(), Some(&(id, subject.to_owned(), outcome)));
    assert!(standing[1..].iter().all(|(_, _, outcome)| *outcome == Outcome::NotChecked), "{standing:?}");
}

#[test]
fn a_chain_that_holds() {
    let findings = Chain::good().verify();
    assert_eq!(standing(&findings), []);
    assert_eq!(verdict(&findings), Verdict::Verified);
    let ids: Vec<CheckId> = findings.checks.iter().map(|check| check.id).collect();
    use CheckId::*;
    assert_eq!(
        ids,
        [
            LayoutSignature,
            LayoutExpiry,
            LayoutFormat,
            StepLinks,
            StepCommand,
            StepLinks,
            StepCommand,
            StepCommand,
            StepAgreement,
            StepRules,
            StepRules,
            InspectionRun,
            InspectionRules
        ]
    );
    let summary = findings.summary.unwrap();
    assert!(summary.materials.is_empty());
    assert_eq!(summary.products.keys().collect::<Vec<_>>(), ["demo.tar.gz"]);
    assert_eq!(findings.steps.len(), 2);
    let package = LinkUse::Counts {
        step: "step[package]".into(),
        signers: vec![PACKER.public().fingerprint().to_string()],
        inner: false,
    };
    assert_eq!(findings.links[1], package);
}

#[test]
fn the_owners_signature() {
    let mut chain = Chain::good();
    chain.owners = Vec::new();
    only(&chain, CheckId::LayoutSignature, "layout", Outcome::Untrusted);
    chain.owners = vec![STRANGER];
    only(&chain, CheckId::LayoutSignature, "layout", Outcome::Untrusted);
    assert_eq!(chain.verify().checks[0].sentence, "The layout is signed by nobody whom you named as its owner.");
    chain.owners = vec![OWNER, STRANGER];
    only(&chain, CheckId::LayoutSignature, "layout", Outcome::Untrusted);
    assert_eq!(chain.verify().checks[0].sentence, "Not all of the owners whom you asked for have signed the layout.");
    chain.owners = vec![OWNER];
    let mut file: Value = serde_json::from_slice(&metablock(&chain.layout, &[OWNER])).unwrap();
    file["signed"]["readme"] = "changed".into();
    let standing = standing(&chain.verify_file(file.to_string().as_bytes()));
    assert_eq!(standing, [(CheckId::LayoutSignature, "layout".into(), Outcome::Failed)]);
}

#[test]
fn the_expiry_is_the_first_second_at_which_it_is_over() {
    let mut chain = Chain::good();
    for now in [EXPIRES, EXPIRES + 1, i64::MAX] {
        chain.now = now;
        only(&chain, CheckId::LayoutExpiry, "layout", Outcome::Failed);
    }
    chain.now = i64::MIN;
    assert_eq!(verdict(&chain.verify()), Verdict::Verified);
}

#[test]
fn a_link_that_is_missing_or_by_the_wrong_key() {
    let mut chain = Chain::good();
    chain.links.remove(2);
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::NotChecked);
    let mut chain = Chain::good();
    chain.edit_link(2, &[STRANGER], |_| {});
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::NotChecked);
    assert!(matches!(&chain.verify().links[2], LinkUse::Ignored(why) if why.contains("step[package]")));
    // The writer may write, not package.
    chain.edit_link(2, &[WRITER], |_| {});
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::NotChecked);
    // One packer, however many links: one.
    chain.edit_link(2, &[PACKER], |_| {});
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::NotChecked);
    // Both signed one file.
    chain.edit_link(2, &[PACKER, SECOND_PACKER], |_| {});
    assert_eq!(verdict(&chain.verify()), Verdict::Verified);
}

#[test]
fn a_signature_that_does_not_match() {
    let mut chain = Chain::good();
    let mut file: Value = serde_json::from_slice(&chain.links[0].1).unwrap();
    file["signed"]["command"] = json!(["do", "other"]);
    chain.links[0].1 = file.to_string().into_bytes();
    first(&chain, CheckId::StepLinks, "step[write]", Outcome::Failed);
}

#[test]
fn a_key_counts_once_whatever_the_layout_calls_it() {
    let mut chain = Chain::good();
    chain.links.remove(2);
    chain.layout["keys"][SECOND_PACKER.keyid()] = PACKER.json();
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::Failed);
    // A threshold that nobody can meet is the layout's fault, not that of who brings the links.
    let mut chain = Chain::good();
    chain.layout["steps"][1]["threshold"] = 3.into();
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::Failed);
}

/// A key as GnuPG's users give it to a layout.
fn gnupg(keyid: &str, public: &str) -> Value {
    let public = json!({ "private": "", "public": { "q": public } });
    json!({ "type": "eddsa", "method": "pgp+eddsa-ed25519", "keyid": keyid, "keyval": public })
}

#[test]
fn a_subkey_that_is_named_signs_alone() {
    let signer = vectors::json(&fixtures().join("forms/keys/eddsa.json"));
    let signer = (signer["keyid"].as_str().unwrap(), signer["keyval"]["public"]["q"].as_str().unwrap());
    let public = |who: Person| hex_encode(who.secret().verifying_key().as_bytes());
    let (main, other) = ("11".repeat(20), "22".repeat(20));
    let mut chain = Chain::good();
    chain.layout = layout(&[step("package", 1, &[], &[], &["ALLOW *"])], &[], &[]);
    let mut key = gnupg(&main, &public(PACKER));
    key["subkeys"] = json!({ signer.0: gnupg(signer.0, signer.1), &other: gnupg(&other, &public(SECOND_PACKER)) });
    chain.layout["keys"][&main] = key;
    chain.links = vec![("package.link".into(), std::fs::read(fixtures().join("forms/openpgp-eddsa.link")).unwrap())];
    for named in [main.as_str(), signer.0] {
        chain.layout["steps"][0]["pubkeys"] = json!([named]);
        assert_eq!(verdict(&chain.verify()), Verdict::Verified, "{named}");
    }
    chain.layout["steps"][0]["pubkeys"] = json!([other]);
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::NotChecked);
}

#[test]
fn a_key_goes_by_the_id_that_the_layout_gives_it() {
    let mut chain = Chain::good();
    chain.layout["steps"][0]["pubkeys"] = json!([WRITER.public().keyids()[1]]);
    first(&chain, CheckId::StepLinks, "step[write]", Outcome::Failed);
}

#[test]
fn keys_that_cannot_be_checked_are_not_bad_signatures() {
    let mut chain = Chain::good();
    chain.layout["keys"][SECOND_PACKER.keyid()]["keytype"] = "secp256k1".into();
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::NotChecked);
    let mut chain = Chain::good();
    chain.links.remove(2);
    chain.layout["rootcas"] = json!({});
    chain.layout["steps"][1]["cert_constraints"] = json!([]);
    first(&chain, CheckId::StepLinks, "step[package]", Outcome::NotChecked);
    let check = chain.verify().checks.into_iter().find(|check| check.outcome == Outcome::NotChecked).unwrap();
    assert!(check.sentence.contains("X.509"), "{}", check.sentence);
}

#[test]
fn links_that_disagree() {
    let mut chain = Chain::good();
    chain.edit_link(2, &[SECOND_PACKER], |link| link["products"]["demo.tar.gz"]["sha256"] = "00".repeat(32).into());
    first(&chain, CheckId::StepAgreement, "step[package]", Outcome::Failed);
    // One link is enough for this step; the writer's two do not say which.
    let mut chain = Chain::good();
    let other = metablock(&link("write", &json!({}), &json!({})), &[WRITER]);
    chain.links.push(("old/write.1.link".into(), other));
    first(&chain, CheckId::StepAgreement, "step[write]", Outcome::Failed);
    // Where one of two people is enough, the one whom the layout names first decides.
    let mut chain = Chain::good();
    chain.layout["steps"][1]["threshold"] = 1.into();
    chain.edit_link(2, &[SECOND_PACKER], |link| link["products"] = json!({}));
    let findings = chain.verify();
    assert_eq!(verdict(&findings), Verdict::Verified);
    // The other link was held against no rule, so that nothing counts for being its product.
    assert!(matches!(findings.links[1], LinkUse::Counts { .. }));
    let said = |findings: &LayoutFindings| {
        let agreement = findings.checks.iter().find(|check| check.id == CheckId::StepAgreement).unwrap();
        agreement.sentence.clone()
    };
    assert_eq!(said(&findings), "The layout asks for one link; of several, the one by the key named first is used.");
    assert_eq!(said(&Chain::good().verify()), "All links state the same materials and products.");
    assert!(matches!(findings.links[2], LinkUse::Ignored(_)), "{:?}", findings.links[2]);
    chain.layout["steps"][1]["pubkeys"] = json!([SECOND_PACKER.keyid(), PACKER.keyid()]);
    only(&chain, CheckId::InspectionRules, "inspection[untar]", Outcome::Failed);
}

#[test]
fn another_command_decides_nothing() {
    let mut chain = Chain::good();
    chain.edit_link(0, &[WRITER], |link| link["command"] = json!(["do", "something", "else"]));
    let findings = chain.verify();
    assert_eq!(verdict(&findings), Verdict::Verified);
    let command = findings.checks.iter().find(|check| check.id == CheckId::StepCommand).unwrap();
    assert_eq!((command.outcome, command.required), (Outcome::Failed, false));
}

#[test]
fn files_that_break_a_rule() {
    let mut chain = Chain::good();
    chain.edit_link(0, &[WRITER], |link| link["materials"] = json!({ "x": { "sha256": "00".repeat(32) } }));
    only(&chain, CheckId::StepRules, "step[write]", Outcome::Failed);
    let mut chain = Chain::good();
    for (i, who) in [(1, PACKER), (2, SECOND_PACKER)] {
        chain.edit_link(i, &[who], |link| link["materials"]["README"]["sha256"] = "00".repeat(32).into());
    }
    only(&chain, CheckId::StepRules, "step[package]", Outcome::Failed);
    let rules = chain.verify().checks.into_iter().filter(|check| check.id == CheckId::StepRules).nth(1).unwrap();
    let expected = json!({
        "rules": [
            { "rule": "MATCH * WITH PRODUCTS FROM write", "consumed": 3 },
            { "rule": "DISALLOW *", "consumed": 0, "disallowed": { "paths": ["README"], "count": 1 } },
        ],
        "left": 1,
    });
    assert_eq!(serde_json::to_value(rules.evidence.get("materials")).unwrap(), expected);
    assert_eq!(rules.sentence, r#"The materials break the rule "DISALLOW *": "README"."#);
}

#[test]
fn the_first_of_several_files_that_break_a_rule_is_named() {
    let mut chain = Chain::good();
    let added = |hash: &str| json!({ "sha256": hash.repeat(32) });
    chain.edit_link(0, &[WRITER], |link| link["materials"] = json!({ "x": added("00"), "y": added("01") }));
    let rules = chain.verify().checks.into_iter().find(|check| check.id == CheckId::StepRules).unwrap();
    assert_eq!(rules.sentence, r#"The materials break the rule "DISALLOW *": "x" and 1 more."#);
}

/// A prefix so long that comparing it with every path is more than is done.
#[test]
fn too_much_work_is_not_checked() {
    let mut chain = Chain::good();
    let digest = json!({ "sha256": "00".repeat(32) });
    let materials: serde_json::Map<String, Value> = (0..320).map(|i| (i.to_string(), digest.clone())).collect();
    chain.edit_link(0, &[WRITER], |link| link["materials"] = materials.into());
    let rule = format!("MATCH * IN {} WITH PRODUCTS FROM write", "a".repeat(900_000));
    chain.layout["steps"][0]["expected_materials"] = rules(&[&rule]);
    let found = chain.verify().checks.into_iter().find(|check| check.id == CheckId::StepRules).unwrap();
    assert_eq!(found.outcome, Outcome::NotChecked);
    assert!(found.sentence.contains("too many, or their patterns too long"), "{}", found.sentence);
}

#[test]
fn layouts_are_followed_up_to_sixty_four() {
    for (sublayouts, expected) in [(MAX_LAYOUTS - 1, Verdict::Verified), (MAX_LAYOUTS, Verdict::CouldNotTell)] {
        let mut chain = Chain::good();
        chain.layout = layout(&[step("write", 1, &[WRITER], &[], &["ALLOW *"])], &[], &[WRITER]);
        chain.links.clear();
        let empty = metablock(&layout(&[], &[], &[]), &[WRITER]);
        chain.sublayouts = (0..sublayouts).map(|i| (format!("write.{i:08x}.link"), empty.clone())).collect();
        assert_eq!(verdict(&chain.verify()), expected, "{sublayouts}");
    }
}

#[test]
fn a_file_that_a_rule_asks_for_and_nobody_made() {
    let mut chain = Chain::good();
    chain.layout["steps"][0]["expected_products"] = rules(&["REQUIRE LICENCE", "CREATE *", "DISALLOW *"]);
    only(&chain, CheckId::StepRules, "step[write]", Outcome::Failed);
    // What an earlier rule took is not there any more.
    chain.layout["steps"][0]["expected_products"] = rules(&["CREATE *", "REQUIRE README"]);
    only(&chain, CheckId::StepRules, "step[write]", Outcome::Failed);
}

#[test]
fn a_file_that_stays_as_it_was_is_neither_created_nor_deleted_nor_modified() {
    let mut chain = Chain::good();
    chain.edit_link(0, &[WRITER], |link| link["materials"] = link["products"].clone());
    for (materials, products) in [("ALLOW *", "CREATE *"), ("DELETE *", "ALLOW *"), ("ALLOW *", "MODIFY *")] {
        chain.layout["steps"][0]["expected_materials"] = rules(&[materials, "DISALLOW *"]);
        chain.layout["steps"][0]["expected_products"] = rules(&[products, "DISALLOW *"]);
        only(&chain, CheckId::StepRules, "step[write]", Outcome::Failed);
    }
    chain.layout["steps"][0]["expected_products"] = rules(&["ALLOW *", "DISALLOW *"]);
    assert_eq!(verdict(&chain.verify()), Verdict::Verified);
}

/// The good chain with every file of the writer's below `from`, and of the packagers' materials below `to`.
fn moved(from: &str, to: &str) -> Chain {
    let below = |folder: &str, files: &Value| -> Value {
        let files = files.as_object().unwrap().iter();
        files
            .map(|(path, digests)| (format!("{folder}/{path}"), digests.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut chain = Chain::good();
    chain.layout["steps"][0]["expected_products"] = rules(&["CREATE *", "DISALLOW *"]);
    chain.layout["inspect"] = json!([]);
    chain.edit_link(0, &[WRITER], |link| link["products"] = below(from, &link["products"]));
    for (i, who) in [(1, PACKER), (2, SECOND_PACKER)] {
        chain.edit_link(i, &[who], |link| link["materials"] = below(to, &link["materials"]));
    }
    chain
}

#[test]
fn files_that_are_matched_in_other_folders() {
    let mut chain = moved("written/here", "to");
    for (from, to) in
        [("written/here", "to"), ("written/here/", "to"), ("written/here", "to/"), ("written\\here", "to")]
    {
        let rule = format!("MATCH * IN {to} WITH PRODUCTS IN {from} FROM write");
        chain.layout["steps"][1]["expected_materials"] = rules(&[&rule, "DISALLOW *"]);
        assert_eq!(verdict(&chain.verify()), Verdict::Verified, "{rule}");
    }
    for rule in [
        "MATCH * WITH PRODUCTS FROM write",
        "MATCH * IN t WITH PRODUCTS IN written/here FROM write",
        "MATCH * IN to WITH PRODUCTS IN written FROM write",
        "MATCH *x IN to WITH PRODUCTS IN written/here FROM write",
        "MATCH * IN to WITH MATERIALS IN written/here FROM write",
        "MATCH * IN to WITH PRODUCTS IN written/here FROM package",
    ] {
        chain.layout["steps"][1]["expected_materials"] = rules(&[rule, "DISALLOW *"]);
        only(&chain, CheckId::StepRules, "step[package]", Outcome::Failed);
    }
    // Python's os.path.join takes what follows the prefix for an absolute path, which the link does not have.
    let mut chain = moved("written/here", "to/");
    chain.layout["steps"][1]["expected_materials"] =
        rules(&["MATCH * IN to WITH PRODUCTS IN written/here FROM write", "ALLOW *"]);
    only(&chain, CheckId::StepRules, "step[package]", Outcome::Failed);
}

#[test]
fn weak_digests_match_nothing() {
    let mut chain = Chain::good();
    let weak = json!({ "README": { "sha1": "00".repeat(20) } });
    chain.edit_link(0, &[WRITER], |link| link["products"] = weak.clone());
    for (i, who) in [(1, PACKER), (2, SECOND_PACKER)] {
        chain.edit_link(i, &[who], |link| link["materials"] = weak.clone());
    }
    let findings = chain.verify();
    assert_eq!(standing(&findings)[0], (CheckId::StepRules, "step[package]".into(), Outcome::Failed));
    let rules = findings.checks.iter().filter(|check| check.id == CheckId::StepRules).nth(1).unwrap();
    assert_eq!(serde_json::to_value(&rules.evidence).unwrap()["materials"]["rules"][0]["weak"], 1);
}

#[test]
fn parameters() {
    let mut chain = Chain::good();
    chain.layout["steps"][1]["expected_products"] = rules(&["CREATE {NAME}.tar.gz", "DISALLOW *"]);
    // Without any, a brace stands for itself.
    only(&chain, CheckId::StepRules, "step[package]", Outcome::Failed);
    chain.parameters = vec![("OTHER", "demo")];
    let standing = standing(&chain.verify());
    assert_eq!(standing, [(CheckId::LayoutFormat, "layout".into(), Outcome::NotChecked)]);
    chain.parameters = vec![("NAME", "demo")];
    assert_eq!(verdict(&chain.verify()), Verdict::Verified);
    // In commands as well.
    chain.layout["steps"][0]["expected_command"] = json!(["do", "{STEP}"]);
    chain.layout["inspect"][0]["run"] = json!(["tar", "xzf", "{NAME}.tar.gz"]);
    chain.parameters.push(("STEP", "write"));
    let findings = chain.verify();
    assert_eq!(verdict(&findings), Verdict::Verified);
    let commands = findings.checks.iter().filter(|check| check.id == CheckId::StepCommand);
    assert!(commands.into_iter().all(|check| check.outcome == Outcome::Passed));
}

/// The good chain with a layout by the writer in place of the writer's link.
fn with_sublayout(edit: impl FnOnce(&mut Value)) -> Chain {
    let mut chain = Chain::good();
    let (_, written) = chain.links.remove(0);
    let mut sublayout = layout(&[step("write", 1, &[Person(5)], &[], &["CREATE *"])], &[], &[Person(5)]);
    edit(&mut sublayout);
    chain.sublayouts = vec![("links/write.0123abcd.link".into(), metablock(&sublayout, &[WRITER]))];
    let written: Value = serde_json::from_slice(&written).unwrap();
    let name = "links/write.0123abcd/write.1.link";
    chain.links.push((name.into(), metablock(&written["signed"], &[Person(5)])));
    chain
}

#[test]
fn a_layout_that_stands_for_a_step() {
    let chain = with_sublayout(|_| {});
    let findings = chain.verify();
    assert_eq!(standing(&findings), []);
    let inner: Vec<&str> = findings.checks.iter().map(|check| check.subject.as_str()).collect();
    assert!(inner.contains(&"step[write]/layout") && inner.contains(&"step[write]/step[write]"), "{inner:?}");

    let expired = with_sublayout(|layout| layout["expires"] = "2020-01-01T00:00:00Z".into());
    let found = standing(&expired.verify());
    let failed = |id, subject: &str| (id, subject.to_owned(), Outcome::Failed);
    assert_eq!(found, [failed(CheckId::LayoutExpiry, "step[write]/layout"), failed(CheckId::Sublayout, "step[write]")]);

    // Its links lie in its folder, nowhere else.
    let mut misplaced = with_sublayout(|_| {});
    misplaced.links.last_mut().unwrap().0 = "links/write.1.link".into();
    assert_eq!(standing(&misplaced.verify())[0].1, "step[write]/step[write]");

    // Eight hexadecimal digits, no others and not fewer, make a layout's file one for a step.
    for name in ["write.0123abcg.link", "write.0123abc.link", "write.0123abcde.link"] {
        let mut misnamed = with_sublayout(|_| {});
        misnamed.sublayouts[0].0 = name.into();
        first(&misnamed, CheckId::StepLinks, "step[write]", Outcome::NotChecked);
    }

    // Signed by somebody who may not write.
    let mut strangers = with_sublayout(|_| {});
    let file: Value = serde_json::from_slice(&strangers.sublayouts[0].1).unwrap();
    strangers.sublayouts[0].1 = metablock(&file["signed"], &[STRANGER]);
    first(&strangers, CheckId::StepLinks, "step[write]", Outcome::NotChecked);
}

#[test]
fn layouts_are_followed_eight_deep() {
    for (depth, expected) in [(8, Verdict::Verified), (9, Verdict::CouldNotTell)] {
        let mut chain = Chain::good();
        let (_, written) = chain.links.remove(0);
        let written: Value = serde_json::from_slice(&written).unwrap();
        let mut folder = String::new();
        for _ in 0..depth {
            let sublayout = layout(&[step("write", 1, &[WRITER], &[], &["CREATE *"])], &[], &[WRITER]);
            chain.sublayouts.push((format!("{folder}write.0123abcd.link"), metablock(&sublayout, &[WRITER])));
            folder.push_str("write.0123abcd/");
        }
        chain.links.push((format!("{folder}write.1.link"), metablock(&written["signed"], &[WRITER])));
        assert_eq!(verdict(&chain.verify()), expected, "{depth}");
    }
}

#[test]
fn inspections_that_are_not_run() {
    let mut chain = Chain::good();
    chain.layout["inspect"][0]["run"] = json!(["sh", "-c", "true"]);
    let found = standing(&chain.verify());
    let not_checked = |id| (id, "inspection[untar]".to_owned(), Outcome::NotChecked);
    assert_eq!(found, [not_checked(CheckId::InspectionRun), not_checked(CheckId::InspectionRules)]);
    // What was there before can be judged all the same.
    chain.artifacts.push(("extra".into(), b"x".to_vec()));
    assert!(standing(&chain.verify()).contains(&(
        CheckId::InspectionRules,
        "inspection[untar]".into(),
        Outcome::Failed
    )));
    // The product was not given.
    let mut chain = Chain::good();
    chain.artifacts.clear();
    first(&chain, CheckId::InspectionRun, "inspection[untar]", Outcome::NotChecked);
    // Rules on what was there before that refer to what is not known.
    let mut chain = Chain::good();
    chain.layout["inspect"][0]["run"] = json!(["sh", "-c", "true"]);
    chain.layout["inspect"][0]["expected_materials"] =
        rules(&["MATCH demo.tar.gz WITH PRODUCTS FROM untar", "DISALLOW *"]);
    first(&chain, CheckId::InspectionRun, "inspection[untar]", Outcome::NotChecked);
}

#[test]
fn an_archive_that_is_not_unpacked_here_is_not_damaged() {
    for file in ["refused/pipe.tar.gz", "refused/compressed.tar.xz", "python-ustar.tar"] {
        let mut chain = Chain::good();
        chain.artifacts[0].1 = std::fs::read(fixtures().join("archives").join(file)).unwrap();
        let tarball = json!({ "demo.tar.gz": { "sha256": sha256(&chain.artifacts[0].1).to_string() } });
        for (i, who) in [(1, PACKER), (2, SECOND_PACKER)] {
            chain.edit_link(i, &[who], |link| link["products"] = tarball.clone());
        }
        first(&chain, CheckId::InspectionRun, "inspection[untar]", Outcome::NotChecked);
    }
}

#[test]
fn an_archive_that_is_damaged() {
    let mut chain = Chain::good();
    let bytes = &mut chain.artifacts[0].1;
    bytes.truncate(bytes.len() - 1);
    let found = standing(&chain.verify());
    assert_eq!(found[0], (CheckId::InspectionRun, "inspection[untar]".into(), Outcome::Failed));
}

#[test]
fn an_archive_with_something_else_in_it() {
    let mut chain = Chain::good();
    let other = std::fs::read(fixtures().join("archives/written-twice.tar.gz")).unwrap();
    let tarball = json!({ "demo.tar.gz": { "sha256": sha256(&other).to_string() } });
    for (i, who) in [(1, PACKER), (2, SECOND_PACKER)] {
        chain.edit_link(i, &[who], |link| link["products"] = tarball.clone());
    }
    chain.artifacts[0].1 = other;
    only(&chain, CheckId::InspectionRules, "inspection[untar]", Outcome::Failed);
}

#[test]
fn a_product_that_the_chain_does_not_know() {
    let mut chain = Chain::good();
    // The same content in a file with other bytes around it.
    chain.artifacts[0].1 = std::fs::read(fixtures().join("archives/gzip-header.tar.gz")).unwrap();
    only(&chain, CheckId::InspectionRules, "inspection[untar]", Outcome::Failed);
}

/// An inspection that unpacks, and asks for nothing.
fn unpack(name: &str, archive: &str) -> Value {
    json!({ "_type": "inspection", "name": name, "run": ["tar", "xf", archive],
            "expected_materials": [], "expected_products": [] })
}

#[test]
fn an_archive_that_an_earlier_inspection_wrote_over() {
    let mut chain = Chain::good();
    // `README` is an archive by itself, and one of the files that the first inspection unpacks.
    chain.artifacts.push(("README".into(), chain.artifacts[0].1.clone()));
    chain.layout["inspect"] = json!([unpack("first", "README"), unpack("second", "README")]);
    first(&chain, CheckId::InspectionRun, "inspection[second]", Outcome::NotChecked);
}

/// The files before and those unpacked, each of which the list after it may hold.
#[test]
fn an_inspection_costs_the_files_that_it_leaves() {
    let mut chain = Chain::good();
    chain.artifacts.push(("extra".into(), b"x".to_vec()));
    let within = |inspections: Value, budget: &mut Budget| {
        let mut layout = chain.layout.clone();
        layout["inspect"] = inspections;
        chain.verify_within(&metablock(&layout, &[OWNER]), budget)
    };
    let left_after = |inspections: Value| {
        let mut budget = Budget::default();
        within(inspections, &mut budget);
        let left = (0..=28).rev().map(|power| 1 << power).filter(|steps| budget.spend(*steps).is_ok());
        left.sum::<u64>()
    };
    let one = || json!([unpack("untar", "demo.tar.gz")]);
    // Two files were given, and four are in the archive.
    assert_eq!(left_after(json!([])) - left_after(one()), 6 * 512);
    for (missing, outcome) in [(0, Outcome::Passed), (1, Outcome::NotChecked)] {
        let mut budget = Budget::default();
        budget.spend(left_after(one()) + missing).unwrap();
        let ran = within(one(), &mut budget).checks.into_iter().find(|check| check.id == CheckId::InspectionRun);
        assert_eq!(ran.unwrap().outcome, outcome, "{missing} missing");
    }
}

/// in-toto's own demonstration, in metablocks, in DSSE and signed with OpenPGP: its layouts are templates, to which
/// an expiry and a signature have to be added.
#[test]
fn the_demonstration_of_in_toto() {
    let Some(shared) = vectors::shared() else { return };
    for (folder, inspected) in [("demo", false), ("demo-dsse", false), ("demo-gpg", true)] {
        let root = shared.join("in-toto").join(folder);
        let template = if folder == "demo-dsse" { root.with_file_name("demo") } else { root.clone() };
        let file = vectors::json(&template.join("demo.layout.template"));
        let mut chain = Chain::good();
        chain.layout = file["signed"].clone();
        chain.layout["expires"] = "2030-01-01T00:00:00Z".into();
        let links = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
        let links = links.filter(|path| path.extension().is_some_and(|extension| extension == "link"));
        chain.links = links.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect();
        chain.artifacts = vec![("foo.tar.gz".into(), std::fs::read(template.join("foo.tar.gz")).unwrap())];
        let left: Vec<CheckId> = standing(&chain.verify()).into_iter().map(|(id, ..)| id).collect();
        match inspected {
            true => assert_eq!(left, [], "{folder}"),
            false => assert_eq!(left, [CheckId::InspectionRun, CheckId::InspectionRules], "{folder}"),
        }
    }
}

#[test]
fn malformed_layouts_are_refused() {
    let good = Chain::good().layout;
    let edits: BTreeMap<&str, fn(&mut Value)> = BTreeMap::from([
        ("unknown field", (|layout| layout["note"] = 1.into()) as fn(&mut Value)),
        ("unknown field in a step", |layout| layout["steps"][0]["note"] = 1.into()),
        ("missing field", |layout| drop(layout.as_object_mut().unwrap().remove("readme"))),
        ("expiry", |layout| layout["expires"] = "2030-02-30T00:00:00Z".into()),
        ("expiry in parts of a second", |layout| layout["expires"] = "2030-02-03T00:00:00.5Z".into()),
        ("threshold of none", |layout| layout["steps"][0]["threshold"] = 0.into()),
        ("threshold below none", |layout| layout["steps"][0]["threshold"] = (-1).into()),
        ("threshold as text", |layout| layout["steps"][0]["threshold"] = "1".into()),
        ("rule", |layout| layout["steps"][0]["expected_products"] = json!([["PERMIT", "*"]])),
        ("rule as text", |layout| layout["steps"][0]["expected_products"] = json!(["ALLOW *"])),
        ("name twice", |layout| layout["steps"][0]["name"] = "untar".into()),
        ("step of another type", |layout| layout["steps"][0]["_type"] = "inspection".into()),
        ("steps missing", |layout| layout["steps"] = Value::Null),
        ("key as text", |layout| layout["keys"]["00"] = "key".into()),
        ("command", |layout| layout["inspect"][0]["run"] = "tar xf a".into()),
    ]);
    assert!(Layout::parse(&metablock(&good, &[OWNER])).is_ok());
    for (name, edit) in edits {
        let mut layout = good.clone();
        edit(&mut layout);
        assert!(Layout::parse(&metablock(&layout, &[OWNER])).is_err(), "{name}");
    }
}

/// A folder with `root.layout`, `links/`, the owner's `alice.pub` and the product: the one made by PyPI in-toto among
/// our own fixtures, and another project's.
fn folder(root: &Path, workdir: &str, product: &str, now: i64) -> LayoutFindings {
    let read = |name: String| std::fs::read(root.join(name)).unwrap();
    let mut links: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in std::fs::read_dir(root.join("links")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        links.push((name.clone(), read(format!("links/{name}"))));
    }
    let parsed: Vec<Link> = links.iter().map(|(_, file)| Link::parse(file).unwrap()).collect();
    let layout = Layout::parse(&read(format!("{workdir}root.layout"))).unwrap();
    let owner = PublicKey::parse(&read(format!("{workdir}alice.pub"))).unwrap();
    let product_bytes = read(format!("{workdir}{product}"));
    let digests = Digests::of(&product_bytes);
    let listing = list(&product_bytes);
    let time = Time { seconds: now, source: "a test".into() };
    let input = LayoutInput {
        layout: &layout,
        links: &named(&links, &parsed),
        sublayouts: &[],
        artifacts: &[(product, &digests)],
        archives: &[(product, &listing)],
        parameters: &[],
        time: &time,
    };
    verify_layout(&input, Some(&Quorum::all(vec![("alice".into(), owner)])), &mut Budget::default())
}

/// 2022-12-02T18:41:07Z, when both layouts end.
const TWIN_EXPIRES: i64 = 1_670_006_467;

fn passes_until_it_expires(root: &Path, workdir: &str, product: &str) {
    assert_eq!(standing(&folder(root, workdir, product, TWIN_EXPIRES - 1)), []);
    let expired = standing(&folder(root, workdir, product, TWIN_EXPIRES));
    assert_eq!(expired, [(CheckId::LayoutExpiry, "layout".into(), Outcome::Failed)]);
}

#[test]
fn the_chain_of_another_project() {
    if let Some(shared) = vectors::shared() {
        passes_until_it_expires(&shared.join("in-toto/layout"), "workdir/", "demo-project.tar.gz");
    }
}

#[test]
fn the_chain_made_by_in_toto() {
    passes_until_it_expires(&fixtures().join("layouts/chain"), "", "demo.tar.gz");
}

#[test]
fn where_a_step_is_not_settled_none_of_its_links_counts() {
    let mut chain = Chain::good();
    chain.links.remove(2);
    assert!(matches!(&chain.verify().links[1], LinkUse::Ignored(why) if why.contains("do not suffice")));
    let mut chain = Chain::good();
    chain.edit_link(2, &[SECOND_PACKER], |link| link["products"] = json!({}));
    assert!(chain.verify().links[1..].iter().all(|found| matches!(found, LinkUse::Ignored(_))));
}

#[test]
fn links_of_a_sublayout_are_told_apart() {
    let mut chain = with_sublayout(|_| {});
    let findings = chain.verify();
    assert!(matches!(findings.links[0], LinkUse::Counts { inner: false, .. }));
    assert!(matches!(findings.links[2], LinkUse::Counts { inner: true, .. }));
    assert_eq!(findings.sublayouts, [true]);
    chain.sublayouts.push(("links/other.0123abcd.link".into(), chain.sublayouts[0].1.clone()));
    assert_eq!(chain.verify().sublayouts, [true, false]);
}

#[test]
fn one_budget_bounds_all_layouts() {
    let chain = Chain::good();
    let layout = Layout::parse(&metablock(&chain.layout, &[OWNER])).unwrap();
    let time = Time { seconds: chain.now, source: "a test".into() };
    let input = LayoutInput {
        layout: &layout,
        links: &[],
        sublayouts: &[],
        artifacts: &[],
        archives: &[],
        parameters: &[],
        time: &time,
    };
    let mut budget = Budget::default();
    budget.spend(rekor_verifier::check::layout::glob::MAX_STEPS).unwrap();
    let owner = Quorum::all(vec![("owner".into(), OWNER.public())]);
    let findings = verify_layout(&input, Some(&owner), &mut budget);
    assert_eq!((findings.checks[0].id, findings.checks[0].outcome), (CheckId::LayoutSignature, Outcome::NotChecked));
}

#[test]
fn more_steps_than_are_looked_at() {
    let mut chain = Chain::good();
    let steps: Vec<Value> = (0..257).map(|i| step(&i.to_string(), 1, &[], &[], &[])).collect();
    chain.layout["steps"] = steps.into();
    let error = Layout::parse(&metablock(&chain.layout, &[OWNER])).unwrap_err();
    assert_eq!(error.to_string(), "malformed layout: steps: 257 are too many (at most 256)");
}

#[test]
fn two_files_at_one_path() {
    let mut chain = Chain::good();
    chain.artifacts.push(("demo.tar.gz".into(), b"another".to_vec()));
    let not_checked = |id| (id, "inspection[untar]".to_owned(), Outcome::NotChecked);
    let expected = [not_checked(CheckId::InspectionRun), not_checked(CheckId::InspectionRules)];
    assert_eq!(standing(&chain.verify()), expected);
    // The same file twice is one.
    let mut chain = Chain::good();
    chain.artifacts.push(chain.artifacts[0].clone());
    assert_eq!(standing(&chain.verify()), []);
}
