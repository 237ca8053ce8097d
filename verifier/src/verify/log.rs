//! Step 1: the log that was asked. Its checkpoint, its cosignatures, its past.

use super::sentence;
use crate::Hash;
use crate::check::merkle::roots_of_history;
use crate::check::tlog::{self, History, OpenError, SignedCheckpoint};
use crate::evidence::{LogEvidence, NoAnswer, Remembered};
use crate::extras::Unavailable;
use crate::format::checkpoint::Checkpoint;
use crate::format::json::Value;
use crate::policy::Policy;
use crate::report::{Check, CheckId, LogReport, Outcome};

/// The tree head that entries are checked against, and what is reported of the log.
pub(crate) struct LogState {
    /// The tree head as stated, trusted or not; `None` where none could be read.
    pub head: Option<Checkpoint>,
    pub report: LogReport,
}

/// Checks the log and adds what it finds to `checks`.
pub(super) fn check(log: &LogEvidence, policy: &Policy, checks: &mut Vec<Check>) -> LogState {
    let mut alarm = log.standing_alarm.clone();
    let (head, opened) = open(log, policy, checks, &mut alarm);
    if let Some(signed) = &opened {
        let subject = format!("log {}", signed.checkpoint().origin);
        quorum(signed, policy, &subject, checks);
        consistency(log, signed.checkpoint(), &subject, checks, &mut alarm);
    }
    let report = LogReport {
        url: log.url.clone(),
        origin: head.as_ref().map(|head| head.origin.clone()),
        trusted: opened.is_some(),
        size: head.as_ref().map(|head| head.size),
        root: head.as_ref().map(|head| head.root.to_base64()),
        alarm,
    };
    LogState { head, report }
}

fn open(
    log: &LogEvidence,
    policy: &Policy,
    checks: &mut Vec<Check>,
    alarm: &mut Option<String>,
) -> (Option<Checkpoint>, Option<SignedCheckpoint>) {
    let unnamed = format!("log {}", log.url);
    let note = match &log.checkpoint {
        Ok(note) => note,
        Err(reason) => {
            let text = format!("The log gave no checkpoint: {reason}.");
            checks.push(Check::new(CheckId::LogCheckpoint, &unnamed, Outcome::NotChecked, text));
            return (None, None);
        }
    };
    let opened = tlog::open(note, policy, policy.log_at(&log.url));
    if let Err(error @ OpenError::OtherKey { .. }) = &opened {
        alarm.get_or_insert_with(|| sentence(&error.to_string()));
    }
    let (head, check) = head_of(note, &opened, |head| match head {
        Some(head) => format!("log {}", head.origin),
        None => unnamed.clone(),
    });
    checks.push(check);
    (head, opened.ok())
}

/// The tree head in a receipt, with the checks on it.
pub(super) fn receipt_head(note: &[u8], policy: &Policy, subject: &str) -> (Option<Checkpoint>, Vec<Check>) {
    let opened = tlog::open(note, policy, None);
    let (head, check) = head_of(note, &opened, |_| subject.to_owned());
    let mut checks = vec![check];
    if let Ok(signed) = &opened {
        quorum(signed, policy, subject, &mut checks);
    }
    (head, checks)
}

/// The tree head that a note states, trusted or not, and the check that says what it is worth. `subject` names the
/// check, by the head where it could be tied to a log.
fn head_of(
    note: &[u8],
    opened: &Result<SignedCheckpoint, OpenError>,
    subject: impl Fn(Option<&Checkpoint>) -> String,
) -> (Option<Checkpoint>, Check) {
    let check = |head: Option<&Checkpoint>, outcome, text: String| {
        Check::new(CheckId::LogCheckpoint, &subject(head), outcome, text)
    };
    match opened {
        Ok(signed) => {
            let head = signed.checkpoint();
            let (size, origin) = (entries(head.size), &head.origin);
            let text = format!("The checkpoint over {size} is signed by {origin}, a log that you trust.");
            let passed = check(Some(head), Outcome::Passed, text);
            let passed = evidence_of(passed, head).with("vkey", signed.vkey().to_string());
            (Some(head.clone()), signatures(passed, signed))
        }
        Err(OpenError::Untrusted { checkpoint }) => {
            let text = format!("The checkpoint is by {}, a log that you have not named.", checkpoint.origin);
            let untrusted = check(Some(checkpoint), Outcome::Untrusted, text);
            (Some(checkpoint.clone()), evidence_of(untrusted, checkpoint))
        }
        Err(error @ (OpenError::Note(_) | OpenError::Checkpoint(_))) => {
            let text = format!("The log's answer cannot be read as a checkpoint: {error}.");
            (None, check(None, Outcome::NotChecked, text))
        }
        // So that the entries below it can still be looked at.
        Err(error) => (Checkpoint::stated_in(note), check(None, Outcome::Failed, sentence(&error.to_string()))),
    }
}

fn evidence_of(check: Check, head: &Checkpoint) -> Check {
    check.with("origin", head.origin.clone()).with("size", head.size).with("root", head.root.to_base64())
}

/// Who else signed: witnesses whom the reader named, each with the time that it states, and names that nobody checked.
fn signatures(check: Check, signed: &SignedCheckpoint) -> Check {
    let witness = |(name, time): &(String, Option<u64>)| {
        Value::object(vec![("witness", name.as_str().into()), ("time", (*time).into())])
    };
    let cosignatures: Vec<_> = signed.cosignatures().iter().map(witness).collect();
    let check = if cosignatures.is_empty() { check } else { check.with("cosignatures", cosignatures) };
    match signed.strangers() {
        [] => check,
        names => check.with("unknown_signatures", names.to_vec()),
    }
}

fn quorum(signed: &SignedCheckpoint, policy: &Policy, subject: &str, checks: &mut Vec<Check>) {
    if policy.witnesses.is_none() {
        return;
    }
    let names: Vec<String> = signed.witnesses().iter().map(|i| policy.witnesses.members[*i].0.clone()).collect();
    let check = match policy.witnesses.satisfied_by(signed.witnesses()) {
        true => Check::new(
            CheckId::LogQuorum,
            subject,
            Outcome::Passed,
            "Enough of your witnesses cosigned the checkpoint.",
        ),
        false if !signed.unchecked().is_empty() => {
            let names = signed.unchecked().join(" and ");
            let text = format!("The cosignature by {names} was not checked: {Unavailable}.");
            Check::new(CheckId::LogQuorum, subject, Outcome::NotChecked, text)
        }
        false => {
            let text = "The checkpoint lacks the cosignatures that your policy asks for.";
            Check::new(CheckId::LogQuorum, subject, Outcome::Untrusted, text)
        }
    };
    checks.push(check.with("cosigned_by", names));
}

fn consistency(
    log: &LogEvidence,
    head: &Checkpoint,
    subject: &str,
    checks: &mut Vec<Check>,
    alarm: &mut Option<String>,
) {
    let check = |outcome, text: String| Check::new(CheckId::LogConsistency, subject, outcome, text);
    if let Some(standing) = &log.standing_alarm {
        let text = format!("An earlier visit raised an alarm that nobody has dealt with: {standing}");
        checks.push(check(Outcome::Failed, text));
        return;
    }
    if log.remembered.is_empty() {
        let text = "This is your first visit to this log: there is nothing to compare with yet.";
        checks.push(check(Outcome::NotChecked, text.into()).optional());
        return;
    }
    for remembered in &log.remembered {
        let (outcome, text, rewritten) = compare(remembered, head);
        if rewritten {
            alarm.get_or_insert_with(|| text.clone());
        }
        let what = if remembered.cosigned { "cosigned" } else { "signed" };
        let before = &remembered.checkpoint;
        let check = check(outcome, text);
        let check = if before.origin == head.origin { check } else { check.optional() };
        let check = check
            .with("remembered", what)
            .with("remembered_size", before.size)
            .with("remembered_root", before.root.to_base64())
            .with("size", head.size)
            .with("root", head.root.to_base64());
        checks.push(growth(check, remembered, head));
    }
}

/// The hashes that lead from the smaller tree to the larger, and the roots that come out, where there is a way to go.
fn growth(check: Check, remembered: &Remembered, head: &Checkpoint) -> Check {
    let (before, now) = (remembered.checkpoint.size, head.size);
    let proof = remembered.proof.as_deref().unwrap_or_default();
    let Some((smaller, larger)) = roots_of_history(before.min(now), before.max(now), proof) else { return check };
    let (then, found) = if before < now { (smaller, larger) } else { (larger, smaller) };
    let hashes: Vec<String> = proof.iter().map(Hash::to_string).collect();
    check
        .with("proof", hashes)
        .with("computed_remembered_root", then.to_base64())
        .with("computed_root", found.to_base64())
}

/// How the present tree head relates to one that was seen before: outcome, sentence, and whether it is an alarm. A
/// proof that does not hold fails, but proves nothing by itself.
fn compare(remembered: &Remembered, head: &Checkpoint) -> (Outcome, String, bool) {
    let (before, now) = (entries(remembered.checkpoint.size), entries(head.size));
    // Rekor v1 logs do that once a year or so.
    if remembered.checkpoint.origin != head.origin {
        let text =
            format!("The log has begun another tree since your last visit: it was {before} of an earlier one then.");
        return (Outcome::NotChecked, text, false);
    }
    let proof = match &remembered.proof {
        Ok(proof) => &proof[..],
        Err(NoAnswer::Refused(_)) if head.size < remembered.checkpoint.size => {
            let text = format!("The log has shrunk: it had {before}, shows {now} now, and cannot prove how they fit.");
            return (Outcome::Failed, text, true);
        }
        Err(reason) => {
            let text = format!("Whether the log kept its past could not be checked: {reason}.");
            return (Outcome::NotChecked, text, false);
        }
    };
    match tlog::compare(&remembered.checkpoint, head, proof) {
        History::Kept => {
            let text = format!("The log kept everything that you saw before: {before} then, {now} now.");
            (Outcome::Passed, text, false)
        }
        History::Older => {
            let text = format!(
                "This checkpoint is older than one that you saw, and a part of it: the report speaks as of {now}."
            );
            (Outcome::Passed, text, false)
        }
        History::Forked => {
            let smaller = entries(head.size.min(remembered.checkpoint.size));
            let text = format!("The log was rewritten: its first {smaller} are not those that you saw before.");
            (Outcome::Failed, text, true)
        }
        History::Emptied => (Outcome::Failed, format!("The log has shrunk: it had {before} and shows none now."), true),
        History::Unproven(error) => {
            (Outcome::Failed, format!("The log cannot prove that it kept its past: {error}."), false)
        }
    }
}

/// `1 entry`, `2 entries`.
pub(super) fn entries(count: u64) -> String {
    match count {
        1 => "1 entry".into(),
        n => format!("{n} entries"),
    }
}
