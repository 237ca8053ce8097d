//! Where on the page a reader is, as it stands in the address: after the `#`, which browsers send to nobody.
//!
//! ```text
//! #verify                            the check of files, as is no fragment at all
//! #verify?v=1&file=…&…               the same, with what the address brings: see `Brought`
//! #lookup?q=TEXT                     a search
//! #entry/INDEX  #entry/UUID          an entry
//! #log                               the log itself
//! #graph/ALGORITHM:HEX               what was made from what, around a digest
//! #page                              the check of this page
//! ```
//!
//! `log=ORIGIN` names the log where it is not the policy's first. An address comes from anybody: what it brings is
//! evidence and claims, and whom it names counts for nothing before the reader confirms it. It is read strictly,
//! and within bounds; what is not understood is said, and nothing of it is used.

mod brought;
mod escape;

pub use brought::{Brought, BroughtFile, Claim};

use crate::text;
use escape::{decode, encode};

/// The longest fragment that is read, in bytes: what mail programs and browsers carry without loss.
pub const LONGEST: usize = 128 * 1024;

/// The longest text that is searched for, in bytes.
const LONGEST_QUERY: usize = 2_048;

/// The longest origin of a log, in bytes.
const LONGEST_ORIGIN: usize = 256;

/// Parts of the check that the page itself leads to with an address.
const ANCHORS: [&str; 4] = ["app", "signer", "trust", "checks"];

/// Where the reader is.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// The check of files, with what the address brings.
    Verify(Brought),
    /// A search, for what is written in the field.
    LookUp {
        /// A digest, e-mail address, UUID, index or key, as the reader wrote it; empty before a search.
        query: String,
        /// The log's origin; the policy's first log without.
        log: Option<String>,
    },
    /// An entry.
    Entry {
        /// Which.
        entry: EntryName,
        /// As in `LookUp`.
        log: Option<String>,
    },
    /// The log itself.
    Log {
        /// As in `LookUp`.
        log: Option<String>,
    },
    /// What was made from what, around a digest.
    Graph {
        /// `sha256:` and lower-case hex, or another algorithm's.
        digest: String,
        /// As in `LookUp`.
        log: Option<String>,
    },
    /// The check of this page.
    CheckPage,
}

/// What an entry is called.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryName {
    /// Its position in the log, from 0.
    Index(u64),
    /// Its identifier: 64 lower-case hexadecimal digits, or 80 with the tree's in front.
    Uuid(String),
}

impl Default for Route {
    fn default() -> Self {
        Self::Verify(Brought::default())
    }
}

/// Why an address was not understood.
#[derive(Clone, Debug, PartialEq)]
pub enum AddressError {
    /// It is longer than `LONGEST`; its length.
    TooLong(usize),
    /// There is no place of this name.
    NoPlace(String),
    /// A `%` without two hexadecimal digits, or bytes that are no text.
    Escape,
    /// A parameter that the place does not have, or has once.
    Parameter(String),
    /// A parameter's value is not what it has to be.
    Value(&'static str),
    /// Written by a page of another version.
    Version(String),
}

impl AddressError {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::TooLong(length) => {
                text::with("address.too-long", &[("length", &length.to_string()), ("limit", &LONGEST.to_string())])
            }
            Self::NoPlace(name) => text::with("address.no-place", &[("name", name)]),
            Self::Escape => text::t("address.escape").to_owned(),
            Self::Parameter(name) => text::with("address.parameter", &[("name", name)]),
            Self::Value(name) => text::with("address.value", &[("name", name)]),
            Self::Version(version) => text::with("address.version", &[("version", version)]),
        }
    }
}

impl Route {
    /// Reads a fragment, with or without its `#`; `None` where it leads to a part of the place where the reader is.
    pub fn parse(fragment: &str) -> Result<Option<Self>, AddressError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        if fragment.len() > LONGEST {
            return Err(AddressError::TooLong(fragment.len()));
        }
        if ANCHORS.contains(&fragment) {
            return Ok(None);
        }
        let (place, parameters) = fragment.split_once('?').unwrap_or((fragment, ""));
        let (place, name) = place.split_once('/').map_or((place, None), |(place, name)| (place, Some(name)));
        let mut parameters = Parameters::parse(parameters)?;
        let route = match (place, name) {
            ("" | "verify", None) => Self::Verify(Brought::take(&mut parameters)?),
            ("lookup", None) => Self::LookUp { query: parameters.query()?, log: parameters.log()? },
            ("entry", Some(name)) => Self::Entry { entry: EntryName::parse(&decode(name)?)?, log: parameters.log()? },
            ("log", None) => Self::Log { log: parameters.log()? },
            ("graph", Some(name)) => Self::Graph { digest: digest(&decode(name)?)?, log: parameters.log()? },
            ("page", None) => Self::CheckPage,
            _ => return Err(AddressError::NoPlace(shortened(place))),
        };
        parameters.end()?;
        Ok(Some(route))
    }

    /// The fragment, with its `#`, that `parse` reads as this route.
    pub fn fragment(&self) -> String {
        match self {
            Self::Verify(brought) => format!("#verify{}", query(&brought.parameters())),
            Self::LookUp { query: text, log } => {
                let text = (!text.is_empty()).then(|| ("q", text.clone()));
                format!("#lookup{}", query(&text.into_iter().chain(of_log(log)).collect::<Vec<_>>()))
            }
            Self::Entry { entry, log } => format!("#entry/{}{}", entry.text(), log_query(log)),
            Self::Log { log } => format!("#log{}", log_query(log)),
            Self::Graph { digest, log } => format!("#graph/{}{}", encode(digest), log_query(log)),
            Self::CheckPage => "#page".to_owned(),
        }
    }

    /// The place without what is looked at there, for the page's own navigation.
    pub fn place(&self) -> &'static str {
        match self {
            Self::Verify(_) => "verify",
            Self::LookUp { .. } | Self::Entry { .. } | Self::Graph { .. } => "lookup",
            Self::Log { .. } => "log",
            Self::CheckPage => "page",
        }
    }

    /// What the query of an address of search.sigstore.dev asks for: `?hash=`, `?logIndex=`, `?uuid=`, `?email=`,
    /// `?commitSha=`. `None` where it is no such address.
    pub fn of_search_page(query: &str) -> Option<Result<Self, AddressError>> {
        let query = query.strip_prefix('?').unwrap_or(query);
        if query.len() > LONGEST {
            return Some(Err(AddressError::TooLong(query.len())));
        }
        let (name, value) = query.split('&').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            ["hash", "logIndex", "uuid", "email", "commitSha"].contains(&name).then_some((name, value))
        })?;
        Some(decode(&value.replace('+', "%20")).and_then(|value| match name {
            "logIndex" | "uuid" => Ok(Self::Entry { entry: EntryName::parse(&value)?, log: None }),
            _ => Ok(Self::LookUp { query: bounded(value, LONGEST_QUERY, "q")?, log: None }),
        }))
    }
}

impl EntryName {
    fn parse(name: &str) -> Result<Self, AddressError> {
        let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        match name.len() {
            // An index is at most 20 digits long, and written in one way only.
            1..=20 if digits && (name == "0" || !name.starts_with('0')) => {
                name.parse().map(Self::Index).map_err(|_| AddressError::Value("entry"))
            }
            64 | 80 if name.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(Self::Uuid(name.to_ascii_lowercase())),
            _ => Err(AddressError::Value("entry")),
        }
    }

    /// As it stands in the address.
    pub fn text(&self) -> String {
        match self {
            Self::Index(index) => index.to_string(),
            Self::Uuid(uuid) => uuid.clone(),
        }
    }
}

/// What follows the `?`: names with values, each to be taken once.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(text: &str) -> Result<Self, AddressError> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        };
        Ok(Self(pairs.map(pair).collect::<Result<_, _>>()?))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    fn query(&mut self) -> Result<String, AddressError> {
        bounded(self.take("q").unwrap_or_default(), LONGEST_QUERY, "q")
    }

    fn log(&mut self) -> Result<Option<String>, AddressError> {
        self.take("log").map(|origin| bounded(origin, LONGEST_ORIGIN, "log")).transpose()
    }

    /// What is left over was written by somebody who meant something by it.
    fn end(self) -> Result<(), AddressError> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(AddressError::Parameter(shortened(&name))),
        }
    }
}

fn bounded(value: String, limit: usize, name: &'static str) -> Result<String, AddressError> {
    match value.len() <= limit && !value.contains(char::is_control) {
        true => Ok(value),
        false => Err(AddressError::Value(name)),
    }
}

fn digest(text: &str) -> Result<String, AddressError> {
    let (algorithm, hex) = text.split_once(':').unwrap_or(("sha256", text));
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err(AddressError::Value("digest")),
    };
    match hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(format!("{algorithm}:{}", hex.to_ascii_lowercase())),
        false => Err(AddressError::Value("digest")),
    }
}

fn of_log(log: &Option<String>) -> Option<(&'static str, String)> {
    log.clone().map(|origin| ("log", origin))
}

fn log_query(log: &Option<String>) -> String {
    query(&of_log(log).into_iter().collect::<Vec<_>>())
}

fn query(parameters: &[(&str, String)]) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    match pairs.is_empty() {
        true => String::new(),
        false => format!("?{}", pairs.join("&")),
    }
}

/// So much of a stranger's text as a message can show.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
