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

/// What there is to read under a path.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The files, each with its name from the path on, sorted by name.
    pub files: Vec<(String, PathBuf)>,
    /// What is not read, by name, and why.
    pub unread: Vec<(String, &'static str)>,
}

/// The files under `path`: `path` itself, or all that a folder holds.
///
/// A folder may be of somebody else's making: links in it lead to files in it and nowhere else, so that the walk ends and
/// no file of the reader's is taken for one of the folder's. What is no file is not opened: a pipe would never end.
pub fn walk(path: &Path) -> Result<Walk, Failure> {
    let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", path.display()));
    let kind = std::fs::metadata(path).map_err(trouble)?;
    if kind.is_file() {
        return Ok(Walk { files: vec![(name(path), path.to_owned())], unread: Vec::new() });
    }
    if !kind.is_dir() {
        return Err(Failure::trouble(format!("{}: neither a file nor a folder", path.display())));
    }
    let root = path.canonicalize().map_err(trouble)?;
    let mut walk = Walk::default();
    walk.folder(path, "", &root)?;
    match walk.count() {
        0 => Err(Failure::trouble(format!("{}: an empty folder", path.display()))),
        _ => Ok(walk),
    }
}

impl Walk {
    fn count(&self) -> usize {
        self.files.len() + self.unread.len()
    }

    fn folder(&mut self, folder: &Path, prefix: &str, root: &Path) -> Result<(), Failure> {
        let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", folder.display()));
        let mut entries =
            std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>()).map_err(trouble)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
            let kind = entry.file_type().map_err(trouble)?;
            if kind.is_dir() {
                self.folder(&path, &format!("{name}/"), root)?;
            } else {
                match why_not(&path, kind, root) {
                    None => self.files.push((name, path)),
                    Some(why) => self.unread.push((name, why)),
                }
            }
            if self.count() > MAX_FILES {
                return Err(Failure::trouble(format!("{}: more than {MAX_FILES} files", folder.display())));
            }
        }
        Ok(())
    }
}

/// Why what stands at `path` in the folder `root` is not read; `None` for a file.
fn why_not(path: &Path, kind: std::fs::FileType, root: &Path) -> Option<&'static str> {
    if !kind.is_symlink() {
        return (!kind.is_file()).then_some("neither a file nor a folder");
    }
    match (std::fs::metadata(path), path.canonicalize()) {
        (Ok(kind), _) if kind.is_dir() => Some("a link to a folder"),
        (Ok(kind), _) if !kind.is_file() => Some("a link to what is neither a file nor a folder"),
        (Ok(_), Ok(target)) if target.starts_with(root) => None,
        (Ok(_), Ok(_)) => Some("a link to a file outside the folder that was given"),
        _ => Some("a link that leads nowhere"),
    }
}

/// The name of a file, for display.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What a key file's name says of whose key it is, for display: its name without the ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn what_is_not_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (root, outside) = (folder.path().join("release"), folder.path().join("private"));
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(&outside, "mine").unwrap();
        std::fs::write(root.join("sub/file"), "theirs").unwrap();
        symlink("sub/file", root.join("a-file")).unwrap();
        symlink("sub", root.join("b-folder")).unwrap();
        symlink("gone", root.join("c-nowhere")).unwrap();
        symlink("../private", root.join("d-outside")).unwrap();
        symlink("e-itself", root.join("e-itself")).unwrap();
        let _socket = UnixListener::bind(root.join("f-socket")).unwrap();
        symlink("f-socket", root.join("g-socket")).unwrap();

        let walk = walk(&root).unwrap();
        let files: Vec<_> = walk.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(files, ["a-file", "sub/file"]);
        let unread = [
            ("b-folder", "a link to a folder"),
            ("c-nowhere", "a link that leads nowhere"),
            ("d-outside", "a link to a file outside the folder that was given"),
            ("e-itself", "a link that leads nowhere"),
            ("f-socket", "neither a file nor a folder"),
            ("g-socket", "a link to what is neither a file nor a folder"),
        ];
        assert_eq!(walk.unread, unread.map(|(name, why)| (name.to_owned(), why)));
    }

    #[test]
    fn what_is_named_itself_is_a_file_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, socket) = (folder.path().join("file"), folder.path().join("link"), folder.path().join("s"));
        std::fs::write(&file, "x").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(walk(&link).unwrap().files, [("link".to_owned(), link)]);
        let _socket = UnixListener::bind(&socket).unwrap();
        assert!(walk(&socket).unwrap_err().message.contains("neither a file nor a folder"));
        assert!(walk(&folder.path().join("none")).is_err());
    }
}
