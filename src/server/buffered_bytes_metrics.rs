//! Metrics of the memory that clients make the server hold.

use std::{fmt, sync::OnceLock};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
};

use super::byte_budget::ByteBudget;

/// The budgets, read for every scrape.
#[derive(Debug, Default)]
pub(super) struct BufferedBytesMetrics {
    rooms: OnceLock<(ByteBudget, ByteBudget)>,
}

impl BufferedBytesMetrics {
    /// Sets the budgets to read. Only the first call has an effect.
    pub(super) fn observe(&self, answers: ByteBudget, requests: ByteBudget) {
        let first = self.rooms.set((answers, requests)).is_ok();
        debug_assert!(first, "a server has one room of each kind");
    }
}

impl Collector for BufferedBytesMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let held = self.rooms.get();
        let (answers, requests) = held.map_or((0, 0), |(answers, requests)| {
            (answers.held_bytes(), requests.held_bytes())
        });
        for (name, help, bytes) in [
            (
                "entente_held_answer_bytes",
                "Memory held by large answers that clients have not read",
                answers,
            ),
            (
                "entente_held_request_bytes",
                "Memory held by unfinished requests",
                requests,
            ),
        ] {
            let family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(bytes).encode(family)?;
        }
        Ok(())
    }
}
