//! Whom the page trusts. The file is fixed when the page is deployed; nothing dropped here changes it.

use crate::app::{Page, Part};
use crate::format::visible;
use crate::memory;
use crate::trust::{Alarm, Policy, PolicyLog, Trust};
use crate::view::parts::{Code, Icon, Name, Symbol};
use yew::prelude::*;

/// The policy beside the page.
#[component]
pub fn TrustCard(props: &Part) -> Html {
    let page = &props.page;
    html! {
        <section class="card trust" id="trust" aria-labelledby="trust-heading">
            <h2 id="trust-heading">{ "Whom this page trusts" }</h2>
            { undecided(page) }
            { match &page.model.trust {
                Trust::Loading => html! { <p class="soft">{ "Reading the policy…" }</p> },
                Trust::None(reason) => nobody(reason),
                Trust::Policy(_, policy) => self::policy(policy),
            } }
            { forgetful() }
        </section>
    }
}

fn undecided(page: &Page) -> Html {
    if !page.model.alarms.iter().any(|alarm| matches!(alarm, Alarm::KeyChanged { .. })) {
        return Html::default();
    }
    html! { <p class="trust-none"><Icon symbol={Symbol::Warning} /><span>{ "Until you decide about the changed key, no log is trusted." }</span></p> }
}

fn forgetful() -> Html {
    match memory::works() {
        true => Html::default(),
        false => html! {
            <p class="trust-none" id="forgetful">
                <Icon symbol={Symbol::Warning} />
                <span>{ "This browser lets the page remember nothing: a log that rewrites its history goes unnoticed between visits." }</span>
            </p>
        },
    }
}

fn nobody(reason: &str) -> Html {
    html! {
        <div id="trust-none">
            <p class="trust-none"><Icon symbol={Symbol::Warning} /><strong>{ "No log: nothing can be confirmed here." }</strong></p>
            <p class="soft">{ "The trust policy of this page is " }<code>{ "policy.txt" }</code>{ format!(" beside it, and {}. Whoever runs this page can put it right.", visible(reason)) }</p>
        </div>
    }
}

fn policy(policy: &Policy) -> Html {
    html! {
        <>
            <p class="soft">{ "Fixed by whoever deployed this page, in " }<a href="./policy.txt" target="_blank" rel="noopener">{ "policy.txt" }</a>{ ". Nothing that is dropped here changes it." }</p>
            <ul class="logs">{ for policy.logs.iter().map(log) }</ul>
            <p class="soft" id="quorum">{ quorum(policy) }</p>
        </>
    }
}

fn log(log: &PolicyLog) -> Html {
    let url = match &log.url {
        Some(url) => html! { <Code value={url.clone()} what="address" /> },
        None => html! { <span class="soft">{ "no address: it is not asked" }</span> },
    };
    html! {
        <li class="log" data-origin={log.origin.clone()} data-fingerprint={log.fingerprint.clone()}>
            <dl>
                <div class="row"><dt>{ "Log" }</dt><dd><strong><Name name={log.origin.clone()} /></strong></dd></div>
                <div class="row"><dt>{ "Key" }</dt><dd><Code value={log.fingerprint.clone()} what="fingerprint" /></dd></div>
                <div class="row"><dt>{ "Address" }</dt><dd>{ url }</dd></div>
            </dl>
        </li>
    }
}

fn quorum(policy: &Policy) -> String {
    match (policy.quorum.as_str(), policy.witnesses.len()) {
        ("none", _) => "No witness has to confirm its tree.".to_owned(),
        (_, 1) => format!("Its tree has to be confirmed by the witness {}.", visible(&policy.witnesses[0].name)),
        (_, _) => {
            let names: Vec<String> = policy.witnesses.iter().map(|witness| visible(&witness.name)).collect();
            format!("Its tree has to be confirmed by a quorum of these witnesses: {}.", names.join(", "))
        }
    }
}
