//! What was checked about an entry or a log, step by step.

use crate::explore::answer::Entry;
use crate::format::time;
use crate::report::{Check, Outcome};
use crate::text::{self, t};
use crate::view::checks::explanation;
use crate::view::evidence::evidence;
use crate::view::parts::{mark, prose};
use yew::prelude::*;

/// What the checks on an entry come to, in words that promise no more.
pub fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => t("explore.recorded"),
        Outcome::Failed => t("explore.does-not-hold"),
        Outcome::Untrusted => t("explore.by-nobody"),
        Outcome::NotChecked => t("explore.not-checked"),
    }
}

/// When the log says that it took the entry.
pub fn recorded_time(entry: &Entry) -> Html {
    match entry.time {
        Some(seconds) => {
            let shown = html! { <time>{ time(seconds) }</time> };
            html! { <p class="soft small entry-time">{ text::html("explore.log-time", &[("time", shown)]) }</p> }
        }
        None => Html::default(),
    }
}

/// The checks, each with what it rests on.
pub fn checks(checks: &[Check]) -> Html {
    let check = |check: &Check| {
        html! {
            <li class={classes!("check", check.outcome.id())} data-check={check.id.clone()} data-outcome={check.outcome.id()}>
                <details open={check.outcome == Outcome::Failed}>
                    <summary><span class="check-heading">
                        { mark(check.outcome) }
                        <span class="check-sentence">{ prose(&check.sentence) }</span>
                    </span></summary>
                    <div class="check-body">
                        <p>{ explanation(check) }</p>
                        if !check.evidence.fields().is_empty() {
                            { evidence(&check.evidence) }
                        }
                    </div>
                </details>
            </li>
        }
    };
    html! { <ul class="check-list">{ for checks.iter().map(check) }</ul> }
}
