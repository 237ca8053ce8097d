//! Looking around in a log. Each look-up stands for itself, whatever is being checked meanwhile.

use super::Engine;
use crate::explore::Question;
use crate::explore::answer::Answer;
use crate::json::{Fields, Json, Read, Trouble, read};
use crate::memory;
use crate::model::Action;
use crate::report::Report;
use crate::transport::{self, patiently};
use crate::trust::Alarm;
use crate::worker::Ask;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, File};
use yew::Callback;

/// What is heard of a look-up.
pub enum Heard {
    /// A page of the answer.
    Page(Rc<Answer>),
    /// There will be none, and why.
    Failed(String),
}

/// What the worker says about look-ups.
enum FromLook {
    Asks { look: u32, asks: Vec<Ask> },
    Page { look: u32, page: Box<Answer> },
    Failed { look: u32, message: String, fatal: bool },
    Question { request: u32, question: Result<String, String> },
    Beside { request: u32, report: Result<Box<Report>, String>, fatal: bool },
}

impl Read for FromLook {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        let mut it = Fields::of(json, trouble);
        match it.take::<String>("type").as_str() {
            "look-asks" => Self::Asks { look: it.take("look"), asks: it.take("asks") },
            "look-page" => Self::Page { look: it.take("look"), page: it.take("page") },
            "question" => Self::Question { request: it.take("request"), question: Ok(it.take("question")) },
            "question-refused" => Self::Question { request: it.take("request"), question: Err(it.take("message")) },
            "look-verified" => {
                Self::Beside { request: it.take("request"), report: Ok(it.take("report")), fatal: false }
            }
            "look-unverified" => {
                Self::Beside { request: it.take("request"), report: Err(it.take("message")), fatal: it.take("fatal") }
            }
            kind => {
                if kind != "look-failed" {
                    it.note("an unknown message");
                }
                Self::Failed { look: it.take("look"), message: it.take("message"), fatal: it.take("fatal") }
            }
        }
    }
}

/// A look-up under way.
pub(super) struct Looking {
    hear: Callback<Heard>,
    requests: Vec<AbortController>,
    /// What was remembered when it began.
    seen: Option<String>,
}

impl Engine {
    /// Asks the log at this address; what comes of it is heard until [`Self::end_look`].
    pub fn look(&self, question: &Question, log: &str, policy: &str, hear: Callback<Heard>) -> u32 {
        let look = self.next_id();
        let seen = memory::seen();
        let options = options(question, log, policy, seen.as_deref());
        self.looks.borrow_mut().insert(look, Looking { hear, requests: Vec::new(), seen });
        self.tell_look(look, &options);
        look
    }

    fn tell_look(&self, look: u32, options: &str) {
        let told = match &*self.verifier.borrow() {
            Some(verifier) => verifier.look(look, options),
            None => Err("the verifier is not running".to_owned()),
        };
        if let Err(message) = told {
            self.look_failed(look, message);
        }
    }

    /// Asks for the next page.
    pub fn look_on(&self, look: u32) {
        self.tell(|verifier| verifier.look_on(look));
    }

    /// Nobody listens any more.
    pub fn end_look(&self, look: u32) {
        let Some(looking) = self.looks.borrow_mut().remove(look) else { return };
        for request in looking.requests {
            request.abort();
        }
        if let Some(verifier) = &*self.verifier.borrow() {
            // A worker that takes no messages does nothing either.
            let _ = verifier.end_look(look);
        }
    }

    /// Asks what a text, or a file, stands for; the answer is a text in the verifier's form, or why there is none.
    pub fn question(&self, asked: Result<&str, &File>, hear: Callback<Result<String, String>>) {
        let request = self.next_id();
        self.questions.borrow_mut().insert(request, hear);
        self.tell(|verifier| match asked {
            Ok(text) => verifier.question_of_text(request, text),
            Err(file) => verifier.question_of_file(request, file),
        });
    }

    fn questioned(&self, request: u32, question: Result<String, String>) {
        let hear = self.questions.borrow_mut().remove(request);
        if let Some(hear) = hear {
            hear.emit(question);
        }
    }

    /// What the worker says about a look-up.
    pub fn hear_look(self: &Rc<Self>, message: Json) {
        match read(message) {
            Ok(FromLook::Asks { look, asks }) => self.look_asks(look, asks),
            Ok(FromLook::Page { look, page }) => self.look_page(look, *page),
            Ok(FromLook::Failed { look, message, fatal }) => {
                self.look_failed(look, message);
                self.restart_after(fatal);
            }
            Ok(FromLook::Question { request, question }) => self.questioned(request, question),
            Ok(FromLook::Beside { request, report, fatal }) => {
                self.verified_beside(request, report.map(|report| *report));
                self.restart_after(fatal);
            }
            Err(message) => self.lost(&message),
        }
    }

    fn look_asks(self: &Rc<Self>, look: u32, asks: Vec<Ask>) {
        for ask in asks {
            let engine = self.clone();
            spawn_local(async move { engine.look_ask(look, ask).await });
        }
    }

    async fn look_ask(&self, look: u32, ask: Ask) {
        let answered = match AbortController::new() {
            Ok(controller) => {
                if let Some(looking) = self.looks.borrow_mut().get_mut(look) {
                    looking.requests.push(controller.clone());
                }
                patiently(&ask, &controller).await
            }
            Err(error) => Err(crate::worker::describe(&error)),
        };
        if self.looks.borrow().get(look).is_none() {
            return;
        }
        self.tell(|verifier| match &answered {
            Ok(transport::Answer { status, body, truncated, .. }) => {
                verifier.look_answer(look, ask.id, *status, body, *truncated)
            }
            Err(reason) => verifier.look_no_answer(look, ask.id, reason),
        });
    }

    /// Remembers what the log showed, as after a check, and hands the page on.
    fn look_page(&self, look: u32, answer: Answer) {
        let (hear, before) = match self.looks.borrow_mut().get_mut(look) {
            Some(looking) => {
                looking.requests.clear();
                (looking.hear.clone(), looking.seen.clone())
            }
            None => return,
        };
        if memory::seen() == before && before.as_ref() != Some(&answer.seen) {
            memory::set_seen(Some(&answer.seen));
            if let Some(looking) = self.looks.borrow_mut().get_mut(look) {
                looking.seen = Some(answer.seen.clone());
            }
        }
        if let Some(text) = answer.report.log.alarm.clone() {
            let alarm = Alarm::Tree { log: answer.report.log.url.clone(), text, before };
            memory::add_alarm(&alarm);
            self.dispatch.dispatch(Action::Alarm(alarm));
        }
        hear.emit(Heard::Page(Rc::new(answer)));
    }

    pub(super) fn look_failed(&self, look: u32, message: String) {
        let hear = self.looks.borrow().get(look).map(|looking| looking.hear.clone());
        if let Some(hear) = hear {
            hear.emit(Heard::Failed(message));
        }
    }
}

/// What the verifier takes, as JSON text.
fn options(question: &Question, log: &str, policy: &str, seen: Option<&str>) -> String {
    let mut options = vec![("log", log.into()), ("policy", policy.into()), ("seen", seen.into())];
    match question {
        Question::Text(text) => options.push(("text", text.as_str().into())),
        Question::Newest(known) => options.push(("newest", (*known).into())),
        Question::Chain { sha256, hops } => {
            options.extend([("chain", sha256.as_str().into()), ("hops", u64::from(*hops).into())]);
        }
    }
    Json::object(options).to_text()
}
