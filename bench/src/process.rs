//! Servers that are measured: started, waited for, ended; and the processor time that they take.

use crate::Trouble;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Kernel ticks a second in /proc: fixed for Linux's user space.
const TICKS: f64 = 100.0;

/// A running server, ended with its value.
pub struct Process {
    child: Child,
    /// Host and port.
    pub address: String,
}

/// Something to run, with its output on nobody's terminal.
pub fn quiet(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs a command to its end; its standard output.
pub fn run(command: &mut Command) -> Result<String, Trouble> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Trouble::new(format!("cannot start {program}: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Trouble::new(format!("{program} ended with {}: {said}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An address of this machine where nobody listens now.
pub fn free_address() -> Result<String, Trouble> {
    let found = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    found.map(|address| address.to_string()).map_err(|error| Trouble::new(format!("no free port: {error}")))
}

impl Process {
    /// `rekor serve` over a data folder, without limits on what one client may send.
    pub fn rekor(rekor: &Path, data: &Path) -> Result<Self, Trouble> {
        let mut command = quiet(rekor);
        command.args(["serve", "--listen", "127.0.0.1:0", "--addition-rate", "0", "--request-rate", "0"]);
        command.args(["--client-connections", "0", "--data"]).arg(data).stdout(Stdio::piped());
        let mut child = spawn(&mut command)?;
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().ok_or_else(|| Trouble::new("rekor has no output"))?);
        let read = output.read_line(&mut line);
        read.map_err(|error| Trouble::new(format!("cannot read what rekor says: {error}")))?;
        match line.trim_end().strip_prefix("listening on http://") {
            Some(address) => Ok(Self { address: address.to_owned(), child }),
            None => Err(Trouble::new(format!("rekor serve said {line:?}: run it by hand on {}", data.display()))),
        }
    }

    /// Any other server, once something listens at its address.
    pub fn start(command: &mut Command, address: &str) -> Result<Self, Trouble> {
        let process = Self { child: spawn(command)?, address: address.to_owned() };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            if start.elapsed() > PATIENCE {
                let program = command.get_program().to_string_lossy();
                return Err(Trouble::new(format!("{program} does not listen on {address}")));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(process)
    }

    /// Seconds of processor time that it took so far, with its children.
    pub fn processor_time(&self) -> f64 {
        let all =
            fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mine = all.filter_map(|name| stat(name.parse().ok()?));
        let pid = self.child.id();
        mine.filter(|stat| stat.pid == pid || stat.parent == pid).map(|stat| stat.seconds).sum()
    }
}

struct Stat {
    pid: u32,
    parent: u32,
    seconds: f64,
}

/// What Linux tells of a process (proc(5)).
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; fields are counted behind it, from 3 on.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    Some(Stat { pid, parent: number(4)? as u32, seconds: (number(14)? + number(15)?) / TICKS })
}

fn spawn(command: &mut Command) -> Result<Child, Trouble> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.spawn().map_err(|error| Trouble::new(format!("cannot start {program}: {error}")))
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGTERM where it can be sent: nginx ends its workers then.
        let asked = quiet(Path::new("kill")).arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
