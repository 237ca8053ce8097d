//! The page's trust policy: which logs it believes, fixed in a file beside it by whoever deploys it.
//! Here that is this program, for the logs in a data folder of this machine.

use crate::command::command;
use crate::package::POLICY;
use crate::place;
use crate::trouble::{Doing, Result, Trouble};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A log of this machine.
pub struct Log {
    /// Decimal.
    pub tree_id: String,
    /// Its Ed25519 key in C2SP's form: `origin+hex id+base64`.
    pub vkey: String,
}

/// The logs in a data folder: one folder each, named by the tree ID.
pub fn tree_ids(data: &Path) -> Result<Vec<String>> {
    if !data.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(data).doing("reading", data)? {
        let name = entry.doing("reading", data)?.file_name().to_string_lossy().into_owned();
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// The logs with their keys, the default one first. The keys are asked of a server that runs only
/// for that: how the log keeps them is its own affair.
pub fn logs(data: &Path) -> Result<Vec<Log>> {
    let server = Server::start(data)?;
    let default = server.get("/vkey")?;
    let mut logs = Vec::new();
    for tree_id in tree_ids(data)? {
        let vkey = server.get(&format!("/logs/{tree_id}/vkey"))?;
        let place = if vkey == default { 0 } else { logs.len() };
        logs.insert(place, Log { tree_id, vkey });
    }
    if logs.is_empty() {
        return Err(Trouble::Unexpected(format!("expected a log in {}, found none", data.display())));
    }
    Ok(logs)
}

/// Writes the policy beside the page, in C2SP's tlog-policy format. `server` is the logs' address:
/// `http://HOST:PORT`.
pub fn write(logs: &[Log], server: &str) -> Result<()> {
    let mut text = String::from("# The logs that this page believes. Written by cargo xtask serve.\n");
    for log in logs {
        text += &format!("log {} {server}/logs/{}\n", log.vkey, log.tree_id);
    }
    text += "quorum none\n";
    let file = place::dist().join(POLICY);
    fs::write(&file, text).doing("writing", &file)
}

/// A server on a port of its own, gone when it goes out of scope.
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts it over the logs in a data folder.
    pub fn start(data: &Path) -> Result<Self> {
        let mut serve = command(place::rekor());
        serve.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
        // What it says of itself would be said twice.
        let said = place::notes().join("asking-for-keys.log");
        let stderr = File::create(&said).doing("creating", &said)?;
        serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut process = serve.spawn().doing("starting", &place::rekor())?;
        let mut line = String::new();
        // Borrowed: a server whose output nobody holds ends at its next line.
        if let Some(stdout) = process.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut line).doing("reading from", &place::rekor())?;
        }
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_default().to_owned();
        // From here on, whatever happens ends the process.
        let server = Self { process, address };
        if server.address.is_empty() {
            let said = fs::read_to_string(&said).unwrap_or_default();
            return Err(Trouble::Unexpected(format!(
                "expected the server to say where it listens, found: {line}{said}"
            )));
        }
        Ok(server)
    }

    /// The address of one of its logs.
    pub fn log(&self, log: &Log) -> String {
        format!("http://{}/logs/{}", self.address, log.tree_id)
    }

    /// The body of a small text answer, without the white space around it.
    fn get(&self, path: &str) -> Result<String> {
        let answer = self.ask(path).doing("asking the server for", Path::new(path))?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.split(' ').nth(1) == Some("200") => Ok(body.trim().to_owned()),
            _ => Err(Trouble::Unexpected(format!("expected the server to answer {path}, found {answer:?}"))),
        }
    }

    fn ask(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        // HTTP/1.0: the answer is not chunked, and ends with the connection.
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
