//! Messages to and from the verifier's worker, `worker.js`. Each is an object with its `type`:
//!
//! ```text
//! From the page:  policy {text} · key {request, bytes} · run {run, files: [{id, name, file}], options}
//!                 answer {run, id, status, body, truncated} · no-answer {run, id, reason} · cancel
//!                 forget {seen, vkey} · ping · question {request, text | file}: what is looked up with it
//!                 beside {request, files: [{name, file}], options}: to be checked by themselves
//!                 look {look, options} · look-on {look} · look-answer, look-no-answer {look, …} · look-end {look}
//! To the page:    ready · broken {message} · policy {policy} · policy-refused {message}
//!                 key {request, key} · key-refused {request, message} · progress {run, file, done}
//!                 hashed {run, file, sha256} · rereading {run, files: [id]}: some are read once more · loading {run}:
//!                 a module that few files need is on its way · asks {run, asks} · report {run, report, seen, json, receipts}
//!                 failed {run, message, fatal} · unreadable {run, message}: what is remembered cannot be used
//!                 question {request, question} · question-refused {request, message}
//!                 look-verified {request, report} · look-unverified {request, message, fatal}: of those by themselves
//!                 look-asks {look, asks} · look-page {look, page} · look-failed {look, message, fatal}
//!                 forgotten {forgotten}: the memory without one log · forgotten-refused {message} · pong
//! Each message to the page also carries `memory`: the size of the verifier's memory in bytes.
//! ```

use crate::exports::Receipt;
use crate::json::{self, Fields, Json, Read, Trouble, read_fields};
use crate::listeners::Given;
use crate::model::Identity;
use crate::trust::Policy;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, File, MessageEvent, Worker};

#[wasm_bindgen]
extern "C" {
    /// The boot script's: it owns the Trusted Types policy that the worker's address goes through.
    #[wasm_bindgen(js_namespace = rekor, js_name = startWorker, catch)]
    fn start_worker() -> Result<Worker, JsValue>;
}

/// A request that the verifier wants made.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// To be given back with the answer.
    pub id: u32,
    /// `GET` or `POST`.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// JSON, for a `POST`.
    pub body: Option<String>,
    /// The most bytes of an answer that are of use.
    pub limit: usize,
}

read_fields!(Ask { id, method, url, body, limit });

/// A public key as the verifier reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// SHA-256 of its SPKI DER form, lower-case hex.
    pub fingerprint: String,
    /// The key in its one canonical form.
    pub pem: String,
}

read_fields!(Key { fingerprint, pem });

/// What the worker says.
pub enum FromWorker {
    Ready,
    Broken {
        message: String,
    },
    Policy {
        policy: Policy,
    },
    PolicyRefused {
        message: String,
    },
    Key {
        request: u32,
        key: Key,
    },
    KeyRefused {
        request: u32,
        message: String,
    },
    Progress {
        run: u32,
        file: u32,
        done: u64,
    },
    Hashed {
        run: u32,
        file: u32,
        sha256: String,
    },
    Rereading {
        run: u32,
        files: Vec<u32>,
    },
    Loading {
        run: u32,
    },
    Asks {
        run: u32,
        asks: Vec<Ask>,
    },
    Report {
        run: u32,
        report: Json,
        seen: Option<String>,
        json: String,
        receipts: Vec<Receipt>,
    },
    Failed {
        run: u32,
        message: String,
        fatal: bool,
    },
    Unreadable {
        run: u32,
        message: String,
    },
    /// About a look-up: read by whoever asked for it.
    Look(Json),
    Forgotten {
        forgotten: String,
    },
    ForgottenRefused {
        message: String,
    },
    Pong,
}

impl Read for FromWorker {
    fn read(json: Json, trouble: &mut Trouble) -> Self {
        let kind = json.get("type").and_then(Json::as_text).unwrap_or_default().to_owned();
        if kind.starts_with("look-") || kind.starts_with("question") {
            return Self::Look(json);
        }
        let mut it = Fields::of(json, trouble);
        match kind.as_str() {
            "ready" => Self::Ready,
            "broken" => Self::Broken { message: it.take("message") },
            "policy" => Self::Policy { policy: it.take("policy") },
            "policy-refused" => Self::PolicyRefused { message: it.take("message") },
            "key" => Self::Key { request: it.take("request"), key: it.take("key") },
            "key-refused" => Self::KeyRefused { request: it.take("request"), message: it.take("message") },
            "progress" => Self::Progress { run: it.take("run"), file: it.take("file"), done: it.take("done") },
            "hashed" => Self::Hashed { run: it.take("run"), file: it.take("file"), sha256: it.take("sha256") },
            "rereading" => Self::Rereading { run: it.take("run"), files: it.take("files") },
            "loading" => Self::Loading { run: it.take("run") },
            "asks" => Self::Asks { run: it.take("run"), asks: it.take("asks") },
            "report" => Self::Report {
                run: it.take("run"),
                report: it.take("report"),
                seen: it.take("seen"),
                json: it.take("json"),
                receipts: it.take("receipts"),
            },
            "failed" => Self::Failed { run: it.take("run"), message: it.take("message"), fatal: it.take("fatal") },
            "unreadable" => Self::Unreadable { run: it.take("run"), message: it.take("message") },
            "forgotten" => Self::Forgotten { forgotten: it.take("forgotten") },
            "forgotten-refused" => Self::ForgottenRefused { message: it.take("message") },
            kind => {
                if kind != "pong" {
                    it.note("an unknown message");
                }
                Self::Pong
            }
        }
    }
}

/// A signer as the verifier's session takes it.
pub struct SessionSigner<'a> {
    /// What the reader calls it.
    pub name: &'a str,
    /// In any form that the verifier reads.
    pub key: &'a str,
}

/// What the verifier's session is made from.
pub struct SessionOptions<'a> {
    /// tlog-policy; empty for none.
    pub policy: &'a str,
    /// Whom the reader expects.
    pub signers: Vec<SessionSigner<'a>>,
    /// Base addresses of the logs to ask.
    pub logs: Vec<&'a str>,
    /// What the session of an earlier run gave to be remembered.
    pub seen: Option<String>,
    /// Who has to have signed Sigstore bundles; none where the reader named nobody.
    pub identity: Option<&'a Identity>,
    /// Seconds since 1970.
    pub now: u64,
}

impl SessionOptions<'_> {
    fn to_json(&self) -> Json {
        let signer = |it: &SessionSigner| Json::object([("name", it.name.into()), ("key", it.key.into())]);
        let identity = |it: &Identity| {
            Json::object([("identity", it.identity.as_str().into()), ("issuer", it.issuer.as_str().into())])
        };
        Json::object([
            ("policy", self.policy.into()),
            ("signers", Json::List(self.signers.iter().map(signer).collect())),
            ("logs", Json::List(self.logs.iter().map(|log| (*log).into()).collect())),
            ("seen", self.seen.as_deref().into()),
            ("identity", self.identity.map(identity).unwrap_or_default()),
            ("now", self.now.into()),
        ])
    }
}

/// The worker, until it is dropped.
pub struct Verifier {
    worker: Worker,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Drop for Verifier {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl Verifier {
    /// Starts the worker. Everything it says goes to `hear`, beginning with `Ready` or `Broken`, each
    /// with the size of the verifier's memory in bytes.
    pub fn start(hear: impl Fn(FromWorker, f64) + Clone + 'static) -> Result<Self, String> {
        let worker = start_worker().map_err(|error| describe(&error))?;
        let heard = hear.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            let memory = get(&data, "memory").as_f64().unwrap_or_default();
            let message = json::read(Json::from_js(&data));
            heard(message.unwrap_or_else(|message| FromWorker::Broken { message }), memory);
        });
        let error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            // A script that could not be loaded comes as a plain event, without a message.
            let message = get(&event, "message").as_string();
            hear(FromWorker::Broken { message: message.unwrap_or_else(|| "it could not be loaded".to_owned()) }, 0.0);
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        Ok(Self { worker, _message: message, _error: error })
    }

    /// Asks what a policy says.
    pub fn policy(&self, text: &str) -> Result<(), String> {
        self.post("policy", [("text", text.into())])
    }

    /// Asks which key these bytes are.
    pub fn key(&self, request: u32, bytes: &[u8]) -> Result<(), String> {
        self.post("key", [("request", request.into()), ("bytes", Uint8Array::from(bytes).into())])
    }

    /// Starts a run, and thereby ends the one before.
    pub fn run(&self, run: u32, files: &[(u32, String, File)], options: &SessionOptions) -> Result<(), String> {
        let list = Array::new();
        for (id, name, file) in files {
            list.push(&object([("id", (*id).into()), ("name", name.into()), ("file", file.into())])?);
        }
        self.post("run", [("run", run.into()), ("files", list.into()), ("options", options.to_json().to_js())])
    }

    /// Has files checked by themselves, whatever is being checked meanwhile.
    pub fn verify_beside(&self, request: u32, files: &[Given], options: &SessionOptions) -> Result<(), String> {
        let list = Array::new();
        for Given { name, file } in files {
            list.push(&object([("name", name.into()), ("file", file.into())])?);
        }
        let fields = [("request", request.into()), ("files", list.into()), ("options", options.to_json().to_js())];
        self.post("beside", fields)
    }

    /// Hands over an answer.
    pub fn answer(&self, run: u32, id: u32, status: u16, body: &[u8], truncated: bool) -> Result<(), String> {
        let body = Uint8Array::from(body).into();
        let fields = [
            ("run", run.into()),
            ("id", id.into()),
            ("status", status.into()),
            ("body", body),
            ("truncated", truncated.into()),
        ];
        self.post("answer", fields)
    }

    /// Hands over the lack of one.
    pub fn no_answer(&self, run: u32, id: u32, reason: &str) -> Result<(), String> {
        self.post("no-answer", [("run", run.into()), ("id", id.into()), ("reason", reason.into())])
    }

    /// Asks for the memory without what it holds of one log.
    pub fn forget(&self, seen: &str, vkey: &str) -> Result<(), String> {
        self.post("forget", [("seen", seen.into()), ("vkey", vkey.into())])
    }

    /// Starts a look-up; `options` is JSON text.
    pub fn look(&self, look: u32, options: &str) -> Result<(), String> {
        self.post("look", [("look", look.into()), ("options", options.into())])
    }

    /// Asks for the next page of a look-up.
    pub fn look_on(&self, look: u32) -> Result<(), String> {
        self.post("look-on", [("look", look.into())])
    }

    /// Hands over an answer to a look-up.
    pub fn look_answer(&self, look: u32, id: u32, status: u16, body: &[u8], truncated: bool) -> Result<(), String> {
        let fields = [
            ("look", look.into()),
            ("id", id.into()),
            ("status", status.into()),
            ("body", Uint8Array::from(body).into()),
            ("truncated", truncated.into()),
        ];
        self.post("look-answer", fields)
    }

    /// Says why no answer came to a look-up.
    pub fn look_no_answer(&self, look: u32, id: u32, reason: &str) -> Result<(), String> {
        self.post("look-no-answer", [("look", look.into()), ("id", id.into()), ("reason", reason.into())])
    }

    /// Ends a look-up.
    pub fn end_look(&self, look: u32) -> Result<(), String> {
        self.post("look-end", [("look", look.into())])
    }

    /// Asks what a text stands for.
    pub fn question_of_text(&self, request: u32, text: &str) -> Result<(), String> {
        self.post("question", [("request", request.into()), ("text", text.into())])
    }

    /// Asks what a file stands for.
    pub fn question_of_file(&self, request: u32, file: &File) -> Result<(), String> {
        self.post("question", [("request", request.into()), ("file", file.into())])
    }

    /// Asks whether anybody is there.
    pub fn ping(&self) -> Result<(), String> {
        self.post("ping", [])
    }

    /// Ends the run.
    pub fn cancel(&self) -> Result<(), String> {
        self.post("cancel", [])
    }

    fn post<const N: usize>(&self, kind: &str, fields: [(&str, JsValue); N]) -> Result<(), String> {
        let message = object(fields)?;
        set(&message, "type", &kind.into())?;
        self.worker.post_message(&message).map_err(|error| describe(&error))
    }
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> Result<JsValue, String> {
    let object = Object::new().into();
    for (name, value) in fields {
        set(&object, name, &value)?;
    }
    Ok(object)
}

fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<(), String> {
    Reflect::set(object, &name.into(), value).map(|_| ()).map_err(|error| describe(&error))
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A JavaScript exception in words.
pub fn describe(error: &JsValue) -> String {
    match get(error, "message").as_string() {
        Some(message) => message,
        None => format!("{error:?}"),
    }
}
