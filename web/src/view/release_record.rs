//! Whether the release of this page is recorded: what lies beside its list, as the page's verifier finds it.

use crate::app::Page;
use crate::listeners::Given;
use crate::model::Verifier;
use crate::report::{Check, Outcome, Report, Verdict};
use crate::self_check::{LIST, RECORD};
use crate::text::{self, t};
use crate::trust::Trust;
use crate::view::facts::row;
use crate::view::parts::{Symbol, code, icon, named, prose};
use yew::prelude::*;

/// The page, and the list with what lies beside it.
#[derive(Clone, PartialEq, Properties)]
pub struct Beside {
    /// The page.
    pub page: Page,
    /// None where nothing lies there.
    pub files: Vec<Given>,
}

/// What can be said of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// By a signer whom the reader named.
    Confirmed,
    /// By a key that nobody confirmed.
    Recorded,
    /// Something is missing, or nobody whom the page trusts has recorded it.
    Open,
    /// It is not of this list, or does not hold.
    Wrong,
}

impl State {
    fn of(report: &Report) -> Self {
        match report.verdict {
            Verdict::Verified => Self::Confirmed,
            Verdict::NotVerified => Self::Wrong,
            Verdict::CouldNotTell if open(report).all(of_nobody_named) => Self::Recorded,
            Verdict::CouldNotTell => Self::Open,
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Recorded => "recorded",
            Self::Open => "open",
            Self::Wrong => "wrong",
        }
    }

    fn shown(self) -> (&'static str, Symbol, &'static str) {
        match self {
            Self::Confirmed => ("passed", Symbol::Check, t("page.record.confirmed")),
            Self::Recorded => ("untrusted", Symbol::Person, t("page.record.recorded")),
            Self::Open => ("untrusted", Symbol::Question, t("page.record.open")),
            Self::Wrong => ("failed", Symbol::Cross, t("page.record.wrong")),
        }
    }
}

/// The required checks that did not pass, what went wrong first.
fn open(report: &Report) -> impl Iterator<Item = &Check> {
    let of = |outcome| report.checks.iter().filter(move |check| check.required && check.outcome == outcome);
    Outcome::BY_URGENCY.into_iter().filter(|outcome| *outcome != Outcome::Passed).flat_map(of)
}

fn of_nobody_named(check: &Check) -> bool {
    check.id == "link-signature" && check.outcome == Outcome::Untrusted
}

/// Has the record checked once the verifier runs and the policy is there, and anew where whom the reader expects changes.
#[component]
pub fn ReleaseRecord(beside: &Beside) -> Html {
    let Beside { page, files } = beside;
    let found = use_state(|| None::<Result<Report, String>>);
    let ready = page.model.verifier == Verifier::Ready && page.model.trust != Trust::Loading;
    let (engine, model, setter) = (page.engine.clone(), page.model.clone(), found.setter());
    use_effect_with((ready, files.clone(), page.model.signers.clone()), move |(ready, files, _)| {
        if *ready && !files.is_empty() {
            engine.verify_beside(&model, files, Callback::from(move |report| setter.set(Some(report))));
        }
    });
    html! {
        <section class="page-record" id="page-record" aria-labelledby="page-record-heading">
            <h2 id="page-record-heading">{ t("page.record") }</h2>
            { match (&*found, files.is_empty()) {
                (_, true) => html! { <p class="soft" data-record="none">{ t("page.record.none") }</p> },
                (None, _) => html! { <p role="status">{ t("page.record.working") }</p> },
                (Some(Err(reason)), _) => html! { <p class="field-error" role="alert" data-record="error">{ icon(Symbol::Warning) }<span lang="en">{ crate::format::visible(reason) }</span></p> },
                (Some(Ok(report)), _) => record(report),
            } }
        </section>
    }
}

fn record(report: &Report) -> Html {
    let state = State::of(report);
    let (class, symbol, words) = state.shown();
    // Of an unconfirmed signer nothing more is to be said.
    let why = open(report).find(|check| !of_nobody_named(check)).map(|check| prose(&check.sentence));
    html! {
        <div class="page-record" data-record={state.id()}>
            <p class={classes!("page-result", class)} role="status">{ icon(symbol) }<strong>{ words }</strong></p>
            { for why.map(|why| html! { <p class="soft">{ why }</p> }) }
            { said(report) }
            <p class="soft small">{ text::html("page.record.elsewhere", &[("files", files())]) }</p>
        </div>
    }
}

/// Who says what was made, and which log has recorded that.
fn said(report: &Report) -> Html {
    let link = report.links.first();
    let key = |key: &crate::report::LinkKey| match &key.name {
        Some(name) => html! { <>{ named(name) }{ " " }{ code(&key.fingerprint, "SHA-256") }</> },
        None => code(&key.fingerprint, "SHA-256"),
    };
    let keys = link.into_iter().flat_map(|link| &link.keys).map(|it| row("page.record.key", key(it)));
    let step = link.and_then(|link| link.step.as_ref()).map(|step| row("page.record.step", named(step)));
    let log = report.receipts.first().and_then(|receipt| Some((receipt.origin.as_ref()?, receipt.index?)));
    let log =
        log.map(|(origin, index)| row("page.record.log", html! { <>{ named(origin) }{ format!(", #{index}") }</> }));
    html! { <dl>{ for step }{ for keys }{ for log }</dl> }
}

fn files() -> Html {
    let link = |name: &'static str| html! { <><a href={format!("./{name}")} download={name}>{ name }</a>{ " " }</> };
    html! { <>{ for [LIST].into_iter().chain(RECORD).map(link) }</> }
}
