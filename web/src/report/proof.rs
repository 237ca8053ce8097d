//! Proofs in the report: what the verifier computed on the way from an entry to the root that a checkpoint states.
//! Nothing is computed here, hashes are only set in the one way in which they can be compared.

use crate::format::base64_to_hex;
use crate::json::Json;
use crate::report::{Check, Outcome, Report};

/// The way from an entry to the root of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// What it is about, in the report's words: `entry <uuid>`, `bundle[0]`, `rekor-entry[0]`.
    pub subject: String,
    /// What came of the check.
    pub outcome: Outcome,
    /// Position of the entry, from 0.
    pub index: u64,
    /// Number of entries in the tree.
    pub size: u64,
    /// Hash of the entry, hexadecimal.
    pub leaf: String,
    /// Step by step, from the entry on.
    pub levels: Vec<Level>,
    /// The root that came out, hexadecimal.
    pub computed: String,
    /// The root that the checkpoint states, hexadecimal.
    pub stated: String,
    /// The checkpoint, and who signed it.
    pub head: Option<Head>,
    /// How the tree grew since earlier visits; empty where the log was not asked.
    pub growth: Vec<Growth>,
}

/// One step up.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Whether the given hash stands on the left.
    pub left: bool,
    /// The hash that the proof gives, hexadecimal.
    pub hash: String,
    /// The hash of both, computed by the verifier, hexadecimal.
    pub node: String,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// What came of the check of its signature.
    pub outcome: Outcome,
    /// That in words.
    pub sentence: String,
    /// The log that it names.
    pub origin: Option<String>,
    /// The key that signed it, as a tlog-policy names it.
    pub vkey: Option<String>,
    /// Witnesses whose cosignatures hold, and when they say that they signed, in seconds since 1970.
    pub cosignatures: Vec<(String, Option<i64>)>,
    /// Names under which others signed; nobody checked them.
    pub unknown: Vec<String>,
}

/// A tree that this browser saw before, and the present one.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// What came of the comparison.
    pub outcome: Outcome,
    /// That in words.
    pub sentence: String,
    /// Both trees; none where there was nothing to compare.
    pub trees: Option<(Tree, Tree)>,
    /// Number of hashes that lead from one to the other.
    pub hashes: usize,
}

/// A tree, by its size and its root.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Number of entries.
    pub size: u64,
    /// Root, hexadecimal.
    pub root: String,
    /// The root to which the proof leads, hexadecimal; none without a proof.
    pub computed: Option<String>,
}

impl Report {
    /// Every proof that was followed, each once.
    pub fn proofs(&self) -> Vec<Proof> {
        let mut proofs: Vec<Proof> = Vec::new();
        for check in &self.checks {
            let known = proofs.iter().any(|proof| proof.subject == check.subject);
            if !known && ["entry-inclusion", "bundle-inclusion"].contains(&check.id.as_str()) {
                proofs.extend(self.proof(check));
            }
        }
        proofs
    }

    fn proof(&self, check: &Check) -> Option<Proof> {
        let evidence = &check.evidence;
        let levels = evidence.get("path")?.list().iter().map(level).collect::<Option<_>>()?;
        let asked = check.subject.strip_prefix("entry ").is_some_and(|uuid| self.receipt_of(uuid).is_none());
        Some(Proof {
            subject: check.subject.clone(),
            outcome: check.outcome,
            index: number(evidence, "index")?,
            size: number(evidence, "size")?,
            leaf: text(evidence, "leaf_hash")?,
            levels,
            computed: root(evidence, "computed_root")?,
            stated: root(evidence, "root")?,
            head: self.head_for(check).map(head),
            growth: self.checks.iter().filter(|it| asked && it.id == "log-consistency").map(growth).collect(),
        })
    }

    /// The receipt that proves an entry.
    fn receipt_of(&self, uuid: &str) -> Option<&str> {
        let entry = self.links.iter().filter_map(|link| link.entry.as_ref()).find(|entry| entry.uuid == uuid)?;
        entry.receipt.as_deref()
    }

    /// The check of the checkpoint that an inclusion was checked against.
    fn head_for(&self, inclusion: &Check) -> Option<&Check> {
        let of = |id: &str, subject: &str| self.checks.iter().find(|it| it.id == id && it.subject == subject);
        match (inclusion.id.as_str(), inclusion.subject.strip_prefix("entry ")) {
            ("bundle-inclusion", _) => of("bundle-checkpoint", &inclusion.subject),
            (_, None) => of("log-checkpoint", &inclusion.subject),
            (_, Some(uuid)) => match self.receipt_of(uuid) {
                Some(receipt) => of("log-checkpoint", receipt),
                None => self.checks.iter().find(|it| it.id == "log-checkpoint" && it.subject.starts_with("log ")),
            },
        }
    }
}

fn level(level: &Json) -> Option<Level> {
    let left = level.get("side")?.as_text()? == "left";
    Some(Level { left, hash: text(level, "hash")?, node: text(level, "node")? })
}

fn head(check: &Check) -> Head {
    let evidence = &check.evidence;
    let list = |name: &str| evidence.get(name).map_or(&[][..], Json::list).iter();
    let cosignature = |it: &Json| {
        let time = it.get("time").and_then(Json::as_number);
        it.get("witness").and_then(Json::as_text).map(|witness| (witness.to_owned(), time))
    };
    Head {
        outcome: check.outcome,
        sentence: check.sentence.clone(),
        origin: text(evidence, "origin"),
        vkey: text(evidence, "vkey"),
        cosignatures: list("cosignatures").filter_map(cosignature).collect(),
        unknown: list("unknown_signatures").filter_map(Json::as_text).map(str::to_owned).collect(),
    }
}

fn growth(check: &Check) -> Growth {
    let evidence = &check.evidence;
    let tree = |size: &str, stated: &str, computed: &str| {
        let computed = root(evidence, computed);
        Some(Tree { size: number(evidence, size)?, root: root(evidence, stated)?, computed })
    };
    let before = tree("remembered_size", "remembered_root", "computed_remembered_root");
    Growth {
        outcome: check.outcome,
        sentence: check.sentence.clone(),
        trees: before.zip(tree("size", "root", "computed_root")),
        hashes: evidence.get("proof").map_or(0, |proof| proof.list().len()),
    }
}

fn number(evidence: &Json, name: &str) -> Option<u64> {
    evidence.get(name)?.as_number()?.try_into().ok()
}

fn text(evidence: &Json, name: &str) -> Option<String> {
    evidence.get(name)?.as_text().map(str::to_owned)
}

/// Checkpoints hold their roots in base64.
fn root(evidence: &Json, name: &str) -> Option<String> {
    base64_to_hex(evidence.get(name)?.as_text()?)
}
