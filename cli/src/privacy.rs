//! What a link file tells about people: a log is public and for ever, so it is shown before anything is sent.

use regex_lite::Regex;
use rekor_verifier::format::json::{self, Value};
use std::collections::BTreeSet;

/// What to look for, and its name. Patterns err on the side of asking.
const PATTERNS: [(&str, &str); 6] = [
    ("home directory", r#"(?:/home/|/Users/|(?i:[a-z]:)\\+Users\\+)[^/\\\s"':;,]+"#),
    ("e-mail address", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"),
    ("password in an address", r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@"),
    (
        "token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)",
    ),
    ("secret", r"(?i)\b(?:password|passwd|secret|token|api[_-]?key|authorization)\b\s*[=:]\s*[^\s,;]{6,}"),
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
];

/// Something in a link file that may concern a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it looks like.
    pub kind: &'static str,
    /// The member of the file in which it stands.
    pub place: String,
    /// The text itself.
    pub text: String,
}

/// Looks through every name and string of a JSON file, escapes resolved.
pub fn scan(file: &[u8]) -> BTreeSet<Finding> {
    let mut findings = BTreeSet::new();
    if let Ok(value) = json::parse(file) {
        for (kind, pattern) in PATTERNS {
            if let Ok(pattern) = Regex::new(pattern) {
                walk(&value, "", &mut |place, text| {
                    let found = pattern.find_iter(text).map(|found| found.as_str().to_owned());
                    findings.extend(found.map(|text| Finding { kind, place: place.to_owned(), text }));
                });
            }
        }
    }
    findings
}

fn walk(value: &Value, place: &str, look: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => look(place, text),
        Value::Array(elements) => elements.iter().for_each(|element| walk(element, place, look)),
        Value::Object(members) => {
            for (key, member) in members {
                look(place, key);
                let inner = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                walk(member, &inner, look);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        scan(text.as_bytes()).into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn finds_people_and_secrets() {
        assert_eq!(kinds(r#"{"environment":{"workdir":"/home/ada/project"}}"#), ["home directory"]);
        assert_eq!(kinds(r#"["\u002fUsers\u002fada"]"#), ["home directory"]);
        assert_eq!(kinds(r#"["C:\\Users\\ada\\x"]"#), ["home directory"]);
        assert_eq!(kinds(r#"{"a":"by Ada <ada@example.org>"}"#), ["e-mail address"]);
        assert_eq!(kinds(r#"{"/home/ada/x":{"sha256":"00"}}"#), ["home directory"]);
        assert_eq!(kinds(r#"["--token=ghp_0123456789abcdefghij0123"]"#), ["secret", "token"]);
        assert_eq!(kinds(r#"["AKIA0123456789ABCDEF"]"#), ["token"]);
        assert_eq!(kinds(r#"["git clone https://ada:hunter2@example.org/x"]"#), ["password in an address"]);
        assert_eq!(kinds(r#"["-----BEGIN EC PRIVATE KEY-----"]"#), ["private key"]);
    }

    #[test]
    fn leaves_ordinary_links_alone() {
        let link = r#"{"command":["tar","zcvf","foo.tar.gz","foo.py"],"materials":{"foo.py":{"sha256":"74dc3727c6e89308b39e4dfedf787e37841198b1fa165a27c013544a60502549"}},"stderr":"a foo.py\n","cwd":"/src/build"}"#;
        assert!(scan(link.as_bytes()).is_empty());
    }

    #[test]
    fn every_pattern_compiles() {
        for (kind, pattern) in PATTERNS {
            assert!(Regex::new(pattern).is_ok(), "{kind}");
        }
    }
}
