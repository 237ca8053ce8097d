//! WebAssembly without rustup's servers: Debian's `rustc-web` has the compiler and the standard
//! library's source, from which the library is built once for wasm32.

use crate::command::command;
use crate::packages;
use crate::place;
use crate::scratch::Scratch;
use crate::standard;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result, Trouble};
use std::fs;
use std::path::{Path, PathBuf};

/// The name under which rustup knows Debian's toolchain.
pub const TOOLCHAIN: &str = "debian-web";

const LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

/// Whether rustup knows the toolchain; without rustup, whether Debian's cargo is the one on PATH.
pub fn linked() -> bool {
    match ask(command("rustup").args(["toolchain", "list"])) {
        Some(list) => list.lines().any(|line| line.split_whitespace().next() == Some(TOOLCHAIN)),
        None => ask(command("which").arg("cargo")).as_deref() == Some("/usr/bin/cargo"),
    }
}

/// Installs the packages, builds the standard library, and tells rustup of the toolchain. The
/// machine's default toolchain stays what it was.
pub fn install() -> Result<()> {
    packages::install(&["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"])?;
    packages::install(&[&linker_package()?])?;
    build_standard_library()?;
    if ask(command("rustup").arg("--version")).is_some() {
        let mut rustup = command("rustup");
        rustup.args(["toolchain", "link", TOOLCHAIN, "/usr"]);
        Step::new("linking Debian's toolchain", rustup).run()?;
    }
    Ok(())
}

/// `rust-lld` is a link to the lld of one LLVM version, in a package of its own.
fn linker_package() -> Result<String> {
    let link = Path::new("/usr/bin/rust-lld");
    let lld = fs::read_link(link).doing("reading the link", link)?;
    match lld.file_name().and_then(|name| name.to_str()) {
        Some(name) if name.starts_with("lld-") => Ok(name.to_owned()),
        _ => Err(Trouble::Unexpected(format!("expected {} to lead to lld-N, found {}", link.display(), lld.display()))),
    }
}

fn build_standard_library() -> Result<()> {
    let work = Scratch::beside(&place::tools().join("std"))?;
    let mut cargo = command("/usr/bin/cargo");
    cargo.env("RUSTC", "/usr/bin/rustc");
    let libraries = standard::build(work.path(), cargo, &["-Zbuild-std=std,panic_abort,proc_macro,test"], "")?;
    install_libraries(&libraries)
}

fn install_libraries(libraries: &[PathBuf]) -> Result<()> {
    // Two builds side by side give E0464, "multiple candidates".
    let clear = packages::privileged("rm", &["-rf", LIBRARY])?;
    Step::new("clearing the old library", clear).run()?;
    let create = packages::privileged("mkdir", &["-p", LIBRARY])?;
    Step::new("creating the library's folder", create).run()?;
    let mut copy = packages::privileged("cp", &["-t", LIBRARY])?;
    copy.args(libraries);
    Step::new("copying the library", copy).run()
}
