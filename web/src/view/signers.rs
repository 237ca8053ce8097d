//! "The signer I expect": a control apart from the drop, because a key that came with the files proves
//! nothing about who signed them.

use crate::app::{Page, Part};
use crate::model::{Action, Signer};
use crate::report::FoundKey;
use crate::view::confirm::Confirm;
use crate::view::parts::{Code, Icon, Name, Symbol};
use web_sys::{HtmlInputElement, HtmlTextAreaElement, SubmitEvent};
use yew::prelude::*;

/// The expected signers, and how one is named.
#[component]
pub fn Signers(props: &Part) -> Html {
    let page = &props.page;
    html! {
        <section class="card signer" id="signer" tabindex="-1" aria-labelledby="signer-heading">
            <h2 id="signer-heading">{ "The signer I expect" }</h2>
            <p class="soft">{ "Whose signature should the files carry? Take the key from a source that you trust, apart from these files." }</p>
            { chosen(page) }
            { chooser(page) }
            <PasteKey page={page.clone()} />
            { error(page) }
            <KeysAmongFiles page={page.clone()} />
        </section>
    }
}

fn chosen(page: &Page) -> Html {
    if page.model.signers.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="signers" id="expected-signers" aria-label="Expected signers">
            { for page.model.signers.iter().map(|signer| expected(page, signer)) }
        </ul>
    }
}

fn expected(page: &Page, signer: &Signer) -> Html {
    let (dispatch, fingerprint) = (page.dispatch.clone(), signer.fingerprint.clone());
    let remove = Callback::from(move |_| dispatch.dispatch(Action::Unexpect(fingerprint.clone())));
    html! {
        <li key={signer.fingerprint.clone()} class="signer-item" data-fingerprint={signer.fingerprint.clone()}>
            <div class="signer-text">
                <strong><Name name={signer.name.clone()} /></strong>
                <Code value={signer.fingerprint.clone()} what="fingerprint" />
            </div>
            <button type="button" class="remove" onclick={remove} aria-label={format!("No longer expect {}", crate::format::visible(&signer.name))}>
                <Icon symbol={Symbol::Cross} />
            </button>
        </li>
    }
}

fn chooser(page: &Page) -> Html {
    let engine = page.engine.clone();
    let onchange = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            engine.key_file(file);
        }
        // The same file may be chosen again.
        input.set_value("");
    });
    html! {
        <div class="choose">
            <input type="file" id="signer-file" class="visually-hidden" {onchange} />
            <label for="signer-file" class="button">{ "Choose a key file" }</label>
        </div>
    }
}

/// Folded away: most people have the key as a file.
#[component]
fn PasteKey(props: &Part) -> Html {
    let (text, name) = (use_node_ref(), use_node_ref());
    let onsubmit = {
        let (engine, text, name) = (props.page.engine.clone(), text.clone(), name.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (Some(text), Some(name)) = (text.cast::<HtmlTextAreaElement>(), name.cast::<HtmlInputElement>()) else {
                return;
            };
            let called = match name.value().trim() {
                "" => "pasted key".to_owned(),
                called => called.to_owned(),
            };
            engine.key(called, text.value().as_bytes());
        })
    };
    html! {
        <details class="paste" id="signer-paste">
            <summary>{ "Paste a key" }</summary>
            <form {onsubmit}>
                <label for="signer-text">{ "Public key (PEM, or in-toto JSON)" }</label>
                <textarea id="signer-text" ref={text} rows="5" spellcheck="false" autocapitalize="off" autocomplete="off" required=true />
                <label for="signer-name">{ "Whose key it is (for this page only)" }</label>
                <input type="text" id="signer-name" ref={name} autocomplete="off" placeholder="pasted key" />
                <button type="submit" class="button" id="signer-use">{ "Expect this signer" }</button>
            </form>
        </details>
    }
}

fn error(page: &Page) -> Html {
    match &page.model.key_error {
        None => Html::default(),
        Some(message) => html! {
            <p class="field-error" id="signer-error" role="alert"><Icon symbol={Symbol::Warning} /><span>{ crate::format::visible(message) }</span></p>
        },
    }
}

/// The keys that came along with the files. One counts only after the reader confirmed its fingerprint.
#[component]
fn KeysAmongFiles(props: &Part) -> Html {
    let confirming = use_state(|| None::<FoundKey>);
    let Some(report) = props.page.model.report() else { return Html::default() };
    let keys = report.unconfirmed_keys();
    if keys.is_empty() {
        return Html::default();
    }
    let close = {
        let confirming = confirming.clone();
        Callback::from(move |()| confirming.set(None))
    };
    html! {
        <div class="found-keys" id="found-keys">
            <h3>{ "Among your files" }</h3>
            <p class="soft small">{ "A key that came with the files does not count by itself: whoever made the files could have put it there." }</p>
            <ul>{ for keys.into_iter().map(|key| found(key, &confirming)) }</ul>
            if let Some(found) = (*confirming).clone() {
                <Confirm page={props.page.clone()} {found} {close} />
            }
        </div>
    }
}

fn found(key: &FoundKey, confirming: &UseStateHandle<Option<FoundKey>>) -> Html {
    let (confirming, chosen) = (confirming.clone(), key.clone());
    let onclick = Callback::from(move |_| confirming.set(Some(chosen.clone())));
    html! {
        <li class="found-key" data-fingerprint={key.fingerprint.clone()}>
            <Name name={key.name.clone()} />
            <Code value={key.fingerprint.clone()} what="fingerprint" />
            <button type="button" class="button expect" {onclick}>{ "This is the signer I expect" }</button>
        </li>
    }
}
