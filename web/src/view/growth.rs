//! How a log grew, as a drawing: the smaller tree as the beginning of the larger.

use crate::format::number;
use crate::report::{Outcome, Tree};
use crate::text::{t, with};
use yew::prelude::*;

/// Size of the larger tree in the drawing's own units.
const WIDTH: u64 = 264;
const HEIGHT: u64 = 96;
/// Within this many units the smaller tree can be told from nothing and from the whole.
const EDGE: u64 = 36;

/// Two trees that begin together. Where one is not the beginning of the other, its outline is broken.
pub fn growth(id: &str, outcome: Outcome, before: &Tree, now: &Tree) -> Html {
    let (small, large) = (before.size.min(now.size), before.size.max(now.size));
    let (mut left, mut right) = (t("proof.then"), t("proof.now"));
    if now.size < before.size {
        (left, right) = (right, left);
    }
    let (smaller, larger) = (number(small as f64), number(large as f64));
    let values = [("left", left), ("right", right), ("small", smaller.as_str()), ("large", larger.as_str())];
    let title = with(if small < large { "proof.grew-picture" } else { "proof.same-picture" }, &values);
    let (base, foot) = (HEIGHT + 4, (HEIGHT + 22).to_string());
    html! {
        <svg class={classes!("growth", outcome.id())} viewBox={format!("0 0 {WIDTH} {}", HEIGHT + 28)} role="img" aria-labelledby={id.to_owned()}>
            <title id={id.to_owned()}>{ &title }</title>
            <path class="whole" d={tree(WIDTH, base)} />
            if small < large {
                <path class="part" d={tree(part(small, large), base)} />
                <text class="label start" x="2" y={foot.clone()}>{ format!("{left}: {smaller}") }</text>
                <text class="label end" x={(WIDTH - 2).to_string()} y={foot}>{ format!("{right}: {larger}") }</text>
            } else {
                <text class="label" x={(WIDTH / 2).to_string()} y={foot}>{ title }</text>
            }
        </svg>
    }
}

/// How wide the smaller tree is drawn.
fn part(small: u64, large: u64) -> u64 {
    let share = WIDTH as f64 * (small as f64 / large.max(1) as f64);
    (share as u64).clamp(EDGE, WIDTH - EDGE)
}

/// A tree of this width, all of one slope.
fn tree(width: u64, base: u64) -> String {
    format!("M2 {base}L{} {}L{} {base}Z", width / 2, base - HEIGHT * width / WIDTH, width - 2)
}
