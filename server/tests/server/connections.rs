//! Real connections: start, end, and clients that misbehave.

use rekor_log::{Log, Logs};
use rekor_server::{Config, ServeError, serve_until};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Running {
    _data: tempfile::TempDir,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), ServeError>>,
}

/// A server on a free port.
async fn start() -> Running {
    let data = tempfile::tempdir().unwrap();
    drop(Log::create(data.path(), None).unwrap());
    let logs = Logs::open(data.path()).unwrap();
    let config = Config::new(logs, "127.0.0.1:0".parse().unwrap());
    let (stop, stopped) = oneshot::channel();
    let (ready, address) = oneshot::channel();
    let done = tokio::spawn(serve_until(config, |listening| ready.send(listening.address).unwrap(), async {
        // Dropped without a word means the same.
        let _ = stopped.await;
    }));
    Running { _data: data, address: address.await.unwrap(), stop, done }
}

async fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 16 * 1024];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

const CHECKPOINT: &str = "GET /checkpoint HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_request_under_way_is_finished_and_the_port_is_free_then() {
    let server = start().await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    assert!(ask(&mut busy, CHECKPOINT).await.starts_with("HTTP/1.1 200 OK"));
    // The head has arrived, the body has not.
    let head = "POST /api/v1/index/retrieve HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n";
    assert!(ask(&mut busy, head).await.starts_with("HTTP/1.1 100"));
    server.stop.send(()).unwrap();
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
    assert!(ask(&mut busy, "{\"hash\":1}").await.starts_with("HTTP/1.1 400"));
    assert_eq!(busy.read(&mut [0]).await.unwrap(), 0);
    server.done.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn garbage_is_answered_and_harms_nobody() {
    let server = start().await;
    for garbage in [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20)),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // The server may close before everything is sent.
        let _ = stream.write_all(garbage.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    assert!(ask(&mut stream, CHECKPOINT).await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let server = start().await;
    let data = tempfile::tempdir().unwrap();
    let config = Config::new(Logs::open(data.path()).unwrap(), server.address);
    let error = serve_until(config, |_| {}, async {}).await.unwrap_err();
    assert!(error.to_string().contains(&server.address.to_string()), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_nothing_is_let_go() {
    // The clock is the test's own: it jumps to the next time-out when nothing else can happen.
    let server = start().await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut half = TcpStream::connect(server.address).await.unwrap();
    half.write_all(b"GET /checkpoint HTTP/1.1\r\nhost:").await.unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    let mut answer = Vec::new();
    half.read_to_end(&mut answer).await.unwrap();
    let mut body = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /api/v1/index/retrieve HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{";
    assert!(ask(&mut body, head).await.starts_with("HTTP/1.1 408"));
}
