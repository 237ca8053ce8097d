//! C2SP tlog-tiles, and beside it the blobs and the log's key.

use crate::answer::{Refused, blocking, bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use rekor_log::Log;
use rekor_verifier::Hash;
use rekor_verifier::format::tile::{BundleId, TileId};
use std::sync::Arc;

const TEXT: &str = "text/plain; charset=utf-8";
const OCTETS: &str = "application/octet-stream";

/// A tile of a given width never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// A cache asks again each time: an entry is provable as soon as its addition was acknowledged.
const ASK_AGAIN: &str = "no-cache";

/// `GET /checkpoint`
pub(crate) async fn checkpoint(State(log): State<Arc<Log>>) -> Response {
    bytes(TEXT, ASK_AGAIN, log.head().cosigned())
}

/// `GET /cosigned-checkpoint`: the newest that enough of the log's witnesses cosigned. While the log grows fast,
/// `/checkpoint` shows trees that no witness saw yet.
pub(crate) async fn cosigned_checkpoint(State(log): State<Arc<Log>>) -> Result<Response, Refused> {
    let nothing = || Refused::missing("no checkpoint of this log carries enough cosignatures yet");
    log.cosigned_checkpoint().map(|note| bytes(TEXT, ASK_AGAIN, note)).ok_or_else(nothing)
}

/// `GET /tile/<L>/<N>[.p/<W>]`
pub(crate) async fn tile(State(log): State<Arc<Log>>, Path(path): Path<String>) -> Result<Response, Refused> {
    let id = TileId::parse(&path).ok_or_else(|| no_tile(&path))?;
    let tile = match log.cached_tile(id) {
        Ok(tile) => tile,
        Err(_) => blocking(log, move |log| Ok(log.tile(id)?)).await?,
    };
    Ok(bytes(OCTETS, FOREVER, tile))
}

/// `GET /tile/entries/<N>[.p/<W>]`
pub(crate) async fn bundle(State(log): State<Arc<Log>>, Path(path): Path<String>) -> Result<Response, Refused> {
    let id = BundleId::parse(&path).ok_or_else(|| no_tile(&path))?;
    let bundle = match log.cached_bundle(id) {
        Ok(bundle) => bundle,
        Err(_) => blocking(log, move |log| Ok(log.bundle(id)?)).await?,
    };
    Ok(bytes(OCTETS, FOREVER, bundle))
}

fn no_tile(path: &str) -> Refused {
    Refused::missing(format!("{path:?} is no tile: expected tile/<L>/<N>[.p/<W>] as in C2SP tlog-tiles"))
}

/// `GET /blob/<sha256>`: a link file or a digest list.
pub(crate) async fn blob(State(log): State<Arc<Log>>, Path(hash): Path<String>) -> Result<Response, Refused> {
    let wanted = Hash::from_hex(&hash);
    let wanted = wanted.ok_or_else(|| Refused::bad(format!("{hash:?} is not a SHA-256 in lower-case hexadecimal")))?;
    if log.is_erased(&wanted) {
        return Err(Refused::new(StatusCode::GONE, "the log was asked to forget these bytes, and did"));
    }
    let blob = blocking(log, move |log| Ok(log.blob(&wanted)?)).await?;
    // It may be supplied later, or erased.
    blob.map(|blob| bytes(OCTETS, ASK_AGAIN, blob)).ok_or_else(|| Refused::missing("the log does not have these bytes"))
}

/// `GET /erased`: the SHA-256 of everything that the log was asked to forget, one a line.
pub(crate) async fn erased(State(log): State<Arc<Log>>) -> Response {
    bytes(TEXT, ASK_AGAIN, log.erased())
}

/// `GET /vkey`: the key that signs the checkpoint. Whoever fetches it here has yet to decide whether to trust it.
pub(crate) async fn vkey(State(log): State<Arc<Log>>) -> Response {
    bytes(TEXT, ASK_AGAIN, format!("{}\n", log.vkey()))
}
