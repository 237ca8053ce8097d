//! The page in headless Chromium, with everything real behind it.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at what it does not expect

mod access;
mod addresses;
mod embed;
mod explore;
mod exports;
mod installed;
mod large;
mod lies;
mod load;
mod proof;
mod public_log;
mod reader;
mod recorded;
mod release;
mod single_file;
mod trouble;
