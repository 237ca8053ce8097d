//! Requests for the verifier, made with the browser's `fetch`. What cannot be had is said in words;
//! nothing here looks into an answer.

use crate::worker::{Ask, describe};
use gloo_net::http::{Method, RequestBuilder, Response};
use js_sys::{Reflect, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect,
};

#[wasm_bindgen]
extern "C" {
    /// The boot script's: a file that stands within the page, where the page is a single file.
    #[wasm_bindgen(js_namespace = rekor, js_name = ownFile)]
    fn embedded(url: &str) -> Option<Uint8Array>;
}

/// A request that is not answered in full within this time has no answer (milliseconds).
const PATIENCE: i32 = 10_000;

/// How often a server that says “not now” is asked again, and the first pause (milliseconds); each is twice as long as
/// the one before.
const RETRIES: u32 = 2;
const PAUSE: i32 = 500;

/// The longest pause that a server can ask for (milliseconds).
const LONGEST_PAUSE: i32 = 4_000;

/// Before a request is made once more (milliseconds).
const RESPITE: i32 = 700;

/// An answer, whatever its status.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// At most as many bytes as the request allowed.
    pub body: Vec<u8>,
    /// Whether the server said that it left something out.
    pub truncated: bool,
    /// How long the server asks to be left alone (seconds), where it says so.
    retry_after: Option<i32>,
}

/// Makes a request, and makes it again where the server is busy for a moment. `controller` ends it early; so does time.
pub async fn perform(ask: &Ask, controller: &AbortController) -> Result<Answer, String> {
    in_time(ask, controller, RequestCache::NoStore).await
}

async fn in_time(ask: &Ask, controller: &AbortController, cache: RequestCache) -> Result<Answer, String> {
    let timer = Timer::start(controller.clone())?;
    match persist(ask, controller, cache).await {
        Err(_) if timer.fired() => Err(format!("no full answer within {} seconds", PATIENCE / 1_000)),
        other => other,
    }
}

/// Makes a request, and makes it once more where the server was out of reach or failed.
pub async fn patiently(ask: &Ask, controller: &AbortController) -> Result<Answer, String> {
    let first = perform(ask, controller).await;
    let again = match &first {
        Ok(answer) => matches!(answer.status, 502 | 504),
        Err(_) => !controller.signal().aborted(),
    };
    if !again {
        return first;
    }
    pause(RESPITE).await;
    perform(ask, controller).await
}

/// Waits (milliseconds).
pub async fn pause(time: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // Where there are no timers there is no waiting.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, time);
        }
    });
    // It is never refused.
    let _ = JsFuture::from(promise).await;
}

/// A file beside the page. Why there is none is said in words.
pub async fn own_file(url: &str, limit: usize) -> Result<Vec<u8>, String> {
    file(url, limit, RequestCache::NoStore).await
}

/// The same as the server has it now, whatever this browser keeps of the page.
pub async fn fresh_file(url: &str, limit: usize) -> Result<Vec<u8>, String> {
    file(url, limit, RequestCache::Reload).await
}

async fn file(url: &str, limit: usize, cache: RequestCache) -> Result<Vec<u8>, String> {
    if let Some(bytes) = embedded(url) {
        return Ok(bytes.to_vec());
    }
    let ask = Ask { id: 0, method: "GET".to_owned(), url: url.to_owned(), body: None, limit };
    let controller = AbortController::new().map_err(|error| describe(&error))?;
    let answer = in_time(&ask, &controller, cache).await.map_err(|reason| format!("it could not be read: {reason}"))?;
    match answer.status {
        200 => Ok(answer.body),
        205 => anew().await,
        404 => Err("there is none beside this page".to_owned()),
        status => Err(format!("it could not be read: the server answered {status}")),
    }
}

/// The service worker says that the page has other headers now, with which it may ask other logs: it is loaded again.
async fn anew<T>() -> T {
    if let Some(window) = web_sys::window() {
        // A browser always lets a page load itself again.
        let _ = window.location().reload();
    }
    std::future::pending().await
}

/// Asks until the answer stands, or patience ends. Nothing that is asked here changes anything at the server.
async fn persist(ask: &Ask, controller: &AbortController, cache: RequestCache) -> Result<Answer, String> {
    for attempt in 0..RETRIES {
        let answer = exchange(ask, controller, cache).await?;
        let Some(time) = respite(&answer, attempt) else { return Ok(answer) };
        pause(time).await;
    }
    exchange(ask, controller, cache).await
}

/// How long to wait before asking again (milliseconds); none where the answer stands.
fn respite(answer: &Answer, attempt: u32) -> Option<i32> {
    let asked_for = answer.retry_after.map(|seconds| seconds.saturating_mul(1_000));
    let pause = asked_for.unwrap_or(PAUSE << attempt).clamp(PAUSE, LONGEST_PAUSE);
    matches!(answer.status, 429 | 503).then_some(pause)
}

async fn exchange(ask: &Ask, controller: &AbortController, cache: RequestCache) -> Result<Answer, String> {
    let builder = RequestBuilder::new(&ask.url)
        .method(if ask.method == "POST" { Method::POST } else { Method::GET })
        .abort_signal(Some(&controller.signal()))
        .credentials(RequestCredentials::Omit)
        .cache(cache)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer);
    let request = match &ask.body {
        Some(body) => builder.header("content-type", "application/json").body(body.as_str()),
        None => builder.build(),
    }
    .map_err(|error| format!("the request could not be made: {error}"))?;
    let response = request.send().await.map_err(|error| format!("the server could not be reached: {error}"))?;
    let truncated = response.headers().get("rekor-truncated").as_deref() == Some("true");
    let retry_after = response.headers().get("retry-after").and_then(|seconds| seconds.parse().ok());
    let status = response.status();
    Ok(Answer { status, body: body(&response, ask.limit).await?, truncated, retry_after })
}

/// Reads by pieces, so that an endless answer costs no more than the limit.
async fn body(response: &Response, limit: usize) -> Result<Vec<u8>, String> {
    let Some(stream) = response.body() else {
        return Ok(Vec::new());
    };
    let reader = ReadableStreamDefaultReader::new(&stream).map_err(|error| describe(&error))?;
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read())
            .await
            .map_err(|error| format!("the answer broke off: {}", describe(&error)))?;
        let Some(piece) = value(&piece) else {
            return Ok(bytes);
        };
        if bytes.len() + piece.length() as usize > limit {
            // Nothing waits for the end of the cancellation, and there is nobody to tell of its failure.
            let _ = reader.cancel();
            return Err(format!("the answer is longer than {limit} bytes"));
        }
        bytes.extend(piece.to_vec());
    }
}

/// The bytes in a stream's piece; none at its end.
fn value(piece: &JsValue) -> Option<Uint8Array> {
    Reflect::get(piece, &"value".into()).ok()?.dyn_into().ok()
}

/// Aborts after `PATIENCE`, unless it is dropped before.
struct Timer {
    id: i32,
    fired: Rc<Cell<bool>>,
    _closure: Closure<dyn FnMut()>,
}

impl Timer {
    fn start(controller: AbortController) -> Result<Self, String> {
        let window = web_sys::window().ok_or("there is no window")?;
        let fired = Rc::new(Cell::new(false));
        let firing = fired.clone();
        let closure = Closure::<dyn FnMut()>::new(move || {
            firing.set(true);
            controller.abort();
        });
        let id = window
            .set_timeout_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), PATIENCE)
            .map_err(|error| describe(&error))?;
        Ok(Self { id, fired, _closure: closure })
    }

    fn fired(&self) -> bool {
        self.fired.get()
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}
