//! What finds things in a log, on disk: entries by leaf hash and by term, blobs by SHA-256.
//!
//! All of it is derived from the log's files and never the only copy of anything. What the newest commits add is in
//! memory; from there it goes into sorted runs, files that never change and are merged as they become many. Neither
//! happens in the way of an addition. After a crash, what was in memory is read again from the commits that no run
//! covers; where a run is missing or damaged, the whole index is made again.
//!
//! The cost of an addition hardly grows with the log: a key that is nowhere, as that of a new entry, is looked up in
//! memory and in one cache line for each of the few runs.

pub(crate) mod compare;
pub(crate) mod filter;
pub(crate) mod maintain;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod table;
