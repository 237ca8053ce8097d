//! Which entries a question names, and fetching a page of them: by Rekor v1's API, or out of the tiles of a log that
//! has no API.

use super::PAGE;
use crate::gather::{Gather, Pending};
use crate::lookup::{self, BATCH, Ids};
use crate::v1::{self, V1Entry};
use rekor_verifier::bytes::hex_decode;
use rekor_verifier::check::merkle::leaf_hash;
use rekor_verifier::evidence::{Answer, Asked, NoAnswer};
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::tile::{BundleId, WIDTH};

/// An entry of a page: what it was asked by, and what came.
pub(super) type Fetched = (String, Answer<V1Entry>);

/// A page of an answer.
pub(super) struct Listed {
    /// What was asked in the end: digits that no entry names as a digest may be an entry's ID.
    pub asked: Asked,
    /// How many entries the log names in all.
    pub total: u64,
    /// Whether the log said that it named not all of them.
    pub truncated: bool,
    pub entries: Vec<Fetched>,
}

/// A page of the entries that `asked` names, from number `from` on; `None` while answers are missing.
pub(super) fn page(gather: &mut Gather, asked: &Asked, from: usize) -> Pending<Answer<Listed>> {
    match asked {
        Asked::Digest { algorithm, hex } => digest(gather, algorithm, hex, from),
        Asked::Key(key) => search(gather, asked, v1::key_query(key), from),
        Asked::Email(email) => search(gather, asked, v1::email_query(email), from),
        Asked::Entry(id) => by_id(gather, id),
        // Those are found by the size of the tree.
        Asked::Index(_) | Asked::Any => Some(Err(NoAnswer::Unreadable("nothing was asked for".into()))),
    }
}

fn digest(gather: &mut Gather, algorithm: &str, hex: &str, from: usize) -> Pending<Answer<Listed>> {
    let asked = Asked::Digest { algorithm: algorithm.to_owned(), hex: hex.to_owned() };
    match search(gather, &asked, v1::digest_query(algorithm, hex), from)? {
        Ok(none) if none.total == 0 && algorithm == "sha256" => Some(Ok(match by_id(gather, hex)? {
            Ok(found) if found.total > 0 => found,
            _ => none,
        })),
        answer => Some(answer),
    }
}

fn search(gather: &mut Gather, asked: &Asked, query: String, from: usize) -> Pending<Answer<Listed>> {
    let Ids { uuids, truncated } = match lookup::ids(gather, query)? {
        Ok(ids) => ids,
        Err(NoAnswer::Refused(reason)) => return Some(Err(NoAnswer::Refused(format!("{reason} to a search")))),
        Err(reason) => return Some(Err(reason)),
    };
    let total = uuids.len() as u64;
    let page: Vec<String> = uuids.into_iter().skip(from).take(PAGE).collect();
    let entries = by_ids(gather, &page)?;
    Some(Ok(Listed { asked: asked.clone(), total, truncated, entries }))
}

fn by_id(gather: &mut Gather, id: &str) -> Pending<Answer<Listed>> {
    let asked = Asked::Entry(id.to_owned());
    let entries = match gather.entries(v1::retrieve_query(&[id.to_owned()]))? {
        Err(NoAnswer::Refused(_)) => Vec::new(),
        Err(reason) => return Some(Err(reason)),
        Ok(entries) => entries,
    };
    // A log that returns something else than it was asked for is caught by the leaf's hash.
    let entries: Vec<Fetched> =
        entries.into_iter().take(1).map(|entry| (id.to_owned(), Ok(known_by(entry, id)))).collect();
    Some(Ok(Listed { asked, total: entries.len() as u64, truncated: false, entries }))
}

/// The entry under the ID that it was asked by, unless its own says more.
fn known_by(entry: V1Entry, id: &str) -> V1Entry {
    let uuid = match v1::is_uuid(&entry.uuid) && entry.uuid.ends_with(id) {
        true => entry.uuid.clone(),
        false => id.to_owned(),
    };
    V1Entry { uuid, ..entry }
}

/// The entries with these IDs, each or why it did not come.
pub(super) fn by_ids(gather: &mut Gather, ids: &[String]) -> Pending<Vec<Fetched>> {
    let answers: Vec<_> = ids.chunks(BATCH).map(|batch| gather.entries(v1::retrieve_query(batch))).collect();
    let mut fetched = Vec::with_capacity(ids.len());
    for (batch, answer) in ids.chunks(BATCH).zip(answers) {
        let mut answer = answer?;
        for id in batch {
            let entry = match &mut answer {
                Ok(entries) => take(entries, |entry| same_id(&entry.uuid, id)).map(|entry| known_by(entry, id)),
                Err(reason) => Err(reason.clone()),
            };
            fetched.push((id.clone(), entry));
        }
    }
    Some(fetched)
}

fn same_id(one: &str, other: &str) -> bool {
    hex_decode(one).is_some() && (one.ends_with(other) || (other.ends_with(one) && one.len() >= 64))
}

fn take(entries: &mut Vec<V1Entry>, is_it: impl Fn(&V1Entry) -> bool) -> Answer<V1Entry> {
    match entries.iter().position(is_it) {
        Some(at) => Ok(entries.swap_remove(at)),
        None => Err(NoAnswer::Unreadable("it names the entry and does not return it".into())),
    }
}

/// The entries at these indices of a tree of `size` leaves, each or why it did not come.
pub(super) fn by_indexes(gather: &mut Gather, indexes: &[u64], size: u64) -> Pending<Vec<Fetched>> {
    let answers: Vec<_> = indexes.chunks(BATCH).map(|batch| gather.entries(v1::indexes_query(batch))).collect();
    let mut fetched = Vec::with_capacity(indexes.len());
    let mut complete = true;
    for (batch, answer) in indexes.chunks(BATCH).zip(answers) {
        match answer {
            None => complete = false,
            Some(Err(reason)) if gather.is_v1() => {
                fetched.extend(batch.iter().map(|index| (index.to_string(), Err(reason.clone()))));
            }
            // A folder of tiles takes no questions. Where it is on another host, a browser does not even get to ask:
            // nobody answers whether it may.
            Some(Err(reason)) => match batch.iter().map(|index| from_tiles(gather, *index, size)).collect::<Vec<_>>() {
                read if read.iter().any(Option::is_none) => complete = false,
                read => fetched.extend(
                    batch
                        .iter()
                        .zip(read.into_iter().flatten())
                        .map(|(index, answer)| (index.to_string(), answer.map_err(|_| reason.clone()))),
                ),
            },
            Some(Ok(mut entries)) => {
                fetched.extend(
                    batch.iter().map(|index| (index.to_string(), take(&mut entries, |entry| entry.index == *index))),
                );
            }
        }
    }
    complete.then_some(fetched)
}

/// An entry out of its bundle, with the link's file beside it.
fn from_tiles(gather: &mut Gather, index: u64, size: u64) -> Pending<Answer<V1Entry>> {
    let first = index - index % WIDTH;
    let bundle = BundleId { index: index / WIDTH, width: (size - first).min(WIDTH) as u16 };
    let bytes = match gather.bundle(&bundle)? {
        Ok(bytes) => bytes,
        Err(reason) => return Some(Err(reason)),
    };
    let Some(leaf) =
        bundle.entries(&bytes).and_then(|entries| entries.get((index - first) as usize).map(|leaf| leaf.to_vec()))
    else {
        return Some(Err(NoAnswer::Unreadable(format!(
            "{} is not a bundle of {} entries",
            bundle.path(),
            bundle.width
        ))));
    };
    let body = match LinkEntry::parse(&leaf) {
        Ok(entry) => gather.blob(&entry.file)?.ok(),
        Err(_) => None,
    };
    Some(Ok(V1Entry { uuid: leaf_hash(&leaf).to_string(), index, time: None, leaf, body, answered: None, json: None }))
}
