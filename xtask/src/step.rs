//! Runs one command as a step that a person can follow: a line at its start, a line at its end with
//! the time it took, and signs of life in between. Its output goes to a file, and the end of it to
//! the terminal when it fails.

use crate::place;
use crate::trouble::{Doing, Result, Trouble};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(50);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// In characters: a sign of life fits on one line.
const HEARTBEAT_WIDTH: usize = 70;
const TAIL_LINES: usize = 40;

/// A command and what it is for.
pub struct Step {
    what: String,
    command: Command,
    limit: Option<Duration>,
}

impl Step {
    /// `what` is what the person reads: "building the web application".
    pub fn new(what: impl Into<String>, command: Command) -> Self {
        Self { what: what.into(), command, limit: None }
    }

    /// Ends the command when it takes longer.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs the command with its output in a file.
    pub fn run(mut self) -> Result<()> {
        let log = log_file(&self.what)?;
        let out = File::create(&log).doing("creating", &log)?;
        let err = out.try_clone().doing("opening", &log)?;
        self.command.stdin(Stdio::null()).stdout(out).stderr(err);
        println!("{} …", self.what);
        let start = Instant::now();
        let child = self.spawn()?;
        let ending = wait(child, self.limit, |elapsed| still_at_it(&log, elapsed))
            .doing("waiting for", Path::new(self.command.get_program()))?;
        self.report(ending, start.elapsed(), Some(log))
    }

    /// Runs the command with its output on the terminal, for output that is itself the result.
    pub fn run_shown(mut self) -> Result<()> {
        self.command.stdin(Stdio::null());
        println!("{} …", self.what);
        let start = Instant::now();
        let child = self.spawn()?;
        let ending = wait(child, self.limit, |_| {}).doing("waiting for", Path::new(self.command.get_program()))?;
        self.report(ending, start.elapsed(), None)
    }

    fn spawn(&mut self) -> Result<Child> {
        let program = self.command.get_program().to_owned();
        self.command.spawn().doing("starting", Path::new(&program))
    }

    fn report(self, ending: Ending, elapsed: Duration, log: Option<PathBuf>) -> Result<()> {
        let ending = match ending {
            Ending::Exit(status) if status.success() => {
                println!("{}: done in {}", self.what, seconds(elapsed));
                return Ok(());
            }
            Ending::Exit(status) => status.to_string(),
            Ending::Limit => format!("ended by us after {}", seconds(elapsed)),
        };
        let tail = log.as_deref().map(|log| tail(log, TAIL_LINES)).unwrap_or_default();
        Err(Trouble::Step { what: self.what, ending, tail, log })
    }
}

/// What a command prints, without the white space around it; `None` where it cannot be run or
/// fails. For short questions such as `rustc --version`.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// "7.3 s" or "2 min 5 s".
pub fn seconds(elapsed: Duration) -> String {
    let whole = elapsed.as_secs();
    if whole < 60 {
        return format!("{:.1} s", elapsed.as_secs_f64());
    }
    format!("{} min {} s", whole / 60, whole % 60)
}

enum Ending {
    Exit(ExitStatus),
    Limit,
}

fn wait(mut child: Child, limit: Option<Duration>, alive: impl Fn(Duration)) -> std::io::Result<Ending> {
    let start = Instant::now();
    let mut next_heartbeat = HEARTBEAT;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ending::Exit(status));
        }
        let elapsed = start.elapsed();
        if limit.is_some_and(|limit| elapsed > limit) {
            child.kill()?;
            child.wait()?;
            return Ok(Ending::Limit);
        }
        if elapsed > next_heartbeat {
            alive(elapsed);
            next_heartbeat += HEARTBEAT;
        }
        thread::sleep(POLL);
    }
}

fn still_at_it(log: &Path, elapsed: Duration) {
    let last = tail(log, 1);
    let last: String = last.trim().chars().take(HEARTBEAT_WIDTH).collect();
    println!("  … {} so far: {last}", seconds(elapsed));
}

fn log_file(what: &str) -> Result<PathBuf> {
    let folder = place::notes();
    fs::create_dir_all(&folder).doing("creating", &folder)?;
    let name: String = what.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Ok(folder.join(name + ".log"))
}

fn tail(log: &Path, lines: usize) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::seconds;
    use std::time::Duration;

    #[test]
    fn durations_as_people_read_them() {
        assert_eq!(seconds(Duration::from_millis(7_340)), "7.3 s");
        assert_eq!(seconds(Duration::from_millis(59_940)), "59.9 s");
        assert_eq!(seconds(Duration::from_secs(60)), "1 min 0 s");
        assert_eq!(seconds(Duration::from_secs(3_725)), "62 min 5 s");
    }
}
