//! Invented cases, asked of PyPI in-toto and of us: patterns, artifact rules, links, whole supply chains. Where the two
//! differ, the difference stands in a list here, with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use ed25519_dalek::{Signer, SigningKey};
use rekor_tests::needs;
use rekor_tests::text::{hex, unbase64};
use rekor_verifier::check::archive::{ArchiveError, ArchiveLister, Listing};
use rekor_verifier::check::digest::Digests;
use rekor_verifier::check::envelope::{SignedBy, signed_by};
use rekor_verifier::check::layout::glob::{Budget, Glob};
use rekor_verifier::check::layout::rules::{Artifacts, Item, apply};
use rekor_verifier::check::layout::{LayoutInput, verify_layout};
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::layout::{Layout, LayoutError, Rule, Side};
use rekor_verifier::format::link::Link;
use rekor_verifier::policy::Quorum;
use rekor_verifier::report::{Outcome, Time, Verdict};
use serde_json::{Map, Value, json};

use crate::interop::ask;

/// Another seed gives other cases: `REKOR_SEED=7 cargo test …`.
const SEED: u64 = 4;

/// A difference that is meant.
struct Difference {
    kind: &'static str,
    /// Who accepts; the other refuses.
    accepts: Who,
    /// What the refusal says, in part.
    refusal: &'static str,
    /// The peculiarity that the case must have; empty where any may have led to it.
    peculiarity: &'static str,
    why: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    We,
    InToto,
}

const fn stricter(
    kind: &'static str,
    refusal: &'static str,
    peculiarity: &'static str,
    why: &'static str,
) -> Difference {
    Difference { kind, accepts: Who::InToto, refusal, peculiarity, why }
}

const fn wider(kind: &'static str, refusal: &'static str, peculiarity: &'static str, why: &'static str) -> Difference {
    Difference { kind, accepts: Who::We, refusal, peculiarity, why }
}

const DIFFERENCES: &[Difference] = &[
    stricter("rules", "DISALLOW", "weak digest", "a MATCH on SHA-1 alone consumes nothing"),
    stricter("links", "stands twice", "duplicate", "of two fields of one name Python's JSON keeps the last"),
    stricter("links", "is missing", "empty", "in-toto fills in an empty field before it checks the signature"),
    stricter("links", "unknown field", "unknown", "in-toto drops an unknown field before it checks the signature"),
    stricter("links", "unknown field", "flip", "a misspelt field is an unknown one and a missing, empty one"),
    stricter("links", "unknown field", "extra member", "in-toto reads past members beside the signed document"),
    wider("links", "SignatureVerificationError", "keyid", "a key ID is a hint: the key's bytes decide"),
    wider("links", "SignatureVerificationError", "stranger", "a signature under another's key ID is still the key's"),
    wider("links", "SignatureVerificationError", "flip", "a damaged key ID is a hint as well"),
    stricter("links", "has no canonical form", "minus zero", "Python reads -0 as 0"),
    stricter("links", "is not an integer", "minus zero", "Python reads -0 as 0"),
    stricter("links", "expected base64", "flip", "Python's base64 skips what is not base64"),
    wider("links", "KeyError", "flip", "a signature in DSSE may come without a key ID"),
    wider("links", "SignatureVerificationError", "bogus first", "in-toto tries only the first signature of a key ID"),
    wider("links", "Multiple signatures", "bogus first", "in-toto's DSSE takes one signature of a key ID"),
    wider(
        "links",
        "Multiple signatures",
        "bogus last",
        "in-toto's DSSE takes one signature of a key ID, the first or not",
    ),
    stricter("layouts", "threshold: expected", "threshold below one", "a threshold below one asks for nothing"),
    stricter("layouts", "Step", "another name", "a link belongs to the step that it names"),
    stricter("layouts", "StepLinks", "one key, two IDs", "a key under two IDs is one key"),
    stricter("layouts", "no parameters can be put", "parameter", "of Python's str.format only {NAME} is taken over"),
    wider("layouts", "ThresholdVerificationError", "key ID", "a key ID in a link's signature is a hint"),
    stricter(
        "layouts",
        "StepAgreement",
        "wrong signer",
        "links by one key for one step agree, whatever IDs and files are called",
    ),
    stricter(
        "layouts",
        "StepAgreement",
        "one key, two IDs",
        "links by one key for one step agree, whatever IDs and files are called",
    ),
    stricter(
        "layouts",
        "StepAgreement",
        "misnamed",
        "links by one key for one step agree, whatever IDs and files are called",
    ),
    wider("layouts", "ThresholdVerificationError", "misnamed", "a link's file may have any name"),
    wider("layouts", "LinkNotFoundError", "misnamed", "a link's file may have any name"),
    wider(
        "layouts",
        "ThresholdVerificationError",
        "wrong signer",
        "whichever allowed key signed counts, whatever the file is called",
    ),
];

/// What we say to a case: accepted, or why not.
type Ours = Result<(), String>;

struct Tally {
    kind: &'static str,
    cases: usize,
    accepted: usize,
    differences: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
}

/// Asks us about every case of `kind`, and holds the answers against in-toto's.
fn compare(answer: &Value, kind: &'static str, ours: impl Fn(&Value) -> Ours) -> Tally {
    let mut tally = Tally { kind, cases: 0, accepted: 0, differences: BTreeMap::new(), unexplained: Vec::new() };
    for case in answer[kind].as_array().unwrap() {
        tally.cases += 1;
        let theirs = case["theirs"].as_str().unwrap();
        let (accepts, refusal) = match (ours(case), theirs == "accepted") {
            (Ok(()), true) => {
                tally.accepted += 1;
                continue;
            }
            (Err(_), false) => continue,
            (Ok(()), false) => (Who::We, theirs.to_owned()),
            (Err(refusal), true) => (Who::InToto, refusal),
        };
        let has = |trait_: &str| case["traits"].as_array().unwrap().iter().any(|one| one == trait_);
        let known = DIFFERENCES.iter().find(|known| {
            known.kind == kind
                && known.accepts == accepts
                && refusal.contains(known.refusal)
                && (known.peculiarity.is_empty() || has(known.peculiarity))
        });
        match known {
            Some(known) => *tally.differences.entry(known.why).or_default() += 1,
            None => tally
                .unexplained
                .push(format!("{accepts:?} alone; refused with {refusal:?}; {}: {case}", case["traits"])),
        }
    }
    tally
}

fn pattern(case: &Value) -> Ours {
    let (pattern, path) = (case["pattern"].as_str().unwrap(), case["path"].as_str().unwrap());
    match Glob::new(pattern).matches(path, &mut Budget::default()) {
        Ok(true) => Ok(()),
        _ => Err("no match".into()),
    }
}

fn artifacts(value: &Value) -> Artifacts {
    let artifacts: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_value(value.clone()).unwrap();
    artifacts.into_iter().map(|(path, digests)| (path, digests.into_iter().collect())).collect()
}

fn rules(case: &Value) -> Ours {
    let item = |name: &str| Item {
        materials: artifacts(&case["items"][name]["materials"]),
        products: artifacts(&case["items"][name]["products"]),
    };
    let (one, two) = (item("one"), item("two"));
    let rules: Vec<Vec<String>> = serde_json::from_value(case["rules"].clone()).unwrap();
    let rules: Vec<Rule> = rules.iter().map(|words| Rule::parse(words).unwrap()).collect();
    let side = if case["side"] == "materials" { Side::Materials } else { Side::Products };
    let chain = rekor_verifier::sorted::Map::from_iter([("one", &one), ("two", &two)]);
    let trace = apply(&rules, side, &two, &chain, &mut Budget::default()).unwrap();
    match trace.violation() {
        None => Ok(()),
        Some((rule, violation)) => Err(format!("{rule}: {violation:?}")),
    }
}

fn key(value: &Value) -> PublicKey {
    PublicKey::parse(value.to_string().as_bytes()).unwrap()
}

fn link(case: &Value) -> Ours {
    let link = Link::parse(case["file"].as_str().unwrap().as_bytes()).map_err(|error| error.to_string())?;
    match signed_by(&link.envelope, &key(&case["key"])) {
        SignedBy::Yes { .. } => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn list(file: &[u8]) -> Result<Listing, ArchiveError> {
    let mut lister = ArchiveLister::default();
    lister.update(file)?;
    lister.finish()
}

/// The reader's files, read.
#[derive(Default)]
struct Files {
    links: Vec<(String, Link)>,
    layouts: Vec<(String, Layout)>,
    artifacts: Vec<(String, Digests, Result<Listing, ArchiveError>)>,
}

impl Files {
    fn of(case: &Value) -> Result<Self, String> {
        let mut files = Self::default();
        for file in case["files"].as_array().unwrap() {
            let (name, text) = (file[0].as_str().unwrap().to_owned(), file[1].as_str().unwrap().as_bytes());
            match Layout::parse(text) {
                Ok(layout) => files.layouts.push((name, layout)),
                Err(LayoutError::NotALayout) => {
                    files.links.push((name, Link::parse(text).map_err(|error| error.to_string())?));
                }
                Err(error) => return Err(error.to_string()),
            }
        }
        for (name, data) in case["artifacts"].as_object().unwrap_or(&Map::new()) {
            let data = unbase64(data.as_str().unwrap());
            files.artifacts.push((name.clone(), Digests::of(&data), list(&data)));
        }
        Ok(files)
    }
}

fn supply_chain(case: &Value, now: i64) -> Ours {
    let layout = Layout::parse(case["layout"].as_str().unwrap().as_bytes()).map_err(|error| error.to_string())?;
    let files = Files::of(case)?;
    let owners = case["owners"].as_array().unwrap().iter().map(|owner| ("owner".into(), key(owner))).collect();
    let nothing = Map::new();
    let parameters = case["parameters"].as_object().unwrap_or(&nothing);
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let links: Vec<_> = files.links.iter().map(|(name, link)| (name.as_str(), link)).collect();
    let sublayouts: Vec<_> = files.layouts.iter().map(|(name, layout)| (name.as_str(), layout)).collect();
    let artifacts: Vec<_> = files.artifacts.iter().map(|(name, digests, _)| (name.as_str(), digests)).collect();
    let archives: Vec<_> = files.artifacts.iter().map(|(name, _, listing)| (name.as_str(), listing)).collect();
    let time = Time { seconds: now, source: "a test".into() };
    let input = LayoutInput {
        layout: &layout,
        links: &links,
        sublayouts: &sublayouts,
        artifacts: &artifacts,
        archives: &archives,
        parameters: &parameters,
        time: &time,
    };
    let findings = verify_layout(&input, Some(&Quorum::all(owners)), &mut Budget::default());
    let required = || findings.checks.iter().filter(|check| check.required);
    match Verdict::of(required()) {
        Verdict::Verified => Ok(()),
        _ => {
            let standing = required().filter(|check| check.outcome != Outcome::Passed);
            let standing = standing.map(|check| format!("{:?} {}: {}", check.id, check.subject, check.sentence));
            Err(standing.collect::<Vec<_>>().join("; "))
        }
    }
}

#[test]
fn in_toto_and_we_judge_invented_cases_alike() {
    let Some(python) = needs::tool("REKOR_PYTHON", "a Python with in-toto") else { return };
    let started = Instant::now();
    let seed = std::env::var("REKOR_SEED").map_or(SEED, |seed| seed.parse().expect("REKOR_SEED is a number"));
    let made = our_own(seed);
    let wanted = json!({ "seed": seed, "patterns": 3000, "rules": 1200, "links": 800, "layouts": 600, "judge": made });
    let answer = ask(&python, "in_toto_cases.py", &wanted);
    let now = answer["now"].as_i64().unwrap();
    let tallies = [
        compare(&answer, "patterns", pattern),
        compare(&answer, "rules", rules),
        compare(&answer, "links", link),
        compare(&answer, "layouts", |case| supply_chain(case, now)),
        compare(&answer, "judged", |case| supply_chain(case, now)),
    ];
    let mut seen = BTreeSet::new();
    for tally in &tallies {
        println!("{}: {} cases, {} accepted by both", tally.kind, tally.cases, tally.accepted);
        for (why, count) in &tally.differences {
            println!("  {count} differ: {why}");
            seen.insert(*why);
        }
        for one in &tally.unexplained {
            println!("  UNEXPLAINED {}: {}", tally.kind, &one.chars().take(3000).collect::<String>());
        }
    }
    println!("seed {seed}, {:?}", started.elapsed());
    let unexplained: usize = tallies.iter().map(|tally| tally.unexplained.len()).sum();
    assert_eq!(unexplained, 0, "differences without a reason");
    // With the usual seed every difference of the list is met: one that is gone is news as well. What a flipped bit
    // leads to is too rare to be met each time.
    if seed == SEED {
        let steady = DIFFERENCES.iter().filter(|known| known.peculiarity != "flip");
        let gone: Vec<&str> = steady.map(|known| known.why).filter(|why| !seen.contains(why)).collect();
        assert!(gone.is_empty(), "no longer met: {gone:?}");
    }
}

/// Small chains that we write and sign: in-toto has to accept what we accept.
fn our_own(seed: u64) -> Vec<Value> {
    (0..150).map(|number| chain(&mut Random(seed.wrapping_add(number)))).collect()
}

/// SplitMix64: enough to invent cases.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn person(number: u64) -> (SigningKey, Value) {
    let secret = SigningKey::from_bytes(&[number as u8 + 1; 32]);
    let public = json!({
        "keytype": "ed25519", "scheme": "ed25519",
        "keyval": { "public": hex(secret.verifying_key().as_bytes()) },
    });
    let keyid = PublicKey::parse(public.to_string().as_bytes()).unwrap().keyids()[0].clone();
    let mut public = public;
    public["keyid"] = keyid.into();
    (secret, public)
}

/// A metablock; what is changed behind the signature is no longer covered by it.
fn metablock(signed: &Value, who: u64, changed: bool) -> String {
    let (secret, public) = person(who);
    let value = rekor_verifier::format::json::parse(signed.to_string().as_bytes()).unwrap();
    let signature = secret.sign(&value.to_olpc().unwrap());
    let mut signed = signed.clone();
    if changed {
        signed["readme"] = "changed".into();
        signed["name"] = "changed".into();
    }
    let signatures = json!([{ "keyid": public["keyid"], "sig": hex(&signature.to_bytes()) }]);
    json!({ "signatures": signatures, "signed": signed }).to_string()
}

fn chain(random: &mut Random) -> Value {
    let (mut steps, mut files, mut keys) = (Vec::new(), Vec::new(), Map::new());
    let mut before = json!({});
    for number in 0..1 + random.below(3) {
        let name = format!("s{number} \u{e9}\t\"");
        let who = 1 + random.below(4);
        let (_, public) = person(who);
        let keyid = public["keyid"].as_str().unwrap().to_owned();
        let mut after = before.clone();
        after[format!("out{number}\u{1b}\\")] = json!({ "sha256": hex(&[random.below(256) as u8; 32]) });
        let mut materials = vec![json!(["DISALLOW", "*"])];
        if number > 0 {
            materials
                .insert(0, json!(["MATCH", "*", "WITH", "PRODUCTS", "FROM", format!("s{} \u{e9}\t\"", number - 1)]));
        }
        let products = if random.below(8) == 0 { json!([["DISALLOW", "*"]]) } else { json!([["CREATE", "out*"]]) };
        steps.push(json!({
            "_type": "step", "name": name, "pubkeys": [keyid], "threshold": 1, "expected_command": [],
            "expected_materials": materials, "expected_products": products,
        }));
        let link = json!({
            "_type": "link", "name": name, "command": ["\u{2028}"], "materials": before, "products": after,
            "byproducts": { "stdout": "\u{7f}\n", "return-value": -3 }, "environment": {},
        });
        let signer = if random.below(12) == 0 { 6 } else { who };
        files.push(json!([format!("{name}.{}.link", &keyid[..8]), metablock(&link, signer, false)]));
        keys.insert(keyid, public);
        before = after;
    }
    let layout = json!({
        "_type": "layout", "expires": "2999-12-31T23:59:59Z", "readme": "caf\u{e9} \\ \"", "keys": keys,
        "steps": steps, "inspect": [],
    });
    let owner = if random.below(12) == 0 { 5 } else { 0 };
    let changed = random.below(12) == 0;
    let layout = metablock(&layout, owner, changed);
    json!({ "layout": layout, "owners": [person(0).1], "files": files, "traits": [] })
}
