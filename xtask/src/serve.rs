//! `cargo xtask serve`: from whatever is there to a running log with its page.

use crate::build;
use crate::command::command;
use crate::embed;
use crate::place;
use crate::policy::{self, Log};
use crate::record;
use crate::step;
use crate::trouble::{Doing, Result, Trouble};
use crate::web;
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

const DEFAULT_LISTEN: &str = "127.0.0.1:3000";

struct Options {
    listen: SocketAddr,
    data: PathBuf,
}

/// Builds, sets up and starts everything. Returns only when something went wrong: in the end this
/// process becomes the server, which so gets Ctrl-C and every other signal itself.
pub fn serve(arguments: &[String]) -> Result<()> {
    let start = Instant::now();
    let options = options(arguments)?;
    // Asked first: nobody wants to learn it after minutes of building.
    let listen = free_address(options.listen)?;
    build::command_line()?;
    web::build()?;
    create_log_if_none(&options.data)?;
    let logs = policy::logs(&options.data)?;
    let server = address_to_open(listen);
    policy::write(&logs, &server)?;
    embed::example(&place::dist())?;
    record_release(&options.data, &logs[0]);
    println!("ready to start after {}", step::seconds(start.elapsed()));
    print!("{}", what_to_try(&server, &logs[0].tree_id));
    io::stdout().flush().doing("writing to", Path::new("standard output"))?;
    become_server(&options.data, listen)
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut listen = DEFAULT_LISTEN.to_owned();
    let mut data = place::root().join("rekor-data");
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), rest.next().cloned()),
        };
        let value = value.ok_or_else(|| Trouble::Usage(format!("{name} needs a value.")));
        match name {
            "--listen" => listen = value?,
            "--data" => data = std::path::absolute(value?).doing("finding", Path::new("--data"))?,
            other => return Err(Trouble::Usage(format!("serve does not know {other}: it takes --listen and --data."))),
        }
    }
    let listen = listen.parse().map_err(|_| {
        Trouble::Usage(format!("--listen: expected an address and a port such as {DEFAULT_LISTEN}, found {listen}"))
    })?;
    Ok(Options { listen, data })
}

/// The address with a port that is free now: the one asked for, or any for port 0.
fn free_address(asked: SocketAddr) -> Result<SocketAddr> {
    match TcpListener::bind(asked) {
        Ok(listener) => listener.local_addr().doing("asking for the port of", Path::new("the listener")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(Trouble::Missing {
            what: format!("{asked} is in use: another program, or another cargo xtask serve, listens there."),
            remedy: "Stop that one, or choose another port: cargo xtask serve --listen 127.0.0.1:0".to_owned(),
        }),
        Err(error) => Err(Trouble::Io { doing: format!("listening on {asked}"), error }),
    }
}

/// So that "Check this page" has a record to show. Whatever keeps the log from taking it, the page is served.
fn record_release(data: &Path, log: &Log) {
    match record::locally(data, log) {
        Ok(key) => println!("recorded this build of the page in the log, by a key of this machine: {}", key.display()),
        Err(trouble) => println!("this build of the page is not recorded in the log: {trouble}"),
    }
}

fn create_log_if_none(data: &Path) -> Result<()> {
    if !policy::tree_ids(data)?.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(data).doing("creating", data)?;
    println!("creating a log in {}", data.display());
    let mut create = command(place::rekor());
    create.args(["log", "create", "--data"]).arg(data);
    let printed = step::ask(&mut create);
    printed.map(|_| ()).ok_or_else(|| {
        Trouble::Unexpected(format!("rekor log create --data {} failed; run it to see why.", data.display()))
    })
}

/// "http://HOST:PORT" as this machine's browser finds it.
fn address_to_open(listen: SocketAddr) -> String {
    let mut address = listen;
    if listen.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    format!("http://{address}")
}

fn what_to_try(server: &str, tree_id: &str) -> String {
    format!(
        "
The page:            {server}/
The log:             {server}/logs/{tree_id}
A badge, made:       {server}/embed/make.html
A project with one:  {server}/example/

Record a sample, in another terminal:
  export PATH=\"{}:$PATH\" REKOR_SERVER={server}
  rekor log trust {server}/logs/{tree_id}
  rekor add --tlog_id={tree_id} --linkfile samples/package.link --public-key samples/maintainer.pub
  rekor get --tlog_id={tree_id} --linkfile samples/package.link --public-key samples/maintainer.pub
  rekor verify --tlog_id={tree_id} --linkfile samples/package.link \\
    --artifact samples/hello-1.0.tar.gz --public-key samples/maintainer.pub
Then drop samples/package.link and samples/hello-1.0.tar.gz on the page, with samples/maintainer.pub
as the signer you expect; and the two files of samples/tampered/.

Ctrl-C stops it.
",
        place::rekor().parent().unwrap_or(Path::new("")).display()
    )
}

fn become_server(data: &Path, listen: SocketAddr) -> Result<()> {
    let mut server = command(place::rekor());
    server.arg("serve").arg("--data").arg(data).args(["--listen", &listen.to_string(), "--web"]).arg(place::dist());
    Err(Trouble::Io { doing: format!("starting {}", place::rekor().display()), error: server.exec() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test stops at what it does not expect
    use super::{address_to_open, options};
    use std::path::Path;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_in_both_spellings() {
        for line in ["--listen 127.0.0.1:4000 --data /srv/rekor", "--data=/srv/rekor --listen=127.0.0.1:4000"] {
            let options = options(&words(line)).unwrap();
            assert_eq!(options.listen.to_string(), "127.0.0.1:4000");
            assert_eq!(options.data, Path::new("/srv/rekor"));
        }
        assert_eq!(options(&[]).unwrap().listen.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["--listen", "--listen 3000", "--port 3000", "4000"] {
            assert!(options(&words(line)).is_err(), "{line}");
        }
    }

    #[test]
    fn every_interface_is_opened_at_this_machines_own_address() {
        assert_eq!(address_to_open("0.0.0.0:3000".parse().unwrap()), "http://127.0.0.1:3000");
        assert_eq!(address_to_open("127.0.0.1:80".parse().unwrap()), "http://127.0.0.1:80");
    }
}
