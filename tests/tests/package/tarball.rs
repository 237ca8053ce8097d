//! What is in the tarball, how large it is, and that the same folder gives the same bytes again.

use rekor_tests::files::{Folder, read};
use rekor_tests::needs;
use rekor_tests::package::{Project, succeeds};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is loaded only when something appears that the core does not check.
const ON_DEMAND: [&str; 2] = ["rekor-sigstore-wasm_bg.wasm", "rekor-extras-wasm_bg.wasm"];

/// The largest that the tarball may be without what is loaded on demand, in bytes: a little above what it is. The aim is
/// 320,000.
const MOST: u64 = 280_000;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Packs this folder's package.
fn pack(folder: &Path) -> Option<Vec<u8>> {
    let npm = needs::program("REKOR_NPM", "npm")?;
    let target = Folder::new();
    let mut pack = Command::new(npm);
    pack.args(["pack", "--silent", "--ignore-scripts", "--pack-destination"]).arg(target.path()).current_dir(folder);
    succeeds(&mut pack);
    files(target.path()).first().map(|tarball| read(tarball))
}

#[test]
fn what_is_installed_packs_to_the_same_bytes() {
    let Some(project) = Project::get() else { return };
    let tarball = read(&needs::tool("REKOR_PACKAGE", "the npm package's tarball").unwrap());
    let Some(again) = pack(&project.package()) else { return };
    assert!(again == tarball, "{} and {} bytes", again.len(), tarball.len());
}

#[test]
fn it_is_small_without_what_is_loaded_on_demand() {
    let Some(project) = Project::get() else { return };
    let copy = Folder::copy_of(&project.package());
    for module in ON_DEMAND {
        std::fs::remove_file(copy.path().join(module)).unwrap();
    }
    let Some(tarball) = pack(copy.path()) else { return };
    println!("npm pack without {}: {} bytes", ON_DEMAND.join(", "), tarball.len());
    assert!(tarball.len() as u64 <= MOST, "{} bytes, {MOST} are allowed", tarball.len());
}

#[test]
fn there_is_one_copy_of_each_module_and_nothing_that_runs_by_itself() {
    let Some(project) = Project::get() else { return };
    let files = files(&project.package());
    let modules: Vec<&PathBuf> = files.iter().filter(|file| file.extension().is_some_and(|it| it == "wasm")).collect();
    let different: BTreeSet<Vec<u8>> = modules.iter().map(|module| read(module)).collect();
    assert_eq!((modules.len(), different.len()), (ON_DEMAND.len() + 1, ON_DEMAND.len() + 1), "{modules:?}");
    for script in files.iter().filter(|file| file.extension().is_some_and(|it| it == "js")) {
        let text = String::from_utf8(read(script)).unwrap();
        // Neither a module in base64, nor anything that a content security policy takes for eval.
        assert!(!text.contains("AGFzbQ"), "{}", script.display());
        assert!(!text.contains("eval(") && !text.contains("new Function"), "{}", script.display());
    }
    let manifest: Value = serde_json::from_slice(&read(&project.package().join("package.json"))).unwrap();
    for none in ["dependencies", "optionalDependencies", "peerDependencies", "bundleDependencies", "scripts"] {
        assert!(manifest[none].is_null(), "{none}: {}", manifest[none]);
    }
}
