//! Step 4: entries of Rekor logs, as v1's API answers them: those that the reader kept, and those that a log has just
//! given for an artifact. Each stands for itself: the log, the artifact, and the signature over that.

use super::link::name_of;
use super::voucher::{as_far_as_it_decides, rank};
use super::{Work, log, sentence};
use crate::bytes::hex_encode;
use crate::check::digest::Digests;
use crate::check::merkle::leaf_hash;
use crate::check::prehash::{self, PrehashError};
use crate::check::rekor::{self, Generation, RekorError, Steps};
use crate::evidence::Subject;
use crate::format::key::PublicKey;
use crate::format::rekor_body::{Committed, EntryStatement, RekorBodyError};
use crate::format::rekor_entry::{RekorEntry, RekorEntryError};
use crate::format::trusted_root::{RekorLog, parse_logs};
use crate::policy::Policy;
use crate::report::{
    ArtifactReport, Check, CheckId, Outcome, RekorEntryReport, SignerReport, Verdict, inclusion_evidence,
};
use crate::sigstore::BundleVerifier;
use crate::sorted::Set;

/// An entry, and what came of it.
pub(super) struct State {
    pub(super) report: RekorEntryReport,
    /// The digest of the artifact that it records.
    artifact: Option<Committed>,
    /// The position of the artifact about which a log was asked and gave it; `None` where the reader kept it.
    found_for: Option<usize>,
    checks: Vec<Check>,
}

/// The logs that the reader trusts, or why nobody can say which those are.
struct Trusted {
    logs: Vec<RekorLog>,
    problem: Option<String>,
}

impl Trusted {
    /// Those that the policy names, and those of the trusted root.
    fn read(policy: &Policy, verifier: &dyn BundleVerifier) -> Self {
        let missing = "the trusted root that names its logs is not at hand".to_owned();
        let json = verifier.trusted_root(&policy.sigstore.trust).ok_or(missing);
        let root = json.and_then(|json| parse_logs(json.as_bytes()).map_err(|error| error.to_string()));
        let mut logs = policy.rekor_v1();
        let problem = root.map(|more| logs.extend(more)).err();
        Self { logs, problem }
    }

    /// What a step that does not hold comes to: a contradiction, a stranger, or something missing.
    fn outcome(&self, error: &RekorError) -> (Outcome, String) {
        match (error, &self.problem) {
            (RekorError::UnknownLog(_), Some(problem)) => {
                (Outcome::NotChecked, format!("Whether you trust the entry's log is not known: {problem}."))
            }
            (RekorError::UnknownLog(_), None) => (Outcome::Untrusted, sentence(&error.to_string())),
            (
                RekorError::UnsupportedKey(_) | RekorError::NoProof | RekorError::NoCheckpoint | RekorError::NoTime,
                _,
            ) => (Outcome::NotChecked, sentence(&error.to_string())),
            _ => (Outcome::Failed, sentence(&error.to_string())),
        }
    }
}

impl State {
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::of(self.checks.iter().filter(|check| check.required))
    }

    fn unread(subject: String, name: &str, error: &RekorEntryError) -> Self {
        let checks =
            vec![Check::new(CheckId::RekorEntryFormat, &subject, Outcome::Failed, sentence(&error.to_string()))];
        Self { report: described(subject, name), artifact: None, found_for: None, checks }
    }
}

impl<'a> Work<'a> {
    /// Reads and checks every entry.
    pub(super) fn rekor_entries(&mut self, verifier: &dyn BundleVerifier) {
        let found = self.found_entries();
        if self.evidence.rekor_entries.is_empty() && found.is_empty() {
            return;
        }
        let trusted = Trusted::read(self.policy, verifier);
        let next = |i| format!("rekor-entry[{i}]");
        for file in &self.evidence.rekor_entries {
            match RekorEntry::parse_answer(&file.bytes) {
                Err(error) => {
                    let state = State::unread(next(self.rekor_entries.len()), &file.name, &error);
                    self.rekor_entries.push(state);
                }
                Ok(entries) => {
                    for entry in entries {
                        let subject = next(self.rekor_entries.len());
                        let state = self.rekor_entry(subject, &file.name, &entry, &trusted, None);
                        self.rekor_entries.push(state);
                    }
                }
            }
        }
        for (artifact, log, entry) in found {
            let name = format!("entry #{} of {log}", entry.index);
            let state = self.rekor_entry(next(self.rekor_entries.len()), &name, entry, &trusted, Some(artifact));
            self.rekor_entries.push(state);
        }
    }

    /// What a Rekor v1 log gave: the position of the artifact that it was asked about, its address, the entry.
    fn found_entries(&self) -> Vec<(usize, &'a str, &'a RekorEntry)> {
        let Some(log) = &self.evidence.log else { return Vec::new() };
        let mut found = Vec::new();
        for lookup in &log.lookups {
            if let (Subject::Artifact(artifact), Ok(answer)) = (lookup.subject, &lookup.found) {
                found.extend(answer.rekor_entries.iter().map(|entry| (artifact, &log.url[..], entry)));
            }
        }
        found
    }

    /// Checks one entry.
    ///
    /// 1. Its ID names its leaf; a log that the reader trusts signed the checkpoint, under which it stands, and the
    ///    time at which the log took it ([`rekor::check`]).
    /// 2. The digest that it commits to is that of an artifact.
    /// 3. The signature in it is over that digest, by the signers whom the reader named.
    fn rekor_entry(
        &self,
        subject: String,
        name: &str,
        entry: &RekorEntry,
        trusted: &Trusted,
        found_for: Option<usize>,
    ) -> State {
        let statement = EntryStatement::parse(&entry.leaf);
        let is_v2 = statement.as_ref().is_ok_and(EntryStatement::is_v2);
        let generation = if is_v2 { Generation::V2 } else { Generation::V1 };
        let steps = rekor::check(entry, generation, &trusted.logs);
        let artifact = statement.as_ref().ok().and_then(|statement| statement.artifact().cloned());
        let mut report = described(subject, name);
        report.kind = statement.as_ref().ok().map(|one| format!("{} {}", one.kind, one.version));
        report.log = steps.log.as_ref().ok().map(|log| log.url.clone());
        report.index = Some(entry.index);
        report.time = steps.time.as_ref().ok().copied();
        report.artifact = artifact.as_ref().and_then(|digest| self.recorded_artifact(digest));
        let signature = signature(self, &report.subject, &statement, &mut report.key);
        let well_formed = "The file holds a well-formed entry of a Rekor log.";
        let mut checks = vec![Check::new(CheckId::RekorEntryFormat, &report.subject, Outcome::Passed, well_formed)];
        checks.push(leaf(&report.subject, &steps));
        checks.extend(in_log(&report.subject, entry, &steps, trusted));
        checks.push(timestamp(&report.subject, &steps, trusted, generation, self.time.seconds));
        checks.push(self.statement(&report, &statement, found_for));
        checks.push(signature);
        State { report, artifact, found_for, checks }
    }

    fn recorded_artifact(&self, digest: &Committed) -> Option<String> {
        let position = self.evidence.artifacts.iter().position(|artifact| is_of(digest, &artifact.digests));
        position.map(|i| Subject::Artifact(i).label())
    }

    /// The entry that decides about an artifact: the best of those that record it.
    pub(super) fn rekor_entry_for(&self, digests: &Digests) -> Option<&State> {
        let about =
            self.rekor_entries.iter().filter(|state| state.artifact.as_ref().is_some_and(|one| is_of(one, digests)));
        about.min_by_key(|state| rank(state.verdict()))
    }

    /// Whether the reader gave an entry that is about an artifact, this one or another.
    pub(super) fn records_artifacts(&self) -> bool {
        self.rekor_entries.iter().any(|state| state.artifact.is_some() && state.found_for.is_none())
    }

    /// Whether a log gave entries when it was asked about artifact `i`.
    pub(super) fn has_found_entries(&self, i: usize) -> bool {
        self.rekor_entries.iter().any(|state| state.found_for == Some(i))
    }

    /// Whether an entry was given that commits to an artifact by a digest of this kind.
    pub(super) fn records_by(&self, kind: impl Fn(&Committed) -> bool) -> bool {
        self.rekor_entries.iter().filter_map(|state| state.artifact.as_ref()).any(kind)
    }

    /// The checks of all entries, as far as the verdict depends on them. What a log found beside what shows where an
    /// artifact comes from takes nothing from that.
    pub(super) fn rekor_entry_checks(&self, artifacts: &[ArtifactReport]) -> Vec<Check> {
        let mut checks = Vec::new();
        for State { report, checks: all, found_for, .. } in &self.rekor_entries {
            let about = match found_for {
                Some(i) => artifacts.get(*i),
                None => artifacts.iter().find(|artifact| Some(&artifact.subject) == report.artifact.as_ref()),
            };
            let shown = |artifact: &ArtifactReport| {
                artifact.product.is_some() || artifact.bundle.is_some() || artifact.rekor_entry.is_some()
            };
            let decides = about.is_none_or(|artifact| {
                artifact.rekor_entry.as_ref() == Some(&report.subject) || (found_for.is_some() && !shown(artifact))
            });
            checks.extend(all.iter().map(|check| as_far_as_it_decides(check, decides)));
        }
        checks
    }

    /// Whether the entry commits to an artifact that was given. A log that was asked about one and gives the entry of
    /// another has answered something else.
    fn statement(
        &self,
        report: &RekorEntryReport,
        statement: &Result<EntryStatement, RekorBodyError>,
        found_for: Option<usize>,
    ) -> Check {
        let check = |outcome, text: String| Check::new(CheckId::RekorEntryStatement, &report.subject, outcome, text);
        let statement = match statement {
            Ok(statement) => statement,
            Err(error @ RekorBodyError::Unsupported { .. }) => {
                return check(Outcome::NotChecked, sentence(&error.to_string()));
            }
            Err(error) => return check(Outcome::Failed, sentence(&error.to_string())),
        };
        let Some(digest) = statement.artifact() else {
            return check(Outcome::NotChecked, about_no_artifact(statement));
        };
        let digest = format!("{}:{}", digest.algorithm, hex_encode(&digest.digest));
        let check = match (&report.artifact, self.evidence.artifacts.is_empty()) {
            (Some(artifact), _) => check(Outcome::Passed, format!("The entry records the digest of {artifact}.")),
            (None, _) if let Some(i) = found_for => {
                let asked = Subject::Artifact(i).label();
                check(Outcome::Failed, format!("The log was asked about {asked}, and gave the entry of another file."))
            }
            (None, true) => {
                check(Outcome::NotChecked, format!("The entry is about the file {digest}: give that file."))
            }
            (None, false) => check(
                Outcome::NotChecked,
                format!("The entry is about the file {digest}, which is none of those given."),
            ),
        };
        check.with("digest", digest)
    }
}

fn described(subject: String, name: &str) -> RekorEntryReport {
    let name = name.to_owned();
    RekorEntryReport { subject, name, kind: None, log: None, index: None, time: None, artifact: None, key: None }
}

fn is_of(digest: &Committed, digests: &Digests) -> bool {
    digests.get(&digest.algorithm).is_some_and(|own| own == hex_encode(&digest.digest))
}

fn about_no_artifact(statement: &EntryStatement) -> String {
    match &statement.kind[..] {
        "link" => "The entry is about a link, not about this file: give the link and ask the log about it.".into(),
        _ => {
            "The entry is about an attestation, and does not say which file that is about: give the Sigstore bundle that holds the attestation.".into()
        }
    }
}

/// What checks an entry that a Rekor v1 log gave to somebody who looks around in it, but for what it says: the checkpoint,
/// the proof and the time that came with it. `logs` are those that may answer there; the time is the log's signed word,
/// which no clock is held against.
pub(super) fn in_v1_log(subject: &str, entry: &RekorEntry, logs: Vec<RekorLog>) -> (Vec<Check>, Option<i64>) {
    let trusted = Trusted { logs, problem: None };
    let steps = rekor::check(entry, Generation::V1, &trusted.logs);
    let mut checks = in_log(subject, entry, &steps, &trusted);
    checks.push(timestamp(subject, &steps, &trusted, Generation::V1, i64::MAX));
    (checks, steps.time.ok())
}

fn leaf(subject: &str, steps: &Steps) -> Check {
    match &steps.leaf {
        Ok(_) => {
            Check::new(CheckId::EntryLeaf, subject, Outcome::Passed, "The entry's ID is the hash of what it holds.")
        }
        Err(error) => Check::new(CheckId::EntryLeaf, subject, Outcome::Failed, sentence(&error.to_string())),
    }
}

/// Checkpoint and inclusion.
fn in_log(subject: &str, entry: &RekorEntry, steps: &Steps, trusted: &Trusted) -> Vec<Check> {
    let check = |id, held: Result<String, &RekorError>| match held {
        Ok(text) => Check::new(id, subject, Outcome::Passed, text),
        Err(error) => {
            let (outcome, text) = trusted.outcome(error);
            Check::new(id, subject, outcome, text)
        }
    };
    let log = steps.log.as_ref().map_or("", |log| &log.url[..]);
    let head = steps.checkpoint.as_ref();
    let checkpoint = head.map(|head| format!("The log {log} signed a checkpoint of {}.", log::entries(head.size)));
    let inclusion = steps.inclusion.as_ref().map(|()| match head {
        Ok(_) => "The entry is in the tree of the checkpoint.".to_owned(),
        // Still the one that it came with, under whatever signature.
        Err(_) => "The entry is in the tree that its checkpoint states.".to_owned(),
    });
    let mut checkpoint = check(CheckId::LogCheckpoint, checkpoint);
    if let Ok(head) = head {
        checkpoint =
            checkpoint.with("origin", head.origin.clone()).with("size", head.size).with("root", head.root.to_base64());
    }
    let mut inclusion = check(CheckId::EntryInclusion, inclusion);
    if let (Some((index, head)), Some(proof)) = (&steps.position, &entry.proof) {
        inclusion = inclusion.with_all(&inclusion_evidence(*index, head, leaf_hash(&entry.leaf), &proof.hashes));
    }
    vec![checkpoint, inclusion]
}

/// When the log took the entry. v2 logs state no time.
fn timestamp(subject: &str, steps: &Steps, trusted: &Trusted, generation: Generation, now: i64) -> Check {
    let check = |outcome, text: String| Check::new(CheckId::RekorEntryTimestamp, subject, outcome, text);
    match (&steps.time, generation) {
        (Ok(time), _) if *time > now => {
            check(Outcome::Failed, "The log's time for the entry is in the future.".into()).with("found", *time)
        }
        (Ok(time), _) => check(Outcome::Passed, "The log signed when it took the entry.".into()).with("time", *time),
        (Err(_), Generation::V2) => check(Outcome::NotChecked, "This log signs no times.".into()).optional(),
        (Err(error), Generation::V1) => {
            let (outcome, text) = trusted.outcome(error);
            check(outcome, text)
        }
    }
}

/// Whether the signature in the entry is over its digest, by the signers whom the reader named. `found` is the key.
fn signature(
    work: &Work,
    subject: &str,
    statement: &Result<EntryStatement, RekorBodyError>,
    found: &mut Option<SignerReport>,
) -> Check {
    let check = |outcome, text: String| Check::new(CheckId::RekorEntrySignature, subject, outcome, text);
    let Ok(statement) = statement else {
        return check(Outcome::NotChecked, "The entry could not be read, and so no signature in it.".into());
    };
    let key = match prehash::verify_entry(statement) {
        Ok(key) => key,
        Err(PrehashError::Mismatch) => {
            return check(Outcome::Failed, "The signature in the entry does not match the digest in it.".into());
        }
        Err(error) => {
            return check(Outcome::NotChecked, format!("The signature in the entry was not checked: {error}."));
        }
    };
    let name = name_of(work, &key).map(str::to_owned);
    let signer = SignerReport { fingerprint: key.fingerprint().to_string(), name, scheme: key.scheme().name() };
    let (outcome, text) = named_signer(work, statement, &key, &signer);
    let check = check(outcome, text).with("signed_by", signer.fingerprint.clone());
    *found = Some(signer);
    check
}

/// What can be said of an entry that is signed with a certificate; `None` where it is by a key.
pub(super) fn certified(statement: &EntryStatement) -> Option<String> {
    statement.signatures.iter().find(|one| PublicKey::is_certificate(&one.verifier))?;
    let (mut names, mut by) = (String::new(), String::new());
    if let Some(holder) = statement.holder() {
        names = format!(" that names {}", holder.identity);
        by = holder.issuer.map(|issuer| format!(", vouched for by {issuer}")).unwrap_or_default();
    }
    Some(format!(
        "The entry is signed with a certificate{names}{by}; whether that counts cannot be told from the entry alone"
    ))
}

/// Whether `key`, which made the signature, is enough of those that the reader named.
fn named_signer(work: &Work, statement: &EntryStatement, key: &PublicKey, signer: &SignerReport) -> (Outcome, String) {
    let fingerprint = &signer.fingerprint;
    let signers = work.policy.signers.as_ref();
    let named = signers.and_then(|signers| {
        let position = signers.members.iter().position(|(_, known)| known == key)?;
        Some((signers, position, &signers.members.get(position)?.1))
    });
    match named {
        // The reader's own file of the key may allow fewer schemes.
        Some((_, _, known)) if let Err(error) = prehash::verify_entry_by(statement, known) => (
            Outcome::Untrusted,
            format!("The signature in the entry is not of a form that the key you named makes: {error}."),
        ),
        Some((signers, position, _)) if signers.satisfied_by(&Set::from_iter([position])) => {
            let name = signer.name.as_deref().unwrap_or_default();
            (Outcome::Passed, format!("The signature in the entry is by {name}."))
        }
        Some(_) => {
            let name = signer.name.as_deref().unwrap_or_default();
            (Outcome::Untrusted, format!("The entry is signed by {name}, but not by everyone you asked for."))
        }
        None if let Some(text) = certified(statement) => {
            (Outcome::NotChecked, format!("{text}: name the identity that you expect, or give the Sigstore bundle."))
        }
        None if signers.is_none() => {
            let text = format!("Signed by the key {fingerprint}, which nobody confirmed: name the signer you expect.");
            (Outcome::Untrusted, text)
        }
        None => {
            let text = format!("The entry is not signed by the signer you expect, but by the key {fingerprint}.");
            (Outcome::Untrusted, text)
        }
    }
}
