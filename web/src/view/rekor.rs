//! What was found out about each entry of a Rekor log that came as a file.

use crate::format::time;
use crate::report::{RekorEntry, Report};
use crate::text::t;
use crate::view::facts::{row, signed_by};
use crate::view::parts::named;
use yew::prelude::*;

/// Who signed what, and where that is recorded.
pub fn rekor_entry(report: &Report, entry: &RekorEntry) -> Html {
    html! {
        <section class="card fact rekor-entry" data-subject={entry.subject.clone()}>
            <header><h3><span class="fact-kind">{ t("rekor.title") }</span>{ named(&entry.name) }</h3></header>
            <dl>
                { for entry.artifact.as_ref().map(|artifact| row("rekor.about", named(&report.subject(artifact)))) }
                { for entry.key.as_ref().map(|key| row("rekor.signed-by", signed_by(key))) }
                { recorded(entry) }
                { for entry.time.map(|at| row("rekor.time", html! { <><time class="log-time">{ time(at) }</time>{ " " }<span class="word">{ t("rekor.log-says") }</span></> })) }
                { for entry.kind.as_ref().map(|kind| row("rekor.kind", named(kind))) }
            </dl>
        </section>
    }
}

fn recorded(entry: &RekorEntry) -> Html {
    let Some(index) = entry.index else { return Html::default() };
    let log = match &entry.log {
        Some(log) => named(log),
        None => html! { <span class="soft">{ t("rekor.stranger") }</span> },
    };
    row("rekor.recorded", html! { <>{ format!("#{index} · ") }{ log }</> })
}
