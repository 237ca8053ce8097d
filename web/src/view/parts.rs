//! Small parts: symbols, names, digests.

use crate::format::{Piece, pieces, visible};
use crate::report::{Outcome, Verdict};
use crate::text::{self, t};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

/// A symbol that goes with a word; the word says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    Check,
    Cross,
    Question,
    Person,
    Dash,
    Warning,
    Drop,
}

impl From<Verdict> for Symbol {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Verified => Self::Check,
            Verdict::NotVerified => Self::Cross,
            Verdict::CouldNotTell => Self::Question,
        }
    }
}

impl From<Outcome> for Symbol {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::Check,
            Outcome::Failed => Self::Cross,
            Outcome::Untrusted => Self::Person,
            Outcome::NotChecked => Self::Dash,
        }
    }
}

/// A symbol in the colour of the text around it.
pub fn icon(symbol: Symbol) -> Html {
    let path = match symbol {
        Symbol::Check => "m5.5 12.8 4.3 4.4 8.7-10",
        Symbol::Cross => "m7 7 10 10M17 7 7 17",
        Symbol::Question => "M8.6 8.9a3.5 3.5 0 1 1 5.2 3.1c-1.2.7-1.8 1.3-1.8 2.6M12 18.2v.1",
        Symbol::Person => "M12 11.6a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2M5 19.6c.8-3.5 3.5-5 7-5s6.2 1.5 7 5",
        Symbol::Dash => "M6.5 12h11",
        Symbol::Warning => "M12 4.2 2.9 19.6h18.2zM12 10v4.6M12 17.1v.1",
        Symbol::Drop => "M12 3.8v10.4m-4.4-4.2 4.4 4.4 4.4-4.4M4.4 15.6v2.6a2 2 0 0 0 2 2h11.2a2 2 0 0 0 2-2v-2.6",
    };
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={path} /></svg>
    }
}

/// A name that came from a file or a server: isolated, wrapping, with nothing hidden in it.
pub fn named(name: &str) -> Html {
    html! { <bdi class="name">{ breakable(&visible(name)) }</bdi> }
}

/// A text that is best broken where an address or a path has its joints.
fn breakable(text: &str) -> Html {
    let parts: Vec<&str> = text.split_inclusive(['/', '@']).collect();
    let joint = |i: usize| i > 0 && parts[i] != "/" && parts[i - 1] != "/";
    let part = |(i, part): (usize, &&str)| html! { <>if joint(i) { <wbr /> }{ *part }</> };
    html! { <>{ for parts.iter().enumerate().map(part) }</> }
}

/// A digest, a key or an address: monospaced, and a button that copies it. `what` says to the button what it is.
pub fn code(value: &str, what: &str) -> Html {
    let shown = visible(value);
    html! {
        <span class="code">
            <code>{ grouped(&shown) }</code>
            { copy(value, what) }
        </span>
    }
}

/// A text with its digests set in groups for the eye. The text itself is not changed by that.
fn grouped(text: &str) -> Html {
    let piece = |piece| match piece {
        Piece::Words(words) => html! { { words } },
        Piece::Digest(digest) => groups(digest),
    };
    html! { <>{ for pieces(text).into_iter().map(piece) }</> }
}

fn groups(digest: &str) -> Html {
    let starts = (0..digest.len()).step_by(8);
    let group = |start: usize| html! { <span class="group">{ &digest[start..digest.len().min(start + 8)] }</span> };
    html! { <>{ for starts.map(group) }</> }
}

/// A sentence of the verifier, who speaks English, which may hold names and digests from anywhere.
pub fn prose(text: &str) -> Html {
    let shown = visible(text);
    let piece = |piece| match piece {
        Piece::Words(words) => breakable(words),
        Piece::Digest(digest) => html! { <code>{ groups(digest) }</code> },
    };
    html! { <span lang="en">{ for pieces(&shown).into_iter().map(piece) }</span> }
}

/// A button that copies a value, where the browser lets it.
pub fn copy(value: &str, what: &str) -> Html {
    html! { <Copy value={value.to_owned()} what={what.to_owned()} /> }
}

#[derive(PartialEq, Properties)]
struct CopyProps {
    value: AttrValue,
    what: AttrValue,
}

#[component]
fn Copy(props: &CopyProps) -> Html {
    let copied = use_state(|| false);
    let onclick = {
        let (value, copied) = (props.value.clone(), copied.clone());
        Callback::from(move |_| {
            let Some(window) = web_sys::window() else { return };
            let (promise, copied) = (window.navigator().clipboard().write_text(&value), copied.clone());
            spawn_local(async move { copied.set(JsFuture::from(promise).await.is_ok()) });
        })
    };
    if !web_sys::window().is_some_and(|window| window.is_secure_context()) {
        return Html::default();
    }
    html! {
        <button type="button" class="copy" {onclick} aria-label={text::with("copy.what", &[("what", &props.what)])}>
            { if *copied { t("copied") } else { t("copy") } }
        </button>
    }
}

/// An outcome: symbol and word.
pub fn mark(outcome: Outcome) -> Html {
    mark_as(outcome, None)
}

/// An outcome, in other words where its own are too broad.
pub fn mark_as(outcome: Outcome, words: impl Into<Option<&'static str>>) -> Html {
    html! {
        <span class={classes!("outcome", outcome.id())}>
            { icon(Symbol::from(outcome)) }
            { words.into().unwrap_or(outcome.words()) }
        </span>
    }
}
