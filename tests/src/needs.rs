//! Tools that a machine may lack. `cargo xtask test` installs them and names them in the environment;
//! a plain `cargo test` skips, and says so, what it has no tool for.

use std::path::PathBuf;

/// The file or folder that the environment variable `name` names.
///
/// Without it: `None`, and a line that says what is skipped; under `REKOR_REQUIRE_ALL=1` the test fails.
pub fn tool(name: &str, what: &str) -> Option<PathBuf> {
    if let Some(value) = std::env::var_os(name) {
        let path = PathBuf::from(value);
        assert!(path.exists(), "{name} names {}, which does not exist", path.display());
        return Some(path);
    }
    missing(&format!("{name} does not name {what}"));
    None
}

/// A program from the environment variable `name`, or the first of its name on the PATH.
pub fn program(name: &str, on_path: &str) -> Option<PathBuf> {
    if std::env::var_os(name).is_some() {
        return tool(name, on_path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(on_path)).find(|file| file.is_file());
    if found.is_none() {
        missing(&format!("there is no {on_path} on the PATH, and {name} names none"));
    }
    found
}

fn missing(reason: &str) {
    let required = std::env::var("REKOR_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(!required, "{reason}, and REKOR_REQUIRE_ALL=1 allows no skipping");
    eprintln!("skipped: {reason}");
}
