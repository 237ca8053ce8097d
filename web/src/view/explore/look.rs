//! A look-up as a part of the page sees it: begun when the part appears, ended when it goes.

use super::{At, warning};
use crate::engine::Heard;
use crate::explore::Question;
use crate::explore::answer::{Answer, Entry};
use crate::format::visible;
use crate::model::Verifier;
use crate::text;
use crate::text::t;
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// Where a look-up stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The pages so far.
    pub pages: Vec<Rc<Answer>>,
    /// Whether one is on its way.
    pub busy: bool,
    /// Why there will be none.
    pub failed: Option<String>,
}

impl Look {
    /// The entries of all pages.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.pages.iter().flat_map(|page| &page.report.entries)
    }

    /// The newest page.
    pub fn last(&self) -> Option<&Rc<Answer>> {
        self.pages.last()
    }

    /// `asking`, `done`, `failed` or `idle`, for the page's own styles and tests.
    pub fn state(&self) -> &'static str {
        match (self.busy, &self.failed) {
            (true, _) => "asking",
            (_, Some(_)) => "failed",
            _ if self.pages.is_empty() => "idle",
            _ => "done",
        }
    }
}

/// What can happen to it.
pub enum Step {
    /// It is begun, anew.
    Begin,
    /// Something came.
    Heard(Heard),
    /// The next page is asked for.
    More,
}

impl Reducible for Look {
    type Action = Step;

    fn reduce(self: Rc<Self>, step: Step) -> Rc<Self> {
        let mut look = (*self).clone();
        match step {
            Step::Begin => look = Look { busy: true, ..Look::default() },
            Step::More => look.busy = true,
            Step::Heard(heard) => {
                look.busy = false;
                match heard {
                    Heard::Page(answer) => look.pages.push(answer),
                    Heard::Failed(reason) => look.failed = Some(reason),
                }
            }
        }
        Rc::new(look)
    }
}

/// Asks `question` as soon as the verifier and the policy are there, and again whenever it changes. The callback asks
/// for the next page.
#[hook]
pub fn use_look(at: &At, question: Option<Question>) -> (Look, Callback<()>) {
    let look = use_reducer(Look::default);
    let number = use_memo((), |()| Cell::new(0));
    let url = at.log.as_ref().and_then(|log| log.url.clone()).filter(|_| at.page.model.verifier == Verifier::Ready);
    let (engine, model) = (at.page.engine.clone(), at.page.model.clone());
    {
        let (dispatch, number, engine) = (look.dispatcher(), number.clone(), engine.clone());
        use_effect_with((url, question), move |(url, question)| {
            let begun = url.as_ref().zip(question.as_ref()).map(|(url, question)| {
                dispatch.dispatch(Step::Begin);
                let hear = Callback::from(move |heard| dispatch.dispatch(Step::Heard(heard)));
                engine.look(question, url, model.policy_text(), hear)
            });
            number.set(begun.unwrap_or_default());
            move || {
                if let Some(look) = begun {
                    engine.end_look(look);
                }
            }
        });
    }
    let dispatch = look.dispatcher();
    let more = Callback::from(move |()| {
        dispatch.dispatch(Step::More);
        engine.look_on(number.get());
    });
    ((*look).clone(), more)
}

/// What is under way, or went wrong.
pub fn trouble(look: &Look) -> Html {
    let refused = |reason: &String| warning(&text::with("explore.refused", &[("reason", &visible(reason))]));
    let problem = look.last().and_then(|page| page.problem.as_ref());
    html! {
        <>
            if look.busy {
                <p class="soft" role="status">{ t("explore.asking") }</p>
            }
            { for look.failed.iter().map(refused) }
            { for problem.map(|reason| warning(&text::with("explore.problem", &[("reason", &visible(reason))]))) }
        </>
    }
}
