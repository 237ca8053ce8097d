//! What can be kept of a result, and passed on.

use crate::app::Page;
use crate::exports::{Kept, command, link};
use crate::format::visible;
use crate::report::Report;
use crate::text::{self, t};
use crate::view::parts::{Symbol, code, icon};
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

/// Nothing until there is a report.
pub fn exports(page: &Page) -> Html {
    let model = &page.model;
    let (Some(report), Some(kept), None) = (model.report(), &model.kept, &model.trial) else { return Html::default() };
    html! {
        <section class="card exports" id="exports" aria-labelledby="exports-heading">
            <h2 id="exports-heading">{ t("exports.heading") }</h2>
            <p class="soft">{ t("exports.trust") }</p>
            <div class="actions">
                { download("download-report", t("exports.report").to_owned(), "report.json", &kept.json) }
                { receipts(kept) }
                <CopyLink page={page.clone()} report={report.clone()} />
            </div>
            <h3>{ t("exports.command") }</h3>
            <p class="soft small">{ t("exports.command-files") }{ " " }<a href="./policy.txt" download="policy.txt">{ "policy.txt" }</a></p>
            <div class="command" id="command">{ code(&command(model, report), t("exports.command-what")) }</div>
        </section>
    }
}

fn receipts(kept: &Kept) -> Html {
    let one = |receipt: &crate::exports::Receipt| {
        let words = text::with("exports.receipt", &[("name", &visible(&receipt.name))]);
        download("download-receipt", words, &receipt.name, &receipt.text)
    };
    html! { <>{ for kept.receipts.iter().map(one) }</> }
}

fn download(class: &'static str, words: String, name: &str, text: &str) -> Html {
    let (name, text) = (name.to_owned(), text.to_owned());
    let onclick = Callback::from(move |_| crate::download::save(&name, &text));
    html! { <button type="button" class={classes!("button", class)} {onclick}>{ words }</button> }
}

#[derive(PartialEq, Properties)]
struct CopyLinkProps {
    page: Page,
    report: Rc<Report>,
}

/// The address is made when it is asked for, since files have to be read for it.
#[component]
fn CopyLink(props: &CopyLinkProps) -> Html {
    let result = use_state(|| None::<Result<(), String>>);
    let onclick = {
        let (page, report, result) = (props.page.clone(), props.report.clone(), result.setter());
        Callback::from(move |_| {
            let (page, report, result) = (page.clone(), report.clone(), result.clone());
            spawn_local(async move {
                let address = link(&page.engine, &page.model, &report).await;
                result.set(Some(match address {
                    Ok(address) => copy(&address).await,
                    Err(reason) => Err(reason),
                }));
            });
        })
    };
    html! {
        <>
            <button type="button" class="button" id="copy-link" {onclick}>
                { if matches!(*result, Some(Ok(()))) { t("exports.copied") } else { t("exports.link") } }
            </button>
            if let Some(Err(reason)) = &*result {
                <p class="field-error" id="copy-link-error" role="alert">{ icon(Symbol::Warning) }<span>{ visible(reason) }</span></p>
            }
        </>
    }
}

async fn copy(text: &str) -> Result<(), String> {
    let window = web_sys::window().filter(|window| window.is_secure_context());
    let Some(window) = window else { return Err(t("exports.no-clipboard").to_owned()) };
    let copied = JsFuture::from(window.navigator().clipboard().write_text(text)).await;
    copied.map(|_| ()).map_err(|_| t("exports.no-clipboard").to_owned())
}
