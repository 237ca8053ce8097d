//! Step 2: receipts that the reader kept with links. Each is the proof of one entry, under a checkpoint of its own.

use super::link::{Candidate, keys_of};
use super::{Work, entry, log, sentence};
use crate::Hash;
use crate::check::digest::sha256;
use crate::check::merkle::leaf_hash;
use crate::evidence::{GivenFile, Record};
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::LinkEntry;
use crate::format::link::Link;
use crate::format::receipt::Receipt;
use crate::policy::Policy;
use crate::report::{Check, CheckId, EntryReport, Outcome, ReceiptReport};
use crate::sorted::Map;

/// A receipt that could be read, and what its checkpoint is worth.
pub(super) struct State {
    /// `receipt[i]`.
    subject: String,
    record: Record,
    entry: LinkEntry,
    head: Option<Checkpoint>,
    /// The checks of its checkpoint.
    checks: Vec<Check>,
}

/// Reads the receipts; those that say nothing that can be used here get a check that says so.
pub(super) fn read(files: &[GivenFile], policy: &Policy, checks: &mut Vec<Check>) -> (Vec<State>, Vec<ReceiptReport>) {
    let (mut states, mut reports) = (Vec::new(), Vec::new());
    for (i, file) in files.iter().enumerate() {
        let subject = format!("receipt[{i}]");
        let mut report = ReceiptReport { subject, name: file.name.clone(), origin: None, size: None, index: None };
        match state(&file.bytes, &mut report, policy) {
            Ok(state) => states.push(state),
            Err(check) => checks.push(*check),
        }
        reports.push(report);
    }
    (states, reports)
}

fn state(bytes: &[u8], report: &mut ReceiptReport, policy: &Policy) -> Result<State, Box<Check>> {
    let problem = |outcome, text: String| Box::new(Check::new(CheckId::ReceiptFormat, &report.subject, outcome, text));
    let receipt = Receipt::parse(bytes).map_err(|error| problem(Outcome::Failed, sentence(&error.to_string())))?;
    if receipt.extra.is_empty() {
        let text = "The receipt does not carry the entry that it proves, so nobody can say which link it is for.";
        return Err(problem(Outcome::NotChecked, text.into()));
    }
    let entry = LinkEntry::parse(&receipt.extra).map_err(|error| {
        let text = format!("The receipt is for something that is not read here: {error}.");
        problem(Outcome::NotChecked, text)
    })?;
    let (head, mut checks) = log::receipt_head(receipt.checkpoint.as_bytes(), policy, &report.subject);
    report.index = Some(receipt.index);
    report.origin = head.as_ref().map(|head| head.origin.clone());
    report.size = head.as_ref().map(|head| head.size);
    let text = "The receipt is well-formed.";
    checks.insert(0, Check::new(CheckId::ReceiptFormat, &report.subject, Outcome::Passed, text));
    let record = Record {
        uuid: leaf_hash(&receipt.extra).to_string(),
        index: receipt.index,
        time: None,
        leaf: receipt.extra,
        body: None,
        digest_list: None,
        proof: Ok(receipt.hashes),
        own_proof: None,
    };
    Ok(State { subject: report.subject.clone(), record, entry, head, checks })
}

impl State {
    /// Whether a log that the reader named signed its checkpoint.
    fn is_signed(&self) -> bool {
        self.checks.iter().any(|check| check.id == CheckId::LogCheckpoint && check.outcome == Outcome::Passed)
    }

    fn is_for(&self, file: &Hash) -> bool {
        self.entry.file == *file
    }

    /// The entry that the receipt proves, as the entry of this link file.
    fn candidate(&self, file: &[u8], link: &Link) -> Candidate<'_> {
        let mut checks = entry::check(&self.record, &self.entry, file, link, self.head.as_ref());
        checks.extend(self.checks.iter().cloned());
        Candidate { record: &self.record, receipt: Some(&self.subject), keys: keys_of(&self.entry), checks }
    }
}

impl Work<'_> {
    /// The best of the receipts for a link file.
    pub(super) fn receipt_for(&self, file: &[u8], link: &Link) -> Option<Candidate<'_>> {
        let hash = sha256(file);
        let candidates = self.receipts.iter().filter(|state| state.is_for(&hash));
        candidates.map(|state| state.candidate(file, link)).min_by_key(|candidate| candidate.rank(self))
    }

    /// The checks of the receipts that decided about no link. They are required all the same: whoever brings a receipt
    /// means it, and a file must not hide as one.
    pub(super) fn other_receipts(&self) -> Vec<Check> {
        let decided = |state: &&State| {
            let by = |entry: &EntryReport| entry.receipt.as_ref() == Some(&state.subject);
            self.links.iter().any(|link| link.entry.as_ref().is_some_and(by))
        };
        let mut checks = self.differing_heads();
        for state in self.receipts.iter().filter(|state| !decided(state)) {
            let links = self.given_links().map(|(i, link)| (&self.evidence.links[i].bytes, link));
            let mut found = links.filter(|(file, _)| state.is_for(&sha256(file)));
            checks.extend(match found.next() {
                Some((file, link)) => state.candidate(file, link).checks,
                None => vec![Check::new(
                    CheckId::ReceiptFormat,
                    &state.subject,
                    Outcome::NotChecked,
                    "The receipt is for no link that was given, so nothing was checked by it.",
                )],
            });
        }
        checks
    }

    /// Two heads of one log, of the same size and with different roots, prove that it has two histories.
    fn differing_heads(&self) -> Vec<Check> {
        let asked = self.log.iter().filter_map(|log| log.head.as_ref().filter(|_| log.report.trusted));
        let mut heads: Map<(&str, u64), Hash> =
            asked.map(|head| ((head.origin.as_str(), head.size), head.root)).collect();
        let mut checks = Vec::new();
        for state in self.receipts.iter().filter(|state| state.is_signed()) {
            let Some(head) = &state.head else { continue };
            let known = *heads.or_insert_with((&head.origin, head.size), || head.root);
            if known != head.root {
                let text = format!("{} signed two different trees of {}.", head.origin, log::entries(head.size));
                let check = Check::new(CheckId::LogConsistency, &state.subject, Outcome::Failed, text);
                checks.push(check.with("root", head.root.to_base64()).with("other_root", known.to_base64()));
            }
        }
        checks
    }
}
