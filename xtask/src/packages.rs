//! Debian packages, installed where we may and asked for where we may not.

use crate::command::command;
use crate::step::{Step, ask};
use crate::trouble::{Result, Trouble};
use std::process::Command;

/// Installs the packages that are missing.
pub fn install(names: &[&str]) -> Result<()> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // Stale lists offer versions that are too old, or that are no longer to be had.
    Step::new("updating the list of Debian packages", privileged("apt-get", &["update"])?).run()?;
    let mut install = privileged("apt-get", &["install", "-y", "--no-install-recommends"])?;
    install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive");
    Step::new(format!("installing {}", missing.join(" ")), install).run()
}

/// A command that changes the machine: run by root, or through sudo where it asks nothing.
pub fn privileged(program: &str, arguments: &[&str]) -> Result<Command> {
    if ask(command("id").arg("-u")).as_deref() == Some("0") {
        let mut direct = command(program);
        direct.args(arguments);
        return Ok(direct);
    }
    if ask(command("sudo").args(["-n", "true"])).is_some() {
        let mut sudo = command("sudo");
        sudo.args(["-n", program]).args(arguments);
        return Ok(sudo);
    }
    Err(Trouble::Missing {
        what: format!("This needs root, and sudo would ask for a password: {program}"),
        remedy: format!("Run as root: {program} {} …", arguments.join(" ")),
    })
}

fn installed(name: &str) -> bool {
    let status = ask(command("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", name]));
    status.as_deref() == Some("installed")
}
