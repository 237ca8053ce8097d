//! Checkpoints: the text of a log's signed note (C2SP tlog-checkpoint).

use super::note::Note;
use crate::Hash;
use crate::bytes::decimal;
use std::fmt;

/// A tree head: which log, how many entries, what root. Size and root are one value: neither means anything alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's unique name.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 Merkle tree hash of the entries.
    pub root: Hash,
    /// Further lines; not recommended, and never interpreted.
    pub extensions: Vec<String>,
}

/// Which line of a checkpoint is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// The origin is empty or missing.
    Origin,
    /// The size is no decimal number without leading zeros.
    Size,
    /// The root is no base64 of 32 bytes.
    Root,
    /// An extension line is empty, or the text does not end in a line feed.
    Extension,
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self {
            CheckpointError::Origin => "its origin",
            CheckpointError::Size => "its tree size",
            CheckpointError::Root => "its root hash",
            CheckpointError::Extension => "one of its extension lines",
        };
        write!(f, "malformed checkpoint: {line} cannot be read")
    }
}

impl std::error::Error for CheckpointError {}

impl Checkpoint {
    /// Reads the text of a note as a checkpoint.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Extension)?;
        let mut lines = lines.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Origin)?;
        let size = lines.next().and_then(decimal).ok_or(CheckpointError::Size)?;
        let root = lines.next().and_then(Hash::from_base64).ok_or(CheckpointError::Root)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Extension);
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// What the text of a signed note states, whoever signed it; `None` where `note` is no checkpoint.
    pub fn stated_in(note: &[u8]) -> Option<Self> {
        Note::parse(note).ok().and_then(|note| Self::parse(&note.text).ok())
    }

    /// The text to sign.
    pub fn encode(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}
