//! The bytes of an entry, as they are.

use crate::explore::answer::Raw;
use crate::explore::bytes::{from_base64, hex_dump, pretty_json, shown, visible_lines};
use crate::text::{self, t};
use crate::view::parts::copy;
use std::rc::Rc;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// How bytes are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Json,
    Hex,
    Base64,
}

const FORMS: [(Form, &str, &str); 3] =
    [(Form::Json, "json", "JSON"), (Form::Hex, "hex", "Hex"), (Form::Base64, "base64", "Base64")];

#[derive(PartialEq, Properties)]
pub struct RawProps {
    pub raw: Rc<Raw>,
    /// What files are called that are made of it.
    pub name: AttrValue,
}

/// The leaf, the file that it records, and the proof.
#[component]
pub fn RawBytes(props: &RawProps) -> Html {
    let form = use_state(|| Form::Json);
    let onchange = {
        let form = form.setter();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            if let Some((chosen, ..)) = FORMS.into_iter().find(|(_, id, _)| *id == select.value()) {
                form.set(chosen);
            }
        })
    };
    let option = |(one, id, name): (Form, &'static str, &'static str)| html! { <option value={id} selected={one == *form}>{ name }</option> };
    html! {
        <section class="card raw" id="raw" aria-labelledby="raw-heading">
            <header class="raw-head">
                <h2 id="raw-heading">{ t("explore.bytes") }</h2>
                <label>{ t("explore.shown-as") }{ " " }<select id="raw-form" {onchange}>{ for FORMS.into_iter().map(option) }</select></label>
            </header>
            { bytes(t("explore.leaf"), &props.raw.leaf, *form, format!("entry-{}.json", props.name)) }
            if let Some(body) = &props.raw.body {
                { bytes(t("explore.body"), body, *form, format!("entry-{}.link", props.name)) }
            }
            if let Some(receipt) = &props.raw.receipt {
                <div class="bytes">
                    <h3>{ t("explore.receipt") }</h3>
                    <p class="soft small">{ t("explore.receipt-help") }</p>
                    <p><a class="button" download={format!("entry-{}.tlog-proof", props.name)} href={format!("data:text/plain;charset=utf-8,{}", escaped(receipt))}>{ t("explore.download") }</a></p>
                </div>
            }
        </section>
    }
}

fn bytes(what: &'static str, base64: &str, form: Form, file: String) -> Html {
    let text = written(base64, form);
    let (part, whole) = shown(&text);
    let href = format!("data:application/octet-stream;base64,{base64}");
    html! {
        <div class="bytes">
            <h3>{ what }</h3>
            <pre tabindex="0" aria-label={what}><bdi>{ part }</bdi></pre>
            if !whole {
                <p class="soft small">{ t("explore.beginning") }</p>
            }
            <p class="actions">
                { copy(&text, what) }
                <a class="button" download={file} {href} aria-label={text::with("explore.download-this", &[("what", what)])}>{ t("explore.download") }</a>
            </p>
        </div>
    }
}

fn written(base64: &str, form: Form) -> String {
    match form {
        Form::Base64 => base64.to_owned(),
        Form::Hex => hex_dump(&from_base64(base64)),
        Form::Json => {
            let bytes = from_base64(base64);
            let text = pretty_json(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
            visible_lines(&text)
        }
    }
}

/// A text as a part of an address.
fn escaped(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}
