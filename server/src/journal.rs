//! What the server tells its operator, one line an event: logfmt or JSON lines, on standard error.

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// Characters of one value that are kept; the rest of a longer one is cut off.
const MAX_VALUE: usize = 512;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `time=… level=… msg=… name=value …`
    #[default]
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// How much an operator should care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// All is as it should be.
    Info,
    /// Something failed that an operator can do something about.
    Error,
}

/// Where events are written.
pub struct Journal {
    format: LogFormat,
    /// Whether each request is an event, and not only those that failed on the server's side.
    pub(crate) requests: bool,
    out: Mutex<Box<dyn Write + Send>>,
}

impl Default for Journal {
    fn default() -> Self {
        Self::new(LogFormat::default(), false)
    }
}

impl Journal {
    /// On standard error; with `requests`, every request is an event.
    pub fn new(format: LogFormat, requests: bool) -> Self {
        Self::to(Box::new(io::stderr()), format, requests)
    }

    /// As [`Self::new`], to somewhere else.
    pub fn to(out: Box<dyn Write + Send>, format: LogFormat, requests: bool) -> Self {
        Self { format, requests, out: Mutex::new(out) }
    }

    /// Writes one event. Values may be anything that a client sent: no control character of theirs is written.
    pub fn write(&self, level: Level, message: &str, fields: &[(&str, Value)]) {
        let line = self.line(&jiff::Timestamp::now().to_string(), level, message, fields);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // There is nobody to tell that nobody can be told.
        let _ = out.write_all(line.as_bytes());
    }

    fn line(&self, time: &str, level: Level, message: &str, fields: &[(&str, Value)]) -> String {
        let level = match level {
            Level::Info => "info",
            Level::Error => "error",
        };
        let first = [("time", time.into()), ("level", level.into()), ("msg", message.into())];
        let fields = first.iter().chain(fields).map(|(name, value)| (*name, shortened(value)));
        match self.format {
            LogFormat::Json => json(fields),
            LogFormat::Logfmt => logfmt(fields),
        }
    }
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) => text.chars().take(MAX_VALUE).collect::<String>().into(),
        other => other.clone(),
    }
}

/// JSON escapes control characters below U+0020; so are, here, all others.
fn json<'a>(fields: impl Iterator<Item = (&'a str, Value)>) -> String {
    let object: serde_json::Map<String, Value> = fields.map(|(name, value)| (name.to_owned(), value)).collect();
    escaped(&Value::Object(object).to_string()) + "\n"
}

fn logfmt<'a>(fields: impl Iterator<Item = (&'a str, Value)>) -> String {
    let written = fields.map(|(name, value)| match value {
        Value::String(text) if is_plain(&text) => format!("{name}={text}"),
        other => format!("{name}={}", escaped(&other.to_string())),
    });
    written.collect::<Vec<_>>().join(" ") + "\n"
}

/// Whether a value of logfmt needs no quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\'))
}

/// JSON text with DEL, C1 and the line separators escaped too: a terminal may obey them.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: LogFormat, path: &str) -> String {
        let fields = [("path", path.into()), ("status", 200.into())];
        Journal::new(format, true).line("2026-11-28T04:00:00Z", Level::Info, "request", &fields)
    }

    #[test]
    fn both_formats_say_the_same() {
        let logfmt = line(LogFormat::Logfmt, "/checkpoint");
        assert_eq!(logfmt, "time=2026-11-28T04:00:00Z level=info msg=request path=/checkpoint status=200\n");
        let json = line(LogFormat::Json, "/checkpoint");
        let expected =
            r#"{"time":"2026-11-28T04:00:00Z","level":"info","msg":"request","path":"/checkpoint","status":200}"#;
        assert_eq!(json, format!("{expected}\n"));
    }

    #[test]
    fn what_a_client_sends_stays_on_its_line_and_in_its_value() {
        for hostile in ["a\nlevel=error", "a b", "a=b", "\"", "\\", "", "\u{1b}[2J", "\u{7f}", "\u{9b}2J", "\u{2028}"] {
            for format in [LogFormat::Logfmt, LogFormat::Json] {
                let line = line(format, hostile);
                let text = line.strip_suffix('\n').unwrap_or_default();
                assert!(!text.contains(|c: char| c.is_control() || c == '\u{2028}'), "{text:?}");
                assert!(text.contains('"'), "{text:?}");
            }
            let logfmt = line(LogFormat::Logfmt, hostile);
            let quoted = logfmt.split_once("path=").and_then(|(_, rest)| rest.strip_suffix(" status=200\n"));
            assert_eq!(quoted.and_then(|text| serde_json::from_str(text).ok()), Some(hostile.to_owned()));
        }
        assert!(line(LogFormat::Json, &"x".repeat(100_000)).len() < 1000);
    }
}
