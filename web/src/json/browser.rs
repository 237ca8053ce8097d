//! Between the browser's values and ours.

use super::Json;
use js_sys::{Array, JSON, Number, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

impl Json {
    /// What JSON can hold of a JavaScript value; of anything else, nothing. Objects nest as deep as the verifier, or
    /// this page, made them.
    pub fn from_js(value: &JsValue) -> Self {
        if let Some(value) = value.as_bool() {
            Self::Bool(value)
        } else if Number::is_safe_integer(value) {
            Self::Number(value.as_f64().unwrap_or_default() as i64)
        } else if value.as_f64().is_some() {
            Self::Text(String::from(value.unchecked_ref::<Object>().to_string()))
        } else if let Some(text) = value.as_string() {
            Self::Text(text)
        } else if let Some(list) = value.dyn_ref::<Array>() {
            Self::List(list.iter().map(|value| Self::from_js(&value)).collect())
        } else if let Some(object) = value.dyn_ref::<Object>() {
            let field = |entry: JsValue| {
                let entry = entry.unchecked_into::<Array>();
                (entry.get(0).as_string().unwrap_or_default(), Self::from_js(&entry.get(1)))
            };
            Self::Object(Object::entries(object).iter().map(field).collect())
        } else {
            Self::Null
        }
    }

    /// The same for JavaScript.
    pub fn to_js(&self) -> JsValue {
        match self {
            Self::Null => JsValue::NULL,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => (*number as f64).into(),
            Self::Text(text) => text.into(),
            Self::List(list) => list.iter().map(Self::to_js).collect::<Array>().into(),
            Self::Object(fields) => {
                let object = Object::new();
                for (name, value) in fields {
                    // A plain object takes any property.
                    let _ = Reflect::set(&object, &name.into(), &value.to_js());
                }
                object.into()
            }
        }
    }

    /// Reads JSON text.
    pub fn parse(text: &str) -> Option<Self> {
        JSON::parse(text).ok().map(|value| Self::from_js(&value))
    }

    /// JSON text.
    pub fn to_text(&self) -> String {
        // Only functions and cycles have no JSON.
        JSON::stringify(&self.to_js()).map(String::from).unwrap_or_default()
    }
}
