//! What in-toto's JSON form of a key may hold: its members, and in them numbers and plain words.
//!
//! JSON with a key in it may be anything else besides, a package's manifest with scripts to run. Such a file is no key.

use super::is_plain;
use crate::format::json::Value;

/// The members of a key of any year, beside `keyval` and `subkeys`.
const MEMBERS: [&str; 9] = [
    "creation_time",
    "hashes",
    "keyid",
    "keyid_hash_algorithms",
    "keytype",
    "method",
    "scheme",
    "type",
    "validity_period",
];

/// The members of `keyval`; later versions of securesystemslib keep a GnuPG key's times here.
const KEYVAL: [&str; 5] = ["certificate", "creation_time", "private", "public", "validity_period"];

/// The numbers in `public` of a GnuPG key: RSA, EdDSA, and DSA, which is refused by its name.
const NUMBERS: [&str; 6] = ["e", "g", "n", "p", "q", "y"];

/// Whether `key` holds what a key holds and nothing else.
pub(super) fn are_of_a_key(key: &Value) -> bool {
    all(key, |name, member| match (name, member) {
        ("keyval", keyval) => all(keyval, |name, member| KEYVAL.contains(&name) && is_value(name, member)),
        ("subkeys", Value::Object(_)) => all(member, |keyid, subkey| is_plain(keyid) && are_of_a_key(subkey)),
        (name, member) => MEMBERS.contains(&name) && holds_words(member),
    })
}

/// A member of `keyval`: text, or the numbers of a GnuPG key.
fn is_value(name: &str, member: &Value) -> bool {
    match member {
        Value::Object(_) => name == "public" && all(member, |name, it| NUMBERS.contains(&name) && holds_words(it)),
        text => holds_words(text),
    }
}

fn all(object: &Value, each: impl Fn(&str, &Value) -> bool) -> bool {
    object.as_object().is_some_and(|members| members.iter().all(|(name, member)| each(name, member)))
}

fn holds_words(value: &Value) -> bool {
    match value {
        // PEM has several lines.
        Value::String(text) => text.lines().all(is_plain),
        Value::Array(elements) => elements.iter().all(holds_words),
        Value::Object(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}
