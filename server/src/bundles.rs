//! Entry bundles that were read a moment ago, in memory: they are large, and a copy out of the operating system's memory
//! takes as long as everything else about an answer.

use axum::body::Bytes;
use rekor_verifier::format::tile::{BundleId, WIDTH};
use std::sync::{Mutex, PoisonError};

/// Places for bundles; each has the place that its number gives it.
const PLACES: usize = 256;

/// The largest bundle that is kept, in bytes: all together have 64 MiB.
const LARGEST: usize = 256 * 1024;

/// Full bundles, which never change.
pub(crate) struct Bundles(Vec<Mutex<Option<Kept>>>);

/// A bundle of the tree with this ID.
struct Kept {
    tree_id: u64,
    index: u64,
    bytes: Bytes,
}

impl Bundles {
    pub(crate) fn new() -> Self {
        Self((0..PLACES).map(|_| Mutex::new(None)).collect())
    }

    fn place(&self, id: BundleId) -> Option<&Mutex<Option<Kept>>> {
        (u64::from(id.width) == WIDTH).then(|| &self.0[id.index as usize % PLACES])
    }

    /// The bundle, if it is here.
    pub(crate) fn get(&self, tree_id: u64, id: BundleId) -> Option<Bytes> {
        let kept = self.place(id)?.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| (kept.tree_id, kept.index) == (tree_id, id.index)).map(|kept| kept.bytes.clone())
    }

    /// Keeps a bundle, in the place of another one.
    pub(crate) fn keep(&self, tree_id: u64, id: BundleId, bytes: &Bytes) {
        if let Some(place) = self.place(id).filter(|_| bytes.len() <= LARGEST) {
            let kept = Kept { tree_id, index: id.index, bytes: bytes.clone() };
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_found_under_its_own_tree_and_number_alone() {
        let bundles = Bundles::new();
        let full = |index| BundleId { index, width: 256 };
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        bundles.keep(1, full(3), &bytes("three"));
        assert_eq!(bundles.get(1, full(3)), Some(bytes("three")));
        assert_eq!((bundles.get(2, full(3)), bundles.get(1, full(4))), (None, None));
        assert_eq!(bundles.get(1, full(3 + PLACES as u64)), None);
        bundles.keep(1, full(3 + PLACES as u64), &bytes("other"));
        assert_eq!(bundles.get(1, full(3)), None);
        // What may still grow, and what is too large, is not kept.
        let partial = BundleId { index: 5, width: 7 };
        bundles.keep(1, partial, &bytes("seven"));
        bundles.keep(1, full(6), &Bytes::from(vec![0; LARGEST + 1]));
        assert_eq!((bundles.get(1, partial), bundles.get(1, full(5)), bundles.get(1, full(6))), (None, None, None));
    }
}
