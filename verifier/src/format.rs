//! Formats, read strictly into typed values. Nothing here is trusted: reading is not checking.

pub mod bundle;
pub mod canonical;
pub mod checkpoint;
pub mod dsse;
pub mod entry;
pub mod envelope;
pub mod json;
pub mod key;
pub mod layout;
pub mod link;
mod metablock;
pub mod note;
// Without `extras`, certificates are read elsewhere.
#[cfg_attr(not(feature = "extras"), allow(dead_code, unused_imports))]
pub(crate) mod openpgp;
pub mod provenance;
pub mod receipt;
mod record;
pub mod rekor_body;
pub mod rekor_entry;
pub mod shape;
pub mod statement;
pub mod tile;
pub mod time;
pub mod trusted_root;
