//! Artifact rules (in-toto specification §4.3.3): what a step or an inspection may do with files.

use std::fmt;

/// A rule as a layout writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What the rule does with the files that its pattern matches.
    pub kind: RuleKind,
    /// A shell pattern; for [`RuleKind::Require`] a path, taken literally.
    pub pattern: String,
}

/// The seven kinds of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// Consumes what is among the products and not among the materials.
    Create,
    /// Consumes what is among the materials and not among the products.
    Delete,
    /// Consumes what is among both, with other digests.
    Modify,
    /// Consumes everything.
    Allow,
    /// Fails where anything is left that matches.
    Disallow,
    /// Fails where this path is not left.
    Require,
    /// Consumes what another item names with the same digests.
    Match(Match),
}

/// `MATCH <pattern> [IN <prefix>] WITH (MATERIALS|PRODUCTS) [IN <prefix>] FROM <step>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Folder that is taken off this item's paths before the pattern is tried; empty for none.
    pub source_prefix: String,
    /// Which of the other item's files are meant.
    pub with: Side,
    /// Folder that is put before the path to find it among the other item's files; empty for none.
    pub destination_prefix: String,
    /// Name of the other step or inspection.
    pub from: String,
}

/// Materials or products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What goes into a step.
    Materials,
    /// What comes out of it.
    Products,
}

impl Side {
    /// `materials` or `products`.
    pub const fn name(self) -> &'static str {
        match self {
            Side::Materials => "materials",
            Side::Products => "products",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Side::Materials, Side::Products].into_iter().find(|side| side.name() == word)
    }
}

impl Rule {
    /// Reads the words of a rule. Keywords are read in any case, as Python's in-toto does.
    pub fn parse(words: &[String]) -> Option<Self> {
        let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let kind = match lower[..] {
            ["create", _] => RuleKind::Create,
            ["delete", _] => RuleKind::Delete,
            ["modify", _] => RuleKind::Modify,
            ["allow", _] => RuleKind::Allow,
            ["disallow", _] => RuleKind::Disallow,
            ["require", _] => RuleKind::Require,
            ["match", _, "in", _, "with", side, "in", _, "from", _] => matching(side, &words[3], &words[7], &words[9])?,
            ["match", _, "in", _, "with", side, "from", _] => matching(side, &words[3], "", &words[7])?,
            ["match", _, "with", side, "in", _, "from", _] => matching(side, "", &words[5], &words[7])?,
            ["match", _, "with", side, "from", _] => matching(side, "", "", &words[5])?,
            _ => return None,
        };
        Some(Self { kind, pattern: words[1].clone() })
    }
}

fn matching(side: &str, source_prefix: &str, destination_prefix: &str, from: &str) -> Option<RuleKind> {
    Some(RuleKind::Match(Match {
        source_prefix: source_prefix.to_owned(),
        with: Side::parse(side)?,
        destination_prefix: destination_prefix.to_owned(),
        from: from.to_owned(),
    }))
}

/// The rule as one line, keywords in capitals.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keyword = match &self.kind {
            RuleKind::Create => "CREATE",
            RuleKind::Delete => "DELETE",
            RuleKind::Modify => "MODIFY",
            RuleKind::Allow => "ALLOW",
            RuleKind::Disallow => "DISALLOW",
            RuleKind::Require => "REQUIRE",
            RuleKind::Match(_) => "MATCH",
        };
        write!(f, "{keyword} {}", self.pattern)?;
        let RuleKind::Match(rule) = &self.kind else { return Ok(()) };
        if !rule.source_prefix.is_empty() {
            write!(f, " IN {}", rule.source_prefix)?;
        }
        write!(f, " WITH {}", rule.with.name().to_ascii_uppercase())?;
        if !rule.destination_prefix.is_empty() {
            write!(f, " IN {}", rule.destination_prefix)?;
        }
        write!(f, " FROM {}", rule.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Rule> {
        Rule::parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn every_form_is_read_and_shown() {
        for text in [
            "CREATE a",
            "DELETE *",
            "MODIFY [ab]",
            "ALLOW in",
            "DISALLOW *",
            "REQUIRE a",
            "MATCH * WITH PRODUCTS FROM step",
            "MATCH * IN src WITH MATERIALS FROM step",
            "MATCH * WITH PRODUCTS IN dst FROM step",
            "MATCH * IN src WITH PRODUCTS IN dst FROM step",
        ] {
            assert_eq!(parse(text).map(|rule| rule.to_string()).as_deref(), Some(text));
            assert!(parse(&text.to_lowercase()).is_some(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "CREATE",
            "CREATE a b",
            "COPY a",
            "MATCH *",
            "MATCH * WITH PRODUCTS",
            "MATCH * WITH BYPRODUCTS FROM step",
            "MATCH * IN WITH PRODUCTS FROM step",
            "MATCH * WITH PRODUCTS FROM step step",
            "MATCH * FROM step WITH PRODUCTS",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
