//! Canonical JSON (RFC 8785) under the name by which `sigstore-verify` asks for it, written by the verifier's own code.
//!
//! It asks in one place: for the payload of a Rekor v1 entry timestamp, which holds two strings and two integers. A text
//! other than the log's own would not verify under the log's key.

use rekor_verifier::format::json;
use serde::Serialize;
use serde_json::Error;

/// The canonical form of `value`; an error where a number in it is no integer.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let value = json::parse(&serde_json::to_vec(value)?).map_err(serde::ser::Error::custom)?;
    value.to_jcs().map_err(serde::ser::Error::custom)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use super::to_vec;
    use std::collections::BTreeMap;

    #[test]
    fn integers_and_strings_only() {
        let value = BTreeMap::from([("b", 2), ("a", 1)]);
        assert_eq!(to_vec(&value).unwrap(), br#"{"a":1,"b":2}"#);
        assert!(to_vec(&1.5).is_err());
    }
}
