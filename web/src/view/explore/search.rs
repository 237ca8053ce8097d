//! The one field that everything is looked up with.

use super::results::Results;
use super::{At, asking, choice, place_of};
use crate::address::go;
use crate::format::visible;
use crate::route::Route;
use crate::text::t;
use web_sys::{HtmlInputElement, HtmlTextAreaElement, KeyboardEvent, SubmitEvent};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct SearchProps {
    pub at: At,
    /// What the address asks for; empty before a search.
    pub query: AttrValue,
}

/// The field, and what was found.
#[component]
pub fn Search(props: &SearchProps) -> Html {
    let refused = use_state(|| None::<String>);
    let field = use_node_ref();
    let hear = {
        let (at, refused) = (props.at.clone(), refused.setter());
        Callback::from(move |found: Result<String, String>| match found {
            Ok(question) => {
                refused.set(None);
                go(&place_of(&at, &question));
            }
            Err(reason) => refused.set(Some(reason)),
        })
    };
    let submit = {
        let (engine, field, hear) = (props.at.page.engine.clone(), field.clone(), hear.clone());
        Callback::from(move |()| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                engine.question(Ok(&field.value()), hear.clone());
            }
        })
    };
    use_effect_with((props.query.clone(), field.clone()), |(query, field)| {
        if let Some(field) = field.cast::<HtmlTextAreaElement>() {
            field.set_value(query);
        }
    });
    html! {
        <>
            <div class="explore-head">
                <h1>{ t("explore.heading") }</h1>
                <p class="lede">{ t("explore.lede") }</p>
            </div>
            <section class="card explore search" aria-label={t("explore.heading")}>
                { choice(&props.at, |log| Route::LookUp { query: props.query.to_string(), log }) }
                { form(&field, submit, refused.as_deref()) }
                { file(&props.at, hear) }
            </section>
            if !props.query.is_empty() {
                <Results key={results_key(props)} at={props.at.clone()} query={props.query.clone()} question={asking(&props.query)} />
            }
        </>
    }
}

/// Another question, or the same to another log.
fn results_key(props: &SearchProps) -> String {
    format!("{} {}", props.at.named.as_deref().unwrap_or_default(), props.query)
}

fn form(field: &NodeRef, submit: Callback<()>, refused: Option<&str>) -> Html {
    let onsubmit = submit.reform(|event: SubmitEvent| event.prevent_default());
    // A pasted key has several lines, and nothing else has.
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            submit.emit(());
        }
    });
    html! {
        <form class="search-form" {onsubmit}>
            <label for="query">{ t("explore.field") }</label>
            <div class="search-row">
                <textarea id="query" ref={field.clone()} rows="1" {onkeydown} spellcheck="false" autocapitalize="off" autocomplete="off"
                    aria-describedby="query-help" aria-invalid={refused.map(|_| "true")} />
                <button type="submit" class="button primary" id="search">{ t("explore.search") }</button>
            </div>
            <p class="soft small" id="query-help">{ t("explore.forms") }</p>
            if let Some(reason) = refused {
                <p class="trust-none" id="query-refused" role="alert">{ visible(reason) }</p>
            }
        </form>
    }
}

fn file(at: &At, hear: Callback<Result<String, String>>) -> Html {
    let engine = at.page.engine.clone();
    let onchange = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            engine.question(Err(&file), hear.clone());
        }
        // The same file may be chosen again.
        input.set_value("");
    });
    html! {
        <div class="choose">
            <input type="file" id="query-file" class="visually-hidden" {onchange} />
            <label for="query-file" class="button">{ t("explore.choose") }</label>
            <span class="soft small">{ t("explore.choose-help") }</span>
        </div>
    }
}
