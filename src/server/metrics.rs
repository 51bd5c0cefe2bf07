//! Everything `/metrics` shows: the calls, the store, and what is running.

use std::sync::{Arc, OnceLock};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _, text},
    metrics::{MetricType, counter::ConstCounter, family::Family, gauge::ConstGauge, gauge::Gauge},
    registry::Registry,
};

use super::{
    buffered_bytes_metrics::BufferedBytesMetrics, connections::ConnectionMetrics,
    rpc_metrics::RpcMetrics, scrub_metrics::ScrubMetrics,
    subscription_metrics::SubscriptionMetrics, telemetry,
};
use crate::{feed, proto::DESCRIPTORS, store::Store};

/// The metrics of one server.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    rpcs: Arc<RpcMetrics>,
    store: Arc<StoreMetrics>,
    subscriptions: Arc<SubscriptionMetrics>,
    held: Arc<BufferedBytesMetrics>,
    scrub: ScrubMetrics,
    connections: ConnectionMetrics,
}

/// The store at one moment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct StoreReading {
    /// The newest durable position.
    pub head_position: u64,
    /// Streams of WatchEvents that are open.
    pub open_watches: u64,
    /// Whether the store accepts writes.
    pub healthy: bool,
    /// Seconds that the last commit time is ahead of the clock.
    pub commit_time_ahead: u64,
    /// Running expensive queries.
    pub costly_questions: u64,
}

impl Metrics {
    /// Metrics of a server that has just started; the store reads as unhealthy and empty.
    pub(super) fn new() -> Self {
        let rpcs = Arc::new(RpcMetrics::new(&[
            DESCRIPTORS,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ]));
        let store = Arc::new(StoreMetrics::default());
        let subscriptions = Arc::new(SubscriptionMetrics::default());
        let held = Arc::new(BufferedBytesMetrics::default());
        let mut registry = Registry::default();
        registry.register_collector(Box::new(rpcs.clone()));
        registry.register_collector(Box::new(store.clone()));
        registry.register_collector(Box::new(subscriptions.clone()));
        registry.register_collector(Box::new(LogMetrics));
        registry.register_collector(Box::new(held.clone()));
        let scrub = ScrubMetrics::default();
        scrub.register(&mut registry);
        let connections = ConnectionMetrics::default();
        connections.register(&mut registry);
        registry.register(
            "entente_build_info",
            "What is running; always 1",
            build_info(),
        );
        Self {
            registry,
            rpcs,
            store,
            subscriptions,
            held,
            scrub,
            connections,
        }
    }

    /// The calls.
    pub(super) fn rpcs(&self) -> &Arc<RpcMetrics> {
        &self.rpcs
    }

    /// Bytes that calls hold.
    pub(super) fn held(&self) -> &BufferedBytesMetrics {
        &self.held
    }

    /// Progress of the scrub, which writes these metrics itself.
    pub(super) fn scrub(&self) -> &ScrubMetrics {
        &self.scrub
    }

    /// The connections of the gRPC port.
    pub(super) fn connections(&self) -> &ConnectionMetrics {
        &self.connections
    }

    /// Sets how the store is read for each scrape. It must not block. Only the first call has an effect.
    fn observe_store(&self, read: impl Fn() -> StoreReading + Send + Sync + 'static) {
        // A second store is a mistake for tests to find; metrics are no reason to stop.
        let first = self.store.read.set(Box::new(read)).is_ok();
        debug_assert!(first, "a server has one store");
    }

    /// Reads this store and the open watches for each scrape.
    pub(super) fn observe(&self, store: &Store, watches: &feed::Registry) {
        self.subscriptions.observe(store.clone());
        let (store, watches) = (store.clone(), watches.clone());
        self.observe_store(move || StoreReading {
            head_position: store.head().position,
            open_watches: watches.len() as u64,
            healthy: store.takes_writes(),
            commit_time_ahead: store.ahead().as_secs(),
            costly_questions: store.costly_questions() as u64,
        });
    }

    /// All metrics in the OpenMetrics text format.
    pub(super) fn open_metrics(&self) -> Result<String, std::fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }

    /// All metrics in the older Prometheus text format, which tools such as promtool read.
    pub(super) fn prometheus_text(&self) -> Result<String, std::fmt::Error> {
        self.open_metrics().map(|page| with_sample_names(&page))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// OpenMetrics names a counter without the suffix of its samples, the older format with it. The two
/// differ in nothing else that is used here.
fn with_sample_names(page: &str) -> String {
    let counters: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut converted = String::with_capacity(page.len());
    for line in page.lines().filter(|line| *line != "# EOF") {
        let comment = line
            .strip_prefix("# HELP ")
            .or_else(|| line.strip_prefix("# TYPE "));
        match comment.and_then(|comment| comment.split_once(' ')) {
            Some((name, text)) if counters.contains(&name) => {
                converted.extend([&line[..7], name, "_total ", text]);
            }
            _ => converted.push_str(line),
        }
        converted.push('\n');
    }
    converted
}

fn build_info() -> Family<[(&'static str, &'static str); 1], Gauge> {
    let family = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    family
        .get_or_create(&[("version", env!("CARGO_PKG_VERSION"))])
        .set(1);
    family
}

#[derive(Debug)]
struct LogMetrics;

impl Collector for LogMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        let help = "Log lines that could not be written, or that came faster than they were read";
        let name = "entente_log_lines_lost";
        let lost = ConstCounter::new(telemetry::lost_lines());
        lost.encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)
    }
}

#[derive(Default)]
struct StoreMetrics {
    read: OnceLock<Box<dyn Fn() -> StoreReading + Send + Sync>>,
}

impl std::fmt::Debug for StoreMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreMetrics")
            .field("open", &self.read.get().is_some())
            .finish()
    }
}

impl Collector for StoreMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        let reading = self.read.get().map(|read| read()).unwrap_or_default();
        for (name, help, value) in [
            (
                "entente_head_position",
                "The newest durable position",
                reading.head_position,
            ),
            (
                "entente_open_watches",
                "Streams of WatchEvents and ConsumeSubscription that are open",
                reading.open_watches,
            ),
            (
                "entente_store_healthy",
                "1 when the store takes writes, 0 also while its disk is full",
                reading.healthy.into(),
            ),
            (
                "entente_commit_time_ahead_seconds",
                "How far the last commit time is ahead of the clock, which was wrong then",
                reading.commit_time_ahead,
            ),
            (
                "entente_costly_questions",
                "Costly filters and summaries that are being worked on; others wait for their turn",
                reading.costly_questions,
            ),
        ] {
            let family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(family)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_read_when_the_page_is_asked_for() {
        let metrics = Metrics::new();
        let page = metrics.open_metrics().expect("page");
        assert!(page.contains("\nentente_store_healthy 0\n"), "{page}");
        metrics.observe_store(|| StoreReading {
            head_position: 7,
            open_watches: 2,
            healthy: true,
            commit_time_ahead: 3,
            costly_questions: 1,
        });
        let page = metrics.open_metrics().expect("page");
        for line in [
            "entente_head_position 7",
            "entente_open_watches 2",
            "entente_store_healthy 1",
            "entente_commit_time_ahead_seconds 3",
            "entente_costly_questions 1",
        ] {
            assert!(page.contains(&format!("\n{line}\n")), "{line}\n{page}");
        }
    }

    #[test]
    fn every_series_exists_from_the_start_under_its_standard_name() {
        let page = Metrics::new().open_metrics().expect("page");
        let get =
            r#"{grpc_type="unary",grpc_service="entente.v1.EventService",grpc_method="GetEvent""#;
        for line in [
            "# TYPE grpc_server_started counter".to_owned(),
            format!("grpc_server_started_total{get}}} 0"),
            format!("grpc_server_msg_received_total{get}}} 0"),
            format!("grpc_server_msg_sent_total{get}}} 0"),
            format!("grpc_server_handled_total{get},grpc_code=\"Canceled\"}} 0"),
            format!("grpc_server_handling_seconds_count{get}}} 0"),
            format!(
                "entente_build_info{{version=\"{}\"}} 1",
                env!("CARGO_PKG_VERSION")
            ),
        ] {
            assert!(
                page.contains(&format!("\n{line}\n")) || page.starts_with(&line),
                "{line}\n{page}"
            );
        }
        assert!(page.ends_with("# EOF\n"));
    }

    #[test]
    fn the_older_format_names_counters_like_their_samples() {
        let page = Metrics::new().prometheus_text().expect("page");
        assert!(page.contains("# TYPE grpc_server_handled_total counter\n"));
        assert!(page.contains("# HELP grpc_server_handled_total Calls that ended"));
        assert!(page.contains("# TYPE grpc_server_handling_seconds histogram\n"));
        assert!(page.contains("# TYPE entente_head_position gauge\n"));
        assert!(!page.contains("# EOF"));
    }
}
