//! The npm package, installed from its tarball as anybody would install it.

use crate::files::{Folder, sample};
use crate::needs;
use crate::rekor::text;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A project that depends on the package, and on nothing else.
pub struct Project {
    /// Its folder.
    pub folder: Folder,
    node: PathBuf,
}

impl Project {
    /// The one project of this test program; `None`, with a line that says so, where there is no tarball or no Node.
    pub fn get() -> Option<&'static Self> {
        static PROJECT: OnceLock<Option<Project>> = OnceLock::new();
        PROJECT.get_or_init(Self::new).as_ref()
    }

    fn new() -> Option<Self> {
        let tarball = needs::tool("REKOR_PACKAGE", "the npm package's tarball")?;
        let npm = needs::program("REKOR_NPM", "npm")?;
        let node = needs::program("REKOR_NODE", "node")?;
        let folder = Folder::new();
        folder.write("package.json", br#"{ "name": "project", "private": true, "type": "module" }"#);
        let mut install = Command::new(npm);
        install.args([
            "install",
            "--offline",
            "--no-audit",
            "--no-fund",
            "--cache",
            &text(&folder.path().join(".npm")),
        ]);
        succeeds(install.arg(tarball).current_dir(folder.path()));
        Some(Self { folder, node })
    }

    /// Where it is installed.
    pub fn package(&self) -> PathBuf {
        self.folder.path().join("node_modules/rekor-verifier")
    }

    /// Node, with nothing of this machine's environment that would change what a script does.
    pub fn node(&self) -> Command {
        let mut node = Command::new(&self.node);
        node.current_dir(self.folder.path()).env_remove("NODE_OPTIONS").env_remove("NODE_PATH");
        node
    }

    /// The path of Node itself.
    pub fn node_path(&self) -> &Path {
        &self.node
    }

    /// Writes a script into the project and runs it: what it prints, as JSON.
    #[track_caller]
    pub fn run(&self, name: &str, script: &str, arguments: &[&str]) -> Value {
        let script = self.folder.write(name, script.as_bytes());
        printed(self.node().arg(script).args(arguments))
    }
}

/// Runs a command that must succeed.
#[track_caller]
pub fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = || format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, said());
    output
}

/// What a command prints, as JSON.
#[track_caller]
pub fn printed(command: &mut Command) -> Value {
    let output = succeeds(command);
    let told = || format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}\n{}", told()))
}

/// The files of the sample release, in the order in which they are given, and whom to trust.
pub const SAMPLE: [&str; 3] = ["hello-1.0.tar.gz", "package.link", "package.link.tlog-proof"];

/// The sample's policy and its signer's key.
pub fn sample_trust() -> [PathBuf; 2] {
    [sample("policy.txt"), sample("maintainer.pub")]
}
