//! Where the whole of a log can be read: an address, a folder in its static form, the folder that a log itself keeps.

use crate::home::Home;
use crate::options::Trust;
use crate::transport::Transport;
use crate::{Failure, render};
use rekor_client::{Ask, Method, Response};
use rekor_log::{
    AtRest, AuditError, CommitError, Fault, Kept, KnownTree, OpenError, SignedHead, Source, SourceError, StaticFolder,
    StoreError, parse_erased,
};
use rekor_verifier::Hash;
use rekor_verifier::check::tlog::{self, OpenError as CheckpointError};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::envelope::MAX_FILE;
use rekor_verifier::format::tile::{BundleId, MAX_BUNDLE, TileId};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The largest checkpoint, in bytes.
const MAX_CHECKPOINT: usize = 64 * 1024;

/// The bytes of a full tile.
const MAX_TILE: usize = 256 * 32;

/// The largest blob, in bytes: a link file, or a digest list, which may be longer than its link file.
const MAX_BLOB: usize = 2 * MAX_FILE;

/// The longest list of what was erased, in bytes.
const MAX_ERASED: usize = 16 * 1024 * 1024;

/// Where a log is.
pub enum Place {
    /// Its address.
    Address(String),
    /// A folder in the static form.
    Static(PathBuf),
    /// The folder that a log keeps.
    AtRest(PathBuf),
}

impl Place {
    /// What `text` names: one log, or all those of a data folder.
    pub fn all(text: &str) -> Result<Vec<Self>, Failure> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(vec![Self::Address(text.trim_end_matches('/').to_owned())]);
        }
        let path = Path::new(text);
        if path.join("log.json").is_file() {
            return Ok(vec![Self::AtRest(path.to_owned())]);
        }
        if StaticFolder::new(path).is_complete() {
            return Ok(vec![Self::Static(path.to_owned())]);
        }
        let logs = AtRest::folders(path).map_err(trouble)?;
        if logs.is_empty() {
            let expected = "expected a log's address, its folder, a data folder, or a folder that `rekor export` wrote";
            return Err(Failure::trouble(format!("{text} holds no log: {expected}")));
        }
        Ok(logs.into_iter().map(Self::AtRest).collect())
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        match self {
            Self::Address(url) => render::printable(url),
            Self::Static(path) | Self::AtRest(path) => render::printable(&path.display().to_string()),
        }
    }

    /// Opens the log and its newest checkpoint, whose signature is verified: a log's own folder says which keys it has,
    /// every other place is believed only under a key that the user trusts.
    pub fn open(&self, trust: &Trust, timeout: Duration) -> Result<Opened, Failure> {
        match self {
            Self::Address(url) => {
                let remote = Remote { transport: Transport::new(timeout), base: url.clone(), erased: None };
                confirmed(Box::new(remote), trust, &self.name())
            }
            Self::Static(path) => confirmed(Box::new(StaticFolder::new(path)), trust, &self.name()),
            Self::AtRest(path) => at_rest(path),
        }
    }
}

/// A log that can be read, and the trees that it must hold.
pub struct Opened {
    pub source: Box<dyn Source>,
    /// The newest tree.
    pub head: Checkpoint,
    /// The signed note about it.
    pub checkpoint: Vec<u8>,
    /// The key that signed it.
    pub vkey: String,
    /// The trees that must be its beginnings, the smallest first.
    pub known: Vec<Result<KnownTree, AuditError>>,
}

impl Opened {
    /// Size and root of the newest tree.
    pub fn tree(&self) -> (u64, Hash) {
        (self.head.size, self.head.root)
    }
}

fn confirmed(mut source: Box<dyn Source>, trust: &Trust, name: &str) -> Result<Opened, Failure> {
    let home = Home::find()?;
    let policy = trust.policy(&home)?;
    let checkpoint = source.checkpoint().map_err(|error| Failure::trouble(format!("{name}: {error}")))?;
    let signed = tlog::open(&checkpoint, &policy, None).map_err(|error| match error {
        CheckpointError::Untrusted { .. } => {
            let advice = "name its key with --log-key, or trust the log with `rekor log trust`";
            Failure::trouble(format!("{name}: {error}; {advice}"))
        }
        error => Failure::refused(format!("{name}: {error}")),
    })?;
    let mut seen = home.seen()?.heads(signed.vkey());
    seen.sort_by_key(|head| head.size);
    let known = |head: Checkpoint| {
        let from = "a checkpoint that you saw before".to_owned();
        Ok(KnownTree { size: head.size, root: head.root, from })
    };
    let (head, vkey) = (signed.checkpoint().clone(), signed.vkey().to_string());
    Ok(Opened { source, head, checkpoint, vkey, known: seen.into_iter().map(known).collect() })
}

fn at_rest(folder: &Path) -> Result<Opened, Failure> {
    let mut log = AtRest::open(folder).map_err(wrong)?;
    let known = |from: String| move |head: SignedHead| KnownTree { size: head.size, root: head.root, from };
    let mark = log.mark().cloned().map(known("the high-water mark".to_owned()));
    let mut trees = Vec::from_iter(mark.map(Ok));
    for (i, head) in log.heads().map_err(wrong)?.enumerate() {
        let history = |error: OpenError| AuditError::Fault(Fault::History(error.to_string()));
        trees.push(head.map(known(format!("commit record {}", i + 1))).map_err(history));
    }
    trees.sort_by_key(|tree| tree.as_ref().map_or(0, |tree| tree.size));
    let (vkey, checkpoint) = (log.vkey().to_owned(), log.checkpoint().map_err(trouble)?);
    let head = Checkpoint::stated_in(&checkpoint).ok_or_else(|| trouble("the last commit record has no checkpoint"))?;
    Ok(Opened { source: Box::new(log), head, checkpoint, vkey, known: trees })
}

/// A folder that cannot be read says nothing about its log; whatever else keeps it from being opened, does.
fn wrong(error: OpenError) -> Failure {
    match error {
        OpenError::File(_) | OpenError::Commit(CommitError::File(_)) | OpenError::Store(StoreError::File(_)) => {
            trouble(error)
        }
        error => Failure::refused(error.to_string()),
    }
}

fn trouble(error: impl std::fmt::Display) -> Failure {
    Failure::trouble(error.to_string())
}

/// A log behind its address.
struct Remote {
    transport: Transport,
    base: String,
    /// What it was asked to forget, once that was fetched.
    erased: Option<BTreeSet<Hash>>,
}

impl Remote {
    fn get(&self, path: &str, limit: usize) -> Result<Vec<u8>, SourceError> {
        let url = format!("{}/{path}", self.base);
        let ask = Ask { method: Method::Get, url: url.clone(), body: None, limit };
        match self.transport.send(&ask) {
            Ok(Response { status: 200, body, .. }) => Ok(body),
            Ok(Response { status: 404 | 410, .. }) => Err(SourceError::Missing(url)),
            Ok(Response { status, .. }) => Err(SourceError::Unreadable(format!("{url} answered {status}"))),
            Err(reason) => Err(SourceError::Unreadable(format!("{url}: {reason}"))),
        }
    }
}

impl Source for Remote {
    fn checkpoint(&mut self) -> Result<Vec<u8>, SourceError> {
        self.get("checkpoint", MAX_CHECKPOINT)
    }

    fn tile(&mut self, id: TileId) -> Result<Vec<u8>, SourceError> {
        self.get(&id.path(), MAX_TILE)
    }

    fn bundle(&mut self, id: BundleId) -> Result<Vec<u8>, SourceError> {
        self.get(&id.path(), MAX_BUNDLE)
    }

    fn blob(&mut self, hash: &Hash) -> Result<Kept, SourceError> {
        let url = format!("{}/blob/{hash}", self.base);
        let answer = self.transport.send(&Ask { method: Method::Get, url: url.clone(), body: None, limit: MAX_BLOB });
        match answer.map_err(|reason| SourceError::Unreadable(format!("{url}: {reason}")))? {
            Response { status: 200, body, .. } => Ok(Kept::Bytes(body)),
            Response { status: 410, .. } => Ok(Kept::Erased),
            // A log in its static form cannot answer 410.
            Response { status: 404, .. } if self.erased()?.contains(hash) => Ok(Kept::Erased),
            Response { status: 404, .. } => Ok(Kept::Nothing),
            Response { status, .. } => Err(SourceError::Unreadable(format!("{url} answered {status}"))),
        }
    }

    fn erased(&mut self) -> Result<BTreeSet<Hash>, SourceError> {
        if let Some(erased) = &self.erased {
            return Ok(erased.clone());
        }
        let erased = match self.get("erased", MAX_ERASED) {
            Ok(list) => parse_erased(&String::from_utf8_lossy(&list))
                .map_err(|line| SourceError::Damaged(format!("{}/erased: line {line} is not a SHA-256", self.base)))?,
            Err(SourceError::Missing(_)) => BTreeSet::new(),
            Err(error) => return Err(error),
        };
        Ok(self.erased.insert(erased).clone())
    }
}
