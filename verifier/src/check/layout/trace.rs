//! What the rules of one step or inspection came to, as a check.

use super::glob::{Budget, TooMuchWork};
use super::rules::{Effect, Item, Trace, Violation, apply};
use crate::format::json::Value;
use crate::format::layout::{Rule, RuleKind, Side};
use crate::report::{Check, CheckId, Outcome};
use crate::sorted::{Map, Set};

/// The rules of one step or inspection.
pub(super) struct Rules<'a> {
    pub materials: &'a [Rule],
    pub products: &'a [Rule],
}

impl Rules<'_> {
    fn side(&self, side: Side) -> &[Rule] {
        match side {
            Side::Materials => self.materials,
            Side::Products => self.products,
        }
    }

    /// The first of `missing` that a rule refers to.
    pub fn refers_to<'b>(&self, missing: &Set<&'b str>) -> Option<&'b str> {
        let from = self.materials.iter().chain(self.products).filter_map(|rule| match &rule.kind {
            RuleKind::Match(rule) => missing.get(rule.from.as_str()),
            _ => None,
        });
        from.copied().next()
    }
}

/// Applies the rules on materials, then those on products; `missing` names what `chain` should hold and does not.
pub(super) fn check(
    id: CheckId,
    subject: &str,
    rules: &Rules<'_>,
    item: &Item,
    chain: &Map<&str, &Item>,
    missing: &Set<&str>,
    budget: &mut Budget,
) -> Check {
    let not_checked = |why: String| Check::new(id, subject, Outcome::NotChecked, why);
    if let Some(name) = rules.refers_to(missing) {
        return not_checked(format!("A rule refers to {name:?}, of which it is not known what went in and came out."));
    }
    let mut evidence = Vec::new();
    let mut broken = None;
    for side in [Side::Materials, Side::Products] {
        let Ok(trace) = apply(rules.side(side), side, item, chain, budget) else {
            return not_checked(too_much_work(TooMuchWork));
        };
        broken = broken.or_else(|| trace.violation().map(|(rule, violation)| broken_sentence(side, rule, violation)));
        evidence.push((side, as_json(&trace)));
    }
    let check = match broken {
        None => Check::new(id, subject, Outcome::Passed, "The files follow the layout's rules."),
        Some(sentence) => Check::new(id, subject, Outcome::Failed, sentence),
    };
    evidence.into_iter().fold(check, |check, (side, trace)| check.with(side.name(), trace))
}

/// Applies the rules on one side alone, and says how they are broken, if they are.
pub(super) fn one_side(
    side: Side,
    rules: &[Rule],
    item: &Item,
    chain: &Map<&str, &Item>,
    budget: &mut Budget,
) -> Result<Option<String>, TooMuchWork> {
    let trace = apply(rules, side, item, chain, budget)?;
    Ok(trace.violation().map(|(rule, violation)| broken_sentence(side, rule, violation)))
}

pub(super) fn too_much_work(_: TooMuchWork) -> String {
    "The rules and files are too many, or their patterns too long, to be checked here.".into()
}

fn broken_sentence(side: Side, rule: &str, violation: &Violation) -> String {
    let side = side.name();
    match violation {
        Violation::Disallowed { paths, count } => {
            let more = if *count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            let first = paths.first().map(String::as_str).unwrap_or_default();
            format!("The {side} break the rule {rule:?}: {first:?}{more}.")
        }
        Violation::Missing => format!("The {side} lack what the rule {rule:?} asks for."),
        Violation::Ambiguous(path) => {
            format!("The rule {rule:?} cannot be applied to the {side}: its prefix leads away from {path:?}.")
        }
    }
}

fn as_json(trace: &Trace) -> Value {
    let rules = trace.effects.iter().map(effect).collect();
    Value::object(vec![("rules", Value::Array(rules)), ("left", trace.left.into())])
}

fn effect(effect: &Effect) -> Value {
    let mut value = Value::object(vec![("rule", effect.rule.clone().into()), ("consumed", effect.consumed.into())]);
    if effect.weak > 0 {
        value.set("weak", effect.weak.into());
    }
    match &effect.violation {
        None => {}
        Some(Violation::Disallowed { paths, count }) => {
            let disallowed = vec![("paths", paths.clone().into()), ("count", (*count).into())];
            value.set("disallowed", Value::object(disallowed));
        }
        Some(Violation::Missing) => value.set("missing", true.into()),
        Some(Violation::Ambiguous(path)) => value.set("ambiguous", path.clone().into()),
    }
    value
}
