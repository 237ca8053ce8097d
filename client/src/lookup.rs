//! What a log has for one file. Entries under a key that the reader named are asked for by digest *and* key, so that
//! any number of strangers' entries cannot hide them; the digest alone finds the rest.

use crate::ask::Response;
use crate::gather::{Gather, Pending};
use crate::v1::{self, V1Entry};
use rekor_verifier::Hash;
use rekor_verifier::bytes::contains;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::envelope::{SignedBy, signed_by};
use rekor_verifier::check::prehash;
use rekor_verifier::evidence::{Answer, BundleFile, Found, NoAnswer, OwnProof, Record, Subject};
use rekor_verifier::format::bundle::{self, Container};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::link::Link;
use rekor_verifier::format::rekor_body::EntryStatement;
use rekor_verifier::sorted::Set;

/// How many entries are looked at in one round, until one answers the question. Somebody who floods a key's entries
/// (variants of a public link with other white space, links that have the file as a material) costs rounds, and hides
/// nothing: v1 names at most 1,000 entries.
const ROUNDS: [usize; 5] = [8, 32, 128, 256, 576];

/// How many entries by strangers are fetched for display, and to decide where nobody is named.
const STRANGERS: usize = 8;

/// How many entries are fetched in one request: v1 allows 10, and each may carry a link file of 1 MiB.
pub(crate) const BATCH: usize = 4;

/// What is asked about a file.
pub(crate) struct Query<'a> {
    pub subject: Subject,
    /// SHA-256 of the file.
    pub digest: Hash,
    /// SHA-512 of an artifact, in hexadecimal: the only digest that attestations of npm packages state.
    pub sha512: Option<String>,
    /// For a link file, SHA-256 of its signed bytes.
    pub signed: Option<Hash>,
    /// The keys that the reader named.
    pub keys: Vec<&'a PublicKey>,
}

impl Query<'_> {
    /// Whether it is about a link file.
    pub fn is_of_link(&self) -> bool {
        matches!(self.subject, Subject::Link(_))
    }
}

/// The entries that a log returned for a query, not yet tied to its tree.
pub(crate) struct Fetched {
    found: Found,
    entries: Vec<V1Entry>,
}

/// Entry IDs in the order of the answers, each once, and whether a list was cut short.
#[derive(Clone, Default)]
pub(crate) struct Ids {
    pub uuids: Vec<String>,
    pub truncated: bool,
}

/// Fetches the entries for a file; `None` while answers are missing.
pub(crate) fn fetch(gather: &mut Gather, query: &Query) -> Pending<Answer<Fetched>> {
    let strangers = by_digest(gather, query);
    let trusted: Vec<_> = query.keys.iter().map(|key| ids(gather, v1::index_query(&query.digest, Some(key)))).collect();
    let trusted = match joined(trusted)? {
        Ok(trusted) => trusted,
        Err(reason) => return Some(Err(reason)),
    };
    let mut entries = match until_answered(gather, query, &trusted.uuids)? {
        Ok(entries) => entries,
        Err(reason) => return Some(Err(reason)),
    };
    let others = strangers.and_then(|strangers| match strangers {
        Ok(strangers) => among_strangers(gather, &strangers, &trusted),
        Err(reason) => Some(Err(reason)),
    });
    let (total, strange) = match others? {
        Ok(others) => others,
        // What strangers recorded, or how their part of the answer fails, takes nothing from a trusted entry.
        Err(_) if !entries.is_empty() => (trusted.uuids.len(), Vec::new()),
        Err(reason) => return Some(Err(reason)),
    };
    entries.extend(strange);
    let more = total.saturating_sub(entries.len()) as u64 + u64::from(trusted.truncated);
    let mut found = Found { more, ..Found::default() };
    if let (true, Some(signed)) = (entries.is_empty(), &query.signed) {
        match same_content(gather, signed)? {
            Ok(same) => found.same_content = same,
            Err(reason) => return Some(Err(reason)),
        }
    }
    Some(Ok(Fetched { found, entries }))
}

/// The entries that name the file, whoever signed them.
fn by_digest(gather: &mut Gather, query: &Query) -> Pending<Answer<Ids>> {
    let mut lists = vec![ids(gather, v1::index_query(&query.digest, None))];
    if let Some(sha512) = query.sha512.as_ref().filter(|_| gather.is_v1()) {
        lists.push(ids(gather, v1::digest_query("sha512", sha512)));
    }
    joined(lists)
}

/// The size that a tree must have to hold every entry that answers the query.
pub(crate) fn reach(query: &Query, fetched: &Answer<Fetched>) -> u64 {
    let entries = fetched.as_ref().map_or(&[][..], |fetched| &fetched.entries);
    entries.iter().filter(|entry| answers(query, entry)).map(|entry| entry.index.saturating_add(1)).max().unwrap_or(0)
}

/// Ties the entries to the tree of `head`; `None` while answers are missing. What is newer than that tree counts as not
/// looked at, unless it answers the query: then the tree should hold it.
pub(crate) fn prove(
    gather: &mut Gather,
    query: &Query,
    mut fetched: Fetched,
    head: Option<&Checkpoint>,
) -> Pending<Found> {
    if gather.is_v1() {
        let mut found = fetched.found;
        for entry in fetched.entries {
            found.certified.extend(certified(gather, &entry));
            found.rekor_entries.extend(entry.answered);
        }
        return Some(found);
    }
    if let Some(head) = head {
        let all = fetched.entries.len();
        fetched.entries.retain(|entry| entry.index < head.size || answers(query, entry));
        fetched.found.more += (all - fetched.entries.len()) as u64;
    }
    // No early return here: the requests of all entries are to be named in one pass.
    let records = fetched.entries.into_iter().map(|entry| record(gather, Some(&query.digest), entry, head));
    let records: Vec<Pending<Record>> = records.collect();
    Some(Found { records: records.into_iter().collect::<Option<_>>()?, ..fetched.found })
}

/// The Sigstore bundle that an entry amounts to, where it is a signature by a certificate: of a file, or of an attestation
/// that the log kept.
fn certified(gather: &Gather, entry: &V1Entry) -> Option<BundleFile> {
    let statement = EntryStatement::parse(&entry.leaf).ok()?;
    let kept = match &statement.kind[..] {
        "hashedrekord" => true,
        "intoto" => entry.body.is_some(),
        _ => false,
    };
    statement.holder().filter(|_| kept)?;
    let name = format!("entry #{} of {}", entry.index, gather.base());
    Some(BundleFile { name, bundle: bundle::Found { json: entry.json.clone()?, container: Container::RekorEntry } })
}

/// An entry of another file with the same signed bytes: its ID and index.
fn same_content(gather: &mut Gather, signed: &Hash) -> Pending<Answer<Option<(String, u64)>>> {
    let first = match ids(gather, v1::index_query(signed, None))? {
        Ok(ids) => ids.uuids.into_iter().take(1).collect::<Vec<_>>(),
        Err(reason) => return Some(Err(reason)),
    };
    let entries = fetch_entries(gather, &first)?;
    Some(entries.map(|entries| entries.into_iter().next().map(|entry| (entry.uuid, entry.index))))
}

/// The entry IDs for one query.
pub(crate) fn ids(gather: &mut Gather, query: String) -> Pending<Answer<Ids>> {
    let read = |response: Response| {
        let answer = Ids { uuids: v1::read_uuids(&response.body)?, truncated: response.truncated };
        Ok(join([answer]))
    };
    Some(gather.index(query)?.and_then(read))
}

fn joined(lists: Vec<Pending<Answer<Ids>>>) -> Pending<Answer<Ids>> {
    let lists: Vec<Answer<Ids>> = lists.into_iter().collect::<Option<_>>()?;
    Some(lists.into_iter().collect::<Answer<Vec<Ids>>>().map(join))
}

fn join(lists: impl IntoIterator<Item = Ids>) -> Ids {
    let (mut joined, mut seen) = (Ids::default(), Set::new());
    for list in lists {
        joined.truncated |= list.truncated;
        joined.uuids.extend(list.uuids.into_iter().filter(|uuid| seen.insert(uuid.clone())));
    }
    joined
}

/// Fetches entries in growing rounds until one answers the question, or there are no more.
fn until_answered(gather: &mut Gather, query: &Query, uuids: &[String]) -> Pending<Answer<Vec<V1Entry>>> {
    let (mut entries, mut rest) = (Vec::new(), uuids);
    for size in ROUNDS {
        let (round, later) = rest.split_at(size.min(rest.len()));
        match fetch_entries(gather, round)? {
            Ok(fetched) => entries.extend(fetched),
            Err(reason) => return Some(Err(reason)),
        }
        rest = later;
        if rest.is_empty() || entries.iter().any(|entry| answers(query, entry)) {
            break;
        }
    }
    Some(Ok(entries))
}

/// Whether an entry is one that the question asks for; what it proves is for the verifier to say.
fn answers(query: &Query, entry: &V1Entry) -> bool {
    let Ok(leaf) = LinkEntry::parse(&entry.leaf) else { return records(query, entry) };
    if query.is_of_link() {
        return leaf.file == query.digest;
    }
    let body = entry.body.as_deref().filter(|body| sha256(body) == leaf.file);
    let Some(link) = body.and_then(|body| Link::parse(body).ok()) else { return false };
    let is_product = contains(&link.digest_list(), &format!("product sha256 {}\n", query.digest));
    is_product && query.keys.iter().any(|key| matches!(signed_by(&link.envelope, key), SignedBy::Yes { .. }))
}

/// Whether an entry of a Rekor log is the digest's, signed by a key that the reader named.
fn records(query: &Query, entry: &V1Entry) -> bool {
    let Ok(statement) = EntryStatement::parse(&entry.leaf) else { return false };
    let its = statement.artifact().is_some_and(|artifact| artifact.digest == query.digest.as_bytes());
    its && query.keys.iter().any(|key| prehash::verify_entry_by(&statement, key).is_ok())
}

/// How many entries there are in all, and some of those that are not under a trusted key.
fn among_strangers(gather: &mut Gather, all: &Ids, trusted: &Ids) -> Pending<Answer<(usize, Vec<V1Entry>)>> {
    let strange: Vec<String> = all.uuids.iter().filter(|uuid| !trusted.uuids.contains(uuid)).cloned().collect();
    let total = trusted.uuids.len() + strange.len() + usize::from(all.truncated);
    let fetched = fetch_entries(gather, &strange[..STRANGERS.min(strange.len())])?;
    Some(fetched.map(|entries| (total, entries)))
}

fn fetch_entries(gather: &mut Gather, uuids: &[String]) -> Pending<Answer<Vec<V1Entry>>> {
    let batches: Vec<_> = uuids.chunks(BATCH).map(|batch| (batch, gather.entries(v1::retrieve_query(batch)))).collect();
    let mut entries = Vec::with_capacity(uuids.len());
    for (batch, answer) in batches {
        match answer?.and_then(|found| in_order(batch, found)) {
            Ok(found) => entries.extend(found),
            Err(reason) => return Some(Err(reason)),
        }
    }
    Some(Ok(entries))
}

/// The entries that were asked for, each under the ID that it was asked by.
fn in_order(asked: &[String], mut found: Vec<V1Entry>) -> Answer<Vec<V1Entry>> {
    let mut entries = Vec::with_capacity(asked.len());
    for uuid in asked {
        let same = |entry: &V1Entry| {
            v1::is_uuid(&entry.uuid) && (entry.uuid.ends_with(uuid.as_str()) || uuid.ends_with(&entry.uuid))
        };
        let Some(at) = found.iter().position(same) else {
            return Err(NoAnswer::Unreadable(format!("it names the entry {uuid} and does not return it")));
        };
        entries.push(V1Entry { uuid: uuid.clone(), ..found.swap_remove(at) });
    }
    Ok(entries)
}

/// Ties one entry to the tree of `head`. `file` is the digest of the file that the reader holds; the digest list of any
/// other is asked for where the log does not give the file.
pub(crate) fn record(
    gather: &mut Gather,
    file: Option<&Hash>,
    entry: V1Entry,
    head: Option<&Checkpoint>,
) -> Pending<Record> {
    let proof = match head {
        _ if gather.is_v1() => Some(Err(NoAnswer::Unreadable("it has no tiles".into()))),
        Some(head) => gather.inclusion_proof(entry.index, head.size),
        None => Some(Err(NoAnswer::Unreadable("there is no checkpoint".into()))),
    };
    let digest_list = digest_list(gather, file, &entry);
    let own_proof = own_proof(gather, &entry, head);
    Some(Record {
        uuid: entry.uuid,
        index: entry.index,
        time: entry.time,
        leaf: entry.leaf,
        body: entry.body,
        digest_list: digest_list?,
        proof: proof?,
        own_proof: own_proof?,
    })
}

/// The digest list, where nobody has the file whose list it is.
fn digest_list(gather: &mut Gather, file: Option<&Hash>, entry: &V1Entry) -> Pending<Option<Vec<u8>>> {
    match LinkEntry::parse(&entry.leaf) {
        Ok(leaf) if entry.body.is_none() && Some(&leaf.file) != file => Some(gather.blob(&leaf.digest_list)?.ok()),
        _ => Some(None),
    }
}

fn own_proof(gather: &mut Gather, entry: &V1Entry, head: Option<&Checkpoint>) -> Pending<Option<OwnProof>> {
    let answered = entry.answered.as_ref().filter(|_| !gather.is_v1());
    let Some(proof) = answered.and_then(|entry| entry.proof.as_ref()) else { return Some(None) };
    let consistency = match head {
        Some(head) if head.size != proof.size => gather.history_proof(proof.size, head.size)?,
        _ => Ok(Vec::new()),
    };
    Some(Some(OwnProof {
        index: proof.index,
        size: proof.size,
        root: proof.root,
        hashes: proof.hashes.clone(),
        checkpoint: proof.checkpoint.clone(),
        consistency,
    }))
}
