//! What can stop a task, with what the person at the terminal needs in order to go on.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of every fallible function here.
pub type Result<T> = std::result::Result<T, Trouble>;

/// Why a task stopped.
#[derive(Debug)]
pub enum Trouble {
    /// The command line was not understood.
    Usage(String),
    /// A command that we ran ended badly: what it was for, how it ended, the end of what it said.
    Step {
        /// What the command was for.
        what: String,
        /// How it ended.
        ending: String,
        /// The last lines of its output, or nothing where they were shown as they came.
        tail: String,
        /// Where all of its output is.
        log: Option<PathBuf>,
    },
    /// Something is not on this machine and could not be installed: what, and what to do.
    Missing {
        /// What is missing.
        what: String,
        /// What the person can do about it.
        remedy: String,
    },
    /// A file or socket operation failed.
    Io {
        /// What was being done, and to which file.
        doing: String,
        /// The system's error.
        error: io::Error,
    },
    /// Something that a command printed, or a file holds, is not what it should be.
    Unexpected(String),
    /// One or more of the checks failed; each has been reported.
    Failed(Vec<String>),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => write!(f, "{message}\nTry: cargo xtask --help"),
            Self::Step { what, ending, tail, log } => {
                write!(f, "{what}: {ending}")?;
                if !tail.is_empty() {
                    write!(f, "\n{tail}")?;
                }
                match log {
                    Some(log) => write!(f, "\nAll of its output: {}", log.display()),
                    None => Ok(()),
                }
            }
            Self::Missing { what, remedy } => write!(f, "{what}\n{remedy}"),
            Self::Io { doing, error } => write!(f, "{doing}: {error}"),
            Self::Unexpected(message) => f.write_str(message),
            Self::Failed(names) => write!(f, "failed: {}", names.join(", ")),
        }
    }
}

/// Gives an I/O error the name of what was being done.
pub trait Doing<T> {
    /// `doing` is a phrase such as "reading the stamp".
    fn doing(self, doing: &str, path: &Path) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &str, path: &Path) -> Result<T> {
        self.map_err(|error| Trouble::Io { doing: format!("{doing} {}", path.display()), error })
    }
}
