//! Whether the server is alive, whether it is ready, and its figures.

use crate::answer::bytes;
use crate::server::Server;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

const NO_STORE: &str = "no-store";

/// `GET /healthz` and `GET /readyz`.
pub(crate) fn health(server: Arc<Server>) -> Router {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).with_state(server)
}

/// What the operator alone may read, on a listener of its own: `GET /metrics`, and the state of health.
pub(crate) fn operators(server: Arc<Server>) -> Router {
    let figures = Router::new().route("/metrics", get(metrics)).with_state(Arc::clone(&server));
    figures.merge(health(server))
}

/// The process answers.
async fn alive() -> Response {
    bytes("text/plain; charset=utf-8", NO_STORE, "alive\n")
}

/// Every log is open, and none has stopped. A frozen one is ready: it serves what it has.
async fn ready(State(server): State<Arc<Server>>) -> Response {
    let stopped = server.logs.iter().filter(|log| log.stopped().is_some());
    let stopped: String = stopped.map(|log| format!("log {} has stopped\n", log.tree_id())).collect();
    match stopped.is_empty() {
        true => bytes("text/plain; charset=utf-8", NO_STORE, "ready\n"),
        false => {
            (StatusCode::SERVICE_UNAVAILABLE, bytes("text/plain; charset=utf-8", NO_STORE, stopped)).into_response()
        }
    }
}

async fn metrics(State(server): State<Arc<Server>>) -> Response {
    bytes("text/plain; version=0.0.4; charset=utf-8", NO_STORE, server.metrics.render(&server.logs))
}
