use std::{error::Error, future::Future, time::Duration};

use clap::Args;
use prost::Message;
use tonic::{
    Code, Request, Response, Status,
    transport::{self, Channel},
};

use crate::{
    client::{Client, innermost},
    proto::v1::{
        body_service_client::BodyServiceClient, event_service_client::EventServiceClient,
        partnership_service_client::PartnershipServiceClient,
        publisher_service_client::PublisherServiceClient,
    },
};

use super::{
    failure::{Failure, reason},
    parse,
    wrong_port::{not_grpc, wrong_port},
};

/// The server to call and how long to wait for it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectOptions {
    /// Address of the server: HOST:PORT or http://HOST:PORT.
    #[arg(long, env = "ENTENTE_SERVER", value_name = "ADDRESS",
        default_value = "http://127.0.0.1:50051", value_parser = parse::server)]
    pub(super) server: String,

    /// How long to wait for one answer. Watches have no limit.
    #[arg(long, env = "ENTENTE_TIMEOUT", value_name = "DURATION", default_value = "30s",
        value_parser = parse::duration)]
    pub(super) timeout: Duration,
}

/// A connection to the server. It connects on first use, reconnects after an interruption, and
/// turns errors into [`Failure`]s.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    server: String,
    timeout: Duration,
    client: Client,
}

impl Connection {
    /// Prepares a connection without sending anything. Fails when the address is invalid.
    pub(super) fn new(options: &ConnectOptions) -> Result<Self, Failure> {
        let ConnectOptions { server, timeout } = options.clone();
        let client = Client::builder(&server).timeout(timeout).build();
        let client = client.map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(Self {
            server,
            timeout,
            client,
        })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn channel(&self) -> Channel {
        self.client.channel()
    }

    pub(super) fn events(&self) -> EventServiceClient<Channel> {
        self.client.events()
    }

    pub(super) fn partnerships(&self) -> PartnershipServiceClient<Channel> {
        self.client.partnerships()
    }

    pub(super) fn bodies(&self) -> BodyServiceClient<Channel> {
        self.client.bodies()
    }

    pub(super) fn publisher(&self) -> PublisherServiceClient<Channel> {
        self.client.publisher()
    }

    /// Returns a request with the timeout as its deadline.
    pub(super) fn request<M: Message>(&self, message: M) -> Request<M> {
        self.client.request(message)
    }

    /// Waits for an answer, at most for the timeout, because the server may hang.
    pub(super) async fn answer<M>(
        &self,
        call: impl Future<Output = Result<Response<M>, Status>>,
    ) -> Result<M, Failure> {
        self.client
            .answer(call)
            .await
            .map_err(|status| self.failure(status))
    }

    fn late(&self) -> Failure {
        let Self {
            server, timeout, ..
        } = self;
        Failure::TimedOut(format!("no answer from {server} within {timeout:?}"))
    }

    /// Turns a status into a failure. Distinguishes an unreachable server from one that refuses.
    pub(super) fn failure(&self, status: Status) -> Failure {
        let cause = Error::source(&status).filter(|cause| cause.is::<transport::Error>());
        // A port that accepts connections but stays silent only causes our own timeout.
        let silent = || {
            matches!(status.code(), Code::DeadlineExceeded | Code::Unavailable)
                && reason(&status).is_none()
        };
        let why = match not_grpc(status.message()) {
            None if cause.is_some() || silent() => wrong_port(&self.server),
            why => why,
        };
        match (why, cause) {
            (Some(why), _) => Failure::WrongPort(format!("{}: {why}", self.server)),
            (None, Some(cause)) if is_late(cause, self.timeout) => self.late(),
            (None, Some(cause)) => Failure::unreachable(&self.server, cause),
            (None, None) if is_own_deadline(&status) => self.late(),
            (None, None) => status.into(),
        }
    }
}

/// Returns whether the client's own deadline passed. A deadline of the server comes with a reason.
fn is_own_deadline(status: &Status) -> bool {
    status.code() == Code::DeadlineExceeded && reason(status).is_none()
}

/// Returns whether the given timeout was too short. Failing to connect within the longer connect
/// timeout does not count.
fn is_late(cause: &(dyn Error + 'static), timeout: Duration) -> bool {
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    let cause = innermost(cause).to_lowercase();
    let of_connection = ["deadline has elapsed", "timed out"];
    cause.contains("timeout expired")
        || timeout < CONNECT_TIMEOUT && of_connection.iter().any(|it| cause.contains(it))
}
