//! Things by number. A hash table for each kind of thing would be a kilobyte of the page's module for each.

/// Things that the engine holds by number, sorted by it.
pub(super) struct Numbered<T>(Vec<(u32, T)>);

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Numbered<T> {
    fn find(&self, number: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |(known, _)| *known)
    }

    /// Holds a thing, in the place of the one of that number.
    pub(super) fn insert(&mut self, number: u32, thing: T) {
        match self.find(number) {
            Ok(at) => self.0[at].1 = thing,
            Err(at) => self.0.insert(at, (number, thing)),
        }
    }

    /// The thing of a number.
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.find(number).ok().map(|at| &self.0[at].1)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.find(number).ok().map(|at| &mut self.0[at].1)
    }

    /// Gives a thing away.
    pub(super) fn remove(&mut self, number: u32) -> Option<T> {
        self.find(number).ok().map(|at| self.0.remove(at).1)
    }

    /// Every number.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.0.iter().map(|(number, _)| *number).collect()
    }

    /// Gives everything away.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_held_by_number() {
        let mut held = Numbered::default();
        for (number, thing) in [(5, 'a'), (2, 'b'), (9, 'c'), (5, 'd')] {
            held.insert(number, thing);
        }
        assert_eq!((held.get(5), held.get(3), held.numbers()), (Some(&'d'), None, vec![2, 5, 9]));
        assert_eq!((held.remove(2), held.remove(2)), (Some('b'), None));
        held.get_mut(9).into_iter().for_each(|thing| *thing = 'e');
        assert_eq!(held.remove(9), Some('e'));
        held.clear();
        assert_eq!(held.get(5), None);
    }
}
