//! An audit path as a drawing: the entry at the foot, the checkpoint's root at the top.

use crate::format::first_digits;
use crate::report::{Level, Proof};
use crate::text::{t, with};
use crate::view::proof::described;
use yew::prelude::*;

/// Width of the drawing, in its own units; a phone shows them as pixels.
const WIDTH: usize = 264;
/// From one level to the next.
const PITCH: usize = 58;
/// Size of a box with a hash in it.
const BOX: (usize, usize) = (84, 28);
/// Above the first box, for its label.
const TOP: usize = 20;

/// The drawing, in a box of its own that scrolls: a tree of 2⁴⁰ entries has forty levels.
pub fn audit(number: usize, proof: &Proof) -> Html {
    let title = format!("audit-{number}");
    let height = TOP + PITCH * (proof.levels.len() + 1) + BOX.1 + 22;
    let agrees = proof.computed == proof.stated;
    html! {
        <figure class={classes!("audit", if agrees { "agrees" } else { "differs" })}>
            <div class="audit-box" tabindex="0" role="group" aria-label={t("proof.drawing")}>
                <svg viewBox={format!("0 0 {WIDTH} {height}")} role="img" aria-labelledby={title.clone()}>
                    <title id={title}>{ described(proof) }</title>
                    { stated(proof, agrees) }
                    { for proof.levels.iter().rev().enumerate().map(|(i, level)| self::level(i + 1, level)) }
                    { leaf(proof) }
                </svg>
            </div>
            <figcaption class="soft small">
                <span class="legend computed">{ t("proof.computed-here") }</span>
                <span class="legend given">{ t("proof.given") }</span>
            </figcaption>
        </figure>
    }
}

/// Where the row's boxes begin; the checkpoint is row 0, the computed root row 1.
fn top(row: usize) -> usize {
    TOP + PITCH * row
}

fn stated(proof: &Proof, agrees: bool) -> Html {
    let (x, y) = (WIDTH / 2, top(0) + BOX.1);
    let middle = y + (PITCH - BOX.1) / 2;
    html! {
        <>
            <text class="label" x={x.to_string()} y="12">{ t("proof.stated-root") }</text>
            { hash("stated", x, top(0), &proof.stated) }
            <text class="sign" x={x.to_string()} y={(middle + 6).to_string()}>{ if agrees { "=" } else { "≠" } }</text>
        </>
    }
}

/// What was computed, and below it the given hash that it was computed with.
fn level(row: usize, level: &Level) -> Html {
    let middle = WIDTH / 2;
    let beside = if level.left { BOX.0 / 2 + 1 } else { WIDTH - BOX.0 / 2 - 1 };
    let (from, to) = (top(row) + BOX.1, top(row + 1));
    let bend = (from + to) / 2;
    html! {
        <>
            <path class="way" d={format!("M{middle} {to}V{from}")} />
            <path class="join" d={format!("M{beside} {to}C{beside} {bend} {middle} {to} {middle} {from}")} />
            { hash("computed", middle, top(row), &level.node) }
            { hash("given", beside, to, &level.hash) }
        </>
    }
}

fn leaf(proof: &Proof) -> Html {
    let (x, y) = (WIDTH / 2, top(proof.levels.len() + 1));
    html! {
        <>
            { hash("leaf", x, y, &proof.leaf) }
            <text class="label" x={x.to_string()} y={(y + BOX.1 + 16).to_string()}>{ with("proof.entry", &[("index", &proof.index.to_string())]) }</text>
        </>
    }
}

/// A box around the first digits of a hash.
fn hash(class: &'static str, x: usize, y: usize, hash: &str) -> Html {
    let (width, height) = BOX;
    html! {
        <g class={classes!("hash", class)}>
            <rect x={(x - width / 2).to_string()} y={y.to_string()} width={width.to_string()} height={height.to_string()} rx="7" />
            <text x={x.to_string()} y={(y + height / 2 + 4).to_string()}>{ first_digits(hash) }{ "…" }</text>
        </g>
    }
}
