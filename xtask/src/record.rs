//! Records a release of the page in a log: a link whose products are the list of its files and the WebAssembly modules on
//! it, and the log's receipt for that link. Both lie beside the list, where the page itself and anybody else finds them.

use crate::build;
use crate::command::command;
use crate::package;
use crate::place;
use crate::policy::{Log, Server};
use crate::release::{LIST, RECORD};
use crate::scratch::Scratch;
use crate::step::{self, Step};
use crate::trouble::{Doing, Result, Trouble};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the step that a release is.
const STEP: &str = "release-page";

/// The key that signs on this machine, in the folder with the logs' own keys.
const LOCAL_KEY: &str = "release.key";

/// `cargo xtask release KEY [OPTION …]`: builds page, command and package, and records them in the log that the options
/// of `rekor add` name.
pub fn release(arguments: &[String]) -> Result<()> {
    let Some((key, options)) = arguments.split_first().filter(|(key, _)| !key.starts_with('-')) else {
        return Err(Trouble::Usage(
            "release takes the releaser's private key (Ed25519, PKCS#8 PEM), then options of rekor add.".to_owned(),
        ));
    };
    build::command_line()?;
    let tarball = package::build()?;
    let dist = place::dist();
    let work = Scratch::beside(&place::notes().join("release"))?;
    let mut products = products(&dist)?;
    for name in &products {
        copy(&dist.join(name), &work.path().join(name))?;
    }
    let name = tarball.file_name().unwrap_or_default().to_string_lossy().into_owned();
    copy(&tarball, &work.path().join(&name))?;
    products.push(name);
    let mut link = command(place::rekor());
    link.args(["link", "--step", STEP, "--signing-key", key]);
    let public_key = work.path().join("releaser.pub");
    make_link(link, work.path(), &products, &public_key)?;
    let mut add = add(&public_key);
    add.args(options);
    Step::new("recording the release", add).run_shown()?;
    println!("{} lie beside {LIST}: deploy them with the page", RECORD.join(" and "));
    Ok(())
}

/// Records the page as it lies in `dist`, in a log of this machine, by a key of this machine, which is made once. Returns
/// the place of the key.
pub fn locally(data: &Path, log: &Log) -> Result<PathBuf> {
    let (dist, key) = (place::dist(), data.join(LOCAL_KEY));
    for name in RECORD {
        // Of another build, perhaps.
        match fs::remove_file(dist.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Trouble::Io { doing: format!("removing {name}"), error });
            }
            _ => {}
        }
    }
    let work = Scratch::beside(&place::notes().join("recording"))?;
    let public_key = work.path().join("releaser.pub");
    let mut link = command(place::rekor());
    link.args(["link", "--step", STEP, "--make-key", "--signing-key"]).arg(&key);
    make_link(link, &dist, &products(&dist)?, &public_key)?;
    let server = Server::start(data)?;
    let mut add = add(&public_key);
    add.arg("--server").arg(server.log(log)).args(["--log-key", &log.vkey, "--yes"]);
    // What it remembers is of this passing address, and not the user's.
    add.env("REKOR_HOME", work.path());
    said_yes(step::ask(&mut add), "rekor add")?;
    Ok(key)
}

/// The list, which commits to all that is on it, and the modules: whoever meets one finds its release by it.
fn products(dist: &Path) -> Result<Vec<String>> {
    let path = dist.join(LIST);
    let list = fs::read_to_string(&path).doing("reading", &path)?;
    let names = list.lines().filter_map(|line| line.split_once("  ")).map(|(_, name)| name);
    let modules = names.filter(|name| name.ends_with(".wasm"));
    Ok([LIST].into_iter().chain(modules).map(str::to_owned).collect())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).doing("creating", folder)?;
    fs::copy(from, to).map(|_| ()).doing("copying", from)
}

/// Makes the link beside the list, and leaves the signer's public key where `rekor add` finds it.
fn make_link(mut link: Command, base: &Path, products: &[String], public_key: &Path) -> Result<()> {
    link.arg("--base").arg(base).arg("--output").arg(place::dist().join(RECORD[0])).args(products);
    let pem = said_yes(step::ask(&mut link), "rekor link")?;
    fs::write(public_key, format!("{pem}\n")).doing("writing", public_key)
}

/// `rekor add` for the link, with the receipt beside it.
fn add(public_key: &Path) -> Command {
    let [link, receipt] = RECORD.map(|name| place::dist().join(name));
    let mut add = command(place::rekor());
    add.arg("add").arg("--linkfile").arg(link).arg("--receipt").arg(receipt).arg("--public-key").arg(public_key);
    add
}

fn said_yes(said: Option<String>, what: &str) -> Result<String> {
    said.ok_or_else(|| Trouble::Unexpected(format!("{what} failed for the release of the page; run it to see why.")))
}
