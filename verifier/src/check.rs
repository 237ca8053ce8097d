//! Checks: the only way from what was read to what holds.

pub mod archive;
pub mod digest;
pub mod envelope;
pub mod layout;
pub mod link;
pub mod merkle;
pub mod ml_dsa;
#[cfg(feature = "extras")]
pub(crate) mod openpgp;
pub mod prehash;
pub mod rekor;
pub mod rsa;
pub mod signature;
pub mod tlog;
