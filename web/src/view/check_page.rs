//! The check of the page by itself: every file of its release, as this browser runs it and as the server has it now,
//! held against the release's list.

use crate::app::{Page, Part};
use crate::self_check::{Checked, Found, LIST, check};
use crate::text::{self, t};
use crate::view::parts::{Symbol, code, icon, named};
use crate::view::release_record::ReleaseRecord;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The check.
pub fn check_page(page: &Page) -> Html {
    html! { <CheckPage page={page.clone()} /> }
}

/// Begins when it is shown.
#[component]
fn CheckPage(part: &Part) -> Html {
    let result = use_state(|| None::<Result<Checked, String>>);
    let setter = result.setter();
    use_effect_with((), move |()| spawn_local(async move { setter.set(Some(check().await)) }));
    html! {
        <section class="card check-page" id="check-page" aria-labelledby="check-page-heading">
            <h1 id="check-page-heading" class="place-heading">{ t("page.heading") }</h1>
            <p class="soft">{ t("page.what") }</p>
            { match &*result {
                None => html! { <p role="status">{ t("page.working") }</p> },
                Some(Err(reason)) => html! {
                    <p class="field-error" id="check-page-error" role="alert">{ icon(Symbol::Warning) }<span>{ crate::format::visible(reason) }</span></p>
                },
                Some(Ok(checked)) => shown(&part.page, checked),
            } }
            <h2>{ t("page.limits") }</h2>
            <p class="soft">{ t("page.liar") }</p>
            <div class="command">{ code(&command(), t("exports.command-what")) }</div>
        </section>
    }
}

fn shown(page: &Page, checked: &Checked) -> Html {
    let wrong = checked.files.iter().filter(|(_, found)| *found != Found::AsListed).count();
    let (class, words) = match wrong {
        0 => ("passed", text::plural("page.good", checked.files.len(), &[])),
        _ => ("failed", text::plural("page.bad", wrong, &[])),
    };
    html! {
        <>
            <p class={classes!("page-result", class)} id="page-result" data-wrong={wrong.to_string()} role="status">
                { icon(if wrong == 0 { Symbol::Check } else { Symbol::Cross }) }<strong>{ words }</strong>
            </p>
            <p>{ t("page.list") }{ " " }<a href={format!("./{LIST}")}>{ LIST }</a></p>
            { code(&checked.list, "SHA-256") }
            <ReleaseRecord page={page.clone()} files={checked.record.clone()} />
            <details class="others">
                <summary>{ text::plural("count.files", checked.files.len(), &[]) }</summary>
                <ul class="page-files">{ for checked.files.iter().map(|(name, found)| file(name, *found)) }</ul>
            </details>
        </>
    }
}

fn file(name: &str, found: Found) -> Html {
    let (symbol, words) = match found {
        Found::AsListed => (Symbol::Check, t("page.as-listed")),
        Found::OtherHere => (Symbol::Cross, t("page.other-here")),
        Found::OtherThere => (Symbol::Cross, t("page.other-there")),
    };
    html! { <li data-file={name.to_owned()}>{ icon(symbol) }{ named(name) }{ " " }<span class="soft small">{ words }</span></li> }
}

/// The same, by programs that this page has no hand in. The list is the server's word, and a server may be hostile: what
/// it names is only fetched from that very server, and neither written to a file nor printed unquoted.
fn command() -> String {
    let base = web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    let base = base.split(['#', '?']).next().unwrap_or_default().trim_end_matches("index.html").to_owned();
    let quoted = crate::exports::word(&base);
    format!(
        "base={quoted}; list=$(curl -sSf \"${{base}}{LIST}\"); printf '%s\\n' \"$list\" | sha256sum; \
         printf '%s\\n' \"$list\" | while read -r digest file; do \
         [ \"$(curl -gsSf \"$base$file\" | sha256sum | cut -c-64)\" = \"$digest\" ] && echo as listed || printf 'differs: %q\\n' \"$file\"; \
         done | sort | uniq -c"
    )
}
