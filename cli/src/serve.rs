//! `rekor serve`: the logs of a data folder.

use crate::transport::Transport;
use crate::unlock::Unlock;
use crate::{Failure, Outcome};
use clap::{Args, ValueEnum};
use rekor_log::{Logs, Messenger, Settings, WitnessesError};
use rekor_server::{Config, Journal, Level, Limits, LogFormat};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// After this time a witness counts as down.
const WITNESS_TIMEOUT: Duration = Duration::from_secs(10);

/// Run the logs of a data folder over HTTP, and the page that verifies.
///
/// Each log has its own address `/logs/<treeID>`; the one that was created first also answers at `/`. A log whose folder
/// holds a file `witnesses` (C2SP tlog-policy, with an address for each witness) has them cosign each new tree.
#[derive(Args)]
pub struct Serve {
    /// The folder that holds the logs
    #[arg(long, default_value = "rekor-data", value_name = "DIR")]
    data: PathBuf,

    #[command(flatten)]
    unlock: Unlock,

    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDR")]
    listen: SocketAddr,

    /// Also serve the web application in this folder
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,

    /// Address of a second listener, for the operator: /metrics (Prometheus), /healthz and /readyz
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,

    /// How events are written to standard error
    #[arg(long, value_enum, default_value = "logfmt", value_name = "FORMAT")]
    log_format: Format,

    /// Write a line for every request, not only for those that failed here
    #[arg(long)]
    log_requests: bool,

    #[command(flatten)]
    limits: LimitOptions,

    /// Print the headers that the web application's files need on another web server, and end
    #[arg(long, requires = "web")]
    headers: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// name=value pairs
    Logfmt,
    /// One JSON object a line
    Json,
}

/// What is taken from clients. A client is an IPv4 address or an IPv6 /64; this machine itself is not limited.
#[derive(Args)]
#[command(next_help_heading = "Limits (0: none)")]
struct LimitOptions {
    /// Additions a second from one client; ten seconds' worth may come at once
    #[arg(long, default_value_t = Limits::default().additions, value_name = "N")]
    addition_rate: u32,

    /// Requests a second from one client; ten seconds' worth may come at once
    #[arg(long, default_value_t = Limits::default().requests, value_name = "N")]
    request_rate: u32,

    /// Connections of one client at one time
    #[arg(long, default_value_t = Limits::default().client_connections, value_name = "N")]
    client_connections: usize,

    /// Connections at one time; more wait
    #[arg(long, default_value_t = Limits::default().connections, value_name = "N")]
    connections: usize,

    /// The header in which the reverse proxy says for whom it asks, such as x-forwarded-for; only where all clients
    /// come through that proxy
    #[arg(long, value_name = "NAME")]
    client_header: Option<String>,
}

impl LimitOptions {
    fn read(self) -> Result<Limits, Failure> {
        let (additions, requests) = (self.addition_rate, self.request_rate);
        let wrong = |name: &String| Failure::trouble(format!("--client-header {name:?} is no name of a header"));
        let client_header = self.client_header.map(|name| name.parse().map_err(|_| wrong(&name))).transpose()?;
        let (client_connections, connections) = (self.client_connections, self.connections);
        Ok(Limits { additions, requests, client_connections, connections, client_header })
    }
}

pub fn run(command: Serve) -> Outcome {
    if let (true, Some(web)) = (command.headers, &command.web) {
        print!("{}", rekor_server::page_headers(web).map_err(|error| Failure::trouble(error.to_string()))?);
        return Ok(0);
    }
    let settings = Settings { secrets: command.unlock.secrets(&command.data)?, ..Settings::default() };
    let logs = Logs::open_with(&command.data, &settings).map_err(|error| Failure::trouble(error.to_string()))?;
    if logs.iter().next().is_none() {
        let data = command.data.display();
        return Err(Failure::trouble(format!("{data} holds no log: create one with `rekor log create --data {data}`")));
    }
    let format = match command.log_format {
        Format::Logfmt => LogFormat::Logfmt,
        Format::Json => LogFormat::Json,
    };
    ask_witnesses(&logs, format)?;
    for log in logs.iter() {
        eprintln!("log {}  {}  {} entries", log.tree_id(), log.origin(), log.head().size);
        if let Some(why) = log.index_rebuilt() {
            eprintln!("log {}  {why}", log.tree_id());
        }
    }
    let journal = Journal::new(format, command.log_requests);
    let (limits, metrics) = (command.limits.read()?, command.metrics);
    let config = Config { web: command.web, limits, metrics, journal, ..Config::new(logs, command.listen) };
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::trouble(error.to_string()))?;
    let served = runtime.block_on(rekor_server::serve(config, |listening| {
        println!("listening on http://{}", listening.address);
        if let Some(metrics) = listening.metrics {
            println!("figures on http://{metrics}/metrics");
        }
        // Whoever started us waits for this line; if it cannot be written, serving goes on all the same.
        let _ = std::io::stdout().flush();
    }));
    served.map(|()| 0).map_err(|error| Failure::trouble(error.to_string()))
}

/// Has each log ask its witnesses. A witness that saw another history keeps the log from being served: whatever it signed
/// next would be a fork.
fn ask_witnesses(logs: &Logs, format: LogFormat) -> Result<(), Failure> {
    for log in logs.iter() {
        let by_post: Arc<dyn Messenger> = Arc::new(ByPost::new(log.tree_id(), format));
        log.ask_witnesses(&by_post).map_err(|error| {
            let message = format!("log {}: {error}", log.tree_id());
            match error {
                WitnessesError::OtherHistory(_) => Failure::refused(message),
                _ => Failure::trouble(message),
            }
        })?;
    }
    Ok(())
}

/// Witnesses over HTTP; what changes with one of them goes to standard error.
struct ByPost {
    transport: Transport,
    tree_id: u64,
    journal: Journal,
}

impl ByPost {
    fn new(tree_id: u64, format: LogFormat) -> Self {
        Self { transport: Transport::new(WITNESS_TIMEOUT), tree_id, journal: Journal::new(format, false) }
    }
}

impl Messenger for ByPost {
    fn exchange(&self, url: &str, body: Option<&str>, limit: usize) -> Result<(u16, Vec<u8>), String> {
        self.transport.exchange_text(url, body, limit)
    }

    fn news(&self, witness: &str, what: &str, good: bool) {
        let level = if good { Level::Info } else { Level::Error };
        let fields = [("log", self.tree_id.to_string().into()), ("witness", witness.into()), ("what", what.into())];
        self.journal.write(level, "news of a witness", &fields);
    }
}
