//! Base64, hexadecimal and digests, in the words that tests use.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// Standard padded base64.
pub fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// The bytes of standard padded base64; stops the test on anything else.
pub fn unbase64(text: &str) -> Vec<u8> {
    Base64::decode_vec(text).expect("base64")
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// The bytes of lower-case hexadecimal; stops the test on anything else.
pub fn unhex(text: &str) -> Vec<u8> {
    base16ct::lower::decode_vec(text).expect("hexadecimal")
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// RFC 6962 leaf hash: SHA-256(00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> [u8; 32] {
    let mut bytes = vec![0];
    bytes.extend_from_slice(entry);
    sha256(&bytes)
}
