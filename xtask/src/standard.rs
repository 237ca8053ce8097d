//! The standard library that the page's modules are built with.
//!
//! The one that comes with a toolchain is built for speed, and can say where a program panicked and why. In a module a
//! panic is a trap, and nobody reads what it said. Built for size and without all that, it makes every module a twentieth
//! smaller; the compiler holds back the flags for it from released toolchains unless `RUSTC_BOOTSTRAP` is set.

use crate::command::command;
use crate::place;
use crate::scratch::Scratch;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result, Trouble};
use crate::wasm::{TARGET, Toolchain};
use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A panic traps at once, and places in the sources are not kept. Library and modules have to agree on the first.
const SMALL: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none";

/// The crate that is built for the sake of what it is built with.
const CRATE: &str = "only_for_std";

/// What the environment of a command has to hold that builds modules with the small library: names and values. `flags`
/// are the compiler's, for the modules alone. The library is built once for each compiler.
pub fn environment(toolchain: Toolchain, flags: &str) -> Result<[(&'static str, String); 2]> {
    let library = library(toolchain)?;
    let library = library.to_str().filter(|path| !path.contains(char::is_whitespace)).ok_or_else(|| {
        // cargo takes white space for the end of a flag.
        Trouble::Unexpected(format!("white space in {}: name another folder in REKOR_TOOLS", library.display()))
    })?;
    // cargo adds these to the flags of `.cargo/config.toml`.
    let flags = ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("{flags} --sysroot={library} {SMALL}"));
    Ok([flags, ("RUSTC_BOOTSTRAP", "1".to_owned())])
}

/// A folder of the form of a toolchain's, in which there is nothing but the small library.
fn library(toolchain: Toolchain) -> Result<PathBuf> {
    let mut rustc = command("rustc");
    toolchain.choose_for(&mut rustc);
    let compiler = ask(rustc.arg("-vV")).ok_or_else(|| Trouble::Unexpected("rustc -vV failed".to_owned()))?;
    let version = encode_string(&Sha256::digest(format!("{compiler} {SMALL}")));
    let folder = place::tools().join(format!("std-{}", version.get(..16).unwrap_or_default()));
    if folder.is_dir() {
        return Ok(folder);
    }
    toolchain.add_source()?;
    let work = Scratch::beside(&folder)?;
    let mut cargo = command("cargo");
    toolchain.choose_for(&mut cargo);
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1");
    let how = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
    let built = build(work.path(), cargo, &how, &format!("{SMALL} -Ctarget-feature=+simd128"))?;
    let root = work.path().join("root");
    let target = root.join("lib").join("rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&target).doing("creating", &target)?;
    for path in built {
        fs::copy(&path, target.join(path.file_name().unwrap_or_default())).doing("copying", &path)?;
    }
    fs::rename(&root, &folder).doing("moving the library to", &folder)?;
    Ok(folder)
}

/// Builds a standard library for wasm32 in the folder `work`, from the sources that `cargo`'s toolchain has, and gives
/// its files. `how` are arguments for cargo, `flags` the compiler's.
pub fn build(work: &Path, mut cargo: Command, how: &[&str], flags: &str) -> Result<Vec<PathBuf>> {
    write_empty_crate(work)?;
    cargo.current_dir(work).args(["build", "--release", "--target", TARGET]).args(how).env("RUSTC_BOOTSTRAP", "1");
    // Without bitcode, a later build with lto fails: "failed to get bitcode from object file".
    cargo.env("RUSTFLAGS", format!("-Cembed-bitcode=yes {flags}"));
    cargo.env("CARGO_TARGET_DIR", work.join("target"));
    Step::new("building the standard library for wasm32 (about 1 minute, once)", cargo).run()?;
    libraries(work)
}

fn write_empty_crate(folder: &Path) -> Result<()> {
    let manifest = folder.join("Cargo.toml");
    let text = format!("[package]\nname = \"{CRATE}\"\nedition = \"2021\"\n\n[workspace]\n");
    fs::write(&manifest, text).doing("writing", &manifest)?;
    let source = folder.join("src");
    fs::create_dir_all(&source).doing("creating", &source)?;
    let lib = source.join("lib.rs");
    fs::write(&lib, "#![no_std]\n").doing("writing", &lib)
}

fn libraries(work: &Path) -> Result<Vec<PathBuf>> {
    let folder = work.join("target").join(TARGET).join("release").join("deps");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).doing("reading", &folder)? {
        let path = entry.doing("reading", &folder)?.path();
        let own = path.file_name().is_some_and(|name| name.to_string_lossy().contains(CRATE));
        if path.extension().is_some_and(|extension| extension == "rlib") && !own {
            found.push(path);
        }
    }
    Ok(found)
}
