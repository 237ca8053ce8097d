//! One PEM block, in the strict form of RFC 7468 §3: nothing but base64 between its lines, broken at one width.

use crate::bytes::base64_decode;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The label and the bytes of the block that `text` is; nothing may follow it.
pub(super) fn decode(text: &str) -> Option<(&str, Vec<u8>)> {
    let mut lines = text.lines();
    let label = lines.next()?.strip_prefix(BEGIN)?.strip_suffix(DASHES)?;
    let end = lines.next_back()?.strip_prefix(END)?.strip_suffix(DASHES)?;
    let lines: Vec<&str> = lines.collect();
    let (last, full) = lines.split_last()?;
    let width = full.first().unwrap_or(last).len();
    let even = full.iter().all(|line| line.len() == width) && (1..=width).contains(&last.len());
    (label == end && even).then(|| Some((label, base64_decode(&lines.concat())?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_of_even_lines() {
        let found = Some(("A KEY", b"abcdefghijkl".to_vec()));
        assert_eq!(decode("-----BEGIN A KEY-----\nYWJjZGVmZ2hpamts\n-----END A KEY-----"), found);
        assert_eq!(decode("-----BEGIN A KEY-----\r\nYWJjZGVm\r\nZ2hpamts\r\n-----END A KEY-----\r\n"), found);
        for bad in [
            "",
            "-----BEGIN A KEY-----",
            "-----BEGIN A KEY-----\n-----END A KEY-----",
            "-----BEGIN A KEY-----\nYWJj\n-----END B KEY-----",
            "-----BEGIN A KEY-----\nYWJj\n-----END A KEY",
            "-----BEGIN A KEY-----\nYWJj\nZGVmZ2hp\n-----END A KEY-----",
            "-----BEGIN A KEY-----\nYWJj\n\nZGVm\n-----END A KEY-----",
            "-----BEGIN A KEY-----\nYWJj \n-----END A KEY-----",
            "-----BEGIN A KEY-----\nA: b\n\nYWJj\n-----END A KEY-----",
            "-----BEGIN A KEY-----\nYWJj\n-----END A KEY-----\nmore",
            "-----BEGIN A KEY-----YWJj-----END A KEY-----",
        ] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
