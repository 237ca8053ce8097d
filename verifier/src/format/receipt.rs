//! Receipts: the proof, kept as a file, that a log holds an entry (C2SP tlog-proof, `.tlog-proof`).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>                  optional; in our own receipts, the entry's bytes
//! index 73894
//! <base64 of a hash>              none or more, from the leaf's sibling up
//!
//! <the log's checkpoint, a signed note, as the log served it>
//! ```

use super::entry::MAX_ENTRY;
use super::note::MAX_NOTE;
use crate::Hash;
use crate::bytes::{base64_decode, base64_encode, decimal, split_once};
use std::fmt;

/// The first line of every receipt.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The most extra data that is read, in bytes: as much as an entry can have.
pub const MAX_EXTRA: usize = MAX_ENTRY;

/// The most hashes that a proof can have: one for each level of a tree of 2⁶⁴ leaves.
pub const MAX_HASHES: usize = 64;

/// The largest receipt that is read, in bytes: the largest note, behind the largest proof.
pub const MAX_RECEIPT: usize = MAX_NOTE + 4 * MAX_EXTRA / 3 + 64 * (MAX_HASHES + 2);

/// A receipt as read; nothing in it has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Extra data, which nothing vouches for; empty where there is none. Our own receipts carry the entry's bytes.
    pub extra: Vec<u8>,
    /// Position of the entry in the log, from 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint: a signed note, as the log served it.
    pub checkpoint: String,
}

/// Why bytes are not a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptError {
    /// Larger than [`MAX_RECEIPT`], or not UTF-8.
    NotText,
    /// The first line is not [`HEADER`].
    Header,
    /// No empty line ends the proof, so that there is no checkpoint.
    NoCheckpoint,
    /// The extra data is empty, longer than [`MAX_EXTRA`], or not base64.
    Extra,
    /// The line `index <number>` is missing, or the number is not in its one spelling.
    Index,
    /// A line of the proof is not the base64 of 32 bytes; its number in the file, from 1.
    Hash(usize),
    /// More than [`MAX_HASHES`] hashes.
    TooMany,
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiptError::NotText => write!(f, "the receipt is not UTF-8 text of at most {MAX_RECEIPT} bytes"),
            ReceiptError::Header => write!(f, "the receipt does not begin with the line {HEADER}"),
            ReceiptError::NoCheckpoint => f.write_str("the receipt has no checkpoint: no empty line ends its proof"),
            ReceiptError::Extra => write!(f, "the receipt's extra data is not the base64 of 1 to {MAX_EXTRA} bytes"),
            ReceiptError::Index => f.write_str("the receipt does not say which entry it is for: expected `index <n>`"),
            ReceiptError::Hash(line) => write!(f, "line {line} of the receipt is not the base64 of a hash"),
            ReceiptError::TooMany => write!(f, "the receipt's proof has more than {MAX_HASHES} hashes"),
        }
    }
}

impl std::error::Error for ReceiptError {}

impl Receipt {
    /// Whether `bytes` begin as a receipt does.
    pub fn is_likely(bytes: &[u8]) -> bool {
        bytes.strip_prefix(HEADER.as_bytes()).is_some_and(|rest| rest.starts_with(b"\n"))
    }

    /// Reads a receipt; anything that [`Self::encode`] would not have written is refused. The checkpoint is taken as
    /// it stands: [`crate::check::tlog::open`] reads it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > MAX_RECEIPT {
            return Err(ReceiptError::NotText);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ReceiptError::NotText)?;
        if !Self::is_likely(bytes) {
            return Err(ReceiptError::Header);
        }
        let (proof, checkpoint) = split_once(text, "\n\n").ok_or(ReceiptError::NoCheckpoint)?;
        let mut lines = proof.split('\n').enumerate().skip(1).peekable();
        let extra = match lines.next_if(|(_, line)| line.starts_with("extra ")) {
            Some((_, line)) => parse_extra(&line["extra ".len()..]).ok_or(ReceiptError::Extra)?,
            None => Vec::new(),
        };
        let index = lines.next().and_then(|(_, line)| decimal(line.strip_prefix("index ")?));
        let mut receipt =
            Self { extra, index: index.ok_or(ReceiptError::Index)?, hashes: Vec::new(), checkpoint: checkpoint.into() };
        for (i, line) in lines {
            if receipt.hashes.len() == MAX_HASHES {
                return Err(ReceiptError::TooMany);
            }
            receipt.hashes.push(Hash::from_base64(line).ok_or(ReceiptError::Hash(i + 1))?);
        }
        Ok(receipt)
    }

    /// The receipt's bytes.
    pub fn encode(&self) -> String {
        let mut out = format!("{HEADER}\n");
        if !self.extra.is_empty() {
            out.push_str(&format!("extra {}\n", base64_encode(&self.extra)));
        }
        out.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            out.push_str(&hash.to_base64());
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.checkpoint);
        out
    }
}

fn parse_extra(text: &str) -> Option<Vec<u8>> {
    base64_decode(text).filter(|extra| (1..=MAX_EXTRA).contains(&extra.len()))
}
