//! Step 6: the verdict in plain words. It says again what the checks say, and decides nothing.

use crate::format::json::Value;
use crate::report::{
    ArtifactReport, BundleFileReport, Check, CheckId, LayoutReport, LinkReport, Outcome, RekorEntryReport, Report,
    SignerReport, Verdict,
};

/// One or two sentences for the report.
pub(super) fn headline(report: &Report) -> String {
    match report.verdict {
        Verdict::Verified => verified(report),
        Verdict::NotVerified => open(report)
            .find(|check| check.outcome == Outcome::Failed)
            .map(|check| of_which(report, check))
            .unwrap_or_default(),
        Verdict::CouldNotTell => could_not_tell(report),
    }
}

fn verified(report: &Report) -> String {
    let (first, last) = what_was_checked(report);
    let mut said = vec![first];
    said.extend(report.layouts.iter().map(chain));
    said.extend(report.links.iter().filter(|link| counts(report, link)).map(signed_and_recorded));
    said.extend(report.bundles.iter().filter(|bundle| decides(report, &bundle.subject)).map(signed_in_bundle));
    said.extend(report.rekor_entries.iter().filter(|entry| decides(report, &entry.subject)).map(signed_in_entry));
    said.push(last);
    said.retain(|sentence| !sentence.is_empty());
    said.join(" ")
}

/// What stands first, and what stands last.
fn what_was_checked(report: &Report) -> (String, String) {
    let unused = |against: &str| format!("No file was checked against {against}.");
    match (&report.artifacts[..], report.links.len(), report.layouts.len()) {
        ([], _, 1..) => (String::new(), unused("the layout")),
        ([], 1, _) => ("This link file is recorded.".into(), unused("it")),
        ([], 2.., _) => ("These link files are recorded.".into(), unused("them")),
        ([], ..) => (String::new(), unused("the bundle")),
        ([one], ..) => (format!("{} {}.", one.name, is_what(report, one)), String::new()),
        (several, ..) if several.iter().all(|one| one.product.is_some()) => {
            (format!("All {} files are products of steps that hold.", several.len()), String::new())
        }
        (several, ..) => (format!("All {} files are what is stated about them.", several.len()), String::new()),
    }
}

fn is_what(report: &Report, artifact: &ArtifactReport) -> String {
    match (&artifact.product, &artifact.bundle, &artifact.rekor_entry) {
        (Some(product), ..) => {
            let share = if product.of > 1 { format!(" (1 of the {} products)", product.of) } else { String::new() };
            format!("is the product {} of {}{share}", product.path, product.source())
        }
        (None, Some(bundle), _) => {
            let bundle = report.bundles.iter().find(|one| one.subject == *bundle);
            bundle.map(|one| format!("is what {} is about ({})", one.name, one.report.kind.words())).unwrap_or_default()
        }
        (None, None, Some(entry)) => {
            let entry = report.rekor_entries.iter().find(|one| one.subject == *entry);
            entry.map(|one| format!("is what {} records", one.name)).unwrap_or_default()
        }
        (None, None, None) => "was checked".into(),
    }
}

/// A layout whose chain holds.
fn chain(layout: &LayoutReport) -> String {
    let steps = match layout.steps.len() {
        1 => "its step holds".to_owned(),
        count => format!("its {count} steps hold"),
    };
    format!("The layout {} is signed by {}, and {steps}.", layout.name, names(&layout.keys))
}

/// A link under a layout is part of its chain, which is told as one.
fn counts(report: &Report, link: &LinkReport) -> bool {
    link.name.is_none() || report.layouts.is_empty()
}

fn signed_and_recorded(link: &LinkReport) -> String {
    let index = link.entry.as_ref().map(|entry| format!("#{}", entry.index)).unwrap_or_default();
    let receipt = link.entry.as_ref().and_then(|entry| entry.receipt.as_ref());
    let how = receipt.map(|receipt| format!(", by {receipt}")).unwrap_or_default();
    format!("Signed by {}, recorded as {index}{how}.", names(&link.keys))
}

/// Bundles and entries that take nothing away, and give nothing, are left out.
fn decides(report: &Report, subject: &str) -> bool {
    report.checks.iter().any(|check| check.required && check.subject == subject)
}

fn signed_in_bundle(bundle: &BundleFileReport) -> String {
    let signer = bundle.report.signer.as_ref();
    let who = signer.and_then(|signer| signer.identity.as_ref().or(signer.fingerprint.as_ref()));
    let issuer = signer.and_then(|signer| signer.issuer.as_ref());
    let vouched = issuer.map(|issuer| format!(", vouched for by {issuer}")).unwrap_or_default();
    format!("Signed by {}{vouched}.", who.map_or("the key that you named", String::as_str))
}

fn signed_in_entry(entry: &RekorEntryReport) -> String {
    let index = entry.index.map(|index| format!("#{index}")).unwrap_or_default();
    let log = entry.log.as_deref().unwrap_or_default();

    format!("Signed by {}, recorded as {index} of {log}.", names(entry.key.as_slice()))
}

fn names(keys: &[SignerReport]) -> String {
    keys.iter().filter_map(|key| key.name.as_deref()).collect::<Vec<_>>().join(" and ")
}

/// The required checks that did not pass.
fn open(report: &Report) -> impl Iterator<Item = &Check> {
    report.checks.iter().filter(|check| check.required && check.outcome != Outcome::Passed)
}

/// What holds, as far as it goes, then the first thing that stands in the way.
fn could_not_tell(report: &Report) -> String {
    let nothing = report.links.is_empty() && report.layouts.is_empty() && report.bundles.is_empty();
    if nothing && report.rekor_entries.is_empty() && report.artifacts.is_empty() {
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
    let lead = lead.or_else(|| report.bundles.iter().find_map(|bundle| sound_bundle(report, bundle)));
    lead.into_iter().chain(obstacle.map(|check| of_which(report, check))).collect::<Vec<_>>().join(" ")
}

/// The sentence of a check, after the name of the file that it is about where there are several.
fn of_which(report: &Report, check: &Check) -> String {
    let several = report.artifacts.len() > 1;
    match report.artifacts.iter().find(|one| several && one.subject == check.subject) {
        Some(artifact) => format!("{}: {}", artifact.name, check.sentence),
        None => check.sentence.clone(),
    }
}

/// What can be said of a bundle that is sound, while its signer is not confirmed.
fn sound_bundle(report: &Report, bundle: &BundleFileReport) -> Option<String> {
    let of_it = |check: &&Check| check.subject == bundle.subject;
    let unconfirmed = |check: &Check| check.id == CheckId::BundleIdentity && check.outcome == Outcome::Untrusted;
    let mut open = open(report).filter(of_it).peekable();
    (open.peek().is_some() && open.all(unconfirmed)).then(|| {
        let file = report.artifacts.iter().find(|artifact| bundle.artifacts.contains(&artifact.subject));
        let lead = file.map(|file| format!("{} is what {} is about. ", file.name, bundle.name)).unwrap_or_default();
        format!("{lead}{}", signed_in_bundle(bundle))
    })
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
    let named = signature.evidence.get("signers_named").and_then(Value::as_u64).unwrap_or_default();
    let by_some = link.keys.iter().any(|key| key.name.is_some());
    Some(match (named, by_some) {
        (0, _) => format!("Recorded as #{}, signer not confirmed{key}.", entry.index),
        (_, true) => format!("Recorded as #{}. {}", entry.index, signature.sentence),
        (_, false) => format!("Recorded as #{}, but not by the signer you expect{key}.", entry.index),
    })
}
