//! A verification from files to report, driven from outside.

use crate::ask::{Answers, Ask, Response};
use crate::gather::{Gather, Pending};
use crate::lookup::{self, Fetched, Query};
use crate::recognise::{Recognised, recognise};
use crate::seen::Seen;
use rekor_verifier::check::digest::{Digests, sha256};
use rekor_verifier::check::envelope::signed_hash;
use rekor_verifier::check::tlog::{self, History, SignedCheckpoint};
use rekor_verifier::evidence::{
    Answer, Artifact, Evidence, GivenFile, LogEvidence, Lookup, OfferedKey, Remembered, Subject,
};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::link::{FileRecord, Link};
use rekor_verifier::format::note::Note;
use rekor_verifier::policy::Policy;
use rekor_verifier::report::{Report, Time};
use std::collections::BTreeSet;

/// Files, a policy, and the memory of earlier visits, on the way to a report.
#[derive(Debug)]
pub struct Session {
    evidence: Evidence,
    policy: Policy,
    time: Time,
    log: Option<String>,
    seen: Seen,
    answers: Answers,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Make these requests, in any order, and hand over each answer under its number.
    Ask(Vec<(usize, Ask)>),
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

impl Session {
    /// A session under `policy`, as of `time`, that asks the log at the base address `log`, or none.
    pub fn new(policy: Policy, time: Time, log: Option<&str>, seen: Seen) -> Self {
        let log = log.map(|url| url.trim_end_matches('/').to_owned());
        Self { evidence: Evidence::default(), policy, time, log, seen, answers: Answers::default() }
    }

    /// Adds a file and recognises it by content. `bytes` are needed up to [`crate::INSPECT_LIMIT`]; a larger file is
    /// known by its digests alone.
    pub fn add_file(&mut self, name: &str, digests: Digests, bytes: Option<&[u8]>) {
        let name = name.to_owned();
        match bytes.map(|bytes| (bytes, recognise(bytes))) {
            Some((bytes, Recognised::Link)) => self.add_link(&name, bytes),
            Some((_, Recognised::Key(key))) => self.evidence.keys.push(OfferedKey { name, key }),
            Some((_, Recognised::UnusableKey(why))) => self.evidence.unrecognised.push((name, why.to_string())),
            Some((_, Recognised::Artifact)) | None => self.add_artifact(&name, digests),
        }
    }

    /// Adds a file as a link file, whatever it looks like.
    pub fn add_link(&mut self, name: &str, bytes: &[u8]) {
        self.evidence.links.push(GivenFile { name: name.to_owned(), bytes: bytes.to_vec() });
    }

    /// Adds a file as an artifact, whatever it looks like.
    pub fn add_artifact(&mut self, name: &str, digests: Digests) {
        self.evidence.artifacts.push(Artifact { name: name.to_owned(), digests });
    }

    /// Says what to ask next, or ends with the report. Calling it again without new answers changes nothing.
    pub fn step(&mut self) -> Step {
        let mut evidence = self.evidence.clone();
        if let Some(base) = self.log.clone().filter(|_| !evidence.links.is_empty() || !evidence.artifacts.is_empty()) {
            let mut answers = std::mem::take(&mut self.answers);
            let mut gather = Gather::new(&base, &mut answers);
            evidence.log = self.ask_log(&base, &mut gather);
            let wanted = gather.wanted();
            self.answers = answers;
            if !wanted.is_empty() {
                return Step::Ask(wanted.into_iter().map(|id| (id, self.answers.ask(id).clone())).collect());
            }
        }
        let report = rekor_verifier::verify(&evidence, &self.policy, &self.time);
        let seen = self.remember(&evidence);
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

    /// Entries first, the checkpoint after them: an entry that was added meanwhile is then in its tree.
    fn ask_log(&self, base: &str, gather: &mut Gather) -> Pending<LogEvidence> {
        let queries = self.queries();
        // Every step is tried for all queries before it is given up, so that what is missing is named in one pass.
        let fetched: Vec<_> = queries.iter().map(|query| lookup::fetch(gather, query)).collect();
        let fetched: Vec<_> = fetched.into_iter().collect::<Option<_>>()?;
        let checkpoint = gather.checkpoint()?;
        let signed = self.open(base, &checkpoint);
        let head = checkpoint.as_ref().ok().and_then(|note| stated_head(note));
        let remembered = self.remembered(signed.as_ref(), gather);
        let prove = |(query, fetched): (&Query, Answer<Fetched>)| {
            let found = match fetched {
                Ok(fetched) => Ok(lookup::prove(gather, query, fetched, head.as_ref())?),
                Err(reason) => Err(reason),
            };
            Some(Lookup { subject: query.subject, found })
        };
        let lookups: Vec<Pending<Lookup>> = queries.iter().zip(fetched).map(prove).collect();
        Some(LogEvidence {
            url: base.to_owned(),
            checkpoint,
            remembered: remembered?,
            standing_alarm: signed.and_then(|signed| self.seen.alarm(signed.vkey()).map(str::to_owned)),
            lookups: lookups.into_iter().collect::<Option<_>>()?,
        })
    }

    fn open(&self, base: &str, checkpoint: &Answer<Vec<u8>>) -> Option<SignedCheckpoint> {
        let note = checkpoint.as_ref().ok()?;
        tlog::open(note, &self.policy, self.policy.log_at(base)).ok()
    }

    fn remembered(&self, signed: Option<&SignedCheckpoint>, gather: &mut Gather) -> Pending<Vec<Remembered>> {
        let Some(signed) = signed else { return Some(Vec::new()) };
        let Some(log) = self.seen.log(signed.vkey()) else { return Some(Vec::new()) };
        let now = signed.checkpoint().size;
        let mut remembered = Vec::new();
        for (checkpoint, cosigned) in log.heads(signed.vkey()) {
            let proof = gather.history_proof(checkpoint.size, now);
            remembered.push(proof.map(|proof| Remembered { checkpoint, cosigned, proof }));
        }
        remembered.into_iter().collect()
    }

    /// Every link is looked up; an artifact only where no link that was given has it as a product.
    fn queries(&self) -> Vec<Query<'_>> {
        let keys: Vec<_> =
            self.policy.signers.iter().flat_map(|signers| &signers.members).map(|(_, key)| key).collect();
        let links: Vec<Option<Link>> = self.evidence.links.iter().map(|file| Link::parse(&file.bytes).ok()).collect();
        let mut queries = Vec::new();
        for (i, (file, link)) in self.evidence.links.iter().zip(&links).enumerate() {
            if let Some(link) = link {
                let signed = link.envelope.signatures.first().map(|one| signed_hash(&link.envelope, &one.form));
                let digest = sha256(&file.bytes);
                queries.push(Query { subject: Subject::Link(i), digest, signed, keys: keys.clone() });
            }
        }
        let products: BTreeSet<&str> =
            links.iter().flatten().flat_map(|link| &link.products).filter_map(sha256_of).collect();
        for (i, artifact) in self.evidence.artifacts.iter().enumerate() {
            let digest = artifact.digests.sha256;
            if !products.contains(digest.to_string().as_str()) {
                queries.push(Query { subject: Subject::Artifact(i), digest, signed: None, keys: keys.clone() });
            }
        }
        queries
    }

    /// The memory after this visit. A head is only replaced by one that is proven to extend it; proof of a rewritten
    /// history becomes an alarm, and the memory stays as it was.
    fn remember(&self, evidence: &Evidence) -> Seen {
        let mut seen = self.seen.clone();
        let Some(log) = &evidence.log else { return seen };
        let Some(signed) = self.open(&log.url, &log.checkpoint) else { return seen };
        let Ok(note) = log.checkpoint.as_ref().map(|note| String::from_utf8_lossy(note).into_owned()) else {
            return seen;
        };
        let (now, memory) = (signed.checkpoint(), seen.log_mut(signed.vkey()));
        let compare = |one: &Remembered| match &one.proof {
            Ok(proof) => tlog::compare(&one.checkpoint, now, proof),
            Err(_) => History::Older,
        };
        let histories: Vec<History> = log.remembered.iter().map(compare).collect();
        if histories.iter().any(|history| matches!(history, History::Forked | History::Emptied)) {
            let text =
                format!("{} showed a tree of {} that does not continue the one seen before.", now.origin, now.size);
            memory.alarm.get_or_insert(text);
        } else if memory.alarm.is_none() && histories.iter().all(|history| *history == History::Kept) {
            let quorum = &self.policy.witnesses;
            if !quorum.is_none() && quorum.satisfied_by(signed.witnesses()) {
                memory.cosigned = Some(note.clone());
            }
            memory.signed = Some(note);
        }
        seen
    }
}

/// The tree head that a note states, whoever signed it.
fn stated_head(note: &[u8]) -> Option<Checkpoint> {
    Checkpoint::parse(&Note::parse(note).ok()?.text).ok()
}

fn sha256_of(record: &FileRecord) -> Option<&str> {
    record.digests.iter().find(|(algorithm, _)| algorithm == "sha256").map(|(_, value)| value.as_str())
}
