//! Step 2: layouts. Each is the owner's rule for a whole chain of steps; the links that count under it need no other
//! signer, and the links that do not count for anything.

use super::{Work, link, sentence};
use crate::check::archive::{ArchiveError, Listing};
use crate::check::digest::{Digests, sha256};
use crate::check::layout::{LayoutFindings, LayoutInput, LinkUse, verify_layout};
use crate::evidence::GivenFile;
use crate::format::key::PublicKey;
use crate::format::layout::Layout;
use crate::format::link::Link;
use crate::report::{Check, CheckId, InspectionReport, LayoutReport, Outcome, StepReport, Verdict};

impl Work<'_> {
    /// Checks the layouts against the links and artifacts that were given.
    pub(super) fn layouts(&mut self) {
        let files = &self.evidence.layouts;
        let parsed: Vec<Option<Layout>> = files.iter().enumerate().map(|(i, file)| self.read_layout(i, file)).collect();
        for (i, layout) in roots(files, &parsed) {
            let findings = self.chain(i, layout, &parsed);
            self.note_uses(&findings);
            let report = self.layout_report(i, layout, &findings);
            self.layouts.push(report);
            self.checks.extend(findings.checks);
        }
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

    fn chain(&self, i: usize, layout: &Layout, parsed: &[Option<Layout>]) -> LayoutFindings {
        let files = &self.evidence.layouts;
        let folder = folder_of(&files[i].name);
        let links: Vec<(&str, &Link)> = self.given_links().map(|(j, link)| (self.link_name(j), link)).collect();
        let others = files.iter().zip(parsed).enumerate().filter(|(j, _)| *j != i);
        let sublayouts: Vec<(&str, &Layout)> =
            others.filter_map(|(_, (file, layout))| Some((file.name.as_str(), layout.as_ref()?))).collect();
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
        let mut findings = verify_layout(&input, self.policy.signers.as_ref());
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
            let known = self.uses.entry(i).or_insert_with(|| found.clone());
            if matches!(found, LinkUse::Counts { .. }) {
                *known = found.clone();
            }
        }
        let keys = self.evidence.layouts.iter().filter_map(|file| Layout::parse(&file.bytes).ok());
        let keys = keys.flat_map(|layout| layout.functionaries).filter_map(|one| one.keys.ok()).flatten();
        self.functionaries = keys.collect();
    }

    fn layout_report(&self, i: usize, layout: &Layout, findings: &LayoutFindings) -> LayoutReport {
        let subject = format!("layout[{i}]");
        let offered: Vec<PublicKey> = self.evidence.keys.iter().map(|offered| offered.key.clone()).collect();
        let given: Vec<usize> = self.given_links().map(|(j, _)| j).collect();
        let links_of = |step: &str| {
            let counts = |found: &LinkUse| matches!(found, LinkUse::Counts { step: at, .. } if at == step);
            given
                .iter()
                .zip(&findings.links)
                .filter(|(_, found)| counts(found))
                .map(|(j, _)| format!("link[{j}]"))
                .collect()
        };
        let steps = layout.steps.iter().map(|step| {
            let at = format!("step[{}]", step.name);
            let outcome = outcome_at(findings, &format!("{subject}/{at}"));
            StepReport { name: step.name.clone(), threshold: step.threshold, links: links_of(&at), outcome }
        });
        let inspections = layout.inspections.iter().map(|inspection| InspectionReport {
            name: inspection.name.clone(),
            run: inspection.run.clone(),
            outcome: outcome_at(findings, &format!("{subject}/inspection[{}]", inspection.name)),
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

/// The layouts that nothing stands above: one that is named like the link of another's step may be its sublayout. Where
/// each could be another's, all are looked at.
fn roots<'a>(files: &[GivenFile], parsed: &'a [Option<Layout>]) -> Vec<(usize, &'a Layout)> {
    let all = || parsed.iter().enumerate().filter_map(|(i, layout)| Some((i, layout.as_ref()?)));
    let stands_for_step = |i: usize| {
        let name = files[i].name.rsplit('/').next().unwrap_or_default();
        let step = name.strip_suffix(".link").and_then(|stem| stem.rsplit_once('.'));
        step.is_some_and(|(step, _)| all().any(|(j, other)| j != i && other.steps.iter().any(|one| one.name == step)))
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

/// What the checks at `subject`, and below it, come to.
fn outcome_at(findings: &LayoutFindings, subject: &str) -> Outcome {
    let below = |check: &&Check| check.subject == subject || check.subject.starts_with(&format!("{subject}/"));
    match Verdict::of(findings.checks.iter().filter(|check| check.required).filter(below)) {
        Verdict::Verified => Outcome::Passed,
        Verdict::NotVerified => Outcome::Failed,
        Verdict::CouldNotTell => Outcome::NotChecked,
    }
}
