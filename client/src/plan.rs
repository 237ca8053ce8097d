//! What has to be read once more, and what the log is asked: worked out once for a set of files, since it takes parsing
//! all of them.

use crate::lookup::Query;
use rekor_verifier::Hash;
use rekor_verifier::bytes::hex_encode;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::envelope::signed_hash;
use rekor_verifier::evidence::{Artifact, Evidence, Subject};
use rekor_verifier::format::layout::Layout;
use rekor_verifier::format::link::{FileRecord, Link};
use rekor_verifier::format::rekor_body::{Committed, EntryStatement};
use rekor_verifier::format::rekor_entry::RekorEntry;
use rekor_verifier::policy::Policy;
use rekor_verifier::sorted::Set;

/// What is known so far; each part is worked out when it is asked for.
#[derive(Default)]
pub(crate) struct Plan {
    to_read: Option<Vec<usize>>,
    questions: Option<Vec<Question>>,
}

/// A [`Query`] but for the reader's keys, which are the same in all.
struct Question {
    subject: Subject,
    digest: Hash,
    sha512: Option<String>,
    signed: Option<Hash>,
}

impl Plan {
    /// A file was added.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// An artifact's digests are others.
    pub fn forget_queries(&mut self) {
        self.questions = None;
    }

    /// The artifacts that still have to be read once more.
    pub fn unread(&mut self, evidence: &Evidence) -> Vec<usize> {
        let all = self.to_read.get_or_insert_with(|| to_read(evidence));
        let is_unread = |i: &usize| evidence.artifacts.get(*i).is_some_and(|artifact| artifact.listing.is_none());
        all.iter().copied().filter(is_unread).collect()
    }

    /// What the log is asked.
    pub fn queries<'a>(&mut self, evidence: &Evidence, policy: &'a Policy) -> Vec<Query<'a>> {
        let keys: Vec<_> = policy.signers.iter().flat_map(|signers| &signers.members).map(|(_, key)| key).collect();
        let questions = self.questions.get_or_insert_with(|| questions(evidence));
        let query = |Question { subject, digest, sha512, signed }: &Question| Query {
            subject: *subject,
            digest: *digest,
            sha512: sha512.clone(),
            signed: *signed,
            keys: keys.clone(),
        };
        questions.iter().map(query).collect()
    }
}

/// The digests of files that entries of Rekor logs record.
fn recorded(evidence: &Evidence) -> Vec<Committed> {
    let entries = evidence.rekor_entries.iter().filter_map(|file| RekorEntry::parse_answer(&file.bytes).ok()).flatten();
    let statements = entries.filter_map(|entry| EntryStatement::parse(&entry.leaf).ok());
    statements.filter_map(|statement| statement.artifact().cloned()).collect()
}

/// The artifacts that have to be read once more: what a layout's inspection may unpack, and where a link, an
/// entry or a bundle states no digest but SHA-384.
fn to_read(evidence: &Evidence) -> Vec<usize> {
    let layouts = evidence.layouts.iter().filter_map(|file| Layout::parse(&file.bytes).ok());
    let words: Vec<String> = layouts.flat_map(|layout| layout.inspections).flat_map(|one| one.run).collect();
    // A word with a parameter in it may stand for any name.
    let named = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or(name);
        words.iter().any(|word| word.contains('{') || word.ends_with(last))
    };
    let sha384 = evidence.links.iter().filter_map(|file| Link::parse(&file.bytes).ok()).any(|link| {
        link.products.iter().any(|product| {
            let states = |name| product.digests.iter().any(|(algorithm, _)| algorithm == name);
            states("sha384") && !states("sha256") && !states("sha512")
        })
    });
    let by_it_alone = |stated: Vec<String>| !stated.is_empty() && stated.iter().all(|digest| digest.len() == 96);
    let sha384 = sha384
        || recorded(evidence).iter().any(|digest| digest.algorithm == "sha384")
        || evidence.bundles.iter().any(|file| by_it_alone(file.bundle.stated_digests()));
    let asked_for = |(i, artifact): (usize, &Artifact)| (sha384 || named(&artifact.name)).then_some(i);
    evidence.artifacts.iter().enumerate().filter_map(asked_for).collect()
}

/// Every link is looked up; an artifact only where nothing that was given is about it.
fn questions(evidence: &Evidence) -> Vec<Question> {
    let (mut questions, mut explained) = (Vec::new(), Set::new());
    for (i, file) in evidence.links.iter().enumerate() {
        // One at a time: parsed, a link is many times its size.
        let Ok(link) = Link::parse(&file.bytes) else { continue };
        let signed = link.envelope.signatures.first().map(|one| signed_hash(&link.envelope, &one.form));
        questions.push(Question { subject: Subject::Link(i), digest: sha256(&file.bytes), sha512: None, signed });
        explained.extend(link.products.iter().filter_map(sha256_of).map(str::to_owned));
    }
    // Where a bundle has no more than a log's promise, a log may have the proof.
    let settled = evidence.bundles.iter().filter(|file| !file.bundle.is_only_promised());
    explained.extend(settled.flat_map(|file| file.bundle.stated_digests()));
    explained.extend(recorded(evidence).iter().map(|digest| hex_encode(&digest.digest)));
    for (i, artifact) in evidence.artifacts.iter().enumerate() {
        let known = ["sha256", "sha384", "sha512"].iter().filter_map(|algorithm| artifact.digests.get(algorithm));
        if !known.into_iter().any(|digest| explained.contains(&digest)) {
            let (digest, sha512) = (artifact.digests.sha256, artifact.digests.get("sha512"));
            questions.push(Question { subject: Subject::Artifact(i), digest, sha512, signed: None });
        }
    }
    questions
}

fn sha256_of(record: &FileRecord) -> Option<&str> {
    record.digests.iter().find(|(algorithm, _)| algorithm == "sha256").map(|(_, value)| value.as_str())
}
