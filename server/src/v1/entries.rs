//! `/api/v1/log/entries`: additions and retrieval.

use super::{proposed, render};
use crate::answer::{Refused, blocking, read_json};
use crate::entry_id::{entry_id, leaf_of_entry_id};
use axum::Json;
use axum::extract::{OriginalUri, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rekor_log::{AddError, Added, Log, Refusal};
use rekor_verifier::bytes::decimal;
use rekor_verifier::format::json::Value;
use serde::Deserialize;
use std::sync::Arc;

/// The most entries in one answer of `retrieve`.
const MAX_RETRIEVED: usize = 10;

/// `POST entries`: 201 with the entry, or 409 with the address of the one that is there already.
pub(crate) async fn add(
    State(log): State<Arc<Log>>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Result<Response, Refused> {
    let submission = proposed::parse(&read_json(request).await?)?;
    let (added, id, entry) = blocking(log, move |log| {
        let added = log.add(submission).map_err(refused)?;
        let id = entry_id(log, &log.leaf_hash(added.index)?);
        Ok((added, id, render::entry(log, added.index)?))
    })
    .await?;
    let location = format!("{}/{id}", uri.path().trim_end_matches('/'));
    let headers = [(header::LOCATION, location), (header::ETAG, format!("\"{id}\""))];
    Ok(match added {
        Added { duplicate: false, .. } => (StatusCode::CREATED, headers, Json(entry)).into_response(),
        Added { index, .. } => {
            let message = format!("this entry is recorded already, as #{index}: {id}");
            (headers, Refused::new(StatusCode::CONFLICT, message)).into_response()
        }
    })
}

fn refused(error: AddError) -> Refused {
    let status = match &error {
        AddError::Refused(_) => StatusCode::BAD_REQUEST,
        AddError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        AddError::Full(space) => {
            eprintln!("error: an addition was turned away: {space}");
            let message = "the log's disk is full: additions are refused until its operator makes room";
            return Refused::new(StatusCode::INSUFFICIENT_STORAGE, message);
        }
        AddError::Frozen => StatusCode::METHOD_NOT_ALLOWED,
        AddError::Stopped(why) => {
            eprintln!("error: an addition was turned away, the log has stopped: {why}");
            let message =
                "the log has stopped and accepts no additions: its operator finds the reason in the server's output";
            return Refused::new(StatusCode::INTERNAL_SERVER_ERROR, message);
        }
    };
    Refused::new(status, error.to_string())
}

#[derive(Deserialize)]
pub(crate) struct ByIndex {
    #[serde(rename = "logIndex")]
    log_index: Option<String>,
}

/// `GET entries?logIndex=N`
pub(crate) async fn by_index(State(log): State<Arc<Log>>, Query(query): Query<ByIndex>) -> Result<Response, Refused> {
    let index = query.log_index.as_deref().and_then(decimal);
    let index = index.ok_or_else(|| Refused::bad("logIndex: expected the decimal index of an entry"))?;
    entry(log, move |_| Ok(Some(index))).await
}

/// `GET entries/<64 or 80 hexadecimal digits>`
pub(crate) async fn by_id(State(log): State<Arc<Log>>, Path(id): Path<String>) -> Result<Response, Refused> {
    entry(log, move |log| Ok(log.index_of_leaf_hash(&leaf_of_entry_id(log, &id)?)?)).await
}

async fn entry(
    log: Arc<Log>,
    find: impl FnOnce(&Log) -> Result<Option<u64>, Refused> + Send + 'static,
) -> Result<Response, Refused> {
    let entry = blocking(log, move |log| {
        let missing = || Refused::missing("the log has no such entry");
        let index = find(log)?.ok_or_else(missing)?;
        render::entry(log, index)
    });
    Ok(Json(entry.await?).into_response())
}

/// `POST entries/retrieve {entryUUIDs | logIndexes | entries}`: those that the log has, in the order asked for.
pub(crate) async fn retrieve(State(log): State<Arc<Log>>, request: Request) -> Result<Response, Refused> {
    let query = read_json(request).await?;
    let found = blocking(log, move |log| {
        let mut found = Vec::new();
        for index in indices(log, &query)?.into_iter().flatten().filter(|index| *index < log.head().size) {
            found.push(render::entry(log, index)?);
        }
        Ok(found)
    });
    Ok(Json(found.await?).into_response())
}

/// The index of each entry that is asked for, `None` where the log does not have it.
fn indices(log: &Log, query: &Value) -> Result<Vec<Option<u64>>, Refused> {
    let ids = list(query, "entryUUIDs")?;
    let indexes = list(query, "logIndexes")?;
    let entries = list(query, "entries")?;
    match ids.len() + indexes.len() + entries.len() {
        0 => return Err(Refused::bad("expected a list of entryUUIDs, logIndexes or entries")),
        1..=MAX_RETRIEVED => {}
        more => {
            let message = format!("{more} entries were asked for, at most {MAX_RETRIEVED} are given at once");
            return Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, message));
        }
    }
    let mut found = Vec::new();
    for id in ids {
        let id = id.as_str().ok_or_else(|| Refused::bad("entryUUIDs: expected strings"))?;
        found.push(log.index_of_leaf_hash(&leaf_of_entry_id(log, id)?)?);
    }
    for index in indexes {
        found.push(Some(index.as_u64().ok_or_else(|| Refused::bad("logIndexes: expected whole numbers"))?));
    }
    for entry in entries {
        let leaf = rekor_log::leaf_hash_of(proposed::parse(entry)?);
        let leaf = leaf.map_err(|refusal: Refusal| Refused::bad(refusal.to_string()))?;
        found.push(log.index_of_leaf_hash(&leaf)?);
    }
    Ok(found)
}

fn list<'a>(query: &'a Value, name: &str) -> Result<&'a [Value], Refused> {
    match query.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(value) => value.as_array().ok_or_else(|| Refused::bad(format!("{name}: expected a list"))),
    }
}
