//! Makes a release of what trunk built: one style sheet, digests that browsers hold the files to, and the list of all
//! files, which can be checked and recorded.

use crate::embed::{self, EXAMPLE};
use crate::trouble::{Doing, Result, Trouble};
use base16ct::lower::encode_string;
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The list of the release's files with their SHA-256, as `sha256sum` writes and checks it.
pub const LIST: &str = "files.txt";

/// What lies beside the list where the release is recorded: a link that names it, and the receipt of a log.
pub const RECORD: [&str; 2] = ["files.txt.link", "files.txt.tlog-proof"];

/// What is no part of a release: whoever deploys the page writes it.
const DEPLOYED: [&str; 7] = ["policy.txt", "signers.txt", "identity.json", "_headers", EXAMPLE, RECORD[0], RECORD[1]];

/// The service worker, which knows all files but itself and the list.
const SERVICE_WORKER: &str = "sw.js";

/// What takes files to a report, for the page's worker and for the package.
pub const DRIVER: &str = "driver.js";

/// The scripts that load modules, and name the digests that they have to have.
const LOADERS: [&str; 2] = ["boot.js", "worker.js"];

/// Finishes the build in this folder.
pub fn finish(folder: &Path) -> Result<()> {
    join_styles(folder)?;
    join_scripts(folder)?;
    strip_scripts(folder)?;
    for loader in LOADERS {
        change(folder, loader, |text| name_modules(folder, text))?;
    }
    change(folder, "index.html", |page| hold_to_digests(folder, &page))?;
    embed::finish(folder)?;
    let files = files(folder)?;
    change(folder, SERVICE_WORKER, |text| Ok(name_files(&text, &files)))?;
    write_list(folder)
}

/// Changes a text file.
pub fn change(folder: &Path, name: &str, change: impl FnOnce(String) -> Result<String>) -> Result<()> {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).doing("reading", &path)?;
    fs::write(&path, change(text)?).doing("writing", &path)
}

/// One style sheet is one request. Their order is the page's.
fn join_styles(folder: &Path) -> Result<()> {
    const LINK: &str = "    <link rel=\"stylesheet\" href=\"./style/";
    let mut styles = String::new();
    change(folder, "index.html", |page| {
        let mut joined = String::new();
        for line in page.lines() {
            match line.strip_prefix(LINK).and_then(|rest| rest.strip_suffix("\">")) {
                None => joined += &format!("{line}\n"),
                Some(name) => {
                    if styles.is_empty() {
                        joined += "    <link rel=\"stylesheet\" href=\"./style.css\">\n";
                    }
                    let path = folder.join("style").join(name);
                    styles += &fs::read_to_string(&path).doing("reading", &path)?;
                }
            }
        }
        Ok(joined)
    })?;
    let (style, parts) = (folder.join("style.css"), folder.join("style"));
    fs::write(&style, styles).doing("writing", &style)?;
    fs::remove_dir_all(&parts).doing("removing", &parts)
}

/// The scripts with what they import from beside themselves: one request less before the page can be used.
fn join_scripts(folder: &Path) -> Result<()> {
    const PRELOAD: &str = "    <link rel=\"modulepreload\" href=\"./dropped.js\">\n";
    for (script, part) in [("boot.js", "dropped.js"), ("worker.js", DRIVER)] {
        let path = folder.join(part);
        let module = fs::read_to_string(&path).doing("reading", &path)?;
        change(folder, script, |text| join(script, &text, part, &module))?;
        fs::remove_file(&path).doing("removing", &path)?;
    }
    change(folder, "index.html", |page| match page.contains(PRELOAD) {
        true => Ok(page.replacen(PRELOAD, "", 1)),
        false => Err(Trouble::Unexpected(format!("expected in index.html: {PRELOAD}"))),
    })
}

/// Comments are for readers of the sources: of what a first visit loads they would be a fortieth.
fn strip_scripts(folder: &Path) -> Result<()> {
    let scripts = files(folder)?.into_keys().filter(|name| name.ends_with(".js"));
    scripts.into_iter().try_for_each(|name| change(folder, &name, |text| Ok(without_comments(&text))))
}

/// A script without the lines that are nothing but a comment.
fn without_comments(script: &str) -> String {
    let mut text = String::new();
    let mut within = false;
    for line in script.lines() {
        let begins = line.trim_start();
        within |= begins.starts_with("/*");
        if !within && !begins.starts_with("//") {
            text += line;
            text.push('\n');
        }
        within &= !line.ends_with("*/");
    }
    text
}

/// `script` with `module` where its import from `./part` stood, a line by itself.
pub fn join(name: &str, script: &str, part: &str, module: &str) -> Result<String> {
    let from = format!(" from \"./{part}\";");
    let Some(line) = script.lines().find(|line| line.starts_with("import {") && line.ends_with(&from)) else {
        return Err(Trouble::Unexpected(format!("expected in {name}: import {{ … }}{from}")));
    };
    Ok(script.replacen(line, module.replace("\nexport ", "\n").trim_end(), 1))
}

/// Puts the digests of the wasm modules where the loader leaves room for them: `"name.wasm": ""`.
fn name_modules(folder: &Path, loader: String) -> Result<String> {
    let mut text = String::new();
    let mut rest = loader.as_str();
    while let Some((before, after)) = rest.split_once(".wasm\": \"\"") {
        let name = before.rsplit('"').next().unwrap_or_default();
        let path = folder.join(format!("{name}.wasm"));
        let digest = integrity(&fs::read(&path).doing("reading", &path)?);
        text += &format!("{before}.wasm\": \"{digest}\"");
        rest = after;
    }
    Ok(text + rest)
}

/// Holds what the page itself loads to its digest: style sheet, boot script, and the modules that it names ahead.
pub fn hold_to_digests(folder: &Path, page: &str) -> Result<String> {
    let mut text = String::new();
    for line in page.lines() {
        let held = ["rel=\"stylesheet\" href=\"./", "rel=\"modulepreload\" href=\"./", "type=\"module\" src=\"./"];
        let name = held.iter().find_map(|start| line.split_once(start)?.1.split_once('"'));
        match name {
            None => text += line,
            Some((name, _)) => {
                let path = folder.join(name);
                let digest = integrity(&fs::read(&path).doing("reading", &path)?);
                text += &line.replacen(&format!("{name}\""), &format!("{name}\" integrity=\"{digest}\""), 1);
            }
        }
        text.push('\n');
    }
    Ok(text)
}

fn name_files(service_worker: &str, files: &BTreeMap<String, Vec<u8>>) -> String {
    let lines = files.iter().filter(|(name, _)| *name != SERVICE_WORKER);
    let lines: String = lines.map(|(name, bytes)| format!("  \"{name}\": \"{}\",\n", integrity(bytes))).collect();
    service_worker.replacen("const FILES = {};", &format!("const FILES = {{\n{lines}}};"), 1)
}

fn write_list(folder: &Path) -> Result<()> {
    let files = files(folder)?;
    let line = |(name, bytes): (&String, &Vec<u8>)| format!("{}  {name}\n", encode_string(&Sha256::digest(bytes)));
    let list: String = files.iter().map(line).collect();
    let path = folder.join(LIST);
    fs::write(&path, list).doing("writing", &path)
}

/// The digest as an `integrity` attribute has it (W3C Subresource Integrity).
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha256-{}", Base64::encode_string(&Sha256::digest(bytes)))
}

/// The release's files by their paths, but for the list itself.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found)?;
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder).doing("reading", folder)? {
        let path = entry.doing("reading", folder)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if name.contains(['"', '\\', '\n']) {
            return Err(Trouble::Unexpected(format!("a file of the page is called {name:?}")));
        }
        if name == LIST || DEPLOYED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found)?;
        } else {
            found.insert(name, fs::read(&path).doing("reading", &path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::without_comments;

    #[test]
    fn only_lines_that_are_comments_go() {
        let script = "// one\n/** two\n * three\n */\na(); // four\n/* five */\n  // six\nb(\"/*\");\nc();\n";
        assert_eq!(without_comments(script), "a(); // four\nb(\"/*\");\nc();\n");
    }
}
