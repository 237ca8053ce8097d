//! The report on a terminal. It says what the report says, and decides nothing.

use rekor_verifier::report::{Check, EntryReport, Outcome, Report, Verdict};
use std::fmt::Write;

/// `text` without anything that could steer a terminal or turn reading direction: names come from strangers.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let steering = c.is_control() && c != '\n';
        let turning = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
        if steering || turning { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The whole report as text: verdict, what belongs where, every check.
pub fn human(report: &Report) -> String {
    let mut out = String::new();
    let verdict = match report.verdict {
        Verdict::Verified => "VERIFIED",
        Verdict::NotVerified => "NOT VERIFIED",
        Verdict::CouldNotTell => "COULD NOT TELL",
    };
    // Writing to a string does not fail.
    let _ = writeln!(out, "{verdict}: {}\n", report.headline);
    for artifact in &report.artifacts {
        let _ = writeln!(out, "{}  {}  sha256:{}", artifact.subject, artifact.name, artifact.sha256);
        if let Some(product) = &artifact.product {
            let _ = writeln!(out, "    product {} of the step {} ({})", product.path, product.step, product.link);
        }
    }
    for link in &report.links {
        let name = link.name.as_deref().unwrap_or("(found in the log)");
        let _ = writeln!(out, "{}  {name}  sha256:{}", link.subject, link.sha256);
        for key in &link.keys {
            let who = key.name.as_deref().unwrap_or("a key that you did not name");
            let _ = writeln!(out, "    signed by {who}: {} ({})", key.fingerprint, key.scheme);
        }
        if let Some(entry) = &link.entry {
            let _ = writeln!(out, "    {}", entry_line(entry));
        }
        if !link.others.is_empty() || link.more > 0 {
            let _ =
                writeln!(out, "    {} other entries in the log decide nothing", link.others.len() as u64 + link.more);
        }
    }
    for key in report.keys.iter().filter(|key| !key.expected) {
        let _ = writeln!(out, "key  {}  {} came along with the files, and is not counted", key.name, key.fingerprint);
    }
    for file in &report.unrecognised {
        let _ = writeln!(out, "not read  {}: {}", file.name, file.sentence);
    }
    let _ = writeln!(out);
    for check in &report.checks {
        let _ = writeln!(out, "{}", check_line(check));
    }
    if let Some(alarm) = report.log.as_ref().and_then(|log| log.alarm.as_ref()) {
        let _ = writeln!(
            out,
            "\nALARM: {alarm}\nDo not rely on this log. Once you know what happened: `rekor log forget URL`."
        );
    }
    printable(&out)
}

fn entry_line(entry: &EntryReport) -> String {
    let time = entry.time.map(|time| format!(", at {} (the log's word)", utc(time))).unwrap_or_default();
    format!("entry #{} {}{time}", entry.index, entry.uuid)
}

fn check_line(check: &Check) -> String {
    let mark = match check.outcome {
        Outcome::Passed => "passed     ",
        Outcome::Failed => "FAILED     ",
        Outcome::Untrusted => "untrusted  ",
        Outcome::NotChecked => "not checked",
    };
    // The long names of entries and logs stand above; here `entry` and `log` say enough.
    let subject = check.subject.split(' ').next().unwrap_or_default();
    let mut line = format!("{mark}  {subject:<12} {}", check.sentence);
    if check.outcome == Outcome::Failed {
        for key in ["path", "expected", "found"] {
            if let Some(value) = check.evidence.get(key) {
                let _ = write!(line, "\n{:27}{key}: {value}", "");
            }
        }
    }
    line
}

/// Seconds since 1970 as `2026-03-03 12:00:00 UTC` (the civil calendar, proleptic Gregorian).
pub fn utc(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days are counted from 1 March of year 0, so that leap days end their year; 146,097 days are 400 years.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + carry;
    format!(
        "{year:04}-{month:02}-{day_of_month:02} {:02}:{:02}:{:02} UTC",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(1_772_539_199), "2026-03-03 11:59:59 UTC");
        assert_eq!(utc(-1), "1969-12-31 23:59:59 UTC");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\n");
    }
}
