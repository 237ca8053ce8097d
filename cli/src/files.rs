//! Reading the files that are named on the command line.

use crate::Failure;
use rekor_client::INSPECT_LIMIT;
use rekor_verifier::check::digest::{Digests, Hasher};
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Bytes read at once.
const PIECE: usize = 1024 * 1024;

/// Files from this size on, in bytes, show their progress.
const LARGE: u64 = 256 * 1024 * 1024;

/// The most files that a folder may hold to be checked as a whole.
const MAX_FILES: usize = 4096;

/// Reads a file of at most `limit` bytes.
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(trouble)?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(trouble)?;
    if bytes.len() > limit {
        return Err(Failure::trouble(format!("{}: larger than {limit} bytes", path.display())));
    }
    Ok(bytes)
}

/// Reads a text file of at most `limit` bytes.
pub fn read_text(path: &Path, limit: usize) -> Result<String, Failure> {
    String::from_utf8(read(path, limit)?).map_err(|_| Failure::trouble(format!("{}: not a text file", path.display())))
}

/// The digests of a file of any size, in constant memory.
pub fn digests(path: &Path) -> Result<Digests, Failure> {
    let mut hasher = Hasher::default();
    pieces(path, |piece| hasher.update(piece))?;
    Ok(hasher.finish())
}

/// The digests of a file, and its bytes where they are few enough to be looked into; both from one reading, so that
/// they are of the same content.
pub fn digests_and_bytes(path: &Path) -> Result<(Digests, Option<Vec<u8>>), Failure> {
    let (mut hasher, mut bytes) = (Hasher::default(), Some(Vec::new()));
    pieces(path, |piece| {
        hasher.update(piece);
        bytes = bytes.take().filter(|bytes| bytes.len() + piece.len() <= INSPECT_LIMIT);
        if let Some(bytes) = &mut bytes {
            bytes.extend(piece);
        }
    })?;
    Ok((hasher.finish(), bytes))
}

/// Hands over a file piece by piece; large ones show their progress on a terminal.
pub fn pieces(path: &Path, mut each: impl FnMut(&[u8])) -> Result<(), Failure> {
    let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(trouble)?;
    let size = file.metadata().map_err(trouble)?.len();
    let show = size >= LARGE && std::io::stderr().is_terminal();
    let (mut buffer, mut done, mut shown) = (vec![0; PIECE], 0u64, u64::MAX);
    loop {
        let read = file.read(&mut buffer).map_err(trouble)?;
        if read == 0 {
            break;
        }
        each(&buffer[..read]);
        done += read as u64;
        let percent = (done * 100).checked_div(size).unwrap_or(100);
        if show && percent != shown {
            eprint!("\rreading {} … {percent} %", crate::render::printable(&path.display().to_string()));
            shown = percent;
        }
    }
    if show {
        eprintln!();
    }
    Ok(())
}

/// The files under `path`, each with its name from there on: `path` itself, or all that a folder holds, sorted by name.
/// Links to folders are not followed, so that the walk ends.
pub fn walk(path: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", path.display()));
    if !std::fs::metadata(path).map_err(trouble)?.is_dir() {
        return Ok(vec![(name(path), path.to_owned())]);
    }
    let mut found = Vec::new();
    walk_folder(path, "", &mut found)?;
    match found.is_empty() {
        true => Err(Failure::trouble(format!("{}: an empty folder", path.display()))),
        false => Ok(found),
    }
}

fn walk_folder(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> Result<(), Failure> {
    let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", folder.display()));
    let mut entries =
        std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>()).map_err(trouble)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
        let kind = entry.file_type().map_err(trouble)?;
        if kind.is_dir() {
            walk_folder(&path, &format!("{name}/"), found)?;
        } else if path.is_file() {
            found.push((name, path));
        }
        if found.len() > MAX_FILES {
            return Err(Failure::trouble(format!("{}: more than {MAX_FILES} files", folder.display())));
        }
    }
    Ok(())
}

/// The name of a file, for display.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What a key file's name says of whose key it is, for display: its name without the ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
