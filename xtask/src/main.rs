//! `cargo xtask`: sets up, builds, serves and tests Rekor from a clean checkout.
//!
//! Few and small dependencies, so that the first command of a newcomer starts in seconds.

mod bench;
mod browser;
mod build;
mod command;
mod debian;
mod embed;
mod inputs;
mod licences;
mod lint;
mod modules;
mod npm;
mod order;
mod pack;
mod package;
mod packages;
mod place;
mod policy;
mod python;
mod record;
mod release;
mod reproduce;
mod scratch;
mod sections;
mod serve;
mod shrink;
mod single;
mod split;
mod standard;
mod step;
mod test;
mod tools;
mod trouble;
mod wasm;
mod web;

use std::process::ExitCode;
use trouble::{Result, Trouble};

const HELP: &str = "\
Sets up, builds, serves and tests Rekor.

  cargo xtask serve [--listen ADDR] [--data DIR]
        Builds everything, creates a log where there is none, and starts it with the web page.
        ADDR is 127.0.0.1:3000 unless given, DIR is ./rekor-data.
  cargo xtask test [FILTER …]
        Runs every test: unit tests, vectors, the command line against a real server, real headless
        Chromium, and other people's clients. With FILTER, only the tests whose names contain one.
  cargo xtask lint
        Formatting, clippy (native and wasm32), each crate built alone, licences.
  cargo xtask bench [log | package]
        Measures: a link and a Sigstore bundle, native and by the page's modules in Node, beside npm
        @sigstore/verify; the modules' sizes; in Chromium, how the page loads on a slow network, from
        drop to verdict, a file of 5 GB, and SHA-256 beside npm hash-wasm. With log: a log over HTTP, its
        additions and its tiles, beside nginx and Tessera where nginx and Go are installed. With package:
        the npm package beside others that verify or hash: size, start-up, throughput, verifications.
  cargo xtask build [--page | --package | --single-file [POLICY] | --twice]
        Builds the web page (dist/) and the command (target/release/rekor); with --page, the page alone,
        with --package, the npm package (target/rekor-verifier-<version>.tgz).
        With --single-file, also target/rekor.html: the page in one file, which works from a disk, with
        the trust policy POLICY. With --twice, builds the page twice, from two folders with nothing built
        before, and compares every file.
  cargo xtask release KEY [OPTION …]
        Builds page, command and package, and records them: a link whose products are the page's list of
        files (dist/files.txt), its WebAssembly modules and the package's tarball, signed with the Ed25519 key
        in KEY (PKCS#8 PEM), goes to the log that the options name, which are those of rekor add. The link and
        the log's receipt stay beside the list, where the page shows what they prove.

What is missing is installed: the wasm32 target, a standard library for it that is built for size, wasm-bindgen
and trunk (from crates.io, once a machine, about 7 minutes), wasm-opt (from npm), and for the tests Chromium, axe-core
and a Python environment.

Environment:
  REKOR_TOOLS            where tools are kept (else $XDG_CACHE_HOME/rekor/tools or ~/.cache/rekor/tools)
  REKOR_WASM_TOOLCHAIN   rustup or debian: how to get the wasm32 target. Unset: rustup's, and where it
                         cannot be downloaded Debian's rustc-web with a standard library built here.
                         For trunk by hand with the latter: RUSTUP_TOOLCHAIN=debian-web trunk build
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("\ncargo xtask: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let Some((task, rest)) = arguments.split_first() else {
        return Err(Trouble::Usage("Which task? serve, test, lint, bench, build or release.".to_owned()));
    };
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") || task == "help" {
        print!("{HELP}");
        return Ok(());
    }
    match task.as_str() {
        "serve" => serve::serve(rest),
        "test" => test::test(rest),
        "lint" => lint::lint(rest),
        "bench" => bench::bench(rest),
        "build" => build::everything(rest),
        "release" => record::release(rest),
        other => {
            Err(Trouble::Usage(format!("There is no task {other}: it is serve, test, lint, bench, build or release.")))
        }
    }
}
