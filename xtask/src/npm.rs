//! Tools from npm, one folder a list of them.

use crate::command::command;
use crate::packages;
use crate::place;
use crate::scratch::Scratch;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result};
use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;

/// What the package's tests need: checkers of packages and types, bundlers, frameworks, and other runtimes than Node.
pub const TRIED_WITH: [&str; 16] = [
    "@arethetypeswrong/cli@0.18.5",
    "@rollup/plugin-node-resolve@16.0.3",
    "@types/node@20.19.43",
    "bun@1.3.1",
    "deno@2.9.6",
    "esbuild@0.28.2",
    "publint@0.3.25",
    "react@19.3.1",
    "react-dom@19.3.1",
    "rollup@4.68.7",
    "svelte@5.57.3",
    "typescript@7.0.2",
    "vite@8.3.8",
    "vue@3.5.45",
    "webpack@5.112.2",
    "workerd@1.20261117.1",
];

/// Installs these where they are missing, and gives the folder with its `node_modules`. Nothing runs while it is installed.
pub fn install(tools: &[&str]) -> Result<PathBuf> {
    let version = encode_string(&Sha256::digest(tools.join(" ")));
    let folder = place::tools().join(format!("npm-{}", version.get(..16).unwrap_or_default()));
    if folder.join("node_modules").is_dir() {
        return Ok(folder);
    }
    if ask(command("npm").arg("--version")).is_none() {
        packages::install(&["npm"])?;
    }
    let work = Scratch::beside(&folder)?;
    let mut npm = command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(work.path()).args(tools);
    Step::new(format!("installing {} from npm", tools.join(" ")), npm).run()?;
    fs::rename(work.path(), &folder).doing("moving it to", &folder)?;
    Ok(folder)
}
