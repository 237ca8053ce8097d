//! Steps 4 to 7 for one step: who signed links for it, whether they suffice, whether they agree.

use super::glob::{Budget, TooMuchWork};
use super::people::{Authorised, People};
use super::rules::{Artifacts, Item};
use super::scope::Scope;
use super::{LinkUse, Work, signed_by};
use crate::check::envelope::SignedBy;
use crate::format::envelope::Envelope;
use crate::format::json::Value;
use crate::format::layout::Step;
use crate::format::link::{FileRecord, Link, LinkForm};
use crate::report::{Check, CheckId, Outcome};
use crate::sorted::{self, Map, Set};

/// What one check of a signature is worth in comparisons of a character: the bound on work covers both.
const SIGNATURE_COST: u64 = 1 << 14;

/// Takes what it costs to hold `keys` keys against the signatures of a document off the budget.
pub(super) fn spend_on_signatures(budget: &mut Budget, keys: usize, document: &Envelope) -> Result<(), TooMuchWork> {
    let checks = (keys as u64).saturating_mul(document.signatures.len() as u64);
    budget.spend(checks.saturating_mul(SIGNATURE_COST))
}

/// What the signatures of one document say to a step.
#[derive(Default)]
struct Signers {
    /// Position of the first key, among the authorised, that signed.
    first: Option<usize>,
    persons: Set<usize>,
    fingerprints: Vec<String>,
    /// A signature names an authorised key and does not match.
    claimed: bool,
    unsupported: Option<String>,
}

impl Signers {
    fn of(envelope: &Envelope, authorised: &Authorised<'_>, budget: &mut Budget) -> Self {
        let mut signers = Self::default();
        if spend_on_signatures(budget, authorised.keys.len(), envelope).is_err() {
            signers.unsupported = Some("there are too many keys and signatures".into());
            return signers;
        }
        for (at, (person, key)) in authorised.keys.iter().enumerate() {
            match signed_by(envelope, key) {
                SignedBy::Yes { .. } => {
                    signers.first = signers.first.or(Some(at));
                    signers.persons.insert(*person);
                    signers.fingerprints.push(key.fingerprint().to_string());
                }
                SignedBy::Claimed => signers.claimed = true,
                SignedBy::Unsupported(what) => signers.unsupported = Some(what),
                SignedBy::Unavailable(why) => signers.unsupported = Some(why.to_string()),
                SignedBy::No => {}
            }
        }
        signers
    }
}

/// A link, or a layout in its place, that authorised keys signed.
struct Performed<'a> {
    file: &'a str,
    signers: Signers,
    /// What it comes to; `None` for a layout that comes to nothing certain.
    item: Option<Item>,
    /// The link itself; layouts have no command.
    link: Option<&'a Link>,
    /// Positions of the links that count because of it: itself, or those below the layout.
    links: Vec<usize>,
}

impl<'a> Work<'a> {
    /// What a step took and gave, if enough of those who may say so do.
    pub(super) fn step(&mut self, people: &People<'a>, step: &Step, scope: &Scope) -> Option<Item> {
        let subject = scope.subject(&format!("step[{}]", step.name));
        let authorised = people.authorised(step);
        let mut others = Signers::default();
        let mut performed = self.links(step, scope, &subject, &authorised, &mut others);
        performed.extend(self.layouts(step, scope, &subject, &authorised, &mut others));
        // Like Python's in-toto: where several would do, the one whose key the layout names first.
        let performed = sorted::sort(performed, |a, b| a.signers.first.cmp(&b.signers.first));
        let check = enough(&subject, step, &authorised, &performed, &others);
        let item = match self.settled(check) {
            true => self.stands_for(step, &subject, &performed),
            false => None,
        };
        self.leave_out(&performed, item.as_ref(), &subject);
        item
    }

    /// Adds a check; whether it passed.
    fn settled(&mut self, check: Check) -> bool {
        let passed = check.outcome == Outcome::Passed;
        self.push(check);
        passed
    }

    /// What the links and layouts of a step, sorted and enough of them, come to.
    fn stands_for(&mut self, step: &Step, subject: &str, performed: &[Performed<'a>]) -> Option<Item> {
        if !step.expected_command.is_empty() {
            performed.iter().filter_map(|one| command(subject, step, one)).for_each(|check| self.push(check));
        }
        if performed.len() > 1 && !self.settled(agreement(subject, step, performed)) {
            return None;
        }
        performed.first()?.item.clone()
    }

    /// What states other files than stand for the step is held against no rule, and so counts for nothing; where
    /// nothing stands for the step, that is all.
    fn leave_out(&mut self, performed: &[Performed<'_>], item: Option<&Item>, subject: &str) {
        let why = match item {
            Some(_) => format!("Another link stands for {subject}: the one by the key that the layout names first."),
            None => format!("The links for {subject} do not suffice, or do not agree."),
        };
        let unused = performed.iter().filter(|one| item.is_none() || one.item.as_ref() != item);
        for i in unused.flat_map(|one| &one.links) {
            if let Some(link) = self.findings.links.get_mut(*i) {
                *link = LinkUse::Ignored(why.clone());
            }
        }
    }

    fn links(
        &mut self,
        step: &Step,
        scope: &Scope,
        subject: &str,
        authorised: &Authorised<'_>,
        others: &mut Signers,
    ) -> Vec<Performed<'a>> {
        let mut performed = Vec::new();
        // Provenance has no name, and so is of no step.
        let is_of = |link: &Link| link.form != LinkForm::Provenance && link.name == step.name;
        for (i, file, link) in self.scopes.links(self.input, scope).filter(|(_, _, link)| is_of(link)) {
            let signers = Signers::of(&link.envelope, authorised, self.budget);
            self.findings.links[i] = match signers.first {
                Some(_) => LinkUse::Counts {
                    step: subject.to_owned(),
                    signers: signers.fingerprints.clone(),
                    inner: scope.depth() > 0,
                },
                None => LinkUse::Ignored(format!("It is signed by no key that the layout allows for {subject}.")),
            };
            match signers.first {
                Some(_) => {
                    self.counted.push(i);
                    let (item, links) = (Some(item(link)), vec![i]);
                    performed.push(Performed { file, signers, item, link: Some(link), links });
                }
                None => others.take_over(signers),
            }
        }
        performed
    }

    fn layouts(
        &mut self,
        step: &Step,
        scope: &Scope,
        subject: &str,
        authorised: &Authorised<'_>,
        others: &mut Signers,
    ) -> Vec<Performed<'a>> {
        let sublayouts: Vec<_> = self.scopes.sublayouts(self.input, scope, &step.name).collect();
        let mut performed = Vec::new();
        for (i, file, folder, sublayout) in sublayouts {
            let signers = Signers::of(&sublayout.envelope, authorised, self.budget);
            if signers.first.is_none() {
                others.take_over(signers);
                continue;
            }
            self.findings.sublayouts[i] = true;
            let before = self.counted.len();
            let item = self.sublayout(sublayout, subject, folder, scope);
            let links = self.counted.get(before..).unwrap_or_default().to_vec();
            performed.push(Performed { file, signers, item, link: None, links });
        }
        performed
    }
}

impl Signers {
    /// Remembers what a document that counts for nothing says.
    fn take_over(&mut self, other: Signers) {
        self.claimed |= other.claimed;
        self.unsupported = self.unsupported.take().or(other.unsupported);
    }
}

fn item(link: &Link) -> Item {
    let artifacts = |records: &[FileRecord]| -> Artifacts {
        let digests = |record: &FileRecord| Map::from_iter(record.digests.iter().cloned());
        Map::from_iter(records.iter().map(|record| (record.path.clone(), digests(record))))
    };
    Item { materials: artifacts(&link.materials), products: artifacts(&link.products) }
}

/// Step 4.
fn enough(
    subject: &str,
    step: &Step,
    authorised: &Authorised<'_>,
    performed: &[Performed<'_>],
    others: &Signers,
) -> Check {
    let persons = Set::from_iter(performed.iter().flat_map(|one| one.signers.persons.iter().copied()));
    let (found, asked) = (persons.len() as u64, step.threshold);
    let (outcome, sentence) = if found >= asked {
        (Outcome::Passed, format!("Signed by {found} of those whom the layout allows, {asked} asked for."))
    } else if others.claimed {
        (Outcome::Failed, "A signature that names an allowed key does not match its link.".into())
    } else if let Some(what) = &others.unsupported {
        (Outcome::NotChecked, format!("A signature by an allowed key cannot be checked: {what}."))
    } else if let Some(first) = authorised.unusable.first() {
        (Outcome::NotChecked, format!("The layout allows signers that cannot be checked: {first}."))
    } else if (authorised.persons() as u64) < asked {
        let persons = authorised.persons();
        (Outcome::Failed, format!("The layout asks for {asked} signers and allows {persons}: nobody can meet that."))
    } else {
        let sentence = format!("Links by {found} of those whom the layout allows were given, {asked} are asked for.");
        (Outcome::NotChecked, sentence)
    };
    let allowed = Set::from_iter(authorised.keys.iter().map(|(_, key)| key.fingerprint().to_string()));
    let link = |one: &Performed<'_>| {
        Value::object(vec![("file", one.file.into()), ("keys", one.signers.fingerprints.clone().into())])
    };
    let links: Vec<_> = performed.iter().map(link).collect();
    Check::new(CheckId::StepLinks, subject, outcome, sentence)
        .with("threshold", asked)
        .with("links", links)
        .with("allowed_keys", allowed.into_iter().collect::<Vec<_>>())
        .with("unusable_keys", authorised.unusable.clone())
}

/// Step 6: a difference is shown and decides nothing.
fn command(subject: &str, step: &Step, one: &Performed<'_>) -> Option<Check> {
    let found = &one.link?.command;
    let (outcome, sentence) = match *found == step.expected_command {
        true => (Outcome::Passed, "The command is the one that the layout expects."),
        false => (Outcome::Failed, "Another command was run than the layout expects."),
    };
    let check = Check::new(CheckId::StepCommand, subject, outcome, sentence)
        .with("file", one.file)
        .with("expected", step.expected_command.clone())
        .with("found", found.clone());
    Some(check.optional())
}

/// Step 7: where the layout asks for several signers, all links agree; where it asks for one, those by one person do.
fn agreement(subject: &str, step: &Step, performed: &[Performed<'_>]) -> Check {
    let check = |outcome, sentence: &str| Check::new(CheckId::StepAgreement, subject, outcome, sentence);
    if performed.iter().any(|one| one.item.is_none()) {
        return check(Outcome::NotChecked, "It is not known what a layout in place of a link comes to.");
    }
    let mut of_person: Map<usize, &Performed<'_>> = Map::new();
    for one in performed {
        for person in one.signers.persons.iter() {
            let person = if step.threshold > 1 { 0 } else { *person };
            let reference = of_person.or_insert_with(person, || one);
            if reference.item != one.item {
                let sentence = "The links state different materials or products: give only those of one release.";
                return check(Outcome::Failed, sentence).with("files", vec![reference.file, one.file]);
            }
        }
    }
    let first = performed.first();
    match first.is_some_and(|first| performed.iter().all(|one| one.item == first.item)) {
        true => check(Outcome::Passed, "All links state the same materials and products."),
        false => {
            let used = first.map(|first| first.file).unwrap_or_default();
            check(Outcome::Passed, "The layout asks for one link; of several, the one by the key named first is used.")
                .with("file", used)
        }
    }
}
