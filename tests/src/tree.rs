//! RFC 6962 §2.1, written literally: slow, and independent of the project's own trees.

use crate::text::sha256;

/// A node's hash.
pub type Hash = [u8; 32];

/// MTH: the root over these leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// PATH: the inclusion proof of the leaf at `index`, from the leaf upwards.
pub fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if index < left.len() {
        (path(index, left), root(right))
    } else {
        (path(index - left.len(), right), root(left))
    };
    proof.push(sibling);
    proof
}

/// The largest power of two smaller than `n`, for n ≥ 2.
fn split(n: usize) -> usize {
    1 << (n - 1).ilog2()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left.as_slice(), right].concat())
}
