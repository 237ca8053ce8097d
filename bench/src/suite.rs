//! All measurements of the log over HTTP, side by side with its peers, in one run.

use crate::load::{Figures, closed_loop, open_loop};
use crate::process::{Process, free_address, quiet, run};
use crate::{Trouble, links, tiles, wire};
use clap::Args;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const ENTRIES: &str = "/api/v1/log/entries";

/// The key of Tessera's own examples.
const TESSERA_KEY: &str = "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";

/// Measure a log over HTTP, and what peers are at hand.
#[derive(Args)]
pub struct Suite {
    /// The `rekor` command
    #[arg(long, value_name = "PROGRAM")]
    rekor: PathBuf,

    /// A folder on the disk that is to be measured; what was in it goes
    #[arg(long, value_name = "DIR")]
    work: PathBuf,

    /// Additions in the closed loop
    #[arg(long, default_value_t = 50_000)]
    count: usize,

    /// nginx, to read tiles beside
    #[arg(long, value_name = "PROGRAM")]
    nginx: Option<PathBuf>,

    /// Tessera's conformance server over POSIX storage, to add beside
    #[arg(long, value_name = "PROGRAM")]
    tessera: Option<PathBuf>,
}

/// Connections of the closed loop.
const CONNECTIONS: usize = 128;

/// Requests a second of the open loop, for how many seconds.
const OPEN: (f64, usize) = (1000.0, 20);

pub fn suite(suite: &Suite) -> Result<(), Trouble> {
    let failed = |error| Trouble::new(format!("cannot make {} ready: {error}", suite.work.display()));
    if suite.work.exists() {
        fs::remove_dir_all(&suite.work).map_err(failed)?;
    }
    fs::create_dir_all(&suite.work).map_err(failed)?;
    // nginx takes relative paths for its own folder's.
    let work = fs::canonicalize(&suite.work).map_err(failed)?;
    println!("{:44}{:>10}   {:>29}  {:>10}", "", "rate", "latency in ms", "server's");
    println!("{:44}{:>10}   {:>9}{:>10}{:>10}  {:>10}", "", "a second", "p50", "p99", "max", "µs a piece");
    let data = work.join("data");
    let log = created(&suite.rekor, &data)?;
    additions(suite, &data)?;
    // Whatever was acknowledged, the log is in order: nothing here is fast because it is wrong.
    audit(&suite.rekor, &data)?;
    reads(suite, &work, &log)?;
    if let Some(tessera) = &suite.tessera {
        for persistent in [false, true] {
            peer(suite, tessera, persistent)?;
        }
    }
    Ok(())
}

/// Makes a log; its folder.
fn created(rekor: &Path, data: &Path) -> Result<PathBuf, Trouble> {
    let said = run(Command::new(rekor).args(["log", "create", "--data"]).arg(data))?;
    let tree = said.lines().next().unwrap_or_default();
    Ok(data.join(tree))
}

fn additions(suite: &Suite, data: &Path) -> Result<(), Trouble> {
    let server = Process::rekor(&suite.rekor, data)?;
    let requests = |count, seed| posts(&server.address, ENTRIES, &links::proposals(count, seed)?);
    let all = requests(suite.count, 1)?;
    let again = all.clone();
    measure("links, closed loop of 128", &server, 201, || closed_loop(&server.address, CONNECTIONS, all))?;
    measure("the same again: duplicates", &server, 409, || closed_loop(&server.address, CONNECTIONS, again))?;
    let one = requests(suite.count / 25, 2)?;
    measure("links, one connection", &server, 201, || closed_loop(&server.address, 1, one))?;
    let (rate, seconds) = OPEN;
    let paced = requests(rate as usize * seconds, 3)?;
    let load = || open_loop(&server.address, CONNECTIONS, rate, paced);
    measure("links, open loop at 1,000 a second", &server, 201, load).map(drop)
}

/// A complete audit: every signature of every link, and every checkpoint that the log ever signed.
fn audit(rekor: &Path, data: &Path) -> Result<(), Trouble> {
    let start = Instant::now();
    let said = run(Command::new(rekor).args(["audit", "--json"]).arg(data))?;
    let took = start.elapsed().as_secs_f64();
    let report: Value = serde_json::from_str(&said).map_err(|error| Trouble::new(format!("the audit said {error}")))?;
    for (what, name) in [("entries", "size"), ("links' signatures", "signatures"), ("checkpoints", "earlierTrees")] {
        let count =
            report[0][name].as_f64().ok_or_else(|| Trouble::new(format!("the audit told no {name}: {said}")))?;
        println!("{:44}{:>10.0}", format!("complete audit, one process: {what}"), count / took);
    }
    Ok(())
}

fn reads(suite: &Suite, work: &Path, log: &Path) -> Result<(), Trouble> {
    let server = Process::rekor(&suite.rekor, &work.join("data"))?;
    let size = tiles::size(&server.address)?;
    let nginx = match &suite.nginx {
        Some(nginx) => Some(tiles::nginx(nginx, &suite.rekor, log, work)?),
        None => {
            println!("nginx is not installed: nothing to read beside");
            None
        }
    };
    for (what, paths, count) in
        [("tiles of 8 KiB", tiles::hash_tiles(size), 200_000), ("bundles of 256 entries", tiles::bundles(size), 20_000)]
    {
        let mut rates = Vec::new();
        for (name, process) in [("rekor", Some(&server)), ("nginx", nginx.as_ref())] {
            let Some(process) = process else { continue };
            let requests = tiles::requests(&process.address, &paths, count);
            let read = || closed_loop(&process.address, tiles::CONNECTIONS, requests);
            rates.push(measure(&format!("{what}, {name}"), process, 200, read)?);
        }
        if let [ours, theirs] = rates[..] {
            println!("{:44}{:>10.2}", "  nginx ÷ rekor", theirs / ours);
        }
    }
    Ok(())
}

/// Tessera takes any bytes: 1 KiB of them, nothing verified.
fn peer(suite: &Suite, tessera: &Path, persistent: bool) -> Result<(), Trouble> {
    let address = free_address()?;
    let storage = suite.work.join(if persistent { "tessera-antispam" } else { "tessera" });
    let mut command = quiet(tessera);
    command.arg("--storage_dir").arg(storage).args(["--listen", &address]).env("LOG_PRIVATE_KEY", TESSERA_KEY);
    command.args(persistent.then_some("--antispam"));
    let server = Process::start(&mut command, &address)?;
    let name = if persistent { "Tessera, persistent deduplication" } else { "Tessera, no persistent deduplication" };
    let leaf = |number: usize| format!("{number:01024}").into_bytes();
    let requests = |range: std::ops::Range<usize>| posts(&address, "/add", &range.map(leaf).collect::<Vec<_>>());
    let all = requests(0..suite.count)?;
    let wide = || closed_loop(&address, 1024, all);
    show(&format!("{name}, loop of 1,024"), &server, 200, wide)?;
    let again = requests(suite.count..2 * suite.count / 25 + suite.count)?;
    show(&format!("{name}, loop of 128"), &server, 200, || closed_loop(&address, CONNECTIONS, again)).map(drop)
}

fn posts(address: &str, path: &str, bodies: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Trouble> {
    Ok(bodies.iter().map(|body| wire::post(address, path, body)).collect())
}

/// As [`show`]; answers a second, each of which must have the status `expected`.
fn measure<R>(what: &str, server: &Process, expected: u16, load: R) -> Result<f64, Trouble>
where
    R: FnOnce() -> Result<Figures, Trouble>,
{
    let figures = show(what, server, expected, load)?;
    if figures.statuses.keys().any(|status| *status != expected) {
        return Err(Trouble::new(format!("{what}: expected {expected} alone, found {:?}", figures.statuses)));
    }
    Ok(figures.rate(expected))
}

/// Runs one measurement and prints its line. Only answers with the status `expected` count for its rate: a peer may
/// refuse what it has no room for.
fn show<R>(what: &str, server: &Process, expected: u16, load: R) -> Result<Figures, Trouble>
where
    R: FnOnce() -> Result<Figures, Trouble>,
{
    let before = server.processor_time();
    let figures = load()?;
    let took = server.processor_time() - before;
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| figures.quantile(share));
    let (rate, each) = (figures.rate(expected), took * 1e6 / figures.count() as f64);
    println!("{what:44}{rate:>10.0}   {p50:>9.2}{p99:>10.2}{max:>10.2}  {each:>10.0}");
    for (status, count) in figures.statuses.iter().filter(|(status, _)| **status != expected) {
        println!("  {count} answers with status {status}, which do not count");
    }
    Ok(figures)
}
