//! The log's page: how large it is, who signed that, what it added, live.

use super::At;
use super::look::{Look, trouble, use_look};
use super::proofs::checks;
use super::results::item;
use crate::explore::Question;
use crate::explore::answer::{Answer, Entry, Signature};
use crate::format::{number, time};
use crate::listeners::hidden;
use crate::text::{self, t};
use crate::transport::pause;
use crate::view::facts::row;
use crate::view::parts::{code, named};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Between two looks at a log that grew, and the longest wait where it does not (milliseconds).
const SOON: i32 = 4_000;
const LATE: i32 = 60_000;

/// The most entries that are shown.
const MOST: usize = 60;

#[derive(PartialEq, Properties)]
pub struct LogProps {
    pub at: At,
}

/// What is known of the log by now.
#[derive(Clone, Default, PartialEq)]
struct Known {
    /// The first answer, with what this browser remembered before.
    first: Option<Rc<Answer>>,
    /// The newest one.
    last: Option<Rc<Answer>>,
    /// Newest first.
    entries: Vec<Entry>,
    /// How many entries came while the page was open.
    grown: u64,
    /// Answers so far.
    looks: u32,
}

impl Reducible for Known {
    type Action = Rc<Answer>;

    fn reduce(self: Rc<Self>, answer: Rc<Answer>) -> Rc<Self> {
        let mut known = (*self).clone();
        let before = size(known.last.as_ref());
        if known.first.is_some() {
            known.grown += size(Some(&answer)).saturating_sub(before);
        }
        let mut entries = answer.report.entries.clone();
        let new = |old: &Entry| !answer.report.entries.iter().any(|entry| entry.uuid == old.uuid);
        entries.extend(known.entries.into_iter().filter(new));
        entries.truncate(MOST);
        known.entries = entries;
        known.first.get_or_insert_with(|| answer.clone());
        known.last = Some(answer);
        known.looks += 1;
        Rc::new(known)
    }
}

fn size(answer: Option<&Rc<Answer>>) -> u64 {
    answer.and_then(|answer| answer.report.log.size).unwrap_or_default()
}

/// The log.
#[component]
pub fn LogPage(props: &LogProps) -> Html {
    let known = use_reducer(Known::default);
    // Which look this is, and how many entries are known when it begins.
    let round = use_state(|| (0u32, 0u64));
    let wait = use_mut_ref(|| SOON);
    let heard = {
        let (dispatch, round) = (known.dispatcher(), round.clone());
        Callback::from(move |answer: Option<Rc<Answer>>| {
            let (number, before) = *round;
            let now = answer.as_ref().map_or(before, |answer| size(Some(answer)));
            let next = if now > before { SOON } else { (*wait.borrow() * 3 / 2).min(LATE) };
            *wait.borrow_mut() = next;
            if let Some(answer) = answer {
                dispatch.dispatch(answer);
            }
            let round = round.setter();
            spawn_local(async move {
                rest(next).await;
                round.set((number + 1, now));
            });
        })
    };
    html! {
        <div class="explore log-page" id="log" data-size={size(known.last.as_ref()).to_string()} data-looks={known.looks.to_string()}>
            // Each look is a question of its own: the log is asked anew, and only for what is not known yet.
            <Watch key={round.0} at={props.at.clone()} known={round.1} {heard} />
            { known.last.as_ref().zip(known.first.as_ref()).map(|(last, first)| state(last, first, known.grown)).unwrap_or_default() }
            <section class="card explore" aria-labelledby="newest-heading">
                <h2 id="newest-heading">{ t("explore.newest") }</h2>
                <p class="soft small">{ t("explore.live") }</p>
                <ol class="entries">{ for known.entries.iter().map(|entry| item(&props.at, entry)) }</ol>
            </section>
        </div>
    }
}

/// Waits, and longer while nobody looks.
async fn rest(wait: i32) {
    pause(wait).await;
    while hidden() {
        pause(SOON).await;
    }
}

#[derive(PartialEq, Properties)]
struct WatchProps {
    at: At,
    known: u64,
    heard: Callback<Option<Rc<Answer>>>,
}

/// One look at the log.
#[component]
fn Watch(props: &WatchProps) -> Html {
    let (look, _) = use_look(&props.at, Some(Question::Newest(props.known)));
    let heard = props.heard.clone();
    use_effect_with(look.clone(), move |look: &Look| {
        let answer = look.last().cloned();
        if answer.is_some() || look.failed.is_some() {
            heard.emit(answer.filter(|answer| answer.problem.is_none()));
        }
    });
    match look.busy {
        true => Html::default(),
        false => trouble(&look),
    }
}

fn state(last: &Rc<Answer>, first: &Rc<Answer>, grown: u64) -> Html {
    let log = &last.report.log;
    html! {
        <section class="card log-state" aria-labelledby="log-heading">
            <h1 id="log-heading">{ named(&log.origin.clone().unwrap_or_else(|| log.url.clone())) }</h1>
            <p class="log-size"><strong id="log-size">{ number(log.size.unwrap_or_default() as f64) }</strong>{ " " }<span class="soft">{ t("explore.entries-in-log") }</span></p>
            <p class="log-growth" role="status">{ growth(first, grown) }</p>
            <dl>
                { for log.root.iter().map(|root| row(t("explore.root"), code(root, "root hash"))) }
                { row(t("explore.address"), code(&log.url, "address")) }
                { for last.report.signatures.iter().map(signature) }
            </dl>
            <h2>{ t("explore.checked-here") }</h2>
            { checks(&last.report.checks) }
            { for last.report.checkpoint.iter().map(|note| checkpoint(note)) }
        </section>
    }
}

/// Since the last visit, and since this one began.
fn growth(first: &Answer, grown: u64) -> String {
    let since = match (first.report.remembered_size, first.report.log.size) {
        (Some(before), Some(now)) if now == before => t("explore.since-last.none").to_owned(),
        (Some(before), Some(now)) if now > before => text::plural("explore.since-last", (now - before) as usize, &[]),
        (None, _) => t("explore.first-visit").to_owned(),
        _ => String::new(),
    };
    match grown {
        0 => since,
        grown => format!("{since} {}", text::plural("explore.since-open", grown as usize, &[])),
    }
}

fn signature(signature: &Signature) -> Html {
    let words = match (&signature.known, signature.log) {
        (Some(_), true) => t("explore.signed-by-log"),
        (Some(_), false) => t("explore.cosigned"),
        (None, _) => t("explore.signed-by-stranger"),
    };
    let value = html! {
        <span class="signature" data-known={signature.known.is_some().to_string()}>
            { named(&signature.known.clone().unwrap_or_else(|| signature.name.clone())) }
            { for signature.time.map(|seconds| html! { <span class="soft small">{ " " }<time>{ time(seconds) }</time></span> }) }
        </span>
    };
    row(words, value)
}

fn checkpoint(note: &str) -> Html {
    html! {
        <details class="open-object">
            <summary>{ t("explore.checkpoint") }</summary>
            <pre tabindex="0"><bdi>{ crate::explore::bytes::visible_lines(note) }</bdi></pre>
        </details>
    }
}
