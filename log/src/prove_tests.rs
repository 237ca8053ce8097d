//! The proofs, compared with a reference written literally after RFC 6962 and checked by the verifier.
#![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.

use crate::prove::{HashReader, consistency, frontier, inclusion, root};
use crate::tree::{Completed, Frontier, leaf_hash, node_hash, sha256};
use rekor_verifier::Hash;
use rekor_verifier::check::merkle::{verify_consistency, verify_inclusion};
use std::convert::Infallible;

/// The largest power of two smaller than n, as RFC 6962 §2.1 has it: k < n ≤ 2k.
fn k(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// RFC 6962 §2.1.
fn mth(d: &[Vec<u8>]) -> Hash {
    match d.len() {
        0 => sha256(b""),
        1 => leaf_hash(&d[0]),
        n => node_hash(&mth(&d[..k(n)]), &mth(&d[k(n)..])),
    }
}

/// RFC 6962 §2.1.1.
fn path(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
    let n = d.len();
    if n == 1 {
        return Vec::new();
    }
    let (mut path_below, other) = match m < k(n) {
        true => (path(m, &d[..k(n)]), mth(&d[k(n)..])),
        false => (path(m - k(n), &d[k(n)..]), mth(&d[..k(n)])),
    };
    path_below.push(other);
    path_below
}

/// RFC 6962 §2.1.2.
fn subproof(m: usize, d: &[Vec<u8>], b: bool) -> Vec<Hash> {
    let n = d.len();
    if m == n {
        return if b { Vec::new() } else { vec![mth(d)] };
    }
    let (mut below, other) = match m <= k(n) {
        true => (subproof(m, &d[..k(n)], b), mth(&d[k(n)..])),
        false => (subproof(m - k(n), &d[k(n)..], false), mth(&d[..k(n)])),
    };
    below.push(other);
    below
}

/// Tile levels in memory, which refuse to give more than a tile at once.
#[derive(Default)]
struct Memory(Vec<Vec<Hash>>);

impl HashReader for Memory {
    type Error = Infallible;

    fn hashes(&self, level: usize, start: u64, count: u64) -> Result<Vec<Hash>, Infallible> {
        let start = start as usize;
        let end = start + count as usize;
        assert!((1..=256).contains(&count) && start / 256 == (end - 1) / 256, "more than one tile");
        Ok(self.0[level][start..end].to_vec())
    }
}

fn grow(size: usize) -> (Vec<Vec<u8>>, Memory, Vec<Hash>) {
    let entries: Vec<Vec<u8>> = (0..size).map(|i| format!("entry {i}").into_bytes()).collect();
    let (mut frontier, mut memory) = (Frontier::new(), Memory(vec![Vec::new(); 4]));
    let mut roots = vec![frontier.root()];
    for entry in &entries {
        let mut completed = Vec::new();
        frontier.push(leaf_hash(entry), &mut completed);
        for Completed { level, hash } in completed {
            memory.0[level].push(hash);
        }
        roots.push(frontier.root());
    }
    (entries, memory, roots)
}

fn compare(entries: &[Vec<u8>], memory: &Memory, roots: &[Hash], size: usize, old: usize) {
    let (n, m) = (size as u64, old as u64);
    if old < size {
        let proof = inclusion(memory, m, n).unwrap();
        assert_eq!(proof, path(old, &entries[..size]), "entry {old} in {size}");
        verify_inclusion(m, n, leaf_hash(&entries[old]), &proof, roots[size]).unwrap();
    }
    let proof = consistency(memory, m, n).unwrap();
    if old == 0 {
        assert_eq!(proof, []);
    } else {
        assert_eq!(proof, subproof(old, &entries[..size], true), "{old} to {size}");
        verify_consistency(m, n, &proof, roots[old], roots[size]).unwrap();
    }
}

#[test]
fn every_small_tree_agrees_with_the_rfc() {
    let (entries, memory, roots) = grow(70);
    for size in 0..=70 {
        assert_eq!(roots[size], mth(&entries[..size]));
        assert_eq!(root(&memory, size as u64).unwrap(), roots[size]);
        for old in 0..=size {
            compare(&entries, &memory, &roots, size, old);
            flip(&entries, &memory, &roots, size, old);
        }
    }
}

/// No proof stands with one bit of one hash changed, one hash less or one more.
fn flip(entries: &[Vec<u8>], memory: &Memory, roots: &[Hash], size: usize, old: usize) {
    let (n, m) = (size as u64, old as u64);
    let changed = |proof: &[Hash]| {
        let mut proofs = vec![[proof, &[roots[0]]].concat()];
        for position in 0..proof.len() {
            let mut bytes = *proof[position].as_bytes();
            bytes[position % 32] ^= 1 << (position % 8);
            let mut flipped = proof.to_vec();
            flipped[position] = Hash::from_bytes(bytes);
            proofs.extend([flipped, [&proof[..position], &proof[position + 1..]].concat()]);
        }
        proofs
    };
    if old < size {
        for proof in changed(&inclusion(memory, m, n).unwrap()) {
            let wrong = verify_inclusion(m, n, leaf_hash(&entries[old]), &proof, roots[size]);
            assert!(wrong.is_err(), "entry {old} in {size}: {proof:?}");
        }
    }
    if (1..size).contains(&old) {
        for proof in changed(&consistency(memory, m, n).unwrap()) {
            let wrong = verify_consistency(m, n, &proof, roots[old], roots[size]);
            assert!(wrong.is_err(), "{old} to {size}: {proof:?}");
        }
    }
}

/// Numbers that are always the same, and look like any.
fn mixed(seed: usize) -> usize {
    ((seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize
}

#[test]
fn every_tree_up_to_a_thousand_agrees_with_the_rfc() {
    let (entries, memory, roots) = grow(1000);
    for size in 1..=1000 {
        assert_eq!(roots[size], mth(&entries[..size]), "{size}");
        assert_eq!(root(&memory, size as u64).unwrap(), roots[size], "{size}");
        assert_eq!(frontier(&memory, size as u64).unwrap().root(), roots[size], "{size}");
        compare(&entries, &memory, &roots, size, mixed(size) % size);
        flip(&entries, &memory, &roots, size, mixed(size) % size);
    }
}

#[test]
fn random_larger_trees_agree_with_the_rfc() {
    let (entries, memory, roots) = grow(20_000);
    for seed in 1..40 {
        let size = 1001 + mixed(seed) % 19_000;
        assert_eq!(roots[size], mth(&entries[..size]), "{size}");
        assert_eq!(root(&memory, size as u64).unwrap(), roots[size], "{size}");
        let old = mixed(seed * 1000) % size;
        compare(&entries, &memory, &roots, size, old);
        flip(&entries, &memory, &roots, size, old);
    }
}

#[test]
fn a_tree_goes_on_from_its_tiles_as_from_its_entries() {
    let (entries, memory, roots) = grow(1030);
    for size in [0, 1, 2, 3, 255, 256, 257, 511, 512, 1000, 1024, 1029] {
        let mut again = frontier(&memory, size as u64).unwrap();
        for next in size..1030 {
            again.push(leaf_hash(&entries[next]), &mut Vec::new());
            assert_eq!((again.size(), again.root()), (next as u64 + 1, roots[next + 1]), "{size} to {next}");
        }
    }
}

#[test]
fn trees_across_the_edges_of_tiles_agree_with_the_rfc() {
    let (entries, memory, roots) = grow(1030);
    for size in [255, 256, 257, 511, 512, 513, 767, 768, 1000, 1023, 1024, 1025, 1030] {
        assert_eq!(root(&memory, size as u64).unwrap(), mth(&entries[..size]));
        for old in [0, 1, 2, 128, 254, 255, 256, 257, 300, 511, 512, 513, 768, 1022, 1023, 1024, 1029] {
            if old <= size {
                compare(&entries, &memory, &roots, size, old);
            }
        }
    }
}

#[test]
fn a_whole_tile_of_tiles_gives_the_second_level() {
    let (_, memory, roots) = grow(65_537);
    assert_eq!([memory.0[0].len(), memory.0[1].len(), memory.0[2].len()], [65_537, 256, 1]);
    for size in [65_535, 65_536, 65_537] {
        assert_eq!(root(&memory, size).unwrap(), roots[size as usize]);
        for old in [1, 256, 65_280, 65_534, 65_535] {
            let proof = consistency(&memory, old, size).unwrap();
            verify_consistency(old, size, &proof, roots[old as usize], roots[size as usize]).unwrap();
            let leaf = memory.0[0][old as usize - 1];
            verify_inclusion(old - 1, size, leaf, &inclusion(&memory, old - 1, size).unwrap(), roots[size as usize])
                .unwrap();
        }
    }
}
