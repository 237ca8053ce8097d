//! The entries that were found, a page after the other.

use super::At;
use super::look::{Look, trouble, use_look};
use super::proofs::{outcome_words, recorded_time};
use crate::explore::Question;
use crate::explore::answer::{Entry, Key, Role};
use crate::format::{short, visible};
use crate::report::Outcome;
use crate::text::{self, t};
use crate::view::parts::{code, mark_as, named, prose};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct ResultsProps {
    pub at: At,
    /// As the address has it.
    pub query: AttrValue,
    pub question: Option<Question>,
}

/// What a search found.
#[component]
pub fn Results(props: &ResultsProps) -> Html {
    let (look, more) = use_look(&props.at, props.question.clone());
    let shown = look.entries().count();
    html! {
        <section class="card explore results" id="results" data-look={look.state()} data-shown={shown.to_string()} aria-labelledby="results-heading">
            <h2 id="results-heading">{ heading(&look) }</h2>
            <div class="asked">{ code(&props.query, "query") }</div>
            { chain_link(&props.at, &props.query) }
            { trouble(&look) }
            { nothing(&look) }
            <ol class="entries">{ for look.entries().map(|entry| item(&props.at, entry)) }</ol>
            { further(&look, more) }
        </section>
    }
}

fn heading(look: &Look) -> String {
    match look.last() {
        Some(page) if page.problem.is_none() => text::plural("explore.found", page.total as usize, &[]),
        _ => t("explore.results").to_owned(),
    }
}

/// Only files have a chain, and links name them by this digest.
fn chain_link(at: &At, query: &str) -> Html {
    match query.strip_prefix("sha256:") {
        Some(sha256) => html! { <p><a class="to-chain" href={at.chain(sha256)}>{ t("explore.to-chain") }</a></p> },
        None => Html::default(),
    }
}

fn nothing(look: &Look) -> Html {
    let page = look.last().filter(|page| page.total == 0 && page.problem.is_none());
    match page {
        Some(_) => html! { <p class="nothing" id="nothing">{ t("explore.nothing") }</p> },
        None => Html::default(),
    }
}

fn further(look: &Look, more: Callback<()>) -> Html {
    let Some(page) = look.last() else { return Html::default() };
    let onclick = more.reform(|_| ());
    html! {
        <>
            if page.truncated && !page.more {
                <p class="soft small">{ t("explore.truncated") }</p>
            }
            if page.more {
                <button type="button" class="button" id="more" {onclick} disabled={look.busy}>{ t("explore.more") }</button>
            }
        </>
    }
}

/// An entry in a list.
pub fn item(at: &At, entry: &Entry) -> Html {
    let title = match entry.index {
        Some(index) => format!("#{index}"),
        None => short(&entry.uuid),
    };
    html! {
        <li class="entry" data-index={entry.index.map(|index| index.to_string())} data-outcome={entry.outcome.id()}>
            <div class="entry-head">
                <a class="entry-link" href={at.entry(entry.index, &entry.uuid)}>{ title }</a>
                <span class="entry-title">{ entry_title(entry) }</span>
                { mark_as(entry.outcome, outcome_words(entry.outcome)) }
            </div>
            { roles(&entry.roles) }
            { signers(entry) }
            { recorded_time(entry) }
            { problem(entry) }
        </li>
    }
}

/// What an entry is, in a few words.
pub fn entry_title(entry: &Entry) -> Html {
    match (&entry.link, &entry.kind) {
        (Some(link), _) => {
            let key = if link.builder.is_some() { "explore.build" } else { "explore.step" };
            text::html(key, &[("name", html! { <strong>{ named(link.title()) }</strong> })])
        }
        (None, Some(kind)) => html! { { visible(kind) } },
        (None, None) => html! { { t("explore.unread") } },
    }
}

fn roles(roles: &[Role]) -> Html {
    let role = |role: &Role| {
        let words = match role.role.as_str() {
            "product" => t("explore.role.product"),
            "material" => t("explore.role.material"),
            "link-file" => t("explore.role.link-file"),
            "signed-content" => t("explore.role.signed-content"),
            "artifact" => t("explore.role.artifact"),
            "payload" => t("explore.role.payload"),
            "subject" => t("explore.role.subject"),
            _ => t("explore.role.envelope"),
        };
        html! { <li data-role={role.role.clone()}>{ words }{ for role.path.iter().map(|path| html! { <>{ " " }{ named(path) }</> }) }</li> }
    };
    match roles.is_empty() {
        true => Html::default(),
        false => html! { <ul class="roles">{ for roles.iter().map(role) }</ul> },
    }
}

fn signers(entry: &Entry) -> Html {
    let key = |key: &Key| html! { <li><code title={key.fingerprint.clone()}>{ short(&key.fingerprint) }</code></li> };
    match (&entry.holder, entry.keys.is_empty()) {
        (Some(holder), _) => html! {
            <p class="entry-holder soft small">{ text::html("explore.certified", &[("name", named(&holder.identity))]) }</p>
        },
        (None, true) => Html::default(),
        (None, false) => html! {
            <div class="entry-keys soft small">{ t("explore.key-in-entry") }<ul>{ for entry.keys.iter().map(key) }</ul></div>
        },
    }
}

/// What did not hold, where something did not.
fn problem(entry: &Entry) -> Html {
    let check = entry.checks.iter().find(|check| check.required && check.outcome == entry.outcome);
    match check.filter(|_| entry.outcome != Outcome::Passed) {
        Some(check) => {
            html! { <p class="entry-problem">{ prose(&check.sentence) }</p> }
        }
        None => Html::default(),
    }
}
