//! Whom the reader trusts: logs and witnesses (C2SP tlog-policy), and signers (a file in the same grammar).
//!
//! ```text
//! log example.com/log+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx https://example.com/log
//! witness w1 example.com/w1+28e4b7b6+BHLGEFMkj7FLMsX5MjMlv/5W2BCsMhTjK/8ODkPrJFbG
//! quorum w1
//! ```
//!
//! Nothing is trusted by default: the empty policy confirms nothing.

use crate::bytes::decimal;
use crate::format::key::{KeyError, PublicKey};
use crate::format::note::{KeyType, Vkey, VkeyError};
use crate::format::trusted_root::RekorLog;
use crate::sigstore::{IdentityPolicy, Trust};
use crate::sorted::{Map, Set};
use std::fmt;

/// The largest policy file that is read, in bytes.
pub const MAX_POLICY: usize = 256 * 1024;

/// Everything that the reader chose, apart from the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Logs whose checkpoints count.
    pub logs: Vec<TrustedLog>,
    /// Witnesses, and how many of them a checkpoint needs.
    pub witnesses: Quorum<Vkey>,
    /// Signers, and which of them a link or a layout needs; `None` where nobody was named.
    pub signers: Option<Quorum<PublicKey>>,
    /// What the parameters of layouts stand for: pairs of name and value.
    pub parameters: Vec<(String, String)>,
    /// Whose Sigstore bundles count.
    pub sigstore: SigstorePolicy,
}

/// Whose Sigstore bundles count. tlog-policy cannot express it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigstorePolicy {
    /// Who has to have signed; `None` where nobody was named.
    pub identity: Option<IdentityPolicy>,
    /// The authorities and logs whose word counts.
    pub trust: Trust<'static>,
}

/// A log that the reader trusts to keep one history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedLog {
    /// Its key. The name of an Ed25519 key is the log's origin; an ECDSA key is that of a Rekor v1 log, which answers by
    /// its own API alone.
    pub vkey: Vkey,
    /// Its base address, without a final slash.
    pub url: Option<String>,
}

impl TrustedLog {
    /// The log as one of Rekor v1, where it is one.
    pub fn rekor_v1(&self) -> Option<RekorLog> {
        let url = self.url.as_deref().unwrap_or(&self.vkey.name);
        Some(RekorLog::with_key(url, self.vkey.ecdsa()?))
    }
}

/// Named keys, groups of them, and what must be satisfied. Every key stands here once, whatever its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum<K> {
    /// Pairs of name and key, in the order of the file.
    pub members: Vec<(String, K)>,
    groups: Vec<Group>,
    required: Option<Member>,
}

/// Satisfied when at least `threshold` of its members are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    threshold: usize,
    members: Vec<Member>,
}

/// What a group counts. A group only refers to groups before it, so that following it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Key(usize),
    Group(usize),
}

impl<K> Default for Quorum<K> {
    fn default() -> Self {
        Self { members: Vec::new(), groups: Vec::new(), required: None }
    }
}

/// Which line of a policy is wrong, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// Line number, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "policy: {}", self.problem),
            line => write!(f, "policy, line {line}: {}", self.problem),
        }
    }
}

impl std::error::Error for PolicyError {}

impl<K: PartialEq> Quorum<K> {
    /// The quorum that asks for every one of `keys`; a key that is named twice counts once.
    pub fn all(keys: Vec<(String, K)>) -> Self {
        Self::all_of_any(keys.into_iter().map(|(name, key)| (name, vec![key])).collect())
    }

    /// The quorum that asks for every one of the named signers, by any of the keys of each: a certificate may hold
    /// several.
    pub fn all_of_any(signers: Vec<(String, Vec<K>)>) -> Self {
        let mut quorum = Self::default();
        for (name, keys) in signers {
            let members = keys.into_iter().map(|key| Member::Key(quorum.position(&name, key))).collect();
            quorum.groups.push(Group { threshold: 1, members });
        }
        let each = quorum.groups.len();
        // Nobody at all is never enough.
        quorum.groups.push(Group { threshold: each.max(1), members: (0..each).map(Member::Group).collect() });
        quorum.required = Some(Member::Group(each));
        quorum
    }

    /// Where `key` stands among the members; it is added where it does not.
    fn position(&mut self, name: &str, key: K) -> usize {
        let known = self.members.iter().position(|(_, known)| *known == key);
        known.unwrap_or_else(|| {
            self.members.push((name.to_owned(), key));
            self.members.len() - 1
        })
    }

    /// Whether nothing is asked for.
    pub fn is_none(&self) -> bool {
        self.required.is_none()
    }

    /// Whether the keys at these positions of [`Self::members`] are enough.
    pub fn satisfied_by(&self, present: &Set<usize>) -> bool {
        // Groups refer backwards only, so one pass decides them all, each once.
        let mut satisfied = Vec::with_capacity(self.groups.len());
        let holds = |member: &Member, groups: &[bool]| match member {
            Member::Key(i) => present.contains(i),
            Member::Group(i) => groups.get(*i) == Some(&true),
        };
        for group in &self.groups {
            let count = group.members.iter().filter(|member| holds(member, &satisfied)).count();
            satisfied.push(count >= group.threshold);
        }
        self.required.is_none_or(|member| holds(&member, &satisfied))
    }
}

impl Policy {
    /// Reads a C2SP tlog-policy: `log`, `witness`, `group` and exactly one `quorum` line; `#` starts a comment line.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut logs: Vec<TrustedLog> = Vec::new();
        let witnesses = read(
            text,
            "witness",
            |a: &Vkey, b: &Vkey| a.key == b.key,
            |words, line| match words {
                ["log", vkey, url @ ..] if url.len() <= 1 => {
                    let vkey = vkey_of(vkey, &[KeyType::Ed25519, KeyType::EcdsaP256], line)?;
                    if logs.iter().any(|log| log.vkey == vkey) {
                        return Err(problem(line, "this log is named twice"));
                    }
                    logs.push(TrustedLog { vkey, url: url.first().map(|url| url.trim_end_matches('/').to_owned()) });
                    Ok(Line::Handled)
                }
                ["witness", name, vkey, url @ ..] if url.len() <= 1 => {
                    let cosigns = [KeyType::CosignatureV1, KeyType::MlDsa44];
                    Ok(Line::Key(name.to_string(), vkey_of(vkey, &cosigns, line)?))
                }
                _ => Ok(Line::Other),
            },
        )?;
        Ok(Self { logs, witnesses, ..Self::default() })
    }

    /// Reads a signers file: lines `signer <name> <public key>`, groups, and exactly one `quorum`. The key is one
    /// word: the base64 of its SPKI DER, or the 64 hexadecimal digits of an Ed25519 key.
    pub fn parse_signers(text: &str) -> Result<Quorum<PublicKey>, PolicyError> {
        let signers = read(text, "signer", PublicKey::eq, |words, line| match words {
            ["signer", name, key] => {
                let key = PublicKey::parse(key.as_bytes()).map_err(|e: KeyError| problem(line, e.to_string()))?;
                Ok(Line::Key(name.to_string(), key))
            }
            _ => Ok(Line::Other),
        })?;
        match signers.is_none() {
            true => Err(problem(0, "a signers file with `quorum none` asks for nobody: leave it out instead")),
            false => Ok(signers),
        }
    }

    /// The logs of Rekor v1 that it names.
    pub fn rekor_v1(&self) -> Vec<RekorLog> {
        self.logs.iter().filter_map(TrustedLog::rekor_v1).collect()
    }

    /// The logs of Rekor v1 that may answer at `url`: those tied to it, or all where none is. Empty where another log may
    /// answer there.
    pub fn rekor_v1_at(&self, url: &str) -> Vec<RekorLog> {
        let tied = self.log_at(url).and_then(|log| log.url.as_ref());
        let meant = self.logs.iter().filter(|log| tied.is_none() || log.url.as_ref() == tied);
        meant.map(TrustedLog::rekor_v1).collect::<Option<_>>().unwrap_or_default()
    }

    /// The log whose checkpoints this policy expects at `url`.
    pub fn log_at(&self, url: &str) -> Option<&TrustedLog> {
        let url = url.trim_end_matches('/');
        self.logs.iter().find(|log| log.url.as_deref() == Some(url))
    }
}

/// What one line of a policy turned out to be.
enum Line<K> {
    Key(String, K),
    Handled,
    Other,
}

fn problem(line: usize, problem: impl Into<String>) -> PolicyError {
    PolicyError { line, problem: problem.into() }
}

fn vkey_of(text: &str, expected: &[KeyType], line: usize) -> Result<Vkey, PolicyError> {
    let vkey: Vkey = text.parse().map_err(|e: VkeyError| problem(line, e.to_string()))?;
    match expected.contains(&vkey.key_type) {
        true => Ok(vkey),
        false => Err(problem(
            line,
            "a log needs an Ed25519 key (type 01) or, for Rekor v1, an ECDSA key (type 02), a witness a cosignature key (type 04 or 06)",
        )),
    }
}

/// Reads the grammar that policies share; `special` handles the lines that only one of them has.
fn read<K>(
    text: &str,
    kind: &str,
    same: fn(&K, &K) -> bool,
    mut special: impl FnMut(&[&str], usize) -> Result<Line<K>, PolicyError>,
) -> Result<Quorum<K>, PolicyError> {
    if text.len() > MAX_POLICY {
        return Err(problem(0, format!("larger than {MAX_POLICY} bytes")));
    }
    let mut quorum = Quorum::default();
    let mut names: Map<String, Member> = Map::new();
    let mut required: Option<Option<Member>> = None;
    for (i, line) in text.lines().enumerate() {
        let number = i + 1;
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let defined = match words[..] {
            [] => continue,
            [first, ..] if first.starts_with('#') => continue,
            ["quorum", name] if required.is_none() => {
                required = Some(match name {
                    "none" => None,
                    name => Some(lookup(&names, name, number)?),
                });
                continue;
            }
            ["quorum", ..] => return Err(problem(number, "expected one line `quorum <name>|none`")),
            ["group", name, threshold, ref members @ ..] => {
                quorum.groups.push(group(&names, threshold, members, number)?);
                (name.to_owned(), Member::Group(quorum.groups.len() - 1))
            }
            _ => match special(&words, number)? {
                Line::Handled => continue,
                Line::Key(name, key) => {
                    if quorum.members.iter().any(|(_, known)| same(known, &key)) {
                        return Err(problem(
                            number,
                            format!("this {kind}'s key stands here already under another name"),
                        ));
                    }
                    quorum.members.push((name.clone(), key));
                    (name, Member::Key(quorum.members.len() - 1))
                }
                Line::Other => return Err(problem(number, format!("cannot be read: {line:?}"))),
            },
        };
        if defined.0 == "none" || names.contains_key(&defined.0) {
            return Err(problem(number, format!("the name {:?} is taken", defined.0)));
        }
        names.insert(defined.0, defined.1);
    }
    quorum.required = required.ok_or_else(|| problem(0, "the line `quorum <name>|none` is missing"))?;
    Ok(quorum)
}

fn lookup(names: &Map<String, Member>, name: &str, line: usize) -> Result<Member, PolicyError> {
    names.get(name).copied().ok_or_else(|| problem(line, format!("{name:?} is not defined above this line")))
}

fn group(names: &Map<String, Member>, threshold: &str, members: &[&str], line: usize) -> Result<Group, PolicyError> {
    let mut unique = Vec::with_capacity(members.len());
    for name in members {
        let member = lookup(names, name, line)?;
        if unique.contains(&member) {
            return Err(problem(line, format!("{name:?} stands twice in this group")));
        }
        unique.push(member);
    }
    let threshold = match threshold {
        "all" => Some(unique.len()),
        "any" => Some(1),
        k => decimal(k).and_then(|k| usize::try_from(k).ok()),
    };
    match threshold {
        Some(threshold) if (1..=unique.len()).contains(&threshold) => Ok(Group { threshold, members: unique }),
        _ => Err(problem(line, format!("a group needs `all`, `any` or a number from 1 to {}", unique.len()))),
    }
}
