//! S04, S05, S15, S18, S22 under schedules: writes, reads, cuts, stops and kills in an order that
//! looks random and is the same in every run. Every watcher gets exactly the filtered log, in order,
//! once.

use entente::proto::v1::{
    ChangeType, Event, EventChange, Kind, Match, RestoreEventRequest, State, Status,
    WatchEventsRequest,
};

use crate::harness::{
    Build, Random, Server, Watcher, change_of, earliest, event, name_of, position_of, resumed,
};

/// A filter, and the same as a predicate of this test's own.
type Filter = (&'static str, fn(&Event) -> bool);

const FILTERS: [Filter; 6] = [
    ("", |_| true),
    ("kind = MEETING", |event| event.kind() == Kind::Meeting),
    ("topic:chips AND NOT status = CANCELLED", |event| {
        has_topic(event, "chips") && event.status() != Status::Cancelled
    }),
    ("topic:ships OR kind = POLICY", |event| {
        has_topic(event, "ships") || event.kind() == Kind::Policy
    }),
    ("state = ACTIVE AND topic:chips", |event| {
        event.state() == State::Active && has_topic(event, "chips")
    }),
    ("topic:nothing", |_| false),
];

fn has_topic(event: &Event, topic: &str) -> bool {
    event.topics.iter().any(|known| known == topic)
}

/// A client that is cut again and again.
struct Client {
    filter: Filter,
    watcher: Option<Watcher>,
    token: Option<String>,
    seen: Vec<EventChange>,
}

impl Client {
    fn request(&self) -> WatchEventsRequest {
        let begin = match &self.token {
            None => earliest(self.filter.0),
            Some(token) => resumed(self.filter.0, token),
        };
        WatchEventsRequest {
            include_previous: true,
            ..begin
        }
    }

    async fn watcher(&mut self, server: &Server) -> &mut Watcher {
        if self.watcher.is_none() {
            let watcher = server.watch(self.request()).await;
            self.token = Some(watcher.token().to_owned());
            self.watcher = Some(watcher);
        }
        self.watcher.as_mut().expect("it was opened")
    }

    /// Takes the frames that are there, at most so many.
    async fn read(&mut self, server: &Server, count: usize) {
        for _ in 0..count {
            let watcher = self.watcher(server).await;
            let Some(frame) = watcher
                .next_within(std::time::Duration::from_millis(5))
                .await
            else {
                return;
            };
            self.seen.extend(change_of(&frame).cloned());
            self.token = Some(frame.resume_token);
        }
    }

    async fn read_to_head(&mut self, server: &Server) {
        self.watcher = None;
        let (changes, _) = self.watcher(server).await.until_caught_up().await;
        self.seen.extend(changes);
    }

    /// What it should have seen of the whole log.
    fn expected(&self, log: &[EventChange]) -> Vec<(i64, Match)> {
        let matches = |event: &Option<Event>| event.as_ref().is_some_and(self.filter.1);
        let moved = |change: &EventChange| {
            let crossing = match (matches(&change.previous_event), matches(&change.event)) {
                (false, true) => Match::Entered,
                (true, true) => Match::Stayed,
                (true, false) => Match::Left,
                (false, false) => return None,
            };
            Some((position_of(change), crossing))
        };
        log.iter().filter_map(moved).collect()
    }
}

/// What the writer knows.
struct Writer {
    events: Vec<(String, State)>,
}

impl Writer {
    async fn write(&mut self, server: &Server, random: &mut Random) {
        let known = self.events.len();
        match random.below(10) {
            0..=3 => self.create(server, 1 + random.below(6), random).await,
            _ if known == 0 => {}
            4..=7 => {
                let (name, state) = self.events[random.below(known)].clone();
                if state == State::Active {
                    server
                        .update(Event {
                            name,
                            ..some_event("x", random)
                        })
                        .await;
                }
            }
            _ => self.turn(server, random.below(known)).await,
        }
    }

    async fn create(&mut self, server: &Server, count: usize, random: &mut Random) {
        let first = self.events.len();
        let events = (0..count).map(|n| some_event(&format!("e-{}", first + n), random));
        let written = server.publish_all(events.collect::<Vec<_>>()).await;
        self.events
            .extend(written.into_iter().map(|event| (event.name, State::Active)));
    }

    /// Withdraws an event, or brings it back.
    async fn turn(&mut self, server: &Server, at: usize) {
        let (name, state) = self.events[at].clone();
        self.events[at].1 = match state {
            State::Active => {
                server.retract(&name).await;
                State::Retracted
            }
            _ => {
                let request = RestoreEventRequest {
                    name,
                    ..Default::default()
                };
                server
                    .publisher()
                    .restore_event(request)
                    .await
                    .expect("it is withdrawn");
                State::Active
            }
        };
    }
}

fn some_event(id: &str, random: &mut Random) -> Event {
    let kind = *random.one_of(&[Kind::Meeting, Kind::Policy, Kind::Statement]);
    let status = *random.one_of(&[Status::Occurred, Status::Cancelled]);
    let topic = *random.one_of(&["chips", "ships", "networks"]);
    let title = format!("Title {}", random.below(1_000));
    event(id)
        .of_kind(kind)
        .of_status(status)
        .titled(&title)
        .with_topic(topic)
}

async fn run(seed: u64, steps: usize) {
    let mut random = Random::new(seed);
    let mut server = Server::start().await;
    let mut writer = Writer { events: Vec::new() };
    let client = |filter| Client {
        filter,
        watcher: None,
        token: None,
        seen: Vec::new(),
    };
    let mut clients: Vec<Client> = FILTERS.into_iter().chain(FILTERS).map(client).collect();
    for _ in 0..steps {
        let chosen = random.below(clients.len());
        match random.below(40) {
            0 => {
                server.kill();
                server.start_again().await;
                clients.iter_mut().for_each(|client| client.watcher = None);
            }
            1 => {
                server.terminate();
                server.ended().await;
                server.start_again().await;
                clients.iter_mut().for_each(|client| client.watcher = None);
            }
            2..=5 => clients[chosen].watcher = None,
            6..=17 => clients[chosen].read(&server, 1 + random.below(8)).await,
            _ => writer.write(&server, &mut random).await,
        }
    }
    check(&server, clients, seed).await;
}

async fn check(server: &Server, clients: Vec<Client>, seed: u64) {
    let request = WatchEventsRequest {
        include_previous: true,
        ..earliest("")
    };
    let (log, _) = server.watch(request).await.until_caught_up().await;
    let head = server.info().await.head_position;
    assert_eq!(
        log.iter().map(position_of).collect::<Vec<_>>(),
        (1..=head).collect::<Vec<_>>()
    );
    assert!(
        log.iter()
            .any(|change| change.r#type() == ChangeType::Restored),
        "seed {seed}"
    );
    for mut client in clients {
        client.read_to_head(server).await;
        let seen = client
            .seen
            .iter()
            .map(|change| (position_of(change), change.r#match()));
        let expected = client.expected(&log);
        assert_eq!(
            seen.collect::<Vec<_>>(),
            expected,
            "seed {seed}, {:?}",
            client.filter.0
        );
        for change in &client.seen {
            let in_log = &log[position_of(change) as usize - 1];
            assert_eq!(
                (name_of(change), &change.digest),
                (name_of(in_log), &in_log.digest)
            );
            assert_eq!(change.event, in_log.event);
        }
    }
}

#[tokio::test]
async fn every_watcher_gets_exactly_the_filtered_log_in_order_once() {
    run(1, 400).await;
}

#[tokio::test]
async fn every_watcher_gets_exactly_the_filtered_log_under_another_schedule() {
    run(2, 400).await;
}
