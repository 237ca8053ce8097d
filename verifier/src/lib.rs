//! Checks link files, log proofs and signatures: bytes in, report out.
pub mod bytes;
pub mod check;
pub mod evidence;
pub mod format;
pub mod policy;
pub mod report;
mod verify;
pub use bytes::Hash;
pub use verify::verify;
