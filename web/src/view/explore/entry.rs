//! An entry by itself: what it says, what was checked, its bytes.

use super::contents::contents;
use super::look::{trouble, use_look};
use super::proofs::{checks, outcome_words, recorded_time};
use super::raw::RawBytes;
use super::results::entry_title;
use super::{At, asking};
use crate::explore::answer::{Answer, Entry};
use crate::report::Report;
use crate::text::t;
use crate::view::facts::row;
use crate::view::parts::{code, mark_as, named};
use crate::view::proof::proofs;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct EntryProps {
    pub at: At,
    /// Its index or its identifier.
    pub text: AttrValue,
}

/// The entry that the address names.
#[component]
pub fn EntryPage(props: &EntryProps) -> Html {
    let (look, _) = use_look(&props.at, asking(&props.text));
    let found = look.last().and_then(|page| page.report.entries.first().map(|entry| (page.clone(), entry.clone())));
    html! {
        <div class="explore entry-page" id="entry" data-look={look.state()}>
            <nav class="back"><a href={props.at.search("").fragment()}>{ t("explore.to-search") }</a></nav>
            { trouble(&look) }
            if look.last().is_some_and(|page| page.report.entries.is_empty() && page.problem.is_none()) {
                <section class="card"><p id="nothing">{ t("explore.no-entry") }</p></section>
            }
            { for found.iter().map(|(page, entry)| drawn(&props.at, page, entry)) }
        </div>
    }
}

/// The checks in the form in which proofs are drawn.
fn proof_report(page: &Answer, entry: &Entry) -> Report {
    let checks = entry.checks.iter().chain(&page.report.checks).cloned().collect();
    Report { checks, ..Report::default() }
}

fn drawn(at: &At, page: &Rc<Answer>, entry: &Entry) -> Html {
    html! {
        <>
            <section class={classes!("card", "entry-card", entry.outcome.id())} data-outcome={entry.outcome.id()} aria-labelledby="entry-heading">
                <header class="entry-top">
                    <h1 id="entry-heading">{ for entry.index.map(|index| format!("#{index} ")) }<span class="entry-title">{ entry_title(entry) }</span></h1>
                    { mark_as(entry.outcome, outcome_words(entry.outcome)) }
                </header>
                { recorded_time(entry) }
                <dl>
                    { row(t("explore.identifier"), code(&entry.uuid, "entry identifier")) }
                    { for page.report.log.origin.iter().map(|origin| row(t("explore.log"), named(origin))) }
                </dl>
            </section>
            { contents(at, entry) }
            { proofs(&proof_report(page, entry)) }
            <section class="card" id="entry-checks" aria-labelledby="entry-checks-heading">
                <h2 id="entry-checks-heading">{ t("explore.checked-here") }</h2>
                { checks(&entry.checks) }
                <h3>{ t("explore.checks-on-log") }</h3>
                { checks(&page.report.checks) }
            </section>
            if let Some(raw) = &entry.raw {
                <RawBytes raw={Rc::new(raw.clone())} name={entry.index.map_or_else(|| entry.uuid.clone(), |index| index.to_string())} />
            }
        </>
    }
}
