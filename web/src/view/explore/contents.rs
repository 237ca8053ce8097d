//! What an entry says, for people.

use super::At;
use crate::explore::answer::{Digest, Entry, File, Files, Holder, Key, Link};
use crate::explore::bytes::pretty_json;
use crate::text::{self, t};
use crate::view::facts::row;
use crate::view::parts::{code, named};
use yew::prelude::*;

/// Digests, keys, and the link.
pub fn contents(at: &At, entry: &Entry) -> Html {
    html! {
        <section class="card" id="contents" aria-labelledby="contents-heading">
            <h2 id="contents-heading">{ t("explore.says") }</h2>
            <dl>
                { for entry.link.iter().map(step) }
                { for entry.digests.iter().map(|one| digest(at, one)) }
                { for entry.holder.iter().map(holder) }
                { for entry.keys.iter().map(key) }
            </dl>
            { for entry.link.iter().map(|link| files(at, "explore.materials", "materials", &link.materials)) }
            { for entry.link.iter().map(|link| files(at, "explore.products", "products", &link.products)) }
            { for entry.link.iter().map(open_objects) }
        </section>
    }
}

fn step(link: &Link) -> Html {
    html! {
        <>
            if !link.step.is_empty() {
                { row(t("explore.step-name"), html! { <strong class="step">{ named(&link.step) }</strong> }) }
            }
            { for link.builder.iter().map(|builder| row(t("explore.builder"), named(builder))) }
            if !link.command.is_empty() {
                { row(t("explore.command"), html! { <code class="command">{ named(&link.command.join(" ")) }</code> }) }
            }
            { row(t("explore.form"), html! { <span class="word">{ link.form.clone() }</span> }) }
        </>
    }
}

fn digest(at: &At, digest: &Digest) -> Html {
    let of = match digest.of.as_str() {
        "link-file" => t("explore.of.link-file"),
        "digest-list" => t("explore.of.digest-list"),
        "artifact" => t("explore.of.artifact"),
        "payload" => t("explore.of.payload"),
        _ => t("explore.of.envelope"),
    };
    let text = format!("{}:{}", digest.algorithm, digest.value);
    // Nothing is found by the digest of a list of digests.
    let search = (digest.of != "digest-list").then(|| at.search(&text).fragment());
    let value = html! {
        <>
            { code(&text, "digest") }
            { for search.map(|href| html! { <a class="follow" {href} aria-label={text::with("explore.look-up-this", &[("what", of)])}>{ t("explore.look-up") }</a> }) }
        </>
    };
    row(of, value)
}

fn key(key: &Key) -> Html {
    let value = html! {
        <>
            { code(&key.fingerprint, "fingerprint") }
            <span class="soft small">{ text::with("explore.key-scheme", &[("scheme", &key.scheme)]) }</span>
        </>
    };
    row(t("explore.signed-with"), value)
}

fn holder(holder: &Holder) -> Html {
    let value = html! {
        <>
            <strong class="holder">{ named(&holder.identity) }</strong>
            { for holder.issuer.iter().map(|issuer| html! { <span class="issuer">{ text::html("explore.vouched", &[("issuer", named(issuer))]) }</span> }) }
            <span class="soft small">{ t("explore.holder-help") }</span>
        </>
    };
    row(t("explore.holder"), value)
}

fn files(at: &At, key: &'static str, class: &'static str, files: &Files) -> Html {
    html! {
        <div class={classes!("files-of", class)}>
            <h3>{ text::plural(key, files.count, &[]) }</h3>
            <ul>{ for files.first.iter().map(|one| file(at, one)) }</ul>
            if files.first.len() < files.count {
                <p class="soft small">{ text::plural("explore.not-shown", files.count - files.first.len(), &[]) }</p>
            }
        </div>
    }
}

fn file(at: &At, file: &File) -> Html {
    let other = |text: &String| html! { <li>{ code(text, "digest") }</li> };
    html! {
        <li class="stated">
            <strong>{ named(&file.path) }</strong>
            if let Some(sha256) = &file.sha256 {
                { code(sha256, "SHA-256") }
                <span class="follows">
                    <a href={at.search(&format!("sha256:{sha256}")).fragment()} aria-label={text::with("explore.look-up-this", &[("what", &file.path)])}>{ t("explore.look-up") }</a>
                    <a href={at.chain(sha256)} aria-label={text::with("explore.chain-of", &[("what", &file.path)])}>{ t("explore.chain") }</a>
                </span>
            }
            if !file.others.is_empty() {
                <ul class="soft small">{ for file.others.iter().map(other) }</ul>
            }
        </li>
    }
}

/// What else the step gave, and where it ran: open to anything.
fn open_objects(link: &Link) -> Html {
    let object = |key: &'static str, text: &Option<String>| {
        let Some(text) = text else { return Html::default() };
        let shown = pretty_json(text.as_bytes()).unwrap_or_else(|| text.clone());
        html! { <details class="open-object"><summary>{ t(key) }</summary><pre tabindex="0"><bdi>{ crate::explore::bytes::visible_lines(&shown) }</bdi></pre></details> }
    };
    html! { <>{ object("explore.byproducts", &link.byproducts) }{ object("explore.environment", &link.environment) }</> }
}
