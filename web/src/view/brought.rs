//! What the address brought: evidence, which stands among the files, and claims, which count for nothing before the
//! reader has confirmed them.

use crate::app::Page;
use crate::model::Identity;
use crate::route::{AddressError, Claim, Route};
use crate::text::{self, t};
use crate::view::confirm::{Confirm, Found};
use crate::view::parts::{Symbol, code, icon, named};
use yew::prelude::*;

/// Nothing, where the address brings nothing.
pub fn brought(page: &Page) -> Html {
    if let Some(error) = &page.place.error {
        return refused(error);
    }
    let Route::Verify(brought) = &page.place.route else { return Html::default() };
    if brought.is_empty() {
        return Html::default();
    }
    html! {
        <section class="card brought" id="brought" aria-labelledby="brought-heading">
            <h2 id="brought-heading">{ t("brought.heading") }</h2>
            <p class="soft">{ t("brought.evidence") }</p>
            if !brought.files.is_empty() {
                <p>{ text::plural("brought.files", brought.files.len(), &[]) }</p>
            }
            { artifacts(page, &brought.artifacts) }
            { for brought.identity.iter().map(|identity| html! { <ClaimedSigner page={page.clone()} identity={identity.clone()} /> }) }
        </section>
    }
}

fn refused(error: &AddressError) -> Html {
    html! {
        <section class="card run trouble" id="address-refused" role="alert">
            <span class="trouble-icon">{ icon(Symbol::Warning) }</span>
            <div class="run-text">
                <p class="run-title">{ t("address.refused") }</p>
                <p class="wrap">{ crate::format::visible(&error.sentence()) }{ " " }{ t("address.unused") }</p>
            </div>
        </section>
    }
}

fn artifacts(page: &Page, claims: &[Claim]) -> Html {
    if claims.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <p>{ t("brought.artifacts") }</p>
            <ul class="claims">{ for claims.iter().map(|claim| artifact(page, claim)) }</ul>
        </>
    }
}

fn artifact(page: &Page, claim: &Claim) -> Html {
    let there = page.model.files.iter().any(|file| file.sha256.as_ref() == Some(&claim.sha256));
    html! {
        <li class="claim" data-sha256={claim.sha256.clone()} data-there={there.to_string()}>
            <strong>{ named(&claim.name) }</strong>
            <span class="soft small">{ if there { t("brought.there") } else { t("brought.missing") } }</span>
            { code(&claim.sha256, "SHA-256") }
        </li>
    }
}

#[derive(PartialEq, Properties)]
struct ClaimedProps {
    page: Page,
    identity: Identity,
}

/// Whom the address claims to have signed, until the reader expects them.
#[component]
fn ClaimedSigner(props: &ClaimedProps) -> Html {
    let asking = use_state(|| false);
    let ClaimedProps { page, identity } = props;
    if page.model.identity.as_ref() == Some(identity) {
        return Html::default();
    }
    let ask = {
        let asking = asking.setter();
        Callback::from(move |_| asking.set(true))
    };
    let close = {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(false))
    };
    html! {
        <div class="claim" id="claimed-signer">
            <p>{ t("brought.claim") }</p>
            <strong>{ named(&identity.identity) }</strong>
            <span class="soft small">{ text::html("brought.voucher", &[("issuer", named(&identity.issuer))]) }</span>
            <button type="button" class="button expect" onclick={ask}>{ t("brought.expect") }</button>
            if *asking {
                <Confirm page={page.clone()} found={Found::Identity(identity.clone())} {close} />
            }
        </div>
    }
}
