//! What this user keeps between calls: the logs that they trust (C2SP tlog-policy) and the checkpoints that they have
//! seen. `$REKOR_HOME`, or `~/.rekor`.

use crate::{Failure, files};
use rekor_client::Seen;
use rekor_verifier::policy::{MAX_POLICY, Policy, TrustedLog};
use std::fs;
use std::io::{ErrorKind, Write};
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
        let Some(text) = read(&file, MAX_POLICY)? else { return Ok(Vec::new()) };
        let policy = Policy::parse(&text);
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
        let Some(text) = read(&file, MAX_SEEN)? else { return Ok(Seen::default()) };
        Seen::parse(&text).map_err(|error| {
            let advice = "repair the file, or move it away to start as on a first visit";
            Failure::trouble(format!("{}: {error}; {advice}", file.display()))
        })
    }

    /// Changes the remembered checkpoints as they are now: other calls may have stored theirs since [`Self::seen`].
    /// Nothing is stored where `change` fails.
    pub fn change_seen(&self, change: impl FnOnce(&mut Seen) -> Result<(), Failure>) -> Result<(), Failure> {
        // The lock has a file of its own, because `write` replaces the memory's; it ends when the file is closed.
        let _lock = self.lock("seen.lock")?;
        let mut seen = self.seen()?;
        change(&mut seen)?;
        self.write(&self.seen_file(), &seen.to_json())
    }

    fn lock(&self, name: &str) -> Result<fs::File, Failure> {
        let path = self.0.join(name);
        let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", path.display()));
        fs::create_dir_all(&self.0).map_err(trouble)?;
        let file = fs::File::options().create(true).append(true).open(&path).map_err(trouble)?;
        file.lock().map_err(trouble)?;
        Ok(file)
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

/// The text of one of the files here, `None` where there is none. A symbolic link that leads nowhere is trouble: what
/// it led to may only be out of reach, and is not to be replaced.
fn read(file: &Path, limit: usize) -> Result<Option<String>, Failure> {
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => files::read_text(file, limit).map(Some),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;
    use rekor_log::Log;
    use rekor_verifier::format::note::Vkey;

    #[test]
    fn nothing_stored_is_a_first_visit() {
        let folder = tempfile::TempDir::new().unwrap();
        let home = Home(folder.path().join("not-yet"));
        assert_eq!(home.seen().unwrap(), Seen::default());
        assert!(home.trusted_logs().unwrap().is_empty());
    }

    #[test]
    fn calls_at_once_lose_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let vkey = |_| Log::create(folder.path(), None).unwrap().vkey().parse().unwrap();
        let vkeys: Vec<Vkey> = (0..8).map(vkey).collect();
        let home = Home(folder.path().join("home"));
        let alarm = |vkey: &Vkey| {
            let alarmed = format!(r#"{{"logs":{{"{vkey}":{{"alarm":"forked"}}}}}}"#);
            home.change_seen(|seen| {
                seen.merge(&Seen::default(), &Seen::parse(&alarmed).unwrap());
                Ok(())
            })
        };
        std::thread::scope(|scope| {
            let calls: Vec<_> = vkeys.iter().map(|vkey| scope.spawn(|| alarm(vkey))).collect();
            calls.into_iter().for_each(|call| call.join().unwrap().unwrap());
        });
        let seen = home.seen().unwrap();
        assert!(vkeys.iter().all(|vkey| seen.alarm(vkey).is_some()));
    }

    #[cfg(unix)]
    #[test]
    fn a_memory_out_of_reach_is_trouble() {
        for target in ["seen.json", "nowhere"] {
            let folder = tempfile::TempDir::new().unwrap();
            let home = Home(folder.path().into());
            std::os::unix::fs::symlink(target, home.seen_file()).unwrap();
            assert_eq!(home.seen().unwrap_err().code, 2, "{target}");
            assert!(home.change_seen(|_| Ok(())).is_err(), "{target}");
            assert!(fs::symlink_metadata(home.seen_file()).unwrap().is_symlink(), "{target}");
        }
    }
}
