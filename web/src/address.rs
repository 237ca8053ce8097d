//! The browser's address bar, its history, and the page's own title.

use crate::listeners::Listener;
use crate::route::{AddressError, Route};
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// Where the reader is, and what about the address was not understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Where the reader is.
    pub route: Route,
    /// Why the address did not say so.
    pub error: Option<AddressError>,
}

impl Place {
    fn of(fragment: &str) -> Option<Self> {
        match Route::parse(fragment) {
            Ok(route) => Some(Self { route: route?, error: None }),
            Err(error) => Some(Self { route: Route::default(), error: Some(error) }),
        }
    }
}

/// Turns an address of search.sigstore.dev into one of this page, before anything is drawn, so that what it asks for
/// stands in no query any longer: queries go to servers, and into their notes.
pub fn adopt_search_page() {
    let Some(window) = web_sys::window() else { return };
    let Some(found) = window.location().search().ok().and_then(|query| Route::of_search_page(&query)) else { return };
    let fragment = match found {
        Ok(route) => route.fragment(),
        // Said by the page, once it reads a fragment that it does not understand either.
        Err(_) => "#entry/".to_owned(),
    };
    let path = window.location().pathname().unwrap_or_default();
    if let Ok(history) = window.history() {
        // Where the browser refuses, the page opens as it does without a query.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{fragment}")));
    }
}

fn fragment() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// Goes to a route, as a link to it would.
pub fn go(route: &Route) {
    if let Some(window) = web_sys::window() {
        // A browser that refuses an address stays where it is.
        let _ = window.location().set_hash(&route.fragment());
    }
}

/// The whole address of a route on this page.
pub fn link(route: &Route) -> Option<String> {
    let whole = web_sys::window()?.location().href().ok()?;
    let page = whole.split(['#', '?']).next()?;
    Some(format!("{page}{}", route.fragment()))
}

/// Where the reader is, followed through the browser's history.
#[hook]
pub fn use_place() -> Place {
    let place = use_state(|| Place::of(&fragment()).unwrap_or_default());
    let setter = place.setter();
    use_effect_with((), move |()| {
        let listener = Listener::on("hashchange", move |_| {
            if let Some(place) = Place::of(&fragment()) {
                setter.set(place);
            }
        });
        move || drop(listener)
    });
    (*place).clone()
}
