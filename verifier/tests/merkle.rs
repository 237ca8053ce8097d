//! Merkle proofs: foreign vectors, every small tree exhaustively, every proof with one bit flipped.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle::{
    ProofError, Tiles, empty_root, leaf_hash, node_hash, roots_of_history, verify_consistency, verify_history,
    verify_inclusion,
};
use rekor_verifier::format::tile::TileId;
use serde_json::Value;

mod vectors;

/// A root or leaf hash. Some vectors carry short texts where the value does not matter, only whether two are equal.
/// An empty text is no hash at all: the type has no room for it.
fn hash(value: &Value) -> Option<Hash> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    let hash = Hash::from_base64(text).unwrap_or_else(|| sha256(&[b"not a hash: ", text.as_bytes()].concat()));
    Some(hash)
}

fn proof(value: &Value) -> Option<Vec<Hash>> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|h| Hash::from_base64(h.as_str()?)).collect()
}

#[test]
fn inclusion_vectors() {
    vectors::each("merkle/inclusion.json", |case| {
        // What cannot even be read as hashes must be a case that is expected to fail.
        let read = (proof(&case["proof"]), hash(&case["leafHash"]), hash(&case["root"]));
        let (Some(proof), Some(leaf), Some(root)) = read else { return case["wantErr"] == true };
        let (index, size) = (case["leafIdx"].as_u64().unwrap(), case["treeSize"].as_u64().unwrap());
        verify_inclusion(index, size, leaf, &proof, root).is_err() == (case["wantErr"] == true)
    });
}

#[test]
fn consistency_vectors() {
    vectors::each("merkle/consistency.json", |case| {
        let read = (proof(&case["proof"]), hash(&case["root1"]), hash(&case["root2"]));
        let (Some(proof), Some(old), Some(new)) = read else { return case["wantErr"] == true };
        let (size1, size2) = (case["size1"].as_u64().unwrap(), case["size2"].as_u64().unwrap());
        verify_consistency(size1, size2, &proof, old, new).is_err() == (case["wantErr"] == true)
    });
}

/// MTH of RFC 6962 §2.1, to the letter.
fn tree_hash(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => empty_root(),
        1 => leaves[0],
        n => {
            let k = n.next_power_of_two() / 2;
            node_hash(&tree_hash(&leaves[..k]), &tree_hash(&leaves[k..]))
        }
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// All tiles of the tree over `leaves`, as a log would serve them at that size.
fn tiles(leaves: &[Hash]) -> Tiles {
    let mut tiles = Tiles::default();
    let (mut level, mut hashes) = (0, leaves.to_vec());
    while !hashes.is_empty() {
        for (i, chunk) in hashes.chunks(256).enumerate() {
            tiles.insert(TileId { level, index: i as u64, width: chunk.len() as u16 }, chunk.to_vec());
        }
        hashes = hashes.chunks_exact(256).map(tree_hash).collect();
        level += 1;
    }
    tiles
}

fn flipped(proof: &[Hash], at: usize) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    let mut bytes = *proof[at].as_bytes();
    bytes[at % 32] ^= 1 << (at % 8);
    proof[at] = Hash::from_bytes(bytes);
    proof
}

#[test]
fn every_inclusion_proof_of_small_trees() {
    for size in 1..=70u64 {
        let leaves = leaves(size);
        let (root, tiles) = (tree_hash(&leaves), tiles(&leaves));
        for index in 0..size {
            let leaf = leaves[index as usize];
            let proof = tiles.inclusion_proof(index, size).unwrap();
            assert_eq!(verify_inclusion(index, size, leaf, &proof, root), Ok(()), "{index} of {size}");
            for at in 0..proof.len() {
                assert!(verify_inclusion(index, size, leaf, &flipped(&proof, at), root).is_err());
            }
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(other, size, leaf, &proof, root).is_err());
            }
            let longer = [&proof[..], &[root]].concat();
            assert!(matches!(verify_inclusion(index, size, leaf, &longer, root), Err(ProofError::Length { .. })));
        }
    }
}

#[test]
fn every_consistency_proof_of_small_trees() {
    let all = leaves(70);
    for new in 1..=70u64 {
        let tiles = tiles(&all[..new as usize]);
        let new_root = tree_hash(&all[..new as usize]);
        for old in 1..=new {
            let old_root = tree_hash(&all[..old as usize]);
            let proof = tiles.consistency_proof(old, new).unwrap();
            assert_eq!(verify_consistency(old, new, &proof, old_root, new_root), Ok(()), "{old} to {new}");
            for at in 0..proof.len() {
                assert!(verify_consistency(old, new, &flipped(&proof, at), old_root, new_root).is_err());
            }
            let other = leaf_hash(b"another past");
            let fork = verify_consistency(old, new, &proof, other, new_root);
            let expected_fork = matches!(fork, Err(ProofError::Forked { .. } | ProofError::Root { .. }));
            assert!(expected_fork, "{old} to {new}: {fork:?}");

            let history = tiles.history_proof(old, new).unwrap();
            assert_eq!(verify_history(old, new, &history, old_root, new_root), Ok(()), "{old} to {new}");
            let roots = (old < new).then_some((old_root, new_root));
            assert_eq!(roots_of_history(old, new, &history), roots, "{old} to {new}");
            for at in 0..history.len() {
                let bad = verify_history(old, new, &flipped(&history, at), old_root, new_root);
                assert!(matches!(bad, Err(ProofError::Root { .. })), "{old} to {new}: {bad:?}");
            }
            if old < new {
                let fork = verify_history(old, new, &history, other, new_root);
                assert!(matches!(fork, Err(ProofError::Forked { .. })), "{old} to {new}: {fork:?}");
                assert!(verify_history(old, new, &history[1..], old_root, new_root).is_err());
                let needed = Err(ProofError::Length { expected: history.len(), found: 0 });
                assert_eq!(verify_history(old, new, &[], old_root, new_root), needed, "{old} to {new}");
            }
        }
    }
}

#[test]
fn across_tile_boundaries() {
    for size in [255u64, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000] {
        let leaves = leaves(size);
        let (root, tiles) = (tree_hash(&leaves), tiles(&leaves));
        for index in [0, 1, 254, 255, 256, size / 2, size - 2, size - 1].into_iter().filter(|i| *i < size) {
            let proof = tiles.inclusion_proof(index, size).unwrap();
            assert_eq!(verify_inclusion(index, size, leaves[index as usize], &proof, root), Ok(()));
        }
        for old in [1, 2, 255, 256, size / 2, size - 1].into_iter().filter(|old| *old <= size) {
            let old_root = tree_hash(&leaves[..old as usize]);
            let proof = tiles.consistency_proof(old, size).unwrap();
            assert_eq!(verify_consistency(old, size, &proof, old_root, root), Ok(()), "{old} to {size}");
        }
    }
}

#[test]
fn missing_tiles_are_named() {
    let missing = Tiles::default().inclusion_proof(300, 70_000).unwrap_err();
    let paths: Vec<String> = missing.iter().map(TileId::path).collect();
    assert_eq!(paths, ["tile/0/001", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17"]);
    // A position that no tree has, in numbers that a liar might send.
    assert_eq!(Tiles::default().inclusion_proof(5, 5), Ok(vec![]));
    for (before, now) in [(0, 5), (5, 5), (6, 5)] {
        assert_eq!(Tiles::default().consistency_proof(before, now), Ok(vec![]));
        assert_eq!(Tiles::default().history_proof(before, now), Ok(vec![]));
    }
    assert!(verify_inclusion(u64::MAX, u64::MAX, empty_root(), &[], empty_root()).is_err());
    assert!(verify_inclusion(0, u64::MAX, empty_root(), &[], empty_root()).is_err());
}
