//! The checks behind the verdict, each with its evidence.

use crate::format::{time, visible};
use crate::report::{Check, Outcome, Report, Time};
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
            { for props.report.time.as_ref().map(as_of) }
            { list(&props.report, true) }
            { others(&props.report) }
        </section>
    }
}

/// Which time counted where something depends on it.
fn as_of(it: &Time) -> Html {
    html! {
        <p class="soft small" id="as-of">{ "As of " }<time>{ time(it.seconds) }</time>{ ", by " }<Name name={it.source.clone()} />{ "." }</p>
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
    html! {
        <li class={classes!("check", check.outcome.id())} data-check={check.id.clone()} data-subject={check.subject.clone()}
            data-outcome={check.outcome.id()} data-required={check.required.to_string()}>
            <details open={check.outcome == Outcome::Failed}>
                <summary>{ heading(report, check) }</summary>
                <div class="check-body">
                    { meaning(check) }
                    if !check.evidence.is_empty() {
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
            <OutcomeMark outcome={check.outcome} />
            <span class="check-title">{ visible(title(&check.id)) }</span>
            <span class="check-subject"><Name name={report.subject(&check.subject)} /></span>
            <span class="check-sentence"><Prose text={check.sentence.clone()} /></span>
        </span>
    }
}

/// Folded, where there is evidence to look at first.
fn meaning(check: &Check) -> Html {
    if check.explanation.is_empty() {
        return Html::default();
    }
    html! {
        <details class="meaning" open={check.evidence.is_empty()}>
            <summary>{ "What does this mean?" }</summary>
            <p><Prose text={check.explanation.clone()} /></p>
        </details>
    }
}

/// What a check is about, in a few words.
fn title(id: &str) -> &str {
    match id {
        "link-format" => "Form of the link file",
        "link-signature" => "Signature of the link file",
        "artifact-product" => "Origin of the file",
        "lookup" => "Look-up in the log",
        "entry-leaf" => "Entry matches the link file",
        "entry-body" => "Recorded file",
        "entry-digest-list" => "Digest list of the entry",
        "entry-inclusion" => "Inclusion in the log",
        "entry-answer" => "Proof in the log's answer",
        "log-checkpoint" => "Checkpoint of the log",
        "log-quorum" => "Witnesses of the checkpoint",
        "log-consistency" => "History of the log",
        "receipt-format" => "Form of the receipt",
        "layout-format" => "Form of the layout",
        "layout-signature" => "Signature of the layout",
        "layout-expiry" => "Time of the layout",
        "step-links" => "Links of the step",
        "step-agreement" => "Agreement within the step",
        "step-command" => "Command of the step",
        "step-rules" => "Rules of the step",
        "sublayout" => "Layout within the layout",
        "inspection-run" => "Inspection",
        "inspection-rules" => "Rules of the inspection",
        "bundle-format" => "Form of the bundle",
        "bundle-certificate" => "Certificate of the signer",
        "bundle-sct" => "Record of the certificate",
        "bundle-timestamp" => "Time of signing",
        "bundle-signature" => "Signature of the bundle",
        "bundle-subject" => "Subject of the bundle",
        "bundle-log-entry" => "Entry of the bundle",
        "bundle-inclusion" => "Inclusion in the log",
        "bundle-checkpoint" => "Checkpoint of the log",
        "bundle-entry-timestamp" => "Time of the entry",
        "bundle-identity" => "Identity of the signer",
        "rekor-entry-format" => "Form of the log's answer",
        "rekor-entry-statement" => "Entry matches the file",
        "rekor-entry-signature" => "Signature of the entry",
        "rekor-entry-timestamp" => "Time of the entry",
        other => other,
    }
}
