//! Step 2: a link file, its signers, and its best entry.

use super::{Work, entry, sentence};
use crate::check::digest::sha256;
use crate::check::envelope::{SignedBy, signed_by};
use crate::check::layout::LinkUse;
use crate::evidence::{Found, GivenFile, Record, Subject};
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::{EntryError, LinkEntry};
use crate::format::envelope::Envelope;
use crate::format::key::{PublicKey, Scheme};
use crate::format::link::Link;
use crate::report::{Check, CheckId, EntryReport, LinkReport, OtherEntry, Outcome, SignerReport, Verdict};
use crate::sorted::{self, Set};

/// A link's checks and what is shown of it.
pub(super) struct Judged {
    pub checks: Vec<Check>,
    pub report: LinkReport,
    /// Whether the log, not a receipt, decides whether it is recorded.
    pub needs_log: bool,
}

/// One entry and how it fares as the entry of a link.
pub(super) struct Candidate<'a> {
    pub record: &'a Record,
    /// The receipt that it comes from: `receipt[i]`; `None` where the log gave it.
    pub receipt: Option<&'a str>,
    /// The keys that its leaf claims.
    pub keys: Vec<PublicKey>,
    pub checks: Vec<Check>,
}

impl Candidate<'_> {
    /// Lower is better: an entry under a key that the reader named, then the better verdict, then the older entry.
    pub fn rank(&self, work: &Work) -> (bool, u8, u64) {
        let named = self.keys.iter().any(|key| name_of(work, key).is_some());
        let verdict = match Verdict::of(self.checks.iter()) {
            Verdict::Verified => 0,
            Verdict::CouldNotTell => 1,
            Verdict::NotVerified => 2,
        };
        (!named, verdict, self.record.index)
    }

    pub fn report(&self) -> EntryReport {
        EntryReport {
            uuid: self.record.uuid.clone(),
            index: self.record.index,
            time: self.record.time,
            receipt: self.receipt.map(str::to_owned),
        }
    }
}

/// A link file that the reader holds.
pub(super) fn judge_given(work: &Work, i: usize, file: &GivenFile, link: &Link) -> Judged {
    let bytes = &file.bytes;
    let subject = Subject::Link(i).label();
    let mut report = unread(&subject, &file.name, bytes);
    describe(link, &mut report);
    let mut checks = Vec::new();
    let mut needs_log = true;
    let mut keys: Vec<PublicKey> = work.evidence.keys.iter().map(|offered| offered.key.clone()).collect();
    match recorded(work, i, bytes, link, &mut report) {
        Err(missing) => checks.push(*missing),
        Ok(best) => {
            keys.extend(best.keys.iter().cloned());
            report.entry = Some(best.report());
            needs_log = best.receipt.is_none();
            checks = best.checks;
        }
    }
    keys.extend(work.functionaries_of(i).cloned());
    report.keys = signers(work, &link.envelope, &keys);
    let signature = match work.use_of(i) {
        Some(found) => under_layout(work, &subject, found, link),
        None => signature(work, &subject, link, &report.keys, |_| true),
    };
    checks.insert(0, signature);
    Judged { checks, report, needs_log }
}

/// What is shown of a link file before anything is known of it.
pub(super) fn unread(subject: &str, name: &str, bytes: &[u8]) -> LinkReport {
    LinkReport {
        subject: subject.to_owned(),
        name: Some(name.to_owned()),
        form: None,
        step: None,
        builder: None,
        sha256: sha256(bytes).to_string(),
        keys: Vec::new(),
        entry: None,
        others: Vec::new(),
        more: 0,
    }
}

impl Work<'_> {
    /// The keys that a layout names and by which a link counts under it.
    fn functionaries_of(&self, i: usize) -> impl Iterator<Item = &PublicKey> {
        let counted = match self.use_of(i) {
            Some(LinkUse::Counts { signers, .. }) => &signers[..],
            _ => &[],
        };
        self.functionaries.iter().filter(|key| counted.contains(&key.fingerprint().to_string()))
    }
}

/// The signature of a link that a layout decides about: the layout says whose counts.
fn under_layout(work: &Work, subject: &str, found: &LinkUse, link: &Link) -> Check {
    match found {
        LinkUse::Counts { step, signers, .. } => {
            let text = format!("The link is signed by somebody whom the layout names for {step}.");
            Check::new(CheckId::LinkSignature, subject, Outcome::Passed, text)
                .with("signed_by", signers.clone())
                .with("step", step.clone())
        }
        LinkUse::Ignored(why) => {
            let text = format!("The link counts for nothing. {why}");
            let check = Check::new(CheckId::LinkSignature, subject, Outcome::Untrusted, text);
            // More links of a step than the chain needs take nothing from it; a file that hides as one does.
            if work.step_names.contains(&link.name) { check.optional() } else { check }
        }
    }
}

/// What a link says of itself.
pub(super) fn describe(link: &Link, report: &mut LinkReport) {
    report.form = Some(link.form.name());
    report.builder = link.build.as_ref().map(|build| build.builder.clone());
    report.step = Some(link.name.clone()).filter(|_| link.build.is_none());
}

/// The best entry of a given link, or the check that says why there is none. A receipt counts where the log has none
/// to show, or cannot prove it; not where the log contradicts itself.
fn recorded<'a>(
    work: &'a Work,
    i: usize,
    bytes: &[u8],
    link: &Link,
    report: &mut LinkReport,
) -> Result<Candidate<'a>, Box<Check>> {
    let from_log = from_log(work, i, bytes, link, report);
    let open = |candidate: &Candidate| Verdict::of(candidate.checks.iter()) == Verdict::CouldNotTell;
    match (from_log, work.receipt_for(bytes, link)) {
        (Ok(best), Some(receipt)) if open(&best) && !open(&receipt) => Ok(receipt),
        (Ok(best), _) => Ok(best),
        (Err(missing), None) => Err(missing),
        (Err(missing), Some(mut receipt)) => {
            receipt.checks.push(missing.optional());
            Ok(receipt)
        }
    }
}

/// The best of the entries that the log found for a given link.
fn from_log<'a>(
    work: &'a Work,
    i: usize,
    bytes: &[u8],
    link: &Link,
    report: &mut LinkReport,
) -> Result<Candidate<'a>, Box<Check>> {
    let subject = Subject::Link(i).label();
    let missing = |text: String| Box::new(Check::new(CheckId::Lookup, &subject, Outcome::NotChecked, text));
    let (Some(log), Some(evidence)) = (&work.log, &work.evidence.log) else {
        return Err(missing("No log was asked whether it recorded this link.".into()));
    };
    let found = evidence
        .lookup(Subject::Link(i))
        .map_err(|reason| missing(format!("The log gave no answer that can be read: {reason}.")))?;
    report.more = found.more;
    let mut candidates = Vec::new();
    for record in &found.records {
        match candidate(record, bytes, link, log.head.as_ref()) {
            Ok(one) => candidates.push(one),
            Err(sentence) => report.others.push(other(record, sentence)),
        }
    }
    let mut candidates = sorted::sort(candidates, |a, b| a.rank(work).cmp(&b.rank(work)));
    if candidates.is_empty() {
        return Err(not_found(found, report, missing));
    }
    let best = candidates.remove(0);
    let rest = candidates.iter().map(|one| other(one.record, "Another entry of this file.".into()));
    report.others.extend(rest);
    Ok(best)
}

fn not_found(found: &Found, report: &LinkReport, missing: impl Fn(String) -> Box<Check>) -> Box<Check> {
    match &found.same_content {
        Some((uuid, index)) => {
            let text = format!(
                "This exact file is not recorded. The same signed content is, as #{index}, in a file with other bytes around it (the log's word)."
            );
            Box::new(missing(text).with("same_signed_content", uuid.clone()))
        }
        None if report.others.is_empty() => missing("This log shows no record of this link file (its word).".into()),
        None => missing("This log shows no record of this link file, only entries that mention it (its word).".into()),
    }
}

/// `record` as an entry of this very file, or why it is none.
fn candidate<'a>(
    record: &'a Record,
    bytes: &[u8],
    link: &Link,
    head: Option<&Checkpoint>,
) -> Result<Candidate<'a>, String> {
    let entry = match LinkEntry::parse(&record.leaf) {
        Ok(entry) => entry,
        // Entries of other kinds may name the same digest; they say nothing about this file as a link.
        Err(error @ EntryError::OtherKind(_)) if entry::named_by_its_hash(record) => {
            return Err(sentence(&error.to_string()));
        }
        Err(error) => return Ok(malformed(record, &error)),
    };
    if entry.file != sha256(bytes) && mentions(record, &sha256(bytes).to_string()) {
        return Err("A link that names this file among its materials or products.".into());
    }
    let checks = entry::check(record, &entry, bytes, link, head);
    Ok(Candidate { record, receipt: None, keys: keys_of(&entry), checks })
}

pub(super) fn keys_of(entry: &LinkEntry) -> Vec<PublicKey> {
    entry.signatures.iter().map(|one| one.key.clone()).collect()
}

/// An entry whose leaf cannot be read: the log answers for its leaves.
pub(super) fn malformed<'a>(record: &'a Record, error: &EntryError) -> Candidate<'a> {
    let text = sentence(&format!("the log's entry is malformed: {error}"));
    let check = Check::new(CheckId::EntryLeaf, &entry::subject(record), Outcome::Failed, text);
    Candidate { record, receipt: None, keys: Vec::new(), checks: vec![check] }
}

/// Whether the body of `record` is a link that names `sha256` as a material or product.
fn mentions(record: &Record, sha256: &str) -> bool {
    let link = record.body.as_ref().and_then(|body| Link::parse(body).ok());
    let list = match (&link, &record.digest_list) {
        (Some(link), _) => link.digest_list(),
        (None, Some(list)) => String::from_utf8_lossy(list).into_owned(),
        (None, None) => return false,
    };
    list.lines().any(|line| line.ends_with(&format!(" sha256 {sha256}")))
}

pub(super) fn other(record: &Record, sentence: String) -> OtherEntry {
    OtherEntry { uuid: record.uuid.clone(), index: record.index, sentence }
}

/// The reader's name for a key.
pub(super) fn name_of<'a>(work: &Work<'a>, key: &PublicKey) -> Option<&'a str> {
    let members = &work.policy.signers.as_ref()?.members;
    members.iter().find(|(_, known)| known == key).map(|(name, _)| name.as_str())
}

/// The keys that signed: those that the reader named, and of `others` those that really did.
pub(super) fn signers(work: &Work, envelope: &Envelope, others: &[PublicKey]) -> Vec<SignerReport> {
    let named = work.policy.signers.iter().flat_map(|signers| &signers.members).map(|(_, key)| key);
    let mut found: Vec<(&PublicKey, Scheme)> = Vec::new();
    for key in named.chain(others) {
        if !found.iter().any(|(known, _)| *known == key)
            && let SignedBy::Yes { scheme, .. } = signed_by(envelope, key)
        {
            found.push((key, scheme));
        }
    }
    let report = |(key, scheme): &(&PublicKey, Scheme)| SignerReport {
        fingerprint: key.fingerprint().to_string(),
        name: name_of(work, key).map(str::to_owned),
        scheme: scheme.name(),
    };
    found.iter().map(report).collect()
}

/// Whether the signers whom the reader named signed `link`.
///
/// `claims` says whether a key ID in the link counts as a claim to a key: in a link that the reader brought it does; in
/// one that a log found, anybody may have written it, and only the keys of the leaf count.
pub(super) fn signature(
    work: &Work,
    subject: &str,
    link: &Link,
    keys: &[SignerReport],
    claims: impl Fn(&PublicKey) -> bool,
) -> Check {
    let check = |outcome, text: String| {
        let fingerprints: Vec<&str> = keys.iter().map(|key| key.fingerprint.as_str()).collect();
        let named = work.policy.signers.as_ref().map_or(0, |signers| signers.members.len());
        Check::new(CheckId::LinkSignature, subject, outcome, text)
            .with("signed_by", fingerprints)
            .with("signers_named", named)
    };
    let Some(signers) = &work.policy.signers else {
        return check(Outcome::Untrusted, unconfirmed(keys));
    };
    let mut present = Set::new();
    let (mut claimed, mut unsupported) = (None, None);
    for (i, (name, key)) in signers.members.iter().enumerate() {
        match signed_by(&link.envelope, key) {
            SignedBy::Yes { .. } => {
                present.insert(i);
            }
            SignedBy::Claimed if claims(key) => claimed = claimed.or(Some(name)),
            SignedBy::Unsupported(what) => unsupported = Some(what),
            SignedBy::Unavailable(why) => unsupported = Some(why.to_string()),
            SignedBy::Claimed | SignedBy::No => {}
        }
    }
    let names: Vec<&str> = present.iter().map(|i| signers.members[*i].0.as_str()).collect();
    if signers.satisfied_by(&present) {
        return check(Outcome::Passed, format!("The link is signed by {}.", names.join(" and ")));
    }
    if let Some(name) = claimed {
        let text = format!(
            "The signature does not match: it names the key of {name}, but the link's signed content was changed or signed by another key."
        );
        return check(Outcome::Failed, text);
    }
    match (unsupported, names.is_empty()) {
        (Some(what), _) => {
            let text = format!("The signature that names an expected signer was not checked: {what}.");
            check(Outcome::NotChecked, text)
        }
        (None, false) => check(
            Outcome::Untrusted,
            format!("The link is signed by {}, but not by everyone you asked for.", names.join(" and ")),
        ),
        (None, true) => check(Outcome::Untrusted, stranger(keys)),
    }
}

fn unconfirmed(keys: &[SignerReport]) -> String {
    match keys.first() {
        Some(key) => {
            format!("Signed by the key {}, which nobody confirmed: name the signer you expect.", key.fingerprint)
        }
        None => "Nobody was named as signer, so who signed the link is not confirmed.".into(),
    }
}

fn stranger(keys: &[SignerReport]) -> String {
    match keys.first() {
        Some(key) => format!("The link is not signed by the signer you expect, but by the key {}.", key.fingerprint),
        None => "The link is not signed by the signer you expect.".into(),
    }
}
