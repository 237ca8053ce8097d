//! Looks up and verifies, without I/O: names requests, takes answers, ends in a report
