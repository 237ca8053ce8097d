//! Base64 with padding (RFC 4648 §4 and §5). One function for both alphabets: `base64ct` compiles one for each, and for
//! each type of argument, at a multiple of the size.

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The two digits in which the alphabets differ.
pub(super) type Last = [u8; 2];

/// Of the standard alphabet.
pub(super) const STANDARD: Last = *b"+/";

/// Of the alphabet for addresses and file names.
pub(super) const URL: Last = *b"-_";

/// The text of bytes, in the standard alphabet.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(group.get(i).copied().unwrap_or_default()));
        for i in 0..4 {
            let digit = (bits >> (18 - 6 * i) & 63) as usize;
            let letter = LETTERS.iter().chain(&STANDARD).nth(digit).copied().unwrap_or_default();
            text.push(if i <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// The bytes of a text; `None` for anything but the one spelling that bytes have.
pub(super) fn decode(text: &str, last: Last) -> Option<Vec<u8>> {
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    for (i, group) in groups.iter().enumerate() {
        let padding = match group {
            [_, _, b'=', b'='] => 2,
            [_, _, _, b'='] => 1,
            _ => 0,
        };
        if padding > 0 && i + 1 < groups.len() {
            return None;
        }
        let mut bits = 0;
        for &letter in &group[..4 - padding] {
            bits = bits << 6 | value(letter, last)?;
        }
        bits <<= 6 * padding;
        let [_, taken @ ..] = bits.to_be_bytes();
        let (taken, left) = taken.split_at(3 - padding);
        // Bits that no byte takes are zero.
        if left.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend(taken);
    }
    Some(bytes)
}

/// The value of a digit.
fn value(letter: u8, last: Last) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        _ if letter == last[0] => 62,
        _ if letter == last[1] => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64, Base64Url, Encoding};

    #[test]
    fn does_what_base64ct_does() {
        let bytes: Vec<u8> = (0..=255).cycle().step_by(7).take(600).collect();
        for length in 0..bytes.len() {
            let bytes = &bytes[length / 3..length];
            let text = encode(bytes);
            assert_eq!(text, Base64::encode_string(bytes));
            assert_eq!(decode(&text, STANDARD).as_deref(), Some(bytes));
            assert_eq!(decode(&Base64Url::encode_string(bytes), URL).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn accepts_what_base64ct_accepts() {
        let letters = b"AQg/_-+=Zz09 \n.";
        let count = letters.len();
        for n in 0..count.pow(4) {
            let text: String = (0..4).map(|i| char::from(letters[n / count.pow(i) % count])).collect();
            for text in [text.clone(), format!("AAAA{text}"), format!("{text}AAAA")] {
                assert_eq!(decode(&text, STANDARD), Base64::decode_vec(&text).ok(), "{text}");
                assert_eq!(decode(&text, URL), Base64Url::decode_vec(&text).ok(), "{text}");
            }
        }
        for text in ["A", "AA", "AAA", "AAAAA", "é==="] {
            assert_eq!(decode(text, STANDARD), None);
        }
    }
}
