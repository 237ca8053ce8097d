//! What answers have in common: errors, bodies of requests, headers.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rekor_log::{Log, ReadError};
use rekor_verifier::format::json::{self, Value};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// For the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Set on an answer of `index/retrieve` that does not hold everything that was found.
pub(crate) const TRUNCATED: HeaderName = HeaderName::from_static("rekor-truncated");

/// An error as Rekor v1 shows it: `{"code": …, "message": …}`.
#[derive(Debug)]
pub(crate) struct Refused {
    pub status: StatusCode,
    pub message: String,
    /// When to try again, in seconds.
    retry_after: Option<u64>,
    cause: Option<Cause>,
}

/// Why an answer is an error, in words for the operator alone: paths and offsets are not for the caller.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub String);

impl Refused {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None, cause: None }
    }

    /// An error on our side: the operator finds the cause in the server's output.
    pub(crate) fn internal(status: StatusCode, message: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { cause: Some(Cause(cause.into())), ..Self::new(status, message) }
    }

    /// 503: there is more to do than can be done now.
    pub(crate) fn busy() -> Self {
        let message = "too many additions are waiting: try again in a moment";
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message) }
    }

    /// 429: this client asks too often, and may ask again after `wait`.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let message = format!("you send more requests than are taken from one client: try again in {seconds} s");
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    /// The same answer, with the time after which to try again.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// 400: the request cannot be understood.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 404: there is no such thing here.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.status.as_u16(), "message": self.message });
        let mut response = (self.status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::OutOfRange => Self::missing(error.to_string()),
            ReadError::Store(_) | ReadError::Key(_) => {
                let message = "the log cannot be read: its operator finds the reason in the server's output";
                Self::internal(StatusCode::INTERNAL_SERVER_ERROR, message, error.to_string())
            }
        }
    }
}

/// Runs what reads files or computes signatures where it does not hold up other requests.
pub(crate) async fn blocking<T, F>(log: Arc<Log>, work: F) -> Result<T, Refused>
where
    T: Send + 'static,
    F: FnOnce(&Log) -> Result<T, Refused> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(move || work(&log)).await;
    let panicked = |_| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed on this request");
    done.unwrap_or_else(|error| Err(panicked(error)))
}

/// The body of a request, whatever content type it was sent with.
///
/// The route's `DefaultBodyLimit` bounds it.
pub(crate) async fn read_body(request: Request) -> Result<Bytes, Refused> {
    let late = |_| Refused::new(StatusCode::REQUEST_TIMEOUT, "the body of the request did not arrive in time");
    let read = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, &()));
    read.await.map_err(late)?.map_err(|rejection| {
        let status = rejection.status();
        let message = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "the body of the request is too large".to_owned(),
            _ => rejection.body_text(),
        };
        Refused::new(status, message)
    })
}

/// The JSON in a request's body.
pub(crate) fn parse_json(bytes: &[u8]) -> Result<Value, Refused> {
    json::parse(bytes).map_err(|error| Refused::bad(format!("the body of the request: {error}")))
}

/// Reads a request's body, which is JSON.
pub(crate) async fn read_json(request: Request) -> Result<Value, Refused> {
    parse_json(&read_body(request).await?)
}

/// The members of an object in a request. One that is not expected is refused: a misspelt
/// `digestOnly` must not store what was not to be stored.
pub(crate) fn only<'a>(value: &'a Value, place: &str, names: &[&str]) -> Result<&'a Value, Refused> {
    let members = value.as_object().ok_or_else(|| Refused::bad(format!("{place}: expected an object")))?;
    match members.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        Some((name, _)) => Err(Refused::bad(format!("{place}: unknown field {name:?}, expected {}", names.join(", ")))),
        None => Ok(value),
    }
}

/// Headers of everything below a log's address: readable from any page, never a page itself.
pub(crate) async fn api_headers(request: Request, next: Next) -> Response {
    let mut response = match *request.method() {
        Method::OPTIONS => preflight(request.headers()),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(header::ACCESS_CONTROL_EXPOSE_HEADERS, "etag, location, rekor-truncated, retry-after");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The answer to a browser that asks whether another page may send this request.
fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    let any = HeaderValue::from_static("content-type, accept");
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned().unwrap_or(any);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    response
}

/// An answer of bytes with a content type and a cache rule.
pub(crate) fn bytes(content_type: &'static str, cache: &'static str, body: impl Into<Body>) -> Response {
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, cache)];
    (headers, body.into()).into_response()
}
