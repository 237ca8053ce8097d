//! A Rekor v2 log: entries of Sigstore's staging logs as bundles hold them, in a tree of their own under a key of the
//! tests. What stands in the tiles of a public log, nobody has: a bundle holds the way from one entry to the root alone.

use crate::public_log::bundle;
use crate::signing::{foreign_key, sign_note, vkey as vkey_of};
use crate::text::{base64, leaf_hash, unbase64};
use crate::tree;
use std::collections::BTreeMap;

/// The host of the log, which is the name of its key and the origin of its checkpoints.
pub const HOST: &str = "log2025.rekor.example";

/// The bundles whose entries are in it, in their order.
pub const BUNDLES: [&str; 4] = [
    "upstream/sigstore-python/staging-rekor-v2.txt.sigstore.json",
    "upstream/sigstore-python/a.dsse.staging-rekor-v2.txt.sigstore.json",
    "bundles/conda-attestation-rekor2.sigstore.json",
    "timestamps/valid_bundle.json",
];

/// The log's key, as a policy names it.
pub fn vkey() -> String {
    vkey_of(HOST, &foreign_key())
}

/// What the log serves, by the path below its base address.
pub fn files() -> BTreeMap<&'static str, Vec<u8>> {
    let entry = |path: &&str| bundle(path)["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"].clone();
    let leaves: Vec<Vec<u8>> = BUNDLES.iter().map(entry).map(|body| unbase64(body.as_str().unwrap())).collect();
    let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let head = format!("{HOST}\n{}\n{}\n", leaves.len(), base64(&tree::root(&hashes)));
    let framed = |leaf: &Vec<u8>| [&u16::try_from(leaf.len()).unwrap().to_be_bytes()[..], leaf].concat();
    BTreeMap::from([
        ("api/v2/checkpoint", sign_note(&head, HOST, &foreign_key()).into_bytes()),
        ("api/v2/tile/0/000.p/4", hashes.concat()),
        ("api/v2/tile/entries/000.p/4", leaves.iter().map(framed).collect::<Vec<_>>().concat()),
    ])
}
