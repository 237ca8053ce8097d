//! What a witness remembers of a log: the newest checkpoint that it cosigned, in a file of its own.

use super::WitnessError;
use super::cosigner::Cosigner;
use crate::flat::{FileError, replace, trouble};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::Note;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The record of one log.
pub(super) struct Record {
    file: PathBuf,
    newest: Option<(Checkpoint, String)>,
}

impl Record {
    /// The record in `file`; none where the file does not exist. It must be of the log `origin` and carry the witness's own
    /// cosignature.
    pub(super) fn open(file: &Path, origin: &str, cosigner: &Cosigner) -> Result<Self, WitnessError> {
        let note = match fs::read_to_string(file) {
            Ok(note) => note,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { file: file.to_owned(), newest: None });
            }
            Err(error) => return Err(trouble("read", file)(error).into()),
        };
        let damaged = |why| WitnessError::Record(file.display().to_string(), why);
        let parsed = Note::parse(note.as_bytes()).map_err(|_| damaged("it is no signed note"))?;
        let head = Checkpoint::parse(&parsed.text).map_err(|_| damaged("it is no checkpoint"))?;
        if head.origin != origin {
            return Err(damaged("it is of another log"));
        }
        if !cosigner.signed(&parsed) {
            return Err(damaged("this witness did not cosign it"));
        }
        Ok(Self { file: file.to_owned(), newest: Some((head, note)) })
    }

    /// The tree that was cosigned last.
    pub(super) fn head(&self) -> Option<&Checkpoint> {
        self.newest.as_ref().map(|(head, _)| head)
    }

    /// Its number of entries, 0 where none was cosigned.
    pub(super) fn size(&self) -> u64 {
        self.head().map_or(0, |head| head.size)
    }

    /// The checkpoint with its cosignature.
    pub(super) fn note(&self) -> Option<&str> {
        self.newest.as_ref().map(|(_, note)| note.as_str())
    }

    /// Moves the record, durably.
    pub(super) fn replace(&mut self, head: Checkpoint, note: String) -> Result<(), FileError> {
        replace(&self.file, note.as_bytes())?;
        self.newest = Some((head, note));
        Ok(())
    }
}
