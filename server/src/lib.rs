//! The HTTP API over the log
