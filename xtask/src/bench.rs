//! Measures: `tests/examples/bench.rs` and, in Chromium, `tests/examples/page.rs`, with what they need built and
//! installed.

use crate::browser;
use crate::build;
use crate::command::{cargo, command};
use crate::place;
use crate::scratch::Scratch;
use crate::step::Step;
use crate::trouble::{Doing, Result, Trouble};
use std::fs;
use std::path::PathBuf;

/// Sigstore's own verifier in JavaScript, to measure beside.
const PEER: [(&str, &str); 3] =
    [("@sigstore/verify", "3.1.1"), ("@sigstore/bundle", "4.0.0"), ("@sigstore/protobuf-specs", "0.5.2")];

/// SHA-256 by others in WebAssembly, to measure beside.
const HASHES: [(&str, &str); 1] = [("hash-wasm", "4.13.0")];

/// `cargo xtask bench`.
pub fn bench(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        return Err(Trouble::Usage(format!("bench takes no arguments, found {argument}")));
    }
    build::everything(&[])?;
    let browser = browser::install()?;
    let (peer, hashes) = (installed(&PEER)?, installed(&HASHES)?);
    for (example, what) in [("bench", "measuring"), ("page", "measuring the page in Chromium")] {
        let mut run = cargo(&["run", "--release", "--locked", "--package", "rekor-tests", "--example", example]);
        run.env("REKOR_BIN", place::rekor()).env("REKOR_DIST", place::dist());
        run.env("REKOR_PEER", &peer).env("REKOR_HASH_WASM", &hashes);
        run.env("REKOR_CHROMIUM", &browser.chromium).env("REKOR_CHROMEDRIVER", &browser.driver);
        Step::new(what, run).run_shown()?;
    }
    Ok(())
}

/// These packages from npm, in a folder of their own.
fn installed(packages: &[(&str, &str)]) -> Result<PathBuf> {
    let name = packages.iter().map(|(name, version)| format!("{}-{version}", name.replace('/', "-"))).next();
    let folder = place::tools().join(name.unwrap_or_default());
    if folder.is_dir() {
        return Ok(folder);
    }
    let work = Scratch::beside(&folder)?;
    let mut npm = command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(work.path());
    npm.args(packages.iter().map(|(name, version)| format!("{name}@{version}")));
    Step::new("installing what is measured beside, from npm", npm).run()?;
    fs::rename(work.path(), &folder).doing("moving it to", &folder)?;
    Ok(folder)
}
