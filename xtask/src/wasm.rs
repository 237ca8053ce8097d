//! A Rust toolchain that builds for `wasm32-unknown-unknown`.
//!
//! rustup's target where it can be downloaded, and else Debian's `rustc-web` with a standard library
//! that is built here once (see [`crate::debian`]).

use crate::command::command;
use crate::debian;
use crate::place;
use crate::step::{Step, ask};
use crate::trouble::{Doing, Result, Trouble};
use std::env;
use std::fs;
use std::process::Command;
use std::time::Duration;

/// The target's name.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The variable that rules one of the two ways out: `rustup` or `debian`.
pub const CHOICE: &str = "REKOR_WASM_TOOLCHAIN";

/// rustup retries by itself; past this there is no server to be reached.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// The toolchain that builds for wasm32.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that builds everything else too.
    Default,
    /// Debian's, linked under the name [`debian::TOOLCHAIN`].
    Debian,
}

impl Toolchain {
    /// Makes a command's cargo and rustc those of this toolchain.
    pub fn choose_for(self, command: &mut Command) {
        if self == Self::Debian {
            command.env("RUSTUP_TOOLCHAIN", debian::TOOLCHAIN);
        }
    }

    /// Installs the standard library's source, which Debian's has already.
    pub fn add_source(self) -> Result<()> {
        if self == Self::Debian {
            return Ok(());
        }
        let mut rustup = command("rustup");
        rustup.args(["component", "add", "rust-src"]);
        Step::new("adding the standard library's source with rustup", rustup).limit(RUSTUP_LIMIT).run()
    }

    /// Whether it links a small library for wasm32: the only question whose yes is worth something.
    fn works(self) -> Result<bool> {
        let source = place::notes().join("probe.rs");
        fs::create_dir_all(place::notes()).doing("creating", &place::notes())?;
        fs::write(&source, "pub fn probe() {}\n").doing("writing", &source)?;
        let mut rustc = command("rustc");
        self.choose_for(&mut rustc);
        rustc.args(["--target", TARGET, "--crate-type", "cdylib", "--edition", "2024"]);
        rustc.args(["-C", "lto", "-C", "panic=abort", "-o"]);
        rustc.arg(place::notes().join("probe.wasm")).arg(&source);
        Ok(ask(&mut rustc).is_some())
    }
}

/// Finds or installs a toolchain, in the way that [`CHOICE`] says, or in either.
pub fn toolchain() -> Result<Toolchain> {
    match env::var(CHOICE).ok().as_deref() {
        None | Some("") => either(),
        Some("rustup") => with_rustup(),
        Some("debian") => with_debian(),
        Some(other) => Err(Trouble::Usage(format!("{CHOICE}: expected rustup or debian, found {other}"))),
    }
}

fn either() -> Result<Toolchain> {
    if Toolchain::Default.works()? {
        return Ok(Toolchain::Default);
    }
    // Found from an earlier run: no second wait for servers that did not answer then.
    if debian::linked() && Toolchain::Debian.works()? {
        return Ok(Toolchain::Debian);
    }
    match with_rustup() {
        Ok(toolchain) => Ok(toolchain),
        Err(trouble) => {
            println!("{trouble}\nNo {TARGET} from rustup; going on with Debian's packages.");
            with_debian()
        }
    }
}

fn with_rustup() -> Result<Toolchain> {
    if Toolchain::Default.works()? {
        return Ok(Toolchain::Default);
    }
    if ask(command("rustup").arg("--version")).is_none() {
        return Err(Trouble::Missing {
            what: "rustup is not installed.".to_owned(),
            remedy: "It is at https://rustup.rs.".to_owned(),
        });
    }
    let mut rustup = command("rustup");
    rustup.args(["target", "add", TARGET]);
    Step::new(format!("adding the target {TARGET} with rustup"), rustup).limit(RUSTUP_LIMIT).run()?;
    working(Toolchain::Default)
}

fn with_debian() -> Result<Toolchain> {
    if debian::linked() && Toolchain::Debian.works()? {
        return Ok(Toolchain::Debian);
    }
    debian::install()?;
    working(Toolchain::Debian)
}

fn working(toolchain: Toolchain) -> Result<Toolchain> {
    if toolchain.works()? {
        return Ok(toolchain);
    }
    Err(Trouble::Unexpected(format!("The toolchain was installed, and still does not build for {TARGET}.")))
}
