//! A verification from files to report, driven from outside.

use crate::ask::{Answers, Ask, Response};
use crate::gather::Gather;
use crate::log;
use crate::lookup::Query;
use crate::recognise::{Recognised, recognise};
use crate::seen::Seen;
use rekor_verifier::bytes::hex_encode;
use rekor_verifier::check::digest::{Digests, sha256};
use rekor_verifier::check::envelope::signed_hash;
use rekor_verifier::evidence::{Artifact, BundleFile, Contents, Evidence, GivenFile, OfferedKey, Subject};
use rekor_verifier::format::layout::Layout;
use rekor_verifier::format::link::{FileRecord, Link};
use rekor_verifier::format::receipt::Receipt;
use rekor_verifier::format::rekor_body::{Committed, EntryStatement};
use rekor_verifier::format::rekor_entry::RekorEntry;
use rekor_verifier::policy::Policy;
use rekor_verifier::report::{Check, Outcome, Report, Time};
use rekor_verifier::sigstore::{BundleVerifier, NotLoaded, Trust};
use std::collections::BTreeSet;

/// Files, a policy, and the memory of earlier visits, on the way to a report.
pub struct Session {
    evidence: Evidence,
    policy: Policy,
    time: Time,
    log: Option<String>,
    seen: Seen,
    answers: Answers,
    bundle_verifier: Option<Box<dyn BundleVerifier>>,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Make these requests, in any order, and hand over each answer under its number.
    Ask(Vec<(usize, Ask)>),
    /// Read these artifacts once more, and hand over [`crate::ContentsReader`]'s result under the number of each.
    Read(Vec<usize>),
    /// There are Sigstore bundles, or entries of Rekor logs: say what checks them ([`Session::check_bundles_with`]).
    LoadBundleVerifier,
    /// Everything is there.
    Done(Box<Done>),
}

/// The end of a session.
#[derive(Clone, Debug)]
pub struct Done {
    /// The report.
    pub report: Report,
    /// The memory to keep for the next visit.
    pub seen: Seen,
    /// The evidence that the report speaks of.
    pub evidence: Evidence,
}

impl Done {
    /// The receipt for link `i`: the proof of the entry that decided about it, to be kept as a file. `None` where the log
    /// proved none.
    pub fn receipt(&self, i: usize) -> Option<Receipt> {
        let entry = self.report.links.get(i)?.entry.as_ref().filter(|entry| entry.receipt.is_none())?;
        let log = self.evidence.log.as_ref()?;
        let found = log.lookup(Subject::Link(i)).ok()?;
        let record = found.records.iter().find(|record| record.uuid == entry.uuid)?;
        let subject = format!("entry {}", record.uuid);
        let holds = |check: &Check| check.subject != subject || check.outcome == Outcome::Passed;
        if !self.report.checks.iter().all(holds) {
            return None;
        }
        let checkpoint = String::from_utf8(log.checkpoint.clone().ok()?).ok()?;
        let hashes = record.proof.clone().ok()?;
        Some(Receipt { extra: record.leaf.clone(), index: record.index, hashes, checkpoint })
    }
}

impl Session {
    /// A session under `policy`, as of `time`, that asks the log at the base address `log`, or none.
    pub fn new(policy: Policy, time: Time, log: Option<&str>, seen: Seen) -> Self {
        let log = log.map(|url| url.trim_end_matches('/').to_owned());
        let answers = Answers::default();
        Self { evidence: Evidence::default(), policy, time, log, seen, answers, bundle_verifier: None }
    }

    /// Adds a file and recognises it by content. `bytes` are needed up to [`crate::INSPECT_LIMIT`]; a larger file is
    /// known by its digests alone. Returns its number if it is an artifact.
    pub fn add_file(&mut self, name: &str, digests: Digests, bytes: Option<&[u8]>) -> Option<usize> {
        let file = |bytes: &[u8]| GivenFile { name: name.to_owned(), bytes: bytes.to_vec() };
        let evidence = &mut self.evidence;
        match bytes.map(|bytes| (bytes, recognise(bytes))) {
            Some((bytes, Recognised::Link)) => evidence.links.push(file(bytes)),
            Some((bytes, Recognised::Layout)) => evidence.layouts.push(file(bytes)),
            Some((bytes, Recognised::Receipt)) => evidence.receipts.push(file(bytes)),
            Some((bytes, Recognised::RekorEntries)) => evidence.rekor_entries.push(file(bytes)),
            Some((_, Recognised::Bundles(bundles))) => {
                evidence.bundles.extend(bundles.into_iter().map(|bundle| BundleFile { name: name.to_owned(), bundle }));
            }
            Some((_, Recognised::Keys(keys))) => {
                evidence.keys.extend(keys.into_iter().map(|key| OfferedKey { name: name.to_owned(), key }));
            }
            Some((_, Recognised::UnusableKey(why))) => evidence.unrecognised.push((name.to_owned(), why.to_string())),
            Some((_, Recognised::Artifact)) | None => return Some(self.add_artifact(name, digests)),
        }
        None
    }

    /// Adds a file as a link, whatever it looks like.
    pub fn add_link(&mut self, name: &str, bytes: &[u8]) {
        self.evidence.links.push(GivenFile { name: name.to_owned(), bytes: bytes.to_vec() });
    }

    /// Adds a file as an artifact, whatever it looks like, and returns its number.
    pub fn add_artifact(&mut self, name: &str, digests: Digests) -> usize {
        self.evidence.artifacts.push(Artifact { name: name.to_owned(), digests, listing: None });
        self.evidence.artifacts.len() - 1
    }

    /// Says what checks Sigstore bundles.
    pub fn check_bundles_with(&mut self, verifier: Box<dyn BundleVerifier>) {
        self.bundle_verifier = Some(verifier);
    }

    /// Says what artifact `number` holds. Its digests are those of this reading from now on, so that they and its
    /// contents are of the same bytes.
    pub fn contents(&mut self, number: usize, contents: Contents) {
        if let Some(artifact) = self.evidence.artifacts.get_mut(number) {
            artifact.digests = contents.digests;
            artifact.listing = Some(contents.listing);
        }
    }

    /// Says what to do next, or ends with the report. Calling it again without news changes nothing.
    pub fn step(&mut self) -> Step {
        let unread = to_read(&self.evidence);
        if !unread.is_empty() {
            return Step::Read(unread);
        }
        let Some(bundle_verifier) = self.bundle_verifier.as_deref().or(nothing_to_load(&self.evidence, &self.policy))
        else {
            return Step::LoadBundleVerifier;
        };
        let mut evidence = self.evidence.clone();
        let queries = queries(&self.evidence, &self.policy);
        if let Some(base) = self.log.as_deref().filter(|_| !queries.is_empty()) {
            let mut gather = Gather::new(base, &mut self.answers);
            evidence.log = log::ask(base, &queries, &self.policy, &self.seen, &mut gather);
            let wanted = gather.wanted();
            if !wanted.is_empty() {
                return Step::Ask(wanted.into_iter().map(|id| (id, self.answers.ask(id).clone())).collect());
            }
        }
        let report = rekor_verifier::verify(&evidence, &self.policy, &self.time, bundle_verifier);
        let seen = log::remember(&self.seen, &evidence, &self.policy);
        Step::Done(Box::new(Done { report, seen, evidence }))
    }

    /// Hands over what came back for request `id`.
    pub fn answer(&mut self, id: usize, response: Response) {
        self.answers.store(id, Ok(response));
    }

    /// Says that nothing came back for request `id`, and why (a time-out, no connection, too much).
    pub fn no_answer(&mut self, id: usize, reason: &str) {
        self.answers.store(id, Err(reason.to_owned()));
    }
}

/// Nothing has to be loaded where there is no bundle, and no entry of a log that an embedded root may name.
fn nothing_to_load(evidence: &Evidence, policy: &Policy) -> Option<&'static dyn BundleVerifier> {
    let embedded = !matches!(policy.sigstore.trust, Trust::Root(_));
    (evidence.bundles.is_empty() && (evidence.rekor_entries.is_empty() || !embedded)).then_some(&NotLoaded)
}

/// The digests of files that entries of Rekor logs record.
fn recorded(evidence: &Evidence) -> Vec<Committed> {
    let entries = evidence.rekor_entries.iter().filter_map(|file| RekorEntry::parse_answer(&file.bytes).ok()).flatten();
    let statements = entries.filter_map(|entry| EntryStatement::parse(&entry.leaf).ok());
    statements.filter_map(|statement| statement.artifact().cloned()).collect()
}

/// The artifacts that have to be read once more: what a layout's inspection may unpack, and where a link or an entry
/// states no digest but SHA-384.
fn to_read(evidence: &Evidence) -> Vec<usize> {
    let layouts = evidence.layouts.iter().filter_map(|file| Layout::parse(&file.bytes).ok());
    let words: Vec<String> = layouts.flat_map(|layout| layout.inspections).flat_map(|one| one.run).collect();
    // A word with a parameter in it may stand for any name.
    let named = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or(name);
        words.iter().any(|word| word.contains('{') || word.ends_with(last))
    };
    let sha384 = evidence.links.iter().filter_map(|file| Link::parse(&file.bytes).ok()).any(|link| {
        link.products.iter().any(|product| {
            let states = |name| product.digests.iter().any(|(algorithm, _)| algorithm == name);
            states("sha384") && !states("sha256") && !states("sha512")
        })
    });
    let sha384 = sha384 || recorded(evidence).iter().any(|digest| digest.algorithm == "sha384");
    let unread = evidence.artifacts.iter().enumerate().filter(|(_, artifact)| artifact.listing.is_none());
    unread.filter(|(_, artifact)| sha384 || named(&artifact.name)).map(|(i, _)| i).collect()
}

/// Every link is looked up; an artifact only where nothing that was given is about it.
fn queries<'a>(evidence: &Evidence, policy: &'a Policy) -> Vec<Query<'a>> {
    let keys: Vec<_> = policy.signers.iter().flat_map(|signers| &signers.members).map(|(_, key)| key).collect();
    let links: Vec<Option<Link>> = evidence.links.iter().map(|file| Link::parse(&file.bytes).ok()).collect();
    let mut queries = Vec::new();
    for (i, (file, link)) in evidence.links.iter().zip(&links).enumerate() {
        if let Some(link) = link {
            let signed = link.envelope.signatures.first().map(|one| signed_hash(&link.envelope, &one.form));
            let digest = sha256(&file.bytes);
            queries.push(Query { subject: Subject::Link(i), digest, signed, keys: keys.clone() });
        }
    }
    let mut explained: BTreeSet<String> =
        links.iter().flatten().flat_map(|link| &link.products).filter_map(sha256_of).map(str::to_owned).collect();
    explained.extend(evidence.bundles.iter().flat_map(|file| file.bundle.stated_digests()));
    explained.extend(recorded(evidence).iter().map(|digest| hex_encode(&digest.digest)));
    for (i, artifact) in evidence.artifacts.iter().enumerate() {
        let digest = artifact.digests.sha256;
        let known = ["sha256", "sha384", "sha512"].iter().filter_map(|algorithm| artifact.digests.get(algorithm));
        if !known.into_iter().any(|digest| explained.contains(&digest)) {
            queries.push(Query { subject: Subject::Artifact(i), digest, signed: None, keys: keys.clone() });
        }
    }
    queries
}

fn sha256_of(record: &FileRecord) -> Option<&str> {
    record.digests.iter().find(|(algorithm, _)| algorithm == "sha256").map(|(_, value)| value.as_str())
}
