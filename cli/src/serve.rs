//! `rekor serve`: the logs of a data folder.

use crate::{Failure, Outcome};
use clap::Args;
use rekor_log::Logs;
use rekor_server::Config;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Run the logs of a data folder over HTTP, and the page that verifies.
///
/// Each log has its own address `/logs/<treeID>`; the one that was created first also answers at `/`.
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
