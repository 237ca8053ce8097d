//! Step 4: the verdict in plain words. It says again what the checks say, and decides nothing.

use crate::report::{Check, CheckId, LinkReport, Outcome, Report, Verdict};

/// One or two sentences for the report.
pub(super) fn headline(report: &Report) -> String {
    match report.verdict {
        Verdict::Verified => verified(report),
        Verdict::NotVerified => open(report)
            .find(|check| check.outcome == Outcome::Failed)
            .map(|check| check.sentence.clone())
            .unwrap_or_default(),
        Verdict::CouldNotTell => could_not_tell(report),
    }
}

fn verified(report: &Report) -> String {
    let links: Vec<String> = report.links.iter().map(signed_and_recorded).collect();
    let links = links.join(" ");
    match &report.artifacts[..] {
        [] if report.links.len() == 1 => format!("This link file is recorded. {links} No file was checked against it."),
        [] => format!("These link files are recorded. {links} No file was checked against them."),
        [one] => {
            let product = one.product.as_ref();
            let share = product
                .filter(|product| product.of > 1)
                .map(|product| format!(" (1 of the {} products of this step)", product.of));
            let what = product
                .map(|product| format!("is the product {} of the step {}", product.path, product.step))
                .unwrap_or_default();
            format!("{} {what}{}. {links}", one.name, share.unwrap_or_default())
        }
        several => format!("All {} files are products of recorded steps. {links}", several.len()),
    }
}

fn signed_and_recorded(link: &LinkReport) -> String {
    let names: Vec<&str> = link.keys.iter().filter_map(|key| key.name.as_deref()).collect();
    let index = link.entry.as_ref().map(|entry| format!("#{}", entry.index)).unwrap_or_default();
    format!("Signed by {}, recorded as {index}.", names.join(" and "))
}

/// The required checks that did not pass.
fn open(report: &Report) -> impl Iterator<Item = &Check> {
    report.checks.iter().filter(|check| check.required && check.outcome != Outcome::Passed)
}

/// What holds, as far as it goes, then the first thing that stands in the way.
fn could_not_tell(report: &Report) -> String {
    if report.links.is_empty() && report.artifacts.is_empty() {
        return "There is nothing here that could be checked: give a link file, an artifact, or both.".into();
    }
    let recorded = report.links.iter().find_map(|link| recorded_by(report, link));
    let said = |check: &&Check| {
        recorded.is_some() && check.id == CheckId::LinkSignature && check.outcome == Outcome::Untrusted
    };
    // A log that gave no checkpoint is why everything after it could not be checked.
    let silent = |check: &&Check| check.id == CheckId::LogCheckpoint && check.outcome == Outcome::NotChecked;
    let obstacle = open(report).find(silent).or_else(|| open(report).find(|check| !said(check)));
    let lead = recorded.or_else(|| report.links.iter().find_map(|link| signed_by(report, link)));
    lead.into_iter().chain(obstacle.map(|check| check.sentence.clone())).collect::<Vec<_>>().join(" ")
}

/// What can be said of a link whose signers are confirmed, while its record is not.
fn signed_by(report: &Report, link: &LinkReport) -> Option<String> {
    let names: Vec<&str> = link.keys.iter().filter_map(|key| key.name.as_deref()).collect();
    let unrecorded = |check: &Check| !matches!(check.id, CheckId::LinkSignature | CheckId::ArtifactProduct);
    let confirmed = !names.is_empty() && !open(report).any(|check| check.id == CheckId::LinkSignature);
    (confirmed && open(report).any(unrecorded))
        .then(|| format!("Signed by {}; the record is not confirmed.", names.join(" and ")))
}

/// What can be said of a link whose entry holds, while its signer is not confirmed.
fn recorded_by(report: &Report, link: &LinkReport) -> Option<String> {
    let entry = link.entry.as_ref()?;
    let entry_subject = format!("entry {}", entry.uuid);
    let signature = open(report).find(|check| check.id == CheckId::LinkSignature && check.subject == link.subject)?;
    if open(report).any(|check| check.subject == entry_subject) || signature.outcome != Outcome::Untrusted {
        return None;
    }
    let key = link.keys.first().map(|key| format!(": key {}", key.fingerprint)).unwrap_or_default();
    let named = signature.evidence.get("signers_named").and_then(serde_json::Value::as_u64).unwrap_or_default();
    let by_some = link.keys.iter().any(|key| key.name.is_some());
    Some(match (named, by_some) {
        (0, _) => format!("Recorded as #{}, signer not confirmed{key}.", entry.index),
        (_, true) => format!("Recorded as #{}. {}", entry.index, signature.sentence),
        (_, false) => format!("Recorded as #{}, but not by the signer you expect{key}.", entry.index),
    })
}
