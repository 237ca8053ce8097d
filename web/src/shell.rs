//! What stands around the application in the static page: it is there before the application is, in English, and
//! speaks the reader's language from then on.

use crate::app::Part;
use crate::route::Route;
use crate::text::{self, Language, t};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, HtmlElement, HtmlSelectElement};
use yew::prelude::*;

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Gives the static page's marked elements their texts in the page's language.
pub fn translate() {
    let Some(document) = document() else { return };
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
fn show_hero(shown: bool) {
    if let Some(hero) = document().and_then(|document| document.get_element_by_id("hero")) {
        // Where it cannot be hidden there is one heading too many.
        let _ = match shown {
            true => hero.remove_attribute("hidden"),
            false => hero.set_attribute("hidden", ""),
        };
    }
}

#[derive(PartialEq, Properties)]
pub struct ShellProps {
    pub part: Part,
    /// What is spoken.
    pub language: Language,
    /// The reader chose another.
    pub speak: Callback<Language>,
}

/// The ways to the page's places, and the choice of a language, in the static page's head.
#[component]
pub fn Shell(props: &ShellProps) -> Html {
    let place = props.part.page.place.route.place();
    use_effect_with(place, |place| show_hero(*place == "verify"));
    use_effect_with(props.language, |_| translate());
    let host: Option<Element> = document().and_then(|document| document.get_element_by_id("shell"));
    match host {
        None => Html::default(),
        Some(host) => create_portal(html! { <>{ places(place) }{ languages(props) }</> }, host),
    }
}

fn places(here: &'static str) -> Html {
    let link = |(key, route): (&'static str, Route)| {
        let current = (route.place() == here).then_some("page");
        html! { <a href={route.fragment()} aria-current={current}>{ t(key) }</a> }
    };
    let routes = [
        ("shell.verify", Route::default()),
        ("shell.look-up", Route::LookUp { query: String::new(), log: None }),
        ("shell.log", Route::Log { log: None }),
        ("shell.page", Route::CheckPage),
    ];
    html! { <nav class="places" aria-label={t("shell.places")}>{ for routes.into_iter().map(link) }</nav> }
}

fn languages(props: &ShellProps) -> Html {
    let speak = props.speak.clone();
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
        html! { <option value={language.tag()} lang={language.tag()} selected={language == props.language}>{ language.name() }</option> }
    };
    html! {
        <label class="language">
            <span class="visually-hidden">{ t("shell.language") }</span>
            <select id="language" {onchange}>{ for Language::ALL.into_iter().map(option) }</select>
        </label>
    }
}
