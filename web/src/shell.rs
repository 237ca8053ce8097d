//! What stands around the application in the static page: it is there before the application is, in English, and
//! speaks the reader's language from then on.

use crate::listeners::element;
use crate::text::{self, Language, t};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, HtmlSelectElement};
use yew::prelude::*;

/// Gives the static page's marked elements their texts in the page's language.
pub fn translate() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    document.set_title(t("shell.title"));
    let Ok(marked) = document.query_selector_all("[data-text]") else { return };
    for index in 0..marked.length() {
        let Some(element) = marked.get(index).and_then(|node| node.dyn_into::<HtmlElement>().ok()) else { continue };
        if let Some(text) = element.dataset().get("text").as_deref().and_then(text::find) {
            element.set_text_content(Some(text));
        }
    }
}

/// The heading that the static page has belongs to the check of files.
pub fn show_hero(shown: bool) {
    if let Some(hero) = element("hero") {
        // Where it cannot be hidden there is one heading too many.
        let _ = match shown {
            true => hero.remove_attribute("hidden"),
            false => hero.set_attribute("hidden", ""),
        };
    }
}

/// The ways to the page's places, and the choice of a language, in the static page's head. `speak` hears of another.
pub fn shell(here: &'static str, language: Language, speak: &Callback<Language>) -> Html {
    match element("shell") {
        None => Html::default(),
        Some(host) => create_portal(html! { <>{ places(here) }{ languages(language, speak) }</> }, host),
    }
}

/// The page's places: what they are called, their names, and the fragments that lead there.
const PLACES: [(&str, &str, &str); 4] = [
    ("shell.verify", "verify", "#verify"),
    ("shell.look-up", "lookup", "#lookup"),
    ("shell.log", "log", "#log"),
    ("shell.page", "page", "#page"),
];

fn places(here: &'static str) -> Html {
    let link = |&(key, place, fragment): &(&'static str, &'static str, &'static str)| {
        html! { <a href={fragment} aria-current={(place == here).then_some("page")}>{ t(key) }</a> }
    };
    html! { <nav class="places" aria-label={t("shell.places")}>{ for PLACES.iter().map(link) }</nav> }
}

fn languages(spoken: Language, speak: &Callback<Language>) -> Html {
    let speak = speak.clone();
    let onchange = Callback::from(move |event: Event| {
        let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        let chosen = Language::ALL.into_iter().find(|language| language.tag() == select.value());
        let speak = speak.clone();
        if let Some(language) = chosen {
            spawn_local(async move {
                // A language that cannot be had leaves the page as it is.
                if text::choose(language).await.is_ok() {
                    speak.emit(language);
                }
            });
        }
    });
    let option = |language: Language| {
        html! { <option value={language.tag()} lang={language.tag()} selected={language == spoken}>{ language.name() }</option> }
    };
    html! {
        <label class="language">
            <span class="visually-hidden">{ t("shell.language") }</span>
            <select id="language" {onchange}>{ for Language::ALL.into_iter().map(option) }</select>
        </label>
    }
}
