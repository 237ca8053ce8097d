//! Witnesses, as processes.

use crate::files::Folder;
use crate::rekor::{Log, Server, User, text};
use crate::text::{hex, sha256};

/// A folder with a witness's key and memory.
pub struct Witness {
    /// The folder; the witness's own is `witness` in it.
    pub folder: Folder,
    /// Its verifier key.
    pub vkey: String,
}

impl Witness {
    /// A new one, made with `rekor witness create`, that knows these logs.
    pub fn create(name: &str, logs: &[&Log]) -> Self {
        let folder = Folder::new();
        let made = User::new().rekor(&["witness", "create", "--name", name, "--data", &data(&folder)]).exits(0);
        let logs: String = logs.iter().map(|log| format!("log {}\n", log.vkey)).collect();
        folder.write("logs", format!("{logs}quorum none\n").as_bytes());
        Self { folder, vkey: made.out().trim().to_owned() }
    }

    /// The same witness, copied as a backup would.
    pub fn copy(&self) -> Self {
        Self { folder: Folder::copy_of(self.folder.path()), vkey: self.vkey.clone() }
    }

    /// Starts it on a free port.
    pub fn run(&self) -> Server {
        let logs = text(&self.folder.path().join("logs"));
        Server::start_as(&User::new(), &["witness", "run", "--data", &data(&self.folder), "--logs", &logs])
    }
}

fn data(folder: &Folder) -> String {
    text(&folder.path().join("witness"))
}

/// The path at which a witness shows the newest checkpoint of a log.
pub fn monitoring_path(log: &Log) -> String {
    format!("/{}/checkpoint", hex(&sha256(log.origin().as_bytes())))
}
