//! `/api/v1/log`: the tree, its proofs of consistency, its key.

use crate::answer::{Refused, blocking, bytes};
use crate::entry_id::same_tree;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use rekor_log::Log;
use rekor_verifier::bytes::decimal;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// `GET /api/v1/log`
pub(crate) async fn info(State(log): State<Arc<Log>>) -> Response {
    let head = log.head();
    let info = json!({
        "rootHash": head.root.to_string(),
        "treeSize": head.size,
        "signedTreeHead": head.checkpoint_v1,
        // A string: the first Rekor's tlog_id, and beyond what JSON numbers hold in some clients.
        "treeID": log.tree_id().to_string(),
        "inactiveShards": [],
    });
    Json(info).into_response()
}

#[derive(Deserialize)]
pub(crate) struct Sizes {
    #[serde(rename = "firstSize")]
    first: Option<String>,
    #[serde(rename = "lastSize")]
    last: Option<String>,
    #[serde(rename = "treeID")]
    tree_id: Option<String>,
}

/// `GET /api/v1/log/proof?firstSize=M&lastSize=N`: the proof that the tree of N entries contains that of M.
pub(crate) async fn proof(State(log): State<Arc<Log>>, Query(sizes): Query<Sizes>) -> Result<Response, Refused> {
    if let Some(tree_id) = &sizes.tree_id {
        same_tree(&log, tree_id)?;
    }
    let last = size(sizes.last.as_deref(), "lastSize")?;
    let first = size(sizes.first.as_deref().or(Some("1")), "firstSize")?;
    let newest = log.head().size;
    if first > last || last > newest {
        let message = format!("firstSize {first} and lastSize {last}: expected 1 ≤ firstSize ≤ lastSize ≤ {newest}");
        return Err(Refused::bad(message));
    }
    let (root, hashes) = blocking(log, move |log| Ok((log.root(last)?, log.consistency_proof(first, last)?))).await?;
    let hashes: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    Ok(Json(json!({ "rootHash": root.to_string(), "hashes": hashes })).into_response())
}

fn size(text: Option<&str>, name: &str) -> Result<u64, Refused> {
    let size = text.and_then(decimal).filter(|size| *size > 0);
    size.ok_or_else(|| Refused::bad(format!("{name}: expected a number of entries, 1 or more")))
}

#[derive(Deserialize)]
pub(crate) struct Tree {
    #[serde(rename = "treeID")]
    tree_id: Option<String>,
}

/// `GET /api/v1/log/publicKey`: the P-256 key as PEM.
pub(crate) async fn public_key(State(log): State<Arc<Log>>, Query(tree): Query<Tree>) -> Result<Response, Refused> {
    if let Some(tree_id) = &tree.tree_id {
        same_tree(&log, tree_id)?;
    }
    Ok(bytes("application/x-pem-file", "no-cache", log.public_key_pem().to_owned()))
}
