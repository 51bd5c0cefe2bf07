//! Lag of subscriptions, for alerts.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
};

use crate::{
    feed::lag_here,
    store::{Cursor, Store},
};

/// Maximum number of series: the subscriptions that are furthest behind.
const SERIES_MAX: usize = 100;

/// The subscriptions of the store, read for each scrape.
#[derive(Default)]
pub(super) struct SubscriptionMetrics {
    store: OnceLock<Store>,
}

impl SubscriptionMetrics {
    /// Sets the store to read. Only the first call has an effect.
    pub(super) fn observe(&self, store: Store) {
        // A second store is a mistake for tests to find; metrics are no reason to stop.
        let first = self.store.set(store).is_ok();
        debug_assert!(first, "a server has one store");
    }
}

impl fmt::Debug for SubscriptionMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionMetrics")
            .field("open", &self.store.get().is_some())
            .finish()
    }
}

impl Collector for SubscriptionMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let count = self.store.get().map_or(0, |store| store.cursors().len());
        let (name, help) = ("entente_subscriptions", "Subscriptions there are");
        let family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(count as u64).encode(family)?;
        let name = "entente_subscription_lag_changes";
        let help = "Matching changes not acknowledged, of those furthest behind";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        let Some(store) = self.store.get() else {
            return Ok(());
        };
        for cursor in furthest_behind(store) {
            // One that cannot be read is reported where it is used.
            if let Ok(lag) = lag_here(store, &cursor) {
                let labels = [("subscription", cursor.slug.as_str())];
                ConstGauge::new(lag.changes).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

/// Counted in positions, matching or not, because that needs no query.
fn furthest_behind(store: &Store) -> Vec<Arc<Cursor>> {
    let mut cursors = store.cursors().list("", usize::MAX);
    cursors.sort_by(|a, b| (a.acked, &a.slug).cmp(&(b.acked, &b.slug)));
    cursors.truncate(SERIES_MAX);
    cursors
}
