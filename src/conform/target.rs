//! The server under check, and the events that checks write to it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tonic::{
    Status,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

use super::{
    broken_rules::BrokenRules,
    frame::answer_of,
    options::Options,
    outcome::{Stop, broken, describe},
    sample::Sample,
    timer_lag::TimerLag,
};
use crate::proto::v1::{
    BatchCreateEventsRequest, CreateEventRequest, Event, GetEventRequest, GetServerInfoRequest,
    GetServerInfoResponse, Kind, RetractEventRequest, Source, Status as EventStatus,
    UpdateEventRequest, admin_service_client::AdminServiceClient,
    event_service_client::EventServiceClient, publisher_service_client::PublisherServiceClient,
};

const ANSWER_SIZE_MAX: usize = 16 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The server under check.
pub(super) struct Target {
    pub(super) options: Options,
    pub(super) broken_rules: Arc<BrokenRules>,
    pub(super) timer_lag: Arc<TimerLag>,
    /// The program to start further servers from.
    pub(super) program: Option<PathBuf>,
    /// The prefix of all names that are written.
    pub(super) prefix: String,
    /// A part of the log whose content is known.
    pub(super) sample: Sample,
    endpoint: Endpoint,
    channel: Channel,
    written: AtomicU64,
}

impl Target {
    /// Connects to the server at `address`.
    pub(super) async fn connect(
        address: &str,
        options: Options,
        prefix: String,
    ) -> Result<Target, String> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .map_err(|error| {
                format!("{address} is not an address, give http://HOST:PORT: {error}")
            })?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true);
        let channel = endpoint.connect().await;
        let channel = channel.map_err(|error| format!("cannot reach {address}: {error:?}"))?;
        Ok(Target {
            options,
            broken_rules: Arc::default(),
            timer_lag: Arc::new(TimerLag::measure()),
            program: None,
            prefix,
            sample: Sample::default(),
            endpoint,
            channel,
            written: AtomicU64::new(0),
        })
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Returns host and port, if the address has a port.
    pub(super) fn host_and_port(&self) -> Option<String> {
        let authority = self.endpoint.uri().authority()?;
        authority.port().map(|_| authority.as_str().to_owned())
    }

    pub(super) fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    pub(super) fn publisher(&self) -> PublisherServiceClient<Channel> {
        PublisherServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    pub(super) fn admin(&self) -> AdminServiceClient<Channel> {
        AdminServiceClient::new(self.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
    }

    /// Returns a topic that only this run uses.
    pub(super) fn topic(&self, word: &str) -> String {
        format!("{}-{word}", self.prefix)
    }

    /// Returns a filter for the events with a topic of ours.
    pub(super) fn filter_for(&self, topic: &str) -> String {
        match self.options.exercise {
            true => format!("topic:{topic} AND exercise = true"),
            false => format!("topic:{topic}"),
        }
    }

    /// Returns a name, id or request id that is new at each call.
    pub(super) fn unique(&self, word: &str) -> String {
        let count = self.written.fetch_add(1, Ordering::Relaxed);
        format!("{}-{word}-{count}", self.prefix)
    }

    /// Returns a minimal event with a topic.
    pub(super) fn draft(&self, topic: &str) -> Event {
        Event {
            name: format!("events/{}", self.unique("e")),
            kind: Kind::Other.into(),
            status: EventStatus::Occurred.into(),
            title: "A record of entente conform, which checks this server".to_owned(),
            topics: vec![topic.to_owned()],
            sources: vec![Source {
                id: "conform".to_owned(),
                ..Source::default()
            }],
            exercise: self.options.exercise,
            ..Event::default()
        }
    }

    pub(super) fn drafts(&self, topic: &str, count: usize) -> Vec<Event> {
        (0..count).map(|_| self.draft(topic)).collect()
    }

    /// Publishes an event and returns it as written.
    pub(super) async fn create(&self, event: Event) -> Result<Event, Stop> {
        let request = CreateEventRequest {
            event: Some(event),
            ..Default::default()
        };
        let mut publisher = self.publisher();
        let answer = answer_of("CreateEvent", publisher.create_event(request)).await??;
        require_event(answer.into_inner().event)
    }

    /// Publishes events in one write.
    pub(super) async fn create_all(&self, events: Vec<Event>) -> Result<Vec<Event>, Stop> {
        let request = |event| CreateEventRequest {
            event: Some(event),
            ..Default::default()
        };
        let requests: Vec<_> = events.into_iter().map(request).collect();
        let count = requests.len();
        let request = BatchCreateEventsRequest {
            requests,
            ..Default::default()
        };
        let mut publisher = self.publisher();
        let answer =
            answer_of("BatchCreateEvents", publisher.batch_create_events(request)).await??;
        let events = answer.into_inner().events;
        match events.len() == count {
            true => Ok(events),
            false => broken("BatchCreateEvents returned a different number of events"),
        }
    }

    /// Updates an event with the fields that are set in `event`.
    pub(super) async fn update(&self, event: Event) -> Result<Event, Stop> {
        let request = UpdateEventRequest {
            event: Some(event),
            ..Default::default()
        };
        let mut publisher = self.publisher();
        let answer = answer_of("UpdateEvent", publisher.update_event(request)).await??;
        require_event(answer.into_inner().event)
    }

    pub(super) async fn retract(&self, name: &str) -> Result<Event, Stop> {
        let request = RetractEventRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let mut publisher = self.publisher();
        let answer = answer_of("RetractEvent", publisher.retract_event(request)).await??;
        require_event(answer.into_inner().event)
    }

    pub(super) async fn get(
        &self,
        request: GetEventRequest,
    ) -> Result<Result<Event, Status>, Stop> {
        let mut events = self.events();
        match answer_of("GetEvent", events.get_event(request)).await? {
            Ok(answer) => require_event(answer.into_inner().event).map(Ok),
            Err(status) => Ok(Err(self.check_refusal(status))),
        }
    }

    pub(super) async fn info(&self) -> Result<GetServerInfoResponse, Stop> {
        let mut admin = self.admin();
        let answer = admin.get_server_info(GetServerInfoRequest {});
        Ok(answer_of("GetServerInfo", answer).await??.into_inner())
    }

    /// Records a broken rule if the refusal has no reason or domain.
    pub(super) fn check_refusal(&self, status: Status) -> Status {
        let info = status.get_details_error_info();
        let named = info.is_some_and(|info| !info.reason.is_empty() && !info.domain.is_empty());
        self.broken_rules.expect("S39", named, || {
            format!("a refusal came without ErrorInfo: {}", describe(&status))
        });
        status
    }
}

/// Returns an update of the event's title.
pub(super) fn retitled(event: &Event, title: &str) -> Event {
    Event {
        name: event.name.clone(),
        title: title.to_owned(),
        ..Event::default()
    }
}

fn require_event(event: Option<Event>) -> Result<Event, Stop> {
    match event {
        Some(event) => Ok(event),
        None => broken("an answer has no event"),
    }
}
