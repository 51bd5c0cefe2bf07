use std::{future::Future, time::Duration};

use tonic::{
    Request, Response, Status,
    transport::{self, Channel, Endpoint},
};

use super::{ClientBuilder, ConnectError, DeliverError, Frames, Sink, Watch, WatchOptions, sink};
use crate::proto::v1::{
    admin_service_client::AdminServiceClient, body_service_client::BodyServiceClient,
    event_service_client::EventServiceClient, partnership_service_client::PartnershipServiceClient,
    publisher_service_client::PublisherServiceClient,
};

/// Pages and frames stay below 4 MiB; the rest allows for servers with other limits.
const ANSWER_SIZE_MAX: usize = 16 << 20;

/// A connection to a server. It connects on first use and reconnects after an interruption.
/// Cheap to clone; clones share the connection.
///
/// Unary calls go through the generated clients:
///
/// ```no_run
/// use entente::{client::Client, proto::v1::ListEventsRequest};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::connect("http://127.0.0.1:50051").await?;
/// let request = ListEventsRequest { filter: "party:JP".into(), ..Default::default() };
/// let call = client.request(request);
/// let page = client.answer(client.events().list_events(call)).await?;
/// println!("{} events at position {}", page.total_size, page.position);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: Endpoint,
    channel: Channel,
    timeout: Duration,
}

impl Client {
    /// Makes a client of the server at `http://HOST:PORT`, with the defaults of [`ClientBuilder`].
    /// Nothing is sent before the first call. Must be called within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// The address is malformed.
    pub fn new(address: impl Into<String>) -> Result<Client, ConnectError> {
        Client::builder(address).build()
    }

    /// Makes a client and connects.
    ///
    /// # Errors
    ///
    /// The address is malformed, or no server answers there.
    pub async fn connect(address: impl Into<String>) -> Result<Client, ConnectError> {
        Client::builder(address).connect().await
    }

    /// Returns a builder for a client with other settings.
    pub fn builder(address: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(address)
    }

    pub(super) fn over(endpoint: Endpoint, timeout: Duration) -> Client {
        let channel = endpoint.connect_lazy();
        Client {
            endpoint,
            channel,
            timeout,
        }
    }

    /// Follows the log. Nothing is sent before the first [`Watch::next`].
    pub fn watch(&self, options: WatchOptions) -> Watch {
        Watch::new(self.frames(options))
    }

    /// Follows the log frame by frame, for programs that show or forward the frames themselves.
    pub fn frames(&self, options: WatchOptions) -> Frames {
        Frames::new(self.clone(), options)
    }

    /// Delivers every change to a sink, which stores each effect and its checkpoint in one
    /// transaction. Returns at the stop condition of `options`, or never.
    ///
    /// # Errors
    ///
    /// The sink failed, or the watch ended for good. Another call resumes after the last effect that
    /// was stored.
    pub async fn deliver<S: Sink>(
        &self,
        options: WatchOptions,
        sink: &mut S,
    ) -> Result<(), DeliverError<S::Error>> {
        sink::deliver(self, options, sink).await
    }

    /// Returns the client of the `EventService`.
    pub fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    /// Returns the client of the `PartnershipService`.
    pub fn partnerships(&self) -> PartnershipServiceClient<Channel> {
        PartnershipServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    /// Returns the client of the `BodyService`.
    pub fn bodies(&self) -> BodyServiceClient<Channel> {
        BodyServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    /// Returns the client of the `PublisherService`.
    pub fn publisher(&self) -> PublisherServiceClient<Channel> {
        PublisherServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    /// Returns the client of the `AdminService`.
    pub fn admin(&self) -> AdminServiceClient<Channel> {
        AdminServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    /// Returns the channel, for the generated clients of other services.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Returns a request with the timeout as its deadline, so that the server can stop in time.
    pub fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    /// Waits for an answer, at most for the timeout. The server may hang, so its deadline is not enough.
    ///
    /// # Errors
    ///
    /// The status of the call; `DEADLINE_EXCEEDED` if it took too long.
    pub async fn answer<M>(
        &self,
        call: impl Future<Output = Result<Response<M>, Status>>,
    ) -> Result<M, Status> {
        let late = |_| Status::deadline_exceeded(format!("no answer within {:?}", self.timeout));
        let answer = tokio::time::timeout(self.timeout, call)
            .await
            .map_err(late)?;
        answer.map(Response::into_inner)
    }

    /// Returns how long an answer may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) async fn connected(mut self) -> Result<Client, transport::Error> {
        self.channel = self.endpoint.connect().await?;
        Ok(self)
    }

    /// Returns the same client on a new connection, for when the present one may be dead unnoticed.
    pub(super) fn reconnected(&self) -> Client {
        Client::over(self.endpoint.clone(), self.timeout)
    }
}
