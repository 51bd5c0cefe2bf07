use std::time::Duration;

use entente::proto::v1::{
    CreateSubscriptionRequest, EventChange, Start, Subscription,
    create_subscription_request::Begin, subscription_service_client::SubscriptionServiceClient,
};
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    checks,
    follower::Follower,
    harness::{Random, Running, Server, earliest},
    load::{Load, SUBSCRIPTION},
    told::Told,
};

/// The longest time between a start and what befalls the server, in milliseconds.
const PEACE_MILLIS_MAX: usize = 600;
/// In which a start may be interrupted.
pub const START_MILLIS_MAX: usize = 200;

/// A server through its misfortunes, and all that its clients were told.
pub struct Life {
    pub server: Server,
    pub random: Random,
    told: Told,
    followers: Vec<Follower>,
    rounds: usize,
}

/// Clients that were at work when something befell the server.
pub struct Work {
    load: Load,
    followers: Vec<JoinHandle<Follower>>,
}

impl Life {
    /// On an empty store.
    pub async fn begin(server: Server, seed: u64) -> Life {
        let request = CreateSubscriptionRequest {
            subscription: Some(Subscription {
                name: SUBSCRIPTION.to_owned(),
                ..Subscription::default()
            }),
            begin: Some(Begin::Start(Start::Earliest.into())),
            ..CreateSubscriptionRequest::default()
        };
        let created = SubscriptionServiceClient::new(server.channel())
            .create_subscription(request)
            .await;
        created.expect("a valid subscription");
        Life {
            server,
            random: Random::new(seed),
            told: Told::default(),
            followers: [Start::Earliest, Start::Latest].map(Follower::from).into(),
            rounds: 0,
        }
    }

    /// Lets clients work for a moment of random length.
    pub async fn work(&mut self) -> Result<Work, String> {
        self.rounds += 1;
        let mut followers = Vec::new();
        for follower in self.followers.drain(..) {
            followers.push(follower.follow(&self.server).await?);
        }
        let round = format!("r-{}", self.rounds);
        let load = Load::on(&self.server, &round, &mut self.random);
        self.pause(PEACE_MILLIS_MAX).await;
        Ok(Work { load, followers })
    }

    /// A start of the server that has ended, which is not waited for.
    pub fn start(&self) -> Running {
        let data_dir = format!("--data-dir={}", self.server.data_dir().display());
        let ports = ["--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"];
        Running::start(&["serve", ports[0], ports[1], &data_dir], "")
    }

    /// Waits for some milliseconds, fewer than so many.
    pub async fn pause(&mut self, millis: usize) {
        sleep(Duration::from_micros(
            self.random.below(millis * 1_000) as u64
        ))
        .await;
    }

    /// Takes down what the clients were told before the server was gone.
    pub async fn note(&mut self, work: Work) {
        self.told.extend(work.load.ended().await);
        for follower in work.followers {
            let follower = follower.await.expect("it keeps to the rules of streams");
            self.followers.push(follower);
        }
    }

    /// Compares the store with everything that clients were ever told.
    pub async fn check(&mut self) -> Result<(), String> {
        let log = read_log(&self.server).await;
        checks::is_whole(&self.server, &log).await?;
        let acked = checks::acked_position(&self.server).await?;
        self.is_told_by(&log, acked)?;
        checks::lists_what_the_log_says(&self.server, &log).await?;
        checks::knows_requests(&self.server, &log, &mut self.told, &mut self.random).await
    }

    /// Compares a log and a cursor with everything that clients were ever told.
    pub fn is_told_by(&self, log: &[EventChange], acked: i64) -> Result<(), String> {
        checks::has_what_was_answered(log, &self.told)?;
        for follower in &self.followers {
            follower.check(log)?;
        }
        checks::has_writes_whole_or_not_at_all(log, &self.told)?;
        checks::is_where_it_was_acknowledged(acked, &self.told)
    }

    /// How much clients were told, so that a test can see that it tested something.
    pub fn answers(&self) -> usize {
        self.told.events().count()
    }
}

async fn read_log(server: &Server) -> Vec<EventChange> {
    server.watch(earliest("")).await.until_caught_up().await.0
}
