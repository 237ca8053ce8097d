//! What a log has for one file. Entries under a key that the reader named are asked for by digest *and* key, so that
//! any number of strangers' entries cannot hide them; the digest alone finds the rest.

use crate::ask::Response;
use crate::gather::{Gather, Pending};
use crate::v1::{self, V1Entry};
use rekor_verifier::Hash;
use rekor_verifier::evidence::{Answer, Found, NoAnswer, OwnProof, Record, Subject};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::key::PublicKey;

/// The most entries that are fetched under each key that the reader named, and beside them.
const MAX_ENTRIES: usize = 8;

/// How many entries are fetched in one request: v1 allows 10, and each may carry a link file of 1 MiB.
const BATCH: usize = 4;

/// What is asked about a file.
pub(crate) struct Query<'a> {
    pub subject: Subject,
    /// SHA-256 of the file.
    pub digest: Hash,
    /// For a link file, SHA-256 of its signed bytes.
    pub signed: Option<Hash>,
    /// The keys that the reader named.
    pub keys: Vec<&'a PublicKey>,
}

/// The entries that a log returned for a query, not yet tied to its tree.
pub(crate) struct Fetched {
    found: Found,
    entries: Vec<V1Entry>,
}

/// Entry IDs, the trusted ones first, and how many more there are.
struct Ids {
    uuids: Vec<String>,
    more: u64,
}

/// Fetches the entries for a file; `None` while answers are missing.
pub(crate) fn fetch(gather: &mut Gather, query: &Query) -> Pending<Answer<Fetched>> {
    let ids = match ids(gather, query)? {
        Ok(ids) => ids,
        Err(reason) => return Some(Err(reason)),
    };
    let mut found = Found { more: ids.more, ..Found::default() };
    if let (true, Some(signed)) = (ids.uuids.is_empty(), &query.signed) {
        match index(gather, v1::index_query(signed, None))? {
            Ok((uuids, _)) => found.same_content = uuids,
            Err(reason) => return Some(Err(reason)),
        }
    }
    Some(entries(gather, &ids.uuids)?.map(|entries| Fetched { found, entries }))
}

/// Ties the entries to the tree of `head`; `None` while answers are missing.
pub(crate) fn prove(gather: &mut Gather, query: &Query, fetched: Fetched, head: Option<&Checkpoint>) -> Pending<Found> {
    // No early return here: the requests of all entries are to be named in one pass.
    let records = fetched.entries.into_iter().map(|entry| record(gather, query, entry, head));
    let records: Vec<Pending<Record>> = records.collect();
    Some(Found { records: records.into_iter().collect::<Option<_>>()?, ..fetched.found })
}

fn ids(gather: &mut Gather, query: &Query) -> Pending<Answer<Ids>> {
    let queries = query.keys.iter().map(|key| v1::index_query(&query.digest, Some(key)));
    let queries: Vec<String> = queries.chain([v1::index_query(&query.digest, None)]).collect();
    let answers: Vec<_> = queries.into_iter().map(|query| index(gather, query)).collect();
    let mut ids = Ids { uuids: Vec::new(), more: 0 };
    let mut all = Vec::new();
    for answer in answers {
        match answer? {
            Err(reason) => return Some(Err(reason)),
            Ok((uuids, truncated)) => {
                ids.more += u64::from(truncated);
                let new: Vec<String> =
                    uuids.iter().filter(|uuid| !ids.uuids.contains(uuid)).take(MAX_ENTRIES).cloned().collect();
                ids.uuids.extend(new);
                all.extend(uuids);
            }
        }
    }
    all.sort();
    all.dedup();
    ids.more += (all.len() - ids.uuids.len()) as u64;
    Some(Ok(ids))
}

/// The entry IDs for one query, and whether the log cut the list short.
fn index(gather: &mut Gather, query: String) -> Pending<Answer<(Vec<String>, bool)>> {
    let read = |response: Response| Ok((v1::read_uuids(&response.body)?, response.truncated));
    Some(gather.index(query)?.and_then(read))
}

fn entries(gather: &mut Gather, uuids: &[String]) -> Pending<Answer<Vec<V1Entry>>> {
    let batches: Vec<_> = uuids.chunks(BATCH).map(|batch| (batch, gather.entries(v1::retrieve_query(batch)))).collect();
    let mut entries = Vec::with_capacity(uuids.len());
    for (batch, answer) in batches {
        let answer =
            answer?.and_then(|response| v1::read_entries(&response.body)).and_then(|found| in_order(batch, found));
        match answer {
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

fn record(gather: &mut Gather, query: &Query, entry: V1Entry, head: Option<&Checkpoint>) -> Pending<Record> {
    let proof = match head {
        Some(head) => gather.inclusion_proof(entry.index, head.size),
        None => Some(Err(NoAnswer::Unreadable("there is no checkpoint".into()))),
    };
    let digest_list = digest_list(gather, query, &entry);
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

/// The digest list, where the log returned no body and the reader has none.
fn digest_list(gather: &mut Gather, query: &Query, entry: &V1Entry) -> Pending<Option<Vec<u8>>> {
    if entry.body.is_some() || matches!(query.subject, Subject::Link(_)) {
        return Some(None);
    }
    match LinkEntry::parse(&entry.leaf) {
        Ok(leaf) => Some(gather.blob(&leaf.digest_list)?.ok()),
        Err(_) => Some(None),
    }
}

fn own_proof(gather: &mut Gather, entry: &V1Entry, head: Option<&Checkpoint>) -> Pending<Option<OwnProof>> {
    let Some(proof) = &entry.proof else { return Some(None) };
    let consistency = match head {
        Some(head) if head.size != proof.size => gather.consistency_proof(proof.size, head.size)?,
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
