use std::time::Duration;

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::clock::WallClock;

/// Between two log lines that sum up what peers did wrong.
const SUMMARY_INTERVAL: Duration = Duration::from_secs(60);

type ByReason = Family<[(&'static str, &'static str); 1], Counter>;

/// The connections of the gRPC port. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionMetrics {
    open: Gauge,
    refused: ByReason,
    ended: ByReason,
    requests_refused: ByReason,
    accept_errors: Counter,
}

/// Why a connection was not served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    ConnectionsMax,
    ConnectionsPerAddressMax,
    HandshakeTimeout,
    NotHttp2,
}

/// How a connection that was served has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    Closed,
    Broken,
    KeepaliveTimeout,
    ProtocolError,
    Flood,
    SilentInDrain,
}

/// Why a request did not reach its method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RequestRefused {
    Method,
    ContentType,
    MetadataTooLarge,
    Draining,
}

impl Refused {
    const ALL: [Refused; 4] = [
        Refused::ConnectionsMax,
        Refused::ConnectionsPerAddressMax,
        Refused::HandshakeTimeout,
        Refused::NotHttp2,
    ];

    fn label(self) -> &'static str {
        match self {
            Refused::ConnectionsMax => "connections_max",
            Refused::ConnectionsPerAddressMax => "connections_per_address_max",
            Refused::HandshakeTimeout => "handshake_timeout",
            Refused::NotHttp2 => "not_http2",
        }
    }
}

impl Ended {
    const ALL: [Ended; 6] = [
        Ended::Closed,
        Ended::Broken,
        Ended::KeepaliveTimeout,
        Ended::ProtocolError,
        Ended::Flood,
        Ended::SilentInDrain,
    ];

    fn label(self) -> &'static str {
        match self {
            Ended::Closed => "closed",
            Ended::Broken => "broken",
            Ended::KeepaliveTimeout => "keepalive_timeout",
            Ended::ProtocolError => "protocol_error",
            Ended::Flood => "flood",
            Ended::SilentInDrain => "silent_in_drain",
        }
    }
}

impl RequestRefused {
    const ALL: [RequestRefused; 4] = [
        RequestRefused::Method,
        RequestRefused::ContentType,
        RequestRefused::MetadataTooLarge,
        RequestRefused::Draining,
    ];

    fn label(self) -> &'static str {
        match self {
            RequestRefused::Method => "method",
            RequestRefused::ContentType => "content_type",
            RequestRefused::MetadataTooLarge => "metadata_too_large",
            RequestRefused::Draining => "draining",
        }
    }
}

impl Default for ConnectionMetrics {
    fn default() -> Self {
        let from_zero = |labels: &[&'static str]| {
            let family = ByReason::default();
            for label in labels {
                drop(family.get_or_create(&[("reason", *label)]));
            }
            family
        };
        ConnectionMetrics {
            open: Gauge::default(),
            refused: from_zero(&Refused::ALL.map(Refused::label)),
            ended: from_zero(&Ended::ALL.map(Ended::label)),
            requests_refused: from_zero(&RequestRefused::ALL.map(RequestRefused::label)),
            accept_errors: Counter::default(),
        }
    }
}

impl ConnectionMetrics {
    /// Shows them on a page of metrics.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "entente_connections",
            "Connections of the gRPC port that are open",
            self.open.clone(),
        );
        registry.register(
            "entente_connections_refused",
            "Connections of the gRPC port that were not served, by reason",
            self.refused.clone(),
        );
        registry.register(
            "entente_connections_ended",
            "Connections of the gRPC port that were served and have ended, by reason",
            self.ended.clone(),
        );
        registry.register(
            "entente_requests_refused",
            "Requests that did not reach their method, by reason",
            self.requests_refused.clone(),
        );
        registry.register(
            "entente_accept_errors",
            "Failures to accept a connection that were not the peer's doing",
            self.accept_errors.clone(),
        );
    }

    /// A connection was accepted; it counts as open until this is dropped.
    pub(crate) fn open(&self) -> OpenConnection {
        self.open.inc();
        OpenConnection {
            open: self.open.clone(),
        }
    }

    /// Notes that a connection was not served.
    pub(crate) fn refuse(&self, reason: Refused) {
        self.refused
            .get_or_create(&[("reason", reason.label())])
            .inc();
    }

    /// Notes that a served connection has ended.
    pub(crate) fn end(&self, reason: Ended) {
        self.ended
            .get_or_create(&[("reason", reason.label())])
            .inc();
    }

    /// Notes that a request did not reach its method.
    pub(crate) fn refuse_request(&self, reason: RequestRefused) {
        self.requests_refused
            .get_or_create(&[("reason", reason.label())])
            .inc();
    }

    /// Notes that a connection could not be accepted.
    pub(crate) fn fail_to_accept(&self) {
        self.accept_errors.inc();
    }

    /// Writes a log line from time to time, if something was refused or broken since the last one.
    pub(crate) async fn sum_up(self, clock: WallClock) {
        let mut before = self.sums();
        loop {
            clock.sleep(SUMMARY_INTERVAL).await;
            let now = self.sums();
            if now != before {
                let [connections, broken, requests] =
                    std::array::from_fn(|n| now[n].saturating_sub(before[n]));
                tracing::info!(
                    connections,
                    broken,
                    requests,
                    "refused connections, broken ones and refused requests of the last minute; \
                     /metrics has them by reason"
                );
                before = now;
            }
        }
    }

    fn sums(&self) -> [u64; 3] {
        let sum = |family: &ByReason, labels: &[&'static str]| -> u64 {
            let count = |label: &&'static str| family.get_or_create(&[("reason", *label)]).get();
            labels.iter().map(count).sum()
        };
        let broken = [Ended::KeepaliveTimeout, Ended::ProtocolError, Ended::Flood];
        [
            sum(&self.refused, &Refused::ALL.map(Refused::label)),
            sum(&self.ended, &broken.map(Ended::label)),
            sum(
                &self.requests_refused,
                &RequestRefused::ALL.map(RequestRefused::label),
            ),
        ]
    }
}

/// Counts as open until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    open: Gauge,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.open.dec();
    }
}
