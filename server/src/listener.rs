//! Connections: how many, for how long, and how they end.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Connections at one time; more wait in the operating system's queue.
const MAX_CONNECTIONS: usize = 1024;

/// For the head of a request, and between two requests of one connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// After this time a connection takes no further request. It bounds what a client that reads slowly can hold.
const MAX_AGE: Duration = Duration::from_secs(300);

/// For the answer that is under way when a connection, or the server, is to end.
const GRACE: Duration = Duration::from_secs(30);

/// After an error of `accept`, which mostly means that there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stop` is ready, then lets those that are open finish within [`GRACE`].
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (ending, ended) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let stream = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = stream else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (router, ended) = (router.clone(), ended.clone());
        connections.spawn(async move {
            serve_connection(stream, router, ended).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop((listener, ending));
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever needs longer is cut off.
    let _ = timeout(GRACE, all).await;
}

async fn serve_connection(stream: TcpStream, router: Router, mut ended: watch::Receiver<()>) {
    // Without it a small answer waits for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    // A connection that ends in an error is the client's loss; there is nobody else to tell.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.changed() => {}
        () = sleep(MAX_AGE) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}
