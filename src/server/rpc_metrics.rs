//! The `grpc_server_*` metrics: one set of counters for each method, made at start, so that a call
//! costs a look-up and a few additions.
//!
//! Names, labels and codes are those of the common gRPC server libraries, so that existing
//! dashboards and alerts work. Every series exists from the start, at zero. Methods that are not in
//! the descriptors share one set under the name "unknown": what clients send cannot add series.

use std::{collections::HashMap, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, counter::Counter, histogram::Histogram},
};
use prost::Message as _;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};
use tonic::Code;

const UNKNOWN: &str = "unknown";

/// Seconds, the usual bounds and some below: most answers come from memory.
const SECONDS_BOUNDS: [f64; 15] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    10.0,
];

/// As the label `grpc_code` writes them, by number.
const CODES: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "Canceled"),
    (Code::Unknown, "Unknown"),
    (Code::InvalidArgument, "InvalidArgument"),
    (Code::DeadlineExceeded, "DeadlineExceeded"),
    (Code::NotFound, "NotFound"),
    (Code::AlreadyExists, "AlreadyExists"),
    (Code::PermissionDenied, "PermissionDenied"),
    (Code::ResourceExhausted, "ResourceExhausted"),
    (Code::FailedPrecondition, "FailedPrecondition"),
    (Code::Aborted, "Aborted"),
    (Code::OutOfRange, "OutOfRange"),
    (Code::Unimplemented, "Unimplemented"),
    (Code::Internal, "Internal"),
    (Code::Unavailable, "Unavailable"),
    (Code::DataLoss, "DataLoss"),
    (Code::Unauthenticated, "Unauthenticated"),
];

/// The counters of every method.
#[derive(Debug)]
pub(super) struct RpcMetrics {
    by_path: HashMap<String, Arc<MethodMetrics>>,
    /// By service and method, for a stable page of metrics; the unknown one comes last.
    methods: Vec<Arc<MethodMetrics>>,
    unknown: Arc<MethodMetrics>,
}

/// The counters of one method.
#[derive(Debug)]
pub(super) struct MethodMetrics {
    pub(super) kind: &'static str,
    pub(super) service: String,
    pub(super) method: String,
    /// Whether a request may bring several messages.
    pub(super) client_streams: bool,
    pub(super) started: Counter,
    pub(super) received: Counter,
    pub(super) sent: Counter,
    pub(super) seconds: Histogram,
    handled: [Counter; CODES.len()],
}

impl RpcMetrics {
    /// Counters for the methods of these encoded descriptor sets, which the build made.
    pub(super) fn new(descriptors: &[&[u8]]) -> Self {
        let mut methods: Vec<_> = descriptors.iter().flat_map(|set| methods_of(set)).collect();
        methods.sort_by(|a, b| (&a.service, &a.method).cmp(&(&b.service, &b.method)));
        methods.dedup_by(|a, b| (&a.service, &a.method) == (&b.service, &b.method));
        let by_path = methods
            .iter()
            .map(|method| {
                (
                    format!("/{}/{}", method.service, method.method),
                    method.clone(),
                )
            })
            .collect();
        let unknown = Arc::new(MethodMetrics::new("unary", UNKNOWN.into(), UNKNOWN.into()));
        methods.push(unknown.clone());
        Self {
            by_path,
            methods,
            unknown,
        }
    }

    /// Calls that have started and not ended, by method; methods without any are left out.
    pub(super) fn open_calls(&self) -> Vec<(String, u64)> {
        self.methods
            .iter()
            .map(|method| {
                (
                    format!("{}/{}", method.service, method.method),
                    method.open(),
                )
            })
            .filter(|(_, open)| *open > 0)
            .collect()
    }

    /// Paths of the methods whose requests have one message.
    pub(super) fn paths_of_one_message(&self) -> impl Iterator<Item = String> {
        let methods = self.by_path.iter();
        let methods = methods.filter(|(_, method)| !method.client_streams);
        methods.map(|(path, _)| path.clone())
    }

    /// Paths of the methods whose answers are streams.
    pub(super) fn paths_of_streams(&self) -> impl Iterator<Item = String> {
        let methods = self.by_path.iter();
        let methods = methods.filter(|(_, method)| method.kind.contains("_stream"));
        methods.map(|(path, _)| path.clone())
    }

    pub(super) fn of_path(&self, path: &str) -> Option<&Arc<MethodMetrics>> {
        self.by_path.get(path)
    }

    pub(super) fn unknown(&self) -> &Arc<MethodMetrics> {
        &self.unknown
    }
}

impl MethodMetrics {
    fn new(kind: &'static str, service: String, method: String) -> Self {
        Self {
            kind,
            service,
            method,
            client_streams: matches!(kind, "client_stream" | "bidi_stream"),
            started: Counter::default(),
            received: Counter::default(),
            sent: Counter::default(),
            seconds: Histogram::new(SECONDS_BOUNDS),
            handled: Default::default(),
        }
    }

    pub(super) fn handled(&self, code: Code) -> &Counter {
        &self.handled[code as usize]
    }

    fn open(&self) -> u64 {
        // Ended ones first: a call may start and end in between.
        let handled: u64 = self.handled.iter().map(Counter::get).sum();
        self.started.get().saturating_sub(handled)
    }

    fn labels(&self) -> [(&'static str, &str); 3] {
        [
            ("grpc_type", self.kind),
            ("grpc_service", &self.service),
            ("grpc_method", &self.method),
        ]
    }
}

fn methods_of(descriptors: &[u8]) -> Vec<Arc<MethodMetrics>> {
    let set = FileDescriptorSet::decode(descriptors).expect("descriptors are made by the build");
    let mut methods = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let service_name = format!("{}.{}", file.package(), service.name());
            methods.extend(service.method.iter().map(|method| {
                let name = method.name().to_owned();
                Arc::new(MethodMetrics::new(kind(method), service_name.clone(), name))
            }));
        }
    }
    methods
}

fn kind(method: &MethodDescriptorProto) -> &'static str {
    match (method.client_streaming(), method.server_streaming()) {
        (false, false) => "unary",
        (false, true) => "server_stream",
        (true, false) => "client_stream",
        (true, true) => "bidi_stream",
    }
}

impl Collector for RpcMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        let (name, help) = ("grpc_server_started", "Calls that began");
        self.encode_counter(&mut encoder, name, help, |method| &method.started)?;
        let (name, help) = ("grpc_server_msg_received", "Messages received");
        self.encode_counter(&mut encoder, name, help, |method| &method.received)?;
        let (name, help) = ("grpc_server_msg_sent", "Messages sent");
        self.encode_counter(&mut encoder, name, help, |method| &method.sent)?;
        self.encode_handled(&mut encoder)?;
        self.encode_seconds(&mut encoder)
    }
}

impl RpcMetrics {
    fn encode_counter(
        &self,
        encoder: &mut DescriptorEncoder,
        name: &str,
        help: &str,
        counter: impl Fn(&MethodMetrics) -> &Counter,
    ) -> std::fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for method in &self.methods {
            counter(method).encode(family.encode_family(&method.labels())?)?;
        }
        Ok(())
    }

    fn encode_handled(&self, encoder: &mut DescriptorEncoder) -> std::fmt::Result {
        let mut family = encoder.encode_descriptor(
            "grpc_server_handled",
            "Calls that ended, by status; Canceled when the client went away",
            None,
            MetricType::Counter,
        )?;
        for method in &self.methods {
            let [kind, service, name] = method.labels();
            for (code, code_name) in CODES {
                let labels = [kind, service, name, ("grpc_code", code_name)];
                method
                    .handled(code)
                    .encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn encode_seconds(&self, encoder: &mut DescriptorEncoder) -> std::fmt::Result {
        let mut family = encoder.encode_descriptor(
            "grpc_server_handling_seconds",
            "Time from the start of a call to its end, the life of a stream included",
            None,
            MetricType::Histogram,
        )?;
        for method in &self.methods {
            method
                .seconds
                .encode(family.encode_family(&method.labels())?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::DESCRIPTORS;

    #[test]
    fn methods_have_the_type_that_their_descriptor_says() {
        let metrics = RpcMetrics::new(&[DESCRIPTORS]);
        let kind = |path| metrics.of_path(path).map(|method| method.kind);
        assert_eq!(kind("/entente.v1.EventService/GetEvent"), Some("unary"));
        assert_eq!(
            kind("/entente.v1.EventService/WatchEvents"),
            Some("server_stream")
        );
        assert_eq!(kind("/grpc.health.v1.Health/Watch"), Some("server_stream"));
        assert_eq!(kind("/entente.v1.EventService/Nothing"), None);
    }

    #[test]
    fn every_code_counts_under_its_own_name() {
        for (index, (code, _)) in CODES.into_iter().enumerate() {
            assert_eq!(code as usize, index);
        }
    }

    #[test]
    fn open_calls_are_those_that_started_and_did_not_end() {
        let metrics = RpcMetrics::new(&[DESCRIPTORS]);
        let method = metrics
            .of_path("/entente.v1.EventService/WatchEvents")
            .expect("known");
        method.started.inc_by(3);
        method.handled(Code::Unavailable).inc();
        assert_eq!(
            metrics.open_calls(),
            [("entente.v1.EventService/WatchEvents".to_owned(), 2)]
        );
    }
}
