//! A server within this process, and what a sequence does to it beside the model.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use clap::Parser;
use entente::{
    client::{Checkpoint, Client, Item, Start, Stop, WatchOptions},
    clock::{ManualClock, WallClock},
    proto::v1::{
        self, AcknowledgeSubscriptionRequest, ConsumeSubscriptionRequest, CreateEventRequest,
        CreatePartnershipRequest, CreateSubscriptionRequest, DeleteSubscriptionRequest, Event,
        GetEventRequest, GetServerInfoRequest, GetSubscriptionRequest, ListEventsRequest,
        MergeEventsRequest, RedactEventRequest, RestoreEventRequest, RetractEventRequest,
        SeekSubscriptionRequest, Subscription, UpdateEventRequest, UpdatePartnershipRequest,
        UpdateSubscriptionRequest, create_subscription_request::Begin,
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
        self, difference, event, event_name, micros, partnership, partnership_name, seen,
        start_time, subscription_name, timestamp,
    },
    model::{self, Change, Kind, Model, Seen},
    operation::{EVENTS, Filter, ORDERS, Operation, Place, READERS, Said},
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
    filter: Filter,
    position: i64,
    total: i64,
    listed: Vec<(String, i64)>,
    /// What is to be listed, as it was at the first page.
    expected: Vec<Row>,
}

/// Name and position of an event, and its first and last possible day.
type Row = (String, i64, Option<(i32, i32)>);

struct Watch {
    filter: Filter,
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
            Operation::Create(event, said, id) => self.create(*event, said, *id).await,
            Operation::Update(event, said, mask, id) => self.update(*event, said, *mask, *id).await,
            Operation::Retract(event, by) => self.retract(*event, *by).await,
            Operation::Restore(event) => self.restore(*event).await,
            Operation::Merge(into, duplicates) => self.merge(*into, duplicates).await,
            Operation::Redact(event) => self.redact(*event).await,
            Operation::CreatePartnership(partnership, topics) => {
                self.create_partnership(*partnership, *topics).await
            }
            Operation::UpdatePartnership(partnership, topics) => {
                self.update_partnership(*partnership, *topics).await
            }
            Operation::Repeat => self.repeat().await,
            Operation::ListFirst(reader, order, filter, size, withdrawn) => {
                self.list(*reader, *order, *filter, *size, *withdrawn).await
            }
            Operation::ListNext(reader) => self.list_next(*reader).await,
            Operation::GetAsOf(event, part) => {
                let position = self.model.part(*part);
                self.get(&event_name(*event), position).await
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

    // Writes.

    async fn create(&mut self, id: usize, said: &Said, key: Option<usize>) -> Result<(), Failed> {
        let name = event_name(id);
        let request = CreateEventRequest {
            event: Some(event(&name, said)),
            request_id: self.request_id(key),
            ..CreateEventRequest::default()
        };
        let answer = self
            .client
            .publisher()
            .create_event(request.clone())
            .await
            .map(|answer| answer.into_inner().event);
        let expected = self.model.create(&name, said);
        let is_done = self.written(expected, answer)?;
        if is_done && key.is_some() {
            self.repeatable = Some(Repeatable::Create(request));
        }
        Ok(())
    }

    async fn update(
        &mut self,
        id: usize,
        said: &Said,
        mask: usize,
        key: Option<usize>,
    ) -> Result<(), Failed> {
        let name = event_name(id);
        let request = UpdateEventRequest {
            event: Some(event(&name, said)),
            update_mask: messages::mask(mask),
            request_id: self.request_id(key),
            ..UpdateEventRequest::default()
        };
        let answer = self
            .client
            .publisher()
            .update_event(request.clone())
            .await
            .map(Response::into_inner);
        let expected = self.model.update(&name, said, mask);
        let head = self.model.head();
        let before = self.model.newest(&name, head);
        if let (Ok(changes), Some(before)) = (&expected, before)
            && changes[0].content == self.model.at(before).content
            && key.is_none()
        {
            let answer = answer.map_err(told)?;
            if !answer.unchanged {
                return Err(format!("not told as unchanged: {answer:?}"));
            }
            return Ok(());
        }
        if let Ok(answer) = &answer
            && answer.unchanged
            && expected.is_ok()
        {
            return Err(format!("told as unchanged: {answer:?} of {expected:?}"));
        }
        let answer = answer.map(|answer| answer.event);
        let is_done = self.written(expected, answer)?;
        if is_done && key.is_some() {
            self.repeatable = Some(Repeatable::Update(request));
        }
        Ok(())
    }

    async fn retract(&mut self, id: usize, by: Option<usize>) -> Result<(), Failed> {
        let (name, by) = (event_name(id), by.map(event_name));
        let request = RetractEventRequest {
            name: name.clone(),
            superseded_by: by.clone().unwrap_or_default(),
            ..RetractEventRequest::default()
        };
        let answer = self.client.publisher().retract_event(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        self.written(self.model.retract(&name, by.as_deref()), answer)?;
        Ok(())
    }

    async fn restore(&mut self, id: usize) -> Result<(), Failed> {
        let name = event_name(id);
        let request = RestoreEventRequest {
            name: name.clone(),
            ..RestoreEventRequest::default()
        };
        let answer = self.client.publisher().restore_event(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        self.written(self.model.restore(&name), answer)?;
        Ok(())
    }

    async fn merge(&mut self, into: usize, duplicates: &[usize]) -> Result<(), Failed> {
        let into = event_name(into);
        let names: Vec<String> = duplicates.iter().copied().map(event_name).collect();
        let request = MergeEventsRequest {
            into: into.clone(),
            names: names.clone(),
            ..MergeEventsRequest::default()
        };
        let answer = self.client.publisher().merge_events(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        self.written(self.model.merge(&into, &names), answer)?;
        Ok(())
    }

    async fn redact(&mut self, id: usize) -> Result<(), Failed> {
        let name = event_name(id);
        let request = RedactEventRequest {
            name: name.clone(),
            ..RedactEventRequest::default()
        };
        let answer = self.client.admin().redact_event(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        self.written(self.model.redact(&name), answer)?;
        Ok(())
    }

    async fn create_partnership(&mut self, id: usize, topics: usize) -> Result<(), Failed> {
        let name = partnership_name(id);
        let request = CreatePartnershipRequest {
            partnership: Some(partnership(&name, topics)),
            ..CreatePartnershipRequest::default()
        };
        let mut partnerships = self.client.partnerships();
        let answer = partnerships.create_partnership(request).await;
        let expected = self.model.create(&name, &topics_alone(topics));
        let answer = answer.map(|answer| answer.into_inner().partnership.map(as_event));
        self.written(expected, answer)?;
        Ok(())
    }

    async fn update_partnership(&mut self, id: usize, topics: usize) -> Result<(), Failed> {
        let name = partnership_name(id);
        let request = UpdatePartnershipRequest {
            partnership: Some(partnership(&name, topics)),
            update_mask: Some(FieldMask {
                paths: vec!["topics".to_owned()],
            }),
            ..UpdatePartnershipRequest::default()
        };
        let mut partnerships = self.client.partnerships();
        let answer = partnerships.update_partnership(request).await;
        let answer = answer.map(Response::into_inner);
        let mut expected = self.model.update(&name, &topics_alone(topics), 1 << 3);
        if let (Ok(changes), Ok(answer)) = (&mut expected, &answer) {
            let before = self.model.newest(&name, self.model.head());
            let before = before.map(|at| &self.model.at(at).content);
            let is_same = before == changes.first().map(|change| &change.content);
            if answer.unchanged != is_same {
                return Err(format!("told as unchanged or not: {answer:?}"));
            }
            if is_same {
                return Ok(());
            }
        }
        let answer = answer.map(|answer| answer.partnership.map(as_event));
        self.written(expected, answer)?;
        Ok(())
    }

    /// What was written before, answered as it was then.
    async fn repeat(&mut self) -> Result<(), Failed> {
        let mut publisher = self.client.publisher();
        let replayed = match self.repeatable.clone() {
            None => return Ok(()),
            Some(Repeatable::Create(request)) => {
                let answer = publisher.create_event(request).await.map_err(told)?;
                answer.into_inner().replayed
            }
            Some(Repeatable::Update(request)) => {
                let answer = publisher.update_event(request).await.map_err(told)?;
                answer.into_inner().replayed
            }
        };
        match replayed {
            true => self.check_head().await,
            false => Err("a request that was repeated was done again".to_owned()),
        }
    }

    fn request_id(&self, key: Option<usize>) -> String {
        key.map_or_else(String::new, |_| format!("request-{}", self.operations))
    }

    /// Takes what was committed into the model; tells whether anything was.
    fn written(
        &mut self,
        expected: Result<Vec<Change>, model::Refused>,
        answer: Result<Option<Event>, Status>,
    ) -> Result<bool, Failed> {
        match (expected, answer) {
            (Err(expected), Err(status)) => match reason(&status) {
                found if found == expected => Ok(false),
                found => Err(format!(
                    "refused as {found} instead of {expected}: {status}"
                )),
            },
            (Err(expected), Ok(answer)) => Err(format!("{expected} was to come, not {answer:?}")),
            (Ok(_), Err(status)) => Err(told(status)),
            (Ok(changes), Ok(answer)) => {
                let event = answer.ok_or("an answer without a resource")?;
                let position = self.model.head() + 1;
                let first = changes[0].clone();
                self.model.commit(changes, micros(event.update_time))?;
                if first.name.starts_with("partnerships/") {
                    let found = (event.name, event.revision, event.position);
                    let expected = (first.name, first.revision, position);
                    return match found == expected {
                        true => Ok(true),
                        false => Err(format!("{found:?} instead of {expected:?}")),
                    };
                }
                difference(&event, &first, position).map_or(Ok(true), Err)
            }
        }
    }

    // Pages and reads.

    async fn list(
        &mut self,
        reader: usize,
        order: usize,
        filter: Filter,
        size: usize,
        withdrawn: bool,
    ) -> Result<(), Failed> {
        let request = ListEventsRequest {
            page_size: size as i32,
            filter: filter.text().to_owned(),
            order_by: ORDERS[order].to_owned(),
            show_retracted: withdrawn,
            ..ListEventsRequest::default()
        };
        let head = self.model.head();
        let standing = self.model.standing(filter, head, withdrawn);
        let expected = standing.into_iter().map(|at| (at, self.model.at(at)));
        let expected = expected.filter(|(_, change)| change.name.starts_with("events/"));
        let expected: Vec<_> = expected
            .map(|(at, change)| (change.name.clone(), at, change.days()))
            .collect();
        let listing = Listing {
            request,
            order,
            filter,
            position: head,
            total: expected.len() as i64,
            listed: Vec::new(),
            expected,
        };
        self.listings.insert(reader, listing);
        self.list_next(reader).await
    }

    async fn list_next(&mut self, reader: usize) -> Result<(), Failed> {
        let Some(mut listing) = self.listings.remove(&reader) else {
            return Ok(());
        };
        let answer = self
            .client
            .events()
            .list_events(listing.request.clone())
            .await;
        let answer = answer.map_err(told)?.into_inner();
        if answer.position != listing.position {
            return Err(format!("a page as of {}", answer.position));
        }
        let is_first = listing.request.page_token.is_empty();
        if is_first && answer.total_size != listing.total {
            return Err(format!(
                "{} in all instead of {}",
                answer.total_size, listing.total
            ));
        }
        let rows = answer.events.iter();
        listing
            .listed
            .extend(rows.map(|event| (event.name.clone(), event.position)));
        if !answer.next_page_token.is_empty() {
            listing.request.page_token = answer.next_page_token;
            self.listings.insert(reader, listing);
            return Ok(());
        }
        self.check_listing(&listing)
    }

    /// What was redacted since the first page may have left the listing, or moved within it.
    fn check_listing(&self, listing: &Listing) -> Result<(), Failed> {
        let since = listing.position + 1..=self.model.head();
        let redacted = |name: &str| {
            let mut since = since.clone().map(|at| self.model.at(at));
            since.any(|change| change.name == name && change.kind == Kind::Redacted)
        };
        let mut expected: Vec<_> = listing
            .expected
            .iter()
            .filter(|(name, ..)| !redacted(name))
            .collect();
        let listed = listing.listed.iter().filter(|(name, _)| !redacted(name));
        let listed: Vec<_> = listed.collect();
        let order = ORDERS[listing.order];
        let descending = order.is_empty() || order.ends_with("desc");
        match order.split(' ').next() {
            Some("name") => expected.sort_by(|a, b| a.0.cmp(&b.0)),
            Some("position") => expected.sort_by_key(|row| row.1),
            _ => {
                // Equal dates are in an order of the server's own.
                let days = |name: &str| {
                    let row = expected.iter().find(|row| row.0 == name);
                    row.and_then(|row| row.2)
                };
                let listed_days: Vec<_> = listed.iter().map(|row| days(&row.0)).collect();
                let is_sorted = listed_days.is_sorted_by(|a, b| match (a, b) {
                    (Some(a), Some(b)) if descending => a >= b,
                    (Some(a), Some(b)) => a <= b,
                    (_, None) => true,
                    (None, Some(_)) => false,
                });
                if !is_sorted {
                    return Err(format!("{listed:?} are not by date: {listed_days:?}"));
                }
                let mut found: Vec<_> = listed.iter().map(|row| row.0.as_str()).collect();
                let mut names: Vec<_> = expected.iter().map(|row| row.0.as_str()).collect();
                found.sort_unstable();
                names.sort_unstable();
                return match found == names {
                    true => Ok(()),
                    false => Err(format!(
                        "listed {found:?} instead of {names:?} by {order:?} of {:?}",
                        listing.filter
                    )),
                };
            }
        }
        if descending {
            expected.reverse();
        }
        let found = listed.iter().map(|row| (row.0.as_str(), row.1));
        let names = expected.iter().map(|row| (row.0.as_str(), row.1));
        match found.eq(names) {
            true => Ok(()),
            false => Err(format!(
                "listed {listed:?} instead of {expected:?} by {order:?} of {:?}",
                listing.filter
            )),
        }
    }

    async fn get(&mut self, name: &str, position: i64) -> Result<(), Failed> {
        let request = GetEventRequest {
            name: name.to_owned(),
            as_of_position: position,
            ..GetEventRequest::default()
        };
        let upto = if position == 0 {
            self.model.head()
        } else {
            position
        };
        let expected = self.model.newest(name, upto);
        let answer = self.client.events().get_event(request).await;
        match (answer, expected) {
            (Err(status), None) if reason(&status) == "EVENT_NOT_FOUND" => Ok(()),
            (Err(status), _) => Err(told(status)),
            (Ok(answer), None) => Err(format!("there is {answer:?}")),
            (Ok(answer), Some(at)) => {
                let event = answer.into_inner().event.ok_or("an answer without event")?;
                difference(&event, self.model.at(at), at).map_or(Ok(()), Err)
            }
        }
    }

    async fn check(&mut self) -> Result<(), Failed> {
        self.check_head().await?;
        for event in 0..EVENTS {
            self.get(&event_name(event), 0).await?;
        }
        for subscription in 0..crate::operation::SUBSCRIPTIONS {
            self.check_subscription(subscription).await?;
        }
        Ok(())
    }

    /// All that is left to read is read, and the whole log once more.
    pub async fn finish(&mut self) -> Result<(), Failed> {
        self.check().await?;
        for reader in 0..READERS {
            while self.listings.contains_key(&reader) {
                self.list_next(reader).await?;
            }
            self.resume(reader, 99).await?;
        }
        self.watch(0, Filter::All, Place::Earliest, 99).await
    }

    async fn check_head(&mut self) -> Result<(), Failed> {
        let mut admin = self.client.admin();
        let answer = admin.get_server_info(GetServerInfoRequest {}).await;
        let head = answer.map_err(told)?.into_inner().head_position;
        match head == self.model.head() {
            true => Ok(()),
            false => Err(format!(
                "the head is {head} instead of {}",
                self.model.head()
            )),
        }
    }

    // Watches, by the client library.

    async fn watch(
        &mut self,
        reader: usize,
        filter: Filter,
        place: Place,
        count: usize,
    ) -> Result<(), Failed> {
        let head = self.model.head();
        let (start, after, not_before) = match place {
            Place::Earliest => (Start::Earliest, 0, 0),
            Place::Latest => (Start::Latest, head, 0),
            Place::Snapshot => (Start::Snapshot, head, 0),
            Place::After(parts) => {
                let after = self.model.part(parts);
                (Start::After(after), after, 0)
            }
            Place::Time(..) | Place::Future(_) => {
                let time = self.time(place);
                (start_time(time), 0, time)
            }
        };
        let options = WatchOptions::new(filter.text()).start(start);
        let expected = match place {
            Place::Snapshot => {
                let standing = self.model.standing(filter, head, false).into_iter();
                let existing = standing.map(|at| Seen {
                    position: at,
                    name: self.model.at(at).name.clone(),
                    kind: Kind::Existing,
                    crossing: model::Crossing::Entered,
                    changed: std::collections::BTreeSet::new(),
                });
                existing.collect()
            }
            _ => self.model.seen(filter, after, not_before),
        };
        // A cut snapshot goes on with what stood then, which later redactions change.
        let count = if matches!(place, Place::Snapshot) {
            99
        } else {
            count
        };
        let (taken, checkpoint) = read(&self.client, options, count, &expected).await?;
        let after = match expected.get(taken.wrapping_sub(1)) {
            Some(last) if taken < expected.len() => last.position,
            _ if taken < expected.len() => after,
            _ => head,
        };
        let watch = Watch {
            filter,
            checkpoint,
            after,
            not_before,
        };
        self.watches.insert(reader, watch);
        Ok(())
    }

    async fn resume(&mut self, reader: usize, count: usize) -> Result<(), Failed> {
        let Some(watch) = self.watches.get_mut(&reader) else {
            return Ok(());
        };
        let checkpoint = Some(watch.checkpoint.clone());
        let options = WatchOptions::new(watch.filter.text()).resume(checkpoint);
        let expected = self.model.seen(watch.filter, watch.after, watch.not_before);
        let (taken, checkpoint) = read(&self.client, options, count, &expected).await?;
        if taken == expected.len() {
            watch.after = self.model.head();
        } else if taken > 0 {
            watch.after = expected[taken - 1].position;
        }
        watch.checkpoint = checkpoint;
        Ok(())
    }

    /// In microseconds since 1970.
    fn time(&self, place: Place) -> i64 {
        match place {
            Place::Time(parts, by) => match self.model.part(parts) {
                0 => 1_000_000,
                at => self.model.at(at).time + by,
            },
            Place::Future(seconds) => self.now() + seconds * 1_000_000,
            _ => 0,
        }
    }

    fn now(&self) -> i64 {
        self.clock.clock().now_micros()
    }

    // Subscriptions.

    fn subscriptions(&self) -> SubscriptionServiceClient<Channel> {
        SubscriptionServiceClient::new(self.client.channel())
    }

    /// Where a subscription stands at a place; none when that is refused.
    fn cursor(&self, place: Place) -> Option<i64> {
        match place {
            Place::Earliest => Some(0),
            Place::Latest => Some(self.model.head()),
            Place::Snapshot => None,
            Place::After(parts) => Some(self.model.part(parts)),
            Place::Time(..) | Place::Future(_) => {
                let time = self.time(place);
                let log = 1..=self.model.head();
                let before = log.filter(|at| self.model.at(*at).time < time).count() as i64;
                (before < self.model.head() || time <= self.now()).then_some(before)
            }
        }
    }

    async fn create_subscription(
        &mut self,
        id: usize,
        filter: Filter,
        place: Place,
    ) -> Result<(), Failed> {
        let after = self.cursor(place);
        let begin = match place {
            Place::Earliest => Begin::Start(v1::Start::Earliest.into()),
            Place::Latest => Begin::Start(v1::Start::Latest.into()),
            Place::Snapshot => Begin::Start(v1::Start::Snapshot.into()),
            Place::After(parts) => Begin::AfterPosition(self.model.part(parts)),
            Place::Time(..) | Place::Future(_) => Begin::StartTime(timestamp(self.time(place))),
        };
        let request = CreateSubscriptionRequest {
            subscription_id: format!("s{id}"),
            subscription: Some(Subscription {
                filter: filter.text().to_owned(),
                ..Subscription::default()
            }),
            begin: Some(begin),
            ..CreateSubscriptionRequest::default()
        };
        let answer = self.subscriptions().create_subscription(request).await;
        let expected = match (after, self.model.subscriptions.contains_key(&id)) {
            (None, _) => Some("FIELD_INVALID"),
            (_, true) => Some("SUBSCRIPTION_EXISTS"),
            _ => None,
        };
        if !agreed(expected, answer)? {
            return Ok(());
        }
        let made = model::Subscription {
            filters: vec![(0, filter)],
            acknowledged: after.unwrap_or_default(),
            epoch: None,
            taken: 0,
        };
        self.model.subscriptions.insert(id, made);
        self.check_subscription(id).await
    }

    async fn edit_subscription(&mut self, id: usize, filter: Filter) -> Result<(), Failed> {
        let request = UpdateSubscriptionRequest {
            subscription: Some(Subscription {
                name: subscription_name(id),
                filter: filter.text().to_owned(),
                ..Subscription::default()
            }),
            update_mask: Some(FieldMask {
                paths: vec!["filter".to_owned()],
            }),
        };
        let answer = self.subscriptions().update_subscription(request).await;
        if agreed(self.absent(id), answer)? {
            let head = self.model.head();
            let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
            subscription.filters.retain(|(after, _)| *after < head);
            subscription.filters.push((head, filter));
            if head == 0 {
                subscription.filters = vec![(0, filter)];
            }
        }
        self.check_subscription(id).await
    }

    async fn delete_subscription(&mut self, id: usize) -> Result<(), Failed> {
        let request = DeleteSubscriptionRequest {
            name: subscription_name(id),
            ..DeleteSubscriptionRequest::default()
        };
        let answer = self.subscriptions().delete_subscription(request).await;
        if agreed(self.absent(id), answer)? {
            self.model.subscriptions.remove(&id);
        }
        self.check_subscription(id).await
    }

    async fn seek_subscription(&mut self, id: usize, place: Place) -> Result<(), Failed> {
        let after = self.cursor(place);
        let target = match place {
            Place::Earliest => Target::Start(v1::Start::Earliest.into()),
            Place::Latest => Target::Start(v1::Start::Latest.into()),
            Place::Snapshot => Target::Start(v1::Start::Snapshot.into()),
            Place::After(parts) => Target::AfterPosition(self.model.part(parts)),
            Place::Time(..) | Place::Future(_) => Target::Time(timestamp(self.time(place))),
        };
        let request = SeekSubscriptionRequest {
            name: subscription_name(id),
            target: Some(target),
        };
        let answer = self.subscriptions().seek_subscription(request).await;
        let expected = match after {
            None => Some("FIELD_INVALID"),
            Some(_) => self.absent(id),
        };
        let epoch = answer.as_ref().ok().and_then(|answer| {
            let subscription = answer.get_ref().subscription.as_ref()?;
            Some(subscription.lease_epoch)
        });
        if !agreed(expected, answer)? {
            return Ok(());
        }
        self.note_epoch(id, epoch.unwrap_or_default())?;
        let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
        let newest = subscription.filters.last().expect("one at least").1;
        subscription.filters = vec![(0, newest)];
        subscription.acknowledged = after.unwrap_or_default();
        subscription.epoch = None;
        subscription.taken = 0;
        self.check_subscription(id).await
    }

    /// The same epoch never comes twice for one name.
    fn note_epoch(&mut self, id: usize, epoch: i64) -> Result<(), Failed> {
        match self.model.epochs.entry(id).or_default().insert(epoch) {
            true => Ok(()),
            false => Err(format!("lease epoch {epoch} came before, of s{id}")),
        }
    }

    async fn take(&mut self, id: usize, reader: usize, count: usize) -> Result<(), Failed> {
        let request = ConsumeSubscriptionRequest {
            name: subscription_name(id),
            consumer: format!("reader-{reader}"),
            ..ConsumeSubscriptionRequest::default()
        };
        let answer = self.subscriptions().consume_subscription(request).await;
        let mut frames = match (self.absent(id), answer) {
            (Some(expected), Err(status)) if reason(&status) == expected => return Ok(()),
            (Some(expected), Ok(_)) => return Err(format!("{expected} was to come")),
            (_, Err(status)) => return Err(told(status)),
            (None, Ok(answer)) => answer.into_inner(),
        };
        let waiting = self.model.subscriptions[&id].waiting(&self.model);
        let (mut epoch, mut taken, mut upto) = (0, Vec::new(), 0);
        loop {
            let frame = frames.message().await.map_err(told)?;
            let frame = frame.ok_or("the stream has an end")?;
            epoch = frame.lease_epoch.max(epoch);
            let frame = frame.frame.ok_or("no frame")?;
            upto = upto.max(frame.position);
            match frame.payload {
                Some(Payload::Change(change)) => taken.push(seen(&change)),
                Some(Payload::CaughtUp(_)) => break,
                _ => {}
            }
            if taken.len() >= count {
                break;
            }
        }
        let expected = &waiting[..taken.len().min(waiting.len())];
        if taken != expected || (taken.len() < count && taken.len() < waiting.len()) {
            return Err(format!("consumed {taken:?} instead of {waiting:?}"));
        }
        self.note_epoch(id, epoch)?;
        let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
        subscription.epoch = Some(epoch);
        subscription.taken = upto;
        let mut positions: Vec<i64> = taken.iter().map(|seen| seen.position).collect();
        positions.push(upto);
        self.leases.insert(
            reader,
            Lease {
                subscription: id,
                epoch,
                positions,
            },
        );
        Ok(())
    }

    async fn acknowledge(&mut self, reader: usize, which: usize) -> Result<(), Failed> {
        let Some(lease) = self.leases.get(&reader) else {
            return Ok(());
        };
        let (id, epoch) = (lease.subscription, lease.epoch);
        // Some of them are behind the head.
        let position = match which {
            0 => self.model.head() + 1,
            which => lease.positions[which % lease.positions.len()],
        };
        let request = AcknowledgeSubscriptionRequest {
            name: subscription_name(id),
            lease_epoch: epoch,
            position,
        };
        let answer = self.subscriptions().acknowledge_subscription(request).await;
        let answer = answer.map(|answer| answer.into_inner().acked_position);
        let expected = match self.model.subscriptions.get(&id) {
            None => Some("SUBSCRIPTION_NOT_FOUND"),
            Some(one) if one.epoch != Some(epoch) => Some("LEASE_LOST"),
            Some(_) if position > self.model.head() => Some("POSITION_NOT_SENT"),
            Some(_) => None,
        };
        if agreed(expected, answer)? {
            let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
            subscription.acknowledged = subscription.acknowledged.max(position);
        }
        self.check_subscription(id).await
    }

    async fn check_subscription(&self, id: usize) -> Result<(), Failed> {
        let request = GetSubscriptionRequest {
            name: subscription_name(id),
        };
        let answer = self.subscriptions().get_subscription(request).await;
        let answer = match (self.absent(id), answer) {
            (Some(expected), Err(status)) if reason(&status) == expected => return Ok(()),
            (Some(expected), Ok(_)) => return Err(format!("{expected} was to come")),
            (_, Err(status)) => return Err(told(status)),
            (None, Ok(answer)) => answer.into_inner().subscription,
        };
        let found = answer.ok_or("an answer without subscription")?;
        let subscription = &self.model.subscriptions[&id];
        let expected = (
            subscription.acknowledged,
            subscription.waiting(&self.model).len() as i64,
        );
        match (found.acked_position, found.unacked_changes) == expected {
            true => Ok(()),
            false => Err(format!("{found:?} instead of {expected:?}")),
        }
    }

    fn absent(&self, id: usize) -> Option<&'static str> {
        let is_there = self.model.subscriptions.contains_key(&id);
        (!is_there).then_some("SUBSCRIPTION_NOT_FOUND")
    }

    // The server.

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
