//! The message files against each other, the page's source and its static HTML.

#![allow(clippy::unwrap_used)] // a test fails by panicking
use super::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const GERMAN: &str = include_str!("../../messages/de.txt");

fn english() -> Texts {
    let mut texts = parse(ENGLISH);
    read(ENGLISH_LATER, &mut texts);
    texts
}

fn places(text: &str) -> BTreeSet<&str> {
    pieces(text)
        .into_iter()
        .filter_map(|piece| if let Piece::Place(name) = piece { Some(name) } else { None })
        .collect()
}

#[test]
fn every_line_is_a_comment_or_a_message() {
    for file in [format!("{ENGLISH}{ENGLISH_LATER}"), GERMAN.to_owned()] {
        let lines = || file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines() {
            let (key, text) = line.split_once(" = ").unwrap_or_else(|| panic!("{line}"));
            assert!(key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')), "{line}");
            assert!(!text.is_empty() && text.trim() == text, "{line}");
        }
        let keys: BTreeSet<&str> = lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
        assert_eq!(keys.len(), lines().count(), "a key stands twice");
    }
}

#[test]
fn both_files_have_the_same_keys_and_placeholders() {
    let (english, mut german) = (english(), parse(GERMAN));
    // English explanations are the verifier's own, in the report.
    let (explained, others): (Texts, Texts) =
        german.iter().partition(|(key, _)| key.starts_with("explain.") || key.starts_with("means."));
    german = others;
    for (key, _) in english.iter().filter_map(|(key, text)| Some((key.strip_prefix("check.")?, text))) {
        assert!(get(&explained, &format!("explain.{key}")).is_some(), "{key} is not explained in German");
    }
    for outcome in ["passed", "failed", "untrusted", "not-checked"] {
        assert!(get(&explained, &format!("means.{outcome}")).is_some(), "{outcome}");
    }
    let keys = |texts: &Texts| texts.iter().map(|(key, _)| *key).collect::<BTreeSet<_>>();
    let different: Vec<&str> = keys(&english).symmetric_difference(&keys(&german)).copied().collect();
    assert_eq!(different, Vec::<&str>::new(), "in one of the files only");
    for ((key, english), (_, german)) in english.iter().zip(&german) {
        assert_eq!(places(english), places(german), "{key}");
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

/// The first literal string after each `start`.
fn literals<'a>(source: &'a str, start: &str) -> Vec<&'a str> {
    let found = source.split(start).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
    found.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn what_the_source_names_stands_in_the_files() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let texts = english();
    for file in files.into_iter().filter(|file| !file.ends_with("tests.rs")) {
        let source = fs::read_to_string(&file).unwrap();
        for start in ["t(", "text::with(", "text::html("] {
            for key in literals(&source, start).into_iter().filter(|key| key.contains('.') && !key.contains(['/', ' ']))
            {
                assert!(get(&texts, key).is_some(), "{}: {key}", file.display());
            }
        }
        for key in literals(&source, "plural(") {
            assert!(get(&texts, &format!("{key}.other")).is_some(), "{}: {key}", file.display());
            assert!(get(&texts, &format!("{key}.one")).is_some(), "{}: {key}", file.display());
        }
    }
}

#[test]
fn the_static_page_says_the_same_in_english() {
    let html = include_str!("../../../index.html");
    let mut found = 0;
    for marked in html.split("data-text=\"").skip(1) {
        let (key, rest) = marked.split_once('"').unwrap();
        let text = rest.split_once('>').unwrap().1.split_once("</").unwrap().0;
        assert_eq!(get(&parse(ENGLISH), key), Some(text), "{key}");
        found += 1;
    }
    assert!(found > 3);
}

#[test]
fn placeholders_are_filled_once() {
    assert_eq!(fill("{a} of {b}{c}", &[("a", "{b}"), ("b", "2")]), "{b} of 2");
    assert_eq!(fill("no { end", &[]), "no { end");
    add(ENGLISH_LATER);
    assert_eq!(plural("count.files", 1, &[]), "1 file");
    assert_eq!(plural("count.files", 2, &[]), "2 files");
    let unknown = "not.there";
    assert_eq!(t(unknown), unknown);
    assert_eq!(find("not-there"), None);
}

#[test]
fn languages_are_known_by_their_tags() {
    assert_eq!(Language::of("de-AT"), Some(Language::German));
    assert_eq!(Language::of("EN"), Some(Language::English));
    assert_eq!(Language::of("den"), None);
    assert_eq!(Language::of(""), None);
}
