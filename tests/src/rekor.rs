//! The `rekor` command and its server, as processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use serde_json::Value;

use crate::files::{self, Folder};
use crate::needs;

/// The `rekor` binary: `REKOR_BIN`, or the one that cargo builds beside this test.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("REKOR_BIN") {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "-p", "rekor-cli"]).current_dir(files::root()).status();
    assert!(built.expect("start cargo").success(), "rekor-cli does not build");
    let test = std::env::current_exe().expect("this test's own path");
    // This test is <target>/debug/deps/<test>, the command is <target>/debug/rekor.
    let folder = test.parent().and_then(Path::parent).expect("cargo's target folder");
    folder.join(format!("rekor{}", std::env::consts::EXE_SUFFIX))
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
}

impl Done {
    /// Standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Stops the test unless the exit code is `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\nstdout: {}\nstderr: {}", self.out(), self.stderr);
        self
    }

    /// The report that `--json` printed.
    #[track_caller]
    pub fn report(&self) -> Report {
        let value = serde_json::from_slice(&self.stdout);
        Report(value.unwrap_or_else(|error| panic!("{error}\nstdout: {}\nstderr: {}", self.out(), self.stderr)))
    }
}

/// A report in its JSON form.
#[derive(Debug)]
pub struct Report(pub Value);

impl Report {
    /// `verified`, `not-verified` or `could-not-tell`.
    pub fn verdict(&self) -> &str {
        self.0["verdict"].as_str().unwrap_or("no verdict")
    }

    /// The headline.
    pub fn headline(&self) -> &str {
        self.0["headline"].as_str().unwrap_or("no headline")
    }

    /// The outcomes of the checks called `id`, with their sentences.
    pub fn checks(&self, id: &str) -> Vec<(&str, &str)> {
        let all = self.0["checks"].as_array().expect("checks");
        let named = all.iter().filter(|check| check["id"] == id);
        named.map(|check| (check["outcome"].as_str().unwrap_or(""), check["sentence"].as_str().unwrap_or(""))).collect()
    }

    /// Stops the test unless a check called `id` has this outcome.
    #[track_caller]
    pub fn has(&self, id: &str, outcome: &str) -> &Self {
        let found = self.checks(id).iter().any(|(is, _)| *is == outcome);
        assert!(found, "no check {id} is {outcome}: {:#}", self.0);
        self
    }
}

/// A user of the command, with a home folder of their own and nothing from this machine's environment.
pub struct User {
    home: Folder,
    // The package's command and its interpreter, where it is used instead of `rekor`.
    program: Option<Vec<PathBuf>>,
    /// Where commands run.
    pub folder: Folder,
}

impl User {
    /// A user who trusts nobody yet.
    pub fn new() -> Self {
        Self { home: Folder::new(), program: None, folder: Folder::new() }
    }

    /// A user who has another command than `rekor`: an interpreter, and its script.
    pub fn with_program(interpreter: &Path, script: &Path) -> Self {
        Self { program: Some(vec![interpreter.to_owned(), script.to_owned()]), ..Self::new() }
    }

    /// The folder with the user's trusted logs and remembered checkpoints.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs `rekor` with these arguments and nobody at the terminal.
    pub fn rekor(&self, arguments: &[&str]) -> Done {
        run(self.command(arguments))
    }

    /// Runs `rekor` at a terminal, where a person types `typed`. Both outputs come as one, as a terminal
    /// shows them. `None`, with a line that says so, where `script` (util-linux) is missing.
    pub fn at_a_terminal(&self, arguments: &[&str], typed: &str) -> Option<Done> {
        let script = needs::program("REKOR_SCRIPT", "script")?;
        let quoted = [&[text(binary()).as_str()], arguments].concat().join("' '");
        let mut command = Command::new(script);
        command.args(["--quiet", "--return", "--command", &format!("'{quoted}'"), "/dev/null"]);
        self.at_home(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("start script");
        child.stdin.take().expect("its standard input").write_all(typed.as_bytes()).expect("type");
        let output = child.wait_with_output().expect("script's end");
        Some(Done { code: output.status.code().unwrap_or(-1), stdout: output.stdout, stderr: String::new() })
    }

    /// Runs `rekor` with the environment variable `REKOR_SERVER`.
    pub fn rekor_with_server(&self, server: &str, arguments: &[&str]) -> Done {
        let mut command = self.command(arguments);
        command.env("REKOR_SERVER", server);
        run(command)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.program.as_deref() {
            Some([interpreter, script @ ..]) => {
                let mut command = Command::new(interpreter);
                command.args(script);
                command
            }
            _ => Command::new(binary()),
        };
        command.args(arguments);
        self.at_home(&mut command);
        command
    }

    fn at_home<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(self.folder.path()).env("REKOR_HOME", self.home.path());
        command
            .env_remove("REKOR_SERVER")
            .env_remove("REKOR_PASSPHRASE")
            .env_remove("REKOR_KEYS")
            .env("HOME", self.home.path())
    }
}

fn run(mut command: Command) -> Done {
    let output = command.stdin(Stdio::null()).output().expect("start rekor");
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Default for User {
    fn default() -> Self {
        Self::new()
    }
}

/// A data folder with one log.
pub struct Log {
    /// The data folder.
    pub data: Folder,
    /// The tree's ID, in decimal.
    pub tree: String,
    /// The log's C2SP verifier key.
    pub vkey: String,
}

impl Log {
    /// A new log in a new data folder, made with `rekor log create`.
    pub fn create() -> Self {
        Self::create_with(&[])
    }

    /// The same with an origin of one's own.
    pub fn create_as(origin: &str) -> Self {
        Self::create_with(&["--origin", origin])
    }

    fn create_with(more: &[&str]) -> Self {
        let data = Folder::new();
        let made = User::new().rekor(&[&["log", "create", "--data", &text(data.path())], more].concat()).exits(0);
        let out = made.out();
        let tree = out.lines().next().expect("log create prints the tree's ID first").to_owned();
        let vkey = out.split_whitespace().find(|word| is_vkey(word)).expect("log create prints a vkey").to_owned();
        Self { data, tree, vkey }
    }

    /// The same log, copied as a backup would: the two may go different ways from here.
    pub fn copy(&self) -> Self {
        Self { data: Folder::copy_of(self.data.path()), tree: self.tree.clone(), vkey: self.vkey.clone() }
    }

    /// The folder with the log's files and keys.
    pub fn folder(&self) -> PathBuf {
        self.data.path().join(&self.tree)
    }

    /// The origin of the log's checkpoints.
    pub fn origin(&self) -> &str {
        self.vkey.split('+').next().unwrap_or_default()
    }

    /// Starts a server on it. With `web`, it serves the page in that folder as well.
    pub fn serve(&self, web: Option<&Path>) -> Server {
        let data = text(self.data.path());
        let web = web.map(text);
        let mut arguments = vec!["serve", "--data", &data];
        if let Some(web) = &web {
            arguments.extend(["--web", web]);
        }
        Server::start_as(&User::new(), &arguments)
    }
}

fn is_vkey(word: &str) -> bool {
    word.splitn(3, '+').nth(2).is_some_and(|key| key.len() == 44)
}

/// A path as text; test paths are UTF-8.
pub fn text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// A running server; ended with its value.
pub struct Server {
    child: Child,
    /// Its address, without a slash at the end.
    pub url: String,
}

impl Server {
    /// Starts `rekor` with these arguments and a free port, as a user, and waits until it listens.
    pub fn start_as(user: &User, arguments: &[&str]) -> Self {
        Self::start_with(user, &[], arguments)
    }

    /// The same with these environment variables.
    pub fn start_with(user: &User, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = user.command(arguments);
        command.envs(environment.iter().copied());
        command.args(["--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("start rekor serve");
        let mut stdout = BufReader::new(child.stdout.take().expect("its standard output"));
        let mut stderr = child.stderr.take().expect("its standard error");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its first line");
        let Some(url) = line.trim_end().strip_prefix("listening on ").map(str::to_owned) else {
            let mut said = String::new();
            let _ = stderr.read_to_string(&mut said);
            panic!("rekor serve said {line:?} first, and on standard error: {said}");
        };
        // Whatever it says later must not fill the pipes; nobody waits for it.
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self { child, url }
    }

    /// Ends it as `kill -9` does.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to end, as `kill` does.
    pub fn terminate(&self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(asked.expect("start kill").success());
    }

    /// Waits until it has ended by itself; its exit code, -1 if a signal ended it.
    pub fn ended(mut self) -> i32 {
        self.child.wait().expect("its end").code().unwrap_or(-1)
    }

    fn end(&mut self) {
        // It may have ended by itself; the test that cares finds out by asking it something.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
