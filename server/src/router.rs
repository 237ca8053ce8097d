//! All routes.

use crate::answer::{Refused, api_headers};
use crate::health::health;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::server::{LogState, Server, limit, observe};
use crate::v1::{entries, index, tree};
use crate::web::{Web, WebError};
use crate::{badge, tiles, web};
use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri};
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rekor_log::Logs;
use std::path::Path;
use std::sync::Arc;

/// The largest body of a request: a link file and 16 keys of 64 KiB each, in base64.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// The largest body of a search: a digest and a key of 64 KiB in base64.
const MAX_SEARCH: usize = 128 * 1024;

/// The whole server: each log below `/logs/<treeID>`, the first one below `/` too, and the static files in `web`.
pub fn router(logs: Logs, web: Option<&Path>) -> Result<Router, WebError> {
    let logs = logs.into_vec().into_iter().map(Arc::new).collect();
    routes(&Arc::new(Server::new(logs, Limits::default(), Journal::default())), web)
}

pub(crate) fn routes(server: &Arc<Server>, web: Option<&Path>) -> Result<Router, WebError> {
    let web = web.map(Web::read).transpose()?;
    let mut router = health(Arc::clone(server));
    for (position, log) in server.logs.iter().enumerate() {
        let routes = log_routes(LogState { log: Arc::clone(log), server: Arc::clone(server) });
        if position == 0 {
            router = router.merge(routes.clone());
        }
        router = router.nest(&format!("/logs/{}", log.tree_id()), routes);
    }
    let nothing = Router::new().fallback(nothing_here).layer(from_fn(api_headers));
    let router = router.nest("/logs", nothing.clone()).nest("/api", nothing.clone());
    let router = match web {
        Some(web) => router.fallback_service(get(web::serve).with_state(Arc::new(web))),
        None => router.fallback_service(nothing),
    };
    Ok(router.layer(from_fn_with_state(Arc::clone(server), observe)))
}

fn log_routes(state: LogState) -> Router {
    let limit = from_fn_with_state(Arc::clone(&state.server), limit);
    let search = || post(index::retrieve).layer(DefaultBodyLimit::max(MAX_SEARCH));
    Router::new()
        // C2SP tlog-tiles
        .route("/checkpoint", get(tiles::checkpoint))
        .route("/cosigned-checkpoint", get(tiles::cosigned_checkpoint))
        .route("/tile/entries/{*path}", get(tiles::bundle))
        .route("/tile/{*path}", get(tiles::tile))
        // beside it
        .route("/blob/{hash}", get(tiles::blob))
        .route("/erased", get(tiles::erased))
        .route("/vkey", get(tiles::vkey))
        .route("/badge/{name}", get(badge::svg))
        // Rekor v1; some of its clients put a slash behind
        .route("/api/v1/log", get(tree::info))
        .route("/api/v1/log/", get(tree::info))
        .route("/api/v1/log/proof", get(tree::proof))
        .route("/api/v1/log/publicKey", get(tree::public_key))
        .route("/api/v1/log/entries", get(entries::by_index).post(entries::add))
        .route("/api/v1/log/entries/", get(entries::by_index).post(entries::add))
        .route("/api/v1/log/entries/{id}", get(entries::by_id))
        .route("/api/v1/log/entries/retrieve", post(entries::retrieve))
        .route("/api/v1/log/entries/retrieve/", post(entries::retrieve))
        .route("/api/v1/index/retrieve", search())
        .route("/api/v1/index/retrieve/", search())
        .method_not_allowed_fallback(wrong_method)
        .with_state(state)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(limit)
        .layer(from_fn(api_headers))
}

async fn wrong_method(OriginalUri(uri): OriginalUri, method: Method) -> Response {
    let message = format!("{} cannot be asked with {method}", uri.path());
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, message).into_response()
}

async fn nothing_here(OriginalUri(uri): OriginalUri) -> Response {
    let message = format!("there is nothing at {}: check the address and the tree's ID", uri.path());
    Refused::missing(message).into_response()
}
