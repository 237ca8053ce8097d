//! A witness over HTTP (C2SP tlog-witness). Submission and monitoring prefix are the same: the server's root.

use crate::{Limits, ServeError, answer, listener, signals};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rekor_log::{MAX_REQUEST, NotCosigned, Witness};
use rekor_verifier::Hash;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

const TEXT: &str = "text/plain; charset=utf-8";

/// Serves a witness until SIGINT or SIGTERM; then lets the requests that are being answered finish.
///
/// `ready` is called with the address once connections are accepted.
pub async fn serve_witness(
    witness: Witness,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let stop = signals()?;
    let failed = |error| ServeError::Listen(listen, error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    ready(address);
    listener::serve(listener, router(witness), &Limits::default(), &Arc::default(), stop).await;
    Ok(())
}

/// `add-checkpoint`, and the newest checkpoint of each log.
fn router(witness: Witness) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint).layer(DefaultBodyLimit::max(MAX_REQUEST)))
        .route("/{origin}/checkpoint", get(checkpoint))
        .with_state(Arc::new(witness))
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, request: Request) -> Response {
    let body = match answer::read_body(request).await {
        Ok(body) => body,
        Err(refused) => return text(refused.status, refused.message),
    };
    // It waits for the disk.
    let done = tokio::task::spawn_blocking(move || cosign(&witness, &body)).await;
    done.unwrap_or_else(|_| text(StatusCode::INTERNAL_SERVER_ERROR, "the witness failed on this request".to_owned()))
}

fn cosign(witness: &Witness, body: &Bytes) -> Response {
    let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) else {
        eprintln!("error: the clock is set before 1970");
        return text(StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot tell the time".to_owned());
    };
    match witness.add_checkpoint(body, now.as_secs()) {
        Ok(line) => answer::bytes(TEXT, "no-store", line),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &NotCosigned) -> Response {
    let status = match refusal {
        NotCosigned::Malformed(_) | NotCosigned::OldSize => StatusCode::BAD_REQUEST,
        NotCosigned::NotSigned => StatusCode::FORBIDDEN,
        NotCosigned::UnknownLog => StatusCode::NOT_FOUND,
        NotCosigned::OtherSize(size) => {
            let size = format!("{size}\n");
            return (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "text/x.tlog.size")], size).into_response();
        }
        NotCosigned::Inconsistent(_) => {
            // It may be the proof that a log forked: whoever runs the witness should know.
            eprintln!("refused: {refusal}");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        NotCosigned::Trouble(why) => {
            eprintln!("error: {why}");
            let message = "the witness could not keep its record: its operator finds the reason in its output";
            return text(StatusCode::INTERNAL_SERVER_ERROR, message.to_owned());
        }
    };
    text(status, refusal.to_string())
}

/// `GET /<hex SHA-256 of the origin>/checkpoint`
async fn checkpoint(State(witness): State<Arc<Witness>>, Path(origin): Path<String>) -> Response {
    let note = Hash::from_hex(&origin).and_then(|origin| witness.checkpoint(&origin));
    match note {
        Some(note) => answer::bytes(TEXT, "no-cache", note),
        None => text(StatusCode::NOT_FOUND, "this witness cosigned nothing of such a log".to_owned()),
    }
}

fn text(status: StatusCode, message: String) -> Response {
    let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{message}\n")).into_response()
}
