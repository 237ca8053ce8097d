//! Values that cross between JavaScript and here, as JSON text: the browser has a fast parser and printer for it, and
//! the verifier has its own, so that no other code has to be loaded.

use js_sys::{Error, JSON};
use rekor_verifier::format::json::{self, Value};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// A JavaScript value of plain objects. In the layout that reports have: each other would be another printer.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Error> {
    // As of a report: what is written here has no maps with keys that are not strings.
    JSON::parse(&serde_json::to_string_pretty(value).unwrap_or_default()).map_err(Error::from)
}

/// What JSON can hold of a JavaScript value.
pub(crate) fn from_js(value: &JsValue) -> Result<Value, Error> {
    let text = String::from(JSON::stringify(value).map_err(Error::from)?);
    json::parse(text.as_bytes()).map_err(|e| Error::new(&e.to_string()))
}

/// A member of an object; `null` counts as none.
pub(crate) fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| **value != Value::Null)
}

/// A member that must be there, as text.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Result<&'a str, Error> {
    member(object, name).and_then(Value::as_str).ok_or_else(|| Error::new(&format!("{name}: expected a text")))
}

/// A member that must be there, as a list of texts.
pub(crate) fn texts<'a>(object: &'a Value, name: &str) -> Result<Vec<&'a str>, Error> {
    let list = member(object, name).and_then(Value::as_array);
    let texts = list.and_then(|list| list.iter().map(Value::as_str).collect());
    texts.ok_or_else(|| Error::new(&format!("{name}: expected a list of texts")))
}
