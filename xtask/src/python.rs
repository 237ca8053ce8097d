//! A Python environment with other people's in-toto and Sigstore clients, which must accept what we
//! write, as we must accept what they write.

use crate::command::command;
use crate::packages;
use crate::place;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every package with its version, so that a release of somebody else's breaks nothing overnight.
const REQUIREMENTS: &str = include_str!("../python-requirements.txt");

/// The environment's interpreter.
pub fn install() -> Result<PathBuf> {
    let folder = place::tools().join(format!("python-{:016x}", fnv1a(REQUIREMENTS.as_bytes())));
    let python = folder.join("bin").join("python");
    let done = folder.join("requirements.txt");
    if done.is_file() && ask(command(&python).arg("--version")).is_some() {
        return Ok(python);
    }
    create(&folder)?;
    Step::new("installing Python packages for the interoperability tests", pip(&python)).run()?;
    // Written last: an environment without it is half done, and is made anew.
    fs::write(&done, REQUIREMENTS).doing("writing", &done)?;
    Ok(python)
}

/// An environment's scripts name its folder, so it is made where it stays.
fn create(folder: &Path) -> Result<()> {
    if ask(command("python3").args(["-c", "import ensurepip, venv"])).is_none() {
        packages::install(&["python3", "python3-venv"])?;
    }
    let mut venv = command("python3");
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    Step::new("creating a Python environment", venv).run()
}

fn pip(python: &Path) -> Command {
    let mut pip = command(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:", "--requirement"]);
    pip.arg(place::root().join("xtask").join("python-requirements.txt"));
    pip
}

/// FNV-1a, 64 bits: names a folder after its contents.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
