//! `/api/v1/log/entries`: additions and retrieval.

use super::{proposed, render};
use crate::answer::{Refused, blocking, parse_json, read_body, read_json};
use crate::entry_id::{entry_id, leaf_of_entry_id};
use crate::metrics::Outcome;
use crate::server::LogState;
use axum::Json;
use axum::extract::{OriginalUri, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rekor_log::{AddError, Added, Candidate, Log, Refusal};
use rekor_verifier::Hash;
use rekor_verifier::bytes::{base64_encode, decimal};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::format::json::Value;
use serde::Deserialize;
use std::sync::Arc;

/// The most entries in one answer of `retrieve`.
const MAX_RETRIEVED: usize = 10;

/// When to try again while the disk is full, in seconds.
const FULL_RETRY: u64 = 60;

/// `POST entries`: 201 with the entry, or 409 with the address of the one that is there already.
pub(crate) async fn add(
    State(LogState { log, server }): State<LogState>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Result<Response, Refused> {
    server.admit_addition(&request)?;
    let body = read_body(request).await?;
    let admitted = server.admission.add(Arc::clone(&log), body.len(), move || admit(&body)).await;
    server.metrics.addition(log.tree_id(), outcome(&admitted));
    let (candidate, added) = admitted?;
    let added = match added {
        Ok(added) => added,
        Err(AddError::Frozen) => return Ok(frozen()),
        Err(error) => return Err(refused(error)),
    };
    let id = entry_id(&log, &candidate.leaf_hash);
    let location = format!("{}/{id}", uri.path().trim_end_matches('/'));
    let headers = [(header::LOCATION, location), (header::ETAG, format!("\"{id}\""))];
    if added.duplicate {
        let message = format!("this entry is recorded already, as #{}: {id}", added.index);
        return Ok((headers, Refused::new(StatusCode::CONFLICT, message)).into_response());
    }
    let entry = render::Entries::from([(id, candidate.parts(&log)?.entry(&log, added.index)?)]);
    Ok((StatusCode::CREATED, headers, Json(entry)).into_response())
}

/// What is kept of a proposal until its entry is durable.
struct Admitted {
    leaf_hash: Hash,
    /// The leaf, in base64.
    leaf: String,
    /// The link file in base64, where it was sent to be kept.
    content: Option<String>,
    file: Hash,
}

/// Reads a proposal and verifies its signatures.
fn admit(body: &[u8]) -> Result<(Admitted, Candidate), Refused> {
    let submission = proposed::parse(&parse_json(body)?)?;
    let file = sha256(&submission.content);
    let content = (!submission.digest_only).then(|| base64_encode(&submission.content));
    let candidate = rekor_log::admit(submission).map_err(|refusal| refused(AddError::Refused(refusal)))?;
    let (leaf_hash, leaf) = (candidate.leaf_hash(), base64_encode(candidate.leaf()));
    Ok((Admitted { leaf_hash, leaf, content, file }, candidate))
}

impl Admitted {
    /// A file that was not sent to be kept may be there all the same, by another addition; one that was to be forgotten
    /// is not there, though it was sent.
    fn parts(self, log: &Log) -> Result<render::Parts, Refused> {
        let attestation = match self.content.filter(|_| !log.is_erased(&self.file)) {
            Some(content) => Some(content),
            None => log.blob(&self.file)?.as_deref().map(base64_encode),
        };
        Ok(render::Parts { body: self.leaf, attestation })
    }
}

fn outcome<T>(admitted: &Result<(T, Result<Added, AddError>), Refused>) -> Outcome {
    match admitted {
        Ok((_, Ok(Added { duplicate: false, .. }))) => Outcome::Recorded,
        Ok((_, Ok(_))) => Outcome::Duplicate,
        Ok((_, Err(AddError::Refused(_)))) => Outcome::Refused,
        Ok((_, Err(AddError::Busy))) => Outcome::Busy,
        Ok((_, Err(AddError::Full(_)))) => Outcome::Full,
        Ok((_, Err(AddError::Frozen))) => Outcome::Frozen,
        Ok((_, Err(AddError::Stopped(_)))) => Outcome::Stopped,
        Err(refused) if refused.status.is_client_error() => Outcome::Refused,
        Err(_) => Outcome::Busy,
    }
}

fn refused(error: AddError) -> Refused {
    match error {
        AddError::Refused(_) => Refused::bad(error.to_string()),
        AddError::Busy => Refused::busy(),
        AddError::Full(_) => {
            let message = "the log's disk is full: additions are taken again once its operator has made room";
            Refused::internal(StatusCode::INSUFFICIENT_STORAGE, message, error.to_string()).retry_after(FULL_RETRY)
        }
        AddError::Frozen => Refused::new(StatusCode::METHOD_NOT_ALLOWED, error.to_string()),
        AddError::Stopped(_) => {
            let message =
                "the log has stopped and accepts no additions: its operator finds the reason in the server's output";
            Refused::internal(StatusCode::INTERNAL_SERVER_ERROR, message, error.to_string())
        }
    }
}

/// 405, as Rekor v2 has it: what remains is reading.
fn frozen() -> Response {
    ([(header::ALLOW, "GET, HEAD")], refused(AddError::Frozen)).into_response()
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
