//! What a link file tells about people: a log is public and for ever, so it is shown before anything is sent.

use regex_lite::Regex;
use rekor_verifier::format::envelope::{Envelope, Format};
use rekor_verifier::format::json::{self, Value};
use std::collections::BTreeSet;

/// What the names of secrets contain, in any case.
const SECRET: &str = "password|passwd|passphrase|_pass|_pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|authorization";

/// What to look for, and its name. Patterns err on the side of asking; the text shown is the first group, where there
/// is one. `{SECRET}` stands for [`SECRET`].
const PATTERNS: [(&str, &str); 9] = [
    ("home directory", r#"(?:/home/|/Users/|(?i:[a-z]:[/\\]+users[/\\]+)|(?i:\\(?:home|users)\\+))[^/\\\s"':;,]+"#),
    ("e-mail address", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"),
    ("password in an address", r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@"),
    (
        "token",
        r"(?:^|[^A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)",
    ),
    // NAME=value
    ("secret", r#"(?i)[a-z0-9_.-]*(?:{SECRET})[a-z0-9_]*["']?=\S+"#),
    // Name: value. Four characters at least, because people write like this too.
    ("secret", r#"(?i)[a-z0-9_.-]*(?:{SECRET})s?["']?[ \t]*:[ \t]*[^\s,;]{4,}"#),
    // --name value
    ("secret", r"(?i)-[a-z0-9_-]*(?:{SECRET}|-pass)[ \t]+[^\s-]\S*"),
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    (
        "user or machine name",
        r"(?im)^(?:(?:sudo_)?user|username|logname|hostname|computername|git_(?:author|committer)_name)=\S.*",
    ),
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

/// Looks through every name and string of a JSON file, escapes resolved, and through what a DSSE envelope carries.
pub fn scan(file: &[u8]) -> BTreeSet<Finding> {
    let mut findings = BTreeSet::new();
    if let Ok(value) = json::parse(file) {
        scan_value(&value, "", &mut findings);
    }
    // In the file itself the payload is base64.
    if let Ok(Envelope { format: Format::Dsse, payload, .. }) = Envelope::parse(file) {
        scan_value(&payload, "payload", &mut findings);
    }
    findings
}

fn scan_value(value: &Value, place: &str, findings: &mut BTreeSet<Finding>) {
    for (kind, pattern) in PATTERNS {
        if let Ok(pattern) = Regex::new(&pattern.replace("{SECRET}", SECRET)) {
            walk(value, place, &mut |place, text| {
                let found = pattern.captures_iter(text).filter_map(|found| found.get(1).or(found.get(0)));
                let found = found.map(|found| found.as_str().to_owned());
                findings.extend(found.map(|text| Finding { kind, place: place.to_owned(), text }));
            });
        }
    }
}

/// Shows `look` every string with what gives it its meaning: a member as `name=value`, an argument that follows an
/// option as `--option value`.
fn walk(value: &Value, place: &str, look: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => look(place, text),
        Value::Array(elements) => {
            for element in elements {
                walk(element, place, look);
            }
            for pair in elements.windows(2) {
                if let [Value::String(option), Value::String(argument)] = pair
                    && option.starts_with('-')
                {
                    look(place, &format!("{option} {argument}"));
                }
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let inner = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                match member {
                    Value::String(text) => look(&inner, &format!("{key}={text}")),
                    _ => {
                        look(place, key);
                        walk(member, &inner, look);
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;
    use rekor_verifier::bytes::base64_encode;
    use std::path::{Path, PathBuf};

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
        let clone = r#"["git clone https://ada:hunter2@example.org/x"]"#;
        assert_eq!(kinds(clone), ["e-mail address", "password in an address"]);
        assert_eq!(kinds(r#"["-----BEGIN EC PRIVATE KEY-----"]"#), ["private key"]);
    }

    #[test]
    fn looks_into_the_payload_of_an_envelope() {
        let payload = base64_encode(br#"{"_type":"link","environment":{"workdir":"/home/ada/project"}}"#);
        let file = format!(r#"{{"payload":"{payload}","payloadType":"application/vnd.in-toto+json","signatures":[]}}"#);
        let found = scan(file.as_bytes()).pop_first().unwrap();
        assert_eq!((found.kind, &*found.place), ("home directory", "payload.environment.workdir"));
    }

    #[test]
    fn finds_secrets_by_their_names() {
        for text in [
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI",
            "GITHUB_TOKEN=0123456789abcdef",
            "DB_PASSWORD=x",
            "MYSQL_PWD=x",
            "PIP_PASS=x",
            "mysql --password hunter2 db",
            "Authorization: Bearer 0123456789",
            "X-Api-Key: 0123",
        ] {
            assert_eq!(kinds(&format!(r#"["{text}"]"#)), ["secret"], "{text}");
        }
        assert_eq!(kinds(r#"{"environment":{"DB_PASSWORD":"hunter2"}}"#), ["secret"]);
        assert_eq!(kinds(r#"["mysql","--password","hunter2"]"#), ["secret"]);
        assert_eq!(kinds(r#"["MY_ghp_0123456789abcdefghij0123"]"#), ["token"]);
        let shown = scan(br#"{"environment":{"DB_PASSWORD":"hunter2"}}"#).pop_first().unwrap();
        assert_eq!((&*shown.place, &*shown.text), ("environment.DB_PASSWORD", "DB_PASSWORD=hunter2"));
    }

    #[test]
    fn finds_names_of_people_and_machines() {
        for name in ["USER", "USERNAME", "LOGNAME", "HOSTNAME", "GIT_AUTHOR_NAME"] {
            assert_eq!(kinds(&format!(r#"{{"environment":{{"{name}":"ada"}}}}"#)), ["user or machine name"], "{name}");
            assert_eq!(kinds(&format!(r#"["A=1\n{name}=ada"]"#)), ["user or machine name"], "{name}");
        }
        assert_eq!(kinds(r#"["\\\\wsl$\\Ubuntu\\home\\ada\\x"]"#), ["home directory"]);
        assert_eq!(kinds(r#"["c:/users/ada/x"]"#), ["home directory"]);
    }

    #[test]
    fn leaves_ordinary_links_alone() {
        let link = r#"{"command":["tar","zcvf","foo.tar.gz","foo.py"],"materials":{"foo.py":{"sha256":"74dc3727c6e89308b39e4dfedf787e37841198b1fa165a27c013544a60502549"}},"stderr":"a foo.py\n","cwd":"/src/build"}"#;
        assert!(scan(link.as_bytes()).is_empty());
    }

    fn links(folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        let inside = paths.iter().filter(|path| path.is_dir()).flat_map(|path| links(path));
        let here = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "link"));
        inside.chain(here.cloned()).collect()
    }

    #[test]
    fn leaves_the_links_at_hand_alone() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folders = ["tests/fixtures", "samples", "../shared/data/in-toto"];
        let links: Vec<PathBuf> = folders.iter().flat_map(|folder| links(&root.join(folder))).collect();
        assert!(links.len() > 20);
        for link in links {
            let findings = scan(&std::fs::read(&link).unwrap());
            assert_eq!(findings.is_empty(), !link.ends_with("personal-data.link"), "{}: {findings:?}", link.display());
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for (kind, pattern) in PATTERNS {
            assert!(Regex::new(&pattern.replace("{SECRET}", SECRET)).is_ok(), "{kind}");
        }
    }
}
