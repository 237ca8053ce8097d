//! Whether whoever builds the same sources gets the same page: it is built twice, from two folders, each with nothing
//! built before, and every file is compared.

use crate::command::command;
use crate::place;
use crate::release::LIST;
use crate::scratch::Scratch;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result, Trouble};
use std::fs;
use std::path::Path;

/// Builds twice and compares. Takes twice as long as a first build of the page.
pub fn check() -> Result<()> {
    let work = Scratch::beside(&place::target().join("reproduce"))?;
    // Of different lengths: a path that got into a module would move everything behind it.
    let lists = [list_of(&work.path().join("one"))?, list_of(&work.path().join("the-other-one"))?];
    let [one, other] = &lists;
    let differing: Vec<&str> = new_in(one, other).chain(new_in(other, one)).collect();
    if !differing.is_empty() {
        return Err(Trouble::Unexpected(format!("two builds of the page differ:\n{}", differing.join("\n"))));
    }
    println!("two builds of the page from two folders are the same, {} files:\n{one}", one.lines().count());
    Ok(())
}

fn new_in<'a>(list: &'a str, than: &'a str) -> impl Iterator<Item = &'a str> {
    list.lines().filter(move |line| !than.lines().any(|same| same == *line))
}

/// Builds the page from a copy of the sources, and gives the list of its files.
fn list_of(folder: &Path) -> Result<String> {
    copy_sources(folder)?;
    let mut build = command("cargo");
    build.args(["xtask", "build", "--page"]).current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    Step::new(format!("building the page in {}", folder.display()), build).run()?;
    let list = folder.join("dist").join(LIST);
    fs::read_to_string(&list).doing("reading", &list)
}

/// What git knows of, as it stands here, changes included.
fn copy_sources(folder: &Path) -> Result<()> {
    let mut git = command("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let names =
        ask(&mut git).ok_or_else(|| Trouble::Unexpected("git ls-files failed; run it to see why.".to_owned()))?;
    for name in names.lines() {
        let (from, to) = (place::root().join(name), folder.join(name));
        if from.is_file() {
            let parent = to.parent().unwrap_or(folder);
            fs::create_dir_all(parent).doing("creating", parent)?;
            fs::copy(&from, &to).doing("copying", &from)?;
        }
    }
    Ok(())
}
