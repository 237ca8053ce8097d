//! The proofs, drawn: the way from an entry to the root of the log's tree, the checkpoint that states that root and
//! who signed it, and how the tree grew since the last visit. The same stands beside the drawings as text.

use crate::format::{first_digits, number, time};
use crate::report::{Growth, Head, Level, Outcome, Proof, Report, Tree};
use crate::text::{plural, t};
use crate::view::audit::audit;
use crate::view::facts::row;
use crate::view::growth::growth;
use crate::view::parts::{code, mark_as, named, prose};
use yew::prelude::*;

/// One card for each proof that was followed.
pub fn proofs(report: &Report) -> Html {
    let proofs = report.proofs();
    let named = |proof: &Proof| report.subject(&proof.subject);
    html! { <>{ for proofs.iter().enumerate().map(|(number, proof)| card(number, &named(proof), proof)) }</> }
}

fn card(number: usize, about: &str, proof: &Proof) -> Html {
    let heading = format!("proof-{number}");
    html! {
        <section class="card proof" data-subject={proof.subject.clone()} data-outcome={proof.outcome.id()} aria-labelledby={heading.clone()}>
            <header>
                <h2 id={heading}>{ t("proof.heading") }<span class="proof-about">{ named(about) }</span></h2>
                { mark_as(proof.outcome, came_out(proof)) }
            </header>
            <div class="proof-parts">
                { audit(number, proof) }
                <div class="proof-words">
                    { for proof.head.as_ref().map(|it| head(it, proof)) }
                    { for proof.growth.iter().enumerate().map(|(i, it)| grown(format!("growth-{number}-{i}"), it)) }
                </div>
            </div>
            { as_text(proof) }
        </section>
    }
}

fn came_out(proof: &Proof) -> &'static str {
    match proof.computed == proof.stated {
        true => t("proof.agree"),
        false => t("proof.differ"),
    }
}

/// Who stands behind the root.
fn head(head: &Head, proof: &Proof) -> Html {
    html! {
        <section class="proof-head">
            <h3>{ t("proof.checkpoint") }</h3>
            <p class="signed">{ mark_as(head.outcome, signed(head.outcome)) }<span>{ prose(&head.sentence) }</span></p>
            <dl>
                { for head.origin.as_ref().map(|origin| row("proof.log", named(origin))) }
                { for head.vkey.as_ref().map(|vkey| row("proof.key", code(vkey, "key of the log"))) }
                { row("proof.entries", html! { { number(proof.size as f64) } }) }
                { row("proof.root", code(&proof.stated, "root")) }
                { for head.cosignatures.iter().map(cosigned) }
                { unknown(head) }
            </dl>
        </section>
    }
}

fn signed(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => t("proof.signed"),
        Outcome::Untrusted => t("proof.stranger"),
        Outcome::Failed => t("proof.unsigned"),
        Outcome::NotChecked => t("outcome.not-checked"),
    }
}

fn cosigned((witness, at): &(String, Option<i64>)) -> Html {
    row(
        "proof.cosigned",
        html! {
            <span class="cosignature">
                <strong>{ named(witness) }</strong>
                { for at.map(|at| html! { <>{ " " }<time>{ time(at) }</time>{ " " }<span class="word">{ t("proof.witness-says") }</span></> }) }
            </span>
        },
    )
}

/// Anybody can add a signature line; the names in it are shown as names and no more.
fn unknown(head: &Head) -> Html {
    if head.unknown.is_empty() {
        return Html::default();
    }
    let names = head.unknown.iter().map(|name| html! { <li>{ named(name) }</li> });
    row(
        "outcome.not-checked",
        html! {
            <>
                <span class="soft">{ t("proof.unknown") }</span>
                <ul class="unknown-signatures">{ for names }</ul>
            </>
        },
    )
}

fn grown(id: String, it: &Growth) -> Html {
    html! {
        <section class="proof-growth" data-outcome={it.outcome.id()}>
            <h3>{ t("proof.growth") }</h3>
            { for it.trees.as_ref().map(|(before, now)| growth(&id, it.outcome, before, now)) }
            <p>{ prose(&it.sentence) }</p>
            { for it.trees.as_ref().map(|(before, now)| trees(it, before, now)) }
        </section>
    }
}

fn trees(it: &Growth, before: &Tree, now: &Tree) -> Html {
    if it.hashes == 0 {
        return Html::default();
    }
    html! {
        <details class="others">
            <summary>{ t("proof.roots") }</summary>
            <p class="soft small">{ plural("proof.lead", it.hashes, &[]) }</p>
            <dl class="evidence">
                { tree("proof.then", before) }
                { tree("proof.now", now) }
            </dl>
        </details>
    }
}

fn tree(when: &'static str, tree: &Tree) -> Html {
    row(
        when,
        html! {
            <>
        <span>{ t("proof.entries") }{ ": " }{ number(tree.size as f64) }</span>
                { code(&tree.root, "root as stated") }
                { for tree.computed.as_ref().map(|root| code(root, "root as computed")) }
            </>
        },
    )
}

/// The audit path for those who read it or copy it.
fn as_text(proof: &Proof) -> Html {
    html! {
        <details class="others proof-text">
            <summary>{ t("proof.as-text") }</summary>
            <p>{ t("proof.how") }</p>
            <ol>
                <li>{ t("proof.leaf") }{ code(&proof.leaf, "hash of the entry") }</li>
                { for proof.levels.iter().map(step) }
                <li class="proof-root" data-agrees={(proof.computed == proof.stated).to_string()}>
                    { compared(proof) }
                    { code(&proof.stated, "root of the checkpoint") }
                </li>
            </ol>
        </details>
    }
}

fn step(level: &Level) -> Html {
    let (side, given) = if level.left { ("left", t("proof.given-left")) } else { ("right", t("proof.given-right")) };
    html! {
        <li data-side={side}>
            { given }{ code(&level.hash, "given hash") }
            { t("proof.of-both") }{ code(&level.node, "computed hash") }
        </li>
    }
}

fn compared(proof: &Proof) -> &'static str {
    match proof.computed == proof.stated {
        true => t("proof.is-root"),
        false => t("proof.is-not-root"),
    }
}

/// What a drawing shows, for those who cannot see it.
pub fn described(proof: &Proof) -> String {
    let (index, root) = (proof.index.to_string(), first_digits(&proof.computed));
    let key = match proof.computed == proof.stated {
        true => "proof.picture-agrees",
        false => "proof.picture-differs",
    };
    plural(key, proof.levels.len(), &[("index", &index), ("root", root)])
}
