//! What the scrub has read and found, for alerts.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

/// Metrics of the scrub. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct ScrubMetrics {
    last_completed: Gauge,
    position: Gauge,
    records: Counter,
    bytes: Counter,
    problems: Counter,
}

impl ScrubMetrics {
    /// Shows them on a page of metrics.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "entente_scrub_last_completed_timestamp_seconds",
            "When the whole store was last read again and found sound, in seconds since 1970; before the first time, when it was first opened",
            self.last_completed.clone(),
        );
        registry.register(
            "entente_scrub_position",
            "The last position that was read again",
            self.position.clone(),
        );
        registry.register(
            "entente_scrub_checked_records",
            "Records that were read again",
            self.records.clone(),
        );
        registry.register(
            "entente_scrub_checked_bytes",
            "Bytes of the log's file that were read again from disk",
            self.bytes.clone(),
        );
        registry.register(
            "entente_scrub_problems",
            "Damaged places that were found; the log says where. Each is counted again in every round",
            self.problems.clone(),
        );
    }

    /// Notes that records were checked up to this position.
    pub(super) fn checked_records(&self, count: u64, position: u64) {
        self.records.inc_by(count);
        self.position
            .set(i64::try_from(position).unwrap_or(i64::MAX));
    }

    /// Notes that bytes on disk were checked.
    pub(super) fn checked_bytes(&self, count: u64) {
        self.bytes.inc_by(count);
    }

    /// Notes damage.
    pub(super) fn found_problem(&self) {
        self.problems.inc();
    }

    /// Notes that the whole store was read and is undamaged.
    pub(super) fn completed(&self, micros: i64) {
        self.last_completed.set(micros / 1_000_000);
    }
}
