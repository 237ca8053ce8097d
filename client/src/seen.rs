//! What a reader remembers of logs between visits: per log key, the newest checkpoint that the log signed, the newest
//! that the quorum cosigned, and an alarm that stays until a person has dealt with it.

use rekor_verifier::check::tlog::{self, SignedCheckpoint};
use rekor_verifier::format::note::Vkey;
use rekor_verifier::policy::Policy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The memory of one reader, over all logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// By vkey. A log with another key is another log.
    #[serde(default)]
    logs: BTreeMap<String, SeenLog>,
}

/// The memory of one log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenLog {
    /// The newest checkpoint under the log's signature, as the signed note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The newest checkpoint under the quorum of the reader's witnesses, as the signed note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<String>,
    /// Proof of a rewritten history was seen; what it was, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<String>,
}

/// The memory cannot be read.
#[derive(Debug)]
pub struct SeenError(serde_json::Error);

impl fmt::Display for SeenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the remembered checkpoints cannot be read ({}): without them a rewritten log would go unnoticed",
            self.0
        )
    }
}

impl std::error::Error for SeenError {}

impl Seen {
    /// Reads the JSON text that [`Self::to_json`] wrote. An unreadable memory is an error, not an empty one.
    pub fn parse(text: &str) -> Result<Self, SeenError> {
        serde_json::from_str(text).map_err(SeenError)
    }

    /// The memory as JSON.
    pub fn to_json(&self) -> String {
        // Serialising to a string fails only for maps with keys that are not strings, and there are none.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Forgets the alarm and the checkpoints of one log: a person has dealt with it.
    pub fn forget(&mut self, vkey: &Vkey) -> bool {
        self.logs.remove(&vkey.to_string()).is_some()
    }

    /// The alarm that stands for a log.
    pub fn alarm(&self, vkey: &Vkey) -> Option<&str> {
        self.logs.get(&vkey.to_string())?.alarm.as_deref()
    }

    pub(crate) fn log(&self, vkey: &Vkey) -> Option<&SeenLog> {
        self.logs.get(&vkey.to_string())
    }

    pub(crate) fn log_mut(&mut self, vkey: &Vkey) -> &mut SeenLog {
        self.logs.entry(vkey.to_string()).or_default()
    }
}

impl SeenLog {
    /// The remembered checkpoints, opened again under the policy: `(checkpoint, whether it is the cosigned one)`.
    pub fn open(&self, policy: &Policy) -> Vec<(SignedCheckpoint, bool)> {
        let open = |note: &Option<String>| tlog::open(note.as_ref()?.as_bytes(), policy, None).ok();
        let signed = open(&self.signed).map(|checkpoint| (checkpoint, false));
        let cosigned = open(&self.cosigned).map(|checkpoint| (checkpoint, true));
        let same = self.signed == self.cosigned;
        signed.into_iter().chain(cosigned.filter(|_| !same)).collect()
    }
}
