//! in-toto's verification of a whole supply chain (in-toto specification §5).

pub mod glob;
pub mod rules;
