//! Every dependency's licence lets this project, which is under Apache-2.0, be passed on with it.

use crate::command::cargo;
use crate::step::ask;
use crate::trouble::{Result, Trouble};

/// Licences that ask for no more than their text being kept.
const ACCEPTED: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Fails with the names of the crates whose licence is none of these.
pub fn check() -> Result<()> {
    let mut tree = cargo(&["tree", "--workspace", "--locked", "--target", "all", "--prefix", "none"]);
    tree.args(["--no-dedupe", "--edges", "normal,build", "--format", "{l}\t{p}"]);
    let list = ask(&mut tree).ok_or_else(|| Trouble::Unexpected("cargo tree failed; run it to see why.".to_owned()))?;
    let mut refused: Vec<String> =
        list.lines().filter(|line| !line.is_empty() && !accepted_line(line)).map(str::to_owned).collect();
    refused.sort();
    refused.dedup();
    if refused.is_empty() {
        println!("licences: all accepted");
        return Ok(());
    }
    Err(Trouble::Unexpected(format!("licences that are not accepted:\n  {}", refused.join("\n  "))))
}

fn accepted_line(line: &str) -> bool {
    let (expression, _) = line.split_once('\t').unwrap_or_default();
    accepted(expression)
}

/// Whether one alternative of an SPDX expression is accepted in every part. Handles what crates have:
/// OR (or the older `/`) with AND, and parentheses around an OR that stands in an AND.
fn accepted(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    if let Some((before, group, after)) = parenthesised(&expression) {
        let outside = format!("{before}{}{after}", ACCEPTED[0]);
        return accepted(&group) && accepted(&outside);
    }
    expression
        .split(" OR ")
        .any(|alternative| alternative.split(" AND ").all(|licence| ACCEPTED.contains(&licence.trim())))
}

/// The first pair of parentheses: what is before, in and after it.
fn parenthesised(expression: &str) -> Option<(String, String, String)> {
    let (before, rest) = expression.split_once('(')?;
    let (group, after) = rest.split_once(')')?;
    Some((before.to_owned(), group.to_owned(), after.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::accepted;

    #[test]
    fn alternatives_and_conjunctions() {
        assert!(accepted("MIT OR Apache-2.0"));
        assert!(accepted("MIT/Apache-2.0"));
        assert!(accepted("GPL-3.0 OR MIT"));
        assert!(accepted("Apache-2.0 AND ISC"));
        assert!(accepted("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(accepted("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"));
        assert!(!accepted("GPL-3.0"));
        assert!(!accepted("MIT AND GPL-3.0"));
        assert!(!accepted("(MIT OR GPL-3.0) AND AGPL-3.0"));
        assert!(!accepted("(AGPL-3.0) OR GPL-3.0"));
        assert!(!accepted(""));
    }
}
