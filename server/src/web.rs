//! The web application's files, and the headers that fence it in.
//!
//! The files are read once, at start: a request is answered from memory, so no path that a client makes up
//! reaches the disk. `x.br` beside `x` is what is sent in its place to who takes Brotli, if it unpacks to the same bytes.

use crate::answer::Refused;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use brotli_decompressor::Decompressor;
use rekor_verifier::check::digest::sha256;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The deployed trust policy, whose logs the page may ask.
const POLICY: &str = "/policy.txt";

/// The badge that other sites put into a frame.
const FRAME: &str = "/embed/frame.html";

/// The static files cannot be read.
#[derive(Debug)]
pub struct WebError {
    /// Which file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for WebError {}

/// The files by their paths, each beginning with a slash.
pub(crate) struct Web {
    files: HashMap<String, StaticFile>,
    content_security_policy: HeaderValue,
    frame_policy: HeaderValue,
}

struct StaticFile {
    plain: Form,
    /// The same after Brotli (RFC 7932).
    packed: Option<Form>,
    content_type: &'static str,
}

/// The bytes that are sent, and their name for a cache.
struct Form {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Web {
    /// Reads all files below `folder`. Links, and names that are not UTF-8 or begin with a dot, are left out.
    pub(crate) fn read(folder: &Path) -> Result<Self, WebError> {
        let mut files = HashMap::new();
        read_folder(folder, "", &mut files)?;
        attach_packed(&mut files);
        let policy = files.get(POLICY).map(|file| String::from_utf8_lossy(&file.plain.bytes).into_owned());
        let origins = log_origins(&policy.unwrap_or_default());
        let [content_security_policy, frame_policy] = [content_security_policy(&origins), frame_policy(&origins)];
        Ok(Self { files, content_security_policy, frame_policy })
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut HashMap<String, StaticFile>) -> Result<(), WebError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| WebError { path, source }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let address = format!("{prefix}/{name}");
        let kind = entry.file_type().map_err(failed(&path))?;
        if kind.is_dir() {
            read_folder(&path, &address, files)?;
        } else if kind.is_file() {
            let bytes = fs::read(&path).map_err(failed(&path))?;
            files.insert(address, StaticFile::new(name, bytes));
        }
    }
    Ok(())
}

/// Takes the files in `.br` to those that they are packed from. What somebody changed since is sent as it is.
fn attach_packed(files: &mut HashMap<String, StaticFile>) {
    let (packed, plain): (Vec<_>, Vec<_>) = files.drain().partition(|(name, _)| name.ends_with(".br"));
    files.extend(plain);
    for (name, file) in packed {
        match name.strip_suffix(".br").and_then(|plain| files.get_mut(plain)) {
            Some(of) => of.packed = unpacks_to(&file.plain.bytes, &of.plain.bytes).then_some(file.plain),
            None => drop(files.insert(name, file)),
        }
    }
}

fn unpacks_to(packed: &[u8], bytes: &[u8]) -> bool {
    let mut unpacked = Vec::with_capacity(bytes.len() + 1);
    let mut reader = Decompressor::new(packed, 4096).take(bytes.len() as u64 + 1);
    reader.read_to_end(&mut unpacked).is_ok() && unpacked == bytes
}

/// Whether a client takes Brotli (RFC 9110 §12.5.3).
fn takes_brotli(asked: &HeaderMap) -> bool {
    let lists = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        name.trim().eq_ignore_ascii_case("br") && !refused
    })
}

impl StaticFile {
    fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self { plain: Form::new(bytes), packed: None, content_type: content_type(name) }
    }
}

impl Form {
    fn new(bytes: Vec<u8>) -> Self {
        let etag = format!("\"{}\"", sha256(&bytes));
        let etag = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\""));
        Self { bytes: bytes.into(), etag }
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The web origins of the logs in a tlog-policy file: lines `log <vkey> <url>`.
fn log_origins(policy: &str) -> BTreeSet<String> {
    let lines = policy.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.filter(|words| words.first() == Some(&"log")).filter_map(|words| web_origin(words.get(2)?)).collect()
}

/// Scheme, host and port of an address. Whatever could end a directive of a header is no part of them.
fn web_origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let good = matches!(scheme, "http" | "https") && !authority.is_empty() && authority.chars().all(plain);
    good.then(|| format!("{scheme}://{authority}"))
}

/// Everything that the page does not need is forbidden, and it may talk to nobody but the logs of its policy.
fn content_security_policy(origins: &BTreeSet<String>) -> HeaderValue {
    fence(
        origins,
        "worker-src 'self'; img-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types rekor",
    )
}

/// The one page that others may frame needs still less.
fn frame_policy(origins: &BTreeSet<String>) -> HeaderValue {
    fence(
        origins,
        "base-uri 'none'; form-action 'none'; frame-ancestors *; require-trusted-types-for 'script'; \
         trusted-types 'none'",
    )
}

fn fence(origins: &BTreeSet<String>, rest: &str) -> HeaderValue {
    let logs: String = origins.iter().map(|origin| format!(" {origin}")).collect();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'{logs}; {rest}"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// What a badge on another site reads: its scripts, the modules, whom they trust.
fn is_for_other_sites(path: &str) -> bool {
    path.starts_with("/embed/") || path.ends_with(".wasm") || [POLICY, "/signers.txt", "/identity.json"].contains(&path)
}

/// `GET` of any path that is not a log's.
pub(crate) async fn serve(State(web): State<Arc<Web>>, request: Request) -> Response {
    let path = request.uri().path();
    let mut response = match web.files.get(&address(path)) {
        Some(file) => file.answer(request.headers()),
        None => Refused::missing(format!("there is nothing at {path}")).into_response(),
    };
    let policy = if path == FRAME { &web.frame_policy } else { &web.content_security_policy };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    let others: &[_] = if is_for_other_sites(path) { &FOR_OTHERS } else { &[] };
    for (name, value) in FENCE.iter().chain(others) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// The headers of every file, beside the content security policy, which depends on the deployed logs.
const FENCE: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// In their place, for what badges on other sites read.
const FOR_OTHERS: [(&str, &str); 2] =
    [("cross-origin-resource-policy", "cross-origin"), ("access-control-allow-origin", "*")];

/// The headers that every file of the page in `folder` needs, whatever server it is on: `name: value`, a line each, and
/// after lines that begin with `#` those that others have in their place. The logs that the page may ask are those of the
/// `policy.txt` beside it.
pub fn page_headers(folder: &Path) -> Result<String, WebError> {
    let web = Web::read(folder)?;
    let policy = |value: &HeaderValue| format!("content-security-policy: {}\n", value.to_str().unwrap_or_default());
    let lines = |headers: &[(&str, &str)]| headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let [all, others]: [String; 2] = [lines(&FENCE), lines(&FOR_OTHERS)];
    Ok(format!(
        "{}{all}# in their place, for embed/*, *.wasm, policy.txt, signers.txt and identity.json\n{others}\
         # in its place, for embed/frame.html\n{}",
        policy(&web.content_security_policy),
        policy(&web.frame_policy),
    ))
}

/// A folder's address stands for the page in it.
fn address(path: &str) -> String {
    match path.ends_with('/') {
        true => format!("{path}index.html"),
        false => path.to_owned(),
    }
}

impl StaticFile {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let packed = self.packed.as_ref().filter(|_| takes_brotli(asked));
        let form = packed.unwrap_or(&self.plain);
        let known = asked.get_all(header::IF_NONE_MATCH).iter().any(|etag| *etag == form.etag);
        let mut response = match known {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => ([(header::CONTENT_TYPE, self.content_type)], form.bytes.clone()).into_response(),
        };
        let headers = response.headers_mut();
        if packed.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::ETAG, form.etag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}
