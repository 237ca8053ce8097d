//! Values that cross between JavaScript and here. The browser parses and prints; this is what there is in between, and
//! how the page's types are read from it. Far smaller than a general library, for a report has dozens of types.

mod browser;
mod read;

pub use read::{Fields, Read, Trouble, read};
pub(crate) use read::{read_fields, read_name};

/// What JSON can hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`, and what is not there at all.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that JavaScript holds exactly.
    Number(i64),
    /// A text; also another number, as JavaScript writes it.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, in its own order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object.
    pub fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Json)>) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.fields().iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number.
    pub fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The members of a list; none of anything else.
    pub fn list(&self) -> &[Json] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }

    /// The members of an object; none of anything else.
    pub fn fields(&self) -> &[(String, Json)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Self::Text(number.to_string()), Self::Number)
    }
}

impl From<Option<&str>> for Json {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

#[cfg(test)]
impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => number.as_i64().map_or_else(|| Self::Text(number.to_string()), Self::Number),
            Value::String(text) => Self::Text(text),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(name, value)| (name, Self::from(value))).collect())
            }
        }
    }
}
