//! Powers modulo an odd number, by Montgomery's multiplication (Koç, Acar and Kaliski, "Analyzing and Comparing Montgomery
//! Multiplication Algorithms", IEEE Micro 16(3), 1996: CIOS). In digits of 32 bits, the least significant first:
//! WebAssembly multiplies two of them at once.

/// An odd number above 1. With R for the first power of 2^32 that has a digit more, numbers are calculated with as their
/// product with R.
pub(super) struct Modulus {
    digits: Vec<u32>,
    /// -1 / `digits` modulo 2^32.
    inverse: u32,
    /// Bytes that the number was given in.
    length: usize,
}

impl Modulus {
    /// Reads a big-endian number that has no zeros in front; `None` for an even one.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let digits = digits(bytes);
        let low = digits.first().copied().filter(|low| low % 2 == 1)?;
        // Newton's iteration: an odd number is its own inverse modulo 8, and each round doubles the bits that are right.
        let inverse = (0..4).fold(low, |known, _| known.wrapping_mul(2u32.wrapping_sub(low.wrapping_mul(known))));
        Some(Self { digits, inverse: inverse.wrapping_neg(), length: bytes.len() })
    }

    /// `base` to the power of `exponent`, both as long as the modulus; `None` unless `base` is below the modulus, and for
    /// an exponent of 0.
    pub(super) fn power(&self, base: &[u8], exponent: u32) -> Option<Vec<u8>> {
        let base = digits(base);
        if base.len() != self.digits.len() || !self.is_above(&base) {
            return None;
        }
        let base = self.multiply(&base, &self.square_of_r());
        let mut power = base.clone();
        for bit in (0..exponent.checked_ilog2()?).rev() {
            power = self.multiply(&power, &power);
            if exponent >> bit & 1 == 1 {
                power = self.multiply(&power, &base);
            }
        }
        let mut one = vec![0; self.digits.len()];
        *one.first_mut()? = 1;
        let power = self.multiply(&power, &one);
        let bytes: Vec<u8> = power.iter().rev().flat_map(|digit| digit.to_be_bytes()).collect();
        bytes.get(bytes.len() - self.length..).map(<[u8]>::to_vec)
    }

    /// R². Doubling gives R itself and then R·2^k for its k digits, and five squares of that R·2^32k.
    fn square_of_r(&self) -> Vec<u32> {
        let k = self.digits.len();
        let mut number = vec![0; k];
        let highest = self.digits.last().map_or(0, |digit| digit.ilog2());
        if let Some(digit) = number.last_mut() {
            *digit = 1 << highest;
        }
        for _ in 0..(32 - highest as usize) + k {
            self.double(&mut number);
        }
        for _ in 0..5 {
            number = self.multiply(&number, &number);
        }
        number
    }

    /// a·b/R.
    fn multiply(&self, a: &[u32], b: &[u32]) -> Vec<u32> {
        let mut sum = vec![0; self.digits.len()];
        let mut above = 0;
        for digit in b {
            let mut high = above + add_product(&mut sum, a, *digit);
            let low = sum.first().copied().unwrap_or_default();
            high += add_product(&mut sum, &self.digits, low.wrapping_mul(self.inverse));
            // The lowest digit is 0 now.
            sum.copy_within(1.., 0);
            if let Some(last) = sum.last_mut() {
                *last = high as u32;
            }
            above = high >> 32;
        }
        self.reduce(&mut sum, above > 0);
        sum
    }

    fn double(&self, number: &mut [u32]) {
        let mut above = 0;
        for digit in number.iter_mut() {
            (*digit, above) = (*digit << 1 | above, *digit >> 31);
        }
        self.reduce(number, above > 0);
    }

    /// Takes the modulus from a number that is less than twice as large; `above` is a bit above its digits.
    fn reduce(&self, number: &mut [u32], above: bool) {
        if !above && self.is_above(number) {
            return;
        }
        let mut borrow = 0;
        for (digit, own) in number.iter_mut().zip(&self.digits) {
            borrow += i64::from(*digit) - i64::from(*own);
            *digit = borrow as u32;
            borrow >>= 32;
        }
    }

    fn is_above(&self, number: &[u32]) -> bool {
        number.iter().rev().lt(self.digits.iter().rev())
    }
}

/// Adds `number` times `digit` to a sum of as many digits, and gives what goes beyond them.
fn add_product(sum: &mut [u32], number: &[u32], digit: u32) -> u64 {
    let mut carry = 0;
    for (sum, number) in sum.iter_mut().zip(number) {
        carry += u64::from(*sum) + u64::from(*number) * u64::from(digit);
        *sum = carry as u32;
        carry >>= 32;
    }
    carry
}

fn digits(bytes: &[u8]) -> Vec<u32> {
    let digit = |bytes: &[u8]| bytes.iter().fold(0, |digit, byte| digit << 8 | u32::from(*byte));
    bytes.rchunks(4).map(digit).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test fails by panicking
    use super::Modulus;
    use rsa::BoxedUint;
    use rsa::hazmat::rsa_encrypt;
    use sha2::{Digest, Sha256};

    /// Bytes that look like chance.
    fn bytes(seed: u32, length: usize) -> Vec<u8> {
        let blocks = (0u32..).flat_map(|block| Sha256::digest([seed.to_be_bytes(), block.to_be_bytes()].concat()));
        blocks.take(length).collect()
    }

    #[test]
    fn powers_are_those_of_the_crate() {
        for seed in 0..200 {
            let length = 128 + seed as usize % 67;
            let mut modulus = bytes(seed, length);
            modulus[0] = (modulus[0] >> (seed % 8)).max(1);
            match seed % 4 {
                // Long runs of ones and zeros carry and borrow furthest.
                0 => modulus[1..length / 2].fill(0xff),
                1 => modulus[1..length - 4].fill(0),
                _ => {}
            }
            modulus[length - 1] |= 1;
            let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
            let mut bases = vec![vec![0; length], bytes(!seed, length), modulus.clone()];
            bases[1][0] = 0;
            let mut last = modulus.clone();
            last[length - 1] -= 1;
            bases.push(last);
            for exponent in [3, 5, 17, 65537, 0xffff_ffff, seed | 3] {
                let ours = Modulus::new(&modulus).unwrap();
                let sizes = 1000..=1600;
                let key =
                    rsa::PublicKey::new_with_size_limits(number(&modulus), BoxedUint::from(exponent), sizes).unwrap();
                for base in &bases {
                    let expected = (*base != modulus).then(|| rsa_encrypt(&key, &number(base)).unwrap());
                    let found = ours.power(base, exponent).map(|power| number(&power));
                    assert_eq!(found, expected, "{modulus:?} {exponent} {base:?}");
                }
            }
        }
    }

    #[test]
    fn small_numbers_exhaustively() {
        for modulus in (3u8..=255).step_by(2) {
            let ours = Modulus::new(&[modulus]).unwrap();
            for base in 0..=255u8 {
                for exponent in 1..6u32 {
                    let expected = (0..exponent).fold(1, |power, _| power * u32::from(base) % u32::from(modulus));
                    let expected = (base < modulus).then(|| vec![expected as u8]);
                    assert_eq!(ours.power(&[base], exponent), expected, "{base}^{exponent} mod {modulus}");
                }
            }
            assert_eq!((ours.power(&[1], 0), ours.power(&[0; 9], 3)), (None, None));
            assert!(Modulus::new(&[modulus - 1]).is_none() && Modulus::new(&[]).is_none());
        }
    }
}
