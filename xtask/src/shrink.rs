//! Makes modules smaller, with wasm-opt of Binaryen.
//!
//! What counts is what Brotli makes of them. Most passes, `-Oz` among them, make a module smaller and what Brotli makes
//! of it larger: what looked alike no longer does. These make both smaller; the order of locals alone is half of it.

use crate::command::command;
use crate::npm;
use crate::order;
use crate::sections;
use crate::step::Step;
use crate::trouble::{Doing, Result};
use std::fs;
use std::path::Path;

/// Carries wasm-opt.
pub const BINARYEN: &str = "binaryen@132.0.0";

const FIRST: [&str; 2] = ["--duplicate-function-elimination", "--remove-unused-module-elements"];

/// Twice: each finds more after the others.
const SIMPLER: [&str; 5] = ["--remove-unused-brs", "--optimize-instructions", "--precompute", "--vacuum", "--rse"];

const LAST: [&str; 4] =
    ["--simplify-locals-nostructure", "--vacuum", "--duplicate-function-elimination", "--reorder-locals"];

/// What the compiler takes for granted of every WebAssembly engine, and `.cargo/config.toml` adds.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Makes the bound modules in this folder smaller.
pub fn bound(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).doing("reading", folder)? {
        let path = entry.doing("reading", folder)?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("_bg.wasm")) {
            module(&path)?;
        }
    }
    Ok(())
}

/// Makes a module smaller.
pub fn module(path: &Path) -> Result<()> {
    let wasm_opt = npm::install(&[BINARYEN])?.join("node_modules").join(".bin").join("wasm-opt");
    let mut shrink = command(&wasm_opt);
    shrink.args(FEATURES).args(FIRST).args(SIMPLER).args(SIMPLER).args(LAST).arg(path).arg("-o").arg(path);
    Step::new(format!("shrinking {}", path.display()), shrink).run()?;
    change(path, order::name_functions)?;
    let mut sort = command(&wasm_opt);
    sort.args(FEATURES).arg("--reorder-functions-by-name").arg(path).arg("-o").arg(path);
    Step::new(format!("ordering {}", path.display()), sort).run()?;
    change(path, sections::without_names)
}

fn change(path: &Path, change: impl FnOnce(&[u8]) -> Result<Vec<u8>>) -> Result<()> {
    let module = fs::read(path).doing("reading", path)?;
    fs::write(path, change(&module)?).doing("writing", path)
}
