//! Whom this page trusts, and the alarms about it.

use crate::json::{Fields, Json, Read, Trouble, read_fields};

/// A log that the policy names.
#[derive(Clone, Debug, PartialEq)]
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

read_fields!(PolicyLog { origin, vkey, fingerprint, url });

/// A witness that the policy names.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The name of its key.
    pub name: String,
}

read_fields!(Witness { name });

/// The policy, as the verifier understands it.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The logs, in the order of the file; those with an address are asked, in this order as far as needed.
    pub logs: Vec<PolicyLog>,
    /// The witnesses.
    pub witnesses: Vec<Witness>,
    /// `none` where no witness is asked for.
    pub quorum: String,
}

read_fields!(Policy { logs, witnesses, quorum });

impl Policy {
    /// The base addresses of the logs that may be asked, each once.
    pub fn addresses(&self) -> Vec<&str> {
        let mut addresses = Vec::new();
        for address in self.logs.iter().filter_map(|log| log.url.as_deref()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
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
#[derive(Clone, Debug, PartialEq)]
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
        before: Option<String>,
    },
    /// What is remembered of earlier visits cannot be read.
    Memory {
        /// Why, by the verifier.
        text: String,
    },
}

impl Read for Alarm {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        let mut fields = Fields::of(json, trouble);
        match fields.take::<String>("kind").as_str() {
            "key-changed" => {
                Self::KeyChanged { log: fields.take("log"), before: fields.take("before"), now: fields.take("now") }
            }
            "tree" => Self::Tree { log: fields.take("log"), text: fields.take("text"), before: fields.take("before") },
            kind => {
                if kind != "memory" {
                    fields.note("an unknown alarm");
                }
                Self::Memory { text: fields.take("text") }
            }
        }
    }
}

impl Alarm {
    /// The form in which it is remembered.
    pub fn to_json(&self) -> Json {
        let text = |text: &String| Json::from(text.as_str());
        match self {
            Self::KeyChanged { log, before, now } => Json::object([
                ("kind", "key-changed".into()),
                ("log", text(log)),
                ("before", text(before)),
                ("now", text(now)),
            ]),
            Self::Tree { log, text: found, before } => Json::object([
                ("kind", "tree".into()),
                ("log", text(log)),
                ("text", text(found)),
                ("before", before.as_deref().into()),
            ]),
            Self::Memory { text: why } => Json::object([("kind", "memory".into()), ("text", text(why))]),
        }
    }

    /// Whether this alarm need not be raised beside `other`.
    pub fn repeats(&self, other: &Alarm) -> bool {
        match (self, other) {
            (Self::Tree { log, .. }, Self::Tree { log: same, .. }) => log == same,
            (Self::Memory { .. }, Self::Memory { .. }) => true,
            _ => self == other,
        }
    }
}

/// The keys remembered from earlier visits: a log's base address (or origin), and the fingerprint.
pub type KnownKeys = Vec<(String, String)>;

fn known_key<'a>(known: &'a KnownKeys, log: &str) -> Option<&'a String> {
    known.iter().find(|(name, _)| name == log).map(|(_, fingerprint)| fingerprint)
}

/// The key is the log's from here on.
pub fn accept_key(known: &mut KnownKeys, log: &str, fingerprint: &str) {
    known.retain(|(name, _)| name != log);
    known.push((log.to_owned(), fingerprint.to_owned()));
}

/// The logs whose key is another one than the remembered one.
pub fn changed_keys(known: &KnownKeys, policy: &Policy) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    for log in &policy.logs {
        let name = place(log);
        match known_key(known, name) {
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
        if known_key(known, place(log)).is_none() {
            accept_key(known, place(log), &log.fingerprint);
        }
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
    fn logs_with_an_address_are_asked() {
        let mut policy = policy("aa");
        policy.logs.push(policy.logs[0].clone());
        assert_eq!(policy.addresses(), ["https://example.org"]);
        assert_eq!(policy.vkey("https://example.org"), Some("example.org/log+00000000+AAAA"));
        policy.logs[0].url = None;
        policy.logs[1].url = Some("https://other.example".to_owned());
        assert_eq!(policy.addresses(), ["https://other.example"]);
    }
}
