//! The real log and its router, without a network: the answers pass through the tests.
#![allow(dead_code, clippy::unwrap_used)] // each test file uses a part of it; tests panic on purpose

use axum::body::{Body, to_bytes};
use axum::http::Request;
use rekor_client::{Ask, Method, Response, proposed_entry};
use rekor_log::{Log, Logs};
use rekor_server::router;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum, TrustedLog};
use rekor_verifier::report::Time;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

pub const HOST: &str = "http://log.example";

pub fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(path)).unwrap()
}

pub fn time() -> Time {
    Time { seconds: 1_780_000_000, source: "the test".into() }
}

pub fn key(name: &str) -> PublicKey {
    PublicKey::parse(&fixture(&format!("keys/{name}.pub"))).unwrap()
}

/// A log in a folder of its own, and the router that serves it.
pub struct Scene {
    folder: TempDir,
    runtime: Runtime,
    pub router: axum::Router,
    pub policy: Policy,
    pub base: String,
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let (path, target) = file.map(|file| (file.path(), to.join(file.file_name()))).unwrap();
        match path.is_dir() {
            true => {
                std::fs::create_dir(&target).unwrap();
                copy(&path, &target);
            }
            false => drop(std::fs::copy(&path, &target).unwrap()),
        }
    }
}

impl Scene {
    /// A log that holds clone.link, a stranger's link over the same product, and carl's package.link.
    pub fn new() -> Self {
        let scene = Self::empty();
        scene.add("first-rekor-twin/clone.link", "bob");
        scene.add("links/stranger.link", "mallory");
        scene.add("first-rekor-twin/package.link", "carl");
        scene
    }

    /// A log that holds nothing yet.
    pub fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let log = Log::create(folder.path(), None).unwrap();
        let base = format!("{HOST}/logs/{}", log.tree_id());
        let trusted = TrustedLog { vkey: log.vkey().parse().unwrap(), url: Some(base.clone()) };
        let signers = Quorum::all(vec![("carl".to_owned(), key("carl"))]);
        let policy = Policy { logs: vec![trusted], signers: Some(signers), ..Policy::default() };
        drop(log);
        let router = router(Logs::open(folder.path()).unwrap(), None).unwrap();
        Self { folder, runtime: Runtime::new().unwrap(), router, policy, base }
    }

    /// The same log, keys and entries in another folder: what is added from now on makes a second history.
    pub fn fork(&self) -> Self {
        let folder = TempDir::new().unwrap();
        copy(self.folder.path(), folder.path());
        let router = router(Logs::open(folder.path()).unwrap(), None).unwrap();
        let (policy, base) = (self.policy.clone(), self.base.clone());
        Self { folder, runtime: Runtime::new().unwrap(), router, policy, base }
    }

    pub fn add(&self, link: &str, signer: &str) {
        self.add_bytes(&fixture(link), signer);
    }

    pub fn add_bytes(&self, link: &[u8], signer: &str) {
        let body = proposed_entry(link, &[key(signer)], false).unwrap();
        let url = format!("{}/api/v1/log/entries", self.base);
        let response = self.send(&Ask { method: Method::Post, url, body: Some(body), limit: 1 << 20 });
        assert_eq!(response.status, 201, "{}", String::from_utf8_lossy(&response.body));
    }

    pub fn send(&self, ask: &Ask) -> Response {
        let path = ask.url.strip_prefix(HOST).unwrap();
        let request = match ask.method {
            Method::Get => Request::get(path).body(Body::empty()),
            Method::Post => {
                let body = Body::from(ask.body.clone().unwrap());
                Request::post(path).header("content-type", "application/json").body(body)
            }
        };
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
            let truncated = response.headers().get("rekor-truncated").is_some_and(|value| value == "true");
            let status = response.status().as_u16();
            Response { status, body: to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec(), truncated }
        })
    }
}
