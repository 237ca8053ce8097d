//! One pass over what is known so far: every answer that is still missing is named, so that all of them can be
//! fetched at once; with none missing, the evidence is complete.

use crate::ask::{Answers, Ask, Method, Response};
use crate::v1::{self, V1Entry, V1State};
use rekor_verifier::Hash;
use rekor_verifier::check::merkle::Tiles;
use rekor_verifier::evidence::{Answer, NoAnswer};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::tile::{BundleId, MAX_BUNDLE, TileId};
use rekor_verifier::policy::Policy;
use rekor_verifier::sorted::Set;

/// Bounds on answers, in bytes.
const MAX_CHECKPOINT: usize = 64 * 1024;
const MAX_INDEX: usize = 256 * 1024;
const MAX_ENTRIES: usize = 8 * 1024 * 1024;
const MAX_TILE: usize = 256 * 32;
/// A digest list has a line for each digest of a link file of at most 1 MiB.
const MAX_BLOB: usize = 2 * 1024 * 1024;

/// A value that is there, or `None` while requests for it are under way.
pub(crate) type Pending<T> = Option<T>;

/// A pass over the answers to one log.
pub(crate) struct Gather<'a> {
    base: &'a str,
    v1: bool,
    answers: &'a mut Answers,
    tiles: Tiles,
    wanted: Set<usize>,
}

impl<'a> Gather<'a> {
    /// The log at `base`, under a policy that says what kind of log is there.
    pub fn new(base: &'a str, policy: &Policy, answers: &'a mut Answers) -> Self {
        let v1 = !policy.rekor_v1_at(base).is_empty();
        Self { base, v1, answers, tiles: Tiles::default(), wanted: Set::new() }
    }

    /// The address of the log.
    pub fn base(&self) -> &str {
        self.base
    }

    /// Whether it is a Rekor v1 log, which has no tiles: its entries come with their proofs.
    pub fn is_v1(&self) -> bool {
        self.v1
    }

    /// The requests whose answers this pass lacked.
    pub fn wanted(self) -> Set<usize> {
        self.wanted
    }

    fn id(&mut self, method: Method, path: &str, body: Option<String>, limit: usize) -> usize {
        self.answers.id(Ask { method, url: format!("{}/{path}", self.base), body, limit })
    }

    fn ask(&mut self, method: Method, path: &str, body: Option<String>, limit: usize) -> Pending<Answer<Response>> {
        let id = self.id(method, path, body, limit);
        let answer = self.answers.get(id).map(|answer| answer.cloned());
        self.or_wanted(id, answer)
    }

    fn or_wanted<T>(&mut self, id: usize, answer: Pending<T>) -> Pending<T> {
        if answer.is_none() {
            self.wanted.insert(id);
        }
        answer
    }

    fn get(&mut self, path: &str, limit: usize) -> Pending<Answer<Vec<u8>>> {
        Some(self.ask(Method::Get, path, None, limit)?.map(|response| response.body))
    }

    pub fn checkpoint(&mut self) -> Pending<Answer<Vec<u8>>> {
        match self.v1 {
            true => Some(self.v1_state()?.map(|state| state.head)),
            false => self.get("checkpoint", MAX_CHECKPOINT),
        }
    }

    fn v1_state(&mut self) -> Pending<Answer<V1State>> {
        Some(self.get("api/v1/log", MAX_CHECKPOINT)?.and_then(|body| v1::read_state(&body)))
    }

    /// The index of the present tree's first entry, by the log's word: earlier trees go before it.
    pub fn first_index(&mut self) -> Pending<u64> {
        match self.v1 {
            true => Some(self.v1_state()?.map_or(0, |state| state.earlier)),
            false => Some(0),
        }
    }

    /// The newest checkpoint that enough of the log's own witnesses cosigned.
    pub fn cosigned_checkpoint(&mut self) -> Pending<Answer<Vec<u8>>> {
        self.get("cosigned-checkpoint", MAX_CHECKPOINT)
    }

    pub fn blob(&mut self, hash: &Hash) -> Pending<Answer<Vec<u8>>> {
        self.get(&format!("blob/{hash}"), MAX_BLOB)
    }

    /// An entry bundle, exactly this wide.
    pub fn bundle(&mut self, id: &BundleId) -> Pending<Answer<Vec<u8>>> {
        self.get(&id.path(), MAX_BUNDLE)
    }

    pub fn index(&mut self, query: String) -> Pending<Answer<Response>> {
        self.ask(Method::Post, "api/v1/index/retrieve", Some(query), MAX_INDEX)
    }

    pub fn entries(&mut self, query: String) -> Pending<Answer<Vec<V1Entry>>> {
        let id = self.id(Method::Post, "api/v1/log/entries/retrieve", Some(query), MAX_ENTRIES);
        let entries = self.answers.entries(id);
        self.or_wanted(id, entries)
    }

    /// The inclusion proof of leaf `index` in the tree of `size` leaves, put together from tiles.
    pub fn inclusion_proof(&mut self, index: u64, size: u64) -> Pending<Answer<Vec<Hash>>> {
        self.proof(|tiles| tiles.inclusion_proof(index, size))
    }

    /// The history proof between two trees of the log, which a Rekor v1 log gives by itself.
    pub fn history_between(&mut self, one: &Checkpoint, other: &Checkpoint) -> Pending<Answer<Vec<Hash>>> {
        let (small, large) = if one.size <= other.size { (one, other) } else { (other, one) };
        let tree = large.origin.rsplit_once(' ').and_then(|(name, tree)| name.ends_with(" -").then_some(tree));
        match tree.filter(|_| self.v1) {
            None => self.history_proof(one.size, other.size),
            Some(_) if small.size == 0 || small.size == large.size || small.origin != large.origin => {
                Some(Ok(Vec::new()))
            }
            Some(tree) => {
                let sizes = format!("firstSize={}&lastSize={}", small.size, large.size);
                let answer = self.get(&format!("api/v1/log/proof?{sizes}&treeID={tree}"), MAX_CHECKPOINT)?;
                // RFC 9162 leaves out the root of a smaller tree that is a subtree by itself.
                let root = small.size.is_power_of_two().then_some(small.root);
                let whole = |hashes: Vec<Hash>| root.into_iter().chain(hashes).collect();
                Some(answer.and_then(|body| v1::read_hashes(&body)).map(whole))
            }
        }
    }

    /// The history proof between trees of `one` and `other` leaves, put together from tiles of the larger.
    pub fn history_proof(&mut self, one: u64, other: u64) -> Pending<Answer<Vec<Hash>>> {
        self.proof(|tiles| tiles.history_proof(one.min(other), one.max(other)))
    }

    fn proof(&mut self, read: impl Fn(&Tiles) -> Result<Vec<Hash>, Set<TileId>>) -> Pending<Answer<Vec<Hash>>> {
        let missing = match read(&self.tiles) {
            Ok(proof) => return Some(Ok(proof)),
            Err(missing) => missing,
        };
        let mut complete = true;
        for id in missing {
            match self.tile(id) {
                None => complete = false,
                Some(Err(reason)) => return Some(Err(reason)),
                Some(Ok(hashes)) => self.tiles.insert(id, hashes),
            }
        }
        match complete {
            // The tiles that were missing are there now, and a proof needs no others.
            true => Some(read(&self.tiles).map_err(|_| NoAnswer::Unreadable("its tiles are incomplete".into()))),
            false => None,
        }
    }

    /// A tile; a partial one may be gone once the full one exists (C2SP tlog-tiles), which then is cut to size.
    fn tile(&mut self, id: TileId) -> Pending<Answer<Vec<Hash>>> {
        let bytes = match self.get(&id.path(), MAX_TILE)? {
            Err(NoAnswer::Refused(_)) if id != id.full() => self.get(&id.full().path(), MAX_TILE)?,
            answer => answer,
        };
        Some(bytes.and_then(|bytes| {
            let useful = bytes.get(..usize::from(id.width) * 32).and_then(|bytes| id.hashes(bytes));
            useful.ok_or_else(|| NoAnswer::Unreadable(format!("{id} has {} bytes", bytes.len())))
        }))
    }
}
