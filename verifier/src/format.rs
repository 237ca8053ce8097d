//! Formats, read strictly into typed values. Nothing here is trusted: reading is not checking.

pub mod canonical;
pub mod checkpoint;
pub mod entry;
pub mod json;
pub mod key;
pub mod link;
pub mod note;
pub mod tile;
