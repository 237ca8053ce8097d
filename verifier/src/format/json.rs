//! JSON (RFC 8259), read strictly. Its canonical forms stand in [`super::canonical`].
//!
//! Duplicate keys, lone surrogates, invalid UTF-8 and trailing bytes are refused; nesting is bounded. Numbers keep
//! the spelling they came with, so that a value can be hashed again without passing through floating point.

use crate::sorted::Set;
use std::fmt;

/// How deep arrays and objects may nest. Links need 4; the bound keeps the parser's stack small.
pub const MAX_DEPTH: usize = 64;

/// How many values one text may hold: more than a link file of 1 MiB can use, and a bound on memory for texts that are
/// made of small ones.
pub const MAX_VALUES: usize = 1 << 16;

/// A JSON value. Objects keep the order of their members; no key occurs twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number in the spelling it came with.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object, members in the order of the text.
    Object(Vec<(String, Value)>),
}

/// Why a text is not JSON that we accept, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Offset in bytes from the start of the text.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The text is not valid UTF-8.
    NotUtf8,
    /// Something else stands where this was expected.
    Expected(&'static str),
    /// The text ends too early.
    UnexpectedEnd,
    /// Bytes follow the value.
    TrailingBytes,
    /// The same key stands twice in one object.
    DuplicateKey(String),
    /// A `\u` escape is half of a surrogate pair.
    LoneSurrogate,
    /// An escape that JSON does not have, or a raw control character in a string.
    BadString,
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_VALUES`].
    TooMany,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match &self.problem {
            Problem::NotUtf8 => write!(f, "byte {at}: not valid UTF-8"),
            Problem::Expected(what) => write!(f, "byte {at}: expected {what}"),
            Problem::UnexpectedEnd => write!(f, "byte {at}: the text ends too early"),
            Problem::TrailingBytes => write!(f, "byte {at}: more follows after the end of the JSON value"),
            Problem::DuplicateKey(key) => write!(f, "byte {at}: the key {key:?} stands twice in one object"),
            Problem::LoneSurrogate => write!(f, "byte {at}: half of a surrogate pair"),
            Problem::BadString => write!(f, "byte {at}: a character or escape that JSON strings do not allow"),
            Problem::TooDeep => write!(f, "byte {at}: nested deeper than {MAX_DEPTH} levels"),
            Problem::TooMany => write!(f, "byte {at}: more than {MAX_VALUES} values"),
        }
    }
}

/// Reads one JSON value that fills `text` to its end (white space around it allowed).
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let text =
        std::str::from_utf8(text).map_err(|e| JsonError { offset: e.valid_up_to(), problem: Problem::NotUtf8 })?;
    let mut parser = Parser { text, at: 0, values: 0 };
    parser.skip_space();
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.at != text.len() {
        return Err(parser.error(Problem::TrailingBytes));
    }
    Ok(value)
}

impl Value {
    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&[(String, Value)]> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is a non-negative integer below 2⁶⁴ in canonical spelling.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Number(number) => crate::bytes::decimal(number),
            _ => None,
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl Parser<'_> {
    fn error(&self, problem: Problem) -> JsonError {
        JsonError { offset: self.at, problem }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, token: &'static str) -> Result<(), JsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(token.as_bytes()) {
            return Err(self.error(Problem::Expected(token)));
        }
        self.at += token.len();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.error(Problem::TooMany));
        }
        match self.peek() {
            None => Err(self.error(Problem::UnexpectedEnd)),
            Some(b'n') => self.expect("null").map(|()| Value::Null),
            Some(b't') => self.expect("true").map(|()| Value::Bool(true)),
            Some(b'f') => self.expect("false").map(|()| Value::Bool(false)),
            Some(b'"') => self.string().map(Value::String),
            Some(b'[') => self.array(depth),
            Some(b'{') => self.object(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.error(Problem::Expected("a JSON value"))),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect("[")?;
        let mut elements = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => {
                    self.expect("]")?;
                    return Ok(Value::Array(elements));
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect("{")?;
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut seen = Set::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let key_at = self.at;
            let key = self.string()?;
            if !seen.insert(key.clone()) {
                return Err(JsonError { offset: key_at, problem: Problem::DuplicateKey(key) });
            }
            self.skip_space();
            self.expect(":")?;
            self.skip_space();
            let value = self.value(depth + 1)?;
            members.push((key, value));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => {
                    self.expect("}")?;
                    return Ok(Value::Object(members));
                }
            }
        }
    }

    fn digits(&mut self) -> Result<usize, JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error(Problem::Expected("a digit")));
        }
        Ok(self.at - start)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        if self.digits()? > 1 && leading_zero {
            self.at = start;
            return Err(self.error(Problem::Expected("a number without leading zeros")));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value::Number(self.text[start..self.at].to_owned()))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.expect("\"")?;
        let mut out = String::new();
        loop {
            let run = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0x00..=0x1f)) {
                self.at += 1;
            }
            // The run ends at an ASCII byte or at the end, so both ends are character boundaries.
            out.push_str(&self.text[run..self.at]);
            match self.peek() {
                None => return Err(self.error(Problem::UnexpectedEnd)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error(Problem::BadString)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.expect("\\")?;
        let escape = self.peek().ok_or_else(|| self.error(Problem::UnexpectedEnd))?;
        let plain = match escape {
            b'"' | b'\\' | b'/' => escape as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.error(Problem::BadString)),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        let lone = JsonError { offset: start, problem: Problem::LoneSurrogate };
        let first = self.hex4()?;
        let code = match first {
            0xd800..=0xdbff => {
                if self.expect("\\").is_err() {
                    return Err(lone);
                }
                let second = self.hex4().map_err(|_| lone.clone())?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(lone);
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            _ => first,
        };
        char::from_u32(code).ok_or(lone)
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        self.expect("u")?;
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.ok_or_else(|| self.error(Problem::UnexpectedEnd))?;
        let mut code = 0;
        for &digit in digits {
            let value = (digit as char).to_digit(16);
            code = code * 16 + value.ok_or_else(|| self.error(Problem::BadString))?;
        }
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use super::*;

    fn problem(text: &str) -> Problem {
        parse(text.as_bytes()).unwrap_err().problem
    }

    #[test]
    fn refuses_what_other_parsers_let_pass() {
        assert_eq!(problem(r#"{"a":1,"a":2}"#), Problem::DuplicateKey("a".into()));
        assert_eq!(problem(r#"{"a":1,"\u0061":2}"#), Problem::DuplicateKey("a".into()));
        for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0041""#, r#""\ud800x""#] {
            assert_eq!(problem(text), Problem::LoneSurrogate, "{text}");
        }
        assert_eq!(problem("1 2"), Problem::TrailingBytes);
        assert_eq!(problem("\"a\nb\""), Problem::BadString);
        assert_eq!(problem(&"[".repeat(100_000)), Problem::TooDeep);
        assert_eq!(problem(&format!("[{}0]", "0,".repeat(MAX_VALUES))), Problem::TooMany);
        assert_eq!(parse(b"\"\xff\"").unwrap_err(), JsonError { offset: 1, problem: Problem::NotUtf8 });
        for text in [
            "",
            "[1,]",
            "{,}",
            "01",
            "-",
            "1.",
            "1e",
            ".5",
            "+1",
            "nul",
            "'a'",
            "[1",
            "{\"a\"}",
            "\"\\x\"",
            "\u{feff}1",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn keeps_numbers_as_written() {
        assert_eq!(parse(b"1.50e+3").unwrap(), Value::Number("1.50e+3".into()));
    }
}
