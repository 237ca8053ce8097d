//! `docs/security.md` against the code: its table names every check once, and tests that are there.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::report::CheckId;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../docs/security.md");
const IDENTIFIERS: &str = include_str!("../src/report/check.rs");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rows of the attack table: identifier and tests.
fn rows() -> Vec<(&'static str, &'static str)> {
    let table = PAGE.split("## The attack table").nth(1).unwrap().split("\n## ").next().unwrap();
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix('|')?.split(" |").collect();
        Some((cells[0].trim_end_matches('`'), cells.get(2)?.trim()))
    };
    table.lines().filter_map(row).collect()
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The variants of [`CheckId`], as they stand in its source.
fn variants() -> Vec<&'static str> {
    let body = IDENTIFIERS.split("pub enum CheckId {").nth(1).unwrap().split("\n}").next().unwrap();
    body.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.strip_suffix(','))
        .collect()
}

fn kebab(variant: &str) -> String {
    let hyphen = |c: char| if c.is_uppercase() { format!("-{}", c.to_lowercase()) } else { c.to_string() };
    variant.chars().map(hyphen).collect::<String>().trim_start_matches('-').to_owned()
}

#[test]
fn every_check_stands_in_the_table_once() {
    let expected: Vec<String> = variants().into_iter().map(kebab).collect();
    assert!(expected.len() > 30, "{expected:?}");
    let found: Vec<&str> = rows().into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, expected);
    for id in found {
        let read = CheckId::ALL.into_iter().find(|one| one.name() == id).unwrap();
        assert_eq!(read.name(), id);
    }
}

#[test]
fn every_test_of_the_table_is_there() {
    for (id, tests) in rows().into_iter().filter(|(_, tests)| !tests.is_empty()) {
        let (mut source, mut named) = (String::new(), 0);
        for name in quoted(tests) {
            if name.ends_with(".rs") {
                source = std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{id}: {name}: {e}"));
                continue;
            }
            let test = format!("#[test]\nfn {name}()");
            assert!(source.contains(&test) || source.contains(&format!("{name:?}")), "{id}: there is no test {name:?}");
            named += 1;
        }
        assert!(named > 0, "{id}: no test");
    }
}

/// A row without tests is for a check that no report has.
#[test]
fn only_checks_that_nothing_makes_are_without_a_test() {
    let mut folders = vec![root().join("verifier/src"), root().join("sigstore/src"), root().join("client/src")];
    let mut sources = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => sources.push_str(&std::fs::read_to_string(path).unwrap()),
            }
        }
    }
    for variant in variants() {
        let id = kebab(variant);
        let (_, tests) = rows().into_iter().find(|(found, _)| *found == id).unwrap();
        assert_eq!(sources.contains(&format!("CheckId::{variant}")), !tests.is_empty(), "{id}");
    }
}
