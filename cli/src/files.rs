//! Reading the files that are named on the command line.

use crate::Failure;
use rekor_verifier::check::digest::{Digests, Hasher};
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::Path;

/// Bytes read at once.
const PIECE: usize = 1024 * 1024;

/// Files from this size on, in bytes, show their progress.
const LARGE: u64 = 256 * 1024 * 1024;

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

/// The digests of a file of any size, in constant memory; large ones show their progress on a terminal.
pub fn digests(path: &Path) -> Result<Digests, Failure> {
    let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(trouble)?;
    let size = file.metadata().map_err(trouble)?.len();
    let show = size >= LARGE && std::io::stderr().is_terminal();
    let (mut hasher, mut buffer, mut done, mut shown) = (Hasher::default(), vec![0; PIECE], 0u64, u64::MAX);
    loop {
        let read = file.read(&mut buffer).map_err(trouble)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
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
    Ok(hasher.finish())
}

/// The name of a file, for display.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What a key file's name says of whose key it is, for display: its name without the ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
