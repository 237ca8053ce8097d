//! A blocked Bloom filter: whether a key may be there, at the price of one cache line.
//!
//! At sixteen bits a key, about one absent key in a thousand passes: each that does costs the reading of a block.

/// Bits for each key.
const BITS: u64 = 16;

/// Words of 64 bits in a block of one cache line.
const BLOCK: usize = 8;

/// Bits that a key sets within its block.
const PROBES: u32 = 7;

/// A set of keys, known only roughly: blocks of one cache line.
#[derive(Debug)]
pub(crate) struct Filter(Vec<[u64; BLOCK]>);

impl Filter {
    /// A filter for so many keys.
    pub(crate) fn for_keys(keys: u64) -> Self {
        Self(vec![[0; BLOCK]; Self::words(keys) / BLOCK])
    }

    /// Words that a filter for so many keys has.
    pub(crate) fn words(keys: u64) -> usize {
        (keys * BITS).div_ceil(64 * BLOCK as u64).max(1) as usize * BLOCK
    }

    /// A filter that was encoded.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let (blocks, _) = words.as_chunks::<BLOCK>();
        Self(blocks.iter().map(|block| block.map(u64::from_be_bytes)).collect())
    }

    /// Its words, big-endian.
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.0.iter().flatten().flat_map(|word| word.to_be_bytes()).collect()
    }

    /// Takes in a key, whose bits are spread evenly.
    pub(crate) fn insert(&mut self, key: u128) {
        let block = self.block(key);
        for (word, mask) in probes(key) {
            self.0[block][word] |= mask;
        }
    }

    /// Whether the key may be there; certain if not.
    pub(crate) fn may_hold(&self, key: u128) -> bool {
        let block = &self.0[self.block(key)];
        // All of them, without a branch on any: the processor then goes on to the next filter while this block is on its
        // way from memory.
        probes(key).fold(0, |missing, (word, mask)| missing | (mask & !block[word])) == 0
    }

    /// The number of a key's block.
    fn block(&self, key: u128) -> usize {
        (((key >> 64) * self.0.len() as u128) >> 64) as usize
    }
}

/// Word and bit of each probe within a block: nine bits of the key's lower half each.
fn probes(key: u128) -> impl Iterator<Item = (usize, u64)> {
    (0..PROBES).map(move |probe| {
        let bits = (key as u64 >> (9 * probe)) as usize;
        (bits / 64 % BLOCK, 1 << (bits % 64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::record::hash_key;
    use crate::tree::sha256;

    #[test]
    fn what_is_in_passes_and_little_else_does() {
        let key = |i: u32| hash_key(&sha256(&i.to_be_bytes()));
        for keys in [0, 1, 50, 51, 20_000] {
            let mut filter = Filter::for_keys(u64::from(keys));
            (0..keys).for_each(|i| filter.insert(key(i)));
            let filter = Filter::decode(&filter.encode());
            assert!((0..keys).all(|i| filter.may_hold(key(i))), "{keys}");
            let passed = (1_000_000..1_010_000).filter(|i| filter.may_hold(key(*i))).count();
            assert!(passed < 60, "{passed} of 10,000 pass a filter of {keys} keys");
        }
    }
}
