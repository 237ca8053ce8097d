//! Maps and sets in the order of their keys, and a stable sort.
//!
//! The standard library's are compiled anew for every type of key, value and item: some 150 KB of code that the browser
//! would load in order to sort a handful of names. Here one `tree` knows positions only, and asks its owner how the
//! items there compare.

mod tree;

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use tree::Tree;

/// A map in the order of its keys. Every look-up takes O(log n) comparisons. A key that was removed keeps its memory as
/// long as the map lives.
#[derive(Clone)]
pub struct Map<K, V> {
    tree: Tree,
    /// In the order in which they came; without a value where it was removed.
    items: Vec<(K, Option<V>)>,
    length: usize,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { tree: Tree::default(), items: Vec::new(), length: 0 }
    }
}

impl<K: Ord, V> Map<K, V> {
    /// A map that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    fn position<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.tree.find(&|at| compare(&self.items, at, key))
    }

    /// Puts `value` under `key`, and returns what was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let old = self.slot(key).replace(value);
        self.length += usize::from(old.is_none());
        old
    }

    fn slot(&mut self, key: K) -> &mut Option<V> {
        let items = &self.items;
        let at = self.tree.insert(&|at| compare(items, at, &key));
        if at == self.items.len() {
            self.items.push((key, None));
        }
        &mut self.items[at].1
    }

    /// The value under `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The key as it stands in the map, and the value under it.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.items.get(self.position(key)?)?;
        Some((key, value.as_ref()?))
    }

    /// The value under `key`, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        self.items.get_mut(at)?.1.as_mut()
    }

    /// The value under `key`, put there by `make` if there was none.
    pub fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.length += usize::from(!self.contains_key(&key));
        self.slot(key).get_or_insert_with(make)
    }

    /// Whether there is a value under `key`.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Takes away the value under `key`.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        let old = self.items.get_mut(at)?.1.take();
        self.length -= usize::from(old.is_some());
        old
    }
}

fn compare<K: Borrow<Q>, V, Q: Ord + ?Sized>(items: &[(K, Option<V>)], at: usize, key: &Q) -> Ordering {
    items[at].0.borrow().cmp(key)
}

impl<K, V> Map<K, V> {
    /// How many values it holds.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.tree.in_order().into_iter().filter_map(|at| {
            let (key, value) = &self.items[at];
            Some((key, value.as_ref()?))
        })
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(mut self) -> Self::IntoIter {
        let items = std::mem::take(&mut self.items).into_iter().map(|(key, value)| Some((key, value?)));
        permuted(items.collect(), &self.tree).into_iter()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Of pairs with the same key, the last counts.
impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = Self::default();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    }
}

impl<K: serde::Serialize, V: serde::Serialize> serde::Serialize for Map<K, V> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// A set in the order of its items; see [`Map`].
#[derive(Clone, PartialEq, Eq)]
pub struct Set<T>(Map<T, ()>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Map::default())
    }
}

impl<T: Ord> Set<T> {
    /// A set that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `item`; whether it was not there yet.
    pub fn insert(&mut self, item: T) -> bool {
        self.0.insert(item, ()).is_none()
    }

    /// The item as it stands in the set.
    pub fn get<Q: Ord + ?Sized>(&self, item: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
    {
        self.0.get_key_value(item).map(|(item, ())| item)
    }

    /// Whether `item` is there.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains_key(item)
    }

    /// Takes `item` away; whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.remove(item).is_some()
    }
}

impl<T> Set<T> {
    /// How many items it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The items in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.keys()
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::default();
        set.extend(items);
        set
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        let items = self.0.items.into_iter().map(|(item, there)| there.map(|()| item));
        permuted(items.collect(), &self.0.tree).into_iter()
    }
}

/// The items as `order` has them; those that are equal stay as they came.
pub(crate) fn sort<T>(items: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut tree = Tree::default();
    for item in &items {
        // Behind its equals.
        tree.insert(&|at| order(&items[at], item).then(Ordering::Less));
    }
    permuted(items.into_iter().map(Some).collect(), &tree)
}

/// What is there of the items, as the tree has them.
fn permuted<T>(mut items: Vec<Option<T>>, tree: &Tree) -> Vec<T> {
    tree.in_order().into_iter().filter_map(|at| items[at].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Numbers that look random, the same every time.
    fn numbers() -> impl Iterator<Item = u32> {
        std::iter::successors(Some(1u32), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
            .map(|n| n >> 20)
    }

    #[test]
    fn a_map_does_what_the_standard_one_does() {
        let (mut ours, mut theirs) = (Map::new(), BTreeMap::new());
        for (i, n) in numbers().take(10_000).enumerate() {
            let key = n % 1000;
            match n % 3 {
                0 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                1 => assert_eq!(ours.insert(key, i), theirs.insert(key, i)),
                _ => assert_eq!(ours.or_insert_with(key, || i), theirs.entry(key).or_insert(i)),
            }
            assert_eq!(ours.get(&n), theirs.get(&n));
            assert_eq!(ours.len(), theirs.len());
        }
        assert!(ours.iter().eq(theirs.iter()));
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }

    #[test]
    fn equal_items_stay_as_they_came() {
        let items: Vec<_> = numbers().take(5000).map(|n| n % 100).zip(0..).collect();
        let mut expected = items.clone();
        expected.sort_by_key(|(key, _)| *key);
        assert_eq!(sort(items, |(a, _), (b, _)| a.cmp(b)), expected);
    }

    #[test]
    fn items_that_come_in_order_make_no_deep_tree() {
        for set in [(0..100_000).collect::<Set<u32>>(), (0..100_000).rev().collect()] {
            assert!(set.iter().copied().eq(0..100_000));
            assert!(set.into_iter().eq(0..100_000));
        }
    }
}
