//! The page as a whole: state, engine, and the order of what is drawn.

use crate::address::{Place, use_place};
use crate::engine::Engine;
use crate::listeners::listen;
use crate::model::{Model, Phase};
use crate::route::Route;
use crate::shell::Shell;
use crate::text::{self, t};
use crate::view::alarms::alarms;
use crate::view::brought::brought;
use crate::view::check_page::CheckPage;
use crate::view::explore::explore;
use crate::view::exports::exports;
use crate::view::files::Files;
use crate::view::progress::progress;
use crate::view::samples::samples;
use crate::view::signers::signers;
use crate::view::trust::trust_card;
use crate::view::verdict::result;
use std::rc::Rc;
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
    let state = use_reducer(Model::default);
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
    let speak = {
        let language = language.setter();
        Callback::from(move |chosen| language.set(chosen))
    };
    html! {
        // Another language makes everything new: no part keeps words of the one before.
        <div key={language.tag()} id="page" data-state={page.model.phase.id()} data-run={page.model.run.to_string()}
            data-settled={settled(&page.model)} data-place={page.place.route.place()}>
            <Shell part={Part { page: page.clone() }} language={*language} {speak} />
            <p id="status" class="visually-hidden" role="status">{ status(&page.model) }</p>
            { alarms(&page) }
            { match page.place.route {
                Route::Verify(_) => check(&page, *dragging),
                Route::CheckPage => html! { <CheckPage /> },
                _ => explore(&page),
            } }
        </div>
    }
}

/// The check of files.
fn check(page: &Page, dragging: bool) -> Html {
    let ready = page.model.run > 0 || page.model.startable().is_some();
    html! {
        <>
            { brought(page) }
            <div class={classes!("inputs", dragging.then_some("dragging"), ready.then_some("in-use"))}>
                <Files page={page.clone()} />
                { signers(page) }
            </div>
            { samples(page) }
            { progress(page) }
            { result(page) }
            { exports(page) }
            { trust_card(page) }
        </>
    }
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
        engine.start();
        let (bringing, adding) = (engine.clone(), engine);
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

/// Whether verifier and policy have started, for better or worse.
fn settled(model: &Model) -> &'static str {
    use crate::model::Verifier;
    use crate::trust::Trust;
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
