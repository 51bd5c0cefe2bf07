//! D14: a clock that is wrong or jumps harms as little as it can (trials A14 and E7).

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use clap::Parser as _;
use entente::{
    proto::v1::{
        CreateEventRequest, Event, GetSubscriptionRequest, ListEventsRequest,
        publisher_service_client::PublisherServiceClient,
        subscription_service_client::SubscriptionServiceClient,
    },
    server::{self, ServeConfig},
};
use tonic::transport::{Channel, Endpoint};

use crate::{
    harness::{Server, event, eventually},
    scrubbing::metric,
    subscriptions::consumer::creation,
};

const HOUR: i64 = 3_600 * 1_000_000;
const YEAR: i64 = 365 * 24 * HOUR;

/// A server within this process, whose clock can be set.
struct Clocked {
    server: server::Server,
    channel: Channel,
}

impl Clocked {
    /// Starts with a clock that is ahead by so much.
    async fn start(data_dir: &Path, ahead_micros: i64) -> Clocked {
        #[derive(clap::Parser)]
        struct Program {
            #[command(flatten)]
            serve: ServeConfig,
        }
        let data_dir = data_dir.to_str().expect("a directory with a plain name");
        let free = "127.0.0.1:0";
        let arguments = [
            "entente",
            "--listen",
            free,
            "--admin-listen",
            free,
            "--data-dir",
            data_dir,
        ];
        let config = Program::parse_from(arguments).serve;
        let mut server = server::Server::start(&config).await.expect("free ports");
        server.clock().step_micros(ahead_micros);
        server.open_store(&config).await.expect("a sound store");
        let endpoint = Endpoint::from_shared(format!("http://{}", server.grpc_address()));
        let channel = endpoint.expect("an address").connect().await;
        let channel = channel.expect("it listens");
        Clocked { server, channel }
    }

    async fn publish(&self, id: &str) -> Event {
        let request = CreateEventRequest {
            event: Some(event(id)),
            event_id: id.to_owned(),
            ..CreateEventRequest::default()
        };
        let mut publisher = PublisherServiceClient::new(self.channel.clone());
        let answer = publisher.create_event(request).await.expect("it is valid");
        answer.into_inner().event.expect("the answer has the event")
    }

    async fn end(self) {
        drop(self.channel);
        self.server.drain(Duration::from_secs(10)).await;
    }
}

async fn listed(server: &Server, as_of: SystemTime) -> usize {
    let request = ListEventsRequest {
        as_of_time: Some(as_of.into()),
        ..ListEventsRequest::default()
    };
    let answer = server.events().list_events(request).await;
    answer.expect("it is valid").into_inner().events.len()
}

#[tokio::test]
async fn d14_commit_times_ahead_of_the_clock_are_told_and_hide_nothing_from_who_asks_for_now() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let wrong = Clocked::start(home.path(), 14 * YEAR).await;
    let first = wrong.publish("in-2040").await;
    wrong.end().await;

    // The clock is right again.
    let server = Server::start_in(home.path(), &[]).await;
    let second = server.publish(event("later")).await;
    assert_eq!(second.create_time, first.create_time, "it never goes back");
    let now = SystemTime::now();
    let minutes = |count: u64| Duration::from_secs(60 * count);
    assert_eq!(listed(&server, now).await, 2);
    assert_eq!(listed(&server, now - Duration::from_secs(5)).await, 2);
    assert_eq!(listed(&server, now + minutes(10)).await, 2);
    assert_eq!(listed(&server, now - minutes(10)).await, 0);

    let ahead = server.info().await.head_time_ahead.expect("it is ahead");
    let years = ahead.seconds * 1_000_000 / YEAR;
    assert!((13..=14).contains(&years), "{ahead:?}");
    let metric = metric(&server, "entente_commit_time_ahead_seconds").await;
    assert!(metric.abs_diff(ahead.seconds.unsigned_abs()) < 600);
    let warning = "the clock is behind the last commit time";
    eventually("a warning", async || {
        server.log().contains(warning).then_some(())
    })
    .await;
    server.publish(event("later-still")).await;
    let warnings = server.log().matches(warning).count();
    assert_eq!(warnings, 1, "{}", server.log());
}

#[tokio::test]
async fn d14_commit_times_that_are_right_are_not_said_to_be_ahead() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    assert_eq!(server.info().await.head_time_ahead, None);
    assert_eq!(
        metric(&server, "entente_commit_time_ahead_seconds").await,
        0
    );
}

#[tokio::test]
async fn d14_a_clock_that_jumps_deletes_no_subscription_neither_at_a_start() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let server = Clocked::start(home.path(), 0).await;
    let mut request = creation("s", "");
    let subscription = request.subscription.as_mut().expect("it is set");
    subscription.idle_ttl = Duration::from_secs(3_600).try_into().ok();
    let mut client = SubscriptionServiceClient::new(server.channel.clone());
    let made = client.create_subscription(request).await;
    made.expect("a valid subscription");
    server.server.clock().step_micros(14 * YEAR);
    // Longer than until the writer looks for those that are idle.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    server.end().await;

    let server = Clocked::start(home.path(), 100 * YEAR).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let request = GetSubscriptionRequest {
        name: "subscriptions/s".to_owned(),
    };
    let mut client = SubscriptionServiceClient::new(server.channel.clone());
    let kept = client.get_subscription(request).await;
    assert!(kept.is_ok(), "{kept:?}");
    server.end().await;
}
