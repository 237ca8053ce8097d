//! What an operator relies on: limits, figures, the journal, states of a log.

use crate::links::LinkMaker;
use crate::support::{Server, proposed};
use rekor_log::{Log, Logs};
use rekor_server::{Config, Journal, Limits, Listening, LogFormat, ServeError, serve_until};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const ENTRIES: &str = "/api/v1/log/entries";

/// What a server wrote to its journal.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Running {
    data: tempfile::TempDir,
    at: Listening,
    journal: Written,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), ServeError>>,
}

/// A server over one log with one entry, behind a proxy, with a listener for its operator.
async fn start(limits: Limits) -> Running {
    let data = tempfile::tempdir().unwrap();
    drop(Log::create(data.path(), None).unwrap());
    let any = "127.0.0.1:0".parse().unwrap();
    let journal = Written::default();
    let config = Config {
        limits: Limits { client_header: Some("x-forwarded-for".parse().unwrap()), ..limits },
        metrics: Some(any),
        journal: Journal::to(Box::new(journal.clone()), LogFormat::Logfmt, true),
        ..Config::new(Logs::open(data.path()).unwrap(), any)
    };
    let (stop, stopped) = oneshot::channel();
    let (ready, at) = oneshot::channel();
    let done = tokio::spawn(serve_until(config, |listening| ready.send(listening).unwrap(), async {
        let _ = stopped.await;
    }));
    Running { data, at: at.await.unwrap(), journal, stop, done }
}

/// Sends one request on a connection of its own; the whole answer.
async fn send(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A connection that was turned away may be reset behind its answer.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

impl Running {
    async fn get(&self, client: &str, path: &str) -> String {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {client}\r\nconnection: close\r\n\r\n");
        send(self.at.address, &request).await
    }

    async fn post(&self, client: &str, body: &str) -> String {
        let length = body.len();
        let head = format!("POST {ENTRIES} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {client}\r\nconnection: close");
        send(self.at.address, &format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}")).await
    }

    async fn figures(&self) -> String {
        let request = "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        send(self.at.metrics.unwrap(), request).await
    }

    async fn end(self) -> String {
        self.stop.send(()).unwrap();
        self.done.await.unwrap().unwrap();
        self.journal.text()
    }
}

#[track_caller]
fn answers(answer: &str, status: &str, words: &[&str]) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    assert!(words.iter().all(|words| answer.contains(words)), "{answer}");
}

#[tokio::test]
async fn additions_of_one_client_are_limited_and_nobody_elses() {
    let server = start(Limits { additions: 1, ..Limits::default() }).await;
    // Ten seconds' worth at once. What is no addition at all counts too: it is turned away before it is read.
    for _ in 0..10 {
        answers(&server.post("203.0.113.9", "{}").await, "400", &[]);
    }
    let limited = server.post("203.0.113.9", "{}").await;
    answers(&limited, "429", &["retry-after: ", "\"code\":429", "access-control-allow-origin: *"]);
    answers(&server.post("203.0.113.10", "{}").await, "400", &[]);
    answers(&server.post("127.0.0.1", "{}").await, "400", &[]);
    answers(&server.get("203.0.113.9", "/checkpoint").await, "200", &[]);
    server.end().await;
}

#[tokio::test]
async fn requests_of_one_client_are_limited() {
    let server = start(Limits { requests: 1, ..Limits::default() }).await;
    for _ in 0..10 {
        answers(&server.get("2001:db8::1", "/checkpoint").await, "200", &[]);
    }
    answers(&server.get("2001:db8::ffff", "/checkpoint").await, "429", &["retry-after: "]);
    answers(&server.get("2001:db8:0:1::1", "/checkpoint").await, "200", &[]);
    server.end().await;
}

#[tokio::test]
async fn figures_tell_what_happened() {
    let server = start(Limits::default()).await;
    let addition = proposed(&LinkMaker::new(1), "a").to_string();
    answers(&server.post("203.0.113.9", &addition).await, "201", &[]);
    answers(&server.post("203.0.113.9", &addition).await, "409", &[]);
    answers(&server.post("203.0.113.9", "{}").await, "400", &[]);
    answers(&server.get("203.0.113.9", "/nowhere").await, "404", &[]);
    let figures = server.figures().await;
    answers(&figures, "200", &["content-type: text/plain; version=0.0.4"]);
    let tree_id = std::fs::read_dir(server.data.path())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    let tree_id = tree_id.last().unwrap();
    for line in [
        &format!("rekor_additions_total{{log=\"{tree_id}\",outcome=\"recorded\"}} 1"),
        &format!("rekor_additions_total{{log=\"{tree_id}\",outcome=\"duplicate\"}} 1"),
        &format!("rekor_additions_total{{log=\"{tree_id}\",outcome=\"refused\"}} 1"),
        &format!("rekor_log_entries{{log=\"{tree_id}\"}} 1"),
        &format!("rekor_log_stopped{{log=\"{tree_id}\"}} 0"),
        r#"rekor_http_requests_total{route="/api/v1/log/entries",method="POST",status="201"} 1"#,
        r#"rekor_http_requests_total{route="other",method="GET",status="404"} 1"#,
        r#"rekor_http_request_duration_seconds_count{route="/api/v1/log/entries",method="POST"} 3"#,
        "rekor_connections 1",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line}\nis missing in\n{figures}");
    }
    // They are the operator's: the public listener has none.
    answers(&server.get("203.0.113.9", "/metrics").await, "404", &[]);
    server.end().await;
}

#[tokio::test]
async fn the_journal_has_one_line_a_request() {
    let server = start(Limits::default()).await;
    answers(&server.get("203.0.113.9", "/checkpoint?a=%0Alevel%3Derror").await, "200", &[]);
    answers(&server.get("203.0.113.9", "/%0a\u{80}").await, "4", &[]);
    let lines = server.end().await;
    let first = lines.lines().next().unwrap();
    assert!(first.contains(" level=info msg=request method=GET status=200 ms="), "{lines}");
    assert!(first.ends_with(" client=203.0.113.9 path=/checkpoint"), "{lines}");
    assert!(lines.lines().all(|line| line.starts_with("time=")) && lines.lines().count() <= 2, "{lines}");
}

#[tokio::test]
async fn a_log_that_stopped_is_alive_but_not_ready_and_the_reason_is_the_operators() {
    let server = start(Limits::default()).await;
    let maker = LinkMaker::new(1);
    answers(&server.post("203.0.113.9", &proposed(&maker, "a").to_string()).await, "201", &[]);
    answers(&server.get("203.0.113.9", "/readyz").await, "200", &["ready"]);
    // A hash of the signed tree changes on disk.
    let folder = std::fs::read_dir(server.data.path()).unwrap().map(|entry| entry.unwrap().path());
    let tiles = folder.filter(|path| path.is_dir()).map(|path| path.join("tiles.0")).last().unwrap();
    OpenOptions::new().write(true).open(tiles).unwrap().write_all_at(&[0; 32], 0).unwrap();
    let refused = server.post("203.0.113.9", &proposed(&maker, "b").to_string()).await;
    answers(&refused, "500", &["the log has stopped"]);
    assert!(!refused.contains("self-check"), "{refused}");
    answers(&server.get("203.0.113.9", "/healthz").await, "200", &["alive"]);
    answers(&server.get("203.0.113.9", "/readyz").await, "503", &["has stopped"]);
    assert!(server.figures().await.lines().any(|line| line.starts_with("rekor_log_stopped{") && line.ends_with("} 1")));
    let lines = server.end().await;
    let failed = lines.lines().find(|line| line.contains("status=500")).unwrap();
    assert!(failed.contains("level=error") && failed.contains("self-check"), "{lines}");
}

#[tokio::test]
async fn a_frozen_log_says_so_to_whoever_adds_and_is_ready_to_be_read() {
    let server = Server::frozen();
    let answer = server.post(ENTRIES, &proposed(&LinkMaker::new(1), "a")).await;
    answer.refuses(405, "frozen");
    assert_eq!(answer.header("allow"), "GET, HEAD");
    assert_eq!(server.get("/readyz").await.status, 200);
    assert_eq!(server.get("/checkpoint").await.status, 200);
}

#[tokio::test]
async fn a_frozen_log_answers_with_what_it_signed_before() {
    let server = Server::frozen();
    let answer = server.get("/api/v1/log/entries?logIndex=0").await;
    let entries = answer.json();
    let verification = &entries.as_object().unwrap().values().next().unwrap()["verification"];
    assert_eq!(verification.get("signedEntryTimestamp"), None);
    assert!(verification["inclusionProof"]["checkpoint"].as_str().unwrap().contains("\n1\n"));
}

#[tokio::test]
async fn a_client_has_so_many_connections_and_no_more() {
    // Connections are told apart by their peer: behind a proxy, and on one machine, they are not limited.
    let server = start(Limits { client_connections: 1, connections: 3, ..Limits::default() }).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.at.address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        open.push(stream);
    }
    // A fourth waits until one of the three goes.
    let fourth = tokio::spawn(send(server.at.address, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    tokio::task::yield_now().await;
    assert!(!fourth.is_finished());
    open.pop();
    answers(&fourth.await.unwrap(), "200", &[]);
    server.end().await;
}
