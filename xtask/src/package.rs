//! The npm package `rekor-verifier`: its sources in `npm/package`, the modules that the page runs, and nothing else.

use crate::command::command;
use crate::modules::{CORE, EXTRAS, SIGSTORE};
use crate::packages;
use crate::place;
use crate::scratch::Scratch;
use crate::sections;
use crate::shrink;
use crate::step::ask;
use crate::trouble::{Doing, Result, Trouble};
use crate::web;
use std::fs;
use std::path::{Path, PathBuf};

/// How the modules are bound. Nothing but what the package's entries say fetches a module, so that no bundler takes it in
/// twice; a module that trapped can be started anew.
const BINDING: [&str; 4] = ["--target", "web", "--omit-default-module-path", "--experimental-reset-state-function"];

/// The logs and witnesses that count, deployed beside the page, and beside a badge's scripts.
pub const POLICY: &str = "policy.txt";

/// What is deployed like it: whom a badge names as signers.
pub const SIGNERS: [&str; 2] = ["signers.txt", "identity.json"];

/// Builds the package and gives the tarball. The same sources give the same bytes: npm sets every date in it to one day.
pub fn build() -> Result<PathBuf> {
    web::build()?;
    if ask(command("npm").arg("--version")).is_none() {
        packages::install(&["npm"])?;
    }
    let work = Scratch::beside(&place::notes().join("package"))?;
    copy(&place::root().join("npm").join("package"), work.path())?;
    let licence = work.path().join("LICENSE");
    fs::copy(place::root().join("LICENSE"), &licence).doing("writing", &licence)?;
    bind(work.path())?;
    pack(work.path())
}

/// Binds the modules into a folder: `<name>.js` and `<name>_bg.wasm` for each, the very bytes that the page has.
pub fn bind(folder: &Path) -> Result<()> {
    CORE.bind("rekor-wasm", folder, &BINDING)?;
    SIGSTORE.bind("rekor-sigstore-wasm", folder, &BINDING)?;
    EXTRAS.bind("rekor-extras-wasm", folder, &BINDING)?;
    shrink::bound(folder)?;
    sections::shorten_imports(folder)
}

fn pack(folder: &Path) -> Result<PathBuf> {
    let target = place::target();
    let mut npm = command("npm");
    npm.args(["pack", "--silent", "--ignore-scripts", "--pack-destination"]).arg(&target).current_dir(folder);
    let name = ask(&mut npm).ok_or_else(|| Trouble::Unexpected("npm pack failed; run it to see why.".to_owned()))?;
    let tarball = target.join(name);
    let size = fs::metadata(&tarball).doing("reading", &tarball)?.len();
    println!("the npm package: {}, {size} bytes", tarball.display());
    Ok(tarball)
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).doing("creating", to)?;
    for entry in fs::read_dir(from).doing("reading", from)? {
        let path = entry.doing("reading", from)?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).doing("writing", &target)?;
        }
    }
    Ok(())
}
