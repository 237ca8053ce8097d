//! Rekor v1's REST API, for entries of kind `link`.

pub(crate) mod entries;
pub(crate) mod index;
mod proposed;
mod render;
pub(crate) mod tree;
