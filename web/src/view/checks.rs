//! The checks behind the verdict, each with its evidence.

use crate::format::visible;
use crate::report::{Check, Outcome, Report};
use crate::view::evidence::evidence;
use crate::view::parts::{Name, OutcomeMark, Prose};
use crate::view::verdict::ReportProps;
use yew::prelude::*;

/// The checks that the verdict rests on, then the others.
#[component]
pub fn Checks(props: &ReportProps) -> Html {
    html! {
        <section class="card checks" id="checks" aria-labelledby="checks-heading">
            <h2 id="checks-heading">{ "What was checked" }</h2>
            { list(&props.report, true) }
            { others(&props.report) }
        </section>
    }
}

fn others(report: &Report) -> Html {
    if report.checks(false).is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h3>{ "Also looked at" }</h3>
            <p class="soft small">{ "The verdict does not rest on these." }</p>
            { list(report, false) }
        </>
    }
}

fn list(report: &Report, required: bool) -> Html {
    html! { <ul class="check-list">{ for report.checks(required).into_iter().map(|it| check(report, it)) }</ul> }
}

/// What failed is unfolded: it says what does not match.
fn check(report: &Report, check: &Check) -> Html {
    let heading = html! {
        <span class="check-heading">
            <OutcomeMark outcome={check.outcome} />
            <span class="check-title">{ visible(title(&check.id)) }</span>
            <span class="check-subject"><Name name={report.subject(&check.subject)} /></span>
            <span class="check-sentence"><Prose text={check.sentence.clone()} /></span>
        </span>
    };
    let body = match check.evidence.is_empty() {
        true => html! { <div class="check-plain">{ heading }</div> },
        false => html! {
            <details open={check.outcome == Outcome::Failed}>
                <summary>{ heading }</summary>
                { evidence(&check.evidence) }
            </details>
        },
    };
    html! {
        <li class={classes!("check", check.outcome.id())} data-check={check.id.clone()} data-subject={check.subject.clone()}
            data-outcome={check.outcome.id()} data-required={check.required.to_string()}>
            { body }
        </li>
    }
}

/// What a check is about, in a few words.
fn title(id: &str) -> &str {
    match id {
        "link-format" => "Form of the link file",
        "link-signature" => "Signature of the link file",
        "artifact-product" => "Product of the step",
        "lookup" => "Look-up in the log",
        "entry-leaf" => "Entry matches the link file",
        "entry-body" => "Recorded file",
        "entry-digest-list" => "Digest list of the entry",
        "entry-inclusion" => "Inclusion in the log",
        "entry-answer" => "Proof in the log's answer",
        "log-checkpoint" => "Checkpoint of the log",
        "log-quorum" => "Witnesses of the checkpoint",
        "log-consistency" => "History of the log",
        other => other,
    }
}
