//! Who may carry out a step: the layout's functionaries, each once, whatever key IDs they go by.

use crate::format::key::PublicKey;
use crate::format::layout::{Layout, Step};
use std::collections::{BTreeMap, BTreeSet};

/// The functionaries of one layout.
pub(super) struct People<'a> {
    layout: &'a Layout,
    /// For each functionary the first who has any of the same keys: whoever holds one key is one person.
    persons: Vec<usize>,
    /// What a key ID stands for: all keys of a functionary, or the one key with that ID among several.
    named: BTreeMap<String, Vec<(usize, Option<&'a PublicKey>)>>,
}

/// The keys that may sign for a step, and what is wrong with the others.
pub(super) struct Authorised<'a> {
    /// In the order in which the step names them, each with the person who holds it.
    pub keys: Vec<(usize, &'a PublicKey)>,
    /// Those that cannot be used here, with the reason.
    pub unusable: Vec<String>,
}

impl<'a> People<'a> {
    pub fn of(layout: &'a Layout) -> Self {
        let mut people = Self { layout, persons: Vec::new(), named: BTreeMap::new() };
        let mut holders: BTreeMap<&[u8], usize> = BTreeMap::new();
        for (i, functionary) in layout.functionaries.iter().enumerate() {
            let keys = functionary.keys.as_deref().unwrap_or_default();
            people.named.entry(functionary.keyid.clone()).or_default().push((i, None));
            // An OpenPGP subkey may be named by itself; then it alone may sign.
            for key in keys.iter().filter(|_| keys.len() > 1) {
                for keyid in key.keyids().into_iter().filter(|keyid| *keyid != functionary.keyid) {
                    people.named.entry(keyid).or_default().push((i, Some(key)));
                }
            }
            let person = keys.iter().find_map(|key| holders.get(key.spki_der()).copied()).unwrap_or(i);
            for key in keys {
                holders.entry(key.spki_der()).or_insert(person);
            }
            people.persons.push(person);
        }
        people
    }

    /// The keys that may sign for `step`.
    pub fn authorised(&self, step: &Step) -> Authorised<'a> {
        let mut authorised = Authorised { keys: Vec::new(), unusable: Vec::new() };
        let mut seen = BTreeSet::new();
        for keyid in step.pubkeys.iter().filter(|keyid| seen.insert(keyid.as_str())) {
            for (i, one) in self.named.get(keyid).into_iter().flatten() {
                let (Some(person), Some(functionary)) = (self.persons.get(*i), self.layout.functionaries.get(*i))
                else {
                    continue;
                };
                match (one, &functionary.keys) {
                    (Some(key), _) => authorised.keys.push((*person, key)),
                    (None, Ok(keys)) => authorised.keys.extend(keys.iter().map(|key| (*person, key))),
                    (None, Err(error)) => authorised.unusable.push(format!("{keyid}: {error}")),
                }
            }
        }
        if step.cert_constraints {
            authorised.unusable.push("holders of X.509 certificates, which are not checked here".into());
        }
        authorised
    }
}

impl Authorised<'_> {
    /// How many persons they are.
    pub fn persons(&self) -> usize {
        self.keys.iter().map(|(person, _)| person).collect::<BTreeSet<_>>().len()
    }
}
