//! The WebAssembly modules as trunk has cargo build them, and their binding for other places than the page.

use crate::command::{command, path_with};
use crate::place;
use crate::step::Step;
use crate::tools;
use crate::trouble::Result;
use crate::wasm;
use std::path::Path;

/// A module.
pub struct Module {
    /// cargo's profile, as in `index.html`: the folder that the module is in.
    profile: &'static str,
    package: &'static str,
}

/// The page itself.
pub const PAGE: Module = Module { profile: "web", package: "rekor-web" };

/// The verifier.
pub const CORE: Module = Module { profile: "web", package: "rekor_wasm" };

/// What checks Sigstore bundles.
pub const SIGSTORE: Module = Module { profile: "web-second", package: "rekor_sigstore_wasm" };

/// What few releases need.
pub const EXTRAS: Module = Module { profile: "web", package: "rekor_extras_wasm" };

/// What looks around in a log.
pub const EXPLORER: Module = Module { profile: "web", package: "rekor_explorer_wasm" };

impl Module {
    /// Binds it for JavaScript: `<name>.js` and `<name>_bg.wasm` in `folder`, made with these arguments.
    pub fn bind(&self, name: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
        let Module { profile, package } = self;
        let built = place::target().join(wasm::TARGET).join(profile).join(format!("{package}.wasm"));
        let mut bindgen = command("wasm-bindgen");
        bindgen.args(["--no-typescript", "--out-name", name]).args(arguments);
        bindgen.arg("--out-dir").arg(folder).arg(&built).env("PATH", path_with(&tools::web_tools()?));
        Step::new(format!("binding {package} as {name}"), bindgen).run()
    }
}
