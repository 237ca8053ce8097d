//! Closed and open loops, and what they measure.

use crate::Trouble;
use crate::wire::Connection;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, LocalSet};

/// The requests of a run, in order; each is sent once.
pub type Requests = Rc<Vec<Vec<u8>>>;

/// What one connection saw.
#[derive(Default)]
struct Seen {
    latencies: Vec<Duration>,
    statuses: BTreeMap<u16, usize>,
}

/// What a run measured.
pub struct Figures {
    /// Every latency, shortest first.
    latencies: Vec<Duration>,
    /// How many answers had each status.
    pub statuses: BTreeMap<u16, usize>,
    elapsed: Duration,
}

impl Figures {
    fn new(all: Vec<Seen>, elapsed: Duration) -> Self {
        let mut figures = Self { latencies: Vec::new(), statuses: BTreeMap::new(), elapsed };
        for seen in all {
            figures.latencies.extend(seen.latencies);
            for (status, count) in seen.statuses {
                *figures.statuses.entry(status).or_default() += count;
            }
        }
        figures.latencies.sort_unstable();
        figures
    }

    /// Number of answers.
    pub fn count(&self) -> usize {
        self.latencies.len()
    }

    /// Answers a second that have this status.
    pub fn rate(&self, status: u16) -> f64 {
        self.statuses.get(&status).copied().unwrap_or_default() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency in milliseconds that this share of answers, 0 to 1, did not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let rank = (self.latencies.len() as f64 * share).ceil() as usize;
        self.latencies.get(rank.saturating_sub(1)).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| self.quantile(share));
        let rate = self.latencies.len() as f64 / self.elapsed.as_secs_f64();
        write!(f, "{rate:8.0}/s   p50 {p50:7.2}  p99 {p99:7.2}  max {max:7.2} ms  ")?;
        self.statuses.iter().try_for_each(|(status, count)| write!(f, " {status}: {count}"))
    }
}

/// Every connection sends its next request as soon as it has the answer to the last one.
pub fn closed_loop(address: &str, connections: usize, requests: Vec<Vec<u8>>) -> Result<Figures, Trouble> {
    let requests: Requests = Rc::new(requests);
    let next = Rc::new(Cell::new(0));
    run(address, connections, |mut connection, _| {
        let (requests, next) = (Rc::clone(&requests), Rc::clone(&next));
        async move {
            let mut seen = Seen::default();
            while let Some(request) = requests.get(next.replace(next.get() + 1)) {
                seen.exchange(&mut connection, request, Instant::now()).await?;
            }
            Ok(seen)
        }
    })
}

/// Requests are sent at a fixed rate, whatever the answers do. A latency counts from the moment at which the request
/// was due, so that a server that stalls is charged for everybody whom it kept waiting.
pub fn open_loop(address: &str, connections: usize, rate: f64, requests: Vec<Vec<u8>>) -> Result<Figures, Trouble> {
    let count = requests.len();
    let requests: Requests = Rc::new(requests);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..connections).map(|_| unbounded_channel()).unzip();
    let receivers: Vec<_> = receivers.into_iter().map(|receiver| Cell::new(Some(receiver))).collect();
    let pacer = Cell::new(Some((senders, count, rate)));
    run(address, connections, |mut connection, number| {
        // The clock starts once everybody is connected.
        if let Some((senders, count, rate)) = pacer.take() {
            thread::spawn(move || pace(&senders, count, rate));
        }
        let (requests, due) = (Rc::clone(&requests), receivers[number].take());
        async move {
            let mut seen = Seen::default();
            let Some(mut due): Option<UnboundedReceiver<(usize, Instant)>> = due else { return Ok(seen) };
            while let Some((request, intended)) = due.recv().await {
                seen.exchange(&mut connection, &requests[request], intended).await?;
            }
            Ok(seen)
        }
    })
}

/// Tells the connections in turn when which request is due. A thread of its own: the runtime's timers count in
/// milliseconds.
fn pace(connections: &[UnboundedSender<(usize, Instant)>], count: usize, rate: f64) {
    let start = Instant::now();
    for number in 0..count {
        let due = start + Duration::from_secs_f64(number as f64 / rate);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        // A connection that ended reports its own trouble.
        let _ = connections[number % connections.len()].send((number, due));
    }
}

impl Seen {
    async fn exchange(&mut self, connection: &mut Connection, request: &[u8], since: Instant) -> Result<(), Trouble> {
        let answer = connection.exchange(request).await?;
        self.latencies.push(since.elapsed());
        *self.statuses.entry(answer.status).or_default() += 1;
        Ok(())
    }
}

/// Opens all connections, then runs `work` on each.
fn run<W, F>(address: &str, connections: usize, work: W) -> Result<Figures, Trouble>
where
    W: Fn(Connection, usize) -> F,
    F: Future<Output = Result<Seen, Trouble>> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::new(format!("cannot start the runtime: {error}")))?;
    LocalSet::new().block_on(&runtime, async {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await?);
        }
        let start = Instant::now();
        let working = open.into_iter().enumerate();
        let working: Vec<JoinHandle<_>> =
            working.map(|(number, connection)| tokio::task::spawn_local(work(connection, number))).collect();
        let mut all = Vec::new();
        for connection in working {
            let seen =
                connection.await.map_err(|error| Trouble::new(format!("a connection's task failed: {error}")))?;
            all.push(seen?);
        }
        Ok(Figures::new(all, start.elapsed()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_latencies_that_were_seen() {
        let latencies = (1..=100).map(Duration::from_millis).collect();
        let seen = Seen { latencies, statuses: BTreeMap::from([(201, 90), (503, 10)]) };
        let figures = Figures::new(vec![seen], Duration::from_secs(2));
        assert_eq!([0.5, 0.99, 1.0].map(|share| figures.quantile(share)), [50.0, 99.0, 100.0]);
        assert_eq!(figures.rate(201), 45.0);
    }
}
