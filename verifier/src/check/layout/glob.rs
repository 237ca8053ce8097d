//! Shell patterns as in-toto's artifact rules use them: Python's `fnmatch.fnmatchcase`.
//!
//! `*` stands for any text, `/` included; `?` for one character; `[abc]`, `[a-z]` and `[!abc]` for one character of,
//! or not of, a set; `[` without its `]` for itself. Nothing can be escaped. The whole path must match.

/// How much work the patterns of one verification may do, in comparisons of a character: more than any real layout
/// needs, and about a second where an attacker wrote the patterns and the paths.
pub const MAX_STEPS: u64 = 1 << 28;

/// The comparisons that are left of [`MAX_STEPS`].
#[derive(Debug)]
pub struct Budget(u64);

/// The patterns and paths ask for more than [`MAX_STEPS`] comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuchWork;

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_STEPS)
    }
}

impl Budget {
    /// Takes `steps` comparisons off.
    pub fn spend(&mut self, steps: u64) -> Result<(), TooMuchWork> {
        self.0 = self.0.checked_sub(steps).ok_or(TooMuchWork)?;
        Ok(())
    }
}

/// A pattern, ready to be compared with paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`
    Any,
    /// `*`
    Star,
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Token {
    /// Whether this stands for the one character `c`.
    fn is(&self, c: char) -> bool {
        match self {
            Token::Char(own) => *own == c,
            Token::Any => true,
            Token::Star => false,
            Token::Set { negated, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
        }
    }

    /// What a comparison with this costs.
    fn cost(&self) -> u64 {
        match self {
            Token::Set { ranges, .. } => 1 + ranges.len() as u64,
            _ => 1,
        }
    }
}

impl Glob {
    /// The pattern that `text` spells; every text is one.
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        // Behind the last `]` nothing is closed: this spares a search for each `[` there.
        let closable = chars.iter().rposition(|c| *c == ']').map_or(0, |last| last + 1);
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            at += 1;
            match c {
                '*' if tokens.last() == Some(&Token::Star) => {}
                '*' => tokens.push(Token::Star),
                '?' => tokens.push(Token::Any),
                '[' => match closing(&chars[..closable], at) {
                    Some(end) => {
                        tokens.push(set(&chars[at..end]));
                        at = end + 1;
                    }
                    None => tokens.push(Token::Char('[')),
                },
                c => tokens.push(Token::Char(c)),
            }
        }
        Self { tokens }
    }

    /// Whether the whole of `path` matches; costs at most its length times the pattern's.
    ///
    /// Each run between two stars is taken where it matches first: what a later place would allow, the next star
    /// allows as well, so nothing before the last star is ever tried again.
    pub fn matches(&self, path: &str, budget: &mut Budget) -> Result<bool, TooMuchWork> {
        let (mut token, mut at) = (0, 0);
        // Behind the last star: where its run begins, and the byte of the path where the run is tried.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let next = self.tokens.get(token);
            budget.spend(next.map_or(1, Token::cost))?;
            let c = path[at..].chars().next();
            match (next, c) {
                (None, None) => return Ok(true),
                (Some(Token::Star), _) => {
                    token += 1;
                    retry = Some((token, at));
                }
                (Some(one), Some(c)) if one.is(c) => {
                    token += 1;
                    at += c.len_utf8();
                }
                // The path is used up and the pattern is not: from a later place even less would be left.
                (Some(_), None) => return Ok(false),
                _ => {
                    let Some((run, from)) = retry else { return Ok(false) };
                    let Some(skipped) = path[from..].chars().next() else { return Ok(false) };
                    let from = from + skipped.len_utf8();
                    (token, at, retry) = (run, from, Some((run, from)));
                }
            }
        }
    }
}

/// Where the set that begins at `start` is closed; a `]` in first place, or behind `!`, is one of its characters.
fn closing(chars: &[char], start: usize) -> Option<usize> {
    let first = start + usize::from(chars.get(start) == Some(&'!'));
    let from = first + usize::from(chars.get(first) == Some(&']'));
    (from..chars.len()).find(|at| chars[*at] == ']')
}

/// The set that stands between brackets. A hyphen makes a range where a character stands on both sides of it and the
/// one before does not itself end a range; a range that runs backwards is empty.
fn set(content: &[char]) -> Token {
    let mut negated = content.first() == Some(&'!');
    let mut ranges = Vec::new();
    let mut at = usize::from(negated);
    while let Some(&low) = content.get(at) {
        match (content.get(at + 1), content.get(at + 2)) {
            (Some('-'), Some(&high)) => {
                ranges.push((low, high));
                at += 3;
            }
            _ => {
                ranges.push((low, low));
                at += 1;
            }
        }
    }
    let empty_first = ranges.first().is_some_and(|(low, high)| low > high);
    ranges.retain(|(low, high)| low <= high);
    // Python looks for the `!` once it has taken empty ranges out, and so finds one that stood behind them.
    if empty_first && !negated && ranges.first().is_some_and(|(low, _)| *low == '!') {
        negated = true;
        let (_, high) = ranges.remove(0);
        if high != '!' {
            ranges.extend([('-', '-'), (high, high)]);
        }
    }
    Token::Set { negated, ranges }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Glob::new(pattern).matches(path, &mut Budget::default()).unwrap()
    }

    #[test]
    fn python_says_the_same() {
        // Pattern, what it matches, what it does not.
        let table: &[(&str, &[&str], &[&str])] = &[
            ("", &[""], &["a"]),
            ("*", &["", "a", "a/b", ".hidden", "a\nb"], &[]),
            ("**", &["", "a/b"], &[]),
            ("foo/*", &["foo/", "foo/a", "foo/a/b"], &["foo", "xfoo/a"]),
            ("*.py", &["a.py", "d/a.py", ".py"], &["a.pyc", "apy"]),
            ("a?c", &["abc", "a/c", "aéc", "a\nc"], &["ac", "abbc"]),
            ("[abc]", &["a", "c"], &["d", "", "ab"]),
            ("[!abc]", &["d", "/", "!"], &["a", ""]),
            ("[a-c]x", &["bx"], &["dx", "-x"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[-a]", &["a", "-"], &["b"]),
            ("[!-a]", &["b"], &["a", "-"]),
            ("[a-c-e]", &["a", "c", "-", "e"], &["d"]),
            ("[]]", &["]"], &["[", ""]),
            ("[!]]", &["["], &["]"]),
            ("[]-]", &["]", "-"], &["a"]),
            ("[", &["["], &["a"]),
            ("[!", &["[!"], &["a"]),
            ("[]", &["[]"], &["a"]),
            ("a[b", &["a[b"], &["ab"]),
            ("[c-a]", &[], &["a", "b", "c", "-", ""]),
            ("[!c-a]", &["a", "b"], &[""]),
            ("[z-a!b]", &["a"], &["b"]),
            ("[z-a!-b]", &["a", "!", "&"], &["-", "b"]),
            ("[^a]", &["^", "a"], &["b"]),
            ("\\*", &["\\", "\\a"], &["*"]),
            ("[\\]", &["\\"], &["]"]),
            ("[[]", &["["], &["]"]),
            ("a*b*c", &["abc", "aXbYc", "abcbc"], &["ab", "acb"]),
            ("*a*a*a", &["aaa", "xaxaxa"], &["aa"]),
            ("*ab", &["aab", "abab"], &["aba"]),
        ];
        for (pattern, yes, no) in table {
            for path in *yes {
                assert!(matches(pattern, path), "{pattern:?} matches {path:?}");
            }
            for path in *no {
                assert!(!matches(pattern, path), "{pattern:?} does not match {path:?}");
            }
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_length_times_length() {
        let pattern = Glob::new(&"*a".repeat(500));
        let mut budget = Budget::default();
        assert_eq!(pattern.matches(&("a".repeat(2000) + "b"), &mut budget), Ok(false));
        assert!(budget.0 > MAX_STEPS - 2_000_000);
        let pattern = Glob::new(&format!("*{}b", "a".repeat(30_000)));
        assert_eq!(pattern.matches(&"a".repeat(60_000), &mut Budget(1 << 20)), Err(TooMuchWork));
    }

    #[test]
    fn a_set_costs_as_much_as_it_holds() {
        // One for the set and one for each of its ranges, one for the end.
        let pattern = Glob::new("[ac-d!]");
        assert_eq!(pattern.matches("!", &mut Budget(5)), Ok(true));
        assert_eq!(pattern.matches("!", &mut Budget(4)), Err(TooMuchWork));
    }

    #[test]
    fn a_path_that_is_too_short_is_not_tried_again() {
        let pattern = Glob::new(&format!("*{}", "a".repeat(1000)));
        assert_eq!(pattern.matches(&"a".repeat(999), &mut Budget(1001)), Ok(false));
    }

    #[test]
    fn unclosed_brackets_are_read_in_linear_time() {
        assert_eq!(Glob::new(&"[".repeat(1_000_000)).tokens.len(), 1_000_000);
    }
}
