//! Bytes for people: base64 read, hexadecimal written, JSON set in lines.

/// So many bytes are shown; the rest is there to be downloaded.
pub const SHOWN: usize = 16 * 1024;

/// The bytes of padded base64, which the verifier wrote; what is no digit of it is passed over.
pub fn from_base64(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter_map(|digit| match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    });
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(text.len() / 4 * 3), 0u32, 0);
    for digit in digits {
        held = held << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    bytes
}

/// Lines of offset, sixteen bytes and what they are in ASCII.
pub fn hex_dump(bytes: &[u8]) -> String {
    let line = |(i, row): (usize, &[u8])| {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String =
            row.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }).collect();
        format!("{:08x}  {:<47}  {text}\n", i * 16, hex.join(" "))
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

/// JSON set in lines, its tokens as they are; `None` for what is no object or list. For the eye only: whether it is well
/// formed is not asked.
pub fn pretty_json(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim_ascii();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut set = Lines::default();
    text.chars().for_each(|character| set.take(character));
    Some(set.text)
}

/// JSON as it is set.
#[derive(Default)]
struct Lines {
    text: String,
    depth: usize,
    /// Whether the next character belongs to a text, and whether it is escaped there.
    within: bool,
    escaped: bool,
    /// Whether an object or list has just begun.
    begun: bool,
}

impl Lines {
    fn take(&mut self, character: char) {
        let closes = matches!(character, '}' | ']');
        if self.within {
            self.text.push(character);
            self.within = self.escaped || character != '"';
            self.escaped = !self.escaped && character == '\\';
            return;
        }
        if character.is_ascii_whitespace() {
            return;
        }
        self.depth -= usize::from(closes && self.depth > 0);
        if closes != self.begun {
            self.line();
        }
        self.begun = matches!(character, '{' | '[');
        self.depth += usize::from(self.begun);
        self.within = character == '"';
        self.text.push(character);
        match character {
            ',' => self.line(),
            ':' => self.text.push(' '),
            _ => {}
        }
    }

    /// From some depth on nothing is set further in: a text of brackets alone would grow without measure.
    fn line(&mut self) {
        self.text.push('\n');
        (0..self.depth.min(16)).for_each(|_| self.text.push_str("  "));
    }
}

/// A text in lines with nothing hidden in it.
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(crate::format::visible).collect::<Vec<_>>().join("\n")
}

/// As much of a text as is shown, and whether that is all.
pub fn shown(text: &str) -> (&str, bool) {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => (&text[..end], false),
        None => (text, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        for (text, bytes) in
            [("", &b""[..]), ("AQ==", &[1]), ("AQI=", &[1, 2]), ("AQID", &[1, 2, 3]), ("/+8=", &[255, 239])]
        {
            assert_eq!(from_base64(text), bytes, "{text}");
        }
    }

    #[test]
    fn bytes_are_dumped() {
        assert_eq!(hex_dump(b"\0A"), format!("00000000  00 41{}  .A\n", " ".repeat(42)));
        assert_eq!(hex_dump(&[0; 17]).lines().count(), 2);
    }

    #[test]
    fn json_is_set_in_lines() {
        assert_eq!(pretty_json(b"{\"a\":1}").as_deref(), Some("{\n  \"a\": 1\n}"));
        let text = r#" {"a" :[1.0, {}, [] ,"b,\"{\\"],"a":1e400} "#;
        let set = "{\n  \"a\": [\n    1.0,\n    {},\n    [],\n    \"b,\\\"{\\\\\"\n  ],\n  \"a\": 1e400\n}";
        assert_eq!(pretty_json(text.as_bytes()).as_deref(), Some(set));
        assert_eq!(pretty_json(b"]"), None);
        assert_eq!(pretty_json(b"[]}]"), Some("[]\n}\n]".to_owned()));
        assert_eq!(pretty_json(b"\xff"), None);
        assert_eq!(shown(&"é".repeat(SHOWN + 1)), ("é".repeat(SHOWN).as_str(), false));
        assert_eq!(shown("a"), ("a", true));
    }
}
