//! RSA signatures (RFC 8017 §8): whether one holds, and nothing else.
//!
//! Written here because every reader loads it with the browser's core, which has room for a public-key operation and not
//! for a crate that signs, decrypts and keeps secrets too. Everything here is public, so that nothing need take the same
//! time for all values. `tests/rsa.rs` holds it against Wycheproof and the crate `rsa`.

mod modulus;

use super::signature::BadSignature;
use crate::format::key::{MAX_RSA_BITS, MIN_RSA_BITS, Material, PublicKey, RsaNumbers};
use modulus::Modulus;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// How the digest stands in a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2).
    Pkcs1v15,
    /// RSASSA-PSS with MGF1 and the digest's hash in it (§8.1.2).
    Pss(Salt),
}

/// How long the salt of RSASSA-PSS is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Salt {
    /// As long as it is.
    Any,
    /// As long as the digest.
    OfDigest,
}

/// Checks an RSA signature over a message with this digest, which is of SHA-256, SHA-384 or SHA-512 by its length.
pub fn verify(key: &PublicKey, padding: Padding, digest: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    match &key.material {
        Material::Rsa(key) if holds(key, padding, digest, signature) => Ok(()),
        _ => Err(BadSignature::Mismatch),
    }
}

pub(crate) fn holds(key: &RsaNumbers, padding: Padding, digest: &[u8], signature: &[u8]) -> bool {
    let Some((hash, encoded)) = Hash::of_digest(digest).zip(opened(key, signature)) else { return false };
    match padding {
        Padding::Pkcs1v15 => pkcs1_encoded(hash, digest, encoded.len()).is_some_and(|expected| expected == encoded),
        Padding::Pss(salt) => pss_is_consistent(hash, digest, encoded, key.modulus[0], salt),
    }
}

/// The public-key operation on a signature (§5.2.2), as many bytes as the modulus has. `None` where the signature is not
/// that long or no number below the modulus, and where the key's numbers are none.
fn opened(key: &RsaNumbers, signature: &[u8]) -> Option<Vec<u8>> {
    let bits = (key.modulus.len() * 8).checked_sub(key.modulus.first()?.leading_zeros() as usize)?;
    let exponent =
        key.exponent.iter().try_fold(0u32, |number, byte| Some(number.checked_mul(256)? | u32::from(*byte)))?;
    // Under an exponent of 1 everybody signs; an even one is none.
    if !(MIN_RSA_BITS as usize..=MAX_RSA_BITS as usize).contains(&bits) || exponent < 3 || exponent % 2 == 0 {
        return None;
    }
    if signature.len() != key.modulus.len() {
        return None;
    }
    Modulus::new(&key.modulus)?.power(signature, exponent)
}

#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of_digest(digest: &[u8]) -> Option<Self> {
        match digest.len() {
            32 => Some(Hash::Sha256),
            48 => Some(Hash::Sha384),
            64 => Some(Hash::Sha512),
            _ => None,
        }
    }

    /// The last part of its object identifier, below 2.16.840.1.101.3.4.2.
    const fn identifier(self) -> u8 {
        match self {
            Hash::Sha256 => 1,
            Hash::Sha384 => 2,
            Hash::Sha512 => 3,
        }
    }

    fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let bytes = parts.concat();
        match self {
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// EMSA-PKCS1-v1_5 (§9.2) in `length` bytes.
fn pkcs1_encoded(hash: Hash, digest: &[u8], length: usize) -> Option<Vec<u8>> {
    let size = digest.len() as u8;
    // DigestInfo in DER up to the digest: the algorithm with NULL for its parameters.
    let info = [0x30, size + 17, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, hash.identifier(), 5, 0, 4, size];
    let filling = length.checked_sub(3 + info.len() + digest.len()).filter(|filling| *filling >= 8)?;
    Some([&[0, 1][..], &vec![0xff; filling], &[0], &info, digest].concat())
}

/// EMSA-PSS-VERIFY (§9.1.2) after the first step of decoding (§8.1.2, 2c). `first` is the modulus's first byte.
fn pss_is_consistent(hash: Hash, digest: &[u8], mut encoded: Vec<u8>, first: u8, salt: Salt) -> bool {
    // The encoding has a bit less than the modulus: where that is the first of a byte, the byte falls away.
    let spare = first.leading_zeros() + 1;
    let encoded = match spare {
        8 if encoded[0] == 0 => &mut encoded[1..],
        8 => return false,
        _ => &mut encoded[..],
    };
    let spare = spare % 8;
    // 3. to 5.
    let Some((0xbc, rest)) = encoded.split_last_mut() else { return false };
    let Some(length) = rest.len().checked_sub(digest.len()).filter(|length| *length > 0) else { return false };
    let (db, expected) = rest.split_at_mut(length);
    // 6. to 9.
    let kept = 0xff >> spare;
    if db[0] & !kept != 0 {
        return false;
    }
    mask(hash, expected, db);
    db[0] &= kept;
    // 10., 11.
    let zeros = db.iter().take_while(|byte| **byte == 0).count();
    let Some((1, found)) = db[zeros..].split_first() else { return false };
    if salt == Salt::OfDigest && found.len() != digest.len() {
        return false;
    }
    // 12. to 14.
    hash.digest(&[&[0; 8], digest, found]) == expected
}

/// Puts MGF1 of `seed` (§B.2.1) over `db`.
fn mask(hash: Hash, seed: &[u8], db: &mut [u8]) {
    for (counter, block) in (0u32..).zip(db.chunks_mut(seed.len())) {
        let mask = hash.digest(&[seed, &counter.to_be_bytes()]);
        for (byte, mask) in block.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under an exponent of 1 every padded digest is its own signature.
    #[test]
    fn keys_that_anybody_can_sign_with_are_refused() {
        let digest = Sha256::digest(b"anything");
        let padded = pkcs1_encoded(Hash::Sha256, &digest, 256).unwrap_or_default();
        for exponent in [vec![], vec![0], vec![1], vec![0, 1], vec![2]] {
            let key = RsaNumbers { modulus: vec![0xff; 256], exponent };
            assert!(!holds(&key, Padding::Pkcs1v15, &digest, &padded), "{key:?}");
        }
    }

    #[test]
    fn numbers_out_of_bounds_are_no_key() {
        let power = |modulus: Vec<u8>, exponent: &[u8]| {
            let signature = [&vec![0; modulus.len().saturating_sub(1)][..], &[1]].concat();
            opened(&RsaNumbers { modulus, exponent: exponent.to_vec() }, &signature).is_some()
        };
        assert!(power(vec![0xff; 256], &[3]) && power(vec![0xff; 1024], &[0, 0xff, 0xff, 0xff, 0xff]));
        assert!(!power(vec![0xff; 256], &[1, 0, 0, 0, 1]), "an exponent of 33 bits");
        assert!(!power(vec![0xff; 256], &[4]), "an even exponent");
        let small = [&[0x7f][..], &[0xff; 255]].concat();
        for modulus in [vec![], vec![0; 256], vec![0xff; 255], small, vec![0xff; 1025], vec![0xfe; 256]] {
            assert!(!power(modulus.clone(), &[3]), "{modulus:?}");
        }
    }

    #[test]
    fn a_pkcs1_encoding_has_eight_bytes_of_filling() {
        let digest = Sha256::digest(b"message");
        let encoded = |length| pkcs1_encoded(Hash::Sha256, &digest, length);
        let filled = [&[0, 1][..], &[0xff; 8], &[0, 0x30]].concat();
        assert!(encoded(62).is_some_and(|encoded| encoded.starts_with(&filled)));
        assert_eq!(encoded(61), None);
    }

    /// EMSA-PSS (§9.1.1) of a SHA-256 digest in `length` bytes, of whose first `spare` bits are 0; `separator` stands
    /// before the salt.
    fn pss_encoded(digest: &[u8], length: usize, spare: u32, separator: u8) -> Vec<u8> {
        let salt = [7; 20];
        let hashed = Hash::Sha256.digest(&[&[0; 8], digest, &salt]);
        let mut db = [&vec![0; length - hashed.len() - salt.len() - 2], &[separator][..], &salt].concat();
        mask(Hash::Sha256, &hashed, &mut db);
        db[0] &= 0xff >> spare;
        [&db, &hashed, &[0xbc][..]].concat()
    }

    #[test]
    fn each_part_of_a_pss_encoding_counts() {
        let digest = Sha256::digest(b"message");
        let holds = |encoded: Vec<u8>, first| pss_is_consistent(Hash::Sha256, &digest, encoded, first, Salt::Any);
        let good = pss_encoded(&digest, 256, 1, 1);
        let with = |at: usize, byte: u8| [&good[..at], &[byte], &good[at + 1..]].concat();
        assert!(holds(good.clone(), 0x80));
        assert!(!holds(with(0, good[0] | 0x80), 0x80), "a bit that is none of the encoding's");
        assert!(!holds(with(255, 0xbd), 0x80), "another last byte");
        assert!(!holds(pss_encoded(&digest, 256, 1, 2), 0x80), "another separator");
        assert!((0..34).all(|length| !holds(vec![0xbc; length], 0x80)), "no room for a digest and a separator");
    }

    /// Of a key with one bit more than its bytes, the encoding is a byte shorter.
    #[test]
    fn a_byte_that_a_pss_encoding_has_no_room_for_is_zero() {
        let digest = Sha256::digest(b"message");
        let holds = |encoded: Vec<u8>| pss_is_consistent(Hash::Sha256, &digest, encoded, 1, Salt::Any);
        let good = pss_encoded(&digest, 256, 0, 1);
        assert!(holds([&[0], &good[..]].concat()));
        assert!(!holds([&[1], &good[..]].concat()));
        let longer = pss_encoded(&digest, 257, 0, 1);
        assert!(longer[0] != 0 && !holds(longer));
    }
}
