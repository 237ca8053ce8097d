//! The body of an `add-checkpoint` request (C2SP tlog-witness).

use super::NotCosigned;
use rekor_verifier::Hash;
use rekor_verifier::bytes::decimal;

/// The most hashes of a consistency proof.
const MAX_HASHES: usize = 63;

/// The largest request, in bytes.
pub const MAX_REQUEST: usize = 64 * 1024;

/// `old <n>`, the consistency proof, an empty line, the checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AddCheckpoint {
    /// Size of the tree that was cosigned before, 0 for none.
    pub old: u64,
    /// At most 63 hashes.
    pub proof: Vec<Hash>,
    /// The checkpoint, a signed note.
    pub note: String,
}

impl AddCheckpoint {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NotCosigned> {
        let malformed = NotCosigned::Malformed;
        if bytes.len() > MAX_REQUEST {
            return Err(malformed("it is larger than 64 KiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or(malformed("no empty line stands before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or(malformed("its first line is not `old <size>`"))?;
        let proof: Option<Vec<Hash>> = lines.map(Hash::from_base64).collect();
        let proof = proof.ok_or(malformed("a line of the proof is not the base64 of a hash"))?;
        if proof.len() > MAX_HASHES {
            return Err(malformed("the proof has more than 63 hashes"));
        }
        Ok(Self { old, proof, note: note.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;

    #[test]
    fn a_request_is_read_in_its_one_form() {
        let hash = Hash::from_bytes([7; 32]);
        let parsed = AddCheckpoint::parse(format!("old 5\n{}\n\nnote\n\nmore\n", hash.to_base64()).as_bytes()).unwrap();
        assert_eq!(parsed, AddCheckpoint { old: 5, proof: vec![hash], note: "note\n\nmore\n".to_owned() });
        assert!(AddCheckpoint::parse(b"old 0\n\nnote").unwrap().proof.is_empty());
        let hashes = |count| format!("old 1\n{}\nnote", format!("{}\n", hash.to_base64()).repeat(count));
        assert!(AddCheckpoint::parse(hashes(63).as_bytes()).is_ok());
        let large = format!("old 0\n\n{}", "x".repeat(MAX_REQUEST));
        for bad in
            ["", "old 5\n", "old 05\n\n", "old -1\n\n", "new 5\n\n", "old 5\nx\n\n", "old 5 \n\n", &hashes(64), &large]
        {
            assert!(matches!(AddCheckpoint::parse(bad.as_bytes()), Err(NotCosigned::Malformed(_))), "{bad:.40}");
        }
        assert!(AddCheckpoint::parse(b"old 0\n\n\xff").is_err());
    }
}
