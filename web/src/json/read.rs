//! From a [`Json`] to a type of the page.
//!
//! A value that is not as it should be does not end the reading: the first trouble is noted, something stands in for
//! it, and at the end nothing of the whole counts. So no type has to say what becomes of it half-way, which for dozens
//! of types was a third of the page's module.

use super::Json;

/// What was wrong first, if anything was.
#[derive(Default)]
pub struct Trouble(Option<String>);

impl Trouble {
    /// Notes what is wrong, unless something was before.
    pub fn note(&mut self, what: &str) {
        if self.0.is_none() {
            self.0 = Some(what.to_owned());
        }
    }
}

/// What can be read.
pub trait Read {
    /// Reads it, and notes what is wrong.
    fn read(json: Json, trouble: &mut Trouble) -> Self;
}

/// Reads a value that is right as a whole, or says what is wrong.
pub fn read<T: Read>(json: Json) -> Result<T, String> {
    let mut trouble = Trouble::default();
    let value = T::read(json, &mut trouble);
    match trouble.0 {
        None => Ok(value),
        Some(what) => Err(what),
    }
}

/// The members of an object that is being read.
pub struct Fields<'a> {
    fields: Vec<(String, Json)>,
    trouble: &'a mut Trouble,
}

impl<'a> Fields<'a> {
    /// The members of this object.
    pub fn of(json: Json, trouble: &'a mut Trouble) -> Self {
        let fields = match json {
            Json::Object(fields) => fields,
            _ => {
                trouble.note("expected an object");
                Vec::new()
            }
        };
        Self { fields, trouble }
    }

    /// Reads a member.
    pub fn take<T: Read>(&mut self, name: &str) -> T {
        let json = self.json(name);
        let before = self.trouble.0.is_some();
        let value = T::read(json, self.trouble);
        self.name(name, before);
        value
    }

    /// A member as it is.
    fn json(&mut self, name: &str) -> Json {
        let field = self.fields.iter_mut().find(|(known, _)| known == name);
        field.map(|(_, json)| std::mem::take(json)).unwrap_or_default()
    }

    /// Says where the trouble is, if it is new.
    fn name(&mut self, name: &str, before: bool) {
        if let (Some(what), false) = (&mut self.trouble.0, before) {
            *what = format!("{name}: {what}");
        }
    }

    /// Notes what is wrong with the object.
    pub fn note(&mut self, what: &str) {
        self.trouble.note(what);
    }
}

impl Read for Json {
    fn read(json: Json, _: &mut Trouble) -> Self {
        json
    }
}

impl Read for String {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        match json {
            Json::Text(text) => text,
            _ => {
                trouble.note("expected a text");
                String::new()
            }
        }
    }
}

impl Read for bool {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        match json {
            Json::Bool(value) => value,
            _ => {
                trouble.note("expected true or false");
                false
            }
        }
    }
}

impl Read for i64 {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        match json {
            Json::Number(number) => number,
            _ => {
                trouble.note("expected a whole number");
                0
            }
        }
    }
}

/// Numbers of fewer values are read as the largest kind, and have to fit.
macro_rules! read_number {
    ($($number:ty),*) => {$(
        impl Read for $number {
            fn read(json: Json, trouble: &mut Trouble) -> Self {
                Self::try_from(i64::read(json, trouble)).unwrap_or_else(|_| {
                    trouble.note("the number is out of range");
                    0
                })
            }
        }
    )*};
}

read_number!(u64, usize, u32, i32);

impl<T: Read> Read for Option<T> {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        match json {
            Json::Null => None,
            json => Some(T::read(json, trouble)),
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        match json {
            Json::List(list) => list.into_iter().map(|json| T::read(json, trouble)).collect(),
            _ => {
                trouble.note("expected a list");
                Vec::new()
            }
        }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        Self::new(T::read(json, trouble))
    }
}

/// Texts by name, in the order of the object.
impl Read for Vec<(String, String)> {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        let fields = Fields::of(json, trouble);
        let trouble = fields.trouble;
        fields.fields.into_iter().map(|(name, json)| (name, String::read(json, trouble))).collect()
    }
}

/// Reads a struct whose fields are named as in JSON: `read_fields!(Name { field, field });`
macro_rules! read_fields {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::json::Read for $name {
            fn read(json: $crate::json::Json, trouble: &mut $crate::json::Trouble) -> Self {
                let mut fields = $crate::json::Fields::of(json, trouble);
                Self { $($field: fields.take(stringify!($field)),)* }
            }
        }
    };
}

/// Reads an enum of names: the one whose `id` it is, of those in `ALL`. Another is trouble, and the first stands in.
macro_rules! read_name {
    ($name:ident) => {
        impl $crate::json::Read for $name {
            fn read(json: $crate::json::Json, trouble: &mut $crate::json::Trouble) -> Self {
                let id = String::read(json, trouble);
                Self::ALL.into_iter().find(|it| it.id() == id).unwrap_or_else(|| {
                    trouble.note("an unknown name");
                    Self::ALL[0]
                })
            }
        }
    };
}

pub(crate) use {read_fields, read_name};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test fails by panicking
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Point {
        x: u32,
        name: Option<String>,
        more: Vec<bool>,
    }

    read_fields!(Point { x, name, more });

    fn point(text: &str) -> Result<Point, String> {
        read(Json::from(serde_json::from_str::<serde_json::Value>(text).unwrap()))
    }

    #[test]
    fn what_is_right_is_read() {
        let read = point(r#"{"x":1,"name":"p","more":[true],"unknown":{}}"#);
        assert_eq!(read, Ok(Point { x: 1, name: Some("p".to_owned()), more: vec![true] }));
        assert_eq!(point(r#"{"x":0,"name":null,"more":[]}"#).unwrap().name, None);
        assert_eq!(point(r#"{"x":0,"more":[]}"#).unwrap().name, None);
    }

    #[test]
    fn what_is_wrong_is_named_and_nothing_counts() {
        let wrong = [
            ("[]", "expected an object"),
            (r#"{"name":null,"more":[]}"#, "x: expected a whole number"),
            (r#"{"x":-1,"more":[]}"#, "x: the number is out of range"),
            (r#"{"x":1.5,"more":[]}"#, "x: expected a whole number"),
            (r#"{"x":1,"name":2,"more":[]}"#, "name: expected a text"),
            (r#"{"x":1,"more":[1]}"#, "more: expected true or false"),
            (r#"{"x":1,"name":2}"#, "name: expected a text"),
        ];
        for (text, message) in wrong {
            assert_eq!(point(text), Err(message.to_owned()), "{text}");
        }
    }
}
