//! Whom this page trusts, and the alarms about it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A log that the policy names.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct PolicyLog {
    /// The origin of its checkpoints.
    pub origin: String,
    /// Its key, with which the verifier names it.
    pub vkey: String,
    /// SHA-256 of its public key, lower-case hex.
    pub fingerprint: String,
    /// Its base address, where the policy gives one.
    pub url: Option<String>,
}

/// A witness that the policy names.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Witness {
    /// The name of its key.
    pub name: String,
}

/// The policy, as the verifier understands it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Policy {
    /// The logs, in the order of the file; the first with an address is the one that is asked.
    pub logs: Vec<PolicyLog>,
    /// The witnesses.
    #[serde(default)]
    pub witnesses: Vec<Witness>,
    /// `none` where no witness is asked for.
    #[serde(default)]
    pub quorum: String,
}

impl Policy {
    /// The base address of the log to ask; empty without one.
    pub fn log(&self) -> &str {
        self.logs.iter().find_map(|log| log.url.as_deref()).unwrap_or_default()
    }

    /// The key of the log at this base address.
    pub fn vkey(&self, url: &str) -> Option<&str> {
        self.logs.iter().find(|log| log.url.as_deref() == Some(url)).map(|log| log.vkey.as_str())
    }
}

/// What is known of the policy file beside the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Trust {
    /// It is on its way.
    #[default]
    Loading,
    /// There is none, or it cannot be used, and why: no log is trusted.
    None(String),
    /// The file's text, and what it says.
    Policy(String, Policy),
}

/// Something that a person has to deal with before this page may be relied on again.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Alarm {
    /// The policy names another key for a log than at an earlier visit.
    KeyChanged {
        /// The log's base address, or its origin where it has none.
        log: String,
        /// The fingerprint remembered.
        before: String,
        /// The fingerprint that the policy names now.
        now: String,
    },
    /// The log shows a tree that does not contain the one remembered.
    Tree {
        /// The log's base address.
        log: String,
        /// What was found, by the verifier.
        text: String,
        /// What was remembered of all logs before the verifier noted the alarm there.
        #[serde(default)]
        before: Option<String>,
    },
    /// What is remembered of earlier visits cannot be read.
    Memory {
        /// Why, by the verifier.
        text: String,
    },
}

impl Alarm {
    /// Whether this alarm need not be raised beside `other`.
    pub fn repeats(&self, other: &Alarm) -> bool {
        match (self, other) {
            (Self::Tree { log, .. }, Self::Tree { log: same, .. }) => log == same,
            (Self::Memory { .. }, Self::Memory { .. }) => true,
            _ => self == other,
        }
    }
}

/// The keys remembered from earlier visits: a log's base address (or origin) → fingerprint.
pub type KnownKeys = BTreeMap<String, String>;

/// The logs whose key is another one than the remembered one.
pub fn changed_keys(known: &KnownKeys, policy: &Policy) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    for log in &policy.logs {
        let name = place(log);
        match known.get(name) {
            Some(before) if *before != log.fingerprint => alarms.push(Alarm::KeyChanged {
                log: name.to_owned(),
                before: before.clone(),
                now: log.fingerprint.clone(),
            }),
            _ => {}
        }
    }
    alarms
}

/// Adds the logs that are new. A remembered key stays until a person accepts another one.
pub fn remember_new(known: &mut KnownKeys, policy: &Policy) {
    for log in &policy.logs {
        known.entry(place(log).to_owned()).or_insert_with(|| log.fingerprint.clone());
    }
}

fn place(log: &PolicyLog) -> &str {
    log.url.as_deref().unwrap_or(&log.origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(fingerprint: &str) -> Policy {
        let log = PolicyLog {
            origin: "example.org/log".to_owned(),
            vkey: "example.org/log+00000000+AAAA".to_owned(),
            fingerprint: fingerprint.to_owned(),
            url: Some("https://example.org".to_owned()),
        };
        Policy { logs: vec![log], witnesses: Vec::new(), quorum: "none".to_owned() }
    }

    #[test]
    fn a_first_visit_remembers_and_a_changed_key_is_an_alarm() {
        let mut known = KnownKeys::new();
        assert_eq!(changed_keys(&known, &policy("aa")), []);
        remember_new(&mut known, &policy("aa"));
        assert_eq!(changed_keys(&known, &policy("aa")), []);

        let alarm =
            Alarm::KeyChanged { log: "https://example.org".to_owned(), before: "aa".to_owned(), now: "bb".to_owned() };
        assert_eq!(changed_keys(&known, &policy("bb")), [alarm]);
        remember_new(&mut known, &policy("bb"));
        assert_eq!(changed_keys(&known, &policy("bb")).len(), 1, "seeing the new key again does not accept it");
    }

    #[test]
    fn the_first_log_with_an_address_is_asked() {
        let mut policy = policy("aa");
        assert_eq!(policy.log(), "https://example.org");
        assert_eq!(policy.vkey("https://example.org"), Some("example.org/log+00000000+AAAA"));
        policy.logs[0].url = None;
        assert_eq!(policy.log(), "");
    }
}
