//! What is for other sites: the badge's scripts as the package has them, the frame, and the page that makes badges. They
//! run the modules of the page, and go by its policy.

use crate::package;
use crate::place;
use crate::release::{change, hold_to_digests};
use crate::scratch::Scratch;
use crate::trouble::{Doing, Result, Trouble};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The folder in `dist`; trunk puts the sources of `web/embed` there.
const FOLDER: &str = "embed";

/// What a badge begins with.
const FIRST: &str = "badge.js";

/// A project's site in `dist`, which is no part of a release.
pub const EXAMPLE: &str = "example";

/// Completes the folder in a build of the page.
pub fn finish(dist: &Path) -> Result<()> {
    let folder = dist.join(FOLDER);
    copy_scripts(&folder, "../", "../")?;
    bind(&folder, dist)?;
    for page in ["frame.html", "make.html"] {
        change(&folder, page, |text| hold_to_digests(&folder, &text))?;
    }
    Ok(())
}

/// Copies the badge's scripts: `modules` leads from there to the WebAssembly modules, `trust` to whom is trusted.
fn copy_scripts(folder: &Path, modules: &str, trust: &str) -> Result<()> {
    let package = place::root().join("npm").join("package");
    let (mut copied, mut next) = (BTreeSet::new(), vec![FIRST.to_owned()]);
    while let Some(name) = next.pop() {
        // Those that bind the modules are made by `bind`.
        if name.starts_with("rekor-") || !copied.insert(name.clone()) {
            continue;
        }
        let path = package.join(&name);
        let script = fs::read_to_string(&path).doing("reading", &path)?;
        next.extend(imports(&script));
        let script = script.replace("new URL(\"./rekor-", &format!("new URL(\"{modules}rekor-"));
        let script = [&[package::POLICY][..], &package::SIGNERS].concat().into_iter().fold(script, |script, file| {
            script.replace(&format!("new URL(\"./{file}\""), &format!("new URL(\"{trust}{file}\""))
        });
        let path = folder.join(&name);
        fs::write(&path, script).doing("writing", &path)?;
    }
    Ok(())
}

/// The scripts beside it that a script imports, at once or later.
fn imports(script: &str) -> Vec<String> {
    let parts = ["from \"./", "import(\"./"].into_iter().flat_map(|start| script.split(start).skip(1));
    parts.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// Binds the modules as the package does, for the bytes that the page has of them.
fn bind(folder: &Path, dist: &Path) -> Result<()> {
    let work = Scratch::beside(&place::notes().join(FOLDER))?;
    package::bind(work.path())?;
    for entry in fs::read_dir(work.path()).doing("reading", work.path())? {
        let path = entry.doing("reading", work.path())?.path();
        let name = path.file_name().unwrap_or_default();
        if path.extension().is_some_and(|ending| ending == "wasm") {
            let (own, pages) = (fs::read(&path).doing("reading", &path)?, dist.join(name));
            if fs::read(&pages).doing("reading", &pages)? != own {
                let message = format!("{} has other bytes than the package's", pages.display());
                return Err(Trouble::Unexpected(message));
            }
        } else {
            fs::copy(&path, folder.join(name)).doing("copying", &path)?;
        }
    }
    Ok(())
}

/// Puts the site of a sample project into `dist`: it has the badge's scripts, and beside them whom it trusts.
pub fn example(dist: &Path) -> Result<()> {
    let (from, site) = (place::root().join("examples").join("project"), dist.join(EXAMPLE));
    package::copy(&from, &site)?;
    for name in ["hello-1.0.tar.gz", "package.link", "package.link.tlog-proof", "maintainer.pub"] {
        let file = place::root().join("samples").join(name);
        fs::copy(&file, site.join(name)).doing("copying", &file)?;
    }
    let badge = site.join("badge");
    copy_scripts(&badge, "../../", "./")?;
    let policy = place::root().join("samples").join(package::POLICY);
    fs::copy(&policy, badge.join(package::POLICY)).doing("copying", &policy)?;
    let embed = dist.join(FOLDER);
    for entry in fs::read_dir(&embed).doing("reading", &embed)? {
        let path = entry.doing("reading", &embed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("rekor-") {
            fs::copy(&path, badge.join(&name)).doing("copying", &path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn imports_are_found_wherever_they_stand() {
        let script = "import { a } from \"./a.js\";\nimport * as b from \"./b.js\";\nconst c = () => import(\"./c.js\");\nimport d from \"node:fs\";\n";
        assert_eq!(imports(script), ["a.js", "b.js", "c.js"]);
    }
}
