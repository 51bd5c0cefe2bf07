use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use entente::proto::v1::{
    CreateEventRequest, EventChange, publisher_service_client::PublisherServiceClient,
    watch_events_response::Payload,
};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    Failure, client, client::Watch, events::event, server::Server, sides::Sides, table::Row,
};

const WATCHES: usize = 1_000;
const CONNECTIONS: usize = 20;
const EVENTS_PER_SECOND: u32 = 500;
const EVENTS: usize = 5_000;
/// After the last event was published.
const LAST_DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// When each event was sent, by its name.
type Sent = Arc<Mutex<HashMap<String, Instant>>>;

/// How long a change takes from the publisher to the one watch of a thousand that it matches. The
/// bare server has no filters, and one watch.
pub async fn latency(sides: &Sides) -> Result<Vec<Row>, Failure> {
    let filters = (0..WATCHES).map(|watch| format!("topic = follower-{watch}"));
    let entente = deliveries(&sides.entente, filters.collect()).await?;
    let bare = deliveries(&sides.bare, vec![String::new()]).await?;
    let row = |percent: usize| {
        let (entente, bare) = (entente.millis(percent), bare.millis(percent));
        Row {
            work: format!("delivery to 1 of {WATCHES} filters, {EVENTS_PER_SECOND} /s, p{percent}"),
            entente: format!("{entente:.2} ms"),
            bare: format!("{bare:.2} ms"),
            ratio: Some(bare / entente),
            ..Row::default()
        }
    };
    let micros = |deliveries: &Deliveries| {
        let micros = deliveries.processor.as_secs_f64() * 1e6;
        format!("{:.1} µs", micros / EVENTS as f64)
    };
    let mut rows = vec![row(50), row(99)];
    rows[0].processor = Some((micros(&entente), micros(&bare)));
    Ok(rows)
}

struct Deliveries {
    /// Sorted.
    took: Vec<Duration>,
    processor: Duration,
}

impl Deliveries {
    fn millis(&self, percent: usize) -> f64 {
        let at = (self.took.len() * percent / 100).min(self.took.len() - 1);
        self.took[at].as_secs_f64() * 1e3
    }
}

async fn deliveries(server: &Server, filters: Vec<String>) -> Result<Deliveries, Failure> {
    let channels = client::connections(server.address, CONNECTIONS).await?;
    let sent = Sent::default();
    let took = Arc::new(Mutex::new(Vec::with_capacity(EVENTS)));
    let mut watching = JoinSet::new();
    let count = filters.len();
    for (number, filter) in filters.into_iter().enumerate() {
        let channel = channels[number % CONNECTIONS].clone();
        let mut watch = Watch::live_where(channel, &filter).await?;
        let (sent, took) = (sent.clone(), took.clone());
        let expected = EVENTS / count;
        watching.spawn(async move {
            for _ in 0..expected {
                let frame = watch
                    .next_change()
                    .await?
                    .ok_or("a watch ended too early")?;
                let received = Instant::now();
                let Some(Payload::Change(EventChange {
                    event: Some(event), ..
                })) = frame.payload
                else {
                    return Err("a change without an event".into());
                };
                let begun = lock(&sent).remove(&event.name);
                let begun = begun.ok_or("an event that was not sent")?;
                lock(&took).push(received - begun);
            }
            Ok::<(), Failure>(())
        });
    }
    let before = server.processor_time();
    publish(server, &sent).await?;
    let delivered = async {
        while let Some(watched) = watching.join_next().await {
            watched??;
        }
        Ok::<(), Failure>(())
    };
    let delivered = timeout(LAST_DELIVERY_TIMEOUT, delivered).await;
    delivered.map_err(|_| "not every change was delivered")??;
    let processor = server.processor_time().saturating_sub(before);
    let mut took = std::mem::take(&mut *lock(&took));
    took.sort_unstable();
    Ok(Deliveries { took, processor })
}

/// At an even pace, whether the server keeps up or not.
async fn publish(server: &Server, sent: &Sent) -> Result<(), Failure> {
    let channel = client::connect(server.address).await?;
    let mut pace = interval(Duration::from_secs(1) / EVENTS_PER_SECOND);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = JoinSet::new();
    for number in 0..EVENTS {
        pace.tick().await;
        let mut event = event(&format!("filtered-{number}"), number);
        event.topics.push(format!("follower-{}", number % WATCHES));
        lock(sent).insert(event.name.clone(), Instant::now());
        let mut publisher = PublisherServiceClient::new(channel.clone());
        calls.spawn(async move {
            let request = CreateEventRequest {
                event: Some(event),
                ..Default::default()
            };
            publisher.create_event(request).await.map(drop)
        });
    }
    while let Some(call) = calls.join_next().await {
        call??;
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
