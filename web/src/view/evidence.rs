//! Evidence in machine-readable form, set for reading: each field by its name, every value copyable.

use crate::format::{visible, words};
use crate::json::Json;
use crate::view::parts::code;
use yew::prelude::*;

/// What was expected and what was found stand first, below each other, so that they can be compared.
pub fn evidence(evidence: &Json) -> Html {
    let first = FIRST.iter().filter_map(|name| Some(field(name, evidence.get(name)?)));
    let others = evidence.fields().iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    let others = others.map(|(name, value)| field(name, value));
    html! { <dl class="evidence">{ for first.chain(others) }</dl> }
}

const FIRST: [&str; 2] = ["expected", "found"];

fn field(name: &str, value: &Json) -> Html {
    let class = FIRST.contains(&name).then(|| name.to_owned());
    html! {
        <div class={classes!("row", class)} data-field={name.to_owned()}>
            <dt>{ visible(&words(name)) }</dt>
            <dd>{ self::value(name, value) }</dd>
        </div>
    }
}

fn none() -> Html {
    html! { <span class="soft">{ "none" }</span> }
}

/// From this length on (bytes) a text is worth a button that copies it.
const LONG: usize = 24;

/// Objects and lists nest as deep as the verifier made them, which bounds its evidence.
fn value(name: &str, value: &Json) -> Html {
    match value {
        Json::Null => none(),
        Json::List(values) if values.is_empty() => none(),
        Json::Bool(true) => html! { "yes" },
        Json::Bool(false) => html! { "no" },
        Json::Number(number) => html! { <code>{ number.to_string() }</code> },
        Json::Text(text) if text.is_empty() => html! { <span class="soft">{ "empty" }</span> },
        Json::Text(text) if text.len() < LONG => html! { <code>{ visible(text) }</code> },
        Json::Text(text) => code(text, &words(name)),
        Json::List(values) => {
            html! { <ul>{ for values.iter().map(|it| html! { <li>{ self::value(name, it) }</li> }) }</ul> }
        }
        Json::Object(_) => evidence(value),
    }
}
