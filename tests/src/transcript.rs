//! Command-line tests that read like documents.
//!
//! ```text
//! # A line for the reader.
//! & rekor serve --data data          a server in the background, until the document ends
//! $ rekor get --linkfile a.link      a command, run in the reader's folder
//! what it prints
//! ! what it prints on standard error
//! ? 2                                its exit code, where it is not 0
//! ```
//!
//! In what is expected `[..]` stands for anything within a line, a line `...` for any number of lines,
//! and `{NAME}` for a word, which is remembered: from then on `{NAME}` stands for that word, in
//! commands as well. `{SERVER}` is the address of the server in the background.

use std::collections::BTreeMap;
use std::path::Path;

use crate::files::read;
use crate::rekor::{Server, User};

type Words = BTreeMap<String, String>;

/// Runs the document at `path` as `user`; stops the test where something else happens than it says.
pub fn run(path: &Path, user: &User) {
    let document = String::from_utf8(read(path)).expect("a document in UTF-8");
    let mut words = Words::new();
    let mut servers: Vec<Server> = Vec::new();
    for step in steps(&document) {
        let command = substitute(step.command, &words);
        let arguments = split(&command);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_eq!(arguments.first(), Some(&"rekor"), "{}: {command}", path.display());
        if step.background {
            let server = Server::start_as(user, &arguments[1..]);
            words.insert("SERVER".to_owned(), server.url.clone());
            servers.push(server);
            continue;
        }
        let done = user.rekor(&arguments[1..]);
        let mut found: Vec<String> = done.out().lines().map(str::to_owned).collect();
        found.extend(done.stderr.lines().map(|line| format!("! {line}").trim_end().to_owned()));
        found.push(format!("? {}", done.code));
        let mut expected = step.expected.clone();
        if !expected.last().is_some_and(|line| line.starts_with("? ")) {
            expected.push("? 0");
        }
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let same = matches(&expected, &found, &mut words);
        assert!(
            same,
            "{}\n$ {command}\n--- expected\n{}\n--- found\n{}\n",
            path.display(),
            expected.join("\n"),
            found.join("\n")
        );
    }
}

struct Step<'a> {
    command: &'a str,
    background: bool,
    expected: Vec<&'a str>,
}

fn steps(document: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step> = Vec::new();
    for line in document.lines().map(str::trim_end) {
        let background = line.starts_with("& ");
        if let Some(command) = line.strip_prefix("$ ").or(line.strip_prefix("& ")) {
            steps.push(Step { command, background, expected: Vec::new() });
        } else if line.starts_with("# ") || (line.is_empty() && steps.is_empty()) {
        } else if let Some(step) = steps.last_mut() {
            step.expected.push(line);
        }
    }
    for step in &mut steps {
        // Empty lines before the next command are for the reader.
        while step.expected.last() == Some(&"") {
            step.expected.pop();
        }
    }
    steps
}

fn substitute(text: &str, words: &Words) -> String {
    let mut text = text.to_owned();
    for (name, word) in words {
        text = text.replace(&format!("{{{name}}}"), word);
    }
    text
}

/// The words of a command; `"` keeps spaces together.
fn split(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in command.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().expect("a word").push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn matches(expected: &[&str], found: &[&str], words: &mut Words) -> bool {
    match (expected, found) {
        ([], []) => true,
        (["...", rest @ ..], _) => (0..=found.len()).any(|skipped| {
            let mut tried = words.clone();
            let same = matches(rest, &found[skipped..], &mut tried);
            if same {
                *words = tried;
            }
            same
        }),
        ([first, rest @ ..], [line, others @ ..]) => {
            line_matches(&substitute(first, words), line, words) && matches(rest, others, words)
        }
        _ => false,
    }
}

fn line_matches(expected: &str, found: &str, words: &mut Words) -> bool {
    let anything = expected.find("[..]");
    let word = expected.find('{').filter(|start| name_at(expected, *start).is_some());
    let Some(at) = [anything, word].into_iter().flatten().min() else { return expected == found };
    if !found.starts_with(&expected[..at]) {
        return false;
    }
    let rest = &found[at..];
    if anything == Some(at) {
        let after = &expected[at + 4..];
        return ends(rest).any(|end| line_matches(after, &rest[end..], words));
    }
    let name = name_at(expected, at).expect("a name");
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    words.insert(name.to_owned(), rest[..end].to_owned());
    let after = substitute(&expected[at + name.len() + 2..], words);
    line_matches(&after, &rest[end..], words)
}

fn ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()])
}

/// The NAME of a `{NAME}` that starts at `start`.
fn name_at(text: &str, start: usize) -> Option<&str> {
    let name = &text[start + 1..start + text[start..].find('}')?];
    let upper = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase());
    upper.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_and_words() {
        let mut words = Words::new();
        assert!(matches(
            &["a [..] c", "...", "id {ID}", "again {ID}"],
            &["a b b c", "x", "y", "id 7", "again 7"],
            &mut words
        ));
        assert_eq!(words["ID"], "7");
        assert!(!matches(&["again {ID}"], &["again 8"], &mut words));
        assert!(!matches(&["a"], &["a", "b"], &mut words));
    }

    #[test]
    fn quotes_keep_spaces() {
        assert_eq!(split("rekor add \"a b\" c"), ["rekor", "add", "a b", "c"]);
    }
}
