//! `rekor export` and `rekor mirror`: a log as a folder that any web host can serve, every part of it compared first.

use crate::audit::{Progress, walk};
use crate::options::Trust;
use crate::place::{Opened, Place};
use crate::{Failure, Outcome};
use clap::Args;
use rekor_log::{AuditError, Depth, Keep, Kept, Source, SourceError, StaticFolder};
use rekor_verifier::Hash;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::tile::{BundleId, TileId, WIDTH};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

const EXPORT_EXAMPLES: &str = "\
Examples:
  rekor export rekor-data/1234567890123456 public
  rekor audit public --log-key rekor.vkey";

const MIRROR_EXAMPLES: &str = "\
Examples:
  rekor mirror https://rekor.example copy --log-key rekor.vkey     (again later: only what is new is fetched)
  rekor audit copy --log-key rekor.vkey";

/// Write a log of this machine as a static folder: C2SP tlog-tiles, and link files and digest lists beside them.
///
/// Everything is derived again and compared on the way, as by `rekor audit`. The checkpoint is written last: until then
/// the folder shows what it showed before. The log may be served meanwhile.
#[derive(Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub struct Export {
    /// The log's folder, or a data folder with one log
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// Where to write; what an earlier export wrote there is brought up to date
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Keep a verified copy of a remote log, in the form that `rekor export` writes.
///
/// Nothing is kept that was not compared with the log's signed checkpoint. A log that shows another history than the
/// one in the copy is refused, and the copy stays as it was.
#[derive(Args)]
#[command(after_help = MIRROR_EXAMPLES)]
pub struct Mirror {
    /// The log's address
    url: String,

    /// Where to write; full tiles that are there already are not fetched again
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    trust: Trust,

    /// Give up on a request after so many seconds
    #[arg(long, default_value = "10", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

pub fn export(command: &Export) -> Outcome {
    let place = only(&command.log.display().to_string())?;
    if !matches!(place, Place::AtRest(_)) {
        return Err(Failure::trouble(format!("{}: expected the folder of a log", command.log.display())));
    }
    let nobody = Trust::default();
    let opened = place.open(&nobody, Duration::ZERO)?;
    copy(&place, opened, StaticFolder::new(&command.folder))
}

pub fn mirror(command: &Mirror) -> Outcome {
    let place = only(&command.url)?;
    if !matches!(place, Place::Address(_)) {
        return Err(Failure::trouble(format!("{}: expected an address", command.url)));
    }
    let mut opened = place.open(&command.trust, Duration::from_secs(command.timeout))?;
    let there = StaticFolder::new(&command.folder);
    let erased = opened.source.erased().map_err(|error| Failure::trouble(error.to_string()))?;
    opened.source = Box::new(FirstHere { here: there.clone(), origin: opened.source, erased });
    copy(&place, opened, there)
}

/// The one log that `text` names.
fn only(text: &str) -> Result<Place, Failure> {
    let mut places = Place::all(text)?;
    match (places.pop(), places.is_empty()) {
        (Some(place), true) => Ok(place),
        _ => Err(Failure::trouble(format!("{text} holds several logs: name the folder of one"))),
    }
}

fn copy(place: &Place, mut opened: Opened, mut folder: StaticFolder) -> Outcome {
    let (size, origin) = (opened.head.size, opened.head.origin.clone());
    if let Some(before) = copied_before(&mut folder)? {
        if before.origin != origin {
            return Err(Failure::refused(format!("the folder holds another log, {}", before.origin)));
        }
        let from = "the copy that is there".to_owned();
        opened.known.push(Ok(rekor_log::KnownTree { size: before.size, root: before.root, from }));
        opened.known.sort_by_key(|known| known.as_ref().map_or(u64::MAX, |known| known.size));
    }
    let (vkey, checkpoint) = (opened.vkey.clone(), opened.checkpoint.clone());
    let erased = opened.source.erased().map_err(|error| Failure::trouble(error.to_string()))?;
    folder.write_erased(&erased).map_err(|error| Failure::trouble(error.to_string()))?;
    let mut writer = Writer { folder, progress: Progress::new("copying", place) };
    let walked = walk(opened, Depth::Everything, &mut writer);
    writer.progress.end();
    let audited = walked?;
    writer.folder.finish(&vkey, &checkpoint).map_err(|error| Failure::trouble(error.to_string()))?;
    println!("{}: {size} entries, {} link files", crate::render::printable(&origin), audited.bodies);
    Ok(0)
}

/// The tree that the folder shows so far.
fn copied_before(folder: &mut StaticFolder) -> Result<Option<Checkpoint>, Failure> {
    match folder.checkpoint() {
        Ok(note) => {
            let unreadable = || Failure::trouble("the checkpoint in the folder cannot be read: is it a log's copy?");
            Checkpoint::stated_in(&note).map(Some).ok_or_else(unreadable)
        }
        Err(SourceError::Missing(_)) => Ok(None),
        Err(error) => Err(Failure::trouble(error.to_string())),
    }
}

/// Writes what was compared.
struct Writer {
    folder: StaticFolder,
    progress: Progress,
}

impl Keep for Writer {
    fn tile(&mut self, path: &str, width: u16, bytes: &[u8]) -> Result<(), AuditError> {
        self.folder.write_tile(path, width, bytes).map_err(|error| AuditError::Trouble(error.to_string()))
    }

    fn blob(&mut self, hash: &Hash, bytes: &[u8]) -> Result<(), AuditError> {
        self.folder.write_blob(hash, bytes).map_err(|error| AuditError::Trouble(error.to_string()))
    }

    fn erased(&mut self, hash: &Hash) -> Result<(), AuditError> {
        self.folder.remove_blob(hash).map_err(|error| AuditError::Trouble(error.to_string()))
    }

    fn progress(&mut self, done: u64, size: u64) {
        self.progress.progress(done, size);
    }
}

/// A log of which a part was copied before: full tiles and blobs never change. They are compared once more all the same.
struct FirstHere {
    here: StaticFolder,
    origin: Box<dyn Source>,
    /// What the log was asked to forget: a copy forgets it too.
    erased: BTreeSet<Hash>,
}

impl Source for FirstHere {
    fn checkpoint(&mut self) -> Result<Vec<u8>, SourceError> {
        self.origin.checkpoint()
    }

    fn tile(&mut self, id: TileId) -> Result<Vec<u8>, SourceError> {
        match u64::from(id.width) == WIDTH {
            true => self.here.tile(id).or_else(|_| self.origin.tile(id)),
            false => self.origin.tile(id),
        }
    }

    fn bundle(&mut self, id: BundleId) -> Result<Vec<u8>, SourceError> {
        match u64::from(id.width) == WIDTH {
            true => self.here.bundle(id).or_else(|_| self.origin.bundle(id)),
            false => self.origin.bundle(id),
        }
    }

    fn blob(&mut self, hash: &Hash) -> Result<Kept, SourceError> {
        match self.here.blob(hash) {
            _ if self.erased.contains(hash) => Ok(Kept::Erased),
            Ok(Kept::Bytes(bytes)) => Ok(Kept::Bytes(bytes)),
            _ => self.origin.blob(hash),
        }
    }

    fn erased(&mut self) -> Result<BTreeSet<Hash>, SourceError> {
        Ok(self.erased.clone())
    }
}
