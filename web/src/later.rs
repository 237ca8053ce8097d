//! The part of the page that nobody needs before there is something to show: results, look-ups, the log, the check of
//! the page itself, and what an address brings.
//!
//! `cargo xtask build` splits it from the page's module: whatever only these functions reach is in a file of its own,
//! which is loaded when it is needed first. Built by trunk alone, and in the single file, it is there from the start.

use crate::app::Page;
use crate::engine::Engine;
use crate::json::{Json, read};
use crate::memory::keep_expected;
use crate::model::Model;
use crate::report::Report;
use crate::samples::{Sample, try_sample};
use crate::text;
use crate::view::brought::brought;
use crate::view::check_page::check_page;
use crate::view::explore::explore;
use crate::view::exports::exports;
use crate::view::signers::among_files;
use crate::view::verdict::result;
use std::rc::Rc;
use yew::Html;

/// The ways into it.
pub struct Later {
    /// Reads what the worker reports of files.
    pub report: fn(Json) -> Result<Report, String>,
    /// Takes what the worker says about a look-up.
    pub hear_look: fn(&Rc<Engine>, Json),
    /// Checks a sample.
    pub try_sample: fn(Rc<Engine>, Sample),
    /// Keeps whom the reader expects for later visits, or forgets it.
    pub keep_expected: fn(&Model),
    /// The result of a check of files.
    pub result: fn(&Page) -> Html,
    /// What can be kept of it.
    pub exports: fn(&Page) -> Html,
    /// The keys and identities among the files.
    pub among_files: fn(&Page) -> Html,
    /// What the address brings.
    pub brought: fn(&Page) -> Html,
    /// Looking around in a log.
    pub explore: fn(&Page) -> Html,
    /// The check of the page.
    pub check_page: fn(&Page) -> Html,
}

static LATER: Later = Later {
    report: read,
    hear_look: Engine::hear_look,
    try_sample,
    keep_expected,
    result,
    exports,
    among_files,
    brought,
    explore,
    check_page,
};

/// There is one.
impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl std::fmt::Debug for Later {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Later")
    }
}

fn here() -> &'static Later {
    text::add(text::ENGLISH_LATER);
    &LATER
}

#[cfg(feature = "split")]
#[wasm_split_helpers::wasm_split(later, fallible)]
fn parts() -> Result<&'static Later, wasm_split_helpers::SplitLoaderError> {
    Ok(here())
}

/// Loads it, unless it is there. What failed is tried again by the next call.
#[cfg(feature = "split")]
pub async fn load() -> Option<&'static Later> {
    parts().await.ok()
}

/// It is there.
#[cfg(not(feature = "split"))]
pub async fn load() -> Option<&'static Later> {
    Some(here())
}
