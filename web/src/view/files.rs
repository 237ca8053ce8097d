//! What the reader brought, and how more is brought.

use crate::app::{Page, Part};
use crate::engine::Engine;
use crate::format::{size, visible};
use crate::listeners::{folder, list};
use crate::model::{Item, Phase};
use crate::view::parts::{Icon, Name, Symbol};
use web_sys::{FileList, HtmlInputElement};
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
        true => {
            "The files themselves, and what came with them: links, layouts, Sigstore bundles, receipts, keys. \
             Or only some of it; a folder is fine."
        }
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
            <summary>{ "What are these?" }</summary>
            <dl class="soft small">
                <div><dt>{ "Link" }</dt><dd>{ "What one step of making software took in and gave out, signed (in-toto)." }</dd></div>
                <div><dt>{ "Layout" }</dt><dd>{ "The project's own rule: which steps there are, and who may carry them out." }</dd></div>
                <div><dt>{ "Bundle" }</dt><dd>{ "A signature with everything that proves it (Sigstore), as npm, PyPI and GitHub publish them." }</dd></div>
                <div><dt>{ "Receipt" }</dt><dd>{ "A log's proof of an entry, kept as a file." }</dd></div>
            </dl>
            <p class="soft small">{ "With none of them, drop the software itself: the log is asked which link files name it." }</p>
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
    let files = chosen(page, |engine, files| engine.add(list(files)));
    let folders = chosen(page, |engine, files| engine.take(folder(files)));
    let empty = page.model.files.is_empty();
    html! {
        <>
            <div class="choose">
                <input ref={input} type="file" id="files" class="visually-hidden" multiple=true onchange={files} />
                <label for="files" class={if empty { "button primary" } else { "button" }}>
                    { if empty { "Choose files" } else { "Add files" } }
                </label>
                <input type="file" id="folder" class="visually-hidden" webkitdirectory=true onchange={folders} />
                <label for="folder" class="button">{ if empty { "Choose a folder" } else { "Add a folder" } }</label>
            </div>
            <p class="soft small">{ "Or paste: files, or the text of one." }</p>
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
    html! { <p class="field-error" id="files-error" role="alert"><Icon symbol={Symbol::Warning} /><span>{ visible(message) }</span></p> }
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
    let name = visible(&file.name);
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
    let reading = match &page.model.phase {
        Phase::Reading => true,
        Phase::Rereading(files) => files.contains(&file.id),
        _ => false,
    };
    if !reading || file.size == 0 {
        return Html::default();
    }
    html! {
        <progress max={file.size.to_string()} value={file.done.to_string()} aria-label={format!("Reading {}", visible(&file.name))} />
    }
}
