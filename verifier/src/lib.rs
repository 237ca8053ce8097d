//! Checks link files, log proofs and signatures: bytes in, report out.
pub mod bytes;
pub mod check;
pub mod format;
pub use bytes::Hash;
