//! The page as a whole: state, engine, and the order of what is drawn.

use crate::address::{Place, use_place};
use crate::engine::Engine;
use crate::later::Later;
use crate::listeners::{element, listen};
use crate::memory;
use crate::model::{LaterPart, Model, Phase, Verifier};
use crate::route::Route;
use crate::shell::{shell, show_hero, translate};
use crate::text::{self, Language, t};
use crate::transport::pause;
use crate::trust::Trust;
use crate::view::alarms::alarms;
use crate::view::files::brought_files;
use crate::view::progress::progress;
use crate::view::samples::samples;
use crate::view::signers::signers;
use crate::view::trust::trust_card;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;
use yew::prelude::*;

/// What every part of the page sees: the state, and what acts on it.
#[derive(Clone)]
pub struct Page {
    /// The state.
    pub model: Rc<Model>,
    /// Where the reader is.
    pub place: Place,
    /// What acts.
    pub engine: Rc<Engine>,
    /// How the state changes.
    pub dispatch: UseReducerDispatcher<Model>,
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.engine, &other.engine) && self.model == other.model && self.place == other.place
    }
}

/// The properties of every part of the page.
#[derive(Clone, PartialEq, Properties)]
pub struct Part {
    /// The page that it is part of.
    pub page: Page,
}

/// The page.
#[component]
pub fn App() -> Html {
    let state = use_reducer(memory::model);
    let dragging = use_state(|| false);
    let language = use_state(text::language);
    let engine = use_memo((), |()| Engine::new(state.dispatcher()));
    let page = Page {
        model: Rc::new((*state).clone()),
        place: use_place(),
        engine: (*engine).clone(),
        dispatch: state.dispatcher(),
    };
    use_start(&page, dragging.setter());
    use_brought(&page);
    use_runs(&page);
    use_later(&page);
    use_kept(&page.model);
    use_surroundings(&page, *language);
    let speak = {
        let language = language.setter();
        Callback::from(move |chosen| language.set(chosen))
    };
    html! {
        // Another language makes everything new: no part keeps words of the one before.
        <div key={language.tag()} id="page" data-state={page.model.phase.id()} data-run={page.model.run.to_string()}
            data-settled={settled(&page)} data-place={page.place.route.place()}>
            { shell(page.place.route.place(), *language, &speak) }
            <p id="status" class="visually-hidden" role="status">{ status(&page.model) }</p>
            { alarms(&page) }
            { match page.place.route {
                Route::Verify(_) => check(&page, *dragging),
                Route::CheckPage => elsewhere(&page, |later| (later.check_page)(&page)),
                _ => elsewhere(&page, |later| (later.explore)(&page)),
            } }
        </div>
    }
}

/// The check of files.
fn check(page: &Page, dragging: bool) -> Html {
    let ready = page.model.run > 0 || page.model.startable().is_some();
    html! {
        <>
            { later(page, |later| (later.brought)(page)) }
            <div class={classes!("inputs", dragging.then_some("dragging"), ready.then_some("in-use"))}>
                { brought_files(page) }
                { signers(page) }
            </div>
            { once_known(page, samples) }
            { progress(page) }
            { later(page, |later| html! { <>{ (later.result)(page) }{ (later.exports)(page) }</> }) }
            { trust_card(page) }
        </>
    }
}

/// What nobody needs before it is known whom the page trusts: the first drawing is the shorter for it.
pub fn once_known(page: &Page, draw: impl FnOnce(&Page) -> Html) -> Html {
    if page.model.trust == Trust::Loading { Html::default() } else { draw(page) }
}

/// What the part that is loaded when it is needed draws; nothing until it is there.
pub fn later(page: &Page, draw: impl FnOnce(&Later) -> Html) -> Html {
    match page.model.later {
        LaterPart::Here(later) => draw(later),
        _ => Html::default(),
    }
}

/// A place that it draws as a whole.
fn elsewhere(page: &Page, draw: impl FnOnce(&Later) -> Html) -> Html {
    match page.model.later {
        LaterPart::Here(later) => draw(later),
        LaterPart::Awaited => {
            html! { <section class="card">{ title(page) }<p role="status">{ t("later.awaited") }</p></section> }
        }
        LaterPart::Missing => {
            let engine = page.engine.clone();
            let again = Callback::from(move |_| load(&engine));
            html! {
                <section class="card run trouble" id="later-missing" role="alert">
                    <div class="run-text">{ title(page) }<p>{ t("later.missing") }</p></div>
                    <button type="button" class="button" onclick={again}>{ t("later.again") }</button>
                </section>
            }
        }
    }
}

fn title(page: &Page) -> Html {
    let name = match page.place.route.place() {
        "log" => "shell.log",
        "page" => "shell.page",
        _ => "shell.look-up",
    };
    html! { <h1 class="place-heading">{ t(name) }</h1> }
}

fn load(engine: &Rc<Engine>) {
    let engine = engine.clone();
    spawn_local(async move {
        engine.later().await;
    });
}

/// Whether the place cannot be drawn without the part that is loaded when it is needed.
fn needs_later(place: &Place) -> bool {
    !matches!(&place.route, Route::Verify(brought) if brought.is_empty() && place.error.is_none())
}

/// Loads that part as soon as there is something to show, or will be.
#[hook]
fn use_later(page: &Page) {
    let engine = page.engine.clone();
    use_effect_with(needs_later(&page.place) || page.model.run > 0 || page.model.keep, move |needed| {
        if *needed {
            load(&engine);
        }
    });
}

/// Keeps whom the reader expects, as soon as that changes.
#[hook]
fn use_kept(model: &Rc<Model>) {
    // That part is loaded for whoever chose somebody, now or at an earlier visit.
    let kept = (model.later.clone(), model.keep, model.signers.clone(), model.identity.clone());
    let model = model.clone();
    use_effect_with(kept, move |(later, ..)| {
        if let LaterPart::Here(later) = later {
            (later.keep_expected)(&model);
        }
    });
}

/// Keeps what is not drawn here in step: the static page around it, and the focus.
#[hook]
fn use_surroundings(page: &Page, language: Language) {
    let checking = matches!(page.place.route, Route::Verify(_));
    let emptied = page.model.files.is_empty() && page.model.run > 0;
    use_effect_with((checking, language, emptied), |&(checking, _, emptied)| {
        show_hero(checking);
        translate();
        // The control that took the last file away is gone with it; the focus goes where the next one comes from.
        if let Some(input) = element("files").filter(|_| emptied).and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            // Without the focus the input can still be reached.
            let _ = input.focus();
        }
    });
}

/// Takes the files that an address brings, in the place of all others: the address is about them.
#[hook]
fn use_brought(page: &Page) {
    let engine = page.engine.clone();
    use_effect_with(page.place.clone(), move |place| match &place.route {
        Route::Verify(brought) if !brought.is_empty() => engine.replace(&brought.files),
        _ => {}
    });
}

/// Starts the engine and the listeners once.
#[hook]
fn use_start(page: &Page, dragging: UseStateSetter<bool>) {
    let engine = page.engine.clone();
    use_effect_with((), move |()| {
        let (starting, bringing, adding) = (engine.clone(), engine.clone(), engine);
        // Not in the same task as the first drawing, which is long enough.
        spawn_local(async move {
            pause(0).await;
            starting.start();
        });
        let listeners = listen(
            move |dropped| bringing.bring(dropped),
            move |text| adding.add(vec![text]),
            move |over| dragging.set(over),
        );
        move || drop(listeners)
    });
}

/// Starts the run that the state asks for, and ends the one that it no longer asks for.
#[hook]
fn use_runs(page: &Page) {
    let (engine, model) = (page.engine.clone(), page.model.clone());
    use_effect_with((page.model.run, page.model.startable()), move |(_, startable)| match startable {
        Some(_) => engine.begin(&model),
        None => engine.halt(),
    });
}

/// Whether verifier and policy have started, and what the place is drawn by is loaded, for better or worse.
fn settled(page: &Page) -> &'static str {
    let model = &page.model;
    if needs_later(&page.place) && model.later == LaterPart::Awaited {
        return "false";
    }
    match (&model.verifier, &model.trust) {
        (Verifier::Starting, _) | (Verifier::Ready, Trust::Loading) => "false",
        _ => "true",
    }
}

/// What a screen reader is told of what happens by itself.
fn status(model: &Model) -> String {
    match &model.phase {
        Phase::Idle => String::new(),
        Phase::Reading => t("status.reading").to_owned(),
        Phase::Rereading(_) => t("status.rereading").to_owned(),
        Phase::Loading => t("status.loading").to_owned(),
        Phase::Asking(_) => t("status.asking").to_owned(),
        Phase::Done(report) => format!("{}. {}", report.verdict.words(), crate::format::visible(&report.headline)),
        Phase::Cancelled => t("status.cancelled").to_owned(),
        Phase::Failed(_) => t("status.failed").to_owned(),
    }
}
