//! Alarms: each stays until a person has decided, knowing what follows.

use crate::app::{Page, Part};
use crate::engine::Decision;
use crate::format::visible;
use crate::trust::Alarm;
use crate::view::parts::{Code, Icon, Name, Symbol};
use yew::prelude::*;

/// Nothing, most of the time.
#[component]
pub fn Alarms(props: &Part) -> Html {
    let page = &props.page;
    html! { <>{ for page.model.alarms.iter().map(|alarm| banner(page, alarm)) }</> }
}

fn banner(page: &Page, alarm: &Alarm) -> Html {
    let (kind, title) = match alarm {
        Alarm::KeyChanged { .. } => ("key-changed", "The key of the log has changed"),
        Alarm::Tree { .. } => ("tree", "The log shows another history than before"),
        Alarm::Memory { .. } => ("memory", "What this browser remembers cannot be read"),
    };
    html! {
        <section class="alarm" role="alert" data-alarm={kind}>
            <span class="alarm-icon"><Icon symbol={Symbol::Warning} /></span>
            <div class="alarm-text">
                <h2>{ title }</h2>
                { match alarm {
                    Alarm::KeyChanged { log, before, now } => key_changed(page, alarm, log, before, now),
                    Alarm::Tree { log, text, .. } => tree(page, alarm, log, text),
                    Alarm::Memory { text } => memory(page, alarm, text),
                } }
            </div>
        </section>
    }
}

fn key_changed(page: &Page, alarm: &Alarm, log: &str, before: &str, now: &str) -> Html {
    html! {
        <>
            <p>{ "At your earlier visit this page trusted another key for " }<Name name={log.to_owned()} />{ ". Either the log was set up anew, or somebody has changed this page. Until you decide, no log is trusted here." }</p>
            <dl>
                <div class="row"><dt>{ "Before" }</dt><dd><Code value={before.to_owned()} what="earlier fingerprint" /></dd></div>
                <div class="row"><dt>{ "Now" }</dt><dd><Code value={now.to_owned()} what="present fingerprint" /></dd></div>
            </dl>
            <p>{ "Ask the operator, in another way than through this page, whether the new key is theirs." }</p>
            <div class="actions">
                { button(page, alarm, Decision::Accept, "alarm-accept", "Trust the new key, and forget the earlier one") }
            </div>
        </>
    }
}

fn tree(page: &Page, alarm: &Alarm, log: &str, text: &str) -> Html {
    html! {
        <>
            <p>{ visible(text) }</p>
            <p>{ "A log must only ever grow. " }<Name name={log.to_owned()} />{ " has shown this browser a tree that does not contain the one it showed before. Tell the operator, and rely on nothing that it confirms." }</p>
            <div class="actions">
                { button(page, alarm, Decision::Keep, "alarm-keep", "I have read this: keep the earlier tree in mind, and warn again") }
                { button(page, alarm, Decision::Accept, "alarm-accept", "Forget the earlier tree: whatever the log shows next is taken as the first") }
            </div>
        </>
    }
}

fn memory(page: &Page, alarm: &Alarm, text: &str) -> Html {
    html! {
        <>
            <p>{ visible(text) }</p>
            <p>{ "This browser kept what a log showed it before, to notice if the log rewrites its history." }</p>
            <div class="actions">
                { button(page, alarm, Decision::Accept, "alarm-accept", "Forget it: whatever the log shows next is taken as the first") }
            </div>
        </>
    }
}

fn button(page: &Page, alarm: &Alarm, decision: Decision, class: &'static str, words: &'static str) -> Html {
    let (page, alarm) = (page.clone(), alarm.clone());
    let onclick = Callback::from(move |_| page.engine.decide(&page.model, alarm.clone(), decision));
    html! { <button type="button" class={classes!("button", class)} {onclick}>{ words }</button> }
}
