//! A witness (C2SP tlog-witness): remembers the newest tree that each log showed it, and cosigns only trees that
//! continue the one that it remembers.
//!
//! ```text
//! DIR/
//!   vkey               the witness's verifier key, of type 04 (C2SP tlog-cosignature)
//!   ed25519.key        its private key, readable by the owner alone
//!   lock               held by the process that has the witness open
//!   <hex SHA-256 of a log's origin>   the newest checkpoint of that log that was cosigned
//! ```
//!
//! Whatever is decided here is decided by the verifier's checks, never by the log's proving code.

mod cosigner;
mod record;
mod request;

use crate::cosigned::line_of;
use crate::flat::{FileError, create, sync_folder, trouble};
use crate::folder::lock;
use crate::keys::KeyError;
use cosigner::Cosigner;
use record::Record;
use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::merkle::{ProofError, empty_root, verify_consistency};
use rekor_verifier::check::tlog;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::{Note, NoteSignature, Vkey, is_name};
use rekor_verifier::policy::{Policy, PolicyError};
use request::AddCheckpoint;
use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use request::MAX_REQUEST;

/// A witness that is open. Shared between threads by reference; closed when dropped.
pub struct Witness {
    cosigner: Cosigner,
    /// Each log by the SHA-256 of its origin.
    logs: HashMap<Hash, Watched>,
    lock: File,
}

/// One of the logs that a witness knows.
struct Watched {
    /// The keys that count for the log's origin, and no witnesses.
    policy: Policy,
    /// Held from the comparison with the record until the new one is durable: of two requests that go on from the same
    /// tree, one is refused.
    record: Mutex<Record>,
}

/// A witness cannot be created or opened.
#[derive(Debug)]
pub enum WitnessError {
    /// The operating system refused, or another process has the witness open.
    File(FileError),
    /// Another process has the witness open.
    InUse(String),
    /// The name cannot be the name of a key.
    Name(String),
    /// The keys cannot be made or read.
    Key(KeyError),
    /// The file of logs cannot be read.
    Logs(PolicyError),
    /// The record of a log is damaged: the file, and what is wrong with it.
    Record(String, &'static str),
}

impl fmt::Display for WitnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::InUse(folder) => write!(f, "{folder} is in use by another process"),
            Self::Name(name) => {
                write!(
                    f,
                    "{name:?} cannot be a witness's name: expected 1 to 255 bytes without white space, control characters or +"
                )
            }
            Self::Key(error) => error.fmt(f),
            Self::Logs(error) => error.fmt(f),
            Self::Record(file, why) => {
                write!(f, "{file} is damaged: {why}. Without it the witness cannot tell which trees it cosigned")
            }
        }
    }
}

impl std::error::Error for WitnessError {}

impl From<FileError> for WitnessError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<KeyError> for WitnessError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// Why a checkpoint was not cosigned; beside each the HTTP status that C2SP tlog-witness gives it.
#[derive(Debug)]
pub enum NotCosigned {
    /// 400: the request cannot be read.
    Malformed(&'static str),
    /// 400: the old size is larger than the checkpoint's.
    OldSize,
    /// 403: no signature by a key that counts for this origin, or a bad one.
    NotSigned,
    /// 404: the witness does not know a log of this origin.
    UnknownLog,
    /// 409: the newest tree that was cosigned has another size than the old one of the request: this one.
    OtherSize(u64),
    /// 422: the tree does not continue the one that was cosigned before.
    Inconsistent(ProofError),
    /// 500: the record could not be kept; nothing was cosigned.
    Trouble(String),
}

impl fmt::Display for NotCosigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "the request cannot be read: {what}"),
            Self::OldSize => f.write_str("the old size is larger than the checkpoint's"),
            Self::NotSigned => f.write_str("the checkpoint has no good signature by a key of this log"),
            Self::UnknownLog => f.write_str("this witness does not know a log of this origin"),
            Self::OtherSize(size) => write!(f, "the newest tree that was cosigned has {size} entries"),
            Self::Inconsistent(error) => write!(f, "the tree does not continue the one that was cosigned: {error}"),
            Self::Trouble(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NotCosigned {}

impl Witness {
    /// Creates a witness with a new key in `folder`, which must not exist yet, and returns its verifier key.
    pub fn create(folder: &Path, name: &str) -> Result<Vkey, WitnessError> {
        if !is_name(name) || name.len() > 255 {
            return Err(WitnessError::Name(name.to_owned()));
        }
        let cosigner = Cosigner::generate(name)?;
        if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(trouble("create", parent))?;
        }
        fs::create_dir(folder).map_err(trouble("create", folder))?;
        create(&folder.join("lock"), b"", false)?;
        create(&folder.join("ed25519.key"), cosigner.file().as_bytes(), true)?;
        create(&folder.join("vkey"), format!("{}\n", cosigner.vkey()).as_bytes(), false)?;
        sync_folder(folder)?;
        Ok(cosigner.vkey().clone())
    }

    /// Opens the witness in `folder` for the logs of `logs`, a C2SP tlog-policy of which the `log` lines count.
    pub fn open(folder: &Path, logs: &str) -> Result<Self, WitnessError> {
        let policy = Policy::parse(logs).map_err(WitnessError::Logs)?;
        let lock = lock(&folder.join("lock"))?.ok_or_else(|| WitnessError::InUse(folder.display().to_string()))?;
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(trouble("read", &path))
        };
        let cosigner = Cosigner::read(&read("vkey")?, &read("ed25519.key")?)?;
        let mut known: HashMap<Hash, Watched> = HashMap::new();
        for log in policy.logs {
            let hash = sha256(log.vkey.name.as_bytes());
            if let Some(watched) = known.get_mut(&hash) {
                watched.policy.logs.push(log);
                continue;
            }
            let record = Record::open(&folder.join(hash.to_string()), &log.vkey.name, &cosigner)?;
            let policy = Policy { logs: vec![log], ..Policy::default() };
            known.insert(hash, Watched { policy, record: Mutex::new(record) });
        }
        Ok(Self { cosigner, logs: known, lock })
    }

    /// Its verifier key.
    pub fn vkey(&self) -> &Vkey {
        self.cosigner.vkey()
    }

    /// Number of logs that it knows.
    pub fn logs(&self) -> usize {
        self.logs.len()
    }

    /// `add-checkpoint`: the cosignature line for the checkpoint in `request`, once the record is durable. `now` is the
    /// time that the cosignature states, in seconds since 1970.
    pub fn add_checkpoint(&self, request: &[u8], now: u64) -> Result<String, NotCosigned> {
        let AddCheckpoint { old, proof, note } = AddCheckpoint::parse(request)?;
        let signed = Note::parse(note.as_bytes()).map_err(|_| NotCosigned::Malformed("it holds no signed note"))?;
        let head = Checkpoint::parse(&signed.text).map_err(|_| NotCosigned::Malformed("it holds no checkpoint"))?;
        let log = self.logs.get(&sha256(head.origin.as_bytes())).ok_or(NotCosigned::UnknownLog)?;
        let signatures = log.signatures(&note, &signed)?;
        if old > head.size {
            return Err(NotCosigned::OldSize);
        }
        let mut record = log.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.size() != old {
            return Err(NotCosigned::OtherSize(record.size()));
        }
        continues(record.head(), &head, &proof).map_err(NotCosigned::Inconsistent)?;
        let line = self.cosigner.sign(&signed.text, now);
        let kept = Note { text: signed.text, signatures: [signatures, vec![line.clone()]].concat() };
        record.replace(head, kept.encode()).map_err(|error| NotCosigned::Trouble(error.to_string()))?;
        Ok(line_of(&line))
    }

    /// The newest checkpoint that was cosigned of the log whose origin has this SHA-256, cosignature included.
    pub fn checkpoint(&self, origin: &Hash) -> Option<String> {
        let record = self.logs.get(origin)?.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.note().map(str::to_owned)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // As with a log: the end of the process unlocks where this fails.
        let _ = self.lock.unlock();
    }
}

impl Watched {
    /// The signature lines of the log's own keys, every one of which holds.
    fn signatures(&self, note: &str, parsed: &Note) -> Result<Vec<NoteSignature>, NotCosigned> {
        tlog::open(note.as_bytes(), &self.policy, None).map_err(|_| NotCosigned::NotSigned)?;
        let by_log = |line: &&NoteSignature| {
            self.policy.logs.iter().any(|log| log.vkey.name == line.name && log.vkey.key_id() == line.key_id)
        };
        Ok(parsed.signatures.iter().filter(by_log).cloned().collect())
    }
}

/// Whether `new` continues `old`, the tree that was cosigned before, if any.
fn continues(old: Option<&Checkpoint>, new: &Checkpoint, proof: &[Hash]) -> Result<(), ProofError> {
    match old {
        Some(old) if old.size > 0 => verify_consistency(old.size, new.size, proof, old.root, new.root),
        _ if !proof.is_empty() => Err(ProofError::Length { expected: 0, found: proof.len() }),
        _ if new.size == 0 && new.root != empty_root() => {
            Err(ProofError::Root { expected: empty_root(), found: new.root })
        }
        _ => Ok(()),
    }
}
