//! `/api/v1/index/retrieve`: which entries name a digest, a key, or both.

use crate::answer::{Refused, TRUNCATED, blocking, read_json};
use crate::entry_id::entry_id;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use rekor_log::{Log, Operator, Term};
use rekor_verifier::bytes::{base64_decode, hex_decode};
use rekor_verifier::format::json::Value;
use rekor_verifier::format::key::PublicKey;
use std::sync::Arc;

/// The most entry IDs in one answer.
const MAX_FOUND: usize = 1000;

/// What was asked for.
struct Search {
    terms: Vec<Term>,
    operator: Operator,
    /// A term that no entry here can have: an e-mail address or a certificate's subject.
    impossible: bool,
}

/// `POST index/retrieve {hash, publicKey, email, subject, operator}`: entry IDs, newest first,
/// those that have the digest as a material after all others.
///
/// `hash` finds link files, what they sign, their products and their materials. An answer that was cut short
/// says so in the header `rekor-truncated`.
pub(crate) async fn retrieve(State(log): State<Arc<Log>>, request: Request) -> Result<Response, Refused> {
    let search = parse(&read_json(request).await?)?;
    let (ids, truncated) = blocking(log, move |log| run(log, &search)).await?;
    let mut response = Json(ids).into_response();
    if truncated {
        response.headers_mut().insert(TRUNCATED, axum::http::HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn run(log: &Log, search: &Search) -> Result<(Vec<String>, bool), Refused> {
    if search.impossible && search.operator == Operator::And {
        return Ok((Vec::new(), false));
    }
    let found = log.find(&search.terms, search.operator, MAX_FOUND)?;
    let mut ids = Vec::with_capacity(found.indices.len());
    for index in found.indices {
        ids.push(entry_id(log, &log.leaf_hash(index)?));
    }
    Ok((ids, found.truncated))
}

fn parse(query: &Value) -> Result<Search, Refused> {
    let given = |name| query.get(name).filter(|value| **value != Value::Null);
    let mut terms = Vec::new();
    if let Some(hash) = given("hash") {
        terms.push(digest(hash)?);
    }
    if let Some(key) = given("publicKey") {
        terms.push(public_key(key)?);
    }
    let impossible = given("email").is_some() || given("subject").is_some();
    if terms.is_empty() && !impossible {
        return Err(Refused::bad("expected a hash, a publicKey, or both"));
    }
    let operator = match given("operator").map(|operator| operator.as_str()) {
        None | Some(Some("or")) => Operator::Or,
        Some(Some("and")) => Operator::And,
        Some(_) => return Err(Refused::bad("operator: expected \"and\" or \"or\"")),
    };
    Ok(Search { terms, operator, impossible })
}

/// `sha256:<hex>` and the like; without a name, the number of digits tells the algorithm.
fn digest(hash: &Value) -> Result<Term, Refused> {
    let wrong = || Refused::bad("hash: expected an algorithm, a colon and hexadecimal digits, as in sha256:e3b0…");
    let text = hash.as_str().ok_or_else(wrong)?;
    let (algorithm, hex) = match (text.split_once(':'), text.len()) {
        (Some((algorithm, hex)), _) => (algorithm, hex),
        (None, 40) => ("sha1", text),
        (None, 64) => ("sha256", text),
        (None, 128) => ("sha512", text),
        (None, _) => return Err(wrong()),
    };
    let hex = hex.to_ascii_lowercase();
    if algorithm.is_empty() || hex.is_empty() || hex_decode(&hex).is_none() {
        return Err(wrong());
    }
    Ok(Term::digest(algorithm, &hex))
}

/// The key is found by its bytes: how its file was written does not matter.
fn public_key(key: &Value) -> Result<Term, Refused> {
    let content = key.get("content").and_then(Value::as_str).and_then(base64_decode);
    let content = content.ok_or_else(|| Refused::bad("publicKey.content: expected the key file in base64"))?;
    let key = PublicKey::parse(&content).map_err(|error| Refused::bad(format!("publicKey: {error}")))?;
    Ok(Term::Key(key.fingerprint()))
}
