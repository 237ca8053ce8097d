//! A verification from files to report, driven from outside.

use crate::ask::{Answers, Ask, Response};
use crate::gather::Gather;
use crate::hold::Held;
use crate::log;
use crate::plan::Plan;
use crate::recognise::{Recognised, recognise};
use crate::seen::Seen;
use rekor_verifier::Hash;
use rekor_verifier::check::archive::ArchiveError;
use rekor_verifier::check::digest::Digests;
use rekor_verifier::evidence::{Artifact, BundleFile, Contents, Evidence, GivenFile, OfferedKey, Subject};
use rekor_verifier::extras::Unavailable;
use rekor_verifier::format::key::KeyError;
use rekor_verifier::format::receipt::Receipt;
use rekor_verifier::policy::Policy;
use rekor_verifier::report::{Check, Outcome, Report, Time};
use rekor_verifier::sigstore::{BundleVerifier, NotLoaded, Trust};

/// Files, a policy, and the memory of earlier visits, on the way to a report.
pub struct Session {
    evidence: Evidence,
    policy: Policy,
    time: Time,
    /// Their base addresses, in the order in which they are asked.
    logs: Vec<String>,
    seen: Seen,
    answers: Answers,
    bundle_verifier: Option<Box<dyn BundleVerifier>>,
    held: Held,
    plan: Plan,
    /// Files that look like keys, which what reads them was not at hand for: name and bytes.
    unread_keys: Vec<(String, Vec<u8>)>,
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
    /// A session under `policy`, as of `time`, that asks the logs at these base addresses, or none. They are asked one
    /// after the other, and the next one only where those before it leave open what a log can know.
    pub fn new(policy: Policy, time: Time, logs: &[&str], seen: Seen) -> Self {
        let logs = logs.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        Self {
            evidence: Evidence::default(),
            policy,
            time,
            logs,
            seen,
            answers: Answers::default(),
            bundle_verifier: None,
            held: Held::default(),
            plan: Plan::default(),
            unread_keys: Vec::new(),
        }
    }

    /// Adds a file and recognises it by content. `bytes` are needed up to [`crate::INSPECT_LIMIT`]; a larger file is
    /// known by its digests alone. Returns its number if it is an artifact.
    ///
    /// A session holds [`crate::MAX_EVIDENCE_FILES`] files beside artifacts, [`crate::MAX_EVIDENCE`] bytes in all, and of
    /// keys [`crate::MAX_OFFERED_KEYS`]. What comes beyond is not looked at, and the report says so.
    pub fn add_file(&mut self, name: &str, digests: Digests, bytes: Option<&[u8]>) -> Option<usize> {
        let Some(bytes) = bytes else { return Some(self.add_artifact(name, digests)) };
        match recognise(bytes) {
            Recognised::Artifact => Some(self.add_artifact(name, digests)),
            found => {
                self.add_recognised(name, bytes, found);
                None
            }
        }
    }

    fn add_recognised(&mut self, name: &str, bytes: &[u8], found: Recognised) {
        match found {
            Recognised::UnusableKey(KeyError::Unavailable(_)) => {
                self.unread_keys.push((name.to_owned(), bytes.to_vec()));
            }
            Recognised::UnusableKey(why) => self.add_unread(name, &why.to_string()),
            found => match self.held.take(&found, bytes.len()) {
                Ok(()) => self.keep(name, bytes, found),
                Err(full) => self.add_unread(name, &full.to_string()),
            },
        }
    }

    fn keep(&mut self, name: &str, bytes: &[u8], found: Recognised) {
        self.plan.forget();
        let name = || name.to_owned();
        let file = || GivenFile { name: name(), bytes: bytes.to_vec() };
        let evidence = &mut self.evidence;
        match found {
            Recognised::Link => evidence.links.push(file()),
            Recognised::Layout => evidence.layouts.push(file()),
            Recognised::Receipt => evidence.receipts.push(file()),
            Recognised::RekorEntries => evidence.rekor_entries.push(file()),
            Recognised::Bundles(bundles) => {
                evidence.bundles.extend(bundles.into_iter().map(|bundle| BundleFile { name: name(), bundle }));
            }
            Recognised::Keys(keys) => {
                evidence.keys.extend(keys.into_iter().map(|key| OfferedKey { name: name(), key }));
            }
            Recognised::UnusableKey(_) | Recognised::Artifact => {}
        }
    }

    /// Adds a file as a link, whatever it looks like.
    pub fn add_link(&mut self, name: &str, bytes: &[u8]) {
        match self.held.take(&Recognised::Link, bytes.len()) {
            Ok(()) => self.keep(name, bytes, Recognised::Link),
            Err(full) => self.add_unread(name, &full.to_string()),
        }
    }

    /// Says that there is something that was not read, and why, so that the report does as well.
    pub fn add_unread(&mut self, name: &str, why: &str) {
        self.evidence.unrecognised.push((name.to_owned(), why.to_owned()));
    }

    /// Adds a file as an artifact, whatever it looks like, and returns its number.
    pub fn add_artifact(&mut self, name: &str, digests: Digests) -> usize {
        self.plan.forget();
        self.evidence.artifacts.push(Artifact { name: name.to_owned(), digests, listing: None });
        self.evidence.artifacts.len() - 1
    }

    /// Adds an artifact of which nothing but its SHA-256 is at hand, and returns its number.
    pub fn add_digest(&mut self, name: &str, sha256: Hash) -> usize {
        let number = self.add_artifact(name, Digests::known(sha256));
        if let Some(artifact) = self.evidence.artifacts.get_mut(number) {
            artifact.listing = Some(Err(ArchiveError::NotAtHand));
        }
        number
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
            self.plan.forget_queries();
        }
    }

    /// Says that nothing can tell what artifact `number` holds.
    pub fn no_contents(&mut self, number: usize) {
        if let Some(artifact) = self.evidence.artifacts.get_mut(number) {
            artifact.listing = Some(Err(ArchiveError::Unavailable(Unavailable)));
        }
    }

    /// Reads the keys that could not be read when they came, in case they can be now.
    fn read_keys(&mut self) {
        for (name, bytes) in std::mem::take(&mut self.unread_keys) {
            self.add_recognised(&name, &bytes, recognise(&bytes));
        }
    }

    /// Says what to do next, or ends with the report. Calling it again without news changes nothing.
    pub fn step(&mut self) -> Step {
        self.read_keys();
        let unread = self.plan.unread(&self.evidence);
        if !unread.is_empty() {
            return Step::Read(unread);
        }
        if self.bundle_verifier.is_none() && nothing_to_load(&self.evidence, &self.policy).is_none() {
            return Step::LoadBundleVerifier;
        }
        self.visit_all().map_or_else(|step| step, |done| Step::Done(Box::new(done)))
    }

    /// The report on the answers of the first log that settles it. Where none does, that of the one that knows most.
    /// Nothing is kept from step to step: one may be made again for a module that was not there.
    fn visit_all(&mut self) -> Result<Done, Step> {
        let nothing_to_ask = self.plan.queries(&self.evidence, &self.policy).is_empty();
        let logs = if nothing_to_ask { Vec::new() } else { self.logs.clone() };
        let mut visits: Vec<Done> = Vec::new(); // the best one first
        for base in logs {
            let done = self.visit(Some(&base))?;
            let settled = !done.report.another_log_may_know(&self.policy);
            let better = |best: &Done| settled || done.report.passed() > best.report.passed();
            let at = if visits.first().is_some_and(better) { 0 } else { visits.len() };
            visits.insert(at, done);
            if settled {
                break;
            }
        }
        let mut visits = visits.into_iter();
        let Some(mut best) = visits.next() else { return self.visit(None) };
        for other in visits {
            best.report.asked_too(&other.report, &self.policy);
            best.seen.merge(&self.seen, &other.seen);
        }
        Ok(best)
    }

    /// The report on what the log at `base` answers, if there is one to ask, or what is still missing for it.
    fn visit(&mut self, base: Option<&str>) -> Result<Done, Step> {
        let mut found = None;
        if let Some(base) = base {
            let queries = self.plan.queries(&self.evidence, &self.policy);
            let mut gather = Gather::new(base, &self.policy, &mut self.answers);
            found = log::ask(base, &queries, &self.policy, &self.seen, &self.evidence.receipts, &mut gather);
            let wanted = gather.wanted();
            if !wanted.is_empty() {
                return Err(Step::Ask(wanted.into_iter().map(|id| (id, self.answers.ask(id).clone())).collect()));
            }
        }
        let mut evidence = self.evidence.clone();
        // A certificate is of no use to somebody who expects nobody by name.
        if self.policy.sigstore.identity.is_some() {
            let found = found.iter().flat_map(|log| &log.lookups).filter_map(|lookup| lookup.found.as_ref().ok());
            evidence.bundles.extend(found.flat_map(|found| &found.certified).cloned());
        }
        evidence.log = found;
        let needed = self.bundle_verifier.as_deref().or(nothing_to_load(&evidence, &self.policy));
        let Some(bundle_verifier) = needed else { return Err(Step::LoadBundleVerifier) };
        let unread =
            self.unread_keys.iter().map(|(name, _)| (name.clone(), KeyError::Unavailable(Unavailable).to_string()));
        evidence.unrecognised.extend(unread);
        let report = rekor_verifier::verify(&evidence, &self.policy, &self.time, bundle_verifier);
        let seen = evidence.log.as_ref().map(|log| log::remember(&self.seen, log, &self.policy));
        let seen = seen.unwrap_or_else(|| self.seen.clone());
        Ok(Done { report, seen, evidence })
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
