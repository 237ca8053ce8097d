//! The server from outside: every endpoint, the page's files, connections.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on should stop where it is.

mod badge;
mod connections;
mod document;
mod entries;
mod forms;
#[path = "../../../log/tests/log/links.rs"]
mod links;
mod operation;
mod reading;
mod support;
mod web;
