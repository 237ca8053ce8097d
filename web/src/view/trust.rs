//! Whom the page trusts. The file is fixed when the page is deployed; nothing dropped here changes it.

use crate::app::Page;
use crate::format::visible;
use crate::memory;
use crate::model::Action;
use crate::text::{self, t};
use crate::trust::{Alarm, Policy, PolicyLog, Trust};
use crate::view::parts::{Symbol, code, icon, named};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The policy beside the page, once it is known.
pub fn trust_card(page: &Page) -> Html {
    let trust = match &page.model.trust {
        Trust::Loading => return Html::default(),
        Trust::None(reason) => nobody(reason),
        Trust::Policy(_, policy) => self::policy(page, policy),
    };
    html! {
        <section class="card trust" id="trust" aria-labelledby="trust-heading">
            <h2 id="trust-heading">{ t("trust.heading") }</h2>
            { undecided(page) }
            { trust }
            { forgetful() }
        </section>
    }
}

fn undecided(page: &Page) -> Html {
    if !page.model.alarms.iter().any(|alarm| matches!(alarm, Alarm::KeyChanged { .. })) {
        return Html::default();
    }
    html! { <p class="trust-none">{ icon(Symbol::Warning) }<span>{ t("trust.undecided") }</span></p> }
}

fn forgetful() -> Html {
    match memory::works() {
        true => Html::default(),
        false => html! {
            <p class="trust-none" id="forgetful">
                { icon(Symbol::Warning) }
                <span>{ t("trust.forgetful") }</span>
            </p>
        },
    }
}

fn nobody(reason: &str) -> Html {
    html! {
        <div id="trust-none">
            <p class="trust-none">{ icon(Symbol::Warning) }<strong>{ t("trust.nobody") }</strong></p>
            <p class="soft">{ text::html("trust.none", &[("file", html! { <code>{ "policy.txt" }</code> }), ("reason", html! { <span lang="en">{ visible(reason) }</span> })]) }</p>
        </div>
    }
}

fn policy(page: &Page, policy: &Policy) -> Html {
    html! {
        <>
            <p class="soft">{ text::html("trust.fixed", &[("file", html! { <a href="./policy.txt" target="_blank" rel="noopener">{ "policy.txt" }</a> })]) }</p>
            <ul class="logs">{ for policy.logs.iter().map(log) }</ul>
            <p class="soft" id="quorum">{ quorum(policy) }</p>
            { which(page, policy) }
        </>
    }
}

/// Which of several logs is asked: whoever would not have all of them see the digests of their files names one.
fn which(page: &Page, policy: &Policy) -> Html {
    let addresses = policy.addresses();
    if addresses.len() < 2 {
        return Html::default();
    }
    let dispatch = page.dispatch.clone();
    let onchange = Callback::from(move |event: Event| {
        let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        dispatch.dispatch(Action::AskOnly(Some(select.value()).filter(|only| !only.is_empty())));
    });
    let only = page.model.only.as_deref();
    let option = |address: &str| {
        html! {
            <option value={address.to_owned()} selected={only == Some(address)}>
                { text::with("trust.ask.only", &[("log", &visible(address))]) }
            </option>
        }
    };
    html! {
        <p class="ask">
            <label for="ask">{ t("trust.ask") }</label>
            <select id="ask" {onchange}>
                <option value="" selected={only.is_none()}>{ t("trust.ask.all") }</option>
                { for addresses.into_iter().map(option) }
            </select>
        </p>
    }
}

fn log(log: &PolicyLog) -> Html {
    let url = match &log.url {
        Some(url) => code(url, "address"),
        None => html! { <span class="soft">{ t("trust.no-address") }</span> },
    };
    html! {
        <li class="log" data-origin={log.origin.clone()} data-fingerprint={log.fingerprint.clone()}>
            <dl>
                <div class="row"><dt>{ t("trust.log") }</dt><dd><strong>{ named(&log.origin) }</strong></dd></div>
                <div class="row"><dt>{ t("trust.key") }</dt><dd>{ code(&log.fingerprint, "fingerprint") }</dd></div>
                <div class="row"><dt>{ t("trust.address") }</dt><dd>{ url }</dd></div>
            </dl>
        </li>
    }
}

fn quorum(policy: &Policy) -> String {
    match (policy.quorum.as_str(), policy.witnesses.len()) {
        ("none", _) => t("trust.quorum.none").to_owned(),
        (_, 1) => text::with("trust.quorum.witness", &[("name", &visible(&policy.witnesses[0].name))]),
        (_, _) => {
            let names: Vec<String> = policy.witnesses.iter().map(|witness| visible(&witness.name)).collect();
            text::with("trust.quorum.witnesses", &[("names", &names.join(", "))])
        }
    }
}
