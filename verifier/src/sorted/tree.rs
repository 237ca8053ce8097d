//! A balanced search tree of positions: an AA tree (Andersson, "Balanced search trees made simple", 1993). What stands at
//! a position, and how it compares, only the owner knows.

use std::cmp::Ordering;

/// How the item at a position compares with the one that is looked for.
type Compare<'a> = &'a dyn Fn(usize) -> Ordering;

/// Positions from 0, each added once, in the order of what stands there.
#[derive(Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    root: Option<usize>,
}

/// The node of the position that is its index.
#[derive(Clone)]
struct Node {
    left: Option<usize>,
    right: Option<usize>,
    /// 1 for a leaf. A left child is one level below, a right child at most one, its right child at least one.
    level: u8,
}

impl Tree {
    /// The position whose item is equal.
    pub(super) fn find(&self, compare: Compare) -> Option<usize> {
        let mut next = self.root;
        while let Some(at) = next {
            next = match compare(at) {
                Ordering::Equal => return Some(at),
                Ordering::Less => self.nodes[at].right,
                Ordering::Greater => self.nodes[at].left,
            };
        }
        None
    }

    /// The position whose item is equal, or else the next free one, which is now in the tree.
    pub(super) fn insert(&mut self, compare: Compare) -> usize {
        let (mut path, mut next) = (Vec::new(), self.root);
        while let Some(at) = next {
            let order = compare(at);
            next = match order {
                Ordering::Equal => return at,
                Ordering::Less => self.nodes[at].right,
                Ordering::Greater => self.nodes[at].left,
            };
            path.push((at, order));
        }
        let new = self.nodes.len();
        self.nodes.push(Node { left: None, right: None, level: 1 });
        let mut below = new;
        for (at, order) in path.into_iter().rev() {
            match order {
                Ordering::Less => self.nodes[at].right = Some(below),
                _ => self.nodes[at].left = Some(below),
            }
            below = self.skew(at);
            below = self.split(below);
        }
        self.root = Some(below);
        new
    }

    /// Turns a left child of the same level into the parent.
    fn skew(&mut self, at: usize) -> usize {
        match self.nodes[at].left {
            Some(left) if self.nodes[left].level == self.nodes[at].level => {
                self.nodes[at].left = self.nodes[left].right;
                self.nodes[left].right = Some(at);
                left
            }
            _ => at,
        }
    }

    /// Lifts the middle of three in a row that are of the same level.
    fn split(&mut self, at: usize) -> usize {
        let Some(right) = self.nodes[at].right else { return at };
        match self.nodes[right].right {
            Some(last) if self.nodes[last].level == self.nodes[at].level => {
                self.nodes[at].right = self.nodes[right].left;
                self.nodes[right].left = Some(at);
                self.nodes[right].level += 1;
                right
            }
            _ => at,
        }
    }

    /// All positions, in order.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let (mut order, mut above, mut next) = (Vec::with_capacity(self.nodes.len()), Vec::new(), self.root);
        loop {
            while let Some(at) = next {
                above.push(at);
                next = self.nodes[at].left;
            }
            let Some(at) = above.pop() else { return order };
            order.push(at);
            next = self.nodes[at].right;
        }
    }
}
