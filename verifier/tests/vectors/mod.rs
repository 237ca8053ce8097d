//! Vector files: each stands among the repository's own fixtures, and, made by other projects, in `../shared/data`.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)] // tests panic on purpose; not every test file uses all of it

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The repository's own fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")
}

/// Real inputs from other projects, where they are at hand.
pub fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !folder.is_dir() {
        println!("skipped: ../shared/data is not here; the twins on the repository's own fixtures ran");
        return None;
    }
    Some(folder)
}

/// The folders to run a test on: the fixtures always, the real inputs where they are.
pub fn folders() -> Vec<PathBuf> {
    [Some(fixtures()), shared()].into_iter().flatten().collect()
}

pub fn json(file: &Path) -> Value {
    let text = std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// Runs `agrees` on every case of the list in `file`, in every folder; none may disagree, and none may be missing.
pub fn each(file: &str, agrees: impl Fn(&Value) -> bool) {
    for folder in folders() {
        let path = folder.join(file);
        let cases = json(&path);
        let cases = cases.as_array().expect("a list of cases");
        assert!(!cases.is_empty(), "{}: no cases", path.display());
        let wrong: Vec<&Value> = cases.iter().filter(|case| !agrees(case)).collect();
        assert!(wrong.is_empty(), "{}: {} of {} disagree: {wrong:#?}", path.display(), wrong.len(), cases.len());
    }
}
