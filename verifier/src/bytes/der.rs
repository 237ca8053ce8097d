//! DER (ITU-T X.690), as far as keys and signatures need it: elements with a tag of one byte and a length in its one
//! spelling. The crate `der` reads into types, and its code for each of them was a twentieth of the browser's core.

use super::Cursor;

/// Tags (X.690 §8).
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const SEQUENCE: u8 = 0x30;
}

/// The longest body, in bytes: more than any file that is read here.
const MAX_BODY: usize = 1 << 28;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) body: &'a [u8],
    /// With its tag and length.
    pub(crate) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element's body, if it has this tag.
    pub(crate) fn expect(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.body)
    }

    /// The bytes of a BIT STRING that holds whole ones (§8.6).
    pub(crate) fn bits(&self) -> Option<&'a [u8]> {
        self.expect(tag::BIT_STRING)?.strip_prefix(&[0])
    }

    /// The bytes of an INTEGER that is not negative, big-endian, without a zero in front (§8.3).
    pub(crate) fn unsigned(&self) -> Option<&'a [u8]> {
        match self.expect(tag::INTEGER)? {
            [0, rest @ ..] => rest.first().is_none_or(|second| *second >= 0x80).then_some(rest),
            body @ [..0x80, ..] => Some(body),
            _ => None,
        }
    }
}

/// The elements that `bytes` consist of.
pub(crate) fn elements(bytes: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut cursor = Cursor::new(bytes);
    let mut elements = Vec::new();
    while !cursor.is_empty() {
        elements.push(element(&mut cursor)?);
    }
    Some(elements)
}

/// The elements of the one SEQUENCE that `bytes` are.
pub(crate) fn sequence(bytes: &[u8]) -> Option<Vec<Element<'_>>> {
    match elements(bytes)?.as_slice() {
        [only] => elements(only.expect(tag::SEQUENCE)?),
        _ => None,
    }
}

fn element<'a>(cursor: &mut Cursor<'a>) -> Option<Element<'a>> {
    let from = cursor.rest();
    let tag = cursor.u8().filter(|tag| tag & 0x1f != 0x1f)?;
    let length = length(cursor)?;
    let body = cursor.take(length)?;
    Some(Element { tag, body, whole: from.get(..from.len() - cursor.rest().len())? })
}

/// §10.1: in as few bytes as there can be.
fn length(cursor: &mut Cursor<'_>) -> Option<usize> {
    let first = cursor.u8()?;
    if first < 0x80 {
        return Some(first.into());
    }
    let digits = cursor.take(usize::from(first & 0x7f)).filter(|digits| digits.len() <= 4)?;
    let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
    let shortest = length >= 0x80 && digits.first() != Some(&0);
    (shortest && length <= MAX_BODY).then_some(length)
}

/// An element with this tag around `parts`.
pub(crate) fn encode(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let digits = body.len().to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = &digits[zeros..];
    let mut whole = vec![tag];
    if body.len() >= 0x80 {
        whole.push(0x80 | digits.len() as u8);
        whole.extend(digits);
    } else {
        whole.push(body.len() as u8);
    }
    whole.extend(body);
    whole
}

/// An INTEGER that is not negative, from big-endian bytes.
pub(crate) fn encode_unsigned(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = &number[zeros..];
    match number.first() {
        Some(..0x80) => encode(tag::INTEGER, &[number]),
        _ => encode(tag::INTEGER, &[&[0], number]),
    }
}

/// An OBJECT IDENTIFIER's body in its usual form, `1.2.840.113549` (§8.19).
pub(crate) fn dotted(oid: &[u8]) -> Option<String> {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc: Option<u64> = None;
    for byte in oid {
        // No arc begins with a zero, and none that is in use needs more than 63 bits.
        let so_far = if arc.is_none() && *byte == 0x80 { return None } else { arc.unwrap_or(0) };
        let so_far = so_far.checked_mul(128)? | u64::from(byte & 0x7f);
        arc = Some(so_far);
        if byte & 0x80 == 0 {
            arcs.extend(arc.take());
        }
    }
    let (first, rest) = arcs.split_first().filter(|_| arc.is_none())?;
    // The first two arcs are one number.
    let root = (*first / 40).min(2);
    let words = [root, first - 40 * root].into_iter().chain(rest.iter().copied());
    Some(words.map(|arc| arc.to_string()).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_each() {
        for (bytes, tag, body) in [
            (&[0x05, 0x00][..], tag::NULL, &[][..]),
            (&[0x02, 0x01, 0x7f], tag::INTEGER, &[0x7f]),
            (&[0x04, 0x81, 0x80], 0x04, &[0; 128]),
        ] {
            let whole = if body.len() < 128 { bytes.to_vec() } else { [bytes, body].concat() };
            assert_eq!(elements(&whole), Some(vec![Element { tag, body, whole: &whole }]));
            assert_eq!(encode(tag, &[body]), whole);
        }
        let long = vec![7; 300];
        assert_eq!(encode(0x30, &[&long[..100], &long[100..]])[..4], [0x30, 0x82, 0x01, 0x2c]);
        for bad in [
            &[0x30][..],
            &[0x30, 0x01],
            &[0x30, 0x80],
            &[0x30, 0x81, 0x01, 0x00],
            &[0x30, 0x82, 0x00, 0x80],
            &[0x30, 0x85, 1, 1, 1, 1, 1],
            &[0x1f, 0x01, 0x00],
        ] {
            assert_eq!(elements(bad), None, "{bad:x?}");
        }
        assert_eq!(sequence(&[0x30, 0x00, 0x05, 0x00]), None, "something behind it");
        assert_eq!(sequence(&[0x31, 0x00]), None);
        assert_eq!(sequence(&[0x30, 0x02, 0x05, 0x00]).map(|all| all.len()), Some(1));
    }

    #[test]
    fn numbers_are_not_negative_and_have_no_zeros_in_front() {
        let read = |body: &[u8]| Element { tag: tag::INTEGER, body, whole: &[] }.unsigned().map(<[u8]>::to_vec);
        assert_eq!(read(&[0x01]), Some(vec![0x01]));
        assert_eq!(read(&[0x00, 0x80]), Some(vec![0x80]));
        assert_eq!(read(&[0x00]), Some(vec![]));
        for bad in [&[][..], &[0x80], &[0x00, 0x7f], &[0x00, 0x00]] {
            assert_eq!(read(bad), None, "{bad:x?}");
        }
        for number in [&[1][..], &[0x80], &[0, 0, 0x80, 1], &[0x7f, 0xff]] {
            let encoded = encode_unsigned(number);
            let found = elements(&encoded).and_then(|all| all.first()?.unsigned().map(<[u8]>::to_vec));
            assert_eq!(
                found.as_deref(),
                Some(number.trim_ascii_start()).map(|_| &number[number.iter().take_while(|b| **b == 0).count()..])
            );
        }
        assert_eq!(encode_unsigned(&[]), [2, 1, 0]);
    }

    #[test]
    fn identifiers() {
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]).as_deref(), Some("1.2.840.113549"));
        assert_eq!(dotted(&[0x2b, 0x65, 0x70]).as_deref(), Some("1.3.101.112"));
        assert_eq!(dotted(&[0x60, 0x86, 0x48, 0x01, 0x65]).as_deref(), Some("2.16.840.1.101"));
        assert_eq!(dotted(&[0x88, 0x37, 0x01]).as_deref(), Some("2.999.1"));
        for bad in [&[][..], &[0x2a, 0x80, 0x01], &[0x2a, 0x86], &[0xff; 12]] {
            assert_eq!(dotted(bad), None, "{bad:x?}");
        }
    }
}
