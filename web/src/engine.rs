//! What acts: it holds the worker and the files, makes the requests, and keeps the browser's memory.
//! Everything it finds out goes to the model.

mod beside;
mod life;
mod look;
mod numbered;
mod signers;

pub use look::Heard;

use crate::exports::Kept;
use crate::json::Json;
use crate::later::{self, Later};
use crate::listeners::{Given, given, made};
use crate::memory;
use crate::model::{Action, Item, LaterPart, Model, Signer};
use crate::report::Report;
use crate::route::BroughtFile;
use crate::samples::Trial;
use crate::text::{self, t};
use crate::transport::{Answer, own_file, perform};
use crate::trust::{Alarm, Policy, Trust, accept_key, changed_keys, remember_new};
use crate::watch::Watch;
use crate::worker::{Ask, FromWorker, SessionOptions, SessionSigner, Verifier, describe};
use js_sys::Promise;
use numbered::Numbered;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, File};
use yew::{Callback, UseReducerDispatcher};

/// The policy file beside the page, and its greatest size in bytes.
const POLICY: (&str, usize) = ("./policy.txt", 64 * 1024);

/// How a person deals with an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// What is remembered stays; the same finding raises the alarm again.
    Keep,
    /// What is remembered gives way to what the log, or the policy, shows now.
    Accept,
}

/// One a page.
pub struct Engine {
    dispatch: UseReducerDispatcher<Model>,
    verifier: RefCell<Option<Verifier>>,
    /// Looks after the worker, once there is one.
    watch: RefCell<Option<Watch>>,
    later: Cell<Option<&'static Later>>,
    /// Whether the worker has taken messages.
    started: Cell<bool>,
    files: RefCell<Numbered<File>>,
    /// The keys that the worker was asked about, by request: name, and the text where it is one. It says more than
    /// the key alone, such as the name that an OpenPGP signature knows it by.
    keys_asked: RefCell<Numbered<(String, Option<String>)>>,
    policy: RefCell<String>,
    requests: RefCell<Vec<AbortController>>,
    run: Cell<u32>,
    /// What was remembered when the run began.
    seen: RefCell<Option<String>>,
    /// Whether that run is of a sample.
    trying: Cell<bool>,
    last_id: Cell<u32>,
    looks: RefCell<Numbered<look::Looking>>,
    /// Who waits for what a text or a file stands for, by request.
    questions: RefCell<Numbered<Callback<Result<String, String>>>>,
    /// Who waits for the report on files by themselves, by request.
    besides: RefCell<Numbered<Callback<Result<Report, String>>>>,
}

impl Engine {
    /// Does nothing before it is started.
    pub fn new(dispatch: UseReducerDispatcher<Model>) -> Rc<Self> {
        Rc::new(Self {
            dispatch,
            verifier: RefCell::default(),
            watch: RefCell::default(),
            later: Cell::default(),
            started: Cell::default(),
            files: RefCell::default(),
            keys_asked: RefCell::default(),
            policy: RefCell::default(),
            requests: RefCell::default(),
            run: Cell::default(),
            seen: RefCell::default(),
            trying: Cell::default(),
            last_id: Cell::default(),
            looks: RefCell::default(),
            questions: RefCell::default(),
            besides: RefCell::default(),
        })
    }

    /// Loads the part of the page that is needed once there is something to show.
    pub async fn later(&self) -> Option<&'static Later> {
        if self.later.get().is_none() {
            self.later.set(later::load().await);
            self.dispatch.dispatch(Action::Later(self.later.get().map_or(LaterPart::Missing, LaterPart::Here)));
        }
        self.later.get()
    }

    /// Starts the worker, and brings up the alarms of earlier visits.
    pub fn start(self: &Rc<Self>) {
        for alarm in memory::alarms() {
            self.dispatch.dispatch(Action::Alarm(alarm));
        }
        self.start_verifier();
    }

    fn hear(self: &Rc<Self>, message: FromWorker, memory: f64) {
        show_memory(memory);
        if let Some(watch) = &*self.watch.borrow() {
            watch.heard();
        }
        match message {
            FromWorker::Pong => {}
            FromWorker::Ready => self.ready(),
            FromWorker::Broken { message } if self.started.get() => self.lost(&message),
            FromWorker::Broken { message } => self.dispatch.dispatch(Action::VerifierBroken(message)),
            FromWorker::Policy { policy } => self.trust(policy),
            FromWorker::PolicyRefused { message } => self.no_trust(format!("it cannot be used: {message}")),
            FromWorker::Key { request, key } => {
                let (name, text) = self.keys_asked.borrow_mut().remove(request).unwrap_or_default();
                self.expect(Signer { name, fingerprint: key.fingerprint, key: text.unwrap_or(key.pem) });
            }
            FromWorker::KeyRefused { request, message } => {
                let (name, _) = self.keys_asked.borrow_mut().remove(request).unwrap_or_default();
                self.refuse_key(&name, &message);
            }
            FromWorker::Progress { run, file, done } => self.dispatch.dispatch(Action::Progress(run, file, done)),
            FromWorker::Hashed { run, file, sha256 } => self.dispatch.dispatch(Action::Hashed(run, file, sha256)),
            FromWorker::Rereading { run, files } => self.dispatch.dispatch(Action::Rereading(run, files)),
            FromWorker::Loading { run } => self.dispatch.dispatch(Action::Loading(run)),
            FromWorker::Asks { run, asks } => self.asks(run, asks),
            FromWorker::Report { run, report, seen, json, receipts } => {
                self.report(run, report, seen, Kept { json, receipts });
            }
            FromWorker::Failed { run, message, fatal } => self.failed(run, message, fatal),
            FromWorker::Look(message) => {
                if let Some(later) = self.later.get() {
                    (later.hear_look)(self, message);
                }
            }
            FromWorker::Unreadable { run, message } => {
                self.dispatch.dispatch(Action::Alarm(Alarm::Memory { text: message }));
                self.dispatch.dispatch(Action::Failed(run, t("engine.decide").to_owned()));
            }
            FromWorker::Forgotten { forgotten } => {
                memory::set_seen(Some(&forgotten));
                self.dispatch.dispatch(Action::Again);
            }
            FromWorker::ForgottenRefused { message } => {
                self.dispatch.dispatch(Action::Alarm(Alarm::Memory { text: message }));
            }
        }
    }

    /// Tells the worker something; what cannot be told ends the run.
    fn tell(&self, message: impl FnOnce(&Verifier) -> Result<(), String>) {
        let told = match &*self.verifier.borrow() {
            Some(verifier) => message(verifier),
            None => Err("the verifier is not running".to_owned()),
        };
        if let Err(error) = told {
            self.dispatch.dispatch(Action::Failed(self.run.get(), error));
        }
    }
}

/// The policy.
impl Engine {
    fn ready(self: &Rc<Self>) {
        self.started.set(true);
        self.watch();
        self.dispatch.dispatch(Action::VerifierReady);
        let engine = self.clone();
        spawn_local(async move {
            match policy_text().await {
                Ok(text) => {
                    engine.tell(|verifier| verifier.policy(&text));
                    *engine.policy.borrow_mut() = text;
                }
                Err(reason) => engine.no_trust(reason),
            }
        });
    }

    fn trust(&self, policy: Policy) {
        let mut keys = memory::keys();
        for alarm in changed_keys(&keys, &policy) {
            self.dispatch.dispatch(Action::Alarm(alarm));
        }
        remember_new(&mut keys, &policy);
        memory::set_keys(&keys);
        self.dispatch.dispatch(Action::Trust(Trust::Policy(self.policy.borrow().clone(), policy)));
    }

    fn no_trust(&self, reason: String) {
        self.dispatch.dispatch(Action::Trust(Trust::None(reason)));
    }

    /// Does what a person decided about an alarm, and checks again where that changes what counts.
    pub fn decide(&self, model: &Model, alarm: Alarm, decision: Decision) {
        memory::remove_alarm(&alarm);
        self.dispatch.dispatch(Action::Dealt(alarm.clone()));
        match (&alarm, decision) {
            (Alarm::Tree { before, .. }, Decision::Keep) => memory::set_seen(before.as_deref()),
            (Alarm::Tree { log, .. }, Decision::Accept) => self.forget(model, log),
            (Alarm::Memory { .. }, _) => self.forget_all(),
            (Alarm::KeyChanged { log, now, .. }, _) => {
                let mut keys = memory::keys();
                accept_key(&mut keys, log, now);
                memory::set_keys(&keys);
                self.dispatch.dispatch(Action::Again);
            }
        }
    }

    /// Forgets what is remembered of the log at this address; of all, where the policy no longer names it.
    fn forget(&self, model: &Model, log: &str) {
        let vkey = match &model.trust {
            Trust::Policy(_, policy) => policy.vkey(log),
            _ => None,
        };
        match (memory::seen(), vkey) {
            (Some(seen), Some(vkey)) => self.tell(|verifier| verifier.forget(&seen, vkey)),
            _ => self.forget_all(),
        }
    }

    fn forget_all(&self) {
        memory::set_seen(None);
        self.dispatch.dispatch(Action::Again);
    }
}

/// Files.
impl Engine {
    /// Adds what the reader dropped, once it is known which files that is.
    pub fn bring(self: &Rc<Self>, dropped: Promise) {
        let engine = self.clone();
        spawn_local(async move { engine.take(given(dropped).await) });
    }

    /// Adds files, unless they were refused.
    pub fn take(&self, files: Result<Vec<Given>, String>) {
        match files {
            Ok(files) => self.add(files),
            Err(reason) => {
                self.dispatch.dispatch(Action::FilesRefused(text::with("engine.nothing", &[("reason", &reason)])))
            }
        }
    }

    /// Adds files to those that are there.
    pub fn add(&self, files: Vec<Given>) {
        let items = self.hold(files);
        if !items.is_empty() {
            self.dispatch.dispatch(Action::Add(items));
        }
    }

    /// Holds files for the model, which is told of them next.
    pub fn hold(&self, files: Vec<Given>) -> Vec<Item> {
        let mut items = Vec::new();
        for Given { name, file } in files {
            let id = self.next_id();
            items.push(Item { id, name, size: file.size() as u64, done: 0, sha256: None });
            self.files.borrow_mut().insert(id, file);
        }
        items
    }

    /// Tells the model what happened.
    pub fn dispatch(&self, action: Action) {
        self.dispatch.dispatch(action);
    }

    /// Takes the files that an address brings, in the place of all others.
    pub fn replace(&self, files: &[BroughtFile]) {
        self.start_again();
        self.add(files.iter().filter_map(|it| made(&it.name, &it.bytes)).collect());
    }

    /// What is there under this number.
    pub fn file(&self, id: u32) -> Option<File> {
        self.files.borrow().get(id).cloned()
    }

    /// Takes one away.
    pub fn remove(&self, id: u32) {
        self.files.borrow_mut().remove(id);
        self.dispatch.dispatch(Action::Remove(id));
    }

    /// Takes all away.
    pub fn start_again(&self) {
        self.files.borrow_mut().clear();
        self.dispatch.dispatch(Action::StartAgain);
    }

    fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get() + 1);
        self.last_id.get()
    }
}

/// Runs.
impl Engine {
    /// Starts the model's run.
    pub fn begin(&self, model: &Model) {
        self.abort();
        self.run.set(model.run);
        self.trying.set(model.trial.is_some());
        let held = self.files.borrow();
        let files: Vec<(u32, String, File)> = model
            .files
            .iter()
            .filter_map(|item| held.get(item.id).map(|file| (item.id, item.name.clone(), file.clone())))
            .collect();
        *self.seen.borrow_mut() = memory::seen();
        let options = match &model.trial {
            Some(trial) => of_sample(trial),
            None => of_reader(model, self.seen.borrow().clone()),
        };
        self.tell(|verifier| verifier.run(model.run, &files, &options));
    }

    /// Ends whatever is under way.
    pub fn halt(&self) {
        self.abort();
        self.run.set(0);
        if let Some(verifier) = &*self.verifier.borrow() {
            // A worker that takes no messages is not working either.
            let _ = verifier.cancel();
        }
    }

    fn abort(&self) {
        for request in self.requests.borrow_mut().drain(..) {
            request.abort();
        }
    }

    fn asks(self: &Rc<Self>, run: u32, asks: Vec<Ask>) {
        if run != self.run.get() {
            return;
        }
        self.dispatch.dispatch(Action::Asked(run, asks.len()));
        for ask in asks {
            let engine = self.clone();
            spawn_local(async move { engine.ask(run, ask).await });
        }
    }

    async fn ask(&self, run: u32, ask: Ask) {
        let result = match AbortController::new() {
            Ok(controller) => {
                self.requests.borrow_mut().push(controller.clone());
                perform(&ask, &controller).await
            }
            Err(error) => Err(describe(&error)),
        };
        if run != self.run.get() {
            return;
        }
        self.tell(|verifier| match &result {
            Ok(Answer { status, body, truncated, .. }) => verifier.answer(run, ask.id, *status, body, *truncated),
            Err(reason) => verifier.no_answer(run, ask.id, reason),
        });
    }

    /// Reads the report as soon as that part of the page is there.
    fn report(self: &Rc<Self>, run: u32, report: Json, seen: Option<String>, kept: Kept) {
        let engine = self.clone();
        spawn_local(async move {
            let read = match engine.later().await {
                Some(later) => (later.report)(report),
                None => Err(t("later.missing").to_owned()),
            };
            match read {
                Ok(report) => engine.reported(run, report, seen, kept),
                Err(message) => engine.dispatch(Action::Failed(run, message)),
            }
        });
    }

    fn reported(&self, run: u32, report: Report, seen: Option<String>, kept: Kept) {
        if run != self.run.get() {
            return;
        }
        if self.trying.get() {
            // Nothing of a sample is remembered.
            return self.dispatch.dispatch(Action::Report(run, Rc::new(report), Rc::new(kept)));
        }
        let before = self.seen.take();
        // Where another tab changed the memory meanwhile, what it compared stays: the next visit compares with it.
        if let (Some(seen), true) = (seen, memory::seen() == before) {
            memory::set_seen(Some(&seen));
        }
        if let Some(alarm) = alarm(&report, before) {
            memory::add_alarm(&alarm);
            self.dispatch.dispatch(Action::Alarm(alarm));
        }
        self.dispatch.dispatch(Action::Report(run, Rc::new(report), Rc::new(kept)));
    }

    fn failed(self: &Rc<Self>, run: u32, message: String, fatal: bool) {
        self.dispatch.dispatch(Action::Failed(run, message));
        self.restart_after(fatal);
    }

    /// After a trap the verifier is started anew.
    fn restart_after(self: &Rc<Self>, fatal: bool) {
        if fatal {
            self.restart();
        }
    }
}

/// What the reader chose, and the page's policy.
fn of_reader(model: &Model, seen: Option<String>) -> SessionOptions<'_> {
    let signers = model.signers.iter().map(|signer| SessionSigner { name: &signer.name, key: &signer.key });
    let logs = match (&model.trust, &model.only) {
        (Trust::Policy(_, policy), None) if online() => policy.addresses(),
        (Trust::Policy(..), Some(only)) if online() => vec![&only[..]],
        _ => Vec::new(),
    };
    SessionOptions {
        policy: model.policy_text(),
        signers: signers.collect(),
        logs,
        seen,
        identity: model.identity.as_ref(),
        now: now(),
    }
}

/// Whether there may be a network: where the browser knows that there is none, no log is asked in vain.
fn online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// What belongs to the sample, and nothing of the reader's; no log is asked.
fn of_sample(trial: &Trial) -> SessionOptions<'_> {
    let signers = vec![SessionSigner { name: "maintainer", key: &trial.signer }];
    SessionOptions { policy: &trial.policy, signers, logs: Vec::new(), seen: None, identity: None, now: now() }
}

/// Seconds since 1970, by this computer's clock.
fn now() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}

fn alarm(report: &Report, before: Option<String>) -> Option<Alarm> {
    let log = report.log.as_ref()?;
    let text = log.alarm.clone()?;
    Some(Alarm::Tree { log: log.url.clone(), text, before })
}

async fn policy_text() -> Result<String, String> {
    let (url, limit) = POLICY;
    let bytes = own_file(url, limit).await?;
    String::from_utf8(bytes).map_err(|_| "it cannot be used: it is not UTF-8 text".to_owned())
}

/// For tests and for the curious: the greatest size, in bytes, that the verifier's memory has had (a
/// WebAssembly memory never shrinks).
fn show_memory(bytes: f64) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root.filter(|_| bytes > 0.0) {
        // Where it cannot be shown nothing else suffers.
        let _ = root.set_attribute("data-wasm-memory", &(bytes as u64).to_string());
    }
}
