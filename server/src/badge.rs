//! `/badge/<algorithm>:<hex>.svg`: a picture for pages that run no scripts, a README above all.
//!
//! It repeats the log's own word that a file is recorded, and says so. Nothing is checked here: the page around the
//! picture links to the one that checks.

use crate::answer::{Refused, blocking, bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rekor_log::{Log, Operator, Term};
use rekor_verifier::bytes::hex_decode;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::format::entry::LinkEntry;
use std::sync::Arc;

/// The digests that a file is known by, with their hexadecimal digits.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Of so many entries about one file the first is looked for; of more, the newest is named.
const MANY: usize = 64;

/// Colours of the right part. Never green: that is for what was checked.
const THERE: &str = "#2f4bd0";
const NOT_THERE: &str = "#5c616b";

/// What a log tells of a digest.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// It is a file that this entry is about: a product, the link file itself, or what is signed in it.
    Recorded { index: u64, time: u64 },
    /// The same, and the log was asked to forget the link file.
    Erased { index: u64 },
    /// The same in more than [`MANY`] entries; the newest.
    Often { newest: u64 },
    /// It only went into the step that this entry records.
    Input { index: u64 },
    /// No entry names it.
    Absent,
}

/// `GET /badge/<algorithm>:<hex>.svg`
pub(crate) async fn svg(
    State(log): State<Arc<Log>>,
    Path(name): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Refused> {
    let (algorithm, hex) = parse(&name)?;
    let digest = format!("{algorithm}:{hex}");
    let told = blocking(log, move |log| tell(log, &algorithm, &hex)).await?;
    let picture = draw(&digest, &told);
    let etag = format!("\"{}\"", sha256(picture.as_bytes()));
    let known = asked.get_all(header::IF_NONE_MATCH).iter().any(|value| value.as_bytes() == etag.as_bytes());
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        // A cache asks again each time: what is not recorded now can be in a second.
        false => bytes("image/svg+xml", "no-cache", picture),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

/// Algorithm and lower-case digits.
fn parse(name: &str) -> Result<(String, String), Refused> {
    let wrong = || {
        let forms = "sha256:<64 digits>.svg, sha384:<96 digits>.svg or sha512:<128 digits>.svg";
        Refused::bad(format!("expected a badge's name, {forms}, with hexadecimal digits"))
    };
    let (algorithm, hex) = name.strip_suffix(".svg").and_then(|name| name.split_once(':')).ok_or_else(wrong)?;
    let hex = hex.to_ascii_lowercase();
    if !ALGORITHMS.contains(&(algorithm, hex.len())) || hex_decode(&hex).is_none() {
        return Err(wrong());
    }
    Ok((algorithm.to_owned(), hex))
}

fn tell(log: &Log, algorithm: &str, hex: &str) -> Result<Told, Refused> {
    let found = log.find(&[Term::digest(algorithm, hex)], Operator::Or, MANY)?;
    let Some(&newest) = found.indices.first() else { return Ok(Told::Absent) };
    if found.truncated {
        return Ok(if is_about(log, newest, algorithm, hex)? {
            Told::Often { newest }
        } else {
            Told::Input { index: newest }
        });
    }
    // The first: what somebody else records later about the same file changes no badge.
    let mut oldest_first = found.indices;
    oldest_first.sort_unstable();
    for &index in &oldest_first {
        if is_about(log, index, algorithm, hex)? {
            return match LinkEntry::parse(&log.entry(index)?) {
                Ok(entry) if log.is_erased(&entry.file) => Ok(Told::Erased { index }),
                _ => Ok(Told::Recorded { index, time: log.time_of(index)? }),
            };
        }
    }
    Ok(oldest_first.first().map_or(Told::Absent, |&index| Told::Input { index }))
}

/// Whether the digest is more to an entry than one of its materials.
fn is_about(log: &Log, index: u64, algorithm: &str, hex: &str) -> Result<bool, Refused> {
    let Ok(entry) = LinkEntry::parse(&log.entry(index)?) else { return Ok(true) };
    let its_own = |hash: &rekor_verifier::Hash| algorithm == "sha256" && hash.to_string() == hex;
    if its_own(&entry.file) || entry.signatures.iter().any(|signature| its_own(&signature.signed)) {
        return Ok(true);
    }
    let list = log.blob(&entry.digest_list)?.unwrap_or_default();
    let product = format!("product {algorithm} {hex}");
    Ok(String::from_utf8_lossy(&list).lines().any(|line| line == product))
}

impl Told {
    /// What the picture says, and more words for who has it read out.
    fn words(&self) -> (String, &'static str) {
        match self {
            Self::Recorded { index, time } => (
                format!("recorded as #{index}; the log says {}", day(*time)),
                "Whether that holds is for you to verify.",
            ),
            Self::Erased { index } => {
                (format!("recorded as #{index}; its link file was erased"), "Who has the file can still verify it.")
            }
            Self::Often { newest } => (
                format!("recorded more than {MANY} times, last as #{newest}"),
                "Whether that holds is for you to verify.",
            ),
            Self::Input { index } => {
                (format!("an input of #{index}, not its result"), "Nothing tells where it is from.")
            }
            Self::Absent => ("no record in this log".to_owned(), "Another log may have one."),
        }
    }
}

/// At most 1.5 kB. Everything in it is from here or from the parsed digest, so there is nothing to escape; attributes in
/// place of styles, which the policy of the answer forbids.
fn draw(digest: &str, told: &Told) -> String {
    let (words, more) = told.words();
    let colour = if *told == Told::Absent { NOT_THERE } else { THERE };
    let text = width(&words);
    let (left, right) = (44, text + 16);
    let all = left + right;
    let middle = left + right / 2;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" role=\"img\" \
         aria-labelledby=\"t d\"><title id=\"t\">Log: {words}</title><desc id=\"d\">{digest}. {more}</desc>\
         <rect width=\"{all}\" height=\"20\" rx=\"4\" fill=\"{colour}\"/>\
         <path d=\"M4 0h{}v20H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4\" fill=\"#24292f\"/>\
         <rect x=\".5\" y=\".5\" width=\"{}\" height=\"19\" rx=\"3.5\" fill=\"none\" stroke=\"#fff\" stroke-opacity=\".25\"/>\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,Geneva,sans-serif\" font-size=\"11\" text-anchor=\"middle\">\
         <text x=\"22\" y=\"14\" textLength=\"28\">rekor</text>\
         <text x=\"{middle}\" y=\"14\" textLength=\"{text}\">{words}</text></g></svg>\n",
        left - 4,
        all - 1,
    )
}

/// About how wide Verdana of 11 pixels is; the text is then drawn exactly so wide, in whatever font there is.
fn width(words: &str) -> u32 {
    let tenths = |c: char| match c {
        ' ' | '.' | ',' | 'f' | 'i' | 'j' | 'l' => 37,
        ';' | 'r' | 't' => 46,
        'm' | 'M' => 102,
        'A'..='Z' | '#' => 82,
        _ => 67,
    };
    words.chars().map(tenths).sum::<u32>().div_ceil(10)
}

/// The day of a time in seconds since 1970, in UTC: `3 March 2026`.
fn day(seconds: u64) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    // Years begin in March here, so that a leap day ends one; 400 of them have 146,097 days.
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year + u64::from(month >= 10);
    let name = MONTHS.get((month as usize + 2) % 12).copied().unwrap_or_default();
    format!("{day} {name} {year}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test stops at what it does not expect
    use super::{NOT_THERE, THERE, Told, day, draw};

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1 January 1970"),
            (951_782_400, "29 February 2000"),
            (951_868_800, "1 March 2000"),
            (1_772_495_999, "2 March 2026"),
            (1_772_496_000, "3 March 2026"),
            (1_798_761_599, "31 December 2026"),
            (4_107_542_400, "1 March 2100"),
        ] {
            assert_eq!(day(seconds), expected);
        }
    }

    /// WCAG 2.2, relative luminance: white text on it has a contrast of 4.5 or more.
    #[test]
    fn white_can_be_read_on_every_colour() {
        for colour in [THERE, NOT_THERE, "#24292f"] {
            let part = |at: usize| {
                let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            let luminance = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
            assert!(1.05 / (luminance + 0.05) >= 4.5, "{colour}");
        }
    }

    #[test]
    fn the_largest_picture_is_small() {
        let digest = format!("sha512:{}", "f".repeat(128));
        for told in [
            Told::Recorded { index: u64::MAX, time: 4_102_444_799 },
            Told::Erased { index: u64::MAX },
            Told::Often { newest: u64::MAX },
            Told::Input { index: u64::MAX },
            Told::Absent,
        ] {
            let picture = draw(&digest, &told);
            assert!(picture.len() <= 1500, "{}: {picture}", picture.len());
            assert!(!picture.to_lowercase().contains("verified"), "{picture}");
        }
    }
}
