//! Who may carry out a step: the layout's functionaries, each once, whatever key IDs they go by.

use crate::format::key::PublicKey;
use crate::format::layout::{Layout, Step};
use crate::sorted::{Map, Set};

/// The functionaries of one layout.
pub(super) struct People<'a> {
    layout: &'a Layout,
    /// For each functionary the person: whoever holds one key is one person, be it under several certificates.
    persons: Vec<usize>,
    /// What a key ID stands for: all keys of a functionary, or the one key with that ID among several.
    named: Map<String, Vec<(usize, Option<&'a PublicKey>)>>,
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
        let mut people = Self { layout, persons: Vec::new(), named: Map::new() };
        let mut holders: Map<&[u8], usize> = Map::new();
        for (i, functionary) in layout.functionaries.iter().enumerate() {
            let keys = functionary.keys.as_deref().unwrap_or_default();
            people.named.or_insert_with(functionary.keyid.clone(), Vec::new).push((i, None));
            // An OpenPGP subkey may be named by itself; then it alone may sign.
            for key in keys.iter().filter(|_| keys.len() > 1) {
                for keyid in key.keyids().into_iter().filter(|keyid| *keyid != functionary.keyid) {
                    people.named.or_insert_with(keyid, Vec::new).push((i, Some(key)));
                }
            }
            people.persons.push(i);
            for key in keys {
                let holder = *holders.or_insert_with(key.spki_der(), || i);
                people.unite(holder, i);
            }
        }
        people
    }

    /// Two functionaries who hold the same key are one person, with everybody who shares another key with either.
    fn unite(&mut self, one: usize, other: usize) {
        let (Some(&kept), Some(&given_up)) = (self.persons.get(one), self.persons.get(other)) else { return };
        if kept != given_up {
            self.persons.iter_mut().filter(|person| **person == given_up).for_each(|person| *person = kept);
        }
    }

    /// The keys that may sign for `step`.
    pub fn authorised(&self, step: &Step) -> Authorised<'a> {
        let mut authorised = Authorised { keys: Vec::new(), unusable: Vec::new() };
        let mut seen = Set::new();
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
        Set::from_iter(self.keys.iter().map(|(person, _)| person)).len()
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;
    use crate::format::layout::Functionary;

    /// A layout whose functionaries hold these keys.
    fn layout(holders: &[&[u8]]) -> Layout {
        let text = br#"{"signatures":[],"signed":{"_type":"layout","expires":"2030-01-01T00:00:00Z","readme":"","keys":{},"steps":[],"inspect":[]}}"#;
        let mut layout = Layout::parse(text).expect("a layout");
        let key = |i: &u8| {
            PublicKey::from_ed25519(ed25519_dalek::SigningKey::from_bytes(&[*i; 32]).verifying_key().as_bytes())
        };
        let functionary =
            |(i, keys): (usize, &&[u8])| Functionary { keyid: i.to_string(), keys: keys.iter().map(key).collect() };
        layout.functionaries = holders.iter().enumerate().map(functionary).collect();
        layout
    }

    #[test]
    fn who_shares_a_key_is_one_person() {
        for (holders, persons) in [
            (&[&[1][..], &[2], &[1, 2]][..], 1),
            (&[&[1], &[2], &[2, 3], &[3, 1]], 1),
            (&[&[1], &[2], &[3, 1]], 2),
            (&[&[1], &[2], &[]], 3),
        ] {
            let layout = layout(holders);
            let found: Set<usize> = People::of(&layout).persons.into_iter().collect();
            assert_eq!(found.len(), persons, "{holders:?}");
        }
    }
}
