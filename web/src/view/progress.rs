//! What is going on, and how to stop it.

use crate::app::{Page, Part};
use crate::format::{count, size, visible};
use crate::model::{Action, Phase, Verifier};
use crate::view::parts::{Icon, Symbol};
use yew::prelude::*;

/// A run that is under way, or that came to no result.
#[component]
pub fn Progress(props: &Part) -> Html {
    let page = &props.page;
    if let Verifier::Broken(message) = &page.model.verifier {
        return trouble("verifier-broken", "The verifier does not run", message, Html::default());
    }
    match &page.model.phase {
        Phase::Idle | Phase::Done(_) => Html::default(),
        Phase::Reading if page.model.verifier == Verifier::Starting => {
            under_way(page, "Starting the verifier…", Html::default())
        }
        Phase::Reading => under_way(page, &reading(page), html! { { read(page, &all(page)) } }),
        Phase::Rereading(files) => under_way(page, &rereading(page, files), html! { { read(page, files) } }),
        Phase::Loading => under_way(
            page,
            "Loading the part that checks Sigstore bundles…",
            html! { "Once, from where this page came from." },
        ),
        Phase::Asking(requests) => {
            let asked =
                format!("{} so far: digests and public keys, nothing else.", count(*requests, "request", "requests"));
            under_way(page, "Asking the log…", html! { asked })
        }
        Phase::Cancelled => cancelled(page),
        Phase::Failed(message) => trouble("failed", "The check could not be completed", message, again(page)),
    }
}

fn reading(page: &Page) -> String {
    format!("Reading {}…", count(page.model.files.len(), "file", "files"))
}

fn rereading(page: &Page, files: &[u32]) -> String {
    match page.model.files.iter().find(|file| files == [file.id]) {
        Some(file) => format!("Reading what {} holds…", visible(&file.name)),
        None => format!("Reading what {} hold…", count(files.len(), "file", "files")),
    }
}

fn all(page: &Page) -> Vec<u32> {
    page.model.files.iter().map(|file| file.id).collect()
}

fn read(page: &Page, files: &[u32]) -> String {
    let files = || page.model.files.iter().filter(|file| files.contains(&file.id));
    let done: u64 = files().map(|file| file.done).sum();
    let all: u64 = files().map(|file| file.size).sum();
    format!("{} of {}, on this device.", size(done), size(all))
}

fn under_way(page: &Page, title: &str, detail: Html) -> Html {
    let dispatch = page.dispatch.clone();
    let cancel = Callback::from(move |_| dispatch.dispatch(Action::Cancel));
    html! {
        <section class="card run" id="run" aria-label="Progress">
            <span class="spinner" aria-hidden="true"></span>
            <div class="run-text"><p class="run-title">{ title }</p><p class="soft small">{ detail }</p></div>
            <button type="button" class="button" id="cancel" onclick={cancel}>{ "Cancel" }</button>
        </section>
    }
}

fn cancelled(page: &Page) -> Html {
    html! {
        <section class="card run" id="cancelled" aria-label="Progress">
            <div class="run-text"><p class="run-title">{ "Cancelled" }</p><p class="soft small">{ "Nothing was decided." }</p></div>
            { again(page) }
        </section>
    }
}

fn again(page: &Page) -> Html {
    let dispatch = page.dispatch.clone();
    let again = Callback::from(move |_| dispatch.dispatch(Action::Again));
    html! { <button type="button" class="button" id="again" onclick={again}>{ "Check again" }</button> }
}

fn trouble(id: &'static str, title: &str, message: &str, action: Html) -> Html {
    html! {
        <section class="card run trouble" {id} role="alert">
            <span class="trouble-icon"><Icon symbol={Symbol::Warning} /></span>
            <div class="run-text"><p class="run-title">{ title }</p><p class="wrap">{ visible(message) }</p></div>
            { action }
        </section>
    }
}
