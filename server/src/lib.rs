//! The HTTP API over the log.
//!
//! Every log has a base address of its own, `/logs/<treeID>`, with Rekor v1's REST API and the C2SP
//! tlog-tiles API below it; the first log is served below `/` as well. [`router`] has all the routes, one
//! module each family of them. Beside the logs a folder of static files can be served: the web application.
//!
//! Nothing here decides what is recorded or what is true: that is the log's part and the reader's.

mod admission;
mod answer;
mod badge;
mod entry_id;
mod health;
mod journal;
mod limits;
mod listener;
mod metrics;
mod router;
mod server;
mod tiles;
mod v1;
mod web;
mod witness;

pub use journal::{Journal, Level, LogFormat};
pub use limits::Limits;
pub use router::router;
pub use web::{WebError, page_headers};
pub use witness::serve_witness;

use rekor_log::Logs;
use server::Server;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// What to serve, and where.
pub struct Config {
    /// The logs; the first created is the default one.
    pub logs: Logs,
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A folder of static files to serve below `/`.
    pub web: Option<PathBuf>,
    /// What is taken from clients.
    pub limits: Limits,
    /// Address of a second listener, for the operator: `/metrics`, `/healthz`, `/readyz`.
    pub metrics: Option<SocketAddr>,
    /// Where the operator is told of events.
    pub journal: Journal,
}

/// Where a server can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The logs and the page.
    pub address: SocketAddr,
    /// What the operator alone may read.
    pub metrics: Option<SocketAddr>,
}

impl Config {
    /// These logs at this address, with nothing beside them and the default limits.
    pub fn new(logs: Logs, listen: SocketAddr) -> Self {
        let (limits, journal) = (Limits::default(), Journal::default());
        Self { logs, listen, web: None, limits, metrics: None, journal }
    }
}

/// The server cannot start.
#[derive(Debug)]
pub enum ServeError {
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// The static files cannot be read.
    Web(WebError),
    /// The operating system refuses to tell of signals.
    Signal(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Web(error) => error.fmt(f),
            Self::Signal(error) => write!(f, "cannot wait for signals: {error}"),
        }
    }
}

impl std::error::Error for ServeError {}

/// Serves until SIGINT or SIGTERM; then lets the requests that are being answered finish.
///
/// `ready` is called once connections are accepted.
pub async fn serve(config: Config, ready: impl FnOnce(Listening)) -> Result<(), ServeError> {
    serve_until(config, ready, signals()?).await
}

/// Ready once the process is asked to end.
fn signals() -> Result<impl Future<Output = ()>, ServeError> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signal)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// As [`serve`], until `stop` is ready.
pub async fn serve_until(
    config: Config,
    ready: impl FnOnce(Listening),
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let logs = config.logs.into_vec().into_iter().map(Arc::new).collect();
    let server = Arc::new(Server::new(logs, config.limits, config.journal));
    let router = router::routes(&server, config.web.as_deref()).map_err(ServeError::Web)?;
    let (listener, address) = bind(config.listen).await?;
    let operators = match config.metrics {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let metrics = operators.as_ref().map(|(_, address)| *address);
    let figures = operators.map(|(listener, _)| listener::spawn_operators(listener, &server));
    ready(Listening { address, metrics });
    listener::serve(listener, router, &server.limits, &server.metrics, stop).await;
    if let Some(figures) = figures {
        figures.abort();
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |error| ServeError::Listen(address, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
