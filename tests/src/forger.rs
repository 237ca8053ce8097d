//! A log that has put a leaf of its own making into its tree, and stands by it: checkpoints, tiles,
//! proofs and promises all fit together and are signed with the log's own keys. Only what the leaf
//! says is false. For logs of at most 256 entries.

use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use crate::lying::{Answer, Liar, Request};
use crate::rekor::{Log, Server};
use crate::signing::{V1Key, log_key, note_text, sign_note, v1_key};
use crate::text::{base64, hex, leaf_hash};
use crate::tree::{self, Hash};

/// The forged log.
pub struct Forger {
    tree: String,
    origin: String,
    key: SigningKey,
    v1: V1Key,
    index: usize,
    honest_leaf: Vec<u8>,
    leaves: Vec<Vec<u8>>,
}

impl Forger {
    /// The log behind `server`, with the leaf at `index` changed by `change`.
    pub fn new(log: &Log, server: &Server, index: usize, change: impl Fn(&str) -> String) -> Self {
        let checkpoint = fetch(&format!("{}/checkpoint", server.url));
        let checkpoint = String::from_utf8(checkpoint).expect("a checkpoint is text");
        let size: usize = checkpoint.lines().nth(1).expect("a size").parse().expect("a number");
        let mut leaves = unbundle(&fetch(&format!("{}/tile/entries/000.p/{size}", server.url)));
        assert_eq!(leaves.len(), size);
        let honest_leaf = leaves[index].clone();
        leaves[index] = change(std::str::from_utf8(&honest_leaf).expect("a leaf is JSON")).into_bytes();
        assert_ne!(leaves[index], honest_leaf, "nothing was forged");
        Self {
            tree: log.tree.clone(),
            origin: log.origin().to_owned(),
            key: log_key(log),
            v1: v1_key(log),
            index,
            honest_leaf,
            leaves,
        }
    }

    /// Has the liar tell of the forged tree, in answer to requests for what is in it.
    pub fn take_over(self, liar: &Liar) {
        let (honest, forged) = (hex(&leaf_hash(&self.honest_leaf)), hex(&leaf_hash(&self.leaves[self.index])));
        liar.rewrite(move |request| {
            request.path = request.path.replace(&forged, &honest);
            request.body = String::from_utf8_lossy(&request.body).replace(&forged, &honest).into_bytes();
        });
        liar.change(move |request, answer| self.forge(request, answer));
    }

    /// Makes an honest answer fit the forged tree.
    fn forge(&self, request: &Request, answer: &mut Answer) {
        let path = request.path.as_str();
        if path.ends_with("/checkpoint") {
            let text = format!("{}\n{}\n{}\n", self.origin, self.leaves.len(), base64(&self.root(self.leaves.len())));
            answer.body = sign_note(&text, &self.origin, &self.key).into_bytes();
        } else if path.contains("/tile/entries/") {
            answer.body = self.bundle(width(path));
        } else if path.contains("/tile/0/") {
            answer.body = self.hashes(width(path)).concat();
        } else if path.contains("/api/v1/") {
            self.forge_v1(answer);
        }
    }

    fn forge_v1(&self, answer: &mut Answer) {
        let old = hex(&leaf_hash(&self.honest_leaf));
        let new = hex(&leaf_hash(&self.leaves[self.index]));
        let text = String::from_utf8_lossy(&answer.body).replace(&old, &new);
        let text = text.replace(&base64(&self.honest_leaf), &base64(&self.leaves[self.index]));
        let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return };
        // One entry is an object of UUIDs; several are a list of such objects.
        let maps = match &mut value {
            Value::Array(list) => list.iter_mut().collect(),
            one => vec![one],
        };
        for map in maps {
            for entry in map.as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
                self.forge_entry(entry);
            }
        }
        answer.body = value.to_string().into_bytes();
    }

    fn forge_entry(&self, entry: &mut Value) {
        let Some(proof) = entry.pointer("/verification/inclusionProof").cloned() else { return };
        let (size, index) = (proof["treeSize"].as_u64(), proof["logIndex"].as_u64());
        let (size, index) = (size.expect("treeSize") as usize, index.expect("logIndex") as usize);
        let root = self.root(size);
        let note = proof["checkpoint"].as_str().expect("a checkpoint");
        let first = note_text(note).lines().next().expect("an origin").to_owned();
        let name = first.split(' ').next().expect("a name").to_owned();
        let text = format!("{name} - {}\n{size}\n{}\n", self.tree, base64(&root));
        let path = tree::path(index, &self.hashes(size));
        entry["verification"]["inclusionProof"] = json!({
            "checkpoint": self.v1.sign_note(&text, &name),
            "hashes": path.iter().map(|hash| hex(hash)).collect::<Vec<_>>(),
            "logIndex": index,
            "rootHash": hex(&root),
            "treeSize": size,
        });
        // The four fields in the order of their names, as RFC 8785 has it; all of them are plain ASCII.
        let promise = format!(
            r#"{{"body":{},"integratedTime":{},"logID":{},"logIndex":{}}}"#,
            entry["body"], entry["integratedTime"], entry["logID"], entry["logIndex"]
        );
        entry["verification"]["signedEntryTimestamp"] = json!(base64(&self.v1.sign(promise.as_bytes())));
    }

    fn hashes(&self, count: usize) -> Vec<Hash> {
        self.leaves[..count].iter().map(|leaf| leaf_hash(leaf)).collect()
    }

    fn root(&self, size: usize) -> Hash {
        tree::root(&self.hashes(size))
    }

    fn bundle(&self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for leaf in &self.leaves[..count] {
            bytes.extend_from_slice(&u16::try_from(leaf.len()).expect("a leaf's size").to_be_bytes());
            bytes.extend_from_slice(leaf);
        }
        bytes
    }
}

/// The width of the tile that a path names.
fn width(path: &str) -> usize {
    path.rsplit_once(".p/").map_or(256, |(_, width)| width.parse().expect("a tile's width"))
}

/// The entries of an entry bundle.
pub fn unbundle(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let [high, low, rest @ ..] = bytes {
        let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        entries.push(entry.to_vec());
        bytes = rest;
    }
    entries
}

/// The body of what is at an address.
pub fn fetch(url: &str) -> Vec<u8> {
    let mut answer = ureq::get(url).call().unwrap_or_else(|error| panic!("{url}: {error}"));
    answer.body_mut().read_to_vec().expect("a body")
}
