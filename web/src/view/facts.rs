//! What was found out about everything that was given.

use crate::format::{size, time};
use crate::report::{Artifact, Entry, Link, LinkKey, Other, Outcome, Product, Receipt, Report, Unrecognised};
use crate::text::{self, t};
use crate::view::bundle::bundle;
use crate::view::layout::layout;
use crate::view::parts::{code, mark_as, named, prose};
use crate::view::rekor::rekor_entry;
use yew::prelude::*;

/// Layouts first, for they speak of the whole; then the artifacts, and beside them what speaks of them.
pub fn facts(report: &Report) -> Html {
    let artifacts = report.artifacts.iter().map(|it| artifact(report, it));
    let files: Vec<Html> = artifacts.chain(report.unrecognised.iter().map(unrecognised)).collect();
    let links = report.links.iter().filter(|it| !of_layout(report, it)).map(|it| link(report, it));
    let bundles = report.bundles.iter().map(|it| bundle(report, it));
    let entries = report.rekor_entries.iter().map(|it| rekor_entry(report, it));
    let receipts = report.receipts.iter().map(receipt);
    let about: Vec<Html> = links.chain(bundles).chain(entries).chain(receipts).collect();
    html! {
        <>
            { for report.layouts.iter().map(|it| layout(report, it)) }
            <div class="facts">{ column(files) }{ column(about) }</div>
        </>
    }
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
                <h3><span class="fact-kind">{ t("kind.artifact") }</span>{ named(&artifact.name) }</h3>
                { mark_as(artifact.outcome, matching(artifact)) }
            </header>
            <dl>
                { product(report, artifact) }
                { row("row.size", html! { size(artifact.size) }) }
                { row("row.sha-256", code(&artifact.sha256, "SHA-256")) }
            </dl>
        </section>
    }
}

/// "Passed" beside a file reads as more than that its digest is the one that a link or a bundle states.
fn matching(artifact: &Artifact) -> &'static str {
    match (artifact.outcome, &artifact.product, &artifact.rekor_entry) {
        (Outcome::Passed, Some(_), _) => t("fact.matches-link"),
        (Outcome::Passed, None, Some(_)) => t("fact.matches-entry"),
        (Outcome::Passed, None, None) => t("fact.matches-bundle"),
        (Outcome::Failed, ..) => t("fact.differs"),
        (other, ..) => other.words(),
    }
}

fn product(report: &Report, artifact: &Artifact) -> Html {
    let signed = artifact.bundle.as_ref().map(|bundle| row("row.signed-in", named(&report.subject(bundle))));
    let recorded = artifact.rekor_entry.as_ref().map(|entry| row("row.recorded-in", named(&report.subject(entry))));
    let product = match (&artifact.product, signed.is_some() || recorded.is_some()) {
        (Some(product), _) => made(report, product),
        (None, true) => Html::default(),
        (None, false) => row("row.product-of", html! { t("fact.no-link") }),
    };
    html! { <>{ product }{ for signed }{ for recorded }</> }
}

fn made(report: &Report, product: &Product) -> Html {
    let link = ("link", named(&report.subject(&product.link)));
    let source = match &product.builder {
        Some(builder) => {
            let builder = html! { <span class="builder">{ named(builder) }</span> };
            text::html("fact.build-in", &[("builder", builder), link])
        }
        None => {
            let step = html! { <span class="step">{ named(&product.step) }</span> };
            text::html("fact.step-in", &[("step", step), link])
        }
    };
    html! {
        <>
            { row("row.product-of", source) }
            { row("row.as", html! { <span class="product-path">{ named(&product.path) }</span> }) }
        </>
    }
}

/// Whether a layout shows the link already.
fn of_layout(report: &Report, link: &Link) -> bool {
    report.layouts.iter().flat_map(|layout| &layout.steps).any(|step| step.links.contains(&link.subject))
}

/// A link, and its record.
pub fn link(report: &Report, link: &Link) -> Html {
    html! {
        <section class="card fact link" data-subject={link.subject.clone()}>
            <header><h3><span class="fact-kind">{ link.kind() }</span>{ named(&link.title()) }</h3></header>
            <dl>
                { for link.step.as_ref().map(|step| row("row.step", named(step))) }
                { for link.builder.as_ref().map(|builder| row("row.built-by", html! { <span class="builder">{ named(builder) }</span> })) }
                { for link.keys.iter().map(|key| row("row.signed-by", signed_by(key))) }
                { entry(report, link.entry.as_ref()) }
                { for link.sha256.as_ref().map(|digest| row("row.sha-256", code(digest, "SHA-256"))) }
            </dl>
            { others(link) }
        </section>
    }
}

/// A key, and whose it is.
pub fn signed_by(key: &LinkKey) -> Html {
    let name = match &key.name {
        Some(name) => html! { <strong class="key-name">{ named(name) }</strong> },
        None => html! { <span class="key-name soft">{ t("fact.unnamed") }</span> },
    };
    html! {
        <div class="key" data-fingerprint={key.fingerprint.clone()}>
            { name }
            { code(&key.fingerprint, "fingerprint") }
        </div>
    }
}

fn entry(report: &Report, entry: Option<&Entry>) -> Html {
    let Some(entry) = entry else {
        return row("row.recorded", html! { <span class="soft">{ t("fact.no-record") }</span> });
    };
    html! {
        <>
            { row("row.recorded", html! { <strong class="log-index" data-index={entry.index.to_string()}>{ text::with("fact.as-index", &[("index", &entry.index.to_string())]) }</strong> }) }
            { for entry.time.map(|seconds| row("row.time", html! { <><time class="log-time">{ time(seconds) }</time>{ " " }<span class="word">{ t("fact.log-says") }</span></> })) }
            { for entry.receipt.as_ref().map(|receipt| row("row.proof", html! { <span class="entry-receipt">{ text::html("fact.receipt", &[("name", named(&report.subject(receipt)))]) }</span> })) }
            { row("row.entry", code(&entry.uuid, "entry identifier")) }
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
            <p class="soft small">{ t("fact.strangers") }</p>
            <ul>{ for link.others.iter().map(other) }</ul>
        </details>
    }
}

fn others_title(shown: usize, more: u64) -> String {
    let others = text::plural("fact.others", shown, &[]);
    match more {
        0 => others,
        _ => text::with("fact.others-more", &[("others", &others), ("more", &more.to_string())]),
    }
}

fn other(other: &Other) -> Html {
    html! {
        <li data-uuid={other.uuid.clone()}>
            <p>{ for other.index.map(|index| html! { <strong>{ format!("#{index} ") }</strong> }) }{ prose(&other.sentence) }</p>
            { code(&other.uuid, "entry identifier") }
        </li>
    }
}

fn receipt(receipt: &Receipt) -> Html {
    html! {
        <section class="card fact receipt" data-subject={receipt.subject.clone()}>
            <header><h3><span class="fact-kind">{ t("kind.receipt") }</span>{ named(&receipt.name) }</h3></header>
            <dl>
                { for receipt.origin.as_ref().map(|origin| row("row.log", named(origin))) }
                { for receipt.index.map(|index| row("row.entry", html! { { format!("#{index}") } })) }
                { for receipt.size.map(|size| row("row.as-of", html! { { text::plural("fact.first", size as usize, &[]) } })) }
            </dl>
        </section>
    }
}

fn unrecognised(file: &Unrecognised) -> Html {
    html! {
        <section class="card fact unrecognised" data-name={file.name.clone()}>
            <header><h3><span class="fact-kind">{ t("kind.unrecognised") }</span>{ named(&file.name) }</h3></header>
            <p>{ prose(&file.sentence) }</p>
        </section>
    }
}

/// A term, by the key of its text, and what it is.
pub fn row(term: &'static str, value: Html) -> Html {
    html! { <div class="row"><dt>{ t(term) }</dt><dd>{ value }</dd></div> }
}
