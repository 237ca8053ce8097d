//! Measures: `tests/examples/bench.rs`, with what it needs built and installed.

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

/// `cargo xtask bench`.
pub fn bench(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        return Err(Trouble::Usage(format!("bench takes no arguments, found {argument}")));
    }
    build::everything(&[])?;
    let peer = peer()?;
    let mut run = cargo(&["run", "--release", "--locked", "--package", "rekor-tests", "--example", "bench"]);
    run.env("REKOR_BIN", place::rekor()).env("REKOR_DIST", place::dist()).env("REKOR_PEER", peer);
    Step::new("measuring", run).run_shown()
}

fn peer() -> Result<PathBuf> {
    let folder = place::tools().join(format!("sigstore-js-{}", PEER[0].1));
    if folder.is_dir() {
        return Ok(folder);
    }
    let work = Scratch::beside(&folder)?;
    let mut npm = command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(work.path());
    npm.args(PEER.map(|(name, version)| format!("{name}@{version}")));
    Step::new("installing npm @sigstore/verify", npm).run()?;
    fs::rename(work.path(), &folder).doing("moving it to", &folder)?;
    Ok(folder)
}
