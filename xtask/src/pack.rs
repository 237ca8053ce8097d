//! Packs the page's files with Brotli, as the server sends them.

use crate::trouble::{Doing, Result};
use brotli::enc::BrotliEncoderParams;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// What is worth it. Less than a kilobyte fits into one packet either way.
const ENDINGS: [&str; 6] = ["css", "html", "js", "json", "svg", "wasm"];
const SMALLEST: u64 = 1024;

/// Writes `x.br` beside every file `x` in `folder` and below.
pub fn pack(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).doing("reading", folder)? {
        let entry = entry.doing("reading", folder)?;
        let (path, data) = (entry.path(), entry.metadata().doing("reading", folder)?);
        let worth = path.extension().is_some_and(|ending| ENDINGS.iter().any(|other| ending == *other));
        if data.is_dir() {
            pack(&path)?;
        } else if worth && data.len() >= SMALLEST {
            pack_file(&path)?;
        }
    }
    Ok(())
}

fn pack_file(path: &Path) -> Result<()> {
    let bytes = fs::read(path).doing("reading", path)?;
    let mut target = path.as_os_str().to_owned();
    target.push(".br");
    let target = Path::new(&target);
    let params = BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    let mut file = File::create(target).doing("writing", target)?;
    brotli::BrotliCompress(&mut &bytes[..], &mut file, &params).doing("writing", target)?;
    file.flush().doing("writing", target)
}
