//! Connections: how many, for how long, and how they end.

use crate::health::operators;
use crate::limits::{ConnectionCount, Limits};
use crate::metrics::Metrics;
use crate::server::{Peer, Server};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// Connections of the operator at one time.
const MAX_OPERATORS: usize = 16;

/// For the head of a request, and between two requests of one connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// After this time a connection takes no further request. It bounds what a client that reads slowly can hold.
const MAX_AGE: Duration = Duration::from_secs(300);

/// For a request that was sent while the server was told to end: it is still taken, and answered as the last one.
const LAST_CALL: Duration = Duration::from_millis(500);

/// For the answer that is under way when a connection, or the server, is to end.
const GRACE: Duration = Duration::from_secs(30);

/// After an error of `accept`, which mostly means that there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a client with too many connections is told, before its connection is closed.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Serves the operator's own address until it is aborted.
pub(crate) fn spawn_operators(listener: TcpListener, server: &Arc<Server>) -> JoinHandle<()> {
    let server = Arc::clone(server);
    tokio::spawn(async move {
        let limits = Limits { connections: MAX_OPERATORS, client_connections: 0, ..Limits::default() };
        serve(listener, operators(Arc::clone(&server)), &limits, &server.metrics, std::future::pending()).await;
    })
}

/// Serves connections until `stop` is ready, then lets those that are open finish within [`GRACE`].
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    metrics: &Arc<Metrics>,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections.max(1)));
    let (clients, client_limit) = (Arc::default(), limits.client_connections);
    Door { router, metrics: Arc::clone(metrics), places, clients, client_limit }.serve(listener, stop).await;
}

/// Where connections come in.
struct Door {
    router: Router,
    metrics: Arc<Metrics>,
    places: Arc<Semaphore>,
    clients: Arc<ConnectionCount>,
    client_limit: usize,
}

impl Door {
    async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (ending, ended) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            let place = tokio::select! {
                () = &mut stop => break,
                place = Arc::clone(&self.places).acquire_owned() => place.ok(),
            };
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.enter(&mut connections, stream, peer.ip(), place, &ended),
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
            while connections.try_join_next().is_some() {}
        }
        // Those that the operating system has accepted already are not turned away.
        while let Ok(Ok((stream, peer))) = timeout(Duration::ZERO, listener.accept()).await {
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { break };
            self.enter(&mut connections, stream, peer.ip(), Some(place), &ended);
        }
        drop((listener, ending));
        let all = async { while connections.join_next().await.is_some() {} };
        // Whoever needs longer is cut off.
        let _ = timeout(GRACE, all).await;
    }
    /// Takes in a connection, unless its client has too many.
    fn enter(
        &self,
        connections: &mut JoinSet<()>,
        stream: TcpStream,
        peer: IpAddr,
        place: Option<OwnedSemaphorePermit>,
        ended: &watch::Receiver<()>,
    ) {
        let Some(counted) = self.clients.enter(peer.into(), self.client_limit) else {
            self.metrics.connections_refused.fetch_add(1, Ordering::Relaxed);
            // A new connection has room for so little; whoever does not read it does not want to know.
            let _ = stream.try_write(TOO_MANY);
            return;
        };
        let (router, metrics, ended) = (self.router.clone(), Arc::clone(&self.metrics), ended.clone());
        connections.spawn(async move {
            metrics.connections.fetch_add(1, Ordering::Relaxed);
            serve_connection(stream, Peer(peer), router, ended).await;
            metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop((place, counted));
        });
    }
}

async fn serve_connection(stream: TcpStream, peer: Peer, router: Router, mut ended: watch::Receiver<()>) {
    // Without it a small answer waits for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let (router, ending) = (TowerToHyperService::new(router), ended.clone());
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let answer = router.call(request);
        async { Ok::<_, Infallible>(last_if(is_over(&ending), answer.await?)) }
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // A connection that ends in an error is the client's loss; there is nobody else to tell.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.changed() => {}
        () = sleep(MAX_AGE) => {}
    }
    if is_over(&ended) && timeout(LAST_CALL, connection.as_mut()).await.is_ok() {
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}

/// Whether the server is about to end.
fn is_over(ended: &watch::Receiver<()>) -> bool {
    ended.has_changed().is_err()
}

/// Closes the connection after this answer.
fn last_if(over: bool, mut answer: Response<Body>) -> Response<Body> {
    if over {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}
