//! in-toto's verification of a whole supply chain (in-toto specification §5): a layout, its links, the product.
//!
//! Nothing is run. An inspection that unpacks a tar archive is computed on the archive's bytes ([`super::archive`]);
//! any other is reported as not run, with what that leaves unproven.
//!
//! The order is that of Python's in-toto. Where that stops at the first fault, this goes on as far as it can, so that
//! a reader sees all there is to see; a fault stays in the checks. It is deliberately stricter in that
//!
//! - a link belongs to the step that it names under its signature, whatever its file is called;
//! - a key counts by its bytes, once, whatever IDs the layout gives it;
//! - a MATCH on nothing better than MD5 or SHA-1 consumes nothing;
//! - the same key's links for one step must agree even where one link would do.

pub mod glob;
mod inspect;
mod people;
pub mod rules;
pub(crate) mod scope;
mod step;
mod substitute;
mod tar;
mod trace;

use super::archive::{ArchiveError, Listing};
use super::digest::Digests;
use super::envelope::{SignedBy, signed_by};
use crate::format::json::Value;
use crate::format::key::PublicKey;
use crate::format::layout::{Inspection, Layout, Step};
use crate::format::link::Link;
use crate::policy::Quorum;
use crate::report::{Check, CheckId, Outcome, Time, Verdict};
use crate::sorted::{Map, Set};
use glob::Budget;
use people::People;
use rules::Item;
use scope::{Scope, Scopes};

/// How deep layouts may stand in for steps of layouts.
pub const MAX_DEPTH: usize = 8;

/// How many layouts one verification may take in.
pub const MAX_LAYOUTS: usize = 64;

/// What a supply chain is checked with. Names of files may hold folders, separated by `/`; only the folders of
/// sublayouts (`<step>.<first 8 digits of a key ID>`) mean something.
#[derive(Clone, Copy, Debug)]
pub struct LayoutInput<'a> {
    /// The layout.
    pub layout: &'a Layout,
    /// Link files, by name.
    pub links: &'a [(&'a str, &'a Link)],
    /// Layouts that may stand for a step, by name: `<step>.<first 8 digits of a key ID>.link`.
    pub sublayouts: &'a [(&'a str, &'a Layout)],
    /// The files that an inspection would find, by their paths.
    pub artifacts: &'a [(&'a str, &'a Digests)],
    /// What is in those of them that were listed, by their paths.
    pub archives: &'a [(&'a str, &'a Result<Listing, ArchiveError>)],
    /// What `{NAME}` stands for in rules and commands; where there is none, braces stand for themselves.
    pub parameters: &'a [(&'a str, &'a str)],
    /// The time to hold against the expiry.
    pub time: &'a Time,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct LayoutFindings {
    /// The checks, those of sublayouts included: their subjects begin with the step's, as in `step[build]/layout`.
    pub checks: Vec<Check>,
    /// What became of each link, in the order in which they were given; empty where owners were named and none of them
    /// signed the layout, which then decides about nothing.
    pub links: Vec<LinkUse>,
    /// Whether each sublayout, in the order in which they were given, was taken to stand for a step; empty like `links`.
    pub sublayouts: Vec<bool>,
    /// What each step of the layout itself took and gave, in the layout's order; `None` where its links do not suffice.
    pub steps: Vec<(String, Option<Item>)>,
    /// The materials of the first step and the products of the last, where both are known.
    pub summary: Option<Item>,
}

/// What became of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkUse {
    /// It counts for this step: the step's subject, and the fingerprints of the keys that signed it and may.
    Counts {
        /// `step[package]`, with those of the layouts above in front.
        step: String,
        /// SHA-256 of each key's SPKI DER, hexadecimal.
        signers: Vec<String>,
        /// Whether the step is one of a sublayout. What comes out of it is no product of the chain: the layout above
        /// sees only what the sublayout as a whole took and gave.
        inner: bool,
    },
    /// It counts for nothing; a sentence says why.
    Ignored(String),
}

/// Verifies a supply chain.
///
/// 1. The layout is signed by the owners whom the reader named; who named nobody gets *untrusted*. Where owners are
///    named and none of them signed, this ends here: a stranger's layout is not worth the work.
/// 2. It has not expired at `input.time`.
/// 3. Parameters are put in.
/// 4. Each step has enough links, signed by distinct keys that the layout authorises for it.
/// 5. A layout that stands for a step is verified in the same way, with the step's key as its owner.
/// 6. The commands are those expected (a difference decides nothing).
/// 7. Links for the same step agree.
/// 8. Each step follows its rules.
/// 9. Inspections: what they would find, and their rules.
///
/// `budget` bounds the work; one for all layouts of a verification.
pub fn verify_layout(
    input: &LayoutInput<'_>,
    owners: Option<&Quorum<PublicKey>>,
    budget: &mut Budget,
) -> LayoutFindings {
    let (signature, is_strangers) = owner_signature(input.layout, owners, budget);
    if is_strangers {
        let text = "Nothing else about this layout was checked: none of those whom you named has signed it.";
        let rest = Check::new(CheckId::LayoutFormat, "layout", Outcome::NotChecked, text).optional();
        return LayoutFindings { checks: vec![signature, rest], ..LayoutFindings::default() };
    }
    let ignored = LinkUse::Ignored("No step of the layout has the link's name.".into());
    let mut work = Work {
        input,
        scopes: Scopes::of(input),
        budget,
        layouts: 0,
        files: inspect::working_directory(input),
        counted: Vec::new(),
        findings: LayoutFindings {
            checks: vec![signature],
            links: vec![ignored; input.links.len()],
            sublayouts: vec![false; input.sublayouts.len()],
            ..LayoutFindings::default()
        },
    };
    let scope = Scope::default();
    let (items, summary) = work.layout(input.layout, &scope, input.parameters);
    work.findings.steps = items;
    work.findings.summary = summary;
    work.findings
}

struct Work<'a> {
    input: &'a LayoutInput<'a>,
    scopes: Scopes<'a>,
    budget: &'a mut Budget,
    layouts: usize,
    /// The working directory, as the inspections so far left it.
    files: inspect::Files,
    /// Positions of the links that were found to count, in the order in which they were.
    counted: Vec<usize>,
    findings: LayoutFindings,
}

type Items = Vec<(String, Option<Item>)>;

impl<'a> Work<'a> {
    fn push(&mut self, check: Check) {
        self.findings.checks.push(check);
    }

    /// Steps 2 to 9 for one layout.
    fn layout(&mut self, layout: &'a Layout, scope: &Scope, parameters: &[(&str, &str)]) -> (Items, Option<Item>) {
        self.layouts += 1;
        self.push(expiry(layout, scope, self.input.time));
        let (steps, inspections) = match substitute::layout(layout, parameters) {
            Ok(items) => items,
            Err(problem) => {
                self.push(problem.check(&scope.subject("layout")));
                return (Vec::new(), None);
            }
        };
        self.push(format(layout, scope));
        let people = People::of(layout);
        let items: Items = steps.iter().map(|step| (step.name.clone(), self.step(&people, step, scope))).collect();
        self.step_rules(&steps, &items, scope);
        self.inspections(&inspections, &items, scope);
        let summary = summary(&items);
        (items, summary)
    }

    fn step_rules(&mut self, steps: &[Step], items: &Items, scope: &Scope) {
        let chain = chain(items);
        let missing = missing(items);
        for (step, (_, item)) in steps.iter().zip(items) {
            let subject = scope.subject(&format!("step[{}]", step.name));
            let rules = trace::Rules { materials: &step.expected_materials, products: &step.expected_products };
            let check = match item {
                None => Check::new(
                    CheckId::StepRules,
                    &subject,
                    Outcome::NotChecked,
                    "There are not enough links to hold the rules against.",
                ),
                Some(item) => trace::check(CheckId::StepRules, &subject, &rules, item, &chain, &missing, self.budget),
            };
            self.push(check);
        }
    }

    /// A layout that stands for a step: everything about it, and what it comes to.
    fn sublayout(&mut self, layout: &'a Layout, subject: &str, folder: &str, scope: &Scope) -> Option<Item> {
        let too_many = |why: String| Check::new(CheckId::Sublayout, subject, Outcome::NotChecked, why);
        if scope.depth() >= MAX_DEPTH || self.layouts >= MAX_LAYOUTS {
            let why = format!("Layouts are followed {MAX_DEPTH} deep, and {MAX_LAYOUTS} in all; this one is beyond.");
            self.push(too_many(why));
            return None;
        }
        let before = self.findings.checks.len();
        let below = scope.below(subject, folder);
        let signed = "The layout is signed by a key that may carry out the step.";
        self.push(Check::new(CheckId::LayoutSignature, &below.subject("layout"), Outcome::Passed, signed));
        let (_, summary) = self.layout(layout, &below, &[]);
        let inner = self.findings.checks.get(before..).unwrap_or_default();
        let (outcome, sentence) = match Verdict::of(inner.iter().filter(|check| check.required)) {
            Verdict::Verified => (Outcome::Passed, "The layout that stands for this step holds."),
            Verdict::NotVerified => (Outcome::Failed, "The layout that stands for this step does not hold."),
            Verdict::CouldNotTell => {
                (Outcome::NotChecked, "Not everything about the layout that stands for this step could be checked.")
            }
        };
        let check = Check::new(CheckId::Sublayout, subject, outcome, sentence).with("checks", inner.len());
        self.push(check);
        // A layout without steps stands for nothing that went in or came out.
        summary.or_else(|| layout.steps.is_empty().then(Item::default))
    }
}

/// Step 1, and whether owners were named of whom none has signed.
fn owner_signature(layout: &Layout, owners: Option<&Quorum<PublicKey>>, budget: &mut Budget) -> (Check, bool) {
    let check = |outcome, sentence: &str| Check::new(CheckId::LayoutSignature, "layout", outcome, sentence);
    let Some(owners) = owners else {
        let claimed: Vec<&str> = layout.envelope.signatures.iter().map(|one| one.keyid.as_str()).collect();
        let nobody = check(Outcome::Untrusted, "Nobody was named as the owner of the layout.").with("keyids", claimed);
        return (nobody, false);
    };
    if step::spend_on_signatures(budget, owners.members.len(), &layout.envelope).is_err() {
        let why = "There are too many layouts, keys and signatures for this layout's to be checked.";
        return (check(Outcome::NotChecked, why), true);
    }
    let (mut signed, mut claimed, mut unsupported) = (Set::new(), false, None);
    let mut evidence = Vec::new();
    for (i, (name, key)) in owners.members.iter().enumerate() {
        match signed_by(&layout.envelope, key) {
            SignedBy::Yes { scheme, .. } => {
                signed.insert(i);
                let key = key.fingerprint().to_string();
                evidence.push(Value::object(vec![
                    ("name", name.as_str().into()),
                    ("key", key.into()),
                    ("scheme", scheme.name().into()),
                ]));
            }
            SignedBy::Claimed => claimed = true,
            SignedBy::Unsupported(what) => unsupported = Some(what),
            SignedBy::Unavailable(why) => unsupported = Some(why.to_string()),
            SignedBy::No => {}
        }
    }
    let done = match (owners.satisfied_by(&signed), claimed, unsupported) {
        (true, ..) => check(Outcome::Passed, "The layout is signed by the owners whom you named."),
        (false, true, _) => check(Outcome::Failed, "A signature that names an owner's key does not match the layout."),
        (false, false, Some(what)) => {
            check(Outcome::NotChecked, &format!("A signature by an owner's key cannot be checked: {what}."))
        }
        (false, false, None) if signed.is_empty() => {
            check(Outcome::Untrusted, "The layout is signed by nobody whom you named as its owner.")
        }
        (false, false, None) => {
            check(Outcome::Untrusted, "Not all of the owners whom you asked for have signed the layout.")
        }
    };
    (done.with("signed_by", evidence), signed.is_empty())
}

/// Step 2: a layout ends at the very second that it names.
fn expiry(layout: &Layout, scope: &Scope, time: &Time) -> Check {
    let expires = layout.expires_text();
    let (outcome, sentence) = match layout.expires > time.seconds {
        true => (Outcome::Passed, format!("The layout is valid until {expires}, by {}.", time.source)),
        false => (Outcome::Failed, format!("The layout expired at {expires}, by {}.", time.source)),
    };
    Check::new(CheckId::LayoutExpiry, &scope.subject("layout"), outcome, sentence)
        .with("expires", layout.expires)
        .with("time", time.seconds)
        .with("time_source", time.source.clone())
}

fn format(layout: &Layout, scope: &Scope) -> Check {
    let names = |names: Vec<&str>| -> Value { names.into() };
    Check::new(CheckId::LayoutFormat, &scope.subject("layout"), Outcome::Passed, "The file is a well-formed layout.")
        .with("steps", names(layout.steps.iter().map(|step| step.name.as_str()).collect()))
        .with("inspections", names(layout.inspections.iter().map(|one| one.name.as_str()).collect()))
}

/// What rules may refer to.
fn chain<'b>(items: impl IntoIterator<Item = &'b (String, Option<Item>)>) -> Map<&'b str, &'b Item> {
    Map::from_iter(items.into_iter().filter_map(|(name, item)| Some((name.as_str(), item.as_ref()?))))
}

/// What rules may refer to and is not there.
fn missing<'b>(items: impl IntoIterator<Item = &'b (String, Option<Item>)>) -> Set<&'b str> {
    Set::from_iter(items.into_iter().filter(|(_, item)| item.is_none()).map(|(name, _)| name.as_str()))
}

fn summary(items: &Items) -> Option<Item> {
    let (first, last) = (items.first()?.1.as_ref()?, items.last()?.1.as_ref()?);
    Some(Item { materials: first.materials.clone(), products: last.products.clone() })
}

/// Steps and inspections with parameters put in.
type Substituted = (Vec<Step>, Vec<Inspection>);
