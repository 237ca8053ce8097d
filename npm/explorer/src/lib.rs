//! JavaScript bindings of what looks around in a log: questions in, pages of entries out, each as JSON text. The page
//! loads it with the first look-up; it asks the third module as the core does.

#[cfg(target_arch = "wasm32")]
#[path = "../../src/extras.rs"]
mod extras;

#[cfg(target_arch = "wasm32")]
pub use extras::ask_extras_with;

use rekor_client::{Look, NumberedAsk, Question, Response, Seen};
use rekor_verifier::format::json::{self, Value};
use rekor_verifier::policy::Policy;
use serde::Serialize;
use std::fmt::Display;
use wasm_bindgen::prelude::*;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// What to do next, as JavaScript is told.
#[derive(Serialize)]
#[serde(untagged)]
enum JsLook<'a> {
    Ask { asks: Vec<NumberedAsk<'a>> },
    Done { page: &'a rekor_client::Explored },
}

/// One look-up.
#[wasm_bindgen]
pub struct Explorer(rekor_client::Explorer);

#[wasm_bindgen]
impl Explorer {
    /// Takes JSON text: `{policy, log, seen}` and one of `text` (what somebody wrote), `newest` (how many entries are
    /// known), or `chain` (a SHA-256) with `hops`. Throws where one of them cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<Explorer, JsError> {
        let options = json::parse(options.as_bytes()).map_err(error)?;
        let text = |name| options.get(name).and_then(Value::as_str);
        let number = |name| options.get(name).and_then(Value::as_u64);
        let question = match (text("text"), number("newest"), text("chain")) {
            (Some(text), ..) => Question::parse(text).map_err(error)?,
            (_, Some(known), _) => Question::Newest { known },
            (_, _, Some(sha256)) => {
                Question::Chain { sha256: sha256.to_owned(), hops: number("hops").unwrap_or(1) as usize }
            }
            _ => return Err(JsError::new("nothing is asked for")),
        };
        let policy = match text("policy").unwrap_or_default() {
            nobody if nobody.trim().is_empty() => Policy::default(),
            policy => Policy::parse(policy).map_err(error)?,
        };
        let seen = text("seen").map(Seen::parse).transpose().map_err(error)?.unwrap_or_default();
        Ok(Self(rekor_client::Explorer::new(question, policy, text("log").unwrap_or_default(), seen)))
    }

    /// What to do next, as JSON text: `{asks: [{id, method, url, body, limit}]}`, or `{page}` with a page of the answer.
    pub fn step(&mut self) -> Result<String, JsError> {
        match self.0.step() {
            Look::Ask(asks) => to_json(&JsLook::Ask { asks: asks.iter().map(|(id, ask)| ask.numbered(*id)).collect() }),
            Look::Done(page) => to_json(&JsLook::Done { page: &page }),
        }
    }

    /// Goes on to the next page.
    pub fn next_page(&mut self) {
        self.0.next_page();
    }

    /// Hands over the answer to request `id`; `truncated` is whether the header `rekor-truncated: true` was there.
    pub fn answer(&mut self, id: usize, status: u16, body: Vec<u8>, truncated: bool) {
        self.0.answer(id, Response { status, body, truncated });
    }

    /// Says why no answer came to request `id`.
    pub fn no_answer(&mut self, id: usize, reason: &str) {
        self.0.no_answer(id, reason);
    }
}

/// The question that somebody's text stands for, in the one form of it; throws with the reason where it is none.
#[wasm_bindgen]
pub fn question_of_text(text: &str) -> Result<String, JsError> {
    Ok(Question::parse(text).map_err(error)?.to_text())
}

/// The question that a file of at most `inspect_limit` bytes stands for, as text that [`Explorer`] takes: a key for
/// itself, a link or anything else for its digest.
#[wasm_bindgen]
pub fn question_of_file(bytes: &[u8]) -> Result<String, JsError> {
    Ok(Question::of_file(bytes).map_err(error)?.to_text())
}

/// In the layout that reports have: each other would be another printer.
fn to_json(value: &impl Serialize) -> Result<String, JsError> {
    serde_json::to_string_pretty(value).map_err(error)
}

fn error(error: impl Display) -> JsError {
    JsError::new(&error.to_string())
}
