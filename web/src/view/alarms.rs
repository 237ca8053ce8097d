//! Alarms: each stays until a person has decided, knowing what follows.

use crate::app::Page;
use crate::engine::Decision;
use crate::format::visible;
use crate::text::{self, t};
use crate::trust::Alarm;
use crate::view::parts::{Symbol, code, icon, named};
use yew::prelude::*;

/// Nothing, most of the time.
pub fn alarms(page: &Page) -> Html {
    html! { <>{ for page.model.alarms.iter().map(|alarm| banner(page, alarm)) }</> }
}

fn banner(page: &Page, alarm: &Alarm) -> Html {
    let (kind, title) = match alarm {
        Alarm::KeyChanged { .. } => ("key-changed", t("alarm.key-changed")),
        Alarm::Tree { .. } => ("tree", t("alarm.tree")),
        Alarm::Memory { .. } => ("memory", t("alarm.memory")),
    };
    html! {
        <section class="alarm" role="alert" data-alarm={kind}>
            <span class="alarm-icon">{ icon(Symbol::Warning) }</span>
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
            <p>{ text::html("alarm.key-changed.what", &[("log", named(log))]) }</p>
            <dl>
                <div class="row"><dt>{ t("alarm.before") }</dt><dd>{ code(before, "earlier fingerprint") }</dd></div>
                <div class="row"><dt>{ t("alarm.now") }</dt><dd>{ code(now, "present fingerprint") }</dd></div>
            </dl>
            <p>{ t("alarm.key-changed.ask") }</p>
            <div class="actions">
                { button(page, alarm, Decision::Accept, "alarm-accept", t("alarm.key-changed.accept")) }
            </div>
        </>
    }
}

fn tree(page: &Page, alarm: &Alarm, log: &str, text: &str) -> Html {
    html! {
        <>
            <p>{ visible(text) }</p>
            <p>{ text::html("alarm.tree.what", &[("log", named(log))]) }</p>
            <div class="actions">
                { button(page, alarm, Decision::Keep, "alarm-keep", t("alarm.tree.keep")) }
                { button(page, alarm, Decision::Accept, "alarm-accept", t("alarm.tree.accept")) }
            </div>
        </>
    }
}

fn memory(page: &Page, alarm: &Alarm, text: &str) -> Html {
    html! {
        <>
            <p>{ visible(text) }</p>
            <p>{ t("alarm.memory.what") }</p>
            <div class="actions">
                { button(page, alarm, Decision::Accept, "alarm-accept", t("alarm.memory.accept")) }
            </div>
        </>
    }
}

fn button(page: &Page, alarm: &Alarm, decision: Decision, class: &'static str, words: &'static str) -> Html {
    let (page, alarm) = (page.clone(), alarm.clone());
    let onclick = Callback::from(move |_| page.engine.decide(&page.model, alarm.clone(), decision));
    html! { <button type="button" class={classes!("button", class)} {onclick}>{ words }</button> }
}
