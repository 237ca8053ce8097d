//! A server's router driven without a network, and links to put into its log.

use crate::links::LinkMaker;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use rekor_log::{Log, Logs};
use rekor_verifier::bytes::base64_encode;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A server over one new log.
pub struct Server {
    pub tree_id: u64,
    _data: TempDir,
    router: Router,
}

/// An answer, its body read to the end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// A header as text, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// An error in Rekor v1's form, with this status and these words in its message.
    #[track_caller]
    pub fn refuses(&self, status: u16, words: &str) {
        let body = self.json();
        assert_eq!(self.status.as_u16(), status, "{body}");
        assert_eq!(body["code"], status);
        assert!(body["message"].as_str().unwrap().contains(words), "{body}");
    }
}

impl Server {
    pub fn new() -> Self {
        Self::with_web(None)
    }

    /// A server over a log of one entry that is finished.
    pub fn frozen() -> Self {
        Self::over(None, |log| {
            log.append_raw(b"{}".to_vec()).unwrap();
            log.freeze().unwrap();
        })
    }

    pub fn with_web(web: Option<&Path>) -> Self {
        Self::over(web, |_| {})
    }

    fn over(web: Option<&Path>, prepare: impl FnOnce(&Log)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let log = Log::create(data.path(), None).unwrap();
        let tree_id = log.tree_id();
        prepare(&log);
        drop(log);
        let router = rekor_server::router(Logs::open(data.path()).unwrap(), web).unwrap();
        Self { tree_id, _data: data, router }
    }

    /// The same log once it was stopped, was told to forget these bytes, and runs again.
    pub fn erasing(self, bytes: &[u8]) -> Self {
        let Self { tree_id, _data: data, router } = self;
        drop(router);
        let folder = data.path().join(tree_id.to_string());
        rekor_log::erase(&folder, &[rekor_verifier::check::digest::sha256(bytes)], false).unwrap();
        let router = rekor_server::router(Logs::open(data.path()).unwrap(), None).unwrap();
        Self { tree_id, _data: data, router }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Answer { status, headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends JSON, on purpose without saying that it is JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::post(path).body(body.to_string().into()).unwrap()).await
    }

    /// Adds the link of `maker` about `artifact`; the entry's ID.
    pub async fn add(&self, maker: &LinkMaker, artifact: &str) -> String {
        let answer = self.post("/api/v1/log/entries", &proposed(maker, artifact)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json().as_object().unwrap().keys().next().unwrap().clone()
    }
}

/// A proposed entry for the link of `maker` about `artifact`.
pub fn proposed(maker: &LinkMaker, artifact: &str) -> Value {
    proposed_link(&maker.link(artifact), maker)
}

/// A proposed entry for a link of `maker`.
pub fn proposed_link(link: &[u8], maker: &LinkMaker) -> Value {
    let content = base64_encode(link);
    let keys = [json!({ "content": base64_encode(&maker.key()) })];
    json!({ "apiVersion": "0.0.1", "kind": "link", "spec": { "content": content, "publicKeys": keys } })
}
