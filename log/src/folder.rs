//! A log's folder: what stands in it, how it is made, how it is opened.
//!
//! ```text
//! DATA/<treeID>/           one folder a log
//!   log.json               tree ID, origin, public keys, time of creation
//!   ed25519.key p256.key   private keys, readable by the owner alone
//!   lock                   held by the process that has the log open
//!   commits                see `commit`
//!   frozen                 empty; where it stands, nothing is added any more
//!   blobs entries offsets tiles.0 …   see `store`
//!   index/                 see `index`: derived from the files above
//! DATA/<treeID>.signed     the high-water mark, outside the folder
//! ```

use crate::audit::AuditError;
use crate::commit::{Commit, CommitError, Commits, Mark, Recovered};
use crate::erase::forget_index;
use crate::flat::{FileError, Flat, create, rename, sync_folder, trouble};
use crate::index::maintain::Maintainer;
use crate::index::replay::{self, Loaded, find_blob};
use crate::keys::{KeyError, Keys};
use crate::prove;
use crate::public_keys::{Checkpoints, PublicKeys};
use crate::scrub::{Scrubber, scrub};
use crate::sealed::{Secrets, is_sealed};
use crate::sequencer::{Sequencer, Shared};
use crate::store::{Extent, Store, StoreError};
use crate::tree::{Frontier, empty_root};
use crate::view::View;
use rekor_verifier::Hash;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{SystemTime, UNIX_EPOCH};

/// The smallest tree ID: six digits or more were promised, fifteen leave room.
const MIN_TREE_ID: u64 = 100_000_000_000_000;
/// Tree IDs stay below 2^53, so that a JavaScript number can hold one.
const END_TREE_ID: u64 = 1 << 53;

/// What `log.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct About {
    /// Version of the folder's layout.
    version: u8,
    /// Decimal.
    #[serde(rename = "treeID")]
    tree_id: String,
    /// The log's unique name.
    pub origin: String,
    /// The Ed25519 key, C2SP's form.
    pub vkey: String,
    /// The P-256 key, PEM.
    pub public_key: String,
    /// Microseconds since 1970.
    pub created: u64,
}

/// What an operator may choose for a log that is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of disk space that are left free: where less is, additions are refused.
    pub reserve: u64,
    /// Records of the index that are held in memory before they go to the disk, at about 50 bytes each; in straits eight
    /// times as many. An entry has one, and for a link one for each blob and for each term that finds it.
    pub index_memory: usize,
    /// The most entries that are all read and hashed again before a log is open; a larger one is read while it is open.
    pub read_whole: u64,
    /// What opens the private keys.
    pub secrets: Secrets,
}

impl Default for Settings {
    fn default() -> Self {
        Self { reserve: 256 << 20, index_memory: 1 << 16, read_whole: 1 << 16, secrets: Secrets::default() }
    }
}

/// A log cannot be created or opened.
#[derive(Debug)]
pub enum OpenError {
    /// The operating system refused.
    File(FileError),
    /// Another process has the log open.
    InUse(PathBuf),
    /// `log.json` is not what this version writes.
    About(String),
    /// The origin is taken by another log in the same data folder.
    OriginTaken(String),
    /// The keys cannot be made or read, or are not the log's.
    Key(KeyError),
    /// The commit records do not say what the log holds.
    Commit(CommitError),
    /// The files are not what the last commit says.
    Store(StoreError),
    /// What the files hold cannot be read.
    Unreadable(String),
    /// The clock is set before 1970.
    Clock,
    /// One of the logs in the data folder cannot be opened.
    Log {
        /// Which.
        tree_id: u64,
        /// Why.
        source: Box<OpenError>,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::InUse(folder) => write!(f, "{} is in use by another process", folder.display()),
            Self::About(why) => write!(f, "log.json cannot be read: {why}"),
            Self::OriginTaken(origin) => write!(f, "there is a log with the origin {origin} already"),
            Self::Key(error) => error.fmt(f),
            Self::Commit(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Unreadable(why) => f.write_str(why),
            Self::Clock => f.write_str("the clock is set before 1970"),
            Self::Log { tree_id, source } => write!(f, "log {tree_id}: {source}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<KeyError> for OpenError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<CommitError> for OpenError {
    fn from(error: CommitError) -> Self {
        Self::Commit(error)
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where a log's high-water mark is.
pub(crate) fn mark_path(data: &Path, tree_id: u64) -> PathBuf {
    data.join(format!("{tree_id}.signed"))
}

/// Notes durably that nothing is added to a log any more.
pub(crate) fn mark_frozen(folder: &Path) -> Result<(), FileError> {
    create(&folder.join("frozen"), b"", false)?;
    sync_folder(folder)
}

/// The tree IDs of the logs in a data folder; none where the folder does not exist.
pub(crate) fn tree_ids(data: &Path) -> Result<Vec<u64>, FileError> {
    let entries = match fs::read_dir(data) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(trouble("read", data)(error)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry.map_err(trouble("read", data))?;
        let name = entry.file_name();
        if let Some(id) = name.to_str().and_then(rekor_verifier::bytes::decimal)
            && entry.path().join("log.json").exists()
        {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Makes the folder of a new, empty log, and returns its tree ID.
///
/// The folder gets its name last: a log whose creation was interrupted does not exist.
pub(crate) fn create_log(data: &Path, origin: Option<&str>, passphrase: Option<&str>) -> Result<u64, OpenError> {
    fs::create_dir_all(data).map_err(trouble("create", data))?;
    let tree_id = random_tree_id()?;
    let origin = origin.map_or_else(|| format!("localhost/logs/{tree_id}"), str::to_owned);
    for other in tree_ids(data)? {
        if read_about(&data.join(other.to_string()), other)?.origin == origin {
            return Err(OpenError::OriginTaken(origin));
        }
    }
    let keys = Keys::generate(tree_id, &origin)?;
    let unfinished = data.join(format!(".new-{tree_id}"));
    fs::create_dir(&unfinished).map_err(trouble("create", &unfinished))?;
    write_folder(&unfinished, tree_id, &keys, passphrase)?;
    let mark = Mark::text(0, &empty_root());
    create(&mark_path(data, tree_id), mark.as_bytes(), false)?;
    sync_folder(data)?;
    let folder = data.join(tree_id.to_string());
    rename(&unfinished, &folder)?;
    sync_folder(data)?;
    Ok(tree_id)
}

fn write_folder(folder: &Path, tree_id: u64, keys: &Keys, passphrase: Option<&str>) -> Result<(), OpenError> {
    let [ed25519, p256] = keys.files(passphrase)?;
    let created = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| OpenError::Clock)?;
    let about = About {
        version: 1,
        tree_id: tree_id.to_string(),
        origin: keys.public().vkey().name.clone(),
        vkey: keys.public().vkey().to_string(),
        public_key: keys.public().pem().to_owned(),
        created: created.as_micros() as u64,
    };
    let about = serde_json::to_string_pretty(&about).map_err(|error| OpenError::About(error.to_string()))?;
    let signed = keys.sign_tree(0, &empty_root())?;
    let first = Commit {
        extent: Extent::default(),
        time: created.as_secs(),
        root: empty_root(),
        checkpoint: signed.c2sp,
        checkpoint_v1: signed.v1,
    };
    Store::create(folder)?;
    create(&folder.join("lock"), b"", false)?;
    create(&folder.join("ed25519.key"), ed25519.as_bytes(), true)?;
    create(&folder.join("p256.key"), p256.as_bytes(), true)?;
    create(&folder.join("log.json"), format!("{about}\n").as_bytes(), false)?;
    create(&folder.join("commits"), &Commits::first(&first), false)?;
    Ok(sync_folder(folder)?)
}

fn random_tree_id() -> Result<u64, KeyError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| KeyError::Random(error.to_string()))?;
    Ok(MIN_TREE_ID + u64::from_be_bytes(bytes) % (END_TREE_ID - MIN_TREE_ID))
}

pub(crate) fn read_about(folder: &Path, tree_id: u64) -> Result<About, OpenError> {
    let text = read_text(&folder.join("log.json"))?;
    let about: About = serde_json::from_str(&text).map_err(|error| OpenError::About(error.to_string()))?;
    if about.version != 1 || about.tree_id != tree_id.to_string() {
        let why = format!("expected version 1 and tree {tree_id}, found {} and {}", about.version, about.tree_id);
        return Err(OpenError::About(why));
    }
    Ok(about)
}

fn read_text(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(trouble("read", path))
}

/// A log that is open for writing.
pub(crate) struct Opened {
    pub about: About,
    pub sequencer: Sequencer,
    pub maintainer: Maintainer,
    /// Tells the maintainer that there is something to do.
    pub woken: Receiver<()>,
    /// Reads a log beside its work that was too large to be read before.
    pub scrubber: Option<Scrubber>,
    /// Why the index was made again, if so.
    pub rebuilt: Option<String>,
    /// Unlocks the log when dropped.
    pub lock: File,
}

/// Opens and recovers a log. All that was acknowledged is there, or this fails.
pub(crate) fn open_log(data: &Path, tree_id: u64, settings: &Settings) -> Result<Opened, OpenError> {
    let folder = data.join(tree_id.to_string());
    let lock = lock(&folder.join("lock"))?.ok_or_else(|| OpenError::InUse(folder.clone()))?;
    let about = read_about(&folder, tree_id)?;
    let keys = read_keys(&folder, tree_id, &about, &settings.secrets)?;
    let (mark, signed_size, signed_root) = Mark::open(&mark_path(data, tree_id), Flat::open)?;
    let Recovered { commits, last } = Commits::recover(&folder)?;
    let recorded = last.extent.size;
    if recorded < signed_size {
        return Err(CommitError::Behind { recorded, signed: signed_size }.into());
    }
    let signed = Checkpoints { c2sp: last.checkpoint.clone(), v1: last.checkpoint_v1.clone() };
    keys.public().verify_tree(recorded, &last.root, &signed)?;
    let store = Store::recover(&folder, &last.extent)?;
    let frontier = edge(&store, &last, (signed_size, signed_root))?;
    let whole = recorded <= settings.read_whole;
    if whole {
        scrub(&folder, &store, &last, &mut |_| Ok(())).map_err(|error| match error {
            AuditError::Fault(fault) => {
                OpenError::Store(StoreError::Damaged { file: folder.display().to_string(), what: fault.to_string() })
            }
            AuditError::Trouble(why) => OpenError::Unreadable(why),
        })?;
    }
    let index = || replay::open(&folder, &store, commits.end(), settings.index_memory, whole);
    let mut loaded = index()?;
    if store.finish_erasing(|hash| find_blob(&loaded.table, &store, hash))? {
        // A crash kept them from being forgotten there as well.
        forget_index(&folder)?;
        loaded = index()?;
    }
    let Loaded { table, rebuilt } = loaded;
    let view = View::new(last, *commits.end(), table);
    let commits_to_read = Flat::open_to_read(folder.join("commits"))?;
    let shared = Arc::new(Shared::new(store, keys, commits_to_read, view, folder.join("frozen").exists()));
    let (wake, woken) = sync_channel(1);
    let reserve = settings.reserve;
    let maintainer = Maintainer { shared: Arc::clone(&shared), folder: folder.join("index"), reserve };
    let scrubber = Scrubber { shared: Arc::clone(&shared), folder: folder.clone() };
    let scrubber = (!whole).then_some(scrubber);
    let sequencer = Sequencer { shared, commits, mark, frontier, folder, reserve, wake };
    Ok(Opened { about, sequencer, maintainer, woken, scrubber, rebuilt, lock })
}

/// The compact range of the last commit, from the tiles at the tree's right edge; what was signed must follow from them.
fn edge(store: &Store, last: &Commit, (signed_size, signed_root): (u64, Hash)) -> Result<Frontier, StoreError> {
    let damaged = |what| Err(StoreError::Damaged { file: "the tiles".to_owned(), what });
    let size = last.extent.size;
    let found = store.entries_length(size)?;
    if found != last.extent.entries {
        let what = format!("the last entry ends at byte {found}, expected {}", last.extent.entries);
        return Err(StoreError::Damaged { file: "offsets".to_owned(), what });
    }
    let frontier = prove::frontier(store, size)?;
    let root = frontier.root();
    if root != last.root {
        return damaged(format!("they give the root {root}, the last commit of {size} entries has {}", last.root));
    }
    let root = prove::root(store, signed_size)?;
    if root != signed_root {
        return damaged(format!(
            "the tree of {signed_size} entries had the root {signed_root} when it was signed, now {root}"
        ));
    }
    Ok(frontier)
}

/// Takes the lock at `path`; `None` where another process has it.
pub(crate) fn lock(path: &Path) -> Result<Option<File>, FileError> {
    let file = File::open(path).map_err(trouble("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(trouble("lock", path)(error)),
    }
}

fn read_keys(folder: &Path, tree_id: u64, about: &About, secrets: &Secrets) -> Result<Keys, OpenError> {
    let public = PublicKeys::parse(tree_id, &about.vkey, &about.public_key)?;
    if let Some(given) = &secrets.keys {
        return Ok(Keys::find(given, &public)?);
    }
    let [ed25519, p256] = [read_text(&folder.join("ed25519.key"))?, read_text(&folder.join("p256.key"))?];
    let keys = Keys::read(tree_id, &about.origin, &ed25519, &p256, secrets.passphrase.as_deref())?;
    if keys.public().vkey() != public.vkey() {
        return Err(KeyError::Malformed("ed25519.key").into());
    }
    if keys.public().pem() != public.pem() {
        return Err(KeyError::Malformed("p256.key").into());
    }
    Ok(keys)
}

/// Whether a log in `data` has encrypted private keys, so that a passphrase is needed to open it.
pub fn needs_passphrase(data: &Path) -> Result<bool, OpenError> {
    for tree_id in tree_ids(data)? {
        for name in ["ed25519.key", "p256.key"] {
            let file = data.join(tree_id.to_string()).join(name);
            if file.exists() && is_sealed(&read_text(&file)?) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
