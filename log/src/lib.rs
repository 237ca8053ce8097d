//! The transparency log as a library: admit, sequence, store, prove.
//!
//! A log is a folder of flat, append-only files ([`Log::create`], [`Log::open`]). [`Log::add`] checks a link
//! file, records it and returns when it is durable, signed and can be found. What is read from a log comes
//! with nothing but its own proofs: the checking is the reader's, in `rekor-verifier`.
//!
//! ```text
//! admit → queue → sequencer → store, commit        the write path, top to bottom
//! log → view → index                       the read path: what is where
//! log → prove → store                      the read path: proofs and bytes
//! ```
//!
//! Nothing here knows HTTP. It runs on Unix: files are read and written at given positions, and the names
//! in a folder are made durable through the folder.

mod admit;
mod at_rest;
mod audit;
mod commit;
mod cosigned;
mod counters;
mod edge;
mod erase;
#[cfg(test)]
mod fault_sweep;
#[cfg(test)]
mod faults;
mod flat;
mod folder;
mod index;
mod keys;
mod log;
mod prove;
#[cfg(test)]
mod prove_tests;
mod public_keys;
mod queue;
mod scrub;
mod sealed;
mod self_check;
mod sequencer;
mod source;
mod static_folder;
mod store;
mod times;
mod tree;
mod v1_signer;
mod view;
mod witness;
mod witnesses;

pub use admit::{Candidate, MAX_KEYS, Refusal, Submission, Term, admit, leaf_hash_of};
pub use at_rest::{AtRest, SignedHead};
pub use audit::{AuditError, Audited, Depth, EntryFault, Fault, Keep, KnownTree, audit};
pub use commit::CommitError;
pub use counters::Counters;
pub use erase::{EraseError, Erased, erase, parse_erased};
pub use flat::FileError;
pub use folder::{OpenError, Settings, needs_passphrase};
pub use index::search::{Found, Operator};
pub use keys::KeyError;
pub use log::{Head, Log, Logs, ReadError};
pub use queue::{AddError, Added};
pub use sealed::Secrets;
pub use source::{Kept, Source, SourceError};
pub use static_folder::StaticFolder;
pub use store::StoreError;
pub use witness::{MAX_REQUEST, NotCosigned, Witness, WitnessError};
pub use witnesses::{Messenger, WitnessesError};
