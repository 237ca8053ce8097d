//! Parameter substitution: `{NAME}` in rules and commands, `{{` and `}}` for braces. Of Python's `str.format` nothing
//! else is taken over.

use super::Substituted;
use crate::format::layout::{Inspection, Layout, Rule, RuleKind, Step};
use crate::report::{Check, CheckId, Outcome};

/// Why parameters cannot be put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// No value was given for this name.
    Missing(String),
    /// This text has a brace that begins or ends nothing, or a name that cannot be given.
    Malformed(String),
}

impl Problem {
    pub fn check(self, subject: &str) -> Check {
        let (outcome, sentence) = match self {
            Problem::Missing(name) => {
                (Outcome::NotChecked, format!("The layout asks for the parameter {name:?}, which was not given."))
            }
            Problem::Malformed(text) => {
                (Outcome::Failed, format!("The layout holds {text:?}, into which no parameters can be put."))
            }
        };
        Check::new(CheckId::LayoutFormat, subject, outcome, sentence)
    }
}

/// The layout's steps and inspections with their parameters.
pub(super) fn layout(layout: &Layout, parameters: &[(&str, &str)]) -> Result<Substituted, Problem> {
    let (mut steps, mut inspections) = (layout.steps.clone(), layout.inspections.clone());
    if !parameters.is_empty() {
        for Step { expected_materials, expected_products, expected_command, .. } in &mut steps {
            rules(expected_materials, parameters)?;
            rules(expected_products, parameters)?;
            words(expected_command, parameters)?;
        }
        for Inspection { expected_materials, expected_products, run, .. } in &mut inspections {
            rules(expected_materials, parameters)?;
            rules(expected_products, parameters)?;
            words(run, parameters)?;
        }
    }
    Ok((steps, inspections))
}

fn words(words: &mut [String], parameters: &[(&str, &str)]) -> Result<(), Problem> {
    words.iter_mut().try_for_each(|word| put_in(word, parameters))
}

fn rules(rules: &mut [Rule], parameters: &[(&str, &str)]) -> Result<(), Problem> {
    for Rule { kind, pattern } in rules {
        put_in(pattern, parameters)?;
        if let RuleKind::Match(rule) = kind {
            put_in(&mut rule.source_prefix, parameters)?;
            put_in(&mut rule.destination_prefix, parameters)?;
            put_in(&mut rule.from, parameters)?;
        }
    }
    Ok(())
}

fn put_in(text: &mut String, parameters: &[(&str, &str)]) -> Result<(), Problem> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        out.push_str(before);
        if brace.starts_with("{{") || brace.starts_with("}}") {
            out.push_str(&brace[..1]);
            rest = &brace[2..];
            continue;
        }
        let malformed = || Problem::Malformed(text.clone());
        let (name, after) = brace.strip_prefix('{').and_then(|name| name.split_once('}')).ok_or_else(malformed)?;
        if !is_name(name) {
            return Err(malformed());
        }
        let value = parameters.iter().find(|(given, _)| *given == name);
        out.push_str(value.ok_or_else(|| Problem::Missing(name.to_owned()))?.1);
        rest = after;
    }
    out.push_str(rest);
    *text = out;
    Ok(())
}

/// Letters, digits, `_` and `-`; Python takes a number for a position among unnamed parameters, of which there are none.
fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    name.bytes().all(allowed) && !name.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<String, Problem> {
        let mut text = text.to_owned();
        put_in(&mut text, &[("A", "1"), ("B-2_c", "{A}")]).map(|()| text)
    }

    #[test]
    fn names_are_replaced_once_and_braces_can_be_doubled() {
        for (text, expected) in
            [("", ""), ("a{A}b{A}", "a1b1"), ("{{A}}", "{A}"), ("{B-2_c}", "{A}"), ("{{{A}}}", "{1}")]
        {
            assert_eq!(with(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(with("{C}"), Err(Problem::Missing("C".into())));
        for text in ["{", "}", "a}b", "{A", "{}", "{0}", "{A!r}", "{A:>9}", "{A.b}", "{A[0]}", "{{A}", "{ A }"] {
            assert_eq!(with(text), Err(Problem::Malformed(text.into())), "{text}");
        }
    }
}
