//! The command and the server as processes, with real files, a lying log, and other people's clients.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at what it does not expect

mod audit;
mod cli;
mod cosigning;
mod crash;
mod erase;
mod formats;
mod in_toto_cases;
mod interop;
mod lying_log;
mod modules;
mod public_log;
mod rekor_entries;
mod report;
mod secrets;
mod shutdown;
mod witness;
