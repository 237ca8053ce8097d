//! How values are written for people.

use crate::text;
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// A size in bytes, with one decimal from a kilobyte (1,000 bytes) on: `148 bytes`, `1.2 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (unit, name) in UNITS {
        if bytes >= unit {
            // Cut, not rounded: 999,999 bytes are not 1,000.0 kB.
            let tenths = bytes / (unit / 10);
            return format!("{} {name}", decimal(tenths as f64 / 10.0, 1));
        }
    }
    text::plural("size.bytes", bytes as usize, &[])
}

/// A number as the reader's language writes it.
pub fn number(value: f64) -> String {
    decimal(value, 0)
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
extern "C" {
    /// A number, with the method that js-sys has without its options.
    type Written;

    #[wasm_bindgen(method, structural, js_name = toLocaleString)]
    fn to_locale_string(this: &Written, locale: &str, options: &JsValue) -> String;
}

/// The browser knows how numbers are written.
#[cfg(target_arch = "wasm32")]
fn decimal(value: f64, decimals: u8) -> String {
    let options = options([("minimumFractionDigits", decimals.into()), ("maximumFractionDigits", decimals.into())]);
    let number = wasm_bindgen::JsCast::unchecked_into::<Written>(JsValue::from(value));
    number.to_locale_string(&text::language().locale(), &options)
}

/// The unit tests have no browser.
#[cfg(not(target_arch = "wasm32"))]
fn decimal(value: f64, decimals: u8) -> String {
    format!("{value:.*}", usize::from(decimals))
}

fn options<const N: usize>(pairs: [(&str, JsValue); N]) -> JsValue {
    let options = Object::new();
    for (name, value) in pairs {
        // A plain object takes any property.
        let _ = Reflect::set(&options, &name.into(), &value);
    }
    options.into()
}

/// A Unix time (seconds) in the reader's language, in UTC. The browser knows the calendar.
pub fn time(seconds: i64) -> String {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1_000.0));
    if date.get_time().is_nan() {
        // Beyond what dates can hold; a log may say anything.
        return text::with("time.far", &[("seconds", &seconds.to_string())]);
    }
    let options = options([
        ("dateStyle", "medium".into()),
        ("timeStyle", "medium".into()),
        ("hourCycle", "h23".into()),
        ("timeZone", "UTC".into()),
    ]);
    let written = String::from(date.to_locale_string(&text::language().locale(), &options));
    text::with("time.utc", &[("time", &written)])
}

/// Text from a file or a server, with every character that could hide or reorder what stands around
/// it written as its code point: a right-to-left override becomes `⟨U+202E⟩`.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match misleading(character) {
            true => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character))),
            false => shown.push(character),
        }
    }
    shown
}

/// Control characters, and Unicode's invisible and directional formatting characters.
fn misleading(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// What a key file is called once its extension is off: `carl.pub` is carl's.
pub fn key_name(file: &str) -> String {
    let name = match file.rsplit_once('.') {
        Some((stem, "pub" | "pem" | "key" | "json" | "txt")) => stem,
        _ => file,
    };
    match name.is_empty() {
        true => file.to_owned(),
        false => name.to_owned(),
    }
}

/// A machine's name for a field, as words: `log_index` and `log-index` become `log index`.
pub fn words(field: &str) -> String {
    field.replace(['_', '-'], " ")
}

/// From this length on, a run of hexadecimal digits is a digest, and no word.
const DIGEST: usize = 32;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Hexadecimal digits, many of them.
    Digest(&'a str),
    /// Anything else.
    Words(&'a str),
}

/// Takes a text apart into digests and what stands between them.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut words = 0;
    let mut digits = 0;
    for (end, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if character.is_ascii_hexdigit() {
            digits += 1;
            continue;
        }
        let start = end - digits;
        if digits >= DIGEST {
            if words < start {
                pieces.push(Piece::Words(&text[words..start]));
            }
            pieces.push(Piece::Digest(&text[start..end]));
            words = end;
        }
        digits = 0;
    }
    if words < text.len() {
        pieces.push(Piece::Words(&text[words..]));
    }
    pieces
}

/// The first and the last digits of a long identifier.
pub fn short(identifier: &str) -> String {
    match identifier.is_ascii() && identifier.len() > 20 {
        true => format!("{}…{}", &identifier[..8], &identifier[identifier.len() - 8..]),
        false => identifier.to_owned(),
    }
}

/// Standard base64 with padding, as hexadecimal digits; none where it is something else.
pub fn base64_to_hex(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    let (mut hex, mut bits, mut held) = (String::new(), 0u32, 0u32);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            hex.push_str(&format!("{:02x}", bits >> held & 0xff));
        }
    }
    Some(hex)
}

/// The first digits of a hash, as they stand in a drawing.
pub fn first_digits(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size(0), "0 bytes");
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1_376), "1.3 kB");
        assert_eq!(size(999_999), "999.9 kB");
        assert_eq!(size(4_294_967_296), "4.2 GB");
        assert_eq!(size(u64::MAX), "18446744.0 TB");
    }

    #[test]
    fn misleading_characters_are_shown() {
        assert_eq!(visible("foo.tar.gz"), "foo.tar.gz");
        assert_eq!(visible("cod\u{202E}gpj.exe"), "cod⟨U+202E⟩gpj.exe");
        assert_eq!(visible("a\nb\0"), "a⟨U+000A⟩b⟨U+0000⟩");
        assert_eq!(visible("<b>é漢字</b>"), "<b>é漢字</b>");
    }

    #[test]
    fn digests_are_told_from_words() {
        let digest = "ab".repeat(32);
        let text = format!("key {digest}, é beef");
        assert_eq!(pieces(&text), [Piece::Words("key "), Piece::Digest(&digest), Piece::Words(", é beef")]);
        assert_eq!(pieces(&digest), [Piece::Digest(digest.as_str())]);
        assert_eq!(pieces("deadbeef"), [Piece::Words("deadbeef")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn long_identifiers_are_shortened() {
        assert_eq!(short(&"0123456789abcdef".repeat(5)), "01234567…89abcdef");
        assert_eq!(short("localhost"), "localhost");
    }

    #[test]
    fn base64_as_hexadecimal() {
        assert_eq!(base64_to_hex("").as_deref(), Some(""));
        assert_eq!(base64_to_hex("+/8A").as_deref(), Some("fbff00"));
        assert_eq!(base64_to_hex("q80=").as_deref(), Some("abcd"));
        assert_eq!(base64_to_hex("q8_="), None);
    }

    #[test]
    fn key_names() {
        assert_eq!(key_name("carl.pub"), "carl");
        assert_eq!(key_name("release.2026.pem"), "release.2026");
        assert_eq!(key_name(".pub"), ".pub");
        assert_eq!(key_name("carl"), "carl");
    }
}
