//! "The signer I expect": a control apart from the drop, because a key that came with the files proves
//! nothing about who signed them.

use crate::app::{Page, Part, later, once_known};
use crate::format::visible;
use crate::listeners::written;
use crate::model::{Action, Identity, Signer};
use crate::text::{self, t};
use crate::view::confirm::{Confirm, Found};
use crate::view::parts::{Symbol, code, icon, named};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

/// The expected signers, and how one is named.
pub fn signers(page: &Page) -> Html {
    html! {
        <section class="card signer" id="signer" tabindex="-1" aria-labelledby="signer-heading">
            <h2 id="signer-heading">{ t("signer.heading") }</h2>
            <p class="soft">{ t("signer.what") }</p>
            { chosen(page) }
            { chooser(page) }
            { once_known(page, paste_key) }
            { once_known(page, name_identity) }
            { error(page) }
            { later(page, |later| (later.among_files)(page)) }
        </section>
    }
}

fn chosen(page: &Page) -> Html {
    if page.model.signers.is_empty() && page.model.identity.is_none() {
        return Html::default();
    }
    let (dispatch, keep) = (page.dispatch.clone(), !page.model.keep);
    let onchange = Callback::from(move |_: Event| dispatch.dispatch(Action::Keep(keep)));
    html! {
        <>
            <ul class="signers" id="expected-signers" aria-label={t("signer.list")}>
                { for page.model.signers.iter().map(|signer| expected(page, signer)) }
                { for page.model.identity.iter().map(|identity| expected_identity(page, identity)) }
            </ul>
            <label class="keep soft small">
                <input type="checkbox" id="keep-signers" checked={page.model.keep} {onchange} />{ t("signer.keep") }
            </label>
        </>
    }
}

fn expected(page: &Page, signer: &Signer) -> Html {
    let (dispatch, fingerprint) = (page.dispatch.clone(), signer.fingerprint.clone());
    let remove = Callback::from(move |_| dispatch.dispatch(Action::Unexpect(fingerprint.clone())));
    html! {
        <li key={signer.fingerprint.clone()} class="signer-item" data-fingerprint={signer.fingerprint.clone()}>
            <div class="signer-text">
                <strong>{ named(&signer.name) }</strong>
                { code(&signer.fingerprint, "fingerprint") }
            </div>
            <button type="button" class="remove" onclick={remove} aria-label={text::with("signer.remove", &[("name", &visible(&signer.name))])}>
                { icon(Symbol::Cross) }
            </button>
        </li>
    }
}

fn expected_identity(page: &Page, identity: &Identity) -> Html {
    let dispatch = page.dispatch.clone();
    let remove = Callback::from(move |_| dispatch.dispatch(Action::UnexpectIdentity));
    html! {
        <li key="identity" class="signer-item" id="expected-identity">
            <div class="signer-text">
                <strong>{ named(&identity.identity) }</strong>
                <span class="soft small">{ text::html("vouched-for.by", &[("issuer", named(&identity.issuer))]) }</span>
            </div>
            <button type="button" class="remove" onclick={remove} aria-label={text::with("signer.remove", &[("name", &visible(&identity.identity))])}>
                { icon(Symbol::Cross) }
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
            <label for="signer-file" class="button">{ t("signer.choose") }</label>
        </div>
    }
}

/// Folded away: most people have the key as a file.
fn paste_key(page: &Page) -> Html {
    let engine = page.engine.clone();
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let name = match written("signer-name") {
            name if name.is_empty() => t("signer.pasted").to_owned(),
            name => name,
        };
        engine.key(name, written("signer-text").as_bytes());
    });
    html! {
        <details class="paste" id="signer-paste">
            <summary>{ t("signer.paste") }</summary>
            <form {onsubmit}>
                <label for="signer-text">{ t("signer.key") }</label>
                <textarea id="signer-text" rows="5" spellcheck="false" autocapitalize="off" autocomplete="off" required=true />
                <label for="signer-name">{ t("signer.name") }</label>
                <input type="text" id="signer-name" autocomplete="off" placeholder={t("signer.pasted")} />
                <button type="submit" class="button" id="signer-use">{ t("signer.use") }</button>
            </form>
        </details>
    }
}

/// Issuers that most bundles have, for the field to suggest. Nothing counts that the reader did not write.
const ISSUERS: [&str; 4] = [
    "https://token.actions.githubusercontent.com",
    "https://gitlab.com",
    "https://accounts.google.com",
    "https://github.com/login/oauth",
];

/// Sigstore bundles are signed with certificates for an identity.
fn name_identity(page: &Page) -> Html {
    let engine = page.engine.clone();
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        engine.expect_identity(Identity { identity: written("identity"), issuer: written("issuer") });
    });
    html! {
        <details class="paste" id="signer-name-identity">
            <summary>{ t("signer.identity") }</summary>
            <form {onsubmit}>
                <label for="identity">{ t("signer.identity.who") }</label>
                <input type="text" id="identity" autocomplete="off" autocapitalize="off" spellcheck="false" required=true />
                <label for="issuer">{ t("signer.identity.issuer") }</label>
                <input type="text" id="issuer" list="issuers" autocomplete="off" autocapitalize="off" spellcheck="false" required=true />
                <datalist id="issuers">{ for ISSUERS.iter().map(|issuer| html! { <option value={*issuer} /> }) }</datalist>
                <button type="submit" class="button" id="identity-use">{ t("signer.identity.use") }</button>
            </form>
        </details>
    }
}

fn error(page: &Page) -> Html {
    match &page.model.key_error {
        None => Html::default(),
        Some(message) => html! {
            <p class="field-error" id="signer-error" role="alert">{ icon(Symbol::Warning) }<span>{ visible(message) }</span></p>
        },
    }
}

/// The keys and identities that came along with the files. One counts only after the reader confirmed it.
pub fn among_files(page: &Page) -> Html {
    html! { <AmongFiles page={page.clone()} /> }
}

#[component]
fn AmongFiles(props: &Part) -> Html {
    let confirming = use_state(|| None::<Found>);
    let Some(report) = props.page.model.report() else { return Html::default() };
    let keys = report.unconfirmed_keys().into_iter().cloned().map(Found::Key);
    let identities = report.unconfirmed_identities().into_iter().map(Found::Identity);
    let found: Vec<Html> = keys.chain(identities).map(|it| offer(it, &confirming)).collect();
    if found.is_empty() {
        return Html::default();
    }
    let close = {
        let confirming = confirming.clone();
        Callback::from(move |()| confirming.set(None))
    };
    html! {
        <div class="found-keys" id="found-keys">
            <h3>{ t("signer.among") }</h3>
            <p class="soft small">{ t("signer.among.what") }</p>
            <ul>{ for found.into_iter() }</ul>
            if let Some(found) = (*confirming).clone() {
                <Confirm page={props.page.clone()} {found} {close} />
            }
        </div>
    }
}

fn offer(found: Found, confirming: &UseStateHandle<Option<Found>>) -> Html {
    let what = match &found {
        Found::Key(key) => html! {
            <>
                { named(&key.name) }
                { code(&key.fingerprint, "fingerprint") }
            </>
        },
        Found::Identity(identity) => html! {
            <>
                { named(&identity.identity) }
                <span class="soft small">{ text::html("vouched-for.by", &[("issuer", named(&identity.issuer))]) }</span>
            </>
        },
    };
    let fingerprint = match &found {
        Found::Key(key) => Some(key.fingerprint.clone()),
        Found::Identity(_) => None,
    };
    let confirming = confirming.clone();
    let onclick = Callback::from(move |_| confirming.set(Some(found.clone())));
    html! {
        <li class="found-key" data-fingerprint={fingerprint}>
            { what }
            <button type="button" class="button expect" {onclick}>{ t("signer.this") }</button>
        </li>
    }
}
