//! How large the page's wasm modules may be, after Brotli. The one place that says so.

use crate::files::read;
use std::path::Path;

/// A module, and its size after Brotli in bytes.
pub struct Module {
    /// What it is called.
    pub name: &'static str,
    /// Its file in `dist/`, without `.br`.
    pub file: &'static str,
    /// What it must not pass: for the second and the third, 350,000 together.
    pub limit: u64,
}

/// The page itself, what it loads once there is something to show, the verifier's core, and the modules that are loaded
/// when a Sigstore bundle appears, or a key, an archive or a witness as few releases have them, or with a look-up.
pub const MODULES: [Module; 6] = [
    Module { name: "page", file: "rekor-web_bg.wasm", limit: 100_000 },
    Module { name: "later", file: "rekor-later.wasm", limit: 95_000 },
    Module { name: "core", file: "rekor-wasm_bg.wasm", limit: 180_000 },
    Module { name: "second", file: "rekor-sigstore-wasm_bg.wasm", limit: 280_000 },
    Module { name: "third", file: "rekor-extras-wasm_bg.wasm", limit: 70_000 },
    Module { name: "explorer", file: "rekor-explorer-wasm_bg.wasm", limit: 122_000 },
];

impl Module {
    /// Its size as the build packed it in `dist`.
    pub fn size(&self, dist: &Path) -> u64 {
        read(&dist.join(format!("{}.br", self.file))).len() as u64
    }

    /// The size, and how it stands to the limit.
    pub fn describe(&self, dist: &Path) -> String {
        let size = self.size(dist);
        let mark = if size > self.limit { "OVER" } else { "within" };
        let kilobytes = |bytes: u64| bytes as f64 / 1000.0;
        let (size, limit) = (kilobytes(size), kilobytes(self.limit));
        format!("{} module, Brotli: {size:.1} KB, {mark} the limit of {limit:.0} KB", self.name)
    }
}
