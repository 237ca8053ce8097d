//! Step 2: layouts. Each is the owner's rule for a whole chain of steps; the links that count under it need no other
//! signer, and the links that do not count for anything.

use super::{Work, link, sentence};
use crate::check::archive::{ArchiveError, Listing};
use crate::check::digest::{Digests, sha256};
use crate::check::layout::glob::Budget;
use crate::check::layout::scope::step_of;
use crate::check::layout::{LayoutFindings, LayoutInput, LinkUse, MAX_LAYOUTS, verify_layout};
use crate::evidence::GivenFile;
use crate::format::key::PublicKey;
use crate::format::layout::Layout;
use crate::format::link::Link;
use crate::report::{Check, CheckId, InspectionReport, LayoutReport, Outcome, StepReport, Verdict};
use crate::sorted::{Map, Set};

impl Work<'_> {
    /// Checks the layouts against the links and artifacts that were given.
    pub(super) fn layouts(&mut self) {
        let files = &self.evidence.layouts;
        let parsed: Vec<Option<Layout>> = files.iter().enumerate().map(|(i, file)| self.read_layout(i, file)).collect();
        let steps = parsed.iter().flatten().flat_map(|layout| &layout.steps);
        self.step_names = steps.map(|step| step.name.clone()).collect();
        let keys = parsed.iter().flatten().flat_map(|layout| &layout.functionaries);
        self.functionaries = keys.filter_map(|one| one.keys.as_ref().ok()).flatten().cloned().collect();
        let mut roots = roots(files, &parsed);
        let beyond = roots.split_off(roots.len().min(MAX_LAYOUTS));
        let mut budget = Budget::default();
        let mut told: Set<usize> = beyond.iter().map(|(i, _)| *i).collect();
        for (i, layout) in roots {
            let findings = self.chain(i, layout, &parsed, &mut budget);
            self.note_uses(&findings);
            let below = given_beside(i, &parsed).zip(&findings.sublayouts).filter(|(_, used)| **used);
            told.extend(below.map(|((j, _), _)| j).chain([i]));
            self.told(i, layout, findings);
        }
        let idle = given_beside(parsed.len(), &parsed).filter(|(i, _)| !told.contains(i));
        for (i, layout) in idle.take(MAX_LAYOUTS) {
            self.told(i, layout, stands_for_nothing(i));
        }
        self.checks.extend(beyond.iter().map(|(i, _)| not_looked_at(*i)));
    }

    /// Adds what was found out about a layout.
    fn told(&mut self, i: usize, layout: &Layout, findings: LayoutFindings) {
        let report = self.layout_report(i, layout, &findings);
        self.layouts.push(report);
        self.checks.extend(findings.checks);
    }

    fn read_layout(&mut self, i: usize, file: &GivenFile) -> Option<Layout> {
        match Layout::parse(&file.bytes) {
            Ok(layout) => Some(layout),
            Err(error) => {
                let text = sentence(&error.to_string());
                self.checks.push(Check::new(CheckId::LayoutFormat, &format!("layout[{i}]"), Outcome::Failed, text));
                None
            }
        }
    }

    fn chain(&self, i: usize, layout: &Layout, parsed: &[Option<Layout>], budget: &mut Budget) -> LayoutFindings {
        let files = &self.evidence.layouts;
        let folder = folder_of(&files[i].name);
        let links: Vec<(&str, &Link)> = self.given_links().map(|(j, link)| (self.link_name(j), link)).collect();
        let sublayouts: Vec<(&str, &Layout)> =
            given_beside(i, parsed).map(|(j, layout)| (files[j].name.as_str(), layout)).collect();
        let named = || self.evidence.artifacts.iter().map(|one| (path_below(folder, &one.name), one));
        let artifacts: Vec<(&str, &Digests)> = named().map(|(path, one)| (path, &one.digests)).collect();
        let archives: Vec<(&str, &Result<Listing, ArchiveError>)> =
            named().filter_map(|(path, one)| Some((path, one.listing.as_ref()?))).collect();
        let parameters: Vec<(&str, &str)> =
            self.policy.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let input = LayoutInput {
            layout,
            links: &links,
            sublayouts: &sublayouts,
            artifacts: &artifacts,
            archives: &archives,
            parameters: &parameters,
            time: self.time,
        };
        let mut findings = verify_layout(&input, self.policy.signers.as_ref(), budget);
        for check in &mut findings.checks {
            check.subject = match check.subject.strip_prefix("layout") {
                Some("") => format!("layout[{i}]"),
                _ => format!("layout[{i}]/{}", check.subject),
            };
        }
        findings
    }

    fn link_name(&self, i: usize) -> &str {
        &self.evidence.links[i].name
    }

    /// A link that counts under one layout counts.
    fn note_uses(&mut self, findings: &LayoutFindings) {
        let given: Vec<usize> = self.given_links().map(|(i, _)| i).collect();
        for (i, found) in given.into_iter().zip(&findings.links) {
            let known = self.uses.or_insert_with(i, || found.clone());
            if matches!(found, LinkUse::Counts { .. }) {
                *known = found.clone();
            }
        }
    }

    fn layout_report(&self, i: usize, layout: &Layout, findings: &LayoutFindings) -> LayoutReport {
        let subject = format!("layout[{i}]");
        let offered: Vec<PublicKey> = self.evidence.keys.iter().map(|offered| offered.key.clone()).collect();
        let mut links_of: Map<&str, Vec<String>> = Map::new();
        for ((j, _), found) in self.given_links().zip(&findings.links) {
            if let LinkUse::Counts { step, inner: false, .. } = found {
                links_of.or_insert_with(step, Vec::new).push(format!("link[{j}]"));
            }
        }
        let checks = by_subject(findings);
        let steps = layout.steps.iter().map(|step| {
            let at = format!("step[{}]", step.name);
            let outcome = outcome_at(&checks, &format!("{subject}/{at}"));
            let links = links_of.get(at.as_str()).cloned().unwrap_or_default();
            StepReport { name: step.name.clone(), threshold: step.threshold, links, outcome }
        });
        let inspections = layout.inspections.iter().map(|inspection| InspectionReport {
            name: inspection.name.clone(),
            run: inspection.run.clone(),
            outcome: outcome_at(&checks, &format!("{subject}/inspection[{}]", inspection.name)),
        });
        let file = &self.evidence.layouts[i];
        LayoutReport {
            name: file.name.clone(),
            sha256: sha256(&file.bytes).to_string(),
            keys: link::signers(self, &layout.envelope, &offered),
            expires: layout.expires,
            steps: steps.collect(),
            inspections: inspections.collect(),
            subject,
        }
    }

    /// Whether a given link counts under a layout; `None` where there is no layout.
    pub(super) fn use_of(&self, i: usize) -> Option<&LinkUse> {
        self.uses.get(&i)
    }
}

/// The layouts that could be read, with their positions, but for the one at `i`.
fn given_beside(i: usize, parsed: &[Option<Layout>]) -> impl Iterator<Item = (usize, &Layout)> {
    parsed.iter().enumerate().filter(move |(j, _)| *j != i).filter_map(|(j, layout)| Some((j, layout.as_ref()?)))
}

/// What is told of a layout that is named like one that stands for a step, and stands for none: whoever gave it wants
/// to know what it says.
fn stands_for_nothing(i: usize) -> LayoutFindings {
    let text = "This layout stands for nothing here: by its name it belongs to a step, and no step took it.";
    let check = Check::new(CheckId::Sublayout, &format!("layout[{i}]"), Outcome::NotChecked, text);
    LayoutFindings { checks: vec![check], ..LayoutFindings::default() }
}

fn not_looked_at(i: usize) -> Check {
    let text = format!("This layout was not looked at: {MAX_LAYOUTS} were before it.");
    Check::new(CheckId::LayoutFormat, &format!("layout[{i}]"), Outcome::NotChecked, text)
}

/// The layouts that nothing stands above: one that is named like the link of another's step may be its sublayout. Where
/// each could be another's, all are looked at.
fn roots<'a>(files: &[GivenFile], parsed: &'a [Option<Layout>]) -> Vec<(usize, &'a Layout)> {
    let all = || given_beside(parsed.len(), parsed);
    // Which layouts have a step of that name: the first and the last tell whether one beside a third does.
    let mut having: Map<&str, (usize, usize)> = Map::new();
    for (i, layout) in all() {
        for step in &layout.steps {
            having.or_insert_with(&step.name, || (i, i)).1 = i;
        }
    }
    let stands_for_step = |i: usize| {
        let having = step_of(&files[i].name).and_then(|step| having.get(step));
        having.is_some_and(|having| *having != (i, i))
    };
    let roots: Vec<_> = all().filter(|(i, _)| !stands_for_step(*i)).collect();
    if roots.is_empty() { all().collect() } else { roots }
}

/// The folder in a name, with its final slash.
fn folder_of(name: &str) -> &str {
    name.rfind('/').map_or("", |end| &name[..=end])
}

/// The path of an artifact in the folder of the layout. One that lies elsewhere counts as lying in it: the reader gave
/// it as the product.
fn path_below<'a>(folder: &str, name: &'a str) -> &'a str {
    let elsewhere = || name.rsplit('/').next().unwrap_or(name);
    name.strip_prefix(folder).unwrap_or_else(elsewhere)
}

/// The required checks, sorted by what they are about.
type BySubject<'a> = Vec<(&'a str, Vec<&'a Check>)>;

fn by_subject(findings: &LayoutFindings) -> BySubject<'_> {
    let mut sorted: Map<&str, Vec<&Check>> = Map::new();
    for check in findings.checks.iter().filter(|check| check.required) {
        sorted.or_insert_with(&check.subject, Vec::new).push(check);
    }
    sorted.into_iter().collect()
}

/// What the checks at `subject`, and below it, come to.
fn outcome_at(checks: &[(&str, Vec<&Check>)], subject: &str) -> Outcome {
    let before = |text: &str| checks.partition_point(|(one, _)| *one < text);
    let here = checks.iter().skip(before(subject)).take_while(|(one, _)| *one == subject);
    // "0" is what follows on "/".
    let below = checks.iter().take(before(&format!("{subject}0"))).skip(before(&format!("{subject}/")));
    match Verdict::of(here.chain(below).flat_map(|(_, checks)| checks).copied()) {
        Verdict::Verified => Outcome::Passed,
        Verdict::NotVerified => Outcome::Failed,
        Verdict::CouldNotTell => Outcome::NotChecked,
    }
}
