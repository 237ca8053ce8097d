//! The order of a module's functions: each behind those that it resembles. Brotli then copies from nearby, which takes
//! fewer bits, and what it has learnt of one function holds for the next: the modules become a fiftieth smaller.
//!
//! wasm-opt sorts functions by their names. So they are given names that sort into the order that is wanted.

use crate::sections;
use crate::trouble::Result;
use std::collections::{BTreeMap, BTreeSet};

/// So many bytes in a row are what two functions have in common.
const GRAM: usize = 4;

/// What stands in more functions than this says nothing about any.
const COMMON: usize = 800;

/// The module with names by which its functions sort into the order that is wanted.
pub fn name_functions(module: &[u8]) -> Result<Vec<u8>> {
    let functions = sections::functions(module)?;
    let mut names = vec![String::new(); functions.bodies.len()];
    for (place, function) in by_likeness(&functions.bodies).into_iter().enumerate() {
        names[function] = format!("{place:06}");
    }
    Ok(sections::with_names(module, functions.imported, &names))
}

/// The positions of `bodies`, from the longest on: next comes what is most like those before, the last one counting
/// twice as much as the one before it.
fn by_likeness(bodies: &[&[u8]]) -> Vec<usize> {
    let grams: Vec<BTreeSet<&[u8]>> = bodies.iter().map(|body| body.windows(GRAM).collect()).collect();
    let mut holders: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (function, grams) in grams.iter().enumerate() {
        grams.iter().for_each(|gram| holders.entry(gram).or_default().push(function));
    }
    holders.retain(|_, holders| (2..=COMMON).contains(&holders.len()));
    let mut left: BTreeSet<usize> = (0..bodies.len()).collect();
    let mut likeness = vec![0.0; bodies.len()];
    let mut order = Vec::new();
    while let Some(next) = next(&left, &likeness, &grams) {
        left.remove(&next);
        order.push(next);
        likeness.iter_mut().for_each(|likeness| *likeness /= 2.0);
        for holders in grams[next].iter().filter_map(|gram| holders.get(gram)) {
            let rarity = rarity(bodies.len() / holders.len());
            holders.iter().for_each(|holder| likeness[*holder] += rarity);
        }
    }
    order
}

/// The most alike, measured by its own size; the longest where none is.
fn next(left: &BTreeSet<usize>, likeness: &[f64], grams: &[BTreeSet<&[u8]>]) -> Option<usize> {
    let rank = |function: &usize| likeness[*function] / (grams[*function].len() as f64 + 50.0).sqrt();
    left.iter().copied().max_by(|one, other| {
        let by_size = || grams[*one].len().cmp(&grams[*other].len());
        rank(one).total_cmp(&rank(other)).then_with(by_size).then_with(|| other.cmp(one))
    })
}

/// What it counts to share something that one function of so many has: its logarithm, in whole numbers, since those
/// with fractions may differ from machine to machine.
fn rarity(one_of: usize) -> f64 {
    f64::from((one_of.max(1) as u128).pow(4).ilog2())
}

#[cfg(test)]
mod tests {
    use super::by_likeness;

    #[test]
    fn alike_stand_together_and_nothing_is_lost() {
        let bodies: [&[u8]; 5] = [b"abcdefgh", b"0123456789", b"abcdefgx", b"!", b"x0123456"];
        assert_eq!(by_likeness(&bodies), [1, 4, 0, 2, 3]);
        assert!(by_likeness(&[]).is_empty());
    }
}
