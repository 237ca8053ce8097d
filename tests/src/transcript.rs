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
use crate::rekor::{Done, Server, User, text};

type Words = BTreeMap<String, String>;

/// A document, and the files that it is given.
pub struct Document {
    name: String,
    text: String,
    files: Vec<(&'static str, String)>,
}

impl Document {
    /// The document at `path`.
    pub fn read(path: &Path) -> Self {
        let text = String::from_utf8(read(path)).expect("a document in UTF-8");
        Self { name: path.display().to_string(), text, files: Vec::new() }
    }

    /// Has `{NAME}` stand for a file with this content, in which `{WORDS}` that are known when a
    /// command first names the file are replaced.
    pub fn with_file(mut self, name: &'static str, content: String) -> Self {
        self.files.push((name, content));
        self
    }

    /// Does what the document says, as `user`; stops the test where something else happens.
    pub fn run(&self, user: &User) {
        let mut words = Words::new();
        let mut servers: Vec<Server> = Vec::new();
        for step in steps(&self.text) {
            self.write_files(step.command, user, &mut words);
            let command = substitute(step.command, &words);
            let arguments = split(&command);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            assert_eq!(arguments.first(), Some(&"rekor"), "{}: {command}", self.name);
            if step.background {
                let server = Server::start_as(user, &arguments[1..]);
                words.insert("SERVER".to_owned(), server.url.clone());
                servers.push(server);
            } else {
                let done = user.rekor(&arguments[1..]);
                self.compare(&step, &command, &done, &mut words);
            }
        }
    }

    fn write_files(&self, command: &str, user: &User, words: &mut Words) {
        for (name, content) in &self.files {
            if command.contains(&format!("{{{name}}}")) && !words.contains_key(*name) {
                let path = user.folder.write(&name.to_lowercase(), substitute(content, words).as_bytes());
                words.insert((*name).to_owned(), text(&path));
            }
        }
    }

    fn compare(&self, step: &Step, command: &str, done: &Done, words: &mut Words) {
        let (out, err) = (done.out(), marked(&done.stderr));
        let mut found: Vec<&str> = out.lines().chain(err.lines()).collect();
        let code = format!("? {}", done.code);
        found.push(&code);
        let mut expected = step.expected.clone();
        if !expected.last().is_some_and(|line| line.starts_with("? ")) {
            expected.push("? 0");
        }
        let same = matches(&expected, &found, words);
        assert!(
            same,
            "{}\n$ {command}\n--- expected\n{}\n--- found\n{}\n",
            self.name,
            expected.join("\n"),
            found.join("\n")
        );
    }
}

/// Standard error with the mark that it has in documents.
fn marked(stderr: &str) -> String {
    stderr.lines().map(|line| format!("{}\n", format!("! {line}").trim_end())).collect()
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
    let longest = rest.find(char::is_whitespace).unwrap_or(rest.len());
    // What follows the name may be part of a word as well, a full stop for one.
    (1..=longest).rev().filter(|end| rest.is_char_boundary(*end)).any(|end| {
        let mut tried = words.clone();
        tried.insert(name.to_owned(), rest[..end].to_owned());
        let after = substitute(&expected[at + name.len() + 2..], &tried);
        let same = line_matches(&after, &rest[end..], &mut tried);
        if same {
            *words = tried;
        }
        same
    })
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
        assert!(matches(&["key {KEY}."], &["key a.b."], &mut words));
        assert_eq!(words["KEY"], "a.b");
        assert!(!matches(&["a"], &["a", "b"], &mut words));
    }

    #[test]
    fn quotes_keep_spaces() {
        assert_eq!(split("rekor add \"a b\" c"), ["rekor", "add", "a b", "c"]);
    }
}
