//! What a log costs: appends, start, memory, audit. `cargo run --release -p rekor-log --example bench -- [options]`
//!
//! ```text
//! --entries N       entries in the end (10,000)
//! --bytes N         of each entry (1,024)
//! --waiting N       additions under way at once while it is measured (512)
//! --window N        additions that are measured, to young logs of 10,000 entries and in the end (10,000)
//! --data DIR        where; a folder of its own is made below, and removed in the end (the system's temporary folder)
//! ```
//!
//! Prints one JSON object a line and measurement. Every append is durable before it is answered.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A benchmark that cannot go on should stop where it is.

use rekor_log::{AtRest, Candidate, Depth, KnownTree, Log, Source as _, audit};
use rekor_verifier::format::checkpoint::Checkpoint;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

struct Options {
    entries: u64,
    bytes: usize,
    waiting: usize,
    window: u64,
    data: PathBuf,
}

fn options() -> Options {
    let mut options =
        Options { entries: 10_000, bytes: 1024, waiting: 512, window: 10_000, data: std::env::temp_dir() };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_else(|| panic!("{name} needs a value"));
        match name.as_str() {
            "--entries" => options.entries = value.parse().expect("a number"),
            "--bytes" => options.bytes = value.parse().expect("a number"),
            "--waiting" => options.waiting = value.parse().expect("a number"),
            "--window" => options.window = value.parse().expect("a number"),
            "--data" => options.data = value.into(),
            _ => panic!("{name} is no option"),
        }
    }
    options.bytes = options.bytes.clamp(8, 65_535);
    options
}

fn main() {
    let options = options();
    let data = options.data.join(format!("rekor-log-bench-{}", std::process::id()));
    // Ten thousand entries are not many: several young logs give a figure that stands.
    let mut young = Vec::new();
    for number in 0..(options.window / EARLY).max(1) {
        let data = data.join(number.to_string());
        let log = Log::create(&data, None).unwrap();
        append(&log, &options, EARLY.min(options.entries) / 2);
        young.push(append(&log, &options, EARLY.min(options.entries)));
        drop(log);
        std::fs::remove_dir_all(&data).unwrap();
    }
    let young = Appends::joined(young);
    young.print("appends to a log of 10,000 entries");
    let log = Log::create(&data, None).unwrap();
    let window = options.window.min(options.entries);
    append(&log, &options, options.entries - window);
    let old = append(&log, &options, window);
    old.print(&format!("appends to a log of {} entries", log.head().size));
    let ratio = old.cpu_per_entry() / young.cpu_per_entry();
    println!(
        "{}",
        json!({ "measured": "processor time for an append, relative to a log of 10,000 entries", "ratio": ratio })
    );
    let tree_id = log.tree_id();
    drop(log);
    print_start(&data, tree_id);
    print_audit(&data.join(tree_id.to_string()));
    std::fs::remove_dir_all(&data).unwrap();
}

/// Entries of a young log: it is measured between half as many and half as many more.
const EARLY: u64 = 10_000;

/// What some appends took.
struct Appends {
    entries: u64,
    took: Duration,
    /// Processor time of the process, all threads.
    cpu: Duration,
    /// The part of it in the kernel, to ten milliseconds.
    system: Duration,
    /// From being submitted to being answered, sorted.
    latencies: Vec<Duration>,
}

impl Appends {
    fn joined(several: Vec<Self>) -> Self {
        let (took, cpu) = (several.iter().map(|it| it.took).sum(), several.iter().map(|it| it.cpu).sum());
        let system = several.iter().map(|it| it.system).sum();
        let entries = several.iter().map(|it| it.entries).sum();
        let mut latencies: Vec<_> = several.into_iter().flat_map(|it| it.latencies).collect();
        latencies.sort_unstable();
        Self { entries, took, cpu, system, latencies }
    }

    fn cpu_per_entry(&self) -> f64 {
        self.cpu.as_secs_f64() / self.entries.max(1) as f64
    }

    fn print(&self, measured: &str) {
        let quantile = |part: f64| {
            let position = (self.latencies.len().saturating_sub(1)) as f64 * part;
            self.latencies.get(position as usize).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
        };
        println!(
            "{}",
            json!({
                "measured": measured,
                "entries": self.entries,
                "per_second": self.entries as f64 / self.took.as_secs_f64(),
                "p50_ms": quantile(0.5),
                "p99_ms": quantile(0.99),
                "max_ms": quantile(1.0),
                "processor_us_per_entry": self.cpu_per_entry() * 1e6,
                "of_it_in_the_kernel_us": self.system.as_secs_f64() / self.entries.max(1) as f64 * 1e6,
                "resident_mib": resident() >> 20,
            })
        );
    }
}

/// Appends entries that were never there before, `waiting` at once: a new one as soon as one is answered.
fn append(log: &Log, options: &Options, entries: u64) -> Appends {
    let first = log.head().size;
    let (tokens, free): (SyncSender<()>, Receiver<()>) = sync_channel(options.waiting);
    (0..options.waiting).for_each(|_| tokens.send(()).unwrap());
    let latencies: Arc<Vec<AtomicU64>> = Arc::new((0..entries).map(|_| AtomicU64::new(0)).collect());
    let (start, cpu, system) = (Instant::now(), processor_time(), system_time());
    for i in 0..entries {
        free.recv().unwrap();
        let (tokens, latencies, submitted) = (tokens.clone(), Arc::clone(&latencies), Instant::now());
        log.submit(Candidate::raw(leaf(first + i, options.bytes)).unwrap(), move |added| {
            assert!(!added.unwrap().duplicate);
            latencies[i as usize].store(submitted.elapsed().as_nanos() as u64, Ordering::Relaxed);
            tokens.send(()).unwrap();
        });
    }
    (0..options.waiting).for_each(|_| free.recv().unwrap());
    let (took, cpu) = (start.elapsed(), processor_time() - cpu);
    let mut latencies: Vec<_> = latencies.iter().map(|it| Duration::from_nanos(it.load(Ordering::Relaxed))).collect();
    latencies.sort_unstable();
    Appends { entries, took, cpu, system: system_time() - system, latencies }
}

/// Bytes that no entry before has, and that no compression would shorten.
fn leaf(number: u64, bytes: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut leaf = number.to_be_bytes().to_vec();
    while leaf.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        leaf.extend(state.to_be_bytes());
    }
    leaf.truncate(bytes);
    leaf
}

fn print_start(data: &Path, tree_id: u64) {
    let before = resident();
    let start = Instant::now();
    let log = Log::open(data, tree_id).unwrap();
    let took = start.elapsed();
    println!(
        "{}",
        json!({
            "measured": "start",
            "size": log.head().size,
            "ms": took.as_secs_f64() * 1e3,
            "resident_mib_before": before >> 20,
            "resident_mib": resident() >> 20,
            "index_mib": folder_bytes(&data.join(tree_id.to_string()).join("index")) >> 20,
            "index_rebuilt": log.index_rebuilt(),
        })
    );
}

fn print_audit(folder: &Path) {
    let mut log = AtRest::open(folder).unwrap();
    let checkpoint = Checkpoint::stated_in(&log.checkpoint().unwrap()).unwrap();
    let (start, cpu) = (Instant::now(), processor_time());
    let audited = audit(
        &mut log,
        (checkpoint.size, checkpoint.root),
        std::iter::empty::<Result<KnownTree, _>>(),
        Depth::Tree,
        &mut (),
    );
    let (took, cpu) = (start.elapsed().as_secs_f64(), (processor_time() - cpu).as_secs_f64());
    let entries = audited.unwrap().entries;
    println!(
        "{}",
        json!({ "measured": "audit of entries, tiles and root", "entries": entries, "per_second": entries as f64 / took, "per_processor_second": entries as f64 / cpu })
    );
}

/// Bytes of memory that the process has resident.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

/// Processor time of the process so far, all threads.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The part of it that was spent in the kernel.
fn system_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in the second field may have anything in it, but it ends with the last parenthesis.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().nth(12).and_then(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis(ticks.unwrap_or(0) * 10)
}

fn folder_bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}
