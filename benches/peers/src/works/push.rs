use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{
    calls::connect,
    latencies::{self, Latencies},
    watchers::Watchers,
};
use crate::{Failure, events::event, proto::v1::Event, system::System, table::Row};

/// Each on a connection of its own.
const WATCHERS: usize = 100;
const PUBLISHERS: usize = 16;
const EVENTS_PER_SECOND: u32 = 200;
/// In a round.
const EVENTS: usize = 400;

/// How long an event takes from just before it is published to each watcher.
pub async fn latency(systems: &[Box<dyn System>]) -> Result<Vec<Row>, Failure> {
    let name = format!("push to {WATCHERS} watchers, {EVENTS_PER_SECOND} events/s");
    latencies::rows(systems, |_| true, &name, pushes).await
}

async fn pushes(system: &dyn System, round: usize) -> Result<Latencies, Failure> {
    let pushes = Arc::new(Pushes::of(round));
    let arriving = pushes.clone();
    let arrived = move |events: &[Event]| arriving.arrived(events);
    let mut watchers = Watchers::open(system, WATCHERS, WATCHERS, arrived).await?;
    publish(system, &pushes).await?;
    watchers.have(EVENTS * WATCHERS).await?;
    watchers.end().await?;
    Latencies::new(pushes.took())
}

/// At an even pace, whether the system keeps up or not.
async fn publish(system: &dyn System, pushes: &Arc<Pushes>) -> Result<(), Failure> {
    let connections = connect(system, PUBLISHERS).await?;
    let mut pace = interval(Duration::from_secs(1) / EVENTS_PER_SECOND);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = JoinSet::new();
    for number in 0..EVENTS {
        let event = pushes.event(number);
        let connection = connections[number % connections.len()].clone();
        let pushes = pushes.clone();
        pace.tick().await;
        calls.spawn(async move {
            pushes.sent(number);
            connection.announce(event).await
        });
    }
    while let Some(call) = calls.join_next().await {
        call??;
    }
    Ok(())
}

/// The events of a round.
struct Pushes {
    /// Of their ids, before their numbers.
    prefix: String,
    /// When each was sent.
    sent: Vec<OnceLock<Instant>>,
    /// Of every delivery.
    took: Mutex<Vec<Duration>>,
}

impl Pushes {
    fn of(round: usize) -> Pushes {
        Pushes {
            prefix: format!("pushed-{round}-"),
            sent: vec![OnceLock::new(); EVENTS],
            took: Mutex::new(Vec::with_capacity(EVENTS * WATCHERS)),
        }
    }

    fn event(&self, number: usize) -> Event {
        event(&format!("{}{number}", self.prefix), number)
    }

    fn sent(&self, number: usize) {
        self.sent[number].get_or_init(Instant::now);
    }

    fn arrived(&self, events: &[Event]) -> Result<(), Failure> {
        let now = Instant::now();
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let id = event.name.strip_prefix("events/").unwrap_or_default();
            let number = id.strip_prefix(&*self.prefix);
            let number = number.and_then(|number| number.parse::<usize>().ok());
            let sent = number.and_then(|number| self.sent.get(number)?.get());
            let sent = sent.ok_or_else(|| format!("{} was not sent", event.name))?;
            took.push(now.duration_since(*sent));
        }
        Ok(())
    }

    fn took(&self) -> Vec<Duration> {
        std::mem::take(&mut self.took.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
