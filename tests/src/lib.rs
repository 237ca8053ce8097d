//! The harness of the whole-system tests: it starts the real log, the real command, a real browser,
//! and between them, where a test asks for it, a log that lies.
//!
//! Nothing here uses the project's own crates: what these tests expect is written down twice, once in
//! the project and once here, so that the two can disagree.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a harness that cannot go on should stop the test

pub mod bundles;
pub mod crowd;
pub mod files;
pub mod forged_bundles;
pub mod forger;
pub mod lies;
pub mod lying;
pub mod modules;
pub mod needs;
pub mod older_bundles;
pub mod package;
pub mod page;
pub mod public_log;
pub mod rekor;
pub mod rekor_v2;
pub mod scene;
pub mod signing;
pub mod statics;
pub mod text;
pub mod transcript;
pub mod tree;
pub mod typescript;
pub mod webdriver;
pub mod witness;
