//! The page's own words, in the reader's language.
//!
//! They stand in `web/messages/`, a file a language: lines `key = text`, and comments after `#`. A text may hold
//! placeholders, `{name}`; one that depends on a number stands twice, as `key.one` and `key.other`. English is part
//! of the page, in two files, as the page is in two parts; another language is loaded where it is wanted. Whatever is missing there is said in English, as is
//! everything that the verifier says freely.

mod language;

pub use language::{Language, choose, start};

use std::cell::RefCell;
use yew::prelude::*;

const ENGLISH: &str = include_str!("../messages/en.txt");

/// The English texts of the part that is loaded when it is needed, for [`add`].
pub const ENGLISH_LATER: &str = include_str!("../messages/en-later.txt");

/// The texts of a language, sorted by key.
type Texts = Vec<(&'static str, &'static str)>;

struct Messages {
    language: Language,
    english: Texts,
    /// Those of another language than English.
    other: Texts,
}

thread_local! {
    /// The language of the page: one a page, and whatever is drawn is drawn again when it changes.
    static MESSAGES: RefCell<Messages> =
        RefCell::new(Messages { language: Language::English, english: parse(ENGLISH), other: Vec::new() });
}

/// The lines of a message file.
fn parse(file: &'static str) -> Texts {
    let mut texts = Texts::new();
    read(file, &mut texts);
    texts
}

/// Adds English texts, unless they are there.
pub fn add(file: &'static str) {
    MESSAGES.with_borrow_mut(|messages| read(file, &mut messages.english));
}

fn read(file: &'static str, texts: &mut Texts) {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    for (key, text) in lines.filter_map(|line| line.split_once(" = ")) {
        // For a few hundred texts, a sort of their own would be more to load than it saves.
        if let Err(at) = texts.binary_search_by_key(&key, |(known, _)| known) {
            texts.insert(at, (key, text));
        }
    }
}

fn get(texts: &Texts, key: &str) -> Option<&'static str> {
    let at = texts.binary_search_by_key(&key, |(key, _)| key).ok()?;
    texts.get(at).map(|(_, text)| *text)
}

/// The language that the page speaks.
pub fn language() -> Language {
    MESSAGES.with_borrow(|messages| messages.language)
}

/// The text of a key that may be unknown, such as that of a check which is newer than this page.
pub fn find(key: &str) -> Option<&'static str> {
    MESSAGES.with_borrow(|messages| get(&messages.other, key).or_else(|| get(&messages.english, key)))
}

/// The text of a key. One that no file has is shown itself.
pub fn t(key: &'static str) -> &'static str {
    find(key).unwrap_or(key)
}

/// The text of a key, with what takes the places of its placeholders.
pub fn with(key: &'static str, values: &[(&str, &str)]) -> String {
    fill(t(key), values)
}

/// The text of a key for a number, which it calls `{n}`.
pub fn plural(key: &str, number: usize, values: &[(&str, &str)]) -> String {
    // English and German tell one from all others (CLDR); so will the next language, or this line changes.
    let form = if number == 1 { "one" } else { "other" };
    let key = format!("{key}.{form}");
    let shown = crate::format::number(number as f64);
    let mut all = vec![("n", shown.as_str())];
    all.extend(values);
    match find(&key) {
        Some(text) => fill(text, &all),
        None => key,
    }
}

/// The text of a key, with elements in the places of its placeholders.
pub fn html(key: &'static str, values: &[(&str, Html)]) -> Html {
    let piece = |piece| match piece {
        Piece::Words(words) => html! { { words } },
        Piece::Place(name) => {
            values.iter().find(|(known, _)| *known == name).map(|(_, html)| html.clone()).unwrap_or_default()
        }
    };
    html! { <>{ for pieces(t(key)).into_iter().map(piece) }</> }
}

/// What takes a placeholder's place is not looked into: a file may be called `{n}`.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let piece = |piece| match piece {
        Piece::Words(words) => words,
        Piece::Place(name) => values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value),
    };
    pieces(text).into_iter().map(piece).collect()
}

/// A piece of a text.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Words(&'a str),
    Place(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((words, name, after)) = placeholder(rest) {
        pieces.push(Piece::Words(words));
        pieces.push(Piece::Place(name));
        rest = after;
    }
    pieces.push(Piece::Words(rest));
    pieces
}

fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (words, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((words, name, after))
}

/// Speaks another language from here on.
fn speak(language: Language, other: Texts) {
    MESSAGES.with_borrow_mut(|messages| {
        messages.language = language;
        messages.other = other;
    });
}

#[cfg(test)]
mod tests;
