//! Commands as we start them: without the traces that `cargo run` leaves in our own environment,
//! and with our tools in front of the machine's.

use crate::place;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

/// What `cargo run` sets for us alone. A cargo of another toolchain must not see it: it would load
/// this toolchain's libraries, or take this package's name for its own.
const LEFT_BY_CARGO: [&str; 4] = ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "LD_LIBRARY_PATH"];

/// A command that runs in the repository's root.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(place::root());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if LEFT_BY_CARGO.contains(&text.as_ref()) || text.starts_with("CARGO_PKG_") {
            command.env_remove(&name);
        }
    }
    command
}

/// `cargo` with arguments, on the toolchain that runs us.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.args(arguments);
    cargo
}

/// PATH with these folders first.
pub fn path_with(folders: &[PathBuf]) -> OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&old));
    // A folder whose name holds a colon cannot be on PATH; then the tools are not found, by name.
    env::join_paths(all).unwrap_or(old)
}
