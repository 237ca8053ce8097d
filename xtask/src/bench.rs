//! Measures: `tests/examples/bench.rs` and, in Chromium, `tests/examples/page.rs` for the verifier and the page, `bench/`
//! for the log over HTTP, `tests/examples/bench_package.rs` for the npm package, with what they need built and installed.

use crate::browser;
use crate::build;
use crate::command::{cargo, command};
use crate::npm;
use crate::package;
use crate::place;
use crate::scratch::Scratch;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result, Trouble};
use std::fs;
use std::path::PathBuf;

/// Sigstore's own verifier in JavaScript, to measure beside.
const PEER: [(&str, &str); 3] =
    [("@sigstore/verify", "3.1.1"), ("@sigstore/bundle", "4.0.0"), ("@sigstore/protobuf-specs", "0.5.2")];

/// SHA-256 by others in WebAssembly, to measure beside.
const HASHES: [(&str, &str); 1] = [("hash-wasm", "4.13.0")];

/// What the npm package is measured beside, with Sigstore's own.
const PEERS: [(&str, &str); 7] = [
    ("@freedomofpress/sigstore-browser", "0.1.11"),
    ("@noble/curves", "2.4.0"),
    ("@noble/hashes", "2.4.0"),
    HASHES[0],
    PEER[0],
    PEER[1],
    PEER[2],
];

/// Tessera's conformance server over POSIX storage: the other log for one machine.
const TESSERA: &str = "github.com/transparency-dev/tessera/cmd/conformance/posix@v1.0.4";

/// `cargo xtask bench [log | package]`.
pub fn bench(arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => verifier(),
        ["log"] => log(),
        ["package"] => package_beside_peers(),
        _ => Err(Trouble::Usage(format!("bench takes nothing, log or package, found {}", arguments.join(" ")))),
    }
}

/// The log over HTTP, beside nginx and Tessera where they are at hand.
fn log() -> Result<()> {
    let build = cargo(&["build", "--release", "--locked", "--package", "rekor-cli", "--package", "rekor-bench"]);
    Step::new("building rekor and the load generator", build).run()?;
    let mut run = command(place::target().join("release").join("rekor-bench"));
    run.args(["suite", "--rekor"]).arg(place::rekor()).arg("--work").arg(place::target().join("bench"));
    if let Some(nginx) = ask(command("which").arg("nginx")) {
        run.args(["--nginx", &nginx]);
    }
    match tessera()? {
        Some(tessera) => drop(run.arg("--tessera").arg(tessera)),
        None => println!("Go is not installed: Tessera is left out"),
    }
    Step::new("measuring", run).run_shown()
}

fn tessera() -> Result<Option<PathBuf>> {
    let folder = place::tools().join("tessera-1.0.4");
    let program = folder.join("posix");
    if program.is_file() {
        return Ok(Some(program));
    }
    if ask(command("go").arg("version")).is_none() {
        return Ok(None);
    }
    let mut go = command("go");
    go.args(["install", TESSERA]).env("GOBIN", &folder);
    Step::new("building Tessera (about 2 minutes, once)", go).run()?;
    Ok(Some(program))
}

fn package_beside_peers() -> Result<()> {
    build::command_line()?;
    let package = package::build()?;
    let esbuild = npm::install(&npm::TRIED_WITH)?.join("node_modules/.bin/esbuild");
    let mut run = cargo(&["run", "--release", "--locked", "--package", "rekor-tests", "--example", "bench_package"]);
    run.env("REKOR_BIN", place::rekor()).env("REKOR_PACKAGE", package);
    run.env("REKOR_PEERS", installed(&PEERS)?).env("REKOR_ESBUILD", esbuild);
    Step::new("measuring the npm package beside its peers", run).run_shown()
}

fn verifier() -> Result<()> {
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
