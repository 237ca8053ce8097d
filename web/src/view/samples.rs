//! Samples to try, and the word that one is being tried.

use crate::app::Page;
use crate::samples::Sample;
use crate::text::{self, t};
use crate::view::parts::{Symbol, icon};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The choice while there are no files; while a sample is checked, that it is one.
pub fn samples(page: &Page) -> Html {
    match &page.model.trial {
        Some(trial) => trying(page, trial.sample),
        None if page.model.files.is_empty() => choice(page),
        None => Html::default(),
    }
}

fn choice(page: &Page) -> Html {
    html! {
        <section class="card samples" id="samples" aria-labelledby="samples-heading">
            <h2 id="samples-heading">{ t("samples.heading") }</h2>
            <p class="soft small">{ t("samples.what") }</p>
            <div class="actions">{ for Sample::ALL.into_iter().map(|sample| button(page, sample)) }</div>
        </section>
    }
}

fn button(page: &Page, sample: Sample) -> Html {
    let engine = page.engine.clone();
    let onclick = Callback::from(move |_| {
        let engine = engine.clone();
        spawn_local(async move {
            match engine.later().await {
                Some(later) => (later.try_sample)(engine, sample),
                None => engine.take(Err(t("later.missing").to_owned())),
            }
        });
    });
    html! { <button type="button" class="button" data-sample={sample.id()} {onclick}>{ sample.words() }</button> }
}

fn trying(page: &Page, sample: Sample) -> Html {
    let engine = page.engine.clone();
    let onclick = Callback::from(move |_| engine.start_again());
    html! {
        <section class="card samples trying" id="trying" aria-labelledby="trying-heading" data-sample={sample.id()}>
            <span class="trying-icon">{ icon(Symbol::Question) }</span>
            <div class="run-text">
                <h2 id="trying-heading">{ text::with("samples.trying", &[("sample", sample.words())]) }</h2>
                <p class="soft small">{ t("samples.trust") }</p>
            </div>
            <button type="button" class="button" id="leave-sample" {onclick}>{ t("samples.leave") }</button>
        </section>
    }
}
