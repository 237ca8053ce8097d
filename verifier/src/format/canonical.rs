//! The two canonical forms of JSON that signatures and leaves use: OLPC (in-toto) and RFC 8785 (JCS).

use super::json::Value;
use crate::sorted;
use std::fmt;

/// Why a value has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCanonical {
    /// The number that is not an integer in its one canonical spelling.
    pub number: String,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the number {} has no canonical form: only integers have, and -0 is none", self.number)
    }
}

impl Value {
    /// OLPC canonical JSON as securesystemslib writes it: keys by code point, only `\` and `"` escaped, every other
    /// character raw, integers only. The result need not be valid JSON.
    pub fn to_olpc(&self) -> Result<Vec<u8>, NotCanonical> {
        let mut out = Vec::new();
        write_canonical(self, &OLPC, &mut out)?;
        Ok(out)
    }

    /// RFC 8785 (JCS) for values whose numbers are integers: keys by UTF-16 code unit, control characters escaped.
    pub fn to_jcs(&self) -> Result<Vec<u8>, NotCanonical> {
        let mut out = Vec::new();
        write_canonical(self, &JCS, &mut out)?;
        Ok(out)
    }
}

/// What differs between the canonical forms.
struct Form {
    write_string: fn(&str, &mut Vec<u8>),
    order: fn(&str, &str) -> std::cmp::Ordering,
}

const OLPC: Form = Form { write_string: write_olpc_string, order: |a, b| a.cmp(b) };
const JCS: Form = Form { write_string: write_jcs_string, order: |a, b| a.encode_utf16().cmp(b.encode_utf16()) };

fn write_canonical(value: &Value, form: &Form, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) => {
            let integer = number.strip_prefix('-').unwrap_or(number).bytes().all(|b| b.is_ascii_digit());
            if !integer || number == "-0" {
                return Err(NotCanonical { number: number.clone() });
            }
            out.extend(number.as_bytes());
        }
        Value::String(text) => (form.write_string)(text, out),
        Value::Array(elements) => {
            out.push(b'[');
            for (i, element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_canonical(element, form, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let members = sorted::sort(members.iter().collect(), |a, b| (form.order)(&a.0, &b.0));
            out.push(b'{');
            for (i, (key, member)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                (form.write_string)(key, out);
                out.push(b':');
                write_canonical(member, form, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_olpc_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn write_jcs_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0x08 => out.extend(b"\\b"),
            0x09 => out.extend(b"\\t"),
            0x0a => out.extend(b"\\n"),
            0x0c => out.extend(b"\\f"),
            0x0d => out.extend(b"\\r"),
            0x00..=0x1f => out.extend(format!("\\u{byte:04x}").bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use crate::format::json::parse;

    #[test]
    fn only_integers_have_a_canonical_form() {
        for text in ["1.0", "1e3", "-0"] {
            assert!(parse(text.as_bytes()).unwrap().to_olpc().is_err(), "{text}");
        }
    }

    #[test]
    fn jcs_orders_by_utf16_and_olpc_by_code_point() {
        let value = parse("{\"\u{ffff}\":1,\"😀\":2,\"\\u001f\":\"\\u000a/\"}".as_bytes()).unwrap();
        assert_eq!(value.to_jcs().unwrap(), "{\"\\u001f\":\"\\n/\",\"😀\":2,\"\u{ffff}\":1}".as_bytes());
        assert_eq!(value.to_olpc().unwrap(), "{\"\u{1f}\":\"\n/\",\"\u{ffff}\":1,\"😀\":2}".as_bytes());
    }
}
