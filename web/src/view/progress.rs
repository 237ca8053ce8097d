//! What is going on, and how to stop it.

use crate::app::Page;
use crate::format::{size, visible};
use crate::model::{Action, Phase, Verifier};
use crate::text::{self, t};
use crate::view::parts::{Symbol, icon};
use yew::prelude::*;

/// A run that is under way, or that came to no result.
pub fn progress(page: &Page) -> Html {
    if let Verifier::Broken(message) = &page.model.verifier {
        return trouble("verifier-broken", t("progress.broken"), message, Html::default());
    }
    match &page.model.phase {
        Phase::Idle | Phase::Done(_) => Html::default(),
        Phase::Reading if page.model.verifier == Verifier::Starting => {
            under_way(page, t("progress.starting"), Html::default())
        }
        Phase::Reading => under_way(page, &reading(page), html! { { read(page, &all(page)) } }),
        Phase::Rereading(files) => under_way(page, &rereading(page, files), html! { { read(page, files) } }),
        Phase::Loading => under_way(page, t("progress.loading"), html! { t("progress.once") }),
        Phase::Asking(requests) => {
            let asked = text::plural("progress.requests", *requests, &[]);
            under_way(page, t("progress.asking"), html! { asked })
        }
        Phase::Cancelled => cancelled(page),
        Phase::Failed(message) => trouble("failed", t("progress.failed"), message, again(page)),
    }
}

fn reading(page: &Page) -> String {
    text::plural("progress.reading", page.model.files.len(), &[])
}

fn rereading(page: &Page, files: &[u32]) -> String {
    match page.model.files.iter().find(|file| files == [file.id]) {
        Some(file) => text::with("progress.holds", &[("name", &visible(&file.name))]),
        None => text::plural("progress.hold", files.len(), &[]),
    }
}

fn all(page: &Page) -> Vec<u32> {
    page.model.files.iter().map(|file| file.id).collect()
}

fn read(page: &Page, files: &[u32]) -> String {
    let files = || page.model.files.iter().filter(|file| files.contains(&file.id));
    let done: u64 = files().map(|file| file.done).sum();
    let all: u64 = files().map(|file| file.size).sum();
    text::with("progress.done", &[("done", &size(done)), ("all", &size(all))])
}

fn under_way(page: &Page, title: &str, detail: Html) -> Html {
    let dispatch = page.dispatch.clone();
    let cancel = Callback::from(move |_| dispatch.dispatch(Action::Cancel));
    html! {
        <section class="card run" id="run" aria-label={t("progress.label")}>
            <span class="spinner" aria-hidden="true"></span>
            <div class="run-text"><p class="run-title">{ title }</p><p class="soft small">{ detail }</p></div>
            <button type="button" class="button" id="cancel" onclick={cancel}>{ t("progress.cancel") }</button>
        </section>
    }
}

fn cancelled(page: &Page) -> Html {
    html! {
        <section class="card run" id="cancelled" aria-label={t("progress.label")}>
            <div class="run-text"><p class="run-title">{ t("progress.cancelled") }</p><p class="soft small">{ t("progress.nothing") }</p></div>
            { again(page) }
        </section>
    }
}

fn again(page: &Page) -> Html {
    let dispatch = page.dispatch.clone();
    let again = Callback::from(move |_| dispatch.dispatch(Action::Again));
    html! { <button type="button" class="button" id="again" onclick={again}>{ t("progress.again") }</button> }
}

fn trouble(id: &'static str, title: &str, message: &str, action: Html) -> Html {
    html! {
        <section class="card run trouble" {id} role="alert">
            <span class="trouble-icon">{ icon(Symbol::Warning) }</span>
            <div class="run-text"><p class="run-title">{ title }</p><p class="wrap">{ visible(message) }</p></div>
            { action }
        </section>
    }
}
