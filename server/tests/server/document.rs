//! The OpenAPI document and the router name the same paths.

use crate::links::LinkMaker;
use crate::support::Server;
use axum::body::Body;
use axum::http::Request;
use std::fs;
use std::path::Path;

/// Method and path of every operation in the document, read from its indentation.
fn operations() -> Vec<(String, String)> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.yaml");
    let document = fs::read_to_string(document).unwrap();
    let paths = document.split("\npaths:\n").nth(1).unwrap().split("\ncomponents:\n").next().unwrap();
    let (mut path, mut found) = ("", Vec::new());
    for line in paths.lines().filter_map(|line| line.strip_suffix(':')) {
        match line.trim_start() {
            name if name.starts_with('/') => path = name,
            method @ ("get" | "post") if line.starts_with("    ") && !line.starts_with("     ") => {
                found.push((method.to_uppercase(), path.to_owned()));
            }
            _ => {}
        }
    }
    found
}

#[tokio::test]
async fn every_documented_operation_is_served() {
    let server = Server::new();
    let id = server.add(&LinkMaker::new(1), "a").await;
    let operations = operations();
    assert_eq!(operations.len(), 18, "{operations:?}");
    for (method, path) in operations {
        let path = path.replace("{entryUUID}", &id).replace("{level}/{position}", "0/000.p/1");
        let path = path.replace("{position}", "000.p/1").replace("{hash}", &"0".repeat(64));
        let path = path.replace("{algorithm}:{digits}", &format!("sha256:{}", "0".repeat(64)));
        let bases = [String::new(), format!("/logs/{}", server.tree_id)];
        // The server as a whole is asked at its root.
        for base in bases.iter().take(if path.ends_with("z") { 1 } else { 2 }) {
            let request = Request::builder().method(method.as_str()).uri(format!("{base}{path}"));
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            let served = answer.status != 405 && !String::from_utf8_lossy(&answer.body).contains("there is nothing at");
            assert!(served, "{method} {base}{path}");
        }
    }
}
