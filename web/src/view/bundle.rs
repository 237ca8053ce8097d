//! What was found out about each Sigstore bundle.

use crate::format::time;
use crate::report::{Bundle, Claims, Report, Signer};
use crate::text::{self, t};
use crate::view::facts::row;
use crate::view::parts::{code, named};
use yew::prelude::*;

/// Who signed what and when, by whose word.
pub fn bundle(report: &Report, bundle: &Bundle) -> Html {
    html! {
        <section class="card fact bundle" data-subject={bundle.subject.clone()} data-kind={bundle.kind.clone()}>
            <header><h3><span class="fact-kind">{ bundle.title() }{ " (Sigstore)" }</span>{ named(&bundle.name) }</h3></header>
            <dl>
                { for bundle.signer.iter().map(|it| signer(it, report.signer_holds(bundle))) }
                { for bundle.artifacts.iter().map(|artifact| row("row.about", named(&report.subject(artifact)))) }
                { for bundle.times.iter().map(|it| row("row.signed", html! { <><time class="bundle-time">{ time(it.time) }</time>{ " " }<span class="word">{ text::html("bundle.says", &[("voucher", named(&it.voucher))]) }</span></> })) }
                { for bundle.predicate_type.iter().map(|it| row("row.states", named(it))) }
                { entry(bundle) }
                { row("row.trust", html! { <>{ named(&bundle.trust.name) }{ taken(bundle) }</> }) }
            </dl>
            { details(bundle) }
        </section>
    }
}

fn signer(signer: &Signer, holds: bool) -> Html {
    let by = if holds { "row.signed-by" } else { "row.claimed-signer" };
    html! {
        <>
            { for signer.identity.iter().map(|it| row(by, html! { <strong class="identity">{ named(it) }</strong> })) }
            { for signer.issuer.iter().map(|it| row("row.issuer", html! { <span class="issuer">{ named(it) }</span> })) }
            { match (&signer.identity, &signer.fingerprint) {
                // The key of a certificate lives for one signature, and tells a reader nothing.
                (None, Some(key)) => row("row.key", code(key, "fingerprint")),
                _ => Html::default(),
            } }
        </>
    }
}

fn entry(bundle: &Bundle) -> Html {
    let Some(entry) = &bundle.entry else {
        return row("row.recorded", html! { <span class="soft">{ t("bundle.no-entry") }</span> });
    };
    let log = entry.log.as_ref().unwrap_or(&entry.log_id);
    row("row.recorded", text::html("bundle.index-in", &[("index", html! { { entry.index } }), ("log", named(log))]))
}

fn taken(bundle: &Bundle) -> String {
    bundle.trust.taken.as_ref().map(|date| format!(", as of {date}")).unwrap_or_default()
}

/// What the certificate and the statement say at length.
fn details(bundle: &Bundle) -> Html {
    let signer = bundle.signer.as_ref();
    let validity = signer.and_then(|signer| Some((signer.not_before?, signer.not_after?)));
    let claims = signer.map(|signer| &signer.claims).filter(|claims| !claims.is_empty());
    html! {
        <>
            if validity.is_some() || claims.is_some() {
                <details class="others">
                    <summary>{ t("bundle.certificate") }</summary>
                    <dl class="evidence">
                        { for claims.into_iter().map(build) }
                        { for validity.map(|(from, to)| row("row.valid", html! { { text::with("bundle.valid", &[("from", &time(from)), ("to", &time(to))]) } })) }
                    </dl>
                </details>
            }
            { subjects(bundle) }
        </>
    }
}

/// What a certificate may say of a build, in the order in which it is asked.
const CLAIMS: [(&str, &str); 8] = [
    ("source_repository", "row.source"),
    ("source_ref", "row.branch-or-tag"),
    ("source_digest", "row.commit"),
    ("workflow", "row.workflow"),
    ("workflow_digest", "row.workflow-at"),
    ("trigger", "row.started-by"),
    ("run", "row.run"),
    ("runner", "row.runner"),
];

fn build(claims: &Claims) -> Html {
    let stated = CLAIMS
        .iter()
        .filter_map(|(name, words)| Some((*words, claims.iter().find(|(known, _)| known == name)?.1.clone())));
    html! { <>{ for stated.map(|(words, value)| row(words, named(&value))) }</> }
}

/// A statement may be about many files.
fn subjects(bundle: &Bundle) -> Html {
    if bundle.subjects.is_empty() {
        return Html::default();
    }
    html! {
        <details class="others">
            <summary>{ text::plural("bundle.files", bundle.subjects.len(), &[]) }</summary>
            <ul>{ for bundle.subjects.iter().map(|subject| html! { <li>{ named(&subject.name) }{ digests(&subject.digests) }</li> }) }</ul>
        </details>
    }
}

fn digests(digests: &[(String, String)]) -> Html {
    let one = |(algorithm, value): &(String, String)| html! { <div class="digest"><span class="soft small">{ crate::format::visible(algorithm) }</span>{ " " }{ code(value, algorithm) }</div> };
    html! { <>{ for digests.iter().map(one) }</> }
}
