//! The page's files and the headers that fence them in.

use crate::support::Server;
use axum::body::Body;
use axum::http::Request;
use std::fs;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

const POLICY: &str = "# whom this page trusts
log log.example/one+00000000+AAAA http://127.0.0.1:3000/logs/123456
log log.example/two+00000000+AAAA https://log.example/x?y
log log.example/three+00000000+AAAA https://evil.example;script-src
log log.example/four+00000000+AAAA javascript://x
log log.example/five+00000000+AAAA
log rekor.example+00000000+AjBZMBMGByqGSM49AgEG https://rekor.example
log log2025.rekor.example+00000000+AbfK5adZJxsI https://log2025.rekor.example/api/v2
quorum none
";

fn site() -> (TempDir, Server) {
    let web = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>"),
        ("app.js", "let a"),
        ("app.css", "a{}"),
        ("app.wasm", "\0asm"),
        ("policy.txt", POLICY),
        (".hidden", "secret"),
        ("checkpoint", "not the log's"),
    ] {
        fs::write(web.path().join(name), content).unwrap();
    }
    fs::create_dir(web.path().join("sub")).unwrap();
    fs::write(web.path().join("sub/index.html"), "sub").unwrap();
    fs::create_dir(web.path().join("embed")).unwrap();
    for name in ["frame.html", "make.html", "badge.js"] {
        fs::write(web.path().join("embed").join(name), name).unwrap();
    }
    symlink("/etc/passwd", web.path().join("link.txt")).unwrap();
    let server = Server::with_web(Some(web.path()));
    (web, server)
}

#[tokio::test]
async fn files_have_their_types() {
    let (_web, server) = site();
    for (path, content_type, body) in [
        ("/", "text/html; charset=utf-8", "<!doctype html>"),
        ("/index.html", "text/html; charset=utf-8", "<!doctype html>"),
        ("/?x=y", "text/html; charset=utf-8", "<!doctype html>"),
        ("/app.js", "text/javascript; charset=utf-8", "let a"),
        ("/app.css", "text/css; charset=utf-8", "a{}"),
        ("/app.wasm", "application/wasm", "\0asm"),
        ("/sub/", "text/html; charset=utf-8", "sub"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type"), answer.text()), (200, content_type, body));
        assert_eq!(answer.header("cache-control"), "no-cache");
    }
    // The log comes first.
    assert!(server.get("/checkpoint").await.text().starts_with("localhost/logs/"));
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let (_web, server) = site();
    let etag = server.get("/app.js").await.header("etag").to_owned();
    let again =
        |etag: &str| server.send(Request::get("/app.js").header("if-none-match", etag).body(Body::empty()).unwrap());
    let answer = again(&etag).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0));
    assert_eq!(again("\"other\"").await.status, 200);
    assert_ne!(server.get("/app.css").await.header("etag"), etag);
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &brotli::enc::BrotliEncoderParams::default()).unwrap();
    packed
}

#[tokio::test]
async fn who_takes_brotli_gets_what_was_packed() {
    let web = tempfile::tempdir().unwrap();
    let script = "let a = 1;\n".repeat(100);
    let packed = pack(script.as_bytes());
    for (name, content) in [("app.js", script.as_bytes()), ("app.js.br", &packed), ("alone.br", &packed)] {
        fs::write(web.path().join(name), content).unwrap();
    }
    let server = Server::with_web(Some(web.path()));
    let ask = |encoding: &str| {
        server.send(Request::get("/app.js").header("accept-encoding", encoding).body(Body::empty()).unwrap())
    };
    for (encoding, takes) in [
        ("br", true),
        ("gzip, deflate, br;q=0.5", true),
        ("BR ; q=1", true),
        ("gzip", false),
        ("", false),
        ("br;q=0", false),
        ("brotli", false),
    ] {
        let answer = ask(encoding).await;
        let body = if takes { &packed } else { script.as_bytes() };
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, body), "{encoding:?}");
        assert_eq!(answer.headers.get("content-encoding").is_some(), takes, "{encoding:?}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    }
    // No name for a cache stands for both.
    assert_ne!(ask("br").await.header("etag"), ask("gzip").await.header("etag"));
    assert_eq!(server.get("/app.js.br").await.status, 404);
    assert_eq!(server.get("/alone.br").await.status, 200);
}

#[tokio::test]
async fn what_was_packed_from_something_else_is_not_sent() {
    for packed in [pack(b"let a = 2"), pack(b"let a = 1 "), pack(b"let a ="), b"no brotli".to_vec(), vec![]] {
        let web = tempfile::tempdir().unwrap();
        fs::write(web.path().join("app.js"), "let a = 1").unwrap();
        fs::write(web.path().join("app.js.br"), packed).unwrap();
        let server = Server::with_web(Some(web.path()));
        let request = Request::get("/app.js").header("accept-encoding", "br").body(Body::empty()).unwrap();
        let answer = server.send(request).await;
        assert_eq!((answer.text(), answer.headers.get("content-encoding")), ("let a = 1", None));
    }
}

#[tokio::test]
async fn every_answer_of_the_page_is_fenced_in() {
    let (_web, server) = site();
    for path in ["/", "/app.js", "/app.wasm", "/policy.txt", "/embed/make.html", "/embed/badge.js", "/nothing"] {
        let answer = server.get(path).await;
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
             connect-src 'self' http://127.0.0.1:3000 https://log.example https://log2025.rekor.example \
             https://rekor.example; worker-src 'self'; img-src 'self'; \
             manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types rekor"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
    }
}

#[tokio::test]
async fn other_sites_read_what_a_badge_is_made_of_and_nothing_else() {
    let (_web, server) = site();
    for (path, resource_policy, origins) in [
        ("/", "same-origin", ""),
        ("/app.js", "same-origin", ""),
        ("/nothing", "same-origin", ""),
        ("/app.wasm", "cross-origin", "*"),
        ("/policy.txt", "cross-origin", "*"),
        ("/signers.txt", "cross-origin", "*"),
        ("/identity.json", "cross-origin", "*"),
        ("/embed/badge.js", "cross-origin", "*"),
        ("/embed/frame.html", "cross-origin", "*"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("cross-origin-resource-policy"), resource_policy, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), origins, "{path}");
    }
}

#[tokio::test]
async fn one_page_may_be_framed_and_may_do_less() {
    let (_web, server) = site();
    assert_eq!(
        server.get("/embed/frame.html").await.header("content-security-policy"),
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self' http://127.0.0.1:3000 https://log.example https://log2025.rekor.example \
             https://rekor.example; base-uri 'none'; form-action 'none'; \
         frame-ancestors *; require-trusted-types-for 'script'; trusted-types 'none'"
    );
}

#[tokio::test]
async fn nothing_but_the_files_is_served() {
    let (web, server) = site();
    fs::write(web.path().join("../outside.txt"), "outside").unwrap();
    for path in [
        "/../outside.txt",
        "/sub/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "//etc/passwd",
        "/link.txt",
        "/.hidden",
        "/sub",
        "/api/x",
        "/logs/",
    ] {
        server.get(path).await.refuses(404, "there is nothing at");
    }
    let post = Request::post("/app.js").body(Body::empty()).unwrap();
    assert_eq!(server.send(post).await.status, 405);
    fs::remove_file(web.path().join("../outside.txt")).unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let data = tempfile::tempdir().unwrap();
    let logs = rekor_log::Logs::open(data.path()).unwrap();
    let error = rekor_server::router(logs, Some(&data.path().join("none"))).unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
}

/// Another web server has to send the very headers that this one does.
#[tokio::test]
async fn the_headers_can_be_had_for_another_server() {
    let (web, server) = site();
    let headers = rekor_server::page_headers(web.path()).unwrap();
    let mut paths = ["/app.js", "/embed/badge.js", "/embed/frame.html"].into_iter();
    let mut answer = server.get(paths.next().unwrap()).await;
    for line in headers.lines() {
        if line.starts_with('#') {
            answer = server.get(paths.next().unwrap()).await;
            continue;
        }
        let (name, value) = line.split_once(": ").unwrap();
        assert_eq!(answer.header(name), value);
    }
    assert_eq!(paths.next(), None);
}
