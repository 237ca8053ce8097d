//! The result: one verdict in words, then what it rests on.

use crate::app::Page;
use crate::report::{Missing, Report};
use crate::text::{self, t};
use crate::view::checks::checks;
use crate::view::facts::facts;
use crate::view::parts::{Symbol, icon, prose};
use crate::view::proof::proofs;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Nothing until there is a report.
pub fn result(page: &Page) -> Html {
    match page.model.report() {
        None => Html::default(),
        Some(report) => html! {
            <div class="result">
                <Headline key={page.model.run} page={page.clone()} report={report.clone()} />
                { missing(page, report) }
                <Findings report={report.clone()} />
                { limits() }
            </div>
        },
    }
}

#[derive(PartialEq, Properties)]
struct FindingsProps {
    report: Rc<Report>,
}

/// What the report holds, drawn once: it may be long, and does not change with the rest of the page.
#[component]
fn Findings(props: &FindingsProps) -> Html {
    html! {
        <>
            { facts(&props.report) }
            { proofs(&props.report) }
            { checks(&props.report) }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct HeadlineProps {
    page: Page,
    report: Rc<Report>,
}

/// The verdict. It takes the focus once, when it appears.
#[component]
fn Headline(props: &HeadlineProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(section) = node.cast::<HtmlElement>() {
                // An element that cannot take the focus is still announced by the status line.
                let _ = section.focus();
            }
        });
    }
    let verdict = props.report.verdict;
    html! {
        <section ref={node} class={classes!("verdict", verdict.id())} id="verdict" tabindex="-1" data-verdict={verdict.id()} aria-labelledby="verdict-level verdict-headline">
            <span class="verdict-icon">{ icon(Symbol::from(verdict)) }</span>
            <div class="verdict-text">
                <p class="verdict-level" id="verdict-level">{ verdict.words() }</p>
                <h2 class="verdict-headline" id="verdict-headline">{ prose(&props.report.headline) }</h2>
                { next_step(props) }
            </div>
        </section>
    }
}

/// The commonest reason for an open verdict is that nobody was named.
fn next_step(props: &HeadlineProps) -> Html {
    if props.page.model.expects_somebody() || !props.report.unconfirmed_signer() {
        return Html::default();
    }
    html! { <p class="verdict-next"><a href="#signer">{ t("verdict.next") }</a></p> }
}

/// What the reader could still bring, and what it would show.
fn missing(page: &Page, report: &Report) -> Html {
    let model = &page.model;
    let trusting = model.trial.is_some() || !model.policy_text().is_empty();
    let missing = report.missing(model.expects_somebody(), trusting);
    if missing.is_empty() {
        return Html::default();
    }
    let one = |it: &Missing| {
        let text = text::find(&format!("missing.{}", it.id())).unwrap_or_default();
        html! { <li data-missing={it.id()}>{ text }</li> }
    };
    html! {
        <section class="card limits" id="missing" aria-labelledby="missing-heading">
            <h2 id="missing-heading">{ t("missing.heading") }</h2>
            <ul>{ for missing.iter().map(one) }</ul>
        </section>
    }
}

fn limits() -> Html {
    html! {
        <section class="card limits" aria-labelledby="limits-heading">
            <h2 id="limits-heading">{ t("limits.heading") }</h2>
            <ul>
                <li>{ t("limits.faults") }</li>
                <li>{ t("limits.person") }</li>
                <li>{ t("limits.time") }</li>
            </ul>
        </section>
    }
}
