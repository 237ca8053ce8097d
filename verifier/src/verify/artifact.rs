//! Step 5: an artifact, and the link that names it as a product.

use super::link::{self, Candidate};
use super::voucher::Voucher;
use super::{Work, entry, sentence};
use crate::check::digest::{Digests, sha256};
use crate::check::layout::LinkUse;
use crate::evidence::{Artifact, Found, Record, Subject};
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::LinkEntry;
use crate::format::link::{FileRecord, Link};
use crate::report::{ArtifactReport, Check, CheckId, LinkReport, Outcome, Product, Verdict};
use crate::sorted::{self, Set};

/// The algorithms that are strong enough to decide, and computed here.
pub(super) const STRONG: [&str; 3] = ["sha256", "sha384", "sha512"];

/// How an artifact and one file record of a link relate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    /// A strong digest agrees, and none that can be computed disagrees.
    Agrees,
    /// One agrees and another does not: the link contradicts itself, or was made to.
    Contradicts,
    /// Another file.
    Differs,
}

fn compare(record: &FileRecord, digests: &Digests) -> Match {
    let computed = |(algorithm, value): &(String, String)| {
        let own = STRONG.contains(&algorithm.as_str()).then(|| digests.get(algorithm)).flatten();
        own.map(|own| own == *value)
    };
    let results: Vec<bool> = record.digests.iter().filter_map(computed).collect();
    match (results.contains(&true), results.contains(&false)) {
        (true, false) => Match::Agrees,
        (true, true) => Match::Contradicts,
        (false, _) => Match::Differs,
    }
}

/// What a link says about an artifact.
enum Place {
    Product(Product),
    Contradiction(String),
    Material(String),
    /// An entry without its link's file, whose digest list names the artifact as a product; or one whose file came
    /// back with other bytes, so that nobody can say what it names.
    WithoutBody,
    Nowhere,
}

fn place(link: &Link, subject: &str, digests: &Digests) -> Place {
    let by = |wanted| move |record: &&FileRecord| compare(record, digests) == wanted;
    if let Some(record) = link.products.iter().find(by(Match::Agrees)) {
        let builder = link.build.as_ref().map(|build| build.builder.clone());
        let (step, path, of) = (link.name.clone(), record.path.clone(), link.products.len());
        return Place::Product(Product { link: subject.to_owned(), step, builder, path, of });
    }
    if let Some(record) = link.products.iter().find(by(Match::Contradicts)) {
        return Place::Contradiction(record.path.clone());
    }
    match link.materials.iter().find(by(Match::Agrees)) {
        Some(record) => Place::Material(record.path.clone()),
        None => Place::Nowhere,
    }
}

/// A link that the log returned for an artifact, and the record that it came in.
struct FoundLink<'a> {
    candidate: Candidate<'a>,
    /// SHA-256 of the link's file as the leaf states it; empty where the leaf cannot be read.
    file: String,
    link: Option<Link>,
    place: Place,
}

impl FoundLink<'_> {
    /// Whether it can decide where the artifact comes from.
    fn names_it(&self) -> bool {
        matches!(self.place, Place::Product(_) | Place::WithoutBody)
    }

    /// The path and the step, where the artifact is a material.
    fn material(&self) -> Option<(&str, &str)> {
        match (&self.place, &self.link) {
            (Place::Material(path), Some(link)) => Some((path, &link.name)),
            _ => None,
        }
    }
}

impl Work<'_> {
    /// Finds where artifact `i` belongs, adds the checks, and returns what is shown of it.
    pub(super) fn artifact(&mut self, i: usize) -> ArtifactReport {
        let artifact = &self.evidence.artifacts[i];
        let subject = Subject::Artifact(i).label();
        let given = self.among_given(artifact, &subject);
        // Beside a link that has the file as its product, what else there is decides only where it confirms it.
        let voucher = self.voucher(artifact, &subject);
        let voucher = voucher.filter(|one| given.is_none() || one.verdict == Verdict::Verified);
        let (check, product) = match (given, &voucher) {
            (Some(found), _) => found,
            (None, Some(voucher)) => (voucher.check(&subject), None),
            (None, None) => self.among_found(i, artifact, &subject),
        };
        let check = check.with("sha256", artifact.digests.sha256.to_string()).with("name", artifact.name.clone());
        let report = ArtifactReport {
            subject,
            name: artifact.name.clone(),
            size: artifact.digests.size,
            sha256: artifact.digests.sha256.to_string(),
            sha512: artifact.digests.get("sha512"),
            outcome: check.outcome,
            product,
            bundle: voucher.as_ref().and_then(Voucher::bundle),
            rekor_entry: voucher.as_ref().and_then(Voucher::rekor_entry),
        };
        self.checks.push(check);
        report
    }

    /// The links that the reader gave: a product of one, or in contradiction with one.
    fn among_given(&self, artifact: &Artifact, subject: &str) -> Option<(Check, Option<Product>)> {
        let mut contradiction = None;
        for (i, link) in self.given() {
            match place(link, &Subject::Link(i).label(), &artifact.digests) {
                Place::Product(product) => return Some((is_product(subject, &product), Some(product))),
                Place::Contradiction(path) => contradiction = contradiction.or(Some(contradicts(subject, &path))),
                Place::Material(_) | Place::WithoutBody | Place::Nowhere => {}
            }
        }
        contradiction.map(|check| (check, None))
    }

    /// The links that were given and say something: where there is a layout, those that count for one of its own steps.
    fn given(&self) -> impl Iterator<Item = (usize, &Link)> {
        self.given_links().filter(|(i, _)| matches!(self.use_of(*i), None | Some(LinkUse::Counts { inner: false, .. })))
    }

    /// The links that the log names for the artifact's digest: the best of them decides.
    fn among_found(&mut self, i: usize, artifact: &Artifact, subject: &str) -> (Check, Option<Product>) {
        self.needs_log = true;
        let found = match (self.log.as_ref().map(|log| log.head.as_ref()), &self.evidence.log) {
            (Some(head), Some(evidence)) => {
                evidence.lookup(Subject::Artifact(i)).map(|found| (head, found)).map_err(|e| e.to_string())
            }
            _ => Err("no log was asked".into()),
        };
        let (head, found) = match found {
            Ok(found) => found,
            Err(reason) => return (self.nowhere(artifact, subject, Some(&reason)), None),
        };
        let label = format!("link[{}]", self.links.len());
        let links: Vec<FoundLink> =
            found.records.iter().map(|record| found_link(self, record, artifact, &label, head)).collect();
        let rank = |one: &FoundLink| (!one.names_it(), one.candidate.rank(self));
        let mut links = sorted::sort(links, |a, b| rank(a).cmp(&rank(b)));
        if !links.first().is_some_and(FoundLink::names_it) {
            let material = links.iter().find_map(FoundLink::material);
            let check = match material {
                Some((path, step)) => is_material(subject, path, step),
                None if (!links.is_empty() || self.has_found_entries(i)) && self.given().next().is_none() => {
                    only_mentioned(subject)
                }
                None => self.nowhere(artifact, subject, None),
            };
            return (check, None);
        }
        let best = links.remove(0);
        let report = found_report(self, &best, &links, found, &label);
        let expected = self.policy.signers.is_none() || report.keys.iter().any(|key| key.name.is_some());
        let count = links.len() as u64 + 1 + found.more;
        let (check, product) = match best.place {
            Place::Product(product) => (found_product(subject, &product, count, expected), Some(product)),
            _ => (without_link(subject), None),
        };
        self.links.push(report);
        self.checks.extend(best.candidate.checks);
        (check, product)
    }

    /// A link that names the artifact as a product, of a step for which the links that were given do not suffice.
    fn incomplete(&self, artifact: &Artifact) -> Option<&Link> {
        let steps = self.layouts.iter().flat_map(|layout| &layout.steps);
        let open: Set<&str> =
            steps.filter(|step| step.outcome == Outcome::NotChecked).map(|step| step.name.as_str()).collect();
        let names_it = |link: &&Link| matches!(place(link, "", &artifact.digests), Place::Product(_));
        self.given_links().map(|(_, link)| link).filter(|link| open.contains(link.name.as_str())).find(names_it)
    }

    /// The check of an artifact that no link names as a product.
    fn nowhere(&self, artifact: &Artifact, subject: &str, no_answer: Option<&str>) -> Check {
        let check = |outcome, text: String| Check::new(CheckId::ArtifactProduct, subject, outcome, text);
        for (i, link) in self.given() {
            if let Place::Material(path) = place(link, &Subject::Link(i).label(), &artifact.digests) {
                return is_material(subject, &path, &link.name);
            }
        }
        if self.may_be_known_otherwise(artifact) {
            let text = "Only the SHA-256 of this file is at hand, and what came along goes by other digests.";
            return check(Outcome::NotChecked, text.into());
        }
        for (i, link) in self.given() {
            if let Some(record) = link.products.iter().find(|record| same_name(&record.path, &artifact.name)) {
                let stated: Vec<String> =
                    record.digests.iter().map(|(algorithm, value)| format!("{algorithm}:{value}")).collect();
                if !record.digests.iter().any(|(algorithm, _)| STRONG.contains(&algorithm.as_str())) {
                    return check(Outcome::NotChecked, too_weak(record)).with("stated", stated);
                }
                let text = format!(
                    "The file is not the product {} of the step {}: its content differs.",
                    record.path, link.name
                );
                return check(Outcome::Failed, text)
                    .with("link", Subject::Link(i).label())
                    .with("path", record.path.clone())
                    .with("expected", stated)
                    .with("found", format!("sha256:{}", artifact.digests.sha256));
            }
        }
        if let Some(link) = self.incomplete(artifact) {
            let text =
                format!("A link of the step {} names this file, and not enough links of it were given.", link.name);
            return check(Outcome::NotChecked, text);
        }
        if let Some(bundle) = self.bundles.iter().find(|bundle| bundle.report.is_unread()) {
            let text = format!("The file may be what {} is about, which could not be checked.", bundle.name);
            return check(Outcome::NotChecked, text);
        }
        if self.given().next().is_some() || !self.bundles.is_empty() || self.records_artifacts() {
            let text = match (self.bundles.is_empty(), self.records_artifacts()) {
                (true, false) => "No link names this file: it is neither a product nor a material of any.",
                (false, false) => "No link names this file, and no bundle is about it.",
                (true, true) => "No link names this file, and no entry that was given records it.",
                (false, true) => {
                    "No link names this file, no bundle is about it, and no entry that was given records it."
                }
            };
            return check(Outcome::Failed, text.into()).with("found", format!("sha256:{}", artifact.digests.sha256));
        }
        match no_answer {
            Some(reason) => {
                check(Outcome::NotChecked, format!("Where this file comes from could not be looked up: {reason}."))
            }
            None => check(Outcome::NotChecked, "This log shows no record of this file (its word).".into()),
        }
    }
}

/// SHA-1 and MD5 can be made to agree for two files, so that they show nothing.
fn too_weak(record: &FileRecord) -> String {
    let algorithms: Vec<&str> = record.digests.iter().map(|(algorithm, _)| algorithm.as_str()).collect();
    match algorithms.is_empty() {
        true => format!("The link names {} without any digest, so nothing ties it to this file.", record.path),
        false => {
            format!("The link states only {} for {}: too weak to show anything.", algorithms.join(" and "), record.path)
        }
    }
}

/// Whether the last component of a link's path is the artifact's name: a hint for the message, nothing more.
fn same_name(path: &str, name: &str) -> bool {
    let last = |text: &str| text.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    last(path) == last(name)
}

fn is_product(subject: &str, product: &Product) -> Check {
    let text = format!("The file is the product {} of {}.", product.path, product.source());
    Check::new(CheckId::ArtifactProduct, subject, Outcome::Passed, text)
        .with("link", product.link.clone())
        .with("path", product.path.clone())
        .with("step", product.step.clone())
}

fn is_material(subject: &str, path: &str, step: &str) -> Check {
    let text = format!(
        "The file is {path}, an input of the step {step}, not its result: nothing says that this step vouches for it."
    );
    Check::new(CheckId::ArtifactProduct, subject, Outcome::NotChecked, text)
        .with("path", path.to_owned())
        .with("step", step.to_owned())
}

fn contradicts(subject: &str, path: &str) -> Check {
    let text = format!("The link states several digests for {path}, and not all of them are this file's.");
    Check::new(CheckId::ArtifactProduct, subject, Outcome::Failed, text).with("path", path.to_owned())
}

fn found_product(subject: &str, product: &Product, links: u64, expected: bool) -> Check {
    if expected {
        return is_product(subject, product);
    }
    let links = if links == 1 { "1 link".to_owned() } else { format!("{links} links") };
    let text = format!("The file is named by {links} in this log, none by a signer you named.");
    is_product(subject, product).turned(Outcome::Untrusted, text)
}

fn only_mentioned(subject: &str) -> Check {
    let text = "Entries of this log mention this file, but none names it as a product in a way that could be checked.";
    Check::new(CheckId::ArtifactProduct, subject, Outcome::NotChecked, text)
}

fn without_link(subject: &str) -> Check {
    let text =
        "The log says that a recorded link names this file as a product, but the link's file could not be checked.";
    Check::new(CheckId::ArtifactProduct, subject, Outcome::NotChecked, text)
}

/// Judges `record`, which the log named for the artifact's digest.
fn found_link<'a>(
    work: &Work,
    record: &'a Record,
    artifact: &Artifact,
    label: &str,
    head: Option<&Checkpoint>,
) -> FoundLink<'a> {
    let entry = match LinkEntry::parse(&record.leaf) {
        Ok(entry) => entry,
        Err(error) => {
            let candidate = link::malformed(record, &error);
            return FoundLink { candidate, file: String::new(), link: None, place: Place::Nowhere };
        }
    };
    let keys = link::keys_of(&entry);
    let body = record.body.as_deref().filter(|body| sha256(body) == entry.file);
    let parsed = body.and_then(|body| Some((body, Link::parse(body).ok()?)));
    let (link, place, checks) = match parsed {
        Some((body, link)) => {
            let signers = link::signers(work, &link.envelope, &keys);
            let mut checks = vec![link::signature(work, label, &link, &signers, |key| keys.contains(key))];
            checks.extend(entry::check(record, &entry, body, &link, head));
            let place = place(&link, label, &artifact.digests);
            (Some(link), place, checks)
        }
        None => without_body(record, &entry, artifact, label, head),
    };
    FoundLink {
        candidate: Candidate { record, receipt: None, keys, checks },
        file: entry.file.to_string(),
        link,
        place,
    }
}

/// An entry whose body the log did not return, or returned wrongly: its digest list is the log's word.
fn without_body(
    record: &Record,
    entry: &LinkEntry,
    artifact: &Artifact,
    label: &str,
    head: Option<&Checkpoint>,
) -> (Option<Link>, Place, Vec<Check>) {
    let unsigned = "The log does not hold this link's file, so its signature and its content could not be checked.";
    let mut checks = vec![Check::new(CheckId::LinkSignature, label, Outcome::NotChecked, unsigned)];
    if !entry::named_by_its_hash(record) {
        let text = "The log returned another entry than the one that was asked for.";
        checks.push(Check::new(CheckId::EntryLeaf, &entry::subject(record), Outcome::Failed, text));
    }
    checks.extend(entry::body(record, entry));
    let list = record.digest_list.as_ref().filter(|list| sha256(list) == entry.digest_list);
    let text = match list {
        Some(_) => "The list of digests is the log's word: without the link's file nothing can be recomputed.",
        None => "The log gave neither the link's file nor its list of digests.",
    };
    checks.push(Check::new(CheckId::EntryDigestList, &entry::subject(record), Outcome::NotChecked, text));
    checks.extend(entry::tree(record, head));
    let wanted = format!("product sha256 {}", artifact.digests.sha256);
    let lists_it = list.is_some_and(|list| list.split(|b| *b == b'\n').any(|line| line == wanted.as_bytes()));
    let place = if lists_it || record.body.is_some() { Place::WithoutBody } else { Place::Nowhere };
    (None, place, checks)
}

fn found_report(work: &Work, best: &FoundLink, rest: &[FoundLink], found: &Found, label: &str) -> LinkReport {
    let described = |one: &FoundLink| {
        let text = match &one.place {
            Place::Product(_) => match Verdict::of(one.candidate.checks.iter()) {
                Verdict::Verified => "Another link that names this file.".into(),
                _ => one
                    .candidate
                    .checks
                    .iter()
                    .find(|check| check.outcome != Outcome::Passed)
                    .map(|check| check.sentence.clone())
                    .unwrap_or_default(),
            },
            Place::WithoutBody => "An entry whose link file the log does not hold.".into(),
            Place::Material(path) => format!("A link that has this file as its material {path}."),
            Place::Contradiction(path) => format!("A link that contradicts itself about {path}."),
            Place::Nowhere => sentence("an entry that does not name this file as a product"),
        };
        link::other(one.candidate.record, text)
    };
    let mut report = LinkReport {
        subject: label.to_owned(),
        name: None,
        form: None,
        step: None,
        builder: None,
        sha256: best.file.clone(),
        keys: best
            .link
            .as_ref()
            .map(|one| link::signers(work, &one.envelope, &best.candidate.keys))
            .unwrap_or_default(),
        entry: Some(best.candidate.report()),
        others: rest.iter().map(described).collect(),
        more: found.more,
    };
    if let Some(link) = &best.link {
        link::describe(link, &mut report);
    }
    report
}
