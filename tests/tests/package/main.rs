//! The npm package, installed from its tarball: its command beside `rekor`, its types, and every place where it runs.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at what it does not expect

mod badge;
mod badge_page;
mod browsers;
mod bundlers;
mod command;
mod contract;
mod extras;
mod frameworks;
mod functions;
mod program;
mod readme;
mod runtimes;
mod site;
mod tarball;
mod types;
