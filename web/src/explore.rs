//! Looking around in a log: what is asked, what came back, and how a chain of steps is laid out to be drawn. Pure; the
//! verifier asked, checked and read everything.

pub mod answer;
pub mod bytes;
pub mod layout;

/// A question to a log.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// What the reader wrote, in the verifier's one form.
    Text(String),
    /// The log's state and its newest entries, but for those that are known: how many the log had.
    Newest(u64),
    /// The steps around a file.
    Chain {
        /// Lower-case hexadecimal.
        sha256: String,
        /// How many steps in each direction.
        hops: u32,
    },
}

/// The most steps of a chain in each direction; the verifier walks no further.
pub const MAX_HOPS: u32 = 6;
