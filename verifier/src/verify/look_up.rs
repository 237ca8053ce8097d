//! A look around in a log: its state, and entries for their own sake, each checked as far as it can be.
//!
//! No verdict is made of it. Whoever recorded an entry signed it with a key of their own choice, so that the key in an
//! entry says who wrote it only to those who know the key from elsewhere.

mod contents;

use super::{entry, log, rekor, sentence};
use crate::bytes::base64_encode;
use crate::check::digest::sha256;
use crate::check::prehash::{self, PrehashError};
use crate::check::tlog;
use crate::evidence::{Asked, Item, LogEvidence, Record};
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::{EntrySignature, LinkEntry};
use crate::format::key::PublicKey;
use crate::format::link::Link;
use crate::format::note::{Note, NoteSignature};
use crate::format::receipt::Receipt;
use crate::format::rekor_body::EntryStatement;
use crate::format::rekor_entry::RekorEntry;
use crate::policy::Policy;
use crate::report::{Check, CheckId, CosignatureReport, ItemReport, LookUpReport, Outcome, RawReport, SignerReport};
use crate::sorted;

/// How much of each entry is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The first files of a link.
    Short,
    /// Everything, the bytes included.
    Full,
}

/// Checks the state of a log, and the entries that it gave when it was `asked`.
///
/// 1. The log: its checkpoint, the witnesses' quorum, consistency with what the reader saw before.
/// 2. Each entry: it is the one that its ID names and has to do with what was asked; its file and its digest list are
///    those that it commits to; its signatures hold under the keys in it; it stands in the tree of the checkpoint. An
///    entry of a Rekor v1 log stands in that of the checkpoint that came with it, and the log signed when it took it.
pub fn look_up(log: &LogEvidence, asked: &Asked, items: &[Item], detail: Detail, policy: &Policy) -> LookUpReport {
    let mut checks = Vec::new();
    let state = log::check(log, policy, &mut checks);
    let note = log.checkpoint.as_ref().ok().and_then(|note| String::from_utf8(note.clone()).ok());
    let looking = Looking {
        asked,
        detail,
        policy,
        url: &log.url,
        head: state.head.as_ref(),
        log: worst(&checks),
        note: note.as_deref(),
    };
    let entries = items.iter().map(|item| looking.item(item)).collect();
    let remembered_size = log.remembered.iter().map(|remembered| remembered.checkpoint.size).max();
    let signatures = note.as_deref().map(|note| signatures(note, log, policy)).unwrap_or_default();
    LookUpReport { log: state.report, checkpoint: note, signatures, remembered_size, checks, entries }
}

/// What required checks come to: what went wrong first.
fn worst(checks: &[Check]) -> Outcome {
    let required = || checks.iter().filter(|check| check.required).map(|check| check.outcome);
    let order = [Outcome::Failed, Outcome::NotChecked, Outcome::Untrusted];
    order.into_iter().find(|outcome| required().any(|found| found == *outcome)).unwrap_or(Outcome::Passed)
}

/// The signature lines of a checkpoint, and which of them are by keys that the policy names.
fn signatures(note: &str, log: &LogEvidence, policy: &Policy) -> Vec<CosignatureReport> {
    let opened = tlog::open(note.as_bytes(), policy, policy.log_at(&log.url)).ok();
    let lines = Note::parse(note.as_bytes()).map(|note| note.signatures).unwrap_or_default();
    let describe = |line: &NoteSignature| {
        let own = opened.as_ref().is_some_and(|it| it.vkey().name == line.name && it.vkey().key_id() == line.key_id);
        let witnesses =
            opened.iter().flat_map(|it| it.witnesses().iter()).filter_map(|i| policy.witnesses.members.get(*i));
        let witness = witnesses.into_iter().find(|(_, key)| key.name == line.name && key.key_id() == line.key_id);
        let stamped = witness.filter(|(_, key)| key.key_type.stamps());
        CosignatureReport {
            name: line.name.clone(),
            known: match witness {
                Some((name, _)) => Some(name.clone()),
                None => own.then(|| line.name.clone()),
            },
            log: own,
            time: stamped.and_then(|_| line.signature.first_chunk::<8>()).map(|time| u64::from_be_bytes(*time)),
        }
    };
    let rank = |one: &CosignatureReport| (!one.log, one.known.is_none());
    sorted::sort(lines.iter().map(describe).collect(), |a, b| rank(a).cmp(&rank(b)))
}

/// What every entry is looked at with.
struct Looking<'a> {
    asked: &'a Asked,
    detail: Detail,
    policy: &'a Policy,
    /// The address of the log.
    url: &'a str,
    head: Option<&'a Checkpoint>,
    /// What the checks on the log come to.
    log: Outcome,
    /// The checkpoint.
    note: Option<&'a str>,
}

impl Looking<'_> {
    fn item(&self, item: &Item) -> ItemReport {
        match &item.record {
            Ok(record) => self.record(record, item.rekor.as_ref()),
            Err(reason) => {
                let subject = format!("entry {}", item.name);
                let text = format!("The log did not give this entry: {reason}.");
                let check = Check::new(CheckId::Lookup, &subject, Outcome::NotChecked, text);
                blank(item.name.clone(), vec![check])
            }
        }
    }

    fn record(&self, record: &Record, rekor: Option<&RekorEntry>) -> ItemReport {
        let statement = EntryStatement::parse(&record.leaf);
        let leaf = LinkEntry::parse(&record.leaf);
        let body = record.body.as_deref().filter(|body| leaf.as_ref().is_ok_and(|leaf| leaf.file == sha256(body)));
        let link = body.and_then(|body| Link::parse(body).ok());
        let mut report = blank(record.uuid.clone(), Vec::new());
        report.index = Some(record.index);
        report.time = record.time;
        report.kind = statement.as_ref().ok().map(|it| format!("{} {}", it.kind, it.version));
        report.digests = statement.as_ref().map(|it| contents::digests(it, leaf.as_ref().ok())).unwrap_or_default();
        report.roles = contents::roles(self.asked, statement.as_ref().ok(), leaf.as_ref().ok(), link.as_ref(), record);
        report.holder = statement.as_ref().ok().and_then(EntryStatement::holder);
        let mut checks = match (&leaf, &statement) {
            (Ok(leaf), _) => self.link_checks(record, leaf, body.zip(link.as_ref()), &mut report.keys),
            (_, Ok(statement)) => self.statement_checks(record, statement, &mut report),
            (_, Err(error)) => {
                let text = format!("What the entry says cannot be read here: {error}.");
                let unread = Check::new(CheckId::EntryBody, &entry::subject(record), Outcome::NotChecked, text);
                vec![leaf_check(record), unread.optional()]
            }
        };
        checks.extend(self.answers(record, &report, statement.as_ref().ok()));
        match rekor {
            None => checks.extend(entry::tree(record, self.head)),
            Some(entry) => {
                let (found, time) = rekor::in_v1_log(&entry::subject(record), entry, self.policy.rekor_v1_at(self.url));
                checks.extend(found);
                report.time = time;
            }
        }
        report.outcome = both(self.log, worst(&checks));
        report.checks = checks;
        report.link = link.as_ref().map(|link| contents::link(link, self.detail));
        report.raw = (self.detail == Detail::Full).then(|| self.raw(record, body, report.outcome));
        report
    }

    /// Whether the log was asked about this entry.
    fn answers(&self, record: &Record, report: &ItemReport, statement: Option<&EntryStatement>) -> Option<Check> {
        let check = |outcome, text: &str| Check::new(CheckId::Lookup, &entry::subject(record), outcome, text);
        let (named, what) = match self.asked {
            Asked::Digest { .. } if report.roles.is_empty() && !contents::tells_all(statement, record) => {
                let text = "That the entry names the digest is the log's word: it gave neither a file nor a list.";
                return Some(check(Outcome::NotChecked, text).optional());
            }
            Asked::Digest { .. } => (!report.roles.is_empty(), "the digest"),
            Asked::Key(key) => (statement.is_some_and(|it| contents::is_signed_with(it, key)), "the key"),
            Asked::Email(email) if let Some(holder) = &report.holder => (holder.identity == *email, "the address"),
            Asked::Email(_) => {
                let text = "That the entry's certificate names the address is the log's word.";
                return Some(check(Outcome::NotChecked, text).optional());
            }
            Asked::Entry(id) => {
                let same = record.uuid.ends_with(id.as_str()) || id.ends_with(&record.uuid);
                (same, "the ID")
            }
            Asked::Index(index) => (record.index == *index, "the index"),
            Asked::Any => return None,
        };
        Some(match named {
            true => check(Outcome::Passed, &format!("The entry has {what} that was asked for.")),
            false => check(Outcome::Failed, &format!("The log returned an entry that does not have {what} asked for.")),
        })
    }

    /// The checks on an entry of kind `link`, but for its place in the tree.
    fn link_checks(
        &self,
        record: &Record,
        leaf: &LinkEntry,
        body: Option<(&[u8], &Link)>,
        keys: &mut Vec<SignerReport>,
    ) -> Vec<Check> {
        let subject = entry::subject(record);
        let signed = |one: &EntrySignature| self.signer(&one.key, one.scheme.name());
        match body {
            Some((file, link)) => {
                let mut checks = entry::check_contents(record, leaf, file, link);
                let holds =
                    checks.iter().any(|check| check.id == CheckId::EntryLeaf && check.outcome == Outcome::Passed);
                if holds {
                    keys.extend(leaf.signatures.iter().map(signed));
                    checks.push(self.signed_by(&subject, keys));
                }
                checks
            }
            None => {
                let mut checks = vec![leaf_check(record)];
                checks.extend(entry::body(record, leaf));
                let text = "The signatures in the entry were not checked: they are over the link's file, which the log did not give.";
                checks.push(Check::new(CheckId::LinkSignature, &subject, Outcome::NotChecked, text).optional());
                checks.extend(digest_list(record, leaf));
                checks
            }
        }
    }

    /// The checks on an entry of another kind, but for its place in the tree.
    fn statement_checks(&self, record: &Record, statement: &EntryStatement, report: &mut ItemReport) -> Vec<Check> {
        let subject = entry::subject(record);
        let check = |outcome, text: String| Check::new(CheckId::RekorEntrySignature, &subject, outcome, text);
        let signature = match prehash::verify_entry(statement) {
            Ok(key) => {
                report.keys.push(self.signer(&key, key.scheme().name()));
                match rekor::certified(statement) {
                    Some(text) => check(Outcome::Untrusted, format!("{text}.")).optional(),
                    None => self.signed_by(&subject, &report.keys),
                }
            }
            Err(PrehashError::Mismatch) => {
                check(Outcome::Failed, "The signature in the entry does not match the digest in it.".into())
            }
            Err(error) => {
                check(Outcome::NotChecked, format!("The signature in the entry was not checked: {error}.")).optional()
            }
        };
        vec![leaf_check(record), signature]
    }

    fn signer(&self, key: &PublicKey, scheme: &'static str) -> SignerReport {
        let named = self.policy.signers.iter().flat_map(|signers| &signers.members).find(|(_, known)| known == key);
        let name = named.map(|(name, _)| name.clone());
        SignerReport { fingerprint: key.fingerprint().to_string(), name, scheme }
    }

    /// The signatures hold. That says who wrote the entry only where the reader named the key.
    fn signed_by(&self, subject: &str, keys: &[SignerReport]) -> Check {
        let fingerprints: Vec<String> = keys.iter().map(|key| key.fingerprint.clone()).collect();
        let (outcome, text) = match keys.iter().find_map(|key| key.name.as_ref()) {
            Some(name) => (Outcome::Passed, format!("Signed by {name}, whom you named.")),
            None => {
                let text = "Signed by the key in the entry. Anyone can record an entry under a key of their own: whose it is, nobody has said.";
                (Outcome::Untrusted, text.to_owned())
            }
        };
        Check::new(CheckId::LinkSignature, subject, outcome, text).optional().with("keys", fingerprints)
    }

    fn raw(&self, record: &Record, body: Option<&[u8]>, outcome: Outcome) -> RawReport {
        let receipt = match (outcome, &record.proof, self.note) {
            (Outcome::Passed, Ok(hashes), Some(note)) => {
                let (hashes, checkpoint) = (hashes.clone(), note.to_owned());
                Some(Receipt { extra: record.leaf.clone(), index: record.index, hashes, checkpoint }.encode())
            }
            _ => None,
        };
        RawReport { leaf: base64_encode(&record.leaf), body: body.map(base64_encode), receipt }
    }
}

fn blank(uuid: String, checks: Vec<Check>) -> ItemReport {
    let (index, time, kind, link, raw) = (None, None, None, None, None);
    let (roles, digests, keys, holder) = (Vec::new(), Vec::new(), Vec::new(), None);
    ItemReport {
        uuid,
        index,
        time,
        kind,
        outcome: Outcome::NotChecked,
        checks,
        roles,
        digests,
        keys,
        holder,
        link,
        raw,
    }
}

/// The worse of two outcomes.
fn both(one: Outcome, other: Outcome) -> Outcome {
    let order = [Outcome::Failed, Outcome::NotChecked, Outcome::Untrusted];
    order.into_iter().find(|outcome| [one, other].contains(outcome)).unwrap_or(Outcome::Passed)
}

fn leaf_check(record: &Record) -> Check {
    let check = |outcome, text: String| Check::new(CheckId::EntryLeaf, &entry::subject(record), outcome, text);
    let found = crate::check::merkle::leaf_hash(&record.leaf).to_string();
    let check = match entry::named_by_its_hash(record) {
        true => check(Outcome::Passed, "The entry's ID is the hash of what it holds.".into()),
        false => check(Outcome::Failed, sentence("the log returned another entry than the one that was asked for")),
    };
    check.with("leaf_hash", found).with("index", record.index)
}

/// Without the link's file, the list that the log searches by.
fn digest_list(record: &Record, leaf: &LinkEntry) -> Option<Check> {
    let list = record.digest_list.as_ref()?;
    let check = |outcome, text| Check::new(CheckId::EntryDigestList, &entry::subject(record), outcome, text);
    Some(match sha256(list) == leaf.digest_list {
        true => {
            let text = "The list of digests is the recorded one. Without the link's file it is the log's word.";
            check(Outcome::NotChecked, text).optional()
        }
        false => check(Outcome::Failed, "The log returned another list of digests than it recorded."),
    })
}
