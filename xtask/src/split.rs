//! Splits the page's module in two: what a page needs before there is anything to show, and the rest, which it loads
//! when it needs it (`web/src/later.rs` says what that is).
//!
//! wasm-split reads, from the relocations that the linker kept, what the rest alone reaches, and moves it into a file of
//! its own. trunk knows nothing of it: what it builds is whole, and serves `trunk serve` and the single file.

use crate::command::{command, path_with};
use crate::place;
use crate::release::integrity;
use crate::sections;
use crate::shrink;
use crate::step::Step;
use crate::tools;
use crate::trouble::{Doing, Result, Trouble};
use crate::wasm::{self, Toolchain};
use std::fs;
use std::path::{Path, PathBuf};

/// The page's module and its script, without endings.
const PAGE: &str = "rekor-web";

/// The file that is loaded when it is needed.
const LATER: &str = "rekor-later.wasm";

/// What wasm-split calls that file, and the script that loads it.
const SPLIT: &str = "split_later.wasm";
const LINK: &str = "__wasm_split.js";

/// The parts of the page, ready to take the places of what trunk made.
pub struct Parts(PathBuf);

/// Builds the page's module, splits it and binds it. Whatever cargo builds whole afterwards takes its place in `target`.
pub fn build(toolchain: Toolchain, environment: &[(&str, String)]) -> Result<Parts> {
    let folder = place::notes().join("split");
    if folder.exists() {
        fs::remove_dir_all(&folder).doing("removing", &folder)?;
    }
    fs::create_dir_all(&folder).doing("creating", &folder)?;
    let mut cargo = command("cargo");
    toolchain.choose_for(&mut cargo);
    cargo.args(["rustc", "--locked", "--offline", "--package", PAGE, "--bin", PAGE, "--features", "split"]);
    cargo.args(["--profile", "web", "--target", wasm::TARGET]);
    // wasm-split needs names and relocations, of the page's own module alone.
    cargo.args(["--", "-C", "strip=none", "-C", "link-arg=--emit-relocs"]).envs(environment.iter().cloned());
    Step::new("building the page in two parts", cargo).run()?;
    let tools = path_with(&tools::web_tools()?);
    let whole = place::target().join(wasm::TARGET).join("web").join(format!("{PAGE}.wasm"));
    let mut split = command("wasm-split-cli");
    split.arg(&whole).arg(&folder).args(["--out-name", PAGE]).env("PATH", &tools);
    Step::new("splitting it", split).run()?;
    let mut bind = command("wasm-bindgen");
    bind.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--remove-name-section"]);
    bind.args(["--remove-producers-section", "--out-name", PAGE, "--out-dir"]).arg(&folder);
    bind.arg(folder.join(format!("{PAGE}.wasm"))).env("PATH", &tools);
    Step::new("binding its first part", bind).run()?;
    Ok(Parts(folder))
}

impl Parts {
    /// Puts the parts into the page in `dist`.
    pub fn place(&self, dist: &Path) -> Result<()> {
        let module = format!("{PAGE}_bg.wasm");
        let (from, to) = (self.0.join(&module), dist.join(&module));
        fs::copy(&from, &to).doing("copying", &from)?;
        let later = sections::without_names(&read(&self.0.join(SPLIT))?)?;
        let path = dist.join(LATER);
        fs::write(&path, later).doing("writing", &path)?;
        // Before the script names its digest.
        shrink::module(&path)?;
        let later = read(&path)?;
        let script = format!("{PAGE}.js");
        let joined = join(&text(&self.0.join(&script))?, &text(&self.0.join(LINK))?, &integrity(&later))?;
        let path = dist.join(script);
        fs::write(&path, joined).doing("writing", &path)
    }
}

/// The page's script with the one that loads the second part inside, which is held to its digest: one request less.
fn join(script: &str, link: &str, digest: &str) -> Result<String> {
    let import = script.lines().find(|line| line.starts_with("import * as ") && line.contains(LINK));
    let import = import.ok_or_else(|| expected("an import of the loader", &format!("{PAGE}.js")))?;
    let name = import.split_whitespace().nth(3).unwrap_or_default();
    let own = format!("import {{ initSync }} from \"./{PAGE}.js\";\n");
    let fetch = format!("fetch(new URL(\"./{SPLIT}\", import.meta.url))");
    let export = "export const __wasm_split_load_later =";
    let mut loader = link.to_owned();
    let held = format!("fetch(new URL(\"./{LATER}\", import.meta.url), {{ integrity: \"{digest}\" }})");
    for (from, to) in [(own.as_str(), ""), (&fetch, &held), (export, "const __wasm_split_load_later =")] {
        if loader.matches(from).count() != 1 {
            return Err(expected(from.trim_end(), LINK));
        }
        loader = loader.replacen(from, to, 1);
    }
    loader += &format!("const {name} = {{ __wasm_split_load_later }};\n");
    Ok(script.replacen(import, &loader, 1))
}

fn expected(what: &str, file: &str) -> Trouble {
    Trouble::Unexpected(format!("expected in {file}: {what}"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).doing("reading", path)
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).doing("reading", path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test fails by panicking
    use super::join;

    const LINK: &str = "import { initSync } from \"./rekor-web.js\";\n\nlet shared;\nexport const __wasm_split_load_later = \
                        load(() => fetch(new URL(\"./split_later.wasm\", import.meta.url)));\n";

    #[test]
    fn the_loader_joins_the_script_and_is_held_to_a_digest() {
        let script = "import * as import1 from \"./__wasm_split.js\"\n\nuse({ \"./__wasm_split.js\": import1 });\n";
        let joined = join(script, LINK, "sha256-AA").unwrap();
        assert_eq!(
            joined,
            "\nlet shared;\nconst __wasm_split_load_later = load(() => fetch(new URL(\"./rekor-later.wasm\", \
             import.meta.url), { integrity: \"sha256-AA\" }));\nconst import1 = { __wasm_split_load_later };\n\n\nuse({ \
             \"./__wasm_split.js\": import1 });\n"
        );
        assert!(join("nothing\n", LINK, "").is_err());
        assert!(join(script, "nothing\n", "").is_err());
    }
}
