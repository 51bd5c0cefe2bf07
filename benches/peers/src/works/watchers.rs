use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Failure,
    proto::v1::Event,
    system::{Client, System},
};

/// How often it is looked whether all has been delivered.
const POLL_INTERVAL: Duration = Duration::from_millis(1);
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Many that watch what is written from now on. Dropped, they end.
pub struct Watchers {
    connections: Vec<Arc<dyn Client>>,
    watching: JoinSet<Result<(), Failure>>,
    delivered: Arc<AtomicUsize>,
}

impl Watchers {
    /// Begins to watch. Each hands on what it gets to `arrived`.
    pub async fn open(
        system: &dyn System,
        count: usize,
        connections: usize,
        arrived: impl Fn(&[Event]) -> Result<(), Failure> + Clone + Send + 'static,
    ) -> Result<Watchers, Failure> {
        let mut watchers = Watchers {
            connections: Vec::with_capacity(connections),
            watching: JoinSet::new(),
            delivered: Arc::default(),
        };
        for _ in 0..connections {
            watchers.connections.push(system.connect().await?);
        }
        for number in 0..count {
            let mut reader = watchers.connections[number % connections].watch().await?;
            let (delivered, arrived) = (watchers.delivered.clone(), arrived.clone());
            watchers.watching.spawn(async move {
                loop {
                    let events = reader.next().await?;
                    if events.is_empty() {
                        return Err("a watch ended too early".into());
                    }
                    arrived(&events)?;
                    delivered.fetch_add(events.len(), Ordering::Relaxed);
                }
            });
        }
        Ok(watchers)
    }

    /// Waits until all of them together have got so many events.
    pub async fn have(&mut self, count: usize) -> Result<(), Failure> {
        let all = async {
            while self.delivered.load(Ordering::Relaxed) < count {
                if let Some(ended) = self.watching.try_join_next() {
                    ended??;
                }
                sleep(POLL_INTERVAL).await;
            }
            Ok::<(), Failure>(())
        };
        let all = timeout(DELIVERY_TIMEOUT, all).await;
        all.map_err(|_| format!("not all {count} were delivered"))?
    }

    /// Ends them, and waits until the system has forgotten them where it would not by itself.
    pub async fn end(mut self) -> Result<(), Failure> {
        self.watching.shutdown().await;
        match self.connections.first() {
            Some(connection) => connection.forget_watchers().await,
            None => Ok(()),
        }
    }
}
