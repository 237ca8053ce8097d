//! A log that is open: additions, reading, proofs.

use crate::admit::{Candidate, Submission, Term, admit};
use crate::counters::Counters;
use crate::edge::AtEdge;
use crate::flat::{FileError, Flat};
use crate::folder::{self, About, OpenError, Opened, Settings};
use crate::index::search::{Found, Operator};
use crate::keys::KeyError;
use crate::prove::{self, HashReader as _};
use crate::queue::{AddError, Added, Queue, ended, queue};
use crate::sealed::Secrets;
use crate::sequencer::Shared;
use crate::store::{Read, StoreError};
use crate::witnesses::{self, Messenger, WitnessesError};
use rekor_verifier::Hash;
use rekor_verifier::format::tile::{BundleId, TileId, WIDTH};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

/// Why something cannot be read from a log.
#[derive(Debug)]
pub enum ReadError {
    /// The log has no such entry, tile or tree (yet).
    OutOfRange,
    /// The store cannot be read, or is damaged.
    Store(StoreError),
    /// A signature could not be made.
    Key(KeyError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange => f.write_str("the log does not reach that far"),
            Self::Store(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The newest tree, durable and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
    /// When it became durable, in seconds since 1970: the log's word.
    pub time: u64,
    /// C2SP checkpoint, signed with Ed25519.
    pub checkpoint: String,
    /// Rekor v1's rendering of the same tree, signed with ECDSA P-256.
    pub checkpoint_v1: String,
    /// What witnesses signed about this tree so far: signature lines to stand below the C2SP checkpoint, each with its
    /// end. v1's clients refuse a checkpoint with any.
    pub cosignatures: Vec<String>,
}

impl Head {
    /// The C2SP checkpoint with all its signatures.
    pub fn cosigned(&self) -> String {
        self.checkpoint.clone() + &self.cosignatures.concat()
    }
}

/// One log, open for reading and writing. Shared between threads by reference; closed when dropped.
pub struct Log {
    tree_id: u64,
    about: About,
    shared: Arc<Shared>,
    rebuilt: Option<String>,
    /// Gone once the log is being closed.
    queue: Option<Queue>,
    /// The sequencer, who looks after the index and ends after it, who reads the log again.
    threads: Vec<JoinHandle<()>>,
    folder: PathBuf,
    lock: File,
}

impl Log {
    /// Creates a log in a data folder, which is created where it does not exist, and opens it.
    ///
    /// `origin` is the log's unique name; without one it is `localhost/logs/<treeID>`.
    pub fn create(data: &Path, origin: Option<&str>) -> Result<Self, OpenError> {
        let tree_id = folder::create_log(data, origin, None)?;
        Self::open(data, tree_id)
    }

    /// As [`Self::create`], with private keys that are encrypted with this passphrase.
    pub fn create_encrypted(data: &Path, origin: Option<&str>, passphrase: &str) -> Result<Self, OpenError> {
        let tree_id = folder::create_log(data, origin, Some(passphrase))?;
        let secrets = Secrets { passphrase: Some(passphrase.to_owned()), keys: None };
        Self::open_with(data, tree_id, &Settings { secrets, ..Settings::default() })
    }

    /// Opens a log in a data folder and repairs what a crash left half written.
    pub fn open(data: &Path, tree_id: u64) -> Result<Self, OpenError> {
        Self::open_with(data, tree_id, &Settings::default())
    }

    /// As [`Self::open`], with the operator's settings.
    pub fn open_with(data: &Path, tree_id: u64, settings: &Settings) -> Result<Self, OpenError> {
        let opened = folder::open_log(data, tree_id, settings)?;
        let Opened { about, sequencer, maintainer, woken, scrubber, rebuilt, lock } = opened;
        let shared = Arc::clone(&sequencer.shared);
        let (queue, messages) = queue();
        let failed = |source| FileError { path: data.to_owned(), action: "start a thread of a log in", source };
        let thread = |name: &str| std::thread::Builder::new().name(format!("{name} {tree_id}"));
        let sequencer = thread("log").spawn(move || sequencer.run(&messages)).map_err(failed)?;
        let maintainer = thread("index").spawn(move || maintainer.run(&woken)).map_err(failed)?;
        let mut threads = vec![sequencer, maintainer];
        if let Some(scrubber) = scrubber {
            threads.push(thread("scrub").spawn(move || scrubber.run()).map_err(failed)?);
        } else {
            shared.scrub.done.store(shared.view().head.extent.size, Ordering::Relaxed);
        }
        let folder = data.join(tree_id.to_string());
        Ok(Self { tree_id, about, shared, rebuilt, queue: Some(queue), threads, folder, lock })
    }

    /// The tree's ID: decimal digits wherever it is written, 10^14 to 2^53 - 1.
    pub fn tree_id(&self) -> u64 {
        self.tree_id
    }

    /// The log's unique name.
    pub fn origin(&self) -> &str {
        &self.about.origin
    }

    /// When the log was created, in microseconds since 1970.
    pub fn created(&self) -> u64 {
        self.about.created
    }

    /// The Ed25519 key that signs the C2SP checkpoint, as `name+id+base64`.
    pub fn vkey(&self) -> &str {
        &self.about.vkey
    }

    /// The P-256 key that signs what Rekor v1's clients verify, as PEM.
    pub fn public_key_pem(&self) -> &str {
        &self.about.public_key
    }

    /// SHA-256 of the P-256 key's SPKI DER: Rekor v1's log ID.
    pub fn log_id(&self) -> Hash {
        self.shared.keys.public().log_id()
    }

    /// Why the log accepts no additions any more, if so.
    pub fn stopped(&self) -> Option<&str> {
        self.shared.stopped()
    }

    /// Why the index was made again when the log was opened, if it was: a file that was missing or damaged.
    pub fn index_rebuilt(&self) -> Option<&str> {
        self.rebuilt.as_deref()
    }

    /// Entries that were read and hashed again since the log was opened, of those that it had then. All of a small log
    /// are before it is open, those of a larger one beside its work; damage stops the log.
    pub fn scrubbed(&self) -> u64 {
        self.shared.scrub.done.load(Ordering::Relaxed)
    }

    /// How the log fares.
    pub fn counters(&self) -> Counters {
        let (waiting, waiting_bytes) = self.queue.as_ref().map_or((0, 0), Queue::waiting);
        let index_in_memory = self.shared.view().table().in_memory() as u64;
        Counters { entries: self.size(), waiting, waiting_bytes, index_in_memory, ..self.shared.counts.read() }
    }

    /// Whether the log is finished: it is read as before, and accepts no additions.
    pub fn frozen(&self) -> bool {
        self.shared.frozen()
    }

    /// Finishes the log, durably: what was submitted before is recorded, and nothing is signed after it.
    pub fn freeze(&self) -> Result<(), AddError> {
        self.queue.as_ref().map_or_else(|| Err(ended()), Queue::freeze)
    }

    /// Checks a submission and records it. Blocks until it is durable, signed and can be found.
    pub fn add(&self, submission: Submission) -> Result<Added, AddError> {
        self.wait_for(admit(submission).map_err(AddError::Refused)?)
    }

    /// Records a leaf of at most 65,535 bytes that nothing is known of: it is found by its hash alone. Blocks as
    /// [`Self::add`] does; [`Candidate::raw`] and [`Self::submit`] are this without blocking.
    pub fn append_raw(&self, leaf: Vec<u8>) -> Result<Added, AddError> {
        self.wait_for(Candidate::raw(leaf).map_err(AddError::Refused)?)
    }

    fn wait_for(&self, candidate: Candidate) -> Result<Added, AddError> {
        let (done, outcome) = sync_channel(1);
        self.submit(candidate, move |added| {
            // The receiver below waits for as long as there is a sender.
            let _ = done.send(added);
        });
        outcome.recv().unwrap_or_else(|_| Err(ended()))
    }

    /// Records a checked submission without blocking.
    ///
    /// `done` is called exactly once, when the entry is durable, signed and can be found, or with the reason why it was
    /// not recorded; often on the sequencer's own thread, which it must not hold up.
    pub fn submit(&self, candidate: Candidate, done: impl FnOnce(Result<Added, AddError>) + Send + 'static) {
        match (self.shared.accepts(), &self.queue) {
            (Err(refused), _) => done(Err(refused)),
            (Ok(()), Some(queue)) => queue.submit(candidate, Box::new(done)),
            (Ok(()), None) => done(Err(ended())),
        }
    }

    /// The newest tree.
    pub fn head(&self) -> Head {
        let commit = self.shared.view().head.clone();
        Head {
            cosignatures: self.shared.cosigning.lines_of(commit.extent.size),
            size: commit.extent.size,
            root: commit.root,
            time: commit.time,
            checkpoint: commit.checkpoint,
            checkpoint_v1: commit.checkpoint_v1,
        }
    }

    /// The newest C2SP checkpoint that carries the quorum of the log's own witnesses; it may be older than the newest
    /// tree. `None` where there is none yet.
    pub fn cosigned_checkpoint(&self) -> Option<String> {
        self.shared.cosigning.cosigned()
    }

    /// Asks the witnesses that the file `witnesses` in the log's folder names, a C2SP tlog-policy with their addresses,
    /// to cosign each new tree; returns whether there is such a file. First they are asked what they saw: an error is
    /// also the proof that this log is an old copy of itself.
    pub fn ask_witnesses(&self, messenger: &Arc<dyn Messenger>) -> Result<bool, WitnessesError> {
        witnesses::start(&self.shared, &self.folder, messenger)
    }

    fn size(&self) -> u64 {
        self.shared.view().head.extent.size
    }

    fn within(&self, size: u64) -> Result<(), ReadError> {
        if size > self.size() { Err(ReadError::OutOfRange) } else { Ok(()) }
    }

    /// The leaf of entry `index`.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, ReadError> {
        self.within(index.saturating_add(1))?;
        let leaves = self.shared.store.leaves(index, 1)?;
        leaves.into_iter().next().ok_or(ReadError::OutOfRange)
    }

    /// The RFC 6962 hash of entry `index`.
    pub fn leaf_hash(&self, index: u64) -> Result<Hash, ReadError> {
        self.within(index.saturating_add(1))?;
        let hashes = self.shared.store.hashes(0, index, 1)?;
        hashes.into_iter().next().ok_or(ReadError::OutOfRange)
    }

    /// The time at which entry `index` became durable, in seconds since 1970: the log's word.
    pub fn time_of(&self, index: u64) -> Result<u64, ReadError> {
        self.within(index.saturating_add(1))?;
        let time = self.shared.time_of(index).map_err(StoreError::from)?;
        time.ok_or(ReadError::OutOfRange)
    }

    /// The index of the entry with this RFC 6962 leaf hash.
    pub fn index_of_leaf_hash(&self, hash: &Hash) -> Result<Option<u64>, ReadError> {
        Ok(self.shared.view().index_of(&self.shared.store, hash)?)
    }

    /// Whether the log had the bytes with this SHA-256, or was offered them, and is to forget them for ever.
    pub fn is_erased(&self, hash: &Hash) -> bool {
        self.shared.store.is_erased(hash)
    }

    /// The SHA-256 of everything that the log was asked to forget, in hexadecimal, one a line.
    pub fn erased(&self) -> String {
        self.shared.store.erased()
    }

    /// The bytes with this SHA-256: a link file or a digest list. `None` where the log does not have them, or not any
    /// more ([`Self::is_erased`]).
    pub fn blob(&self, hash: &Hash) -> Result<Option<Vec<u8>>, ReadError> {
        if self.is_erased(hash) {
            return Ok(None);
        }
        let place = self.shared.view().blob(&self.shared.store, hash)?;
        let Some(place) = place else {
            return Ok(None);
        };
        Ok(Some(self.shared.store.blob(hash, place)?))
    }

    /// The newest `limit` entries that have all or one of `terms`.
    pub fn find(&self, terms: &[Term], operator: Operator, limit: usize) -> Result<Found, ReadError> {
        let search = self.shared.view().search(terms, operator);
        Ok(search.run(limit)?)
    }

    /// A tile of the tlog-tiles API, of any width that the tree reaches.
    pub fn tile(&self, id: TileId) -> Result<Vec<u8>, ReadError> {
        self.read_tile(id, Flat::read)
    }

    /// As [`Self::tile`], without waiting for the disk: an error where the bytes are not in memory.
    pub fn cached_tile(&self, id: TileId) -> Result<Vec<u8>, ReadError> {
        self.read_tile(id, Flat::read_cached)
    }

    fn read_tile(&self, id: TileId, read: Read) -> Result<Vec<u8>, ReadError> {
        let hashes = self.size() >> (8 * u32::from(id.level).min(7));
        let start = tile_start(id.index, id.width, hashes)?;
        Ok(self.shared.store.tile_bytes(usize::from(id.level), start, u64::from(id.width), read)?)
    }

    /// An entry bundle of the tlog-tiles API, of any width that the tree reaches.
    pub fn bundle(&self, id: BundleId) -> Result<Vec<u8>, ReadError> {
        self.read_bundle(id, Flat::read)
    }

    /// As [`Self::bundle`], without waiting for the disk: an error where the bytes are not in memory.
    pub fn cached_bundle(&self, id: BundleId) -> Result<Vec<u8>, ReadError> {
        self.read_bundle(id, Flat::read_cached)
    }

    fn read_bundle(&self, id: BundleId, read: Read) -> Result<Vec<u8>, ReadError> {
        let start = tile_start(id.index, id.width, self.size())?;
        Ok(self.shared.store.bundle(start, u64::from(id.width), read)?)
    }

    /// The root of the tree of the first `size` entries.
    pub fn root(&self, size: u64) -> Result<Hash, ReadError> {
        self.within(size)?;
        Ok(prove::root(&self.shared.store, size)?)
    }

    /// The proof that entry `index` is in the tree of the first `size` entries, lowest hash first
    /// (RFC 6962 §2.1.1).
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        self.within(size)?;
        if index >= size {
            return Err(ReadError::OutOfRange);
        }
        let edge = Arc::clone(&self.shared.view().edge);
        Ok(prove::inclusion(&AtEdge { edge: &edge, tiles: &self.shared.store }, index, size)?)
    }

    /// The proof that the tree of the first `new` entries contains that of the first `old` ones
    /// (RFC 6962 §2.1.2). Empty where `old` is 0 or `new`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, ReadError> {
        self.within(new)?;
        if old > new {
            return Err(ReadError::OutOfRange);
        }
        Ok(prove::consistency(&self.shared.store, old, new)?)
    }

    /// Rekor v1's signed entry timestamp: an ECDSA P-256 signature, in DER, over the JCS form of
    /// `{body, integratedTime, logID, logIndex}`. `body` is the leaf in base64. None of a frozen log, which signs
    /// nothing more.
    pub fn signed_entry_timestamp(&self, index: u64, body: &str) -> Result<Option<Vec<u8>>, ReadError> {
        if self.frozen() {
            return Ok(None);
        }
        let time = self.time_of(index)?;
        // Base64, hexadecimal and numbers below 2^53 need no escaping, and the members are in order.
        let signed =
            format!(r#"{{"body":"{body}","integratedTime":{time},"logID":"{}","logIndex":{index}}}"#, self.log_id());
        self.shared.keys.sign_v1(signed.as_bytes()).map(Some).map_err(ReadError::Key)
    }
}

/// The first position of a tile, if a level of `hashes` hashes fills `width` of it.
fn tile_start(index: u64, width: u16, hashes: u64) -> Result<u64, ReadError> {
    let start = index.checked_mul(WIDTH).ok_or(ReadError::OutOfRange)?;
    let end = start.checked_add(u64::from(width)).ok_or(ReadError::OutOfRange)?;
    if width == 0 || u64::from(width) > WIDTH || end > hashes {
        return Err(ReadError::OutOfRange);
    }
    Ok(start)
}

impl Drop for Log {
    /// Lets the sequencer finish what it has taken, then ends it.
    fn drop(&mut self) {
        self.queue = None;
        self.shared.cosigning.close();
        self.shared.scrub.closing.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // One that panicked said so, and has nothing left to finish.
            let _ = thread.join();
        }
        // Closing unlocks, unless a process that is being started still has a copy of the descriptor.
        // Where this fails, the end of the process unlocks.
        let _ = self.lock.unlock();
    }
}

/// The logs of one data folder.
pub struct Logs(Vec<Log>);

impl Logs {
    /// Opens every log in `data`; a folder that does not exist has none.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        Self::open_with(data, &Settings::default())
    }

    /// As [`Self::open`], with the operator's settings.
    pub fn open_with(data: &Path, settings: &Settings) -> Result<Self, OpenError> {
        let mut logs = Vec::new();
        for tree_id in folder::tree_ids(data)? {
            let opened = Log::open_with(data, tree_id, settings);
            logs.push(opened.map_err(|error| OpenError::Log { tree_id, source: Box::new(error) })?);
        }
        logs.sort_by_key(|log| (log.created(), log.tree_id()));
        Ok(Self(logs))
    }

    /// All of them, the first created, which is the default, first.
    pub fn iter(&self) -> impl Iterator<Item = &Log> {
        self.0.iter()
    }

    /// Takes the logs out, the first created first.
    pub fn into_vec(self) -> Vec<Log> {
        self.0
    }
}
