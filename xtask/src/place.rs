//! Where things are: the repository, what is built in it, and the cache of tools beside it.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root folder.
pub fn root() -> PathBuf {
    // cargo sets it at run time. The value at compile time would be wrong where two clones share a
    // target folder.
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(xtask) => PathBuf::from(xtask).parent().map(Path::to_owned).unwrap_or_default(),
        None => PathBuf::from("."),
    }
}

/// cargo's target folder.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Logs and stamps of this program.
pub fn notes() -> PathBuf {
    target().join("xtask")
}

/// The built web application.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The `rekor` binary, as `cargo build --release` leaves it.
pub fn rekor() -> PathBuf {
    target().join("release").join("rekor")
}

/// The folder of tools, outside any clone: a second clone on the same machine starts in seconds.
pub fn tools() -> PathBuf {
    if let Some(folder) = env::var_os("REKOR_TOOLS") {
        return root().join(folder);
    }
    let cache = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
        (Some(cache), _) if Path::new(&cache).is_absolute() => PathBuf::from(cache),
        (_, Some(home)) => PathBuf::from(home).join(".cache"),
        _ => return target().join("tools"),
    };
    cache.join("rekor").join("tools")
}
