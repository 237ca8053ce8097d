//! Reading the members of a JSON value whose format says what they are: which place was wrong, and how.

use super::json::Value;
use std::fmt;

/// A JSON value that is not of the shape that its format asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where, as a path of member names.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl std::error::Error for Malformed {}

/// Shorthand for the error.
pub(crate) fn malformed(place: &str, problem: impl Into<String>) -> Malformed {
    Malformed { place: place.to_owned(), problem: problem.into() }
}

/// A string that has to be there.
pub(crate) fn string(value: Option<&Value>, place: &str) -> Result<String, Malformed> {
    value.and_then(Value::as_str).map(str::to_owned).ok_or_else(|| malformed(place, "expected a string"))
}

/// The elements of a list that has to be there.
pub(crate) fn list<'a>(value: Option<&'a Value>, place: &str) -> Result<&'a [Value], Malformed> {
    value.and_then(Value::as_array).ok_or_else(|| malformed(place, "expected a list"))
}

/// The members of an object that has to be there.
pub(crate) fn object<'a>(value: Option<&'a Value>, place: &str) -> Result<&'a [(String, Value)], Malformed> {
    value.and_then(Value::as_object).ok_or_else(|| malformed(place, "expected an object"))
}

/// Refuses every member beside `allowed`, and the absence of one of those.
pub(crate) fn only_members(value: &Value, place: &str, allowed: &[&str]) -> Result<(), Malformed> {
    let members = object(Some(value), place)?;
    if let Some((unknown, _)) = members.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
        return Err(malformed(place, format!("unknown field {unknown:?}")));
    }
    match allowed.iter().find(|name| value.get(name).is_none()) {
        Some(missing) => Err(malformed(place, format!("the field {missing:?} is missing"))),
        None => Ok(()),
    }
}
