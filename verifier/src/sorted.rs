//! Sorted collections, one insertion after another.
//!
//! `collect` sorts first, with a sort that is compiled anew for every type of item: some 50 KB of code that the browser
//! would load in order to sort a handful of names.

use std::collections::{BTreeMap, BTreeSet};

/// The map of these pairs; of those with the same key, the last counts.
pub(crate) fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// The set of these items.
pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}
