//! The checks behind the verdict, each with its evidence.

use crate::format::{time, visible};
use crate::report::{Check, Outcome, Report, Time};
use crate::text::{self, t};
use crate::view::evidence::evidence;
use crate::view::parts::{mark, named, prose};
use yew::prelude::*;

/// The checks that the verdict rests on, then the others.
pub fn checks(report: &Report) -> Html {
    html! {
        <section class="card checks" id="checks" aria-labelledby="checks-heading">
            <h2 id="checks-heading">{ t("checks.heading") }</h2>
            { for report.time.as_ref().map(as_of) }
            { list(report, true) }
            { others(report) }
        </section>
    }
}

/// Which time counted where something depends on it.
fn as_of(it: &Time) -> Html {
    let source = match it.source.as_str() {
        "this computer's clock" => html! { { t("checks.this-clock") } },
        other => html! { <span lang="en">{ named(other) }</span> },
    };
    html! {
        <p class="soft small" id="as-of">{ text::html("checks.as-of", &[("time", html! { <time>{ time(it.seconds) }</time> }), ("source", source)]) }</p>
    }
}

fn others(report: &Report) -> Html {
    if report.checks(false).is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h3>{ t("checks.others") }</h3>
            <p class="soft small">{ t("checks.others.what") }</p>
            { list(report, false) }
        </>
    }
}

fn list(report: &Report, required: bool) -> Html {
    html! { <ul class="check-list">{ for report.checks(required).into_iter().map(|it| check(report, it)) }</ul> }
}

/// What failed is unfolded: it says what does not match.
fn check(report: &Report, check: &Check) -> Html {
    html! {
        <li class={classes!("check", check.outcome.id())} data-check={check.id.clone()} data-subject={check.subject.clone()}
            data-outcome={check.outcome.id()} data-required={check.required.to_string()}>
            <details open={check.outcome == Outcome::Failed}>
                <summary>{ heading(report, check) }</summary>
                <div class="check-body">
                    { meaning(check) }
                    if !check.evidence.fields().is_empty() {
                        { evidence(&check.evidence) }
                    }
                </div>
            </details>
        </li>
    }
}

fn heading(report: &Report, check: &Check) -> Html {
    html! {
        <span class="check-heading">
            { mark(check.outcome) }
            <span class="check-title">{ visible(title(&check.id)) }</span>
            <span class="check-subject">{ named(&report.subject(&check.subject)) }</span>
            <span class="check-sentence">{ prose(&check.sentence) }</span>
        </span>
    }
}

/// Folded, where there is evidence to look at first.
fn meaning(check: &Check) -> Html {
    if check.explanation.is_empty() {
        return Html::default();
    }
    html! {
        <details class="meaning" open={check.evidence.fields().is_empty()}>
            <summary>{ t("checks.meaning") }</summary>
            <p>{ explanation(check) }</p>
            { for text::find(&format!("limit.{}", check.id)).map(|limit| html! { <p class="limit">{ t("checks.limit") }{ " " }{ limit }</p> }) }
        </details>
    }
}

/// In the page's language where it has the words; the verifier's own are English.
pub fn explanation(check: &Check) -> Html {
    let about = text::find(&format!("explain.{}", check.id));
    let outcome = check.outcome.id();
    let means =
        text::find(&format!("means.{outcome}.{}", check.id)).or_else(|| text::find(&format!("means.{outcome}")));
    match about.zip(means) {
        Some((about, means)) => html! { <>{ about }{ " " }{ means }</> },
        None => prose(&check.explanation),
    }
}

/// What a check is about, in a few words; of one that is newer than this page, its identifier.
fn title(id: &str) -> &str {
    text::find(&format!("check.{id}")).unwrap_or(id)
}
