//! Artifact rules at work (in-toto specification §5.2, step 7): a queue of paths that rules consume one after another.
//!
//! What no rule consumes is allowed, unless a DISALLOW finds it or a REQUIRE misses it.

use super::glob::{Budget, Glob, TooMuchWork};
use crate::format::layout::{Match, Rule, RuleKind, Side};
use crate::sorted::{Map, Set};

/// How many paths the trace names for one rule; the rest is counted.
pub const MAX_NAMED: usize = 16;

/// The digests of one file: algorithm and value.
pub type Digests = Map<String, String>;

/// Files by path.
pub type Artifacts = Map<String, Digests>;

/// What a step or an inspection took in and gave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// What went in.
    pub materials: Artifacts,
    /// What came out.
    pub products: Artifacts,
}

impl Item {
    /// Its materials or its products.
    pub fn side(&self, side: Side) -> &Artifacts {
        match side {
            Side::Materials => &self.materials,
            Side::Products => &self.products,
        }
    }
}

/// What the rules did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The rules that were applied, in order; where one fails, it is the last.
    pub effects: Vec<Effect>,
    /// How many paths no rule consumed.
    pub left: usize,
}

/// What one rule did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The rule as one line.
    pub rule: String,
    /// How many paths it consumed.
    pub consumed: usize,
    /// How many paths a MATCH left although they agree, because nothing better than MD5 or SHA-1 says so.
    pub weak: usize,
    /// Why it fails, if it does.
    pub violation: Option<Violation>,
}

/// How a rule fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A DISALLOW found these; at most [`MAX_NAMED`] of them are named.
    Disallowed {
        /// The first of them.
        paths: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// A REQUIRE did not find its path.
    Missing,
    /// A MATCH with a prefix leads from this path to one that the item does not have.
    Ambiguous(String),
}

impl Trace {
    /// The rule that fails, if one does.
    pub fn violation(&self) -> Option<(&str, &Violation)> {
        self.effects.iter().find_map(|effect| Some((effect.rule.as_str(), effect.violation.as_ref()?)))
    }
}

/// Applies `rules` to the materials or products of `item`; `chain` holds what MATCH rules may refer to, by name.
pub fn apply(
    rules: &[Rule],
    side: Side,
    item: &Item,
    chain: &Map<&str, &Item>,
    budget: &mut Budget,
) -> Result<Trace, TooMuchWork> {
    let queued = Set::from_iter(item.side(side).keys().map(String::as_str));
    let mut queue = Queue { left: queued, weak: Set::new() };
    let mut trace = Trace::default();
    for rule in rules {
        let effect = apply_one(rule, side, item, chain, &mut queue, budget)?;
        let failed = effect.violation.is_some();
        trace.effects.push(effect);
        if failed {
            break;
        }
    }
    trace.left = queue.left.len();
    Ok(trace)
}

/// The paths that no rule has consumed yet.
struct Queue<'a> {
    left: Set<&'a str>,
    /// Those among them that a MATCH would have consumed on better digests: for a REQUIRE they are not there.
    weak: Set<&'a str>,
}

fn apply_one<'a>(
    rule: &Rule,
    side: Side,
    item: &'a Item,
    chain: &Map<&str, &Item>,
    queue: &mut Queue<'a>,
    budget: &mut Budget,
) -> Result<Effect, TooMuchWork> {
    let mut effect = Effect { rule: rule.to_string(), consumed: 0, weak: 0, violation: None };
    let matched = match &rule.kind {
        RuleKind::Require => {
            budget.spend(1)?;
            let path = rule.pattern.as_str();
            let there = queue.left.contains(path) && !queue.weak.contains(path);
            effect.violation = (!there).then_some(Violation::Missing);
            return Ok(effect);
        }
        // A MATCH that refers to nothing consumes nothing.
        RuleKind::Match(with) => match chain.get(with.from.as_str()) {
            Some(other) => agreeing(rule, with, item.side(side), other, queue, &mut effect, budget)?,
            None => Vec::new(),
        },
        _ => globbed(&Glob::new(&rule.pattern), &queue.left, budget)?,
    };
    if rule.kind == RuleKind::Disallow {
        let paths = matched.iter().take(MAX_NAMED).map(|path| (*path).to_owned()).collect();
        effect.violation = (!matched.is_empty()).then_some(Violation::Disallowed { paths, count: matched.len() });
        return Ok(effect);
    }
    for path in matched {
        if consumes(&rule.kind, item, path) && queue.left.remove(path) {
            effect.consumed += 1;
        }
    }
    Ok(effect)
}

/// The paths of the queue that the pattern matches.
fn globbed<'a>(glob: &Glob, queue: &Set<&'a str>, budget: &mut Budget) -> Result<Vec<&'a str>, TooMuchWork> {
    let mut found = Vec::new();
    for path in queue.iter() {
        if glob.matches(path, budget)? {
            found.push(*path);
        }
    }
    Ok(found)
}

/// Whether a rule of this kind consumes a path that its pattern matches.
fn consumes(kind: &RuleKind, item: &Item, path: &str) -> bool {
    let (material, product) = (item.materials.get(path), item.products.get(path));
    match kind {
        RuleKind::Create => material.is_none() && product.is_some(),
        RuleKind::Delete => material.is_some() && product.is_none(),
        RuleKind::Modify => matches!((material, product), (Some(before), Some(after)) if before != after),
        RuleKind::Allow | RuleKind::Match(_) => true,
        RuleKind::Disallow | RuleKind::Require => false,
    }
}

/// The paths of the queue that the other item names with the same digests.
fn agreeing<'a>(
    rule: &Rule,
    with: &Match,
    own: &'a Artifacts,
    other: &Item,
    queue: &mut Queue<'a>,
    effect: &mut Effect,
    budget: &mut Budget,
) -> Result<Vec<&'a str>, TooMuchWork> {
    let glob = Glob::new(&rule.pattern);
    let theirs = other.side(with.with);
    let folder = folder(&with.source_prefix);
    let mut found = Vec::new();
    for path in queue.left.iter() {
        budget.spend((with.source_prefix.len() + with.destination_prefix.len() + path.len()) as u64)?;
        let Some(rest) = path.strip_prefix(folder.as_str()) else { continue };
        if !glob.matches(rest, budget)? {
            continue;
        }
        let Some((source, digests)) = own.get_key_value(join(&with.source_prefix, rest).as_str()) else {
            effect.violation = Some(Violation::Ambiguous((*path).to_owned()));
            return Ok(Vec::new());
        };
        if theirs.get(join(&with.destination_prefix, rest).as_str()) != Some(digests) {
            continue;
        }
        match is_strong(digests) {
            true => found.push(source.as_str()),
            false => {
                effect.weak += 1;
                queue.weak.insert(source.as_str());
            }
        }
    }
    Ok(found)
}

/// Whether a digest is among them that nobody can make two files for.
fn is_strong(digests: &Digests) -> bool {
    ["sha256", "sha384", "sha512"].iter().any(|algorithm| digests.contains_key(*algorithm))
}

/// A prefix with its final slash, slashes turned forward, as Python's in-toto strips it.
fn folder(prefix: &str) -> String {
    match prefix.is_empty() || prefix.ends_with('/') {
        true => prefix.replace('\\', "/"),
        false => format!("{prefix}/").replace('\\', "/"),
    }
}

/// A prefix and what follows it, as Python's `os.path.join` puts them together: an absolute path stands for itself.
fn join(prefix: &str, rest: &str) -> String {
    match prefix {
        "" => rest.to_owned(),
        _ if rest.starts_with('/') => rest.replace('\\', "/"),
        _ if prefix.ends_with('/') => format!("{prefix}{rest}").replace('\\', "/"),
        _ => format!("{prefix}/{rest}").replace('\\', "/"),
    }
}
