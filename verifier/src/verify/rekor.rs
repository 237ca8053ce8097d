//! Step 4: entries of Rekor logs that the reader kept, as v1's API answers them. Each stands for itself: the log, the
//! artifact, and the signature over that.

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
use crate::report::{
    ArtifactReport, Check, CheckId, Outcome, RekorEntryReport, SignerReport, Verdict, inclusion_evidence,
};
use crate::sigstore::{BundleVerifier, Trust};
use crate::sorted::Set;

/// An entry, and what came of it.
pub(super) struct State {
    pub(super) report: RekorEntryReport,
    /// The digest of the artifact that it records.
    artifact: Option<Committed>,
    checks: Vec<Check>,
}

/// The logs that the reader trusts, or why nobody can say which those are.
struct Trusted {
    logs: Vec<RekorLog>,
    problem: Option<String>,
}

impl Trusted {
    fn read(trust: &Trust, verifier: &dyn BundleVerifier) -> Self {
        let missing = "the trusted root that names its logs is not at hand".to_owned();
        let json = verifier.trusted_root(trust).ok_or(missing);
        match json.and_then(|json| parse_logs(json.as_bytes()).map_err(|error| error.to_string())) {
            Ok(logs) => Self { logs, problem: None },
            Err(problem) => Self { logs: Vec::new(), problem: Some(problem) },
        }
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
        Self { report: described(subject, name), artifact: None, checks }
    }
}

impl Work<'_> {
    /// Reads and checks every entry.
    pub(super) fn rekor_entries(&mut self, verifier: &dyn BundleVerifier) {
        if self.evidence.rekor_entries.is_empty() {
            return;
        }
        let trusted = Trusted::read(&self.policy.sigstore.trust, verifier);
        for file in &self.evidence.rekor_entries {
            let next = |i| format!("rekor-entry[{i}]");
            match RekorEntry::parse_answer(&file.bytes) {
                Err(error) => {
                    let state = State::unread(next(self.rekor_entries.len()), &file.name, &error);
                    self.rekor_entries.push(state);
                }
                Ok(entries) => {
                    for entry in entries {
                        let state = self.rekor_entry(next(self.rekor_entries.len()), &file.name, &entry, &trusted);
                        self.rekor_entries.push(state);
                    }
                }
            }
        }
    }

    /// Checks one entry.
    ///
    /// 1. Its ID names its leaf; a log that the reader trusts signed the checkpoint, under which it stands, and the
    ///    time at which the log took it ([`rekor::check`]).
    /// 2. The digest that it commits to is that of an artifact.
    /// 3. The signature in it is over that digest, by the signers whom the reader named.
    fn rekor_entry(&self, subject: String, name: &str, entry: &RekorEntry, trusted: &Trusted) -> State {
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
        checks.extend(in_log(&report.subject, entry, &steps, trusted));
        checks.push(timestamp(&report.subject, &steps, trusted, generation, self.time.seconds));
        checks.push(self.statement(&report, &statement));
        checks.push(signature);
        State { report, artifact, checks }
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

    /// Whether an entry was given that is about an artifact, this one or another.
    pub(super) fn records_artifacts(&self) -> bool {
        self.rekor_entries.iter().any(|state| state.artifact.is_some())
    }

    /// Whether an entry was given that commits to an artifact by a digest of this kind.
    pub(super) fn records_by(&self, kind: impl Fn(&Committed) -> bool) -> bool {
        self.rekor_entries.iter().filter_map(|state| state.artifact.as_ref()).any(kind)
    }

    /// The checks of all entries, as far as the verdict depends on them.
    pub(super) fn rekor_entry_checks(&self, artifacts: &[ArtifactReport]) -> Vec<Check> {
        let mut checks = Vec::new();
        for State { report, checks: all, .. } in &self.rekor_entries {
            let about = artifacts.iter().find(|artifact| Some(&artifact.subject) == report.artifact.as_ref());
            let decides = about.is_none_or(|artifact| artifact.rekor_entry.as_ref() == Some(&report.subject));
            checks.extend(all.iter().map(|check| as_far_as_it_decides(check, decides)));
        }
        checks
    }

    /// Whether the entry commits to an artifact that was given.
    fn statement(&self, report: &RekorEntryReport, statement: &Result<EntryStatement, RekorBodyError>) -> Check {
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

/// Leaf, checkpoint and inclusion.
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
    let leaf = steps.leaf.as_ref().map(|_| "The entry's ID is the hash of what it holds.".to_owned());
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
    vec![check(CheckId::EntryLeaf, leaf), checkpoint, inclusion]
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

/// Whether `key`, which made the signature, is enough of those that the reader named.
fn named_signer(work: &Work, statement: &EntryStatement, key: &PublicKey, signer: &SignerReport) -> (Outcome, String) {
    let fingerprint = &signer.fingerprint;
    let certified = statement.signatures.iter().any(|one| PublicKey::is_certificate(&one.verifier));
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
        None if certified => {
            let text = "The entry is signed with a certificate, and whether that counts cannot be told from the entry alone: give the Sigstore bundle.";
            (Outcome::NotChecked, text.into())
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
