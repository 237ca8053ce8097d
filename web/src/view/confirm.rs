//! The question before a key or an identity among the files becomes an expected signer.

use crate::app::Page;
use crate::engine::Engine;
use crate::model::Identity;
use crate::report::FoundKey;
use crate::text::{self, t};
use crate::view::parts::{code, named};
use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// What came with the files and says who signed.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A key.
    Key(FoundKey),
    /// An identity in a Sigstore bundle.
    Identity(Identity),
}

impl Found {
    fn expect(self, engine: &Engine) {
        match self {
            Self::Key(key) => engine.confirm(key),
            Self::Identity(identity) => engine.expect_identity(identity),
        }
    }
}

#[derive(PartialEq, Properties)]
pub struct ConfirmProps {
    pub page: Page,
    pub found: Found,
    /// The question is answered.
    pub close: Callback<()>,
}

/// A modal dialog, open as long as it is there.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let dialog = use_node_ref();
    use_open(&dialog);
    let confirm = {
        let (engine, found, close) = (props.page.engine.clone(), props.found.clone(), props.close.clone());
        Callback::from(move |_| {
            close.emit(());
            found.clone().expect(&engine);
        })
    };
    let cancel = {
        let dialog = dialog.clone();
        Callback::from(move |_| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                dialog.close();
            }
        })
    };
    let onclose = {
        let close = props.close.clone();
        Callback::from(move |_: Event| close.emit(()))
    };
    html! {
        <dialog ref={dialog} class="confirm" id="confirm-signer" aria-labelledby="confirm-heading" {onclose}>
            <h2 id="confirm-heading">{ t("confirm.heading") }</h2>
            { question(&props.found) }
            <p class="soft small">{ t("confirm.lasts") }</p>
            <div class="actions">
                <button type="button" class="button" id="confirm-no" onclick={cancel}>{ t("confirm.no") }</button>
                <button type="button" class="button primary" id="confirm-yes" onclick={confirm}>{ t("confirm.yes") }</button>
            </div>
        </dialog>
    }
}

fn question(found: &Found) -> Html {
    match found {
        Found::Key(key) => html! {
            <>
                <p>
                    { text::html("confirm.key", &[("name", named(&key.name))]) }
                </p>
                <p class="fingerprint">{ code(&key.fingerprint, "fingerprint") }</p>
            </>
        },
        Found::Identity(identity) => html! {
            <>
                <p>
                    { t("confirm.identity") }
                </p>
                <div class="fingerprint identity">
                    <p>{ named(&identity.identity) }</p>
                    <p class="soft small">{ text::html("vouched-for.by", &[("issuer", named(&identity.issuer))]) }</p>
                </div>
            </>
        },
    }
}

/// Only a dialog opened by its method holds the focus inside.
#[hook]
fn use_open(dialog: &NodeRef) {
    let dialog = dialog.clone();
    use_effect_with((), move |()| {
        if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
            // Refused only where it is open already.
            let _ = dialog.show_modal();
        }
    });
}
