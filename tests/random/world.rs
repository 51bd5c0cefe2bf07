//! A server within this process, and what a sequence does to it beside the model.

mod reads;
mod subscriptions;
mod watches;
mod writes;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use clap::Parser;
use entente::{
    client::{Checkpoint, Client, Item, Start, Stop, WatchOptions},
    clock::{ManualClock, WallClock},
    proto::v1::{
        self, AcknowledgeSubscriptionRequest, Body, ConsumeSubscriptionRequest, CreateBodyRequest,
        CreateEventRequest, CreatePartnershipRequest, CreateSubscriptionRequest,
        DeleteSubscriptionRequest, Event, GetBodyRequest, GetEventRequest, GetServerInfoRequest,
        GetSubscriptionRequest, GetTrackingRequest, ListBodiesRequest, ListEventsRequest,
        MergeEventsRequest, Precondition, RedactBodyRequest, RedactEventRequest,
        RedactPartnershipRequest, RestoreEventRequest, RetractEventRequest,
        SeekSubscriptionRequest, Subscription, Tracking, UpdateBodyRequest, UpdateEventRequest,
        UpdatePartnershipRequest, UpdateSubscriptionRequest,
        body_service_client::BodyServiceClient, create_subscription_request::Begin,
        seek_subscription_request::Target, subscription_service_client::SubscriptionServiceClient,
        watch_events_response::Payload,
    },
    server::{ServeConfig, Server},
    store::{MemoryLog, Store},
};
use prost_types::FieldMask;
use tempfile::TempDir;
use tonic::{Response, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    messages::{
        self, body_difference, body_name, difference, event, event_name, micros, partnership,
        partnership_name, seen, start_time, subscription_name, timestamp,
    },
    model::{self, Change, Kind, Model, Resolved, Seen},
    operation::{
        BODIES, BodySaid, EVENTS, Filter, Known, ORDERS, Operation, Place, READERS, Said, TRACKED,
        Terms,
    },
};

/// Nothing here takes so long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is not as it should be.
pub type Failed = String;

/// Where a sequence keeps its log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogPlace {
    Disk,
    Memory,
}

pub struct World {
    model: Model,
    server: Option<Server>,
    client: Client,
    config: ServeConfig,
    /// The log, when it is not in files.
    memory: Option<Arc<MemoryLog>>,
    /// The server's, which a restart does not set right.
    clock: ManualClock,
    repeatable: Option<Repeatable>,
    listings: BTreeMap<usize, Listing>,
    watches: BTreeMap<usize, Watch>,
    leases: BTreeMap<usize, Lease>,
    operations: usize,
    _home: TempDir,
}

#[derive(Clone)]
enum Repeatable {
    Create(CreateEventRequest),
    Update(UpdateEventRequest),
}

struct Listing {
    request: ListEventsRequest,
    order: usize,
    /// With its names resolved at the position of the whole listing.
    filter: Resolved,
    known_at: Option<i64>,
    position: i64,
    total: i64,
    listed: Vec<(String, i64)>,
    /// What is to be listed, as it was at the first page.
    expected: Vec<Row>,
}

/// Name and position of an event, and its first and last possible day.
type Row = (String, i64, Option<(i32, i32)>);

struct Watch {
    /// With its names resolved where the watch began.
    filter: Resolved,
    checkpoint: Checkpoint,
    after: i64,
    not_before: i64,
}

struct Lease {
    subscription: usize,
    epoch: i64,
    /// Those that were taken, and one behind the head.
    positions: Vec<i64>,
}

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    serve: ServeConfig,
}

impl World {
    pub async fn new(place: LogPlace) -> World {
        let home = tempfile::tempdir().expect("a directory");
        let data_dir = home.path().join("data");
        let program = Program::parse_from([
            "entente",
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
            "--cache-bytes=8MiB",
            "--scrub-interval=0s",
            "--data-dir",
            data_dir.to_str().expect("plain text"),
        ]);
        let memory = match place {
            LogPlace::Memory => Some(Arc::new(MemoryLog::new("0123456789abcdef"))),
            LogPlace::Disk => None,
        };
        let clock = ManualClock::start();
        let (server, client) = start(&program.serve, memory.as_ref(), clock.clock()).await;
        World {
            memory,
            model: Model::default(),
            server: Some(server),
            client,
            config: program.serve,
            clock,
            repeatable: None,
            listings: BTreeMap::new(),
            watches: BTreeMap::new(),
            leases: BTreeMap::new(),
            operations: 0,
            _home: home,
        }
    }

    pub async fn close(&mut self) {
        if let Some(server) = self.server.take() {
            server.drain(Duration::from_millis(200)).await;
        }
    }

    pub async fn run(&mut self, operation: &Operation) -> Result<(), Failed> {
        self.operations += 1;
        match tokio::time::timeout(PATIENCE, self.perform(operation)).await {
            Ok(result) => result,
            Err(_) => Err(format!("nothing within {PATIENCE:?}")),
        }
    }

    async fn perform(&mut self, operation: &Operation) -> Result<(), Failed> {
        match operation {
            Operation::Create(event, said, terms, id) => {
                self.create(*event, said, terms, *id).await
            }
            Operation::Update(event, said, mask, known, id) => {
                self.update(*event, said, *mask, *known, *id).await
            }
            Operation::Retract(event, by, known) => self.retract(*event, *by, *known).await,
            Operation::Restore(event) => self.restore(*event).await,
            Operation::Merge(into, duplicates) => self.merge(*into, duplicates).await,
            Operation::Redact(event) => self.redact(*event).await,
            Operation::CreatePartnership(partnership, topics) => {
                self.create_partnership(*partnership, *topics).await
            }
            Operation::UpdatePartnership(partnership, topics) => {
                self.update_partnership(*partnership, *topics).await
            }
            Operation::RedactPartnership(partnership) => {
                self.redact_partnership(*partnership).await
            }
            Operation::CreateBody(body, said) => self.create_body(*body, said).await,
            Operation::UpdateBody(body, said) => self.update_body(*body, said).await,
            Operation::RedactBody(body) => self.redact_body(*body).await,
            Operation::ListBodies(filter) => self.list_bodies(*filter).await,
            Operation::Repeat => self.repeat().await,
            Operation::ListFirst(reader, order, filter, size, withdrawn, known) => {
                let known_at = known.map(|known| self.known_at(known));
                self.list(*reader, *order, *filter, *size, *withdrawn, known_at)
                    .await
            }
            Operation::ListNext(reader) => self.list_next(*reader).await,
            Operation::GetAsOf(event, part) => {
                let position = self.model.part(*part);
                self.get(&event_name(*event), position, None).await
            }
            Operation::GetKnown(event, known) => {
                let known_at = Some(self.known_at(*known));
                self.get(&event_name(*event), 0, known_at).await
            }
            Operation::Watch(reader, filter, place, count) => {
                self.watch(*reader, *filter, *place, *count).await
            }
            Operation::Resume(reader, count) => self.resume(*reader, *count).await,
            Operation::CreateSubscription(subscription, filter, place) => {
                self.create_subscription(*subscription, *filter, *place)
                    .await
            }
            Operation::EditSubscription(subscription, filter) => {
                self.edit_subscription(*subscription, *filter).await
            }
            Operation::DeleteSubscription(subscription) => {
                self.delete_subscription(*subscription).await
            }
            Operation::SeekSubscription(subscription, place) => {
                self.seek_subscription(*subscription, *place).await
            }
            Operation::Take(subscription, reader, count) => {
                self.take(*subscription, *reader, *count).await
            }
            Operation::Acknowledge(reader, which) => self.acknowledge(*reader, *which).await,
            Operation::Restart => self.restart().await,
            Operation::StepClock(seconds) => {
                self.step_clock(*seconds);
                Ok(())
            }
            Operation::Check => self.check().await,
        }
    }

    async fn restart(&mut self) -> Result<(), Failed> {
        self.close().await;
        let (server, client) = start(&self.config, self.memory.as_ref(), self.clock.clock()).await;
        (self.server, self.client) = (Some(server), client);
        self.check().await
    }

    fn step_clock(&mut self, seconds: i64) {
        let by = seconds * 1_000_000;
        self.clock.step_micros(by);
    }
}

async fn start(
    config: &ServeConfig,
    memory: Option<&Arc<MemoryLog>>,
    clock: &WallClock,
) -> (Server, Client) {
    let started = Server::start(config, clock.clone()).await;
    let mut server = started.expect("free ports");
    let opened = match memory {
        Some(log) => {
            let store = Store::on(log.clone(), clock.clone()).expect("a sound log");
            server.serve_store(store, config).await
        }
        None => server.open_store(config).await,
    };
    opened.expect("the store opens");
    let address = format!("http://{}", server.grpc_address());
    let client = Client::new(address).expect("an address");
    (server, client)
}

/// Reads up to `count` changes, or all that there are; checks them, and tells where to go on.
async fn read(
    client: &Client,
    options: WatchOptions,
    count: usize,
    expected: &[Seen],
) -> Result<(usize, Checkpoint), Failed> {
    let mut watch = client.watch(options.stop(Stop::CaughtUp));
    let mut taken = Vec::new();
    loop {
        let item = watch.next().await.map_err(|error| error.to_string())?;
        match item {
            Some(Item::Change(change)) => taken.push(seen(change.message())),
            Some(Item::Started(_)) => {}
            Some(Item::CaughtUp(_)) | None => break,
            Some(Item::Reconnecting(interruption)) => return Err(interruption.to_string()),
            Some(_) => continue,
        }
        if taken.len() >= count {
            break;
        }
    }
    let is_cut = taken.len() >= count && taken.len() <= expected.len();
    if taken != expected[..taken.len().min(expected.len())]
        || (taken.len() != expected.len() && !is_cut)
    {
        return Err(format!("watched {taken:?} instead of {expected:?}"));
    }
    let checkpoint = watch.checkpoint().ok_or("no checkpoint")?;
    Ok((taken.len(), checkpoint))
}

fn agreed<T>(expected: Option<&str>, answer: Result<T, Status>) -> Result<bool, Failed> {
    match (expected, answer) {
        (None, Ok(_)) => Ok(true),
        (Some(expected), Err(status)) if reason(&status) == expected => Ok(false),
        (Some(expected), Err(status)) => Err(format!("{} instead of {expected}", told(status))),
        (Some(expected), Ok(_)) => Err(format!("{expected} was to come")),
        (None, Err(status)) => Err(told(status)),
    }
}

fn reason(status: &Status) -> String {
    let info = status.get_details_error_info();
    info.map_or_else(String::new, |info| info.reason)
}

fn told(status: Status) -> Failed {
    format!("{}: {}", reason(&status), status.message())
}

fn topics_alone(topics: usize) -> Said {
    Said {
        topics,
        ..Said::default()
    }
}

/// What both have.
fn as_event(partnership: v1::Partnership) -> Event {
    Event {
        name: partnership.name,
        revision: partnership.revision,
        position: partnership.position,
        update_time: partnership.update_time,
        ..Event::default()
    }
}

/// What both have.
fn body_as_event(body: Body) -> Event {
    Event {
        name: body.name,
        revision: body.revision,
        position: body.position,
        update_time: body.update_time,
        ..Event::default()
    }
}
