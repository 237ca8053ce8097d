//! Checks link files, log proofs and signatures: bytes in, report out.
//!
//! No I/O, no clock, no global state: evidence and policy are arguments, and the same arguments give the same
//! [`Report`](report::Report). (A program without the feature `extras` names once who answers in its place.) Any bytes give a value or a precise error, in bounded time and memory.
//!
//! The paved path is [`verify()`] with [`Evidence`](evidence::Evidence) and a [`Policy`](policy::Policy). What lies
//! below it depends one way, and never backwards:
//!
//! ```text
//! verify      the numbered steps from evidence and policy to the report
//! check       the only way from what was read to what holds: signatures, Merkle proofs, checkpoints, links
//! format      strict reading into typed values, one file a specification; nothing in it is trusted
//! bytes       hexadecimal, base64, decimal: one spelling each
//! ```
//!
//! Reading is not checking. A checkpoint, for example, is a signed note; it counts once a log that the policy names
//! signed it, and [`check::tlog::open`] is the only way to find out:
//!
//! ```
//! use rekor_verifier::{check::tlog, policy::Policy};
//!
//! let note = "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n\n\
//!     — example.com/log/testdata M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=\n";
//! let policy = Policy::parse(
//!     "log example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\n\
//!      quorum none\n",
//! )?;
//! assert_eq!(tlog::open(note.as_bytes(), &policy, None)?.checkpoint().size, 15);
//!
//! let tampered = note.replace("\n15\n", "\n16\n");
//! assert!(tlog::open(tampered.as_bytes(), &policy, None).is_err());
//! assert!(tlog::open(note.as_bytes(), &Policy::default(), None).is_err(), "nobody is trusted by default");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bytes;
pub mod check;
pub mod evidence;
pub mod extras;
pub mod format;
pub mod policy;
pub mod report;
pub mod sigstore;
pub mod sorted;
mod verify;

pub use bytes::Hash;
pub use verify::{Detail, look_up, verify};
