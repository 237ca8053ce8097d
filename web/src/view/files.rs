//! What the reader brought, and how more is brought.

use crate::app::{Page, Part};
use crate::format::size;
use crate::listeners::list;
use crate::model::{Item, Phase};
use crate::view::parts::{Icon, Name, Symbol};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The drop zone and the list of files.
#[component]
pub fn Files(props: &Part) -> Html {
    let page = &props.page;
    let input = use_focus_when_emptied(page);
    html! {
        <section class="card files" aria-labelledby="files-heading">
            <div class="drop" id="drop">
                <span class="drop-icon"><Icon symbol={Symbol::Drop} /></span>
                <h2 id="files-heading">{ if page.model.files.is_empty() { "Drop files here" } else { "Your files" } }</h2>
                <p class="soft">{ invitation(page) }</p>
                { chooser(page, input) }
                { explanation(page) }
            </div>
            { files(page) }
        </section>
    }
}

fn invitation(page: &Page) -> &'static str {
    match page.model.files.is_empty() {
        true => "A link file, the files that it names, or only one of them. In any order.",
        false => "Drop more anywhere on this page.",
    }
}

/// What a newcomer needs to know, until there are files.
fn explanation(page: &Page) -> Html {
    if !page.model.files.is_empty() {
        return Html::default();
    }
    html! {
        <details class="explain">
            <summary>{ "What is a link file?" }</summary>
            <p class="soft small">
                { "A signed statement (in-toto) of what one step of making software took in and gave out, by digest. \
                   Without one, drop the software itself: the log is asked which link files name it." }
            </p>
        </details>
    }
}

/// The control that took the last file away is gone with it; the focus goes where the next one comes from.
#[hook]
fn use_focus_when_emptied(page: &Page) -> NodeRef {
    let input = use_node_ref();
    let (focused, run) = (input.clone(), page.model.run);
    use_effect_with(page.model.files.is_empty(), move |empty| {
        if let Some(input) = focused.cast::<HtmlInputElement>().filter(|_| *empty && run > 0) {
            // Without the focus the input can still be reached.
            let _ = input.focus();
        }
    });
    input
}

fn chooser(page: &Page, input: NodeRef) -> Html {
    let engine = page.engine.clone();
    let onchange = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        engine.add(input.files().map(|files| list(&files)).unwrap_or_default());
        // The same file may be chosen again.
        input.set_value("");
    });
    html! {
        <div class="choose">
            <input ref={input} type="file" id="files" class="visually-hidden" multiple=true {onchange} />
            <label for="files" class={if page.model.files.is_empty() { "button primary" } else { "button" }}>
                { if page.model.files.is_empty() { "Choose files" } else { "Add files" } }
            </label>
            <span class="soft small">{ "or paste: files, or the text of a link file or key" }</span>
        </div>
    }
}

fn files(page: &Page) -> Html {
    if page.model.files.is_empty() {
        return Html::default();
    }
    let engine = page.engine.clone();
    let start_again = Callback::from(move |_| engine.start_again());
    html! {
        <>
            <ul class="file-list" id="file-list" aria-label="Files to check">
                { for page.model.files.iter().map(|file| item(page, file)) }
            </ul>
            <button type="button" class="quiet" id="start-again" onclick={start_again}>{ "Start again" }</button>
        </>
    }
}

fn item(page: &Page, file: &Item) -> Html {
    let kind = kind(page, file);
    let (engine, id) = (page.engine.clone(), file.id);
    let remove = Callback::from(move |_| engine.remove(id));
    let name = crate::format::visible(&file.name);
    html! {
        <li key={file.id} class="file" data-name={file.name.clone()} data-kind={kind} data-sha256={file.sha256.clone()}>
            <div class="file-text">
                <Name name={file.name.clone()} />
                <span class="soft small">{ size(file.size) }{ kind.map(|kind| html! { <>{ " · " }<span class="kind">{ kind }</span></> }) }</span>
                { progress(page, file) }
            </div>
            <button type="button" class="remove" onclick={remove} aria-label={format!("Remove {name}")}><Icon symbol={Symbol::Cross} /></button>
        </li>
    }
}

fn kind(page: &Page, file: &Item) -> Option<&'static str> {
    page.model.report()?.kind(&file.name, file.sha256.as_deref()?)
}

/// An empty file has nothing to progress through.
fn progress(page: &Page, file: &Item) -> Html {
    if page.model.phase != Phase::Reading || file.size == 0 {
        return Html::default();
    }
    html! {
        <progress max={file.size.to_string()} value={file.done.to_string()} aria-label={format!("Reading {}", crate::format::visible(&file.name))} />
    }
}
