//! A chain of steps, drawn, and as a list beside it.

use super::At;
use super::look::{trouble, use_look};
use super::proofs::outcome_words;
use crate::explore::answer::{Artifact, Graph, Step};
use crate::explore::layout::{HEIGHT, Spot, WIDTH, in_order, layout};
use crate::explore::{MAX_HOPS, Question};
use crate::format::{short, visible};
use crate::text::{self, t};
use crate::view::parts::{code, mark_as, named};
use yew::prelude::*;

/// Characters that fit into a box.
const FIT: usize = 18;

#[derive(PartialEq, Properties)]
pub struct ChainProps {
    pub at: At,
    /// `sha256:` and the digest.
    pub digest: AttrValue,
}

/// The steps around a file.
#[component]
pub fn Chain(props: &ChainProps) -> Html {
    let hops = use_state(|| 2u32);
    let sha256 = props.digest.strip_prefix("sha256:");
    let question = sha256.map(|sha256| Question::Chain { sha256: sha256.to_owned(), hops: *hops });
    let (look, _) = use_look(&props.at, question);
    let graph = look.last().and_then(|page| page.graph.clone());
    let further = {
        let hops = hops.clone();
        Callback::from(move |_| hops.set(*hops + 1))
    };
    let open = graph.as_ref().is_some_and(|graph| graph.artifacts.iter().any(|artifact| !artifact.followed));
    html! {
        <div class="explore chain-page" id="chain" data-look={look.state()} data-hops={hops.to_string()}>
            <nav class="back"><a href={props.at.search(&props.digest).fragment()}>{ t("explore.to-entries") }</a></nav>
            <section class="card" aria-labelledby="chain-heading">
                <h1 id="chain-heading">{ t("explore.chain-heading") }</h1>
                <div class="asked">{ code(&props.digest, "digest") }</div>
                <p class="soft">{ t("explore.chain-lede") }</p>
                if sha256.is_none() {
                    { super::warning(t("explore.chain-sha256")) }
                }
                { trouble(&look) }
                { for graph.as_ref().map(|graph| drawn(&props.at, graph)) }
                if open && *hops < MAX_HOPS {
                    <button type="button" class="button" id="further" onclick={further} disabled={look.busy}>{ t("explore.further") }</button>
                }
            </section>
            { for graph.as_ref().map(|graph| listed(&props.at, graph)) }
        </div>
    }
}

fn drawn(at: &At, graph: &Graph) -> Html {
    if graph.steps.is_empty() {
        return html! { <p class="nothing" id="nothing">{ t("explore.no-steps") }</p> };
    }
    let places = layout(graph);
    let line = |path: &String| html! { <path class="edge" d={path.clone()} /> };
    let artifacts = graph.artifacts.iter().zip(&places.artifacts).enumerate();
    let steps = graph.steps.iter().zip(&places.steps);
    html! {
        <>
            <div class="graph" role="group" aria-label={t("explore.graph")} tabindex="0">
                <svg width={places.width.to_string()} height={places.height.to_string()} viewBox={format!("0 0 {} {}", places.width, places.height)}>
                    { for places.lines.iter().map(line) }
                    { for artifacts.map(|(i, (artifact, spot))| artifact_box(at, artifact, *spot, i == 0)) }
                    { for steps.map(|(step, spot)| step_box(at, step, *spot)) }
                </svg>
            </div>
            if graph.cut {
                <p class="soft small">{ t("explore.cut") }</p>
            }
        </>
    }
}

/// A file: a click makes it the one in question.
fn artifact_box(at: &At, artifact: &Artifact, spot: Spot, start: bool) -> Html {
    let name = name_of(artifact);
    let class = classes!("node", "artifact", start.then_some("start"), (!artifact.followed).then_some("open"));
    boxed(at.chain(&artifact.sha256), class, spot, "28", &name, &short(&artifact.sha256))
}

/// A step: a click leads to its entry.
fn step_box(at: &At, step: &Step, spot: Spot) -> Html {
    let words = outcome_words(step.outcome);
    let class = classes!("node", "step", step.outcome.id());
    boxed(at.entry(None, &step.uuid), class, spot, "6", &step.name, words)
}

fn boxed(href: String, class: Classes, spot: Spot, round: &'static str, name: &str, below: &str) -> Html {
    let (middle, first, second) = (spot.x + WIDTH / 2, spot.y + HEIGHT / 2 - 5, spot.y + HEIGHT / 2 + 15);
    html! {
        <a {href} {class}>
            <rect x={spot.x.to_string()} y={spot.y.to_string()} width={WIDTH.to_string()} height={HEIGHT.to_string()} rx={round} />
            <text class="node-name" x={middle.to_string()} y={first.to_string()}>{ fitted(&visible(name)) }</text>
            <text class="node-below" x={middle.to_string()} y={second.to_string()}>{ below }</text>
        </a>
    }
}

fn name_of(artifact: &Artifact) -> String {
    artifact.names.last().cloned().unwrap_or_else(|| t("explore.this-file").to_owned())
}

/// The end of a long name tells more than its beginning.
fn fitted(name: &str) -> String {
    let length = name.chars().count();
    match length > FIT {
        true => format!("…{}", name.chars().skip(length - FIT + 1).collect::<String>()),
        false => name.to_owned(),
    }
}

/// The same in words, in the order of time.
fn listed(at: &At, graph: &Graph) -> Html {
    let order = in_order(graph.steps.iter().map(|step| step.column));
    let steps = order.into_iter().map(|i| step_item(at, graph, i, &graph.steps[i]));
    html! {
        <section class="card" aria-labelledby="steps-heading">
            <h2 id="steps-heading">{ text::plural("explore.steps", graph.steps.len(), &[]) }</h2>
            <ol class="entries">{ for steps }</ol>
        </section>
    }
}

fn step_item(at: &At, graph: &Graph, i: usize, step: &Step) -> Html {
    let files = |made: bool| {
        let edges = graph.edges.iter().filter(|edge| edge.step == i && edge.made == made);
        let artifacts = edges.filter_map(|edge| graph.artifacts.get(edge.artifact));
        let file = |artifact: &Artifact| html! { <li><a href={at.chain(&artifact.sha256)}>{ named(&name_of(artifact)) }</a></li> };
        html! { <ul class="step-files">{ for artifacts.map(file) }</ul> }
    };
    let key = |key: &String| html! { <li><code title={key.clone()}>{ short(key) }</code></li> };
    html! {
        <li class="entry chain-step" data-step={step.name.clone()} data-column={step.column.to_string()} data-outcome={step.outcome.id()}>
            <div class="entry-head">
                <a class="entry-link" href={at.entry(None, &step.uuid)}>{ named(&step.name) }</a>
                { mark_as(step.outcome, outcome_words(step.outcome)) }
            </div>
            <div class="step-io">
                <div><span class="soft small">{ text::plural("explore.took", step.materials, &[]) }</span>{ files(false) }</div>
                <div><span class="soft small">{ text::plural("explore.made", step.products, &[]) }</span>{ files(true) }</div>
            </div>
            if !step.keys.is_empty() {
                <div class="entry-keys soft small">{ t("explore.key-in-entry") }<ul>{ for step.keys.iter().map(key) }</ul></div>
            }
        </li>
    }
}
