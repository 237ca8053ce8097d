//! What all requests share, and the layers that every request passes.

use crate::admission::Admission;
use crate::answer::{Cause, Refused};
use crate::journal::{Journal, Level};
use crate::limits::{Client, Limits, RateLimit, client_address};
use crate::metrics::Metrics;
use axum::extract::{FromRef, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rekor_log::Log;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The server's logs, limits and counters.
pub(crate) struct Server {
    /// The default one first.
    pub logs: Vec<Arc<Log>>,
    pub limits: Limits,
    pub admission: Admission,
    pub metrics: Arc<Metrics>,
    pub journal: Journal,
    requests: Option<RateLimit>,
    additions: Option<RateLimit>,
}

/// One log, and the server that it is served by.
#[derive(Clone)]
pub(crate) struct LogState {
    pub log: Arc<Log>,
    pub server: Arc<Server>,
}

impl FromRef<LogState> for Arc<Log> {
    fn from_ref(state: &LogState) -> Self {
        Arc::clone(&state.log)
    }
}

/// Who is at the other end of a connection: put into each of its requests.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

impl Server {
    pub(crate) fn new(logs: Vec<Arc<Log>>, limits: Limits, journal: Journal) -> Self {
        Self {
            requests: RateLimit::new(limits.requests),
            additions: RateLimit::new(limits.additions),
            admission: Admission::new(),
            metrics: Arc::default(),
            logs,
            limits,
            journal,
        }
    }

    /// The address for which a request was sent. Without a connection, as in tests, it is this machine's.
    fn client(&self, peer: Option<&Peer>, headers: &HeaderMap) -> IpAddr {
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
        client_address(peer, headers, self.limits.client_header.as_ref())
    }

    /// Whether the client of `request` may send another addition now.
    pub(crate) fn admit_addition(&self, request: &Request) -> Result<(), Refused> {
        let client = self.client(request.extensions().get(), request.headers()).into();
        take(self.additions.as_ref(), client)
    }
}

fn take(limit: Option<&RateLimit>, client: Client) -> Result<(), Refused> {
    limit.map_or(Ok(()), |limit| limit.take(client)).map_err(Refused::too_many)
}

/// Turns away the requests of clients that send too many.
pub(crate) async fn limit(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let client = server.client(request.extensions().get(), request.headers()).into();
    match take(server.requests.as_ref(), client) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

/// Counts each request, and writes it down: all of them where that is wanted, always those that failed on our side.
pub(crate) async fn observe(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = known_method(request.method());
    let told = server.journal.requests.then(|| {
        let client = server.client(request.extensions().get(), request.headers());
        (client.to_string(), request.uri().path().to_owned())
    });
    let response = next.run(request).await;
    let took = start.elapsed();
    server.metrics.request(route_name(route.as_ref()), method, response.status(), took);
    if told.is_some() || response.status().is_server_error() {
        write_down(&server.journal, method, told, took, &response);
    }
    response
}

fn write_down(
    journal: &Journal,
    method: &'static str,
    told: Option<(String, String)>,
    took: Duration,
    response: &Response,
) {
    let mut fields = vec![("method", method.into()), ("status", response.status().as_u16().into())];
    fields.push(("ms", (took.as_micros() as f64 / 1000.0).into()));
    if let Some((client, path)) = told {
        fields.extend([("client", client.into()), ("path", path.into())]);
    }
    let cause = response.extensions().get::<Cause>();
    if let Some(Cause(cause)) = cause {
        fields.push(("cause", cause.as_str().into()));
    }
    let level = if cause.is_some() { Level::Error } else { Level::Info };
    journal.write(level, "request", &fields);
}

/// The route without the log's own prefix; what is no route of the API is `other`.
fn route_name(matched: Option<&MatchedPath>) -> &str {
    let Some(path) = matched.map(MatchedPath::as_str) else { return "other" };
    let inner = path.strip_prefix("/logs/").and_then(|rest| rest.find('/').map(|slash| &rest[slash..]));
    let route = inner.unwrap_or(path);
    if route.len() > 1 { route.trim_end_matches('/') } else { route }
}

/// Methods are a label's values: not those that a client makes up.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
