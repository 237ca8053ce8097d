//! Figures for Prometheus (text format 0.0.4).

use axum::http::StatusCode;
use rekor_log::Log;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{Display, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Upper bounds of the latency histograms' buckets, in microseconds.
const BOUNDS: [u64; 12] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// What became of an addition: a label's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Recorded,
    Duplicate,
    Refused,
    Busy,
    Full,
    Frozen,
    Stopped,
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Full => "full",
            Self::Frozen => "frozen",
            Self::Stopped => "stopped",
        }
    }
}

/// What one route answered to one method.
#[derive(Default)]
struct Route {
    statuses: BTreeMap<u16, u64>,
    /// For each of [`BOUNDS`] the requests that took as long or less, but longer than the one before.
    buckets: [u64; BOUNDS.len()],
    microseconds: u64,
}

/// Counters since the server started.
#[derive(Default)]
pub(crate) struct Metrics {
    /// By route, then by method: routes are those of the router, never what a client made up.
    routes: Mutex<HashMap<String, BTreeMap<&'static str, Route>>>,
    additions: Mutex<BTreeMap<(u64, Outcome), u64>>,
    /// Connections that are open.
    pub connections: AtomicU64,
    /// Connections that were turned away because their client had too many.
    pub connections_refused: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Metrics {
    /// Counts an answered request. `took` is the time from the request's head to the answer's.
    pub(crate) fn request(&self, route: &str, method: &'static str, status: StatusCode, took: Duration) {
        let mut routes = lock(&self.routes);
        if !routes.contains_key(route) {
            routes.insert(route.to_owned(), BTreeMap::new());
        }
        let Some(methods) = routes.get_mut(route) else { return };
        let series = methods.entry(method).or_default();
        *series.statuses.entry(status.as_u16()).or_default() += 1;
        let took = took.as_micros() as u64;
        series.microseconds += took;
        if let Some(bucket) = series.buckets.get_mut(BOUNDS.partition_point(|bound| *bound < took)) {
            *bucket += 1;
        }
    }

    /// Counts what became of an addition.
    pub(crate) fn addition(&self, tree_id: u64, outcome: Outcome) {
        *lock(&self.additions).entry((tree_id, outcome)).or_default() += 1;
    }

    /// Everything, as Prometheus reads it.
    pub(crate) fn render(&self, logs: &[Arc<Log>]) -> String {
        let mut text = Text::default();
        self.render_requests(&mut text);
        self.render_logs(&mut text, logs);
        text.family("rekor_connections", "gauge", "Connections that are open.");
        text.sample("rekor_connections", &[], self.connections.load(Ordering::Relaxed));
        let refused = self.connections_refused.load(Ordering::Relaxed);
        text.family("rekor_connections_refused_total", "counter", "Connections of clients that had too many.");
        text.sample("rekor_connections_refused_total", &[], refused);
        text.0
    }

    fn render_requests(&self, text: &mut Text) {
        let routes = lock(&self.routes);
        let sorted: BTreeMap<_, _> = routes.iter().collect();
        let all =
            || sorted.iter().flat_map(|(route, methods)| methods.iter().map(move |(method, it)| (route, method, it)));
        text.family("rekor_http_requests_total", "counter", "Requests that were answered.");
        for (route, method, series) in all() {
            for (status, count) in &series.statuses {
                let labels = [("route", route.as_str()), ("method", method), ("status", &status.to_string())];
                text.sample("rekor_http_requests_total", &labels, count);
            }
        }
        let name = "rekor_http_request_duration_seconds";
        text.family(name, "histogram", "Time from the head of a request to the head of its answer.");
        for (route, method, series) in all() {
            series.render(text, name, [("route", route.as_str()), ("method", method)]);
        }
    }

    fn render_logs(&self, text: &mut Text, logs: &[Arc<Log>]) {
        text.family("rekor_additions_total", "counter", "Additions that were asked for, by what became of them.");
        for ((tree_id, outcome), count) in lock(&self.additions).iter() {
            let labels = [("log", tree_id.to_string()), ("outcome", outcome.label().to_owned())];
            text.sample(
                "rekor_additions_total",
                &labels.each_ref().map(|(name, value)| (*name, value.as_str())),
                count,
            );
        }
        for (name, kind, help, value) in LOG_FIGURES {
            text.family(name, kind, help);
            for log in logs {
                text.sample(name, &[("log", &log.tree_id().to_string())], value(log));
            }
        }
    }
}

/// A figure of each log: name, kind, what it tells, and where it is from.
type LogFigure = (&'static str, &'static str, &'static str, fn(&Log) -> f64);

const LOG_FIGURES: [LogFigure; 10] = [
    ("rekor_log_entries", "gauge", "Entries of the newest tree.", |log| log.head().size as f64),
    ("rekor_log_head_time_seconds", "gauge", "When the newest tree became durable.", |log| log.head().time as f64),
    ("rekor_log_frozen", "gauge", "1 where the log is finished.", |log| log.frozen().into()),
    ("rekor_log_stopped", "gauge", "1 where the log has stopped after a fault.", |log| log.stopped().is_some().into()),
    ("rekor_log_queue", "gauge", "Additions that wait.", |log| log.counters().waiting as f64),
    ("rekor_log_queue_bytes", "gauge", "Bytes of additions that wait.", |log| log.counters().waiting_bytes as f64),
    ("rekor_log_batches_total", "counter", "Batches made durable.", |log| log.counters().batches as f64),
    ("rekor_log_batched_total", "counter", "Additions in these batches.", |log| log.counters().additions as f64),
    ("rekor_log_sync_seconds_total", "counter", "Time in which the disk made them durable.", |log| {
        log.counters().syncing.as_secs_f64()
    }),
    ("rekor_log_index_in_memory", "gauge", "Records of the index that are not on disk yet.", |log| {
        log.counters().index_in_memory as f64
    }),
];

impl Route {
    fn render(&self, text: &mut Text, name: &str, labels: [(&str, &str); 2]) {
        let (bucket, [route, method]) = (format!("{name}_bucket"), labels);
        let mut until = 0;
        for (bound, count) in BOUNDS.iter().zip(self.buckets) {
            until += count;
            text.sample(&bucket, &[route, method, ("le", &seconds(*bound).to_string())], until);
        }
        let count: u64 = self.statuses.values().sum();
        text.sample(&bucket, &[route, method, ("le", "+Inf")], count);
        text.sample(&format!("{name}_sum"), &labels, seconds(self.microseconds));
        text.sample(&format!("{name}_count"), &labels, count);
    }
}

fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

/// The text format. Writing to a `String` does not fail.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        let metrics = Metrics::default();
        for microseconds in [100, 250, 251, 9_999_999] {
            metrics.request("/x", "GET", StatusCode::OK, Duration::from_micros(microseconds));
        }
        metrics.request("/x", "GET", StatusCode::NOT_FOUND, Duration::from_micros(300));
        metrics.addition(7, Outcome::Recorded);
        let text = metrics.render(&[]);
        for line in [
            "# TYPE rekor_http_requests_total counter",
            r#"rekor_http_requests_total{route="/x",method="GET",status="200"} 4"#,
            r#"rekor_http_requests_total{route="/x",method="GET",status="404"} 1"#,
            "# TYPE rekor_http_request_duration_seconds histogram",
            r#"rekor_http_request_duration_seconds_bucket{route="/x",method="GET",le="0.00025"} 2"#,
            r#"rekor_http_request_duration_seconds_bucket{route="/x",method="GET",le="0.0005"} 4"#,
            r#"rekor_http_request_duration_seconds_bucket{route="/x",method="GET",le="5"} 4"#,
            r#"rekor_http_request_duration_seconds_bucket{route="/x",method="GET",le="+Inf"} 5"#,
            r#"rekor_http_request_duration_seconds_sum{route="/x",method="GET"} 10.0009"#,
            r#"rekor_http_request_duration_seconds_count{route="/x",method="GET"} 5"#,
            r#"rekor_additions_total{log="7",outcome="recorded"} 1"#,
            "rekor_connections 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nis missing in\n{text}");
        }
    }

    #[test]
    fn a_label_cannot_end_its_line() {
        let mut text = Text::default();
        text.sample("x", &[("a", "\"\\\n")], 1);
        assert_eq!(text.0, "x{a=\"\\\"\\\\\\n\"} 1\n");
    }
}
