//! Where the files are that tests use: fixtures, samples, other projects' data, temporary folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The repository's root.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests/ is in the repository").to_path_buf()
}

/// A file or folder below `tests/fixtures`.
pub fn fixture(path: &str) -> PathBuf {
    let file = root().join("tests/fixtures").join(path);
    assert!(file.exists(), "no fixture {}", file.display());
    file
}

/// A file below `samples`.
pub fn sample(path: &str) -> PathBuf {
    let file = root().join("samples").join(path);
    assert!(file.exists(), "no sample {}", file.display());
    file
}

/// A folder of other projects' data, which lies beside the repository on some machines only.
/// Says so where it is missing; where the data folder is there, a missing part stops the test.
pub fn shared(path: &str) -> Option<PathBuf> {
    let data = root().join("../shared/data");
    if !data.exists() {
        eprintln!("skipped: ../shared/data is not here, so {path} is not tried");
        return None;
    }
    let found = data.join(path);
    assert!(found.exists(), "../shared/data is here, but has no {path}");
    // A file input takes no path with `..` in it.
    Some(found.canonicalize().expect("a path that exists"))
}

/// The bytes of a file.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An empty folder of one's own, removed with its value.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rekor-tests-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes `bytes` to a file in it, and gives the file's path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a file in the folder")).expect("its folder");
        fs::write(&path, bytes).expect("write a temporary file");
        path
    }

    /// A copy of the folder `from`, with everything below it.
    pub fn copy_of(from: &Path) -> Self {
        let copy = Self::new();
        copy_into(from, copy.path());
        copy
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary folder is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy_into(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder for the copy");
    for entry in fs::read_dir(from).expect("list a folder") {
        let entry = entry.expect("a folder's entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a file's type").is_dir() {
            copy_into(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copy a file");
        }
    }
}
