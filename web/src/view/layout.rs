//! A layout as a picture: its steps in their order, who carried each out, and what came of it.

use crate::format::{short, time, visible};
use crate::report::{Inspection, Layout, Link, LinkKey, Outcome, Report, Step};
use crate::text::{self, t};
use crate::view::facts::{link, row, signed_by};
use crate::view::parts::{Symbol, icon, mark, mark_as, named};
use yew::prelude::*;

/// The layout and its chain, from the first step to the file in the reader's hands.
pub fn layout(report: &Report, layout: &Layout) -> Html {
    html! {
        <section class="card fact layout" data-subject={layout.subject.clone()}>
            <header><h3><span class="fact-kind">{ t("kind.layout") }</span>{ named(&layout.name) }</h3></header>
            <ol class="chain" aria-label={t("layout.steps")}>
                { for layout.steps.iter().map(|it| step(report, it)) }
                { for layout.inspections.iter().map(inspection) }
                { product(report, layout) }
            </ol>
            <dl>
                { for layout.keys.iter().map(|key| row("row.signed-by", signed_by(key))) }
                { for layout.expires.map(|seconds| row("row.expires", html! { <time class="layout-expires">{ time(seconds) }</time> })) }
            </dl>
            { links(report, layout) }
        </section>
    }
}

fn step(report: &Report, step: &Step) -> Html {
    let links: Vec<&Link> = step.links.iter().filter_map(|subject| report.link(subject)).collect();
    html! {
        <li class={classes!("stage", "step-stage", step.outcome.id())} data-step={step.name.clone()} data-outcome={step.outcome.id()}>
            <div class="stage-box">
                <p class="stage-name">{ named(&step.name) }</p>
                { mark(step.outcome) }
                <ul class="stage-by">{ for links.iter().flat_map(|link| &link.keys).map(by) }</ul>
                <p class="soft small">{ enough(links.len(), step.threshold) }</p>
            </div>
        </li>
    }
}

fn by(key: &LinkKey) -> Html {
    let whose = match &key.name {
        Some(name) => named(name),
        None => html! { <code>{ short(&key.fingerprint) }</code> },
    };
    html! { <li data-fingerprint={key.fingerprint.clone()}>{ icon(Symbol::Person) }{ whose }</li> }
}

fn enough(links: usize, threshold: u64) -> String {
    text::plural("layout.enough", links, &[("threshold", &threshold.to_string())])
}

fn inspection(inspection: &Inspection) -> Html {
    html! {
        <li class={classes!("stage", "inspection-stage", inspection.outcome.id())} data-inspection={inspection.name.clone()} data-outcome={inspection.outcome.id()}>
            <div class="stage-box">
                <p class="stage-name">{ named(&inspection.name) }</p>
                { mark_as(inspection.outcome, not_run(inspection.outcome)) }
                <p class="stage-run"><code>{ visible(&inspection.run.join(" ")) }</code></p>
                <p class="soft small">{ t("layout.inspection") }</p>
            </div>
        </li>
    }
}

/// An inspection that a browser does not carry out was not merely left unchecked.
fn not_run(outcome: Outcome) -> Option<&'static str> {
    (outcome == Outcome::NotChecked).then_some(t("layout.not-run"))
}

/// The links that count for the steps, at length.
fn links(report: &Report, layout: &Layout) -> Html {
    let counts = |it: &&Link| layout.steps.iter().any(|step| step.links.contains(&it.subject));
    let links: Vec<Html> = report.links.iter().filter(counts).map(|it| link(report, it)).collect();
    if links.is_empty() {
        return Html::default();
    }
    html! {
        <details class="others">
            <summary>{ text::plural("layout.links", links.len(), &[]) }</summary>
            <div class="layout-links">{ for links.into_iter() }</div>
        </details>
    }
}

/// The files that came out of the chain.
fn product(report: &Report, layout: &Layout) -> Html {
    let of_chain = |link: &String| layout.steps.iter().any(|step| step.links.contains(link));
    let files =
        report.artifacts.iter().filter(|file| file.product.as_ref().is_some_and(|product| of_chain(&product.link)));
    let files: Vec<Html> = files.map(|file| html! { <li>{ named(&file.name) }</li> }).collect();
    if files.is_empty() {
        return Html::default();
    }
    html! {
        <li class="stage product-stage">
            <div class="stage-box"><p class="stage-name">{ t("files.yours") }</p><ul>{ for files.into_iter() }</ul></div>
        </li>
    }
}
