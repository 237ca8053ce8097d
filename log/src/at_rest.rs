//! A log's own folder, read without opening the log: no lock is taken, nothing is repaired, no private key is needed.
//! Another process may be adding to it.

use crate::commit::{Commit, CommitError, CommitLines, Mark, last_commit};
use crate::cosigned;
use crate::erase::tombstones;
use crate::flat::Flat;
use crate::folder::{About, OpenError, mark_path, read_about, tree_ids};
use crate::index::compare::compare;
use crate::public_keys::{Checkpoints, PublicKeys};
use crate::scrub::Stored;
use crate::source::{Kept, Source, SourceError};
use crate::store::{BlobPlace, Extent, Store, StoreError};
use crate::witnesses::read_policy;
use rekor_verifier::Hash;
use rekor_verifier::check::tlog;
use rekor_verifier::format::tile::{BundleId, TileId, WIDTH};
use rekor_verifier::policy::{Policy, TrustedLog};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The log in one folder of a data folder, as its last commit left it.
pub struct AtRest {
    folder: PathBuf,
    about: About,
    keys: PublicKeys,
    head: Commit,
    mark: Option<SignedHead>,
    store: Store,
    /// The first eight bytes of each blob's hash, and where it begins: sorted, once one was asked for.
    blobs: Option<Vec<(u64, u64)>>,
}

/// A tree that the log signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// Number of entries.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
}

impl AtRest {
    /// Reads the log in `folder`, `DATA/<treeID>`.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let tree_id = folder.file_name().and_then(|name| name.to_str()).and_then(rekor_verifier::bytes::decimal);
        let tree_id = tree_id.ok_or_else(|| OpenError::About(format!("{} is not a tree ID", folder.display())))?;
        let about = read_about(folder, tree_id)?;
        let keys = PublicKeys::parse(tree_id, &about.vkey, &about.public_key)?;
        // Before the commits: a log that is being added to moves its mark after them.
        let mark = read_mark(folder, tree_id)?;
        let (head, _) = last_commit(folder)?;
        let store = Store::open_to_read(folder, &head.extent)?;
        Ok(Self { folder: folder.to_owned(), about, keys, head, mark, store, blobs: None })
    }

    /// Where a blob is, erased or not.
    pub(crate) fn blob_place(&mut self, hash: &Hash) -> Result<Option<BlobPlace>, StoreError> {
        let store = &self.store;
        let blobs = match &mut self.blobs {
            Some(blobs) => blobs,
            none => none.insert(sorted_blobs(store, &self.head.extent)?),
        };
        let first = blobs.partition_point(|(start, _)| *start < prefix(hash));
        for (_, at) in blobs[first..].iter().take_while(|(start, _)| *start == prefix(hash)) {
            let (found, place) = store.blob_header(*at)?;
            if found == *hash {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Visits every leaf with its index, until one visit fails.
    pub(crate) fn each_leaf<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let size = self.head.extent.size;
        for start in (0..size).step_by(WIDTH as usize) {
            let leaves = self.store.leaves(start, WIDTH.min(size - start))?;
            (start..).zip(&leaves).try_for_each(|(index, leaf)| visit(index, leaf))?;
        }
        Ok(())
    }

    /// The folders of the logs in a data folder, the first created first; none where it does not exist.
    pub fn folders(data: &Path) -> Result<Vec<PathBuf>, OpenError> {
        let mut logs = Vec::new();
        for tree_id in tree_ids(data)? {
            let folder = data.join(tree_id.to_string());
            logs.push((read_about(&folder, tree_id)?.created, folder));
        }
        logs.sort();
        Ok(logs.into_iter().map(|(_, folder)| folder).collect())
    }

    /// The log's unique name.
    pub fn origin(&self) -> &str {
        &self.about.origin
    }

    /// The Ed25519 key that signs the C2SP checkpoint, as the folder states it.
    pub fn vkey(&self) -> &str {
        &self.about.vkey
    }

    /// The tree's ID.
    pub fn tree_id(&self) -> u64 {
        self.keys.tree_id()
    }

    /// The P-256 key that signs what Rekor v1's clients verify, as PEM, as the folder states it.
    pub fn public_key_pem(&self) -> &str {
        self.keys.pem()
    }

    /// When the log was created, in microseconds since 1970.
    pub fn created(&self) -> u64 {
        self.about.created
    }

    /// The newest tree.
    pub fn newest(&self) -> SignedHead {
        SignedHead { size: self.head.extent.size, root: self.head.root }
    }

    /// When the newest tree became durable, in seconds since 1970: the log's word.
    pub fn time(&self) -> u64 {
        self.head.time
    }

    /// Whether the log is finished.
    pub fn frozen(&self) -> bool {
        self.folder.join("frozen").exists()
    }

    /// Names and addresses of the witnesses that the log asks; none where it cannot be read whom.
    pub fn witnesses(&self) -> Vec<String> {
        let policy = read_policy(&self.folder).ok().flatten().unwrap_or_default();
        Policy::parse(&policy)
            .map(|policy| policy.witnesses.members)
            .unwrap_or_default()
            .into_iter()
            .map(|(_, vkey)| vkey.name)
            .collect()
    }

    /// The high-water mark: the newest tree that was signed, in a file outside the folder. `None` where the folder was
    /// copied without it.
    pub fn mark(&self) -> Option<&SignedHead> {
        self.mark.as_ref()
    }

    /// The newest checkpoint with its cosignatures, where the log's own witnesses made enough of them and they verify.
    fn cosigned(&self) -> Option<String> {
        let note = cosigned::read(&self.folder)?;
        let mut policy = Policy::parse(&read_policy(&self.folder).ok()??).ok()?;
        policy.logs = vec![TrustedLog { vkey: self.keys.vkey().clone(), url: None }];
        let opened = tlog::open(note.as_bytes(), &policy, None).ok()?;
        let same = note.starts_with(&self.head.checkpoint) && policy.witnesses.satisfied_by(opened.witnesses());
        same.then_some(note)
    }

    /// Every tree that was signed, oldest first, its two signatures verified. An error is the last that comes.
    pub fn heads(&self) -> Result<impl Iterator<Item = Result<SignedHead, OpenError>> + '_, OpenError> {
        let lines = CommitLines::open(&self.folder)?;
        let until = self.head.extent.size;
        let heads = lines.map(|commit| {
            let commit = commit?;
            let size = commit.extent.size;
            let signed = Checkpoints { c2sp: commit.checkpoint, v1: commit.checkpoint_v1 };
            self.keys.verify_tree(size, &commit.root, &signed)?;
            Ok(SignedHead { size, root: commit.root })
        });
        // What was added meanwhile is not looked at.
        Ok(heads.take_while(move |head| head.as_ref().map_or(true, |head| head.size <= until)))
    }
}

fn read_mark(folder: &Path, tree_id: u64) -> Result<Option<SignedHead>, OpenError> {
    let Some(data) = folder.parent() else { return Ok(None) };
    match Mark::open(&mark_path(data, tree_id), Flat::open_to_read) {
        Ok((_, size, root)) => Ok(Some(SignedHead { size, root })),
        Err(CommitError::NoMark(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Source for AtRest {
    fn checkpoint(&mut self) -> Result<Vec<u8>, SourceError> {
        Ok(self.cosigned().unwrap_or_else(|| self.head.checkpoint.clone()).into_bytes())
    }

    fn tile(&mut self, id: TileId) -> Result<Vec<u8>, SourceError> {
        Stored(&self.store).tile(id)
    }

    fn bundle(&mut self, id: BundleId) -> Result<Vec<u8>, SourceError> {
        Stored(&self.store).bundle(id)
    }

    fn blob(&mut self, hash: &Hash) -> Result<Kept, SourceError> {
        if self.store.is_erased(hash) {
            return Ok(Kept::Erased);
        }
        let Some(place) = self.blob_place(hash)? else { return Ok(Kept::Nothing) };
        match self.store.blob(hash, place) {
            Ok(bytes) => Ok(Kept::Bytes(bytes)),
            // It may have been erased since the log was opened here.
            Err(_) if tombstones(&self.folder)?.contains(hash) => Ok(Kept::Erased),
            Err(error) => Err(error.into()),
        }
    }

    fn erased(&mut self) -> Result<BTreeSet<Hash>, SourceError> {
        Ok(tombstones(&self.folder)?)
    }

    fn compare_index(&mut self) -> Result<Option<u64>, SourceError> {
        compare(&self.folder, &self.store).map(Some)
    }
}

fn sorted_blobs(store: &Store, extent: &Extent) -> Result<Vec<(u64, u64)>, StoreError> {
    let blobs = store.blobs(&Extent::default(), extent);
    let blobs = blobs.map(|blob| blob.map(|(hash, place)| (prefix(&hash), place.header())));
    let mut sorted = blobs.collect::<Result<Vec<_>, _>>()?;
    sorted.sort_unstable();
    Ok(sorted)
}

fn prefix(hash: &Hash) -> u64 {
    hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::File(_) => Self::Unreadable(error.to_string()),
            StoreError::Damaged { .. } => Self::Damaged(error.to_string()),
        }
    }
}
