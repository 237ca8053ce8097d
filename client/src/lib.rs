//! Look up and verify, without I/O.
//!
//! A [`Session`] is handed files, a policy and what the reader remembers of the log. [`Session::step`] then says
//! which requests to make; the caller makes them however it can (`gloo-net` in the page, a native client on the
//! command line, `fetch` in the package), hands over the answers, and calls `step` again until there is a report.
//!
//! An [`Explorer`] looks around in a log in the same way: entries by what they name, the log's state, and the steps that
//! lead to a file or on from it.
//!
//! Nothing that a log answers is believed: it is handed to the verifier as evidence.

mod ask;
mod contents;
mod explore;
mod gather;
mod hold;
mod log;
mod lookup;
mod plan;
mod recognise;
mod seen;
mod session;
mod v1;

pub use ask::{Ask, Method, NumberedAsk, Response};
pub use contents::ContentsReader;
pub use explore::{
    Explored, Explorer, Graph, GraphArtifact, GraphEdge, GraphStep, Look, MAX_HOPS, Question, QuestionError,
};
pub use hold::{MAX_EVIDENCE, MAX_EVIDENCE_FILES, MAX_OFFERED_KEYS};
pub use recognise::{INSPECT_LIMIT, Recognised, recognise};
pub use seen::{Seen, SeenError};
pub use session::{Done, Session, Step};
pub use v1::{AddedEntry, ProposeError, proposed_entry, read_added, signed_tree_head, tree_id};
