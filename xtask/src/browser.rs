//! What the browser tests need: Debian's Chromium with its driver, and axe-core, which looks for what
//! keeps people with a screen reader or a keyboard out.

use crate::command::command;
use crate::packages;
use crate::place;
use crate::scratch::Scratch;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result, Trouble};
use std::fs;
use std::path::PathBuf;

const AXE_VERSION: &str = "4.14.1";

/// Where the parts are.
pub struct Browser {
    /// The browser.
    pub chromium: PathBuf,
    /// Its WebDriver server.
    pub driver: PathBuf,
    /// `axe.min.js`.
    pub axe: PathBuf,
}

/// Installs what is missing.
pub fn install() -> Result<Browser> {
    let (chromium, driver) = match (find("chromium"), find("chromedriver")) {
        (Some(chromium), Some(driver)) => (chromium, driver),
        _ => {
            packages::install(&["chromium", "chromium-driver"])?;
            (installed("chromium")?, installed("chromedriver")?)
        }
    };
    Ok(Browser { chromium, driver, axe: axe()? })
}

fn axe() -> Result<PathBuf> {
    let folder = place::tools().join(format!("axe-core-{AXE_VERSION}"));
    let script = folder.join("node_modules").join("axe-core").join("axe.min.js");
    if script.is_file() {
        return Ok(script);
    }
    if find("npm").is_none() {
        packages::install(&["npm"])?;
    }
    let work = Scratch::beside(&folder)?;
    let mut npm = command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(work.path());
    npm.arg(format!("axe-core@{AXE_VERSION}"));
    Step::new(format!("installing axe-core {AXE_VERSION}"), npm).run()?;
    fs::rename(work.path(), &folder).doing("moving axe-core to", &folder)?;
    Ok(script)
}

/// A program on PATH.
fn find(program: &str) -> Option<PathBuf> {
    ask(command("which").arg(program)).map(PathBuf::from)
}

fn installed(program: &str) -> Result<PathBuf> {
    find(program).ok_or_else(|| {
        Trouble::Unexpected(format!("Debian's packages for {program} are installed, and it is not on PATH."))
    })
}
