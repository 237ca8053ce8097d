//! Looking around in a log: search, entries, chains, and the log itself.

mod chain;
mod contents;
mod entry;
mod log;
mod look;
mod proofs;
mod raw;
mod results;
mod search;

use crate::app::Page;
use crate::explore::Question;
use crate::format::visible;
use crate::route::{EntryName, Route};
use crate::text::{self, t};
use crate::trust::{PolicyLog, Trust};
use crate::view::parts::{Symbol, icon, named};
use yew::prelude::*;

/// What the address asks for; nothing where that is a check of files.
pub fn explore(page: &Page) -> Html {
    let route = &page.place.route;
    let asked = match route {
        Route::LookUp { log, .. } | Route::Entry { log, .. } | Route::Graph { log, .. } | Route::Log { log } => log,
        _ => return Html::default(),
    };
    let log = match which(page, asked.as_deref()) {
        Ok(log) => log,
        Err(trouble) => return html! { <section class="card explore">{ trouble }</section> },
    };
    let at = At { page: page.clone(), log, named: asked.clone() };
    match route {
        Route::Entry { entry, .. } => {
            let text = match entry {
                EntryName::Index(index) => index.to_string(),
                EntryName::Uuid(uuid) => uuid.clone(),
            };
            let key = text.clone();
            html! { <entry::EntryPage {key} {at} {text} /> }
        }
        Route::Graph { digest, .. } => html! { <chain::Chain key={digest.clone()} {at} digest={digest.clone()} /> },
        Route::Log { .. } => {
            let key = at.log.as_ref().map(|log| log.vkey.clone()).unwrap_or_default();
            html! { <>{ choice(&at, |log| Route::Log { log }) }<log::LogPage {key} {at} /></> }
        }
        Route::LookUp { query, .. } => html! { <search::Search {at} query={query.clone()} /> },
        _ => Html::default(),
    }
}

/// Where something is looked up.
#[derive(Clone, PartialEq)]
pub struct At {
    /// The page.
    pub page: Page,
    /// The log that is asked, one of the policy's with an address; `None` until the policy is read.
    pub log: Option<PolicyLog>,
    /// The log's origin as it stands in the address.
    pub named: Option<String>,
}

impl At {
    /// The way to an entry of this log.
    pub fn entry(&self, index: Option<u64>, uuid: &str) -> String {
        let entry = index.map_or_else(|| EntryName::Uuid(uuid.to_owned()), EntryName::Index);
        Route::Entry { entry, log: self.named.clone() }.fragment()
    }

    /// The way to everything that this log has about a text.
    pub fn search(&self, query: &str) -> Route {
        Route::LookUp { query: query.to_owned(), log: self.named.clone() }
    }

    /// The way to the steps around a file.
    pub fn chain(&self, sha256: &str) -> String {
        Route::Graph { digest: format!("sha256:{sha256}"), log: self.named.clone() }.fragment()
    }
}

/// The ways to the other logs of the policy, where there are some that may be asked.
fn choice(at: &At, to: impl Fn(Option<String>) -> Route) -> Html {
    let Trust::Policy(_, policy) = &at.page.model.trust else { return Html::default() };
    let mut logs: Vec<&str> = Vec::new();
    for log in policy.logs.iter().filter(|log| log.url.is_some()) {
        // A log that changed its key stands there twice.
        if !logs.contains(&log.origin.as_str()) {
            logs.push(&log.origin);
        }
    }
    let link = |origin: &&str| {
        let current = at.log.as_ref().is_some_and(|log| log.origin == *origin).then_some("true");
        html! { <li><a href={to(Some((*origin).to_owned())).fragment()} aria-current={current}>{ named(origin) }</a></li> }
    };
    match logs.len() {
        0 | 1 => Html::default(),
        _ => html! {
            <nav class="which" aria-labelledby="which-heading">
                <span class="soft small" id="which-heading">{ t("explore.which") }</span>
                <ul>{ for logs.iter().map(link) }</ul>
            </nav>
        },
    }
}

/// The log that the address names, or the policy's first. Only logs of the policy are asked.
fn which(page: &Page, origin: Option<&str>) -> Result<Option<PolicyLog>, Html> {
    let policy = match &page.model.trust {
        Trust::Loading => return Ok(None),
        Trust::None(reason) => return Err(warning(&text::with("explore.no-policy", &[("reason", &visible(reason))]))),
        Trust::Policy(_, policy) => policy,
    };
    let mut asked = policy.logs.iter().filter(|log| log.url.is_some());
    let found = match origin {
        None => asked.next(),
        Some(origin) => asked.find(|log| log.origin == origin),
    };
    match (found, origin) {
        (Some(log), _) => Ok(Some(log.clone())),
        (None, Some(origin)) => Err(warning(&text::with("explore.other-log", &[("log", &visible(origin))]))),
        (None, None) => Err(warning(t("explore.no-log"))),
    }
}

/// Something that went wrong, in a sentence.
fn warning(sentence: &str) -> Html {
    html! { <p class="trust-none" role="alert">{ icon(Symbol::Warning) }<span>{ sentence }</span></p> }
}

/// The question that a text of the reader's stands for, as a place on the page.
fn place_of(at: &At, question: &str) -> Route {
    let log = at.named.clone();
    let digits = question.bytes().all(|byte| byte.is_ascii_digit());
    match question.parse() {
        Ok(index) if digits => Route::Entry { entry: EntryName::Index(index), log },
        _ if question.len() == 80 => Route::Entry { entry: EntryName::Uuid(question.to_owned()), log },
        _ => at.search(question),
    }
}

/// A text as a question.
fn asking(text: &str) -> Option<Question> {
    (!text.is_empty()).then(|| Question::Text(text.to_owned()))
}
