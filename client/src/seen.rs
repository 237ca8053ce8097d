//! What a reader remembers of logs between visits: per log key, the newest checkpoint that the log signed, the newest
//! that the quorum cosigned, and an alarm that stays until a person has dealt with it.

use rekor_verifier::check::tlog::{self, OpenError, SignedCheckpoint};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::json::{self, Value};
use rekor_verifier::format::note::Vkey;
use rekor_verifier::policy::{Policy, TrustedLog};
use rekor_verifier::sorted::Map;
use serde::Serialize;
use std::fmt;

/// The memory of one reader, over all logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// By vkey. A log with another key is another log.
    logs: Map<String, SeenLog>,
}

/// The memory of one log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct SeenLog {
    /// The newest checkpoint under the log's signature, as the signed note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// The newest checkpoint under the quorum of the reader's witnesses, as the signed note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<String>,
    /// Proof of a rewritten history was seen; what it was, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<String>,
}

/// The memory cannot be read; why.
#[derive(Debug)]
pub struct SeenError(String);

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
    /// Reads the JSON text that [`Self::to_json`] wrote. What cannot be read, or holds a checkpoint that its log did
    /// not sign, is an error: taken for an empty memory, it would hide a rewritten log.
    pub fn parse(text: &str) -> Result<Self, SeenError> {
        let seen = read(text)?;
        for (vkey, log) in seen.logs.iter() {
            let vkey: Vkey = vkey.parse().map_err(|error| SeenError(format!("{vkey}: {error}")))?;
            for note in log.signed.iter().chain(&log.cosigned) {
                open(note, &vkey).map_err(|error| SeenError(format!("{vkey}: {error}")))?;
            }
        }
        Ok(seen)
    }

    /// The memory as JSON.
    pub fn to_json(&self) -> String {
        // Serialising to a string fails only for maps with keys that are not strings, and there are none.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Takes over what a visit changed between `before` and `after`, where other visits may have changed this memory in
    /// the meantime. An alarm that stands, stays. A checkpoint is replaced only where the one that the visit compared
    /// with is still here: any other was compared by somebody else, and the next visit compares with it.
    pub fn merge(&mut self, before: &Seen, after: &Seen) {
        let unknown = SeenLog::default();
        for (vkey, new) in after.logs.iter() {
            let old = before.logs.get(vkey).unwrap_or(&unknown);
            if new != old {
                self.logs.or_insert_with(vkey.clone(), SeenLog::default).merge(old, new);
            }
        }
    }

    /// The keys of the logs that are remembered.
    pub fn vkeys(&self) -> impl Iterator<Item = Vkey> {
        // Every key came out of a `Vkey`, or was read as one by `parse`.
        self.logs.keys().filter_map(|vkey| vkey.parse().ok())
    }

    /// Forgets the alarm and the checkpoints of one log: a person has dealt with it.
    pub fn forget(&mut self, vkey: &Vkey) -> bool {
        self.logs.remove(&vkey.to_string()).is_some()
    }

    /// The alarm that stands for a log.
    pub fn alarm(&self, vkey: &Vkey) -> Option<&str> {
        self.logs.get(&vkey.to_string())?.alarm.as_deref()
    }

    /// The trees that a log showed on earlier visits: the newest that it signed, and the newest that was cosigned.
    pub fn heads(&self, vkey: &Vkey) -> Vec<Checkpoint> {
        let heads = self.log(vkey).map(|log| log.heads(vkey)).unwrap_or_default();
        heads.into_iter().map(|(head, _)| head).collect()
    }

    pub(crate) fn log(&self, vkey: &Vkey) -> Option<&SeenLog> {
        self.logs.get(&vkey.to_string())
    }

    pub(crate) fn log_mut(&mut self, vkey: &Vkey) -> &mut SeenLog {
        self.logs.or_insert_with(vkey.to_string(), SeenLog::default)
    }
}

impl SeenLog {
    fn merge(&mut self, old: &SeenLog, new: &SeenLog) {
        if self.signed == old.signed {
            self.signed.clone_from(&new.signed);
        }
        if self.cosigned == old.cosigned {
            self.cosigned.clone_from(&new.cosigned);
        }
        if self.alarm.is_none() && new.alarm != old.alarm {
            self.alarm.clone_from(&new.alarm);
        }
    }

    /// The remembered tree heads of the log with this key, each with whether it is the cosigned one.
    pub fn heads(&self, vkey: &Vkey) -> Vec<(Checkpoint, bool)> {
        let head = |note: &String| open(note, vkey).ok().map(|signed| signed.checkpoint().clone());
        let signed = self.signed.as_ref().and_then(head).map(|head| (head, false));
        let cosigned = self.cosigned.as_ref().filter(|_| self.signed != self.cosigned).and_then(head);
        signed.into_iter().chain(cosigned.map(|head| (head, true))).collect()
    }
}

/// Reads the memory without looking at what it says. A member that nobody writes is an error: another program's memory
/// must not pass for an empty one.
fn read(text: &str) -> Result<Seen, SeenError> {
    let value = json::parse(text.as_bytes()).map_err(|error| SeenError(error.to_string()))?;
    let members = value.as_object().ok_or_else(|| SeenError("expected an object".into()))?;
    let mut seen = Seen::default();
    for (name, member) in members {
        let logs = member.as_object().filter(|_| name == "logs").ok_or_else(|| unexpected(name))?;
        for (vkey, log) in logs {
            seen.logs.insert(vkey.clone(), read_log(log).ok_or_else(|| unexpected(vkey))?);
        }
    }
    Ok(seen)
}

fn read_log(value: &Value) -> Option<SeenLog> {
    let mut log = SeenLog::default();
    for (name, member) in value.as_object()? {
        let text = match member {
            Value::Null => None,
            member => Some(member.as_str()?.to_owned()),
        };
        match name.as_str() {
            "signed" => log.signed = text,
            "cosigned" => log.cosigned = text,
            "alarm" => log.alarm = text,
            _ => return None,
        }
    }
    Some(log)
}

fn unexpected(name: &str) -> SeenError {
    SeenError(format!("{name:?} is not what was written"))
}

/// Opens a remembered note under the log's key alone: which witnesses count may have changed since.
fn open(note: &str, vkey: &Vkey) -> Result<SignedCheckpoint, OpenError> {
    let log = TrustedLog { vkey: vkey.clone(), url: None };
    tlog::open(note.as_bytes(), &Policy { logs: vec![log], ..Policy::default() }, None)
}
