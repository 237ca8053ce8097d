//! Evidence in machine-readable form, set for reading: each field by its name, every value copyable.

use crate::format::{visible, words};
use crate::view::parts::Code;
use serde_json::{Map, Value};
use yew::prelude::*;

/// What was expected and what was found stand first, below each other, so that they can be compared.
pub fn evidence(fields: &Map<String, Value>) -> Html {
    let mut ordered: Vec<(&String, &Value)> = fields.iter().collect();
    ordered.sort_by_key(|(name, _)| rank(name));
    html! { <dl class="evidence">{ for ordered.into_iter().map(|(name, value)| field(name, value)) }</dl> }
}

fn rank(name: &str) -> u8 {
    match name {
        "expected" => 0,
        "found" => 1,
        _ => 2,
    }
}

fn field(name: &str, value: &Value) -> Html {
    let class = match name {
        "expected" | "found" => Some(name.to_owned()),
        _ => None,
    };
    html! {
        <div class={classes!("row", class)} data-field={name.to_owned()}>
            <dt>{ visible(&words(name)) }</dt>
            <dd>{ self::value(name, value) }</dd>
        </div>
    }
}

/// From this length on (bytes) a text is worth a button that copies it.
const LONG: usize = 24;

/// Objects and lists nest as deep as the verifier made them, which bounds its evidence.
fn value(name: &str, value: &Value) -> Html {
    match value {
        Value::Null => html! { <span class="soft">{ "none" }</span> },
        Value::Bool(true) => html! { "yes" },
        Value::Bool(false) => html! { "no" },
        Value::Number(number) => html! { <code>{ number.to_string() }</code> },
        Value::String(text) if text.is_empty() => html! { <span class="soft">{ "empty" }</span> },
        Value::String(text) if text.len() < LONG => html! { <code>{ visible(text) }</code> },
        Value::String(text) => html! { <Code value={text.clone()} what={words(name)} /> },
        Value::Array(values) => {
            html! { <ul>{ for values.iter().map(|it| html! { <li>{ self::value(name, it) }</li> }) }</ul> }
        }
        Value::Object(fields) => evidence(fields),
    }
}
