//! Searches by term: the newest entries first, with all or one of the terms.

use super::record::{Kind, Record, term_key};
use super::run::{Cursor, Run};
use super::table::Table;
use crate::admit::Term;
use crate::store::StoreError;
use std::collections::HashSet;
use std::sync::Arc;

/// The most steps of one search. Whoever floods a term can make a search for it together with another flooded one
/// long; not endless.
const MAX_STEPS: usize = 1 << 20;

/// How the terms of a search are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Entries that have every term.
    And,
    /// Entries that have one of the terms.
    Or,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Indices of entries: newest first, and after all others those that have a digest as a material.
    pub indices: Vec<u64>,
    /// Whether there are more than were asked for.
    pub truncated: bool,
}

/// A search as it stood when it was asked: it reads runs without holding up who adds.
pub(crate) struct Search {
    terms: Vec<Postings>,
    as_materials: Option<Vec<Postings>>,
    operator: Operator,
}

impl Search {
    /// A search in this table.
    pub(crate) fn new(table: &Table, terms: &[Term], operator: Operator) -> Self {
        let postings = |terms: &[Term]| terms.iter().map(|term| Postings::new(table, term)).collect();
        let materials: Vec<Term> = terms.iter().map(Term::as_material).collect();
        let as_materials = (materials != terms).then(|| postings(&materials));
        Self { terms: postings(terms), as_materials, operator }
    }

    /// At most `limit` entries, none for no terms: the newest first, those that have a digest as a material after all
    /// others.
    pub(crate) fn run(self, limit: usize) -> Result<Found, StoreError> {
        let Found { mut indices, mut truncated } = find(self.terms, self.operator, limit + 1)?;
        if let Some(materials) = self.as_materials
            && indices.len() <= limit
        {
            let known: HashSet<u64> = indices.iter().copied().collect();
            let found = find(materials, self.operator, limit + 1)?;
            indices.extend(found.indices.into_iter().filter(|index| !known.contains(index)));
            truncated |= found.truncated;
        }
        truncated |= indices.len() > limit;
        indices.truncate(limit);
        Ok(Found { indices, truncated })
    }
}

/// The entries with one term.
struct Postings {
    key: u128,
    /// In memory, newest first; the last is the oldest.
    memory: Vec<u64>,
    /// On disk; the last are the newest. One that has nothing older left is dropped.
    runs: Vec<(Arc<Run>, Cursor)>,
}

impl Postings {
    fn new(table: &Table, term: &Term) -> Self {
        let key = term_key(term);
        let runs = table.runs().iter().map(|run| (Arc::clone(run), Cursor::default())).collect();
        Self { key, memory: table.positions_in_memory(Kind::Term, key), runs }
    }

    /// The newest entry that is not newer than `at`, which never grows from one call to the next.
    fn last_until(&mut self, at: u64) -> Result<Option<u64>, StoreError> {
        let newer = self.memory.partition_point(|position| *position > at);
        if let Some(position) = self.memory.get(newer) {
            return Ok(Some(*position));
        }
        while let Some((run, cursor)) = self.runs.last_mut() {
            let mut from = Some(Record::new(Kind::Term, self.key, at));
            while let Some(record) = from {
                let found = run.last_until(record, cursor)?.filter(|record| record.key == self.key);
                if let Some(position) = found.and_then(|record| record.position(Kind::Term)) {
                    return Ok(Some(position));
                }
                from = found.and_then(Record::before);
            }
            self.runs.pop();
        }
        Ok(None)
    }
}

fn find(terms: Vec<Postings>, operator: Operator, limit: usize) -> Result<Found, StoreError> {
    if terms.is_empty() {
        return Ok(Found { indices: Vec::new(), truncated: false });
    }
    let mut steps = 0;
    let found = match operator {
        Operator::And => find_all(terms, limit, &mut steps)?,
        Operator::Or => find_any(terms, limit, &mut steps)?,
    };
    Ok(Found { indices: found, truncated: steps >= MAX_STEPS })
}

/// Goes down to the newest entry that no list has passed, until all lists agree: a flood of entries under one term
/// costs nothing to who asks for another beside it.
fn find_all(mut lists: Vec<Postings>, limit: usize, steps: &mut usize) -> Result<Vec<u64>, StoreError> {
    let (mut found, mut at, mut agreed) = (Vec::new(), Record::MAX_POSITION, 0);
    for turn in (0..lists.len()).cycle() {
        *steps += 1;
        let Some(position) = lists[turn].last_until(at)? else { break };
        agreed = if position == at { agreed + 1 } else { 1 };
        at = position;
        if agreed == lists.len() {
            found.push(at);
            let Some(next) = at.checked_sub(1) else { break };
            (at, agreed) = (next, 0);
        }
        if found.len() == limit || *steps >= MAX_STEPS {
            break;
        }
    }
    Ok(found)
}

fn find_any(mut lists: Vec<Postings>, limit: usize, steps: &mut usize) -> Result<Vec<u64>, StoreError> {
    let (mut found, mut at) = (Vec::new(), Some(Record::MAX_POSITION));
    while let Some(until) = at
        && found.len() < limit
        && *steps < MAX_STEPS
    {
        let mut newest = None;
        for list in &mut lists {
            *steps += 1;
            newest = newest.max(list.last_until(until)?);
        }
        found.extend(newest);
        at = newest.and_then(|position| position.checked_sub(1));
    }
    Ok(found)
}
