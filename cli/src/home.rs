//! What this user keeps between calls: the logs that they trust (C2SP tlog-policy) and the checkpoints that they have
//! seen. `$REKOR_HOME`, or `~/.rekor`.

use crate::{Failure, files};
use rekor_client::Seen;
use rekor_verifier::policy::{MAX_POLICY, Policy, TrustedLog};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The largest memory that is read, in bytes.
const MAX_SEEN: usize = 16 * 1024 * 1024;

/// The user's folder.
pub struct Home(PathBuf);

impl Home {
    pub fn find() -> Result<Self, Failure> {
        if let Some(folder) = std::env::var_os("REKOR_HOME").filter(|folder| !folder.is_empty()) {
            return Ok(Self(folder.into()));
        }
        let home = std::env::home_dir().ok_or_else(|| Failure::trouble("no home directory: set REKOR_HOME"))?;
        Ok(Self(home.join(".rekor")))
    }

    fn logs_file(&self) -> PathBuf {
        self.0.join("trusted-logs")
    }

    fn seen_file(&self) -> PathBuf {
        self.0.join("seen.json")
    }

    /// The logs that this user trusts; none where nothing was stored yet.
    pub fn trusted_logs(&self) -> Result<Vec<TrustedLog>, Failure> {
        let file = self.logs_file();
        if !file.exists() {
            return Ok(Vec::new());
        }
        let policy = Policy::parse(&files::read_text(&file, MAX_POLICY)?);
        let policy = policy.map_err(|error| Failure::trouble(format!("{}: {error}", file.display())))?;
        Ok(policy.logs)
    }

    pub fn store_trusted_logs(&self, logs: &[TrustedLog]) -> Result<(), Failure> {
        let mut text = String::from("# Logs that you trust (C2SP tlog-policy). Written by `rekor log trust`.\n");
        for log in logs {
            let url = log.url.as_deref().map(|url| format!(" {url}")).unwrap_or_default();
            text.push_str(&format!("log {}{url}\n", log.vkey));
        }
        text.push_str("quorum none\n");
        self.write(&self.logs_file(), &text)
    }

    /// The remembered checkpoints. An unreadable memory is trouble, never an empty one.
    pub fn seen(&self) -> Result<Seen, Failure> {
        let file = self.seen_file();
        if !file.exists() {
            return Ok(Seen::default());
        }
        let seen = Seen::parse(&files::read_text(&file, MAX_SEEN)?);
        seen.map_err(|error| {
            let advice = "repair the file, or move it away to start as on a first visit";
            Failure::trouble(format!("{}: {error}; {advice}", file.display()))
        })
    }

    pub fn store_seen(&self, seen: &Seen) -> Result<(), Failure> {
        self.write(&self.seen_file(), &seen.to_json())
    }

    /// Replaces a file as a whole, so that a crash leaves the old one or the new one.
    fn write(&self, file: &Path, text: &str) -> Result<(), Failure> {
        let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", file.display()));
        fs::create_dir_all(&self.0).map_err(trouble)?;
        let temporary = file.with_extension(format!("{}.new", std::process::id()));
        let mut out = fs::File::create(&temporary).map_err(trouble)?;
        out.write_all(text.as_bytes()).map_err(trouble)?;
        out.sync_all().map_err(trouble)?;
        fs::rename(&temporary, file).map_err(trouble)
    }
}
