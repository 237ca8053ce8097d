//! How large the page's wasm modules may be, after Brotli. The one place that says so.

use crate::files::read;
use std::path::Path;

/// A module, and its size after Brotli in bytes.
pub struct Module {
    /// What it is called.
    pub name: &'static str,
    /// Its file in `dist/`, without `.br`.
    pub file: &'static str,
    /// What it is to come down to; the second and the third are to have 350,000 together.
    pub aim: u64,
    /// What it must not pass: a little above what it is.
    pub most: u64,
}

/// The page itself, what it loads once there is something to show, the verifier's core, and the modules that are loaded
/// when a Sigstore bundle appears, or a key, an archive or a witness as few releases have them, or with a look-up.
pub const MODULES: [Module; 6] = [
    Module { name: "page", file: "rekor-web_bg.wasm", aim: 120_000, most: 100_000 },
    Module { name: "later", file: "rekor-later.wasm", aim: 100_000, most: 95_000 },
    Module { name: "core", file: "rekor-wasm_bg.wasm", aim: 180_000, most: 182_000 },
    Module { name: "second", file: "rekor-sigstore-wasm_bg.wasm", aim: 278_000, most: 278_000 },
    Module { name: "third", file: "rekor-extras-wasm_bg.wasm", aim: 72_000, most: 71_500 },
    Module { name: "explorer", file: "rekor-explorer-wasm_bg.wasm", aim: 120_000, most: 126_000 },
];

impl Module {
    /// Its size as the build packed it in `dist`.
    pub fn size(&self, dist: &Path) -> u64 {
        read(&dist.join(format!("{}.br", self.file))).len() as u64
    }

    /// The size, and how it stands to the aim.
    pub fn describe(&self, dist: &Path) -> String {
        let size = self.size(dist);
        let mark = if size > self.aim { "OVER" } else { "within" };
        let kilobytes = |bytes: u64| bytes as f64 / 1000.0;
        let (size, aim) = (kilobytes(size), kilobytes(self.aim));
        format!("{} module, Brotli: {size:.1} KB, {mark} the limit of {aim:.0} KB", self.name)
    }
}
