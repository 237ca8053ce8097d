//! `rekor serve`: the logs of a data folder.

use crate::transport::Transport;
use crate::{Failure, Outcome, render};
use clap::Args;
use rekor_log::{Logs, Messenger, WitnessesError};
use rekor_server::Config;
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

    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDR")]
    listen: SocketAddr,

    /// Also serve the web application in this folder
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,

    /// Print the headers that the web application's files need on another web server, and end
    #[arg(long, requires = "web")]
    headers: bool,
}

pub fn run(command: Serve) -> Outcome {
    if let (true, Some(web)) = (command.headers, &command.web) {
        print!("{}", rekor_server::page_headers(web).map_err(|error| Failure::trouble(error.to_string()))?);
        return Ok(0);
    }
    let logs = Logs::open(&command.data).map_err(|error| Failure::trouble(error.to_string()))?;
    if logs.iter().next().is_none() {
        let data = command.data.display();
        return Err(Failure::trouble(format!("{data} holds no log: create one with `rekor log create --data {data}`")));
    }
    ask_witnesses(&logs)?;
    for log in logs.iter() {
        eprintln!("log {}  {}  {} entries", log.tree_id(), log.origin(), log.head().size);
        if let Some(why) = log.index_rebuilt() {
            eprintln!("log {}  {why}", log.tree_id());
        }
    }
    let config = Config { logs, listen: command.listen, web: command.web };
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::trouble(error.to_string()))?;
    let served = runtime.block_on(rekor_server::serve(config, |address| {
        println!("listening on http://{address}");
        // Whoever started us waits for this line; if it cannot be written, serving goes on all the same.
        let _ = std::io::stdout().flush();
    }));
    served.map(|()| 0).map_err(|error| Failure::trouble(error.to_string()))
}

/// Has each log ask its witnesses. A witness that saw another history keeps the log from being served: whatever it signed
/// next would be a fork.
fn ask_witnesses(logs: &Logs) -> Result<(), Failure> {
    for log in logs.iter() {
        let by_post: Arc<dyn Messenger> = Arc::new(ByPost::new(log.tree_id()));
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
}

impl ByPost {
    fn new(tree_id: u64) -> Self {
        Self { transport: Transport::new(WITNESS_TIMEOUT), tree_id }
    }
}

impl Messenger for ByPost {
    fn exchange(&self, url: &str, body: Option<&str>, limit: usize) -> Result<(u16, Vec<u8>), String> {
        self.transport.exchange_text(url, body, limit)
    }

    fn news(&self, witness: &str, what: &str) {
        eprintln!("log {}: witness {witness}: {}", self.tree_id, render::printable(what));
    }
}
