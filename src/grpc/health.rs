//! The gRPC health checking protocol, `grpc.health.v1`.
//!
//! A [`HealthReporter`] says once what the whole program can do, and every service named to it
//! answers with that: all of them stand on one store, so none can serve without the others. Nothing
//! is SERVING until somebody says so.
//!
//! `Watch` of a name that is not here answers SERVICE_UNKNOWN and stays open, as the protocol
//! wants. Every `Watch` ends itself with UNAVAILABLE once [`HealthReporter::end`] is called: an open
//! stream would keep the server from shutting down.

use std::{borrow::Cow, collections::BTreeMap, fmt, pin::Pin, sync::Arc};

use tokio::sync::watch;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::status_builder::StatusBuilder;
use crate::{
    proto::{
        health::{
            HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse,
            health_check_response::ServingStatus,
            health_server::{Health, HealthServer},
        },
        v1::ErrorReason,
    },
    rejection::Rejection,
};

/// A request holds one service name. Longer ones are refused before they are decoded.
const REQUEST_LEN_MAX: usize = 4096;

/// Length of an unknown name that the error repeats.
const NAME_SHOWN_LEN_MAX: usize = 100;

/// What the program can do now.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Readiness {
    /// The store is being opened.
    #[default]
    Starting,
    /// Everything works.
    Serving,
    /// Something failed; the reason is for operators.
    NotServing(Cow<'static, str>),
    /// On the way down. Never goes back.
    Draining,
    /// Drained: the streams of `Watch` end. Never goes back.
    Ended,
}

impl Readiness {
    fn status(&self) -> ServingStatus {
        match self {
            Self::Serving => ServingStatus::Serving,
            Self::Starting | Self::NotServing(_) | Self::Draining | Self::Ended => {
                ServingStatus::NotServing
            }
        }
    }

    fn is_final(&self) -> bool {
        matches!(self, Self::Draining | Self::Ended)
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting: the store is being opened",
            Self::Serving => "ready",
            Self::NotServing(reason) => reason,
            Self::Draining | Self::Ended => "draining: the server is shutting down",
        })
    }
}

/// Sets the health of the program. Clones share it.
#[derive(Clone, Debug)]
pub struct HealthReporter {
    readiness: Arc<watch::Sender<Readiness>>,
    services: Arc<[&'static str]>,
}

impl HealthReporter {
    /// Reports for these services, by their full names, and for "", the server as a whole.
    pub fn new(services: &[&'static str]) -> Self {
        let services = std::iter::once("")
            .chain(services.iter().copied())
            .collect();
        Self {
            readiness: Arc::default(),
            services,
        }
    }

    /// The gRPC service that tells clients.
    pub fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService {
            reporter: self.clone(),
        })
        .max_decoding_message_size(REQUEST_LEN_MAX)
    }

    /// The current health.
    pub fn readiness(&self) -> Readiness {
        self.readiness.borrow().clone()
    }

    /// The store is being opened: NOT_SERVING. This is how a reporter begins.
    pub fn starting(&self) {
        self.say(Readiness::Starting);
    }

    /// Everything works: SERVING.
    pub fn serving(&self) {
        self.say(Readiness::Serving);
    }

    /// Something failed: NOT_SERVING. Operators read the reason on the admin port.
    pub fn not_serving(&self, reason: impl Into<Cow<'static, str>>) {
        self.say(Readiness::NotServing(reason.into()));
    }

    /// The server shuts down: NOT_SERVING, whatever anybody says from now on.
    pub fn draining(&self) {
        self.say(Readiness::Draining);
    }

    /// The server is drained: every `Watch` ends.
    pub fn end(&self) {
        self.readiness.send_replace(Readiness::Ended);
    }

    fn say(&self, readiness: Readiness) {
        self.readiness.send_if_modified(|current| {
            let changes = !current.is_final() && *current != readiness;
            if changes {
                *current = readiness;
            }
            changes
        });
    }

    fn knows(&self, service: &str) -> bool {
        self.services.contains(&service)
    }
}

/// Answers `Check`, `List` and `Watch` with what its [`HealthReporter`] says.
#[derive(Debug)]
pub struct HealthService {
    reporter: HealthReporter,
}

/// The status now and every change of it, each once; ends with UNAVAILABLE when the server is
/// drained.
type StatusStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Health for HealthService {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if !self.reporter.knows(&service) {
            return Err(unknown_service(&service));
        }
        Ok(Response::new(answer(
            self.reporter.readiness.borrow().status(),
        )))
    }

    async fn list(
        &self,
        _request: Request<HealthListRequest>,
    ) -> Result<Response<HealthListResponse>, Status> {
        let answer = answer(self.reporter.readiness.borrow().status());
        let statuses: BTreeMap<_, _> = self
            .reporter
            .services
            .iter()
            .map(|service| (service.to_string(), answer))
            .collect();
        Ok(Response::new(HealthListResponse { statuses }))
    }

    type WatchStream = StatusStream;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let known = self.reporter.knows(&request.into_inner().service);
        Ok(Response::new(Box::pin(statuses(
            self.reporter.readiness.subscribe(),
            known,
        ))))
    }
}

fn statuses(
    mut readiness: watch::Receiver<Readiness>,
    known: bool,
) -> impl Stream<Item = Result<HealthCheckResponse, Status>> {
    async_stream::stream! {
        let mut sent = None;
        loop {
            let now = readiness.borrow_and_update().clone();
            let status = if known { now.status() } else { ServingStatus::ServiceUnknown };
            if sent != Some(status) {
                sent = Some(status);
                yield Ok(answer(status));
            }
            if now == Readiness::Ended || readiness.changed().await.is_err() {
                yield Err(Rejection::Draining.into());
                return;
            }
        }
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

fn unknown_service(service: &str) -> Status {
    let shown: String = service.chars().take(NAME_SHOWN_LEN_MAX).collect();
    let message = format!(
        "there is no service {shown:?} here; List names those there are, and an empty name asks \
         for the whole server"
    );
    StatusBuilder::new(ErrorReason::ServiceNotFound).status(message)
}

#[cfg(test)]
mod tests;
