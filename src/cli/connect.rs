use std::{error::Error, future::Future, time::Duration};

use clap::Args;
use prost::Message;
use tonic::{
    Request, Response, Status,
    transport::{self, Channel, Endpoint},
};

use crate::proto::v1::{
    event_service_client::EventServiceClient, partnership_service_client::PartnershipServiceClient,
    publisher_service_client::PublisherServiceClient,
};

use super::{failure::Failure, parse};

/// Pages and frames stay below 4 MiB; the rest is room for a server with other limits.
const ANSWER_SIZE_MAX: usize = 16 << 20;

/// hyper's windows of 2 and 5 MiB are fine for one call. A watch that replays the log beside other
/// calls wants more in flight.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Which server, and how long to wait for it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectOptions {
    /// Address of the server: HOST:PORT or http://HOST:PORT.
    #[arg(long, env = "ENTENTE_SERVER", value_name = "ADDRESS",
        default_value = "http://127.0.0.1:50051", value_parser = parse::server)]
    pub(super) server: String,

    /// How long one answer may take. A watch may take as long as it likes.
    #[arg(long, env = "ENTENTE_TIMEOUT", value_name = "DURATION", default_value = "30s",
        value_parser = parse::duration)]
    pub(super) timeout: Duration,
}

/// A connection to the server, made when it is first needed and made again after an interruption.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    server: String,
    channel: Channel,
    timeout: Duration,
}

impl Connection {
    /// Nothing is sent yet. Fails when the address is none.
    pub(super) fn new(options: &ConnectOptions) -> Result<Self, Failure> {
        let ConnectOptions { server, timeout } = options.clone();
        let endpoint = endpoint(&server)
            .map_err(|error| Failure::Failed(format!("{server} is not an address: {error}")))?;
        let endpoint = endpoint.connect_timeout(timeout.min(CONNECT_TIMEOUT));
        Ok(Self {
            server,
            channel: endpoint.connect_lazy(),
            timeout,
        })
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    pub(super) fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    pub(super) fn partnerships(&self) -> PartnershipServiceClient<Channel> {
        PartnershipServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    pub(super) fn publisher(&self) -> PublisherServiceClient<Channel> {
        PublisherServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    /// A request that tells the server when its answer comes too late.
    pub(super) fn request<M: Message>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    /// Waits for an answer, and no longer than the timeout: the server may be the one that hangs.
    pub(super) async fn answer<M>(
        &self,
        call: impl Future<Output = Result<Response<M>, Status>>,
    ) -> Result<M, Failure> {
        match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(status)) => Err(self.failure(status)),
            Err(_) => Err(Status::deadline_exceeded(self.too_late()).into()),
        }
    }

    /// Tells a server that is not there from one that refuses.
    pub(super) fn failure(&self, status: Status) -> Failure {
        match Error::source(&status).filter(|cause| cause.is::<transport::Error>()) {
            Some(cause) => Failure::unreachable(&self.server, cause),
            None => status.into(),
        }
    }

    fn too_late(&self) -> String {
        format!("no answer within {:?}", self.timeout)
    }
}

fn endpoint(server: &str) -> Result<Endpoint, transport::Error> {
    Ok(Endpoint::from_shared(server.to_owned())?
        .user_agent(concat!("entente/", env!("CARGO_PKG_VERSION")))?
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true))
}
