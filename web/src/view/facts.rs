//! What was found out about each artifact and each link.

use crate::format::{count, size, time};
use crate::report::{Artifact, Entry, Link, LinkKey, Other, Outcome, Product, Report, Unrecognised};
use crate::view::parts::{Code, Name, OutcomeMark, Prose};
use crate::view::verdict::ReportProps;
use yew::prelude::*;

/// Artifacts, links, and files that are neither.
#[component]
pub fn Facts(props: &ReportProps) -> Html {
    let report = &props.report;
    let artifacts = report.artifacts.iter().map(|it| artifact(report, it));
    let files: Vec<Html> = artifacts.chain(report.unrecognised.iter().map(unrecognised)).collect();
    html! { <div class="facts">{ column(files) }{ column(report.links.iter().map(link).collect()) }</div> }
}

fn column(facts: Vec<Html>) -> Html {
    match facts.is_empty() {
        true => Html::default(),
        false => html! { <div class="fact-column">{ for facts.into_iter() }</div> },
    }
}

fn artifact(report: &Report, artifact: &Artifact) -> Html {
    html! {
        <section class="card fact artifact" data-subject={artifact.subject.clone()} data-outcome={artifact.outcome.id()}>
            <header>
                <h3><span class="fact-kind">{ "Artifact" }</span><Name name={artifact.name.clone()} /></h3>
                <OutcomeMark outcome={artifact.outcome} words={matching(artifact.outcome)} />
            </header>
            <dl>
                { product(report, artifact.product.as_ref()) }
                { row("Size", html! { size(artifact.size) }) }
                { row("SHA-256", html! { <Code value={artifact.sha256.clone()} what="SHA-256" /> }) }
            </dl>
        </section>
    }
}

/// "Passed" beside a file reads as more than that its digest is the one that a link states.
fn matching(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "Matches the link file",
        Outcome::Failed => "Does not match",
        other => other.words(),
    }
}

fn product(report: &Report, product: Option<&Product>) -> Html {
    let Some(product) = product else {
        return row("Product of", html! { "no link file that was given or found" });
    };
    html! {
        <>
            { row("Product of", html! { <>{ "step " }<span class="step"><Name name={product.step.clone()} /></span>{ ", in " }<Name name={report.subject(&product.link)} /></> }) }
            { row("As", html! { <span class="product-path"><Name name={product.path.clone()} /></span> }) }
        </>
    }
}

fn link(link: &Link) -> Html {
    html! {
        <section class="card fact link" data-subject={link.subject.clone()}>
            <header><h3><span class="fact-kind">{ "Link file" }</span><Name name={link.title()} /></h3></header>
            <dl>
                { for link.step.as_ref().map(|step| row("Step", html! { <Name name={step.clone()} /> })) }
                { for link.keys.iter().map(|key| row("Signed by", signed_by(key))) }
                { entry(link.entry.as_ref()) }
                { for link.sha256.as_ref().map(|digest| row("SHA-256", html! { <Code value={digest.clone()} what="SHA-256" /> })) }
            </dl>
            { others(link) }
        </section>
    }
}

fn signed_by(key: &LinkKey) -> Html {
    let name = match &key.name {
        Some(name) => html! { <strong class="key-name"><Name name={name.clone()} /></strong> },
        None => html! { <span class="key-name soft">{ "a key that you have not named" }</span> },
    };
    html! {
        <div class="key" data-fingerprint={key.fingerprint.clone()}>
            { name }
            <Code value={key.fingerprint.clone()} what="fingerprint" />
        </div>
    }
}

fn entry(entry: Option<&Entry>) -> Html {
    let Some(entry) = entry else {
        return row("Recorded", html! { <span class="soft">{ "no record was confirmed" }</span> });
    };
    html! {
        <>
            { row("Recorded", html! { <strong class="log-index" data-index={entry.index.to_string()}>{ format!("as #{}", entry.index) }</strong> }) }
            { for entry.time.map(|seconds| row("Time", html! { <><time class="log-time">{ time(seconds) }</time>{ " " }<span class="word">{ "the log says" }</span></> })) }
            { row("Entry", html! { <Code value={entry.uuid.clone()} what="entry identifier" /> }) }
        </>
    }
}

fn others(link: &Link) -> Html {
    if link.others.is_empty() && link.more == 0 {
        return Html::default();
    }
    let shown = link.others.len();
    html! {
        <details class="others">
            <summary>{ others_title(shown, link.more) }</summary>
            <p class="soft small">{ "Anyone may record an entry. These do not count for the verdict, nor against it." }</p>
            <ul>{ for link.others.iter().map(other) }</ul>
        </details>
    }
}

fn others_title(shown: usize, more: u64) -> String {
    match more {
        0 => count(shown, "other entry", "other entries"),
        _ => format!("{}, and {more} more that were not looked at", count(shown, "other entry", "other entries")),
    }
}

fn other(other: &Other) -> Html {
    html! {
        <li data-uuid={other.uuid.clone()}>
            <p>{ for other.index.map(|index| html! { <strong>{ format!("#{index} ") }</strong> }) }<Prose text={other.sentence.clone()} /></p>
            <Code value={other.uuid.clone()} what="entry identifier" />
        </li>
    }
}

fn unrecognised(file: &Unrecognised) -> Html {
    html! {
        <section class="card fact unrecognised" data-name={file.name.clone()}>
            <header><h3><span class="fact-kind">{ "Not recognised" }</span><Name name={file.name.clone()} /></h3></header>
            <p><Prose text={file.sentence.clone()} /></p>
        </section>
    }
}

fn row(term: &'static str, value: Html) -> Html {
    html! { <div class="row"><dt>{ term }</dt><dd>{ value }</dd></div> }
}
