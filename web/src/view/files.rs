//! What the reader brought, and how more is brought.

use crate::app::Page;
use crate::engine::Engine;
use crate::format::{size, visible};
use crate::listeners::{folder, list};
use crate::model::{Item, Phase};
use crate::text::{self, t};
use crate::view::parts::{Symbol, icon, named};
use web_sys::{FileList, HtmlInputElement};
use yew::prelude::*;

/// The drop zone and the list of files.
pub fn brought_files(page: &Page) -> Html {
    html! {
        <section class="card files" aria-labelledby="files-heading">
            <div class="drop" id="drop">
                <span class="drop-icon">{ icon(Symbol::Drop) }</span>
                <h2 id="files-heading">{ if page.model.files.is_empty() { t("files.drop") } else { t("files.yours") } }</h2>
                <p class="soft">{ invitation(page) }</p>
                { chooser(page) }
                { explanation(page) }
            </div>
            { files(page) }
        </section>
    }
}

fn invitation(page: &Page) -> &'static str {
    match page.model.files.is_empty() {
        true => t("files.invitation"),
        false => t("files.more"),
    }
}

/// What a newcomer needs to know, until there are files.
fn explanation(page: &Page) -> Html {
    if !page.model.files.is_empty() {
        return Html::default();
    }
    html! {
        <details class="explain">
            <summary>{ t("files.what") }</summary>
            <dl class="soft small">
                <div><dt>{ t("files.link") }</dt><dd>{ t("files.link.what") }</dd></div>
                <div><dt>{ t("files.layout") }</dt><dd>{ t("files.layout.what") }</dd></div>
                <div><dt>{ t("files.bundle") }</dt><dd>{ t("files.bundle.what") }</dd></div>
                <div><dt>{ t("files.receipt") }</dt><dd>{ t("files.receipt.what") }</dd></div>
            </dl>
            <p class="soft small">{ t("files.none") }</p>
        </details>
    }
}

fn chooser(page: &Page) -> Html {
    let files = chosen(page, |engine, files| engine.add(list(files)));
    let folders = chosen(page, |engine, files| engine.take(folder(files)));
    let empty = page.model.files.is_empty();
    html! {
        <>
            <div class="choose">
                <input type="file" id="files" class="visually-hidden" multiple=true onchange={files} />
                <label for="files" class={if empty { "button primary" } else { "button" }}>
                    { if empty { t("files.choose") } else { t("files.add") } }
                </label>
                <input type="file" id="folder" class="visually-hidden" webkitdirectory=true onchange={folders} />
                <label for="folder" class="button">{ if empty { t("files.choose-folder") } else { t("files.add-folder") } }</label>
            </div>
            <p class="soft small">{ t("files.paste") }</p>
            { refused(page) }
        </>
    }
}

fn chosen(page: &Page, take: impl Fn(&Engine, &FileList) + 'static) -> Callback<Event> {
    let engine = page.engine.clone();
    Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        if let Some(files) = input.files() {
            take(&engine, &files);
        }
        // The same file may be chosen again.
        input.set_value("");
    })
}

fn refused(page: &Page) -> Html {
    let Some(message) = &page.model.files_error else { return Html::default() };
    html! { <p class="field-error" id="files-error" role="alert">{ icon(Symbol::Warning) }<span>{ visible(message) }</span></p> }
}

fn files(page: &Page) -> Html {
    if page.model.files.is_empty() {
        return Html::default();
    }
    let engine = page.engine.clone();
    let start_again = Callback::from(move |_| engine.start_again());
    html! {
        <>
            <ul class="file-list" id="file-list" aria-label={t("files.list")}>
                { for page.model.files.iter().map(|file| item(page, file)) }
            </ul>
            <button type="button" class="quiet" id="start-again" onclick={start_again}>{ t("files.again") }</button>
        </>
    }
}

fn item(page: &Page, file: &Item) -> Html {
    let kind = kind(page, file);
    let (engine, id) = (page.engine.clone(), file.id);
    let remove = Callback::from(move |_| engine.remove(id));
    let name = visible(&file.name);
    html! {
        <li key={file.id} class="file" data-name={file.name.clone()} data-kind={kind} data-sha256={file.sha256.clone()}>
            <div class="file-text">
                { named(&file.name) }
                <span class="soft small">{ size(file.size) }{ kind.map(|kind| html! { <>{ " · " }<span class="kind">{ kind_words(kind) }</span></> }) }</span>
                { progress(page, file) }
            </div>
            <button type="button" class="remove" onclick={remove} aria-label={text::with("files.remove", &[("name", &name)])}>{ icon(Symbol::Cross) }</button>
        </li>
    }
}

fn kind(page: &Page, file: &Item) -> Option<&'static str> {
    page.model.report()?.kind(&file.name, file.sha256.as_deref()?)
}

/// What the report calls a kind, in the page's language.
fn kind_words(kind: &'static str) -> &'static str {
    text::find(&format!("file.{}", kind.to_lowercase().replace(' ', "-"))).unwrap_or(kind)
}

/// An empty file has nothing to progress through.
fn progress(page: &Page, file: &Item) -> Html {
    let reading = match &page.model.phase {
        Phase::Reading => true,
        Phase::Rereading(files) => files.contains(&file.id),
        _ => false,
    };
    if !reading || file.size == 0 {
        return Html::default();
    }
    html! {
        <progress max={file.size.to_string()} value={file.done.to_string()} aria-label={text::with("files.reading", &[("name", &visible(&file.name))])} />
    }
}
